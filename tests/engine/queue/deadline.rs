//! Waiters that expire at their deadline.

use crate::support::{
    bucket, costs, engine, next_due, poll_all, rule, ten, timeout, wait, with_config, within,
};
use multi_throttler_engine::{
    Concurrency, Config, Mode, Options, Priority, Rejection, Submission, TokenBucket,
};

#[test]
fn waiter_past_its_deadline_expires_on_a_late_poll() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let within = Options { max_wait: 1500.0, ..Options::default() };
    let Ok(Submission::Waiting(ticket)) = engine.submit(&one, within, 0.0) else { panic!() };
    // A higher priority overtakes the request, so it cannot be granted in time any more.
    let critical = wait(&mut engine, &one, Priority::Critical, 500.0);
    assert_eq!(poll_all(&mut engine, 1000.0), [(critical, Ok(()))]);
    assert_eq!(next_due(&mut engine), 1500.0);
    let settled = poll_all(&mut engine, 1700.0);
    assert_eq!(
        settled,
        [(ticket, Err(Rejection::WaitTimeout { max_wait: 1500.0, estimated_wait: 300.0 }))]
    );
    assert_eq!(next_due(&mut engine), f64::INFINITY);
}

#[test]
fn equal_deadlines_expire_in_order_of_arrival() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Critical, 0.0);
    let within = Options { max_wait: 10_000.0, ..Options::default() };
    let tickets: Vec<_> = (0..8)
        .map(|_| match engine.submit(&one, within, 0.0) {
            Ok(Submission::Waiting(ticket)) => ticket,
            other => panic!("{other:?}"),
        })
        .collect();
    let expired: Vec<_> =
        poll_all(&mut engine, 20_000.0).into_iter().map(|settled| settled.0).collect();
    assert_eq!(expired[..8], tickets);
}

#[test]
fn expired_waiter_frees_the_demand_kept_for_it() {
    let mut engine = engine([ten("a", 5.0), ten("b", 0.0)]);
    let (both, three) =
        (costs(&mut engine, &[("a", 3.0), ("b", 2.0)]), costs(&mut engine, &[("a", 3.0)]));
    let Ok(Submission::Waiting(first)) = engine.submit(&both, within(200.0), 0.0) else { panic!() };
    // It is unknown when the first one goes, so its tokens are kept from now on.
    engine.pause(Some(&["b"]), f64::INFINITY, 0.0).unwrap();
    let second = wait(&mut engine, &three, Priority::Normal, 0.0);
    // The second waiter may overtake once there are six. By then the first one is too late.
    assert_eq!(next_due(&mut engine), 100.0);
    assert_eq!(poll_all(&mut engine, 100.0), [(second, Ok(()))]);
    let third = wait(&mut engine, &three, Priority::Normal, 100.0);
    assert_eq!(next_due(&mut engine), 200.0);
    let settled = poll_all(&mut engine, 200.0);
    assert_eq!(settled.iter().map(|settled| settled.0).collect::<Vec<_>>(), [first, third]);
    assert_eq!(settled[1].1, Ok(()));
}

#[test]
fn waiter_for_a_permit_waits_until_its_deadline() {
    let mut engine = engine([ten("a", 0.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
    let permit = |max_wait| Options { permit: true, max_wait, ..Options::default() };
    let (task, a) = (costs(&mut engine, &[("tasks", 1.0)]), costs(&mut engine, &[("a", 1.0)]));
    let Ok(Submission::Held(holder)) = engine.submit(&task, permit(1e9), 0.0) else {
        panic!("held")
    };
    let first = engine.submit(&task, permit(100.0), 0.0);
    let second = engine.submit(&task, permit(100.0), 0.0);
    let (Ok(Submission::Waiting(first)), Ok(Submission::Waiting(second))) = (first, second) else {
        panic!("both wait")
    };
    assert_eq!(engine.due(), 100.0);
    assert!(engine.release(holder, false, 50.0));
    assert_eq!(poll_all(&mut engine, 50.0), [(first, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 100.0), [(second, Err(timeout(100.0, 0.0)))]);

    // A refill is foreseen also behind a waiter for a permit.
    let both = costs(&mut engine, &[("a", 10.0), ("tasks", 1.0)]);
    assert_eq!(engine.submit(&both, permit(899.0), 100.0), Err(timeout(899.0, 900.0)));
    assert!(matches!(
        engine.submit(&both, permit(f64::INFINITY), 100.0),
        Ok(Submission::Waiting(_))
    ));
    let behind = |max_wait| Options { max_wait, ..Options::default() };
    assert_eq!(engine.submit(&a, behind(999.0), 100.0), Err(timeout(999.0, 1000.0)));
    assert!(matches!(engine.submit(&a, behind(1000.0), 100.0), Ok(Submission::Waiting(_))));
}

#[test]
fn expired_waiter_learns_the_remaining_wait() {
    let mode = Mode { name: "normal".into(), buffer: 0.0, reserve: 0.5 };
    let slow = rule("slow", TokenBucket::new(1.0, 1e-6).unwrap().with_tokens(0.0).unwrap());
    let mut engine =
        with_config(Config { modes: vec![mode], ..Config::default() }, [ten("a", 4.0), slow]);
    // A cost of zero does not wait behind the demand of others.
    let other = costs(&mut engine, &[("slow", 0.25)]);
    wait(&mut engine, &other, Priority::Normal, 0.0);
    let three = costs(&mut engine, &[("a", 3.0), ("slow", 0.0)]);
    let options = Options { max_wait: 450.0, ..Options::default() };
    let Ok(Submission::Waiting(ticket)) = engine.submit(&three, options, 0.0) else { panic!() };
    assert_eq!(next_due(&mut engine), 400.0);
    engine.set_tokens("a", 0.0, 100.0);
    assert_eq!(poll_all(&mut engine, 450.0), [(ticket, Err(timeout(450.0, 450.0)))]);
}
