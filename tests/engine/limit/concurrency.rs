//! Concurrency: permits that come back when they are released.

use super::check_earliest;
use crate::support::{PERMIT, costs, engine, hold, poll_all, rule, set_number, wait_for_permit};
use multi_throttler_engine::{Concurrency, Submission};

#[test]
fn earliest_grant_is_at_once_for_any_amount() {
    check_earliest(Concurrency::new(3.0).unwrap().into(), 2.0, &[(1.0, 7.0, 7.0), (9.0, 7.0, 7.0)]);
}

#[test]
fn large_task_is_not_starved_by_small_ones() {
    let mut engine = engine([rule("a", Concurrency::new(3.0).unwrap())]);
    let small: Vec<_> = (0..3).map(|_| hold(&mut engine, &[("a", 1.0)], 0.0)).collect();
    let large = wait_for_permit(&mut engine, &[("a", 3.0)], 0.0);
    let also_small = wait_for_permit(&mut engine, &[("a", 1.0)], 0.0);
    for (n, ticket) in small.into_iter().enumerate() {
        assert_eq!(poll_all(&mut engine, n as f64), []);
        engine.release(ticket, false, n as f64);
    }
    assert_eq!(poll_all(&mut engine, 3.0), [(large, Ok(()))]);
    engine.release(large, false, 4.0);
    assert_eq!(poll_all(&mut engine, 4.0), [(also_small, Ok(()))]);
}

#[test]
fn lowered_limit_waits_for_held_permits() {
    let mut engine = engine([rule("a", Concurrency::new(3.0).unwrap())]);
    let held: Vec<_> = (0..3).map(|_| hold(&mut engine, &[("a", 1.0)], 0.0)).collect();
    set_number(&mut engine, "a", "limit", 1.0, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let Ok(Submission::Waiting(next)) = engine.submit(&one, PERMIT, 0.0) else { panic!() };
    for &ticket in &held[..2] {
        engine.release(ticket, false, 1.0);
        assert_eq!(poll_all(&mut engine, 1.0), []);
    }
    engine.release(held[2], false, 2.0);
    assert_eq!(poll_all(&mut engine, 2.0), [(next, Ok(()))]);
}
