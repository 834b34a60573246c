//! `max_wait`: requests that are rejected at once because they cannot be granted in time.

use crate::support::{
    bucket, costs, engine, limited, permit_of, poll_all, rule, ten, timeout, wait, with_config,
    within,
};
use multi_throttler_engine::{
    Concurrency, Config, FirstRequestWindow, MaxWaiting, Mode, Options, Ordering, Overflow,
    Priority, Rank, Rejection, Submission, TokenBucket,
};

#[test]
fn max_wait_below_the_estimate_rejects_at_once() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Normal, 0.0);
    let within = |max_wait| Options { max_wait, ..Options::default() };
    let rejection = engine.submit(&one, within(1999.0), 0.0).unwrap_err();
    assert_eq!(rejection, Rejection::WaitTimeout { max_wait: 1999.0, estimated_wait: 2000.0 });
    assert_eq!(engine.waiting(None), 1);
    let Ok(Submission::Waiting(ticket)) = engine.submit(&one, within(2000.0), 0.0) else {
        panic!()
    };
    assert_eq!(poll_all(&mut engine, 1000.0).len(), 1);
    // A grant at the very deadline is in time.
    assert_eq!(poll_all(&mut engine, 2000.0), [(ticket, Ok(()))]);
}

#[test]
fn max_wait_of_nan_is_rejected() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let options = Options { max_wait: f64::NAN, ..Options::default() };
    assert_eq!(engine.submit(&one, options, 0.0).unwrap_err().code(), "WAIT_TIMEOUT");
}

#[test]
fn max_wait_foresees_aging_of_waiters() {
    // The low waiter will be critical before the first token is refilled.
    let config = Config { aging: 10.0, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Low, 0.0);
    let options = Options { priority: Priority::Critical, ..within(150.0) };
    assert_eq!(engine.submit(&one, options, 0.0), Err(timeout(150.0, 200.0)));
}

#[test]
fn max_wait_foresees_a_window_opened_by_waiters() {
    let slow = TokenBucket::new(1.0, 0.01).unwrap().with_tokens(0.0).unwrap();
    let window = FirstRequestWindow::new(10.0, 100.0, 30.0).unwrap();
    let mut engine = engine([rule("slow", slow), rule("window", window)]);
    let one = costs(&mut engine, &[("window", 1.0)]);
    let both = costs(&mut engine, &[("window", 1.0), ("slow", 1.0)]);
    engine.pause(Some(&["window"]), 20.0, 0.0).unwrap();
    wait(&mut engine, &one, Priority::Normal, 0.0);
    // The first waiter opens the window at 20. At 100, when the bucket has refilled, the window may
    // have ended or not; after 150 it has.
    let estimate = 150.0_f64.next_up();
    assert_eq!(engine.estimate_wait(&both, Priority::Normal, 0.0), Ok(estimate));
    assert_eq!(engine.submit(&both, within(120.0), 0.0), Err(timeout(120.0, estimate)));
}

#[test]
fn max_wait_foresees_the_end_of_a_mode() {
    let normal = Mode { name: "normal".into(), buffer: 0.5, reserve: 0.0 };
    let keen = Mode { name: "keen".into(), buffer: 0.0, reserve: 0.0 };
    let config = Config { modes: vec![normal, keen], ..Config::default() };
    let mut engine = with_config(config, [ten("a", 10.0)]);
    engine.set_mode("keen", 50.0, 0.0).unwrap();
    let (ten, six) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 6.0)]));
    assert_eq!(engine.submit(&ten, Options::default(), 0.0), Ok(Submission::Granted));
    // Six of ten would remain at 600, but by then at most five are in force: the request goes when
    // nothing counts. Of the ten, 9.5 still do at the end of the mode, and 0.005 leave in each ms.
    assert_eq!(engine.submit(&six, within(1949.0), 0.0), Err(timeout(1949.0, 1950.0)));
    assert!(matches!(engine.submit(&six, within(1950.0), 0.0), Ok(Submission::Waiting(_))));
    assert_eq!(poll_all(&mut engine, 50.0), []);
    assert_eq!(engine.due(), 1950.0);
}

#[test]
fn max_wait_is_foreseen_exactly_up_to_256_permits() {
    for (holders, rejected) in [(255, true), (256, false)] {
        let mut engine =
            engine([ten("a", 10.0), ten("b", 10.0), rule("free", Concurrency::new(1e6).unwrap())]);
        engine.pause(Some(&["b"]), 50.0, 0.0).unwrap();
        let held = costs(&mut engine, &[("free", 1.0)]);
        for _ in 0..holders {
            let permit = Options { permit: true, ..Options::default() };
            assert!(matches!(engine.submit(&held, permit, 0.0), Ok(Submission::Held(_))));
        }
        // This waiter takes all of `a` when the pause of `b` ends, which `a` alone does not show:
        // it would have refilled one token for the other one at 100.
        let ahead = costs(&mut engine, &[("a", 10.0), ("b", 1.0)]);
        wait(&mut engine, &ahead, Priority::Normal, 0.0);
        let one = costs(&mut engine, &[("a", 1.0)]);
        let answer = engine.submit(&one, within(120.0), 0.0);
        let expected = rejected.then(|| timeout(120.0, 150.0));
        assert_eq!(answer.err(), expected, "{holders} permits");
    }
}

#[test]
fn max_wait_sums_demand_of_a_long_queue() {
    let mut engine = limited(MaxWaiting::Total(1e9));
    engine.add_rule(ten("a", 0.0), 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..3000 {
        wait(&mut engine, &one, Priority::Normal, 0.0);
    }
    assert_eq!(engine.submit(&one, within(300_000.0), 0.0), Err(timeout(300_000.0, 300_100.0)));
    assert!(matches!(engine.submit(&one, within(300_100.0), 0.0), Ok(Submission::Waiting(_))));
}

#[test]
fn max_wait_ignores_waiters_that_time_out_first() {
    let permit = |max_wait| Options { permit: true, max_wait, ..Options::default() };
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        let config = Config { ordering, ..Config::default() };
        let mut engine =
            with_config(config, [ten("a", 10.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
        let task = costs(&mut engine, &[("tasks", 1.0)]);
        let both = costs(&mut engine, &[("a", 5.0), ("tasks", 1.0)]);
        let [five, six, whole] =
            [5.0, 6.0, 10.0].map(|amount| costs(&mut engine, &[("a", amount)]));
        assert!(matches!(engine.submit(&task, permit(1e9), 0.0), Ok(Submission::Held(_))));
        let first = engine.submit(&both, permit(50.0), 0.0);
        // If the permit were released at once, the first waiter would take five, and the sixth
        // token that the second one needs would be refilled at 100.
        let second = engine.submit(&six, within(60.0), 0.0);
        let (Ok(Submission::Waiting(first)), Ok(Submission::Waiting(second))) = (first, second)
        else {
            panic!("both wait")
        };
        assert_eq!(
            poll_all(&mut engine, 50.0),
            [(first, Err(timeout(50.0, 0.0))), (second, Ok(()))]
        );

        // Rejections still follow from the waiters that do not time out before, and from the time
        // that the request alone would need.
        assert!(matches!(engine.submit(&both, permit(200.0), 50.0), Ok(Submission::Waiting(_))));
        assert_eq!(engine.submit(&whole, within(500.0), 50.0), Err(timeout(500.0, 1100.0)));
        assert_eq!(engine.submit(&five, within(199.0), 50.0), Err(timeout(199.0, 600.0)));
        assert!(matches!(engine.submit(&five, within(200.0), 50.0), Ok(Submission::Waiting(_))));
    }
}

/// Up to 256 waiters are simulated. Beyond that, each rule gives a lower bound.
#[test]
fn max_wait_behind_256_waiters_uses_lower_bounds() {
    let config = Config { max_waiting: MaxWaiting::Total(f64::INFINITY), ..Config::default() };
    let rules = [bucket("a", 10_000.0, 10.0, 10_000.0), bucket("slow", 1.0, 0.001, 0.0)];
    let mut engine = with_config(config, rules);
    let both = costs(&mut engine, &[("a", 1.0), ("slow", 1.0)]);
    for _ in 0..256 {
        wait(&mut engine, &both, Priority::Normal, 0.0);
    }
    // The waiters ahead want 256 of the tokens there are, until 56 of them are granted, one per
    // second.
    let much = costs(&mut engine, &[("a", 9800.0)]);
    let options = Options { max_wait: 10_000.0, ..Options::default() };
    let rejection = engine.submit(&much, options, 0.0).unwrap_err();
    let Rejection::WaitTimeout { estimated_wait, .. } = rejection else { panic!("{rejection:?}") };
    assert_eq!(estimated_wait.floor(), 56_000.0);
    wait(&mut engine, &both, Priority::Normal, 0.0);
    assert!(matches!(engine.submit(&much, options, 0.0), Ok(Submission::Waiting(_))));
}

#[test]
fn max_wait_counts_the_waiters_ahead_by_rank_in_a_long_queue() {
    let mut engine = limited(MaxWaiting::Total(1e9));
    engine.add_rule(ten("a", 0.0), 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let rank = |rank| Options { rank: Rank::new(rank).unwrap(), ..Options::default() };
    for ahead in [rank(5.0), rank(0.0)] {
        for _ in 0..300 {
            assert!(matches!(engine.submit(&one, ahead, 0.0), Ok(Submission::Waiting(_))));
        }
    }
    // A token comes each 100 ms. The rank above passes 300 waiters, the one below none.
    for (of_rank, wait) in [(rank(6.0), 100.0), (rank(5.0), 30_100.0), (rank(-1.0), 60_100.0)] {
        let options = |max_wait| Options { max_wait, ..of_rank };
        let short = engine.submit(&one, options(wait - 100.0), 0.0);
        assert_eq!(short, Err(timeout(wait - 100.0, wait)));
        let Ok(Submission::Waiting(ticket)) = engine.submit(&one, options(wait), 0.0) else {
            panic!("granted in time, and rejected")
        };
        assert!(engine.cancel(ticket));
    }
}

/// Regression: the bound for long queues was a guess from the period of each rule, and too late.
#[test]
fn max_wait_never_rejects_a_request_in_time() {
    let config = Config { max_waiting: MaxWaiting::Total(1e5), ..Config::default() };
    let rules = [
        rule("a", TokenBucket::new(3000.0, 1.0).unwrap()),
        rule("b", TokenBucket::new(1e6, 1.0).unwrap()),
    ];
    let mut engine = with_config(config, rules);
    engine.pause(Some(&["b"]), 10.0, 0.0).unwrap();
    let both = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
    for _ in 0..2049 {
        wait(&mut engine, &both, Priority::Normal, 0.0);
    }
    let large = costs(&mut engine, &[("a", 2000.0)]);
    let submission = engine.submit(&large, Options { max_wait: 2000.0, ..Options::default() }, 0.0);
    assert!(matches!(submission, Ok(Submission::Waiting(_))), "{submission:?}");
}

/// A waiter that the request would drop by `drop-lowest` does not count as ahead of it.
#[test]
fn max_wait_ignores_a_waiter_to_be_dropped() {
    let overflow = Overflow::DropLowest;
    let config =
        Config { max_waiting: MaxWaiting::Total(1.0), overflow, aging: 100.0, ..Config::default() };
    let mut engine = with_config(config, [bucket("a", 10.0, 0.01, 0.0)]);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    wait(&mut engine, &ten, Priority::Low, 0.0);
    let submission = engine.submit(&ten, Options { max_wait: 1500.0, ..Options::default() }, 1.0);
    assert!(matches!(submission, Ok(Submission::Waiting(_))), "{submission:?}");
}

/// Only waiters for a permit may make others give up. The one that waits for a permit is dropped.
#[test]
fn max_wait_ignores_the_permit_of_a_waiter_to_be_dropped() {
    let overflow = Overflow::DropLowest;
    let config = Config { max_waiting: MaxWaiting::Total(2.0), overflow, ..Config::default() };
    let place = rule("place", Concurrency::new(1.0).unwrap());
    let mut engine = with_config(config, [bucket("a", 10.0, 0.01, 0.0), place]);
    let [five, one] = [5.0, 1.0].map(|amount| costs(&mut engine, &[("a", amount)]));
    let place = costs(&mut engine, &[("place", 1.0)]);
    engine.try_acquire(&place, Priority::Normal, 0.0).unwrap().unwrap();
    assert!(engine.submit(&place, permit_of(Priority::Low), 0.0).is_ok());
    assert!(engine.submit(&five, within(500.0), 0.0).is_ok());
    assert_eq!(engine.submit(&one, within(550.0), 0.0), Err(timeout(550.0, 600.0)));
    assert_eq!(engine.waiting(Some(Priority::Low)), 1);
}
