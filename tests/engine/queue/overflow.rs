//! A full queue: rejected arrivals and dropped waiters.

use crate::support::{bucket, cases, costs, limited, poll_all, ten, timeout, wait, with_config};
use multi_throttler_engine::{
    Config, Costs, Engine, MaxWaiting, Options, Overflow, Priority, Rejection, Submission, Ticket,
};
use proptest::prelude::*;

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
    let options = Options { priority: Priority::Critical, max_wait: 50.0, ..Options::default() };
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

/// An engine with a queue of two that drops the oldest waiter of the lowest priority.
fn drop_oldest_of(total: f64) -> (Engine, Costs) {
    let (max_waiting, overflow) = (MaxWaiting::Total(total), Overflow::DropOldest);
    let config = Config { max_waiting, overflow, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    (engine, one)
}

#[test]
fn drop_oldest_drops_the_first_of_the_lowest() {
    let (mut engine, one) = drop_oldest_of(2.0);
    let full = Err(Rejection::QueueOverflow { max_capacity: 2.0 });
    let normal = wait(&mut engine, &one, Priority::Normal, 0.0);
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    let newer = wait(&mut engine, &one, Priority::Low, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(low, full.clone())]);
    let another = wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(newer, full.clone())]);
    let newest = wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(normal, full.clone())]);
    // All waiters are above a new one of the lowest class.
    let options = Options { priority: Priority::Low, ..Options::default() };
    assert_eq!(engine.submit(&one, options, 0.0).map(|_| ()), full);
    assert_eq!(poll_all(&mut engine, 200.0), [(another, Ok(())), (newest, Ok(()))]);
}

#[test]
fn drop_oldest_of_no_queue_rejects() {
    let (mut engine, one) = drop_oldest_of(0.0);
    let full = Err(Rejection::QueueOverflow { max_capacity: 0.0 });
    assert_eq!(engine.submit(&one, Options::default(), 0.0).map(|_| ()), full);
}

proptest! {
    #![proptest_config(cases(300))]
    /// A list of waiters in the order of their arrival says which one a full queue drops.
    #[test]
    fn victims_are_those_of_a_list(
        oldest in any::<bool>(),
        steps in prop::collection::vec((0..5_u8, 0..3_usize, any::<prop::sample::Index>()), 1..60),
    ) {
        let overflow = if oldest { Overflow::DropOldest } else { Overflow::DropLowest };
        let config = Config { max_waiting: MaxWaiting::Total(5.0), overflow, ..Config::default() };
        let mut engine = with_config(config, [ten("a", 0.0)]);
        let one = costs(&mut engine, &[("a", 1.0)]);
        let mut list: Vec<(Priority, Ticket)> = Vec::new();
        for (call, class, at) in steps {
            let priority = Priority::ALL[class];
            match call {
                0 if !list.is_empty() => {
                    let (_, ticket) = list.remove(at.index(list.len()));
                    prop_assert!(engine.cancel(ticket));
                }
                1 if !list.is_empty() => {
                    let place = at.index(list.len());
                    list[place].0 = priority;
                    prop_assert!(engine.set_priority(list[place].1, priority, 0.0));
                }
                _ => {
                    let lowest = list.iter().map(|waiter| waiter.0).max();
                    let victim = lowest.filter(|_| list.len() == 5).and_then(|lowest| {
                        let mut places = (0..list.len()).filter(|&place| list[place].0 == lowest);
                        match oldest {
                            true if lowest >= priority => places.next(),
                            false if lowest > priority => places.next_back(),
                            _ => None,
                        }
                    });
                    let options = Options { priority, ..Options::default() };
                    let submission = engine.submit(&one, options, 0.0);
                    if list.len() == 5 && victim.is_none() {
                        prop_assert!(submission.is_err());
                        continue;
                    }
                    let dropped = victim.map(|place| list.remove(place).1);
                    let Ok(Submission::Waiting(ticket)) = submission else { panic!("not waiting") };
                    list.push((priority, ticket));
                    let settled: Vec<Ticket> =
                        poll_all(&mut engine, 0.0).into_iter().map(|settled| settled.0).collect();
                    prop_assert_eq!(settled, Vec::from_iter(dropped));
                }
            }
        }
    }
}
