//! Costs of waiters, which are dropped from their store when many others are unused.

use crate::support::{bucket, costs, engine, poll_all, tokens, wait};
use multi_throttler_engine::Priority;

/// The store is swept when a waiter leaves it. A grant that read its costs after that took nothing.
#[test]
fn each_waiter_takes_its_costs_among_thousands_of_different_ones() {
    let mut engine = engine([bucket("a", 1e6, 1.0, 0.0)]);
    let mut total = 0.0;
    for n in 0..2000 {
        let cost = 1.0 + f64::from(n) / 2048.0;
        let costs = costs(&mut engine, &[("a", cost)]);
        wait(&mut engine, &costs, Priority::Normal, 0.0);
        total += cost;
    }
    assert_eq!(poll_all(&mut engine, 1e6).len(), 2000);
    assert_eq!(tokens(&mut engine, "a", 1e6), 1e6 - total);
}
