//! An engine at work while modes begin and end, limits are changed, requests that were never sent
//! are refunded, and requests turn out to cost less than they were charged.

use crate::model::attack::case::{Act, Case, End, Event, IDS, MODES, eighths};
use crate::support::poll_all;
use multi_throttler_engine::{
    Costs, Engine, Fields, Options, Priority, Rejection, Submission, Ticket, Value,
};

struct Request {
    costs: Vec<f64>,
    delay: f64,
    end: End,
}

#[derive(Debug)]
pub struct Grant {
    pub at: f64,
    pub delay: f64,
    /// The costs that the server counts; `None` where the request was charged nothing.
    pub costs: Vec<Option<f64>>,
    pub limits: Vec<f64>,
    /// The permit, while the program that was granted it runs.
    pub ticket: Option<Ticket>,
    pub never_sent: bool,
}

/// An engine at work.
pub struct Run {
    pub engine: Engine,
    longest_delay: f64,
    longest_refund: f64,
    pub limits: Vec<f64>,
    waiting: Vec<(Ticket, Request)>,
    pub granted: Vec<Grant>,
    /// The times at which permits are released, with the index of their grants.
    releases: Vec<(f64, usize, Ticket)>,
}

impl Run {
    pub fn new(case: &Case) -> Self {
        let limits = case.rules.iter().map(|spec| spec.limit).collect();
        let (engine, longest_delay) = (case.engine(), case.longest_delay());
        let longest_refund = case.longest_refund();
        let (waiting, granted, releases) = (Vec::new(), Vec::new(), Vec::new());
        Self { engine, longest_delay, longest_refund, limits, waiting, granted, releases }
    }

    fn grant(&mut self, ticket: Ticket, Request { costs, delay, end }: Request, at: f64) {
        let (after, part) = match end {
            End::Held => (None, 1.0),
            End::Unsent(after) => (Some(eighths(after.min(self.longest_refund))), 1.0),
            End::Costs { part, after } => {
                (Some(eighths(after.max(delay * self.longest_delay)) + 0.125), part)
            }
        };
        if let Some(after) = after {
            self.releases.push((at + after, self.granted.len(), ticket));
        }
        // The server counts no more than what was charged.
        let counted = |&cost: &f64| (cost > 0.0).then(|| (cost * part).ceil().min(cost));
        let costs = costs.iter().map(counted).collect();
        let (limits, never_sent) = (self.limits.clone(), matches!(end, End::Unsent(_)));
        self.granted.push(Grant { at, delay, costs, limits, ticket: Some(ticket), never_sent });
    }

    /// Releases the permit of a grant: refunds a request that was never sent, and corrects the cost
    /// of any other.
    fn release(&mut self, grant: usize, ticket: Ticket, at: f64) {
        let Grant { costs, never_sent, .. } = &self.granted[grant];
        let mut actual = Costs::default();
        for (id, cost) in IDS.iter().zip(costs) {
            actual.add(self.engine.slot(id, at).unwrap(), cost.unwrap_or(0.0));
        }
        let released = match never_sent {
            true => self.engine.release(ticket, true, at),
            false => self.engine.release_at_cost(ticket, &actual, at),
        };
        assert!(released);
        self.granted[grant].ticket = None;
    }

    pub fn poll(&mut self, at: f64) {
        for (ticket, outcome) in poll_all(&mut self.engine, at) {
            let index = self.waiting.iter().position(|(other, _)| *other == ticket).unwrap();
            let (_, request) = self.waiting.remove(index);
            match outcome {
                Ok(()) => self.grant(ticket, request, at),
                Err(Rejection::CostExceedsCapacity { .. }) => (),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Lets time pass. The timer is late, but never later than the next event.
    pub fn advance(&mut self, until: f64, late: f64) {
        loop {
            let release = self.releases.iter().map(|each| each.0).fold(f64::INFINITY, f64::min);
            let due = self.engine.due();
            if due.min(release) > until || due.min(release) == f64::INFINITY {
                return;
            }
            let at = (due + late).min(until).max(due).min(release);
            if let Some(index) = self.releases.iter().position(|each| each.0 == at) {
                let (_, grant, ticket) = self.releases.remove(index);
                self.release(grant, ticket, at);
            }
            self.poll(at);
        }
    }

    /// Ends the program after it has refunded the requests that it never sent. Another program
    /// continues from its snapshot once all requests in flight have arrived. Waiters are gone.
    pub fn restart(&mut self, case: &Case, now: f64) {
        for (_, grant, ticket) in std::mem::take(&mut self.releases) {
            if self.granted[grant].never_sent {
                self.release(grant, ticket, now);
            }
        }
        self.waiting.clear();
        self.granted.iter_mut().for_each(|grant| grant.ticket = None);
        let snapshot = self.engine.snapshot(now);
        self.engine = case.engine();
        for (rule, &limit) in
            self.limits.iter().enumerate().filter(|(at, _)| case.rules[*at].has_limit())
        {
            let patch = Fields::from_iter([("limit", Value::Number(limit))]);
            self.engine.update_rule(IDS[rule], &patch, now).unwrap();
        }
        assert_eq!(self.engine.restore(&snapshot, now + case.jitter), Ok(()), "{snapshot:?}");
    }

    pub fn act(&mut self, act: &Act, now: f64) {
        match act {
            Act::Submit { costs, class, delay, end } => {
                let amounts: Vec<f64> = self
                    .limits
                    .iter()
                    .zip(costs)
                    .map(|(limit, part)| (part * limit).ceil())
                    .collect();
                let mut costs = Costs::default();
                for (id, &amount) in IDS.iter().zip(&amounts) {
                    costs.add(self.engine.slot(id, now).unwrap(), amount);
                }
                let options =
                    Options { priority: Priority::ALL[*class], permit: true, ..Options::default() };
                let request = Request { costs: amounts, delay: *delay, end: *end };
                match self.engine.submit(&costs, options, now) {
                    Ok(Submission::Held(ticket)) => self.grant(ticket, request, now),
                    Ok(Submission::Waiting(ticket)) => self.waiting.push((ticket, request)),
                    Ok(Submission::Granted) => panic!("granted without the permit"),
                    Err(Rejection::CostExceedsCapacity { .. }) => (),
                    Err(other) => panic!("{other}"),
                }
            }
            Act::Mode { mode, duration } => {
                self.engine.set_mode(MODES[*mode], *duration, now).unwrap()
            }
            Act::Limit { rule, limit } => {
                let patch = Fields::from_iter([("limit", Value::Number(*limit))]);
                self.engine.update_rule(IDS[*rule], &patch, now).unwrap();
                self.limits[*rule] = *limit;
            }
        }
        self.poll(now);
    }
}

/// All grants of the engine.
pub fn grants(case: &Case, events: &[Event]) -> Vec<Grant> {
    let mut run = Run::new(case);
    let mut now = 0.0;
    for Event { gap, late, act } in events {
        now += gap;
        run.advance(now, *late);
        match act {
            act if case.rules_out(act) => {}
            act => run.act(act, now),
        }
    }
    run.advance(f64::MAX, 0.0);
    assert!(run.waiting.is_empty(), "all are granted in the end, whatever the mode");
    run.granted
}
