//! Demand: the tokens that waiters ahead still want.

use crate::support::{bucket, costs, engine, poll_all, try_costs, wait};
use multi_throttler_engine::{Engine, Priority};

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
