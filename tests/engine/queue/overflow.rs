//! A full queue: rejected arrivals and dropped waiters.

use crate::support::{bucket, costs, limited, poll_all, ten, timeout, wait, with_config};
use multi_throttler_engine::{
    Config, Costs, Engine, MaxWaiting, Options, Overflow, Priority, Rejection, Submission,
};

#[test]
fn queue_limit_may_differ_by_priority() {
    let mut engine = limited(MaxWaiting::PerPriority([1.0, 0.0, f64::INFINITY]));
    engine.add_rule(bucket("a", 1.0, 0.001, 0.0), 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let submit = |engine: &mut Engine, priority| {
        engine.submit(&one, Options { priority, ..Options::default() }, 0.0).map(|_| ())
    };
    assert_eq!(submit(&mut engine, Priority::Critical), Ok(()));
    assert_eq!(
        submit(&mut engine, Priority::Critical),
        Err(Rejection::QueueOverflow { max_capacity: 1.0 })
    );
    assert_eq!(
        submit(&mut engine, Priority::Normal),
        Err(Rejection::QueueOverflow { max_capacity: 0.0 })
    );
    for _ in 0..5000 {
        assert_eq!(submit(&mut engine, Priority::Low), Ok(()));
    }
    assert_eq!(engine.waiting(Some(Priority::Low)), 5000);
    assert_eq!(engine.waiting(None), 5001);
}

/// An engine with a queue of two that drops the last waiter of the lowest priority.
fn drop_lowest_of_two() -> (Engine, Costs) {
    let (max_waiting, overflow) = (MaxWaiting::Total(2.0), Overflow::DropLowest);
    let config = Config { max_waiting, overflow, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    (engine, one)
}

#[test]
fn drop_lowest_drops_the_last_of_the_lowest() {
    let (mut engine, one) = drop_lowest_of_two();
    let full = Err(Rejection::QueueOverflow { max_capacity: 2.0 });
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    let last = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!((engine.waiting(None), engine.due()), (2, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), [(last, full.clone())]);
    let critical = wait(&mut engine, &one, Priority::Critical, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(low, full.clone())]);
    // No waiter is of a lower priority, and one of the same priority is not dropped.
    let submission = engine.submit(&one, Options::default(), 0.0);
    assert_eq!(submission.map(|_| ()), full);
    let another = wait(&mut engine, &one, Priority::Critical, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(normal, full)]);
    assert_eq!(poll_all(&mut engine, 200.0), [(critical, Ok(())), (another, Ok(()))]);
}

#[test]
fn drop_lowest_drops_only_for_a_waiter() {
    let (mut engine, one) = drop_lowest_of_two();
    engine.add_rule(ten("b", 5.0), 0.0);
    for _ in 0..2 {
        wait(&mut engine, &one, Priority::Low, 0.0);
    }
    let options = Options { priority: Priority::Critical, max_wait: 50.0, permit: false };
    assert_eq!(engine.submit(&one, options, 0.0), Err(timeout(50.0, 100.0)));
    let b = costs(&mut engine, &[("b", 1.0)]);
    assert_eq!(engine.submit(&b, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!((engine.waiting(None), poll_all(&mut engine, 0.0)), (2, vec![]));
}

#[test]
fn drop_lowest_never_applies_to_limits_by_priority() {
    let (max_waiting, overflow) = (MaxWaiting::PerPriority([1.0, 1.0, 1.0]), Overflow::DropLowest);
    let config = Config { max_waiting, overflow, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for priority in Priority::ALL {
        wait(&mut engine, &one, priority, 0.0);
    }
    let critical = Options { priority: Priority::Critical, ..Options::default() };
    assert_eq!(engine.submit(&one, critical, 0.0).unwrap_err().code(), "QUEUE_OVERFLOW");
    assert_eq!(engine.waiting(None), 3);
}

#[test]
fn drop_lowest_finds_the_last_after_cancellations() {
    let overflow = Overflow::DropLowest;
    let config = Config { max_waiting: MaxWaiting::Total(2.0), overflow, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    for _ in 0..1000 {
        let ticket = wait(&mut engine, &one, Priority::Normal, 0.0);
        engine.cancel(ticket);
    }
    wait(&mut engine, &one, Priority::Normal, 0.0);
    wait(&mut engine, &one, Priority::Critical, 0.0);
    let dropped = Rejection::QueueOverflow { max_capacity: 2.0 };
    assert_eq!(poll_all(&mut engine, 0.0), [(low, Err(dropped))]);
}
