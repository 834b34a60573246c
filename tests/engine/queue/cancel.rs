//! Waiters that are cancelled, one by one or all at once.

use crate::support::{bucket, costs, engine, next_due, poll_all, tokens, wait};
use multi_throttler_engine::{Priority, Rejection};

#[test]
fn cancelling_the_first_waiter_grants_the_next() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 5.0)]);
    let (ten, one) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 1.0)]));
    let first = wait(&mut engine, &ten, Priority::Normal, 0.0);
    let second = wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 5000.0);
    assert!(engine.cancel(first));
    assert!(!engine.cancel(first));
    assert_eq!(poll_all(&mut engine, 0.0), [(second, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 0.0), 4.0);
}

#[test]
fn clear_rejects_all_waiters_and_takes_nothing() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 5.0)]);
    let six = costs(&mut engine, &[("a", 6.0)]);
    let tickets =
        [Priority::Low, Priority::Critical].map(|class| wait(&mut engine, &six, class, 0.0));
    assert_eq!(engine.clear(&Rejection::Cleared), 2);
    assert_eq!((engine.waiting(None), engine.due()), (0, 0.0));
    let cleared = poll_all(&mut engine, 0.0);
    assert_eq!(
        cleared,
        [(tickets[1], Err(Rejection::Cleared)), (tickets[0], Err(Rejection::Cleared))]
    );
    assert_eq!(next_due(&mut engine), f64::INFINITY);
    assert_eq!(tokens(&mut engine, "a", 0.0), 5.0);
}

#[test]
fn cost_vectors_of_cancelled_waiters_are_freed() {
    let mut engine = engine([bucket("a", 1e9, 0.0, 0.0)]);
    let slot = engine.slot("a", 0.0).unwrap();
    for n in 0..100_000 {
        let cost = costs(&mut engine, &[("a", 1.0 + f64::from(n))]);
        let ticket = wait(&mut engine, &cost, Priority::Normal, 0.0);
        assert!(engine.cancel(ticket));
    }
    // The debug output is the only way to see from here what the engine keeps.
    assert!(format!("{engine:?}").len() < 1_000_000);
    engine.remove_rule("a", 0.0);
    engine.add_rule(bucket("b", 1.0, 0.0, 1.0), 0.0);
    assert_eq!(engine.slot("b", 0.0), Ok(slot), "the slot serves again");
}
