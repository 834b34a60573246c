//! An engine with a constant number of waiters: each one that leaves is replaced.

use std::time::{Duration, Instant};

use multi_throttler_engine::{
    Config, Costs, Engine, MaxWaiting, Options, Ordering, Rule, Submission, Ticket, TokenBucket,
};

/// Number of calls that are timed together, so that reading the clock does not count.
pub const BATCH: u64 = 32;

/// The kind of backlog.
#[derive(Clone, Copy)]
pub struct Shape {
    pub ordering: Ordering,
    pub rules: usize,
    /// Number of rules per request: one, or three with one token each.
    pub each: usize,
    /// Number of distinct cost vectors, if there are as many requests.
    pub vectors: usize,
}

pub struct Backlog {
    pub engine: Engine,
    pub tickets: Vec<Ticket>,
    costs: Vec<Costs>,
    /// Number of the cost vector of each request, by the index of its ticket.
    costs_of: Vec<usize>,
    random: u64,
}

impl Backlog {
    /// Makes a backlog. All rules together refill one token per millisecond, about the cost of a
    /// request.
    pub fn new(shape: Shape, length: usize) -> Self {
        let config = Config {
            max_waiting: MaxWaiting::Total(f64::INFINITY),
            ordering: shape.ordering,
            ..Config::default()
        };
        let mut engine = Engine::new(config).unwrap();
        let rate = 1.0 / shape.rules as f64;
        let mut slots = Vec::new();
        for rule in 0..shape.rules {
            let id = rule.to_string();
            let bucket = TokenBucket::new(100.0, rate).unwrap().with_tokens(0.0).unwrap();
            engine.add_rule(Rule::new(&id, bucket).unwrap(), 0.0);
            slots.push(engine.slot(&id, 0.0).unwrap());
        }
        let costs = (0..shape.vectors).map(|vector| {
            let mut costs = Costs::default();
            let (rule, round) = (vector % slots.len(), vector / slots.len());
            if shape.each == 1 {
                costs.add(slots[rule], 1.0 + round as f64 / 16_384.0);
            } else {
                // Offsets differ in each round, so that no two vectors are equal.
                for offset in [0, 1 + round, 500 + 3 * round] {
                    costs.add(slots[(rule + offset) % slots.len()], 1.0);
                }
            }
            costs
        });
        let costs = costs.collect();
        let mut backlog =
            Self { engine, tickets: Vec::new(), costs, costs_of: Vec::new(), random: 1 };
        for request in 0..length {
            let ticket = backlog.submit(request % shape.vectors);
            backlog.tickets.push(ticket);
        }
        backlog
    }

    /// Submits a request with the cost vector of this number; it waits at the end.
    pub fn submit(&mut self, number: usize) -> Ticket {
        loop {
            match self
                .engine
                .submit(&self.costs[number], Options::default(), self.engine.now())
                .unwrap()
            {
                Submission::Waiting(ticket) => {
                    let index = ticket.index() as usize;
                    self.costs_of.resize(self.costs_of.len().max(index + 1), 0);
                    self.costs_of[index] = number;
                    return ticket;
                }
                // The rule had no waiter left, so the request was granted; the next one waits.
                Submission::Granted => {}
                Submission::Held(_) => unreachable!("no permit was asked for"),
            }
        }
    }

    /// Submits a request with the costs of one that has left.
    pub fn replace(&mut self, left: Ticket) -> Ticket {
        self.submit(self.costs_of[left.index() as usize])
    }

    pub fn costs(&self, number: usize) -> &Costs {
        &self.costs[number]
    }

    /// A pseudo-random number (Marsaglia's xorshift).
    pub fn any(&mut self) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random as usize
    }

    /// Removes a random ticket from the list of waiters.
    pub fn pick(&mut self) -> Ticket {
        let at = self.any() % self.tickets.len();
        self.tickets.swap_remove(at)
    }
}

/// Times calls in batches. `prepare` and `restore`, which gets the result of the call, are not
/// timed.
pub fn timed<P, R>(
    backlog: &mut Backlog,
    times: u64,
    prepare: impl Fn(&mut Backlog) -> P,
    call: impl Fn(&mut Backlog, P) -> R,
    restore: impl Fn(&mut Backlog, R),
) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let count = left.min(BATCH);
        left -= count;
        let prepared: Vec<P> = (0..count).map(|_| prepare(backlog)).collect();
        let mut results = Vec::with_capacity(count as usize);
        let start = Instant::now();
        for each in prepared {
            results.push(call(backlog, each));
        }
        took += start.elapsed();
        results.into_iter().for_each(|result| restore(backlog, result));
    }
    took
}
