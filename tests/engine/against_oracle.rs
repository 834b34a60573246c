//! Random sequences of all calls, the engine beside the oracle.

use crate::oracle::{Bucket, Cost, Oracle, Outcome, QUARTERS, TICKS};
use crate::support::poll_all;
use multi_throttler::{
    Costs, Engine, MaxWaiting, Options, Priority, Refusal, Rule, Submission, Ticket, TokenBucket,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Shape {
    tokens: i128,
    millis: i128,
    capacity: i128,
    level: i128,
}

#[derive(Clone, Debug)]
enum Step {
    Submit { class: usize, costs: Vec<Cost>, max_wait: Option<i128> },
    Cancel(usize),
    Pass(i128),
    SetTokens(usize, i128),
    Reset,
    Replace(usize, Shape),
    Remove(usize),
    Clear,
}

const RULES: usize = 3;

fn shape() -> impl Strategy<Value = Shape> {
    (0i128..6, 1i128..30, 1i128..40, 0i128..40).prop_map(|(tokens, millis, capacity, level)| Shape {
        tokens,
        millis,
        capacity,
        level: level.min(capacity),
    })
}

fn step() -> impl Strategy<Value = Step> {
    let cost = (0..RULES, 0i128..12);
    let submit = (0usize..3, prop::collection::vec(cost, 0..4), prop::option::weighted(0.3, 0i128..400));
    prop_oneof![
        8 => submit.prop_map(|(class, costs, max_wait)| Step::Submit { class, costs: merged(costs), max_wait }),
        4 => (1i128..200).prop_map(Step::Pass),
        2 => any::<usize>().prop_map(Step::Cancel),
        1 => (0..RULES, 0i128..50).prop_map(|(rule, quarters)| Step::SetTokens(rule, quarters)),
        1 => Just(Step::Reset),
        1 => (0..RULES, shape()).prop_map(|(rule, shape)| Step::Replace(rule, shape)),
        1 => (0..RULES).prop_map(Step::Remove),
        1 => Just(Step::Clear),
    ]
}

/// Each rule once, as the keys of an object.
fn merged(costs: Vec<Cost>) -> Vec<Cost> {
    let sum = |rule| costs.iter().filter(|cost| cost.0 == rule).map(|cost| cost.1).sum::<i128>();
    (0..RULES).filter(|&rule| costs.iter().any(|cost| cost.0 == rule)).map(|rule| (rule, sum(rule))).collect()
}

fn rule(index: usize, shape: &Shape) -> Rule {
    let tokens = |quarters: i128| quarters as f64 / QUARTERS as f64;
    let bucket = TokenBucket::new(tokens(shape.capacity), shape.tokens as f64 / shape.millis as f64).unwrap();
    Rule::new(index.to_string(), bucket.with_tokens(tokens(shape.level)).unwrap()).unwrap()
}

fn bucket(shape: &Shape) -> Bucket {
    Bucket::new(shape.tokens, shape.millis, shape.capacity, shape.level)
}

struct Pair {
    engine: Engine,
    oracle: Oracle<Ticket>,
    max_waiting: usize,
}

impl Pair {
    fn now(&self) -> f64 {
        self.oracle.now as f64 / TICKS as f64
    }

    /// Settles what is due in both and compares.
    fn settle(&mut self) {
        let expected = self.oracle.settle();
        assert_eq!(!expected.is_empty(), self.engine.due() <= self.now(), "{:?}", self.engine);
        let now = self.now();
        let settled: Vec<_> = poll_all(&mut self.engine, now)
            .into_iter()
            .map(|(ticket, outcome)| match outcome {
                Ok(()) => (ticket, Outcome::Granted),
                Err(Refusal::WaitTimeout { .. }) => (ticket, Outcome::TimedOut),
                Err(other) => panic!("{other}"),
            })
            .collect();
        assert_eq!(settled, expected);
        assert!(self.engine.due() > self.now());
    }

    /// The same requests leave both queues.
    fn evict(&mut self, evicted: &[(Ticket, Result<(), Refusal>)], expected: impl Fn(&[Cost]) -> bool) {
        let leaving: Vec<_> =
            self.oracle.waiting.iter().filter(|r| expected(&r.costs)).map(|r| r.key).collect();
        assert_eq!(evicted.iter().map(|e| e.0).collect::<Vec<_>>(), leaving);
        self.oracle.waiting.retain(|request| !leaving.contains(&request.key));
    }

    fn submit(&mut self, class: usize, costs: &[Cost], max_wait: Option<i128>) {
        let now = self.now();
        let mut engine_costs = Costs::default();
        for &(rule, quarters) in costs {
            let Some(slot) = self.engine.slot(&rule.to_string()) else { return };
            engine_costs.add(slot, quarters as f64 / QUARTERS as f64);
        }
        let too_much = costs.iter().any(|&(rule, quarters)| {
            let bucket = self.oracle.buckets[rule].as_ref().unwrap();
            bucket.units(quarters) > bucket.capacity
        });
        let max_wait_ms = max_wait.map_or(f64::INFINITY, |ticks| ticks as f64 / TICKS as f64);
        let options = Options { priority: Priority::ALL[class], max_wait: max_wait_ms };
        let before = self.engine.clone();
        match self.engine.submit(&engine_costs, options, now) {
            Ok(Submission::Granted) => assert!(!too_much && self.oracle.try_now(class, costs)),
            Ok(Submission::Waiting(ticket)) => {
                assert!(!too_much && !self.oracle.try_now(class, costs));
                assert!(self.oracle.waiting.len() < self.max_waiting);
                let deadline = max_wait.map(|ticks| self.oracle.now + ticks);
                self.oracle.wait(ticket, class, costs.to_vec(), deadline);
                // The estimate is what comes true if nothing else happens.
                let estimate = before.clone().estimate_wait(&engine_costs, options.priority, now).unwrap();
                assert_eq!(estimate, time_of_grant(self.engine.clone(), ticket) - now);
                assert!(estimate <= max_wait_ms);
            }
            Err(Refusal::CostExceedsCapacity { .. }) => assert!(too_much),
            Err(Refusal::QueueOverflow { .. }) => {
                assert!(!too_much && !self.oracle.try_now(class, costs));
                assert_eq!(self.oracle.waiting.len(), self.max_waiting);
            }
            Err(Refusal::WaitTimeout { estimated_wait, .. }) => {
                assert!(!too_much && !self.oracle.try_now(class, costs));
                // It would really have been late.
                let mut patient = before;
                let forever = Options { priority: options.priority, max_wait: f64::INFINITY };
                let Ok(Submission::Waiting(ticket)) = patient.submit(&engine_costs, forever, now) else {
                    panic!("granted after all")
                };
                assert_eq!(time_of_grant(patient, ticket) - now, estimated_wait);
                assert!(estimated_wait > max_wait_ms);
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn step(&mut self, step: Step) {
        let now = self.now();
        match step {
            Step::Submit { class, costs, max_wait } => self.submit(class, &costs, max_wait),
            Step::Cancel(any) => {
                if let Some(request) = self.oracle.waiting.get(any % self.oracle.waiting.len().max(1)) {
                    let ticket = request.key;
                    assert!(self.engine.cancel(ticket));
                    self.oracle.waiting.retain(|request| request.key != ticket);
                }
            }
            Step::Pass(ticks) => {
                for _ in 0..ticks {
                    self.oracle.tick();
                    self.settle();
                }
            }
            Step::SetTokens(rule, quarters) => {
                let known = self.engine.set_tokens(&rule.to_string(), quarters as f64 / QUARTERS as f64, now);
                assert_eq!(known, self.oracle.buckets[rule].is_some());
                if let Some(bucket) = &mut self.oracle.buckets[rule] {
                    bucket.level = bucket.units(quarters).min(bucket.capacity);
                }
            }
            Step::Reset => {
                self.engine.reset(now);
                self.oracle.buckets.iter_mut().flatten().for_each(|bucket| bucket.level = bucket.capacity);
            }
            Step::Replace(index, shape) => {
                let evicted = self.engine.add_rule(rule(index, &shape), now);
                self.evict(&evicted, |costs| {
                    costs.iter().any(|&(i, cost)| i == index && cost > shape.capacity)
                });
                self.oracle.buckets[index] = Some(bucket(&shape));
            }
            Step::Remove(index) => {
                let evicted = self.engine.remove_rule(&index.to_string());
                assert_eq!(evicted.is_some(), self.oracle.buckets[index].is_some());
                self.evict(&evicted.unwrap_or_default(), |costs| costs.iter().any(|&(i, _)| i == index));
                self.oracle.buckets[index] = None;
            }
            Step::Clear => {
                let evicted = self.engine.clear(&Refusal::Cleared);
                self.evict(&evicted, |_| true);
            }
        }
        self.settle();
        assert_eq!(self.engine.waiting(None), self.oracle.waiting.len());
        for status in self.engine.status(self.now()) {
            let bucket = self.oracle.buckets[status.id.parse::<usize>().unwrap()].as_ref().unwrap();
            let exact = bucket.level as f64 / bucket.units(QUARTERS) as f64;
            assert!((status.tokens - exact).abs() < 1e-9, "{status:?} {exact}");
        }
    }
}

/// When a waiting request is granted if nothing else happens: the engine driven from one due instant to the next.
fn time_of_grant(mut engine: Engine, ticket: Ticket) -> f64 {
    while engine.due() < f64::INFINITY {
        let due = engine.due();
        if poll_all(&mut engine, due).contains(&(ticket, Ok(()))) {
            return due;
        }
    }
    f64::INFINITY
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn does_what_the_oracle_does(
        shapes in prop::collection::vec(shape(), RULES),
        max_waiting in 0usize..20,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut engine = Engine::new(MaxWaiting::Total(max_waiting as f64));
        for (index, shape) in shapes.iter().enumerate() {
            engine.add_rule(rule(index, shape), 0.0);
        }
        let mut pair = Pair { engine, oracle: Oracle::new(shapes.iter().map(bucket).collect()), max_waiting };
        for step in steps {
            pair.step(step);
        }
    }
}
