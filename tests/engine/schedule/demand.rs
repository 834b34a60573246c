//! Demand: the tokens that waiters ahead still want.

use crate::support::{bucket, costs, engine, next_due, poll_all, rule, ten, try_costs, wait};
use multi_throttler_engine::{Engine, Priority, TokenBucket};

/// Regression: the huge amount rounded a fraction away, which was missing once it was cancelled.
#[test]
fn demand_keeps_fractions_beside_a_huge_amount() {
    let rules = [bucket("a", 9e15, 0.0, 31.25), bucket("b", 1.0, 0.0, 0.0)];
    let mut engine = engine(rules);
    let waits = |engine: &mut Engine, amount| {
        let costs = costs(engine, &[("a", amount), ("b", 1.0)]);
        wait(engine, &costs, Priority::Normal, 0.0)
    };
    waits(&mut engine, 0.25);
    let huge = waits(&mut engine, 4_503_599_627_370_496.0);
    for _ in 0..35 {
        waits(&mut engine, 1.0);
    }
    engine.cancel(huge);
    poll_all(&mut engine, 0.0);
    // The waiters ahead want 35.25 tokens.
    engine.set_tokens("a", 35.5, 0.0);
    let half = costs(&mut engine, &[("a", 0.5)]);
    assert!(!try_costs(&mut engine, &half, 0.0));
}

/// Behind demand a debt bucket needs tokens for all of it and the cost; without demand, none.
#[test]
fn grant_in_debt_lowers_the_need_of_later_waiters() {
    let debt = TokenBucket::new(20.0, 0.01).unwrap().with_debt().unwrap().with_tokens(3.0).unwrap();
    let mut engine = engine([rule("a", debt), ten("b", 0.0)]);
    let both = costs(&mut engine, &[("a", 5.0), ("b", 1.0)]);
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let first = wait(&mut engine, &both, Priority::Normal, 0.0);
    let second = wait(&mut engine, &eight, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 100.0);
    assert_eq!(poll_all(&mut engine, 100.0), [(first, Ok(()))]);
    // The first cost leaves -1 token, so the bucket holds zero at 200.
    assert_eq!(next_due(&mut engine), 200.0);
    assert_eq!(poll_all(&mut engine, 200.0), [(second, Ok(()))]);
}
