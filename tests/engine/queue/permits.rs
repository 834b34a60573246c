//! Permits: held until they are released.

use crate::support::{
    bucket, costs, engine, hold, poll_all, rule, tokens, wait, wait_for_permit, with_config,
};
use multi_throttler_engine::{Concurrency, Config, Options, Priority, Submission};

#[test]
fn permit_is_held_until_released() {
    let mut engine = engine([rule("a", Concurrency::new(2.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    let second = hold(&mut engine, &[("a", 1.0)], 0.0);
    let third = wait_for_permit(&mut engine, &[("a", 1.0)], 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), []);
    assert_eq!((engine.waiting(None), engine.due()), (1, f64::INFINITY));
    assert_eq!(poll_all(&mut engine, 1e9), []);
    assert!(engine.release(second, false, 1e9));
    assert_eq!(engine.due(), 1e9);
    assert_eq!(poll_all(&mut engine, 1e9), [(third, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 1e9), 0.0);
    for ticket in [third, first] {
        assert!(engine.release(ticket, false, 1e9));
    }
    assert_eq!(tokens(&mut engine, "a", 1e9), 2.0);
}

#[test]
fn permit_is_released_once() {
    let mut engine = engine([rule("a", Concurrency::new(5.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 2.0)], 0.0);
    hold(&mut engine, &[("a", 2.0)], 0.0);
    assert!(engine.release(first, false, 0.0));
    assert!(!engine.release(first, false, 0.0));
    assert!(!engine.release(first, true, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 3.0);
    // The old ticket does not release the permit that has its place now.
    let next = hold(&mut engine, &[("a", 1.0)], 0.0);
    assert!(!engine.release(first, true, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 2.0);
    assert!(engine.release(next, true, 0.0));
}

#[test]
fn cancel_is_for_waiters_and_release_for_permits() {
    let mut engine = engine([rule("a", Concurrency::new(1.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 1.0)], 0.0);
    let waiting = wait_for_permit(&mut engine, &[("a", 1.0)], 0.0);
    assert!(!engine.cancel(held));
    assert!(!engine.release(waiting, false, 0.0));
    assert!(!engine.set_priority(held, Priority::Critical, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
    assert!(engine.cancel(waiting));
    assert!(engine.release(held, false, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), []);
}

#[test]
fn permit_without_costs_is_held() {
    let mut engine = engine([rule("a", Concurrency::new(1.0).unwrap())]);
    let held = hold(&mut engine, &[], 0.0);
    assert!(engine.release(held, true, 0.0));
    assert!(!engine.release(held, true, 0.0));
}

/// Only a held permit has waited; a waiter and a released permit return `None`.
#[test]
fn permit_knows_how_long_it_waited() {
    let mut engine = with_config(Config::default(), [bucket("a", 1.0, 0.01, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Waiting(first)) = engine.submit(&one, permit, 20.0) else {
        panic!("it has to wait")
    };
    let second = wait(&mut engine, &one, Priority::Normal, 20.0);
    assert_eq!(engine.waited(first), None);
    assert_eq!(poll_all(&mut engine, 100.0), [(first, Ok(()))]);
    assert_eq!(engine.waited(first), Some(80.0));
    assert_eq!(engine.waited(second), None);
    assert!(engine.release(first, false, 150.0));
    assert_eq!(engine.waited(first), None);
    assert_eq!(engine.now(), 150.0);
}
