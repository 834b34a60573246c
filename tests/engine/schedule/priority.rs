//! Priorities, and waiters whose priority is changed.

use crate::support::{bucket, costs, engine, poll_all, rule, ten, wait, with_config};
use multi_throttler_engine::{Config, Mode, Options, Overflow, Priority, Submission, TokenBucket};

#[test]
fn waiters_are_served_by_priority_then_arrival() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 1.0);
    let critical = wait(&mut engine, &one, Priority::Critical, 2.0);
    let also_normal = wait(&mut engine, &one, Priority::Normal, 3.0);
    let order: Vec<_> =
        (1..=4).flat_map(|n| poll_all(&mut engine, f64::from(n) * 1000.0)).map(|s| s.0).collect();
    assert_eq!(order, [critical, normal, also_normal, low]);
}

#[test]
fn higher_priority_ignores_lower_waiters() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 5.0)]);
    let (ten, one) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 1.0)]));
    wait(&mut engine, &ten, Priority::Normal, 0.0);
    let critical = Options { priority: Priority::Critical, ..Options::default() };
    assert_eq!(engine.submit(&one, critical, 0.0), Ok(Submission::Granted));
    // Requests of its own class, or of a lower one, wait behind it.
    wait(&mut engine, &one, Priority::Normal, 0.0);
    wait(&mut engine, &one, Priority::Low, 0.0);
}

#[test]
fn set_priority_keeps_the_arrival() {
    let mut engine = engine([ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let early = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 1.0);
    let critical = wait(&mut engine, &one, Priority::Critical, 2.0);
    assert!(engine.set_priority(early, Priority::Normal, 3.0));
    assert!(engine.set_priority(critical, Priority::Low, 3.0));
    assert_eq!(Priority::ALL.map(|priority| engine.waiting(Some(priority))), [0, 2, 1]);
    let order: Vec<_> = poll_all(&mut engine, 300.0).into_iter().map(|settled| settled.0).collect();
    assert_eq!(order, [early, normal, critical]);
    assert!(!engine.set_priority(early, Priority::Critical, 300.0));
}

#[test]
fn set_priority_grants_at_once_if_possible() {
    let mut engine = engine([ten("a", 5.0)]);
    let (ten, two) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 2.0)]));
    wait(&mut engine, &ten, Priority::Normal, 0.0);
    let ticket = wait(&mut engine, &two, Priority::Normal, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), []);
    assert!(engine.set_priority(ticket, Priority::Critical, 0.0));
    assert_eq!(engine.due(), 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(ticket, Ok(()))]);
}

/// A class for whose requests the cost leaves no reserve waits until nothing counts.
#[test]
fn set_priority_moves_a_cost_above_the_reserve() {
    let normal = Mode { name: "normal".into(), buffer: 0.0, reserve: 0.5 };
    let config = Config { modes: vec![normal], ..Config::default() };
    let empty = TokenBucket::new(10.0, 0.01).unwrap().with_tokens(0.0).unwrap();
    let mut engine = with_config(config, [rule("a", empty)]);
    let costs = costs(&mut engine, &[("a", 7.0)]);
    let options = Options { priority: Priority::Critical, ..Options::default() };
    let Submission::Waiting(ticket) = engine.submit(&costs, options, 0.0).unwrap() else {
        panic!()
    };
    assert_eq!(engine.due(), 700.0);
    assert!(engine.set_priority(ticket, Priority::Normal, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), []);
    assert_eq!((engine.waiting(Some(Priority::Normal)), engine.due()), (1, 1000.0));
}

/// A raised waiter stands out of order in its lane and has to be found there.
#[test]
fn cancelled_raised_waiter_blocks_no_one() {
    let mut engine = with_config(Config::default(), [bucket("a", 1.0, 0.01, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let [first, second] = [0; 2].map(|_| wait(&mut engine, &one, Priority::Low, 0.0));
    let normal = wait(&mut engine, &one, Priority::Normal, 0.0);
    for low in [first, second] {
        assert!(engine.set_priority(low, Priority::Normal, 0.0));
    }
    assert!(engine.cancel(second));
    assert_eq!(poll_all(&mut engine, 100.0), [(first, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 200.0), [(normal, Ok(()))]);
}

/// Regression: entries of earlier classes came to life again when the class was set back, and piled
/// up.
#[test]
fn repeated_set_priority_does_not_grow_memory() {
    let config = Config { aging: 1e9, overflow: Overflow::DropLowest, ..Config::default() };
    let mut engine = with_config(config, [bucket("a", 10.0, 0.0, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Normal, 0.0);
    let moved = wait(&mut engine, &one, Priority::Normal, 0.0);
    for _ in 0..20_000 {
        engine.set_priority(moved, Priority::Low, 0.0);
        engine.set_priority(moved, Priority::Normal, 0.0);
    }
    // The debug output shows all of the engine's state.
    let size = format!("{engine:?}").len();
    assert!(size < 50_000, "{size}");
}
