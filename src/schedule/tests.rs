//! What a wake-up costs, counted: no test goes by a clock.

use crate::{Config, Costs, Engine, MaxWaiting, Options, Rule, Submission, TokenBucket};
use std::cell::Cell;

thread_local! {
    /// How often it was worked out when a request may go; of each thread, as each test has one.
    pub(super) static LOOKS: Cell<usize> = const { Cell::new(0) };
}

/// How often that is while fifty are granted one by one, of so many that wait with each of so many costs.
fn looks(distinct: usize, of_each: usize) -> usize {
    let config = Config { max_waiting: MaxWaiting::Total(f64::INFINITY), ..Config::default() };
    let mut engine = Engine::new(config).unwrap();
    let bucket = TokenBucket::new(1000.0, 0.1).unwrap().with_tokens(0.0).unwrap();
    engine.add_rule(Rule::new("a", bucket).unwrap(), 0.0);
    let slot = engine.slot("a", 0.0).unwrap();
    for n in 0..of_each * distinct {
        let mut costs = Costs::default();
        costs.add(slot, 1.0 + (n % distinct) as f64);
        assert!(matches!(engine.submit(&costs, Options::default(), 0.0), Ok(Submission::Waiting(_))));
    }
    LOOKS.set(0);
    for _ in 0..50 {
        let due = engine.due();
        assert!(engine.poll(due).is_some_and(|(_, outcome)| outcome.is_ok()));
        assert_eq!(engine.poll(due), None);
    }
    LOOKS.get()
}

#[test]
fn a_wake_up_looks_at_no_more_than_the_distinct_costs_however_many_wait() {
    for distinct in [1, 3, 10] {
        let few = looks(distinct, 60);
        assert_eq!(looks(distinct, 3000), few, "{distinct} distinct costs");
        assert!((50..=50 * (distinct + 1)).contains(&few), "{few} looks for {distinct} distinct costs");
    }
}
