//! Costs above the limit in force: a mode makes them wait, and never makes them impossible.

use crate::support::{
    costs, is_granted, modes, one_of_each, permit_of, poll_all, rule, tokens, wait, with_config,
};
use multi_throttler_engine::{
    Concurrency, Config, FirstRequestWindow, FixedWindow, Limit, MaxWaiting, Options, Ordering,
    Priority, Rejection, Report, RollingWindow, Submission, TokenBucket,
};

/// Rules of 5 in 1000 ms, of which a mode may leave 2, and the time for which a grant of 1 counts.
fn rules_of_five(jitter: f64) -> [(Limit, f64); 4] {
    let bucket = TokenBucket::new(5.0, 0.005).unwrap().with_jitter(jitter).unwrap();
    [
        // In the mode a token refills in 500 ms.
        (bucket.into(), 500.0),
        (RollingWindow::new(5.0, 1000.0, jitter).unwrap().into(), 1000.0 + jitter),
        (FixedWindow::new(5.0, 1000.0, jitter).unwrap().into(), 1000.0 + jitter),
        (FirstRequestWindow::new(5.0, 1000.0, jitter).unwrap().into(), 1000.0 + jitter),
    ]
}

#[test]
fn whole_limit_is_granted_alone() {
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        for (limit, counted) in rules_of_five(0.0) {
            let config = Config { ordering, ..modes(&[("normal", 0.5, 0.0)]) };
            let mut engine = with_config(config, [rule("a", limit)]);
            assert!(is_granted(&mut engine, Priority::Normal, 1.0, 0.0));
            let five = costs(&mut engine, &[("a", 5.0)]);
            let large = wait(&mut engine, &five, Priority::Normal, 0.0);
            // Two are in force, and one of them remains. It is granted only if it no longer counts
            // when the request ahead goes.
            let one = costs(&mut engine, &[("a", 1.0)]);
            let small = engine.submit(&one, Options::default(), 0.0).unwrap();
            let is_strict = ordering == Ordering::StrictFifo;
            assert!(small == Submission::Granted || is_strict || counted == 500.0);
            if let Submission::Waiting(ticket) = small {
                assert!(engine.cancel(ticket));
            }
            assert_eq!(poll_all(&mut engine, counted - 1.0), []);
            let due = engine.due();
            assert!((counted..counted + 1.0).contains(&due), "{due}");
            assert_eq!(poll_all(&mut engine, due), [(large, Ok(()))]);
            assert_eq!(tokens(&mut engine, "a", due), 0.0);
            // It counts in full: of a bucket, four of the five have to leave before one is left.
            let small = wait(&mut engine, &one, Priority::Normal, due);
            let next = engine.due();
            let expected = if counted == 500.0 { 500.0 + 2000.0 } else { 2.0 * counted };
            assert!((expected..expected + 1.0).contains(&next), "{next}");
            assert_eq!(poll_all(&mut engine, next), [(small, Ok(()))]);
        }
    }
}

#[test]
fn whole_limit_leaves_nothing_to_any_class() {
    for limit in one_of_each(100.0) {
        let mut engine = with_config(modes(&[("normal", 0.5, 0.2)]), [rule("a", limit)]);
        assert!(is_granted(&mut engine, Priority::Low, 100.0, 0.0));
        for class in Priority::ALL {
            assert!(!is_granted(&mut engine, class, 1.0, 0.0));
        }
    }
}

/// A reserve is for requests of a higher class. A cost that leaves none of it goes alone.
#[test]
fn cost_above_the_reserve_is_granted_alone() {
    let window = RollingWindow::new(10.0, 1000.0, 0.0).unwrap();
    let mut engine = with_config(modes(&[("normal", 0.0, 0.4)]), [rule("a", window)]);
    let seven = costs(&mut engine, &[("a", 7.0)]);
    assert!(is_granted(&mut engine, Priority::Normal, 1.0, 0.0));
    assert_eq!(engine.estimate_wait(&seven, Priority::Critical, 0.0), Ok(0.0));
    let wait = engine.estimate_wait(&seven, Priority::Normal, 0.0).unwrap();
    assert!((1000.0..1001.0).contains(&wait), "{wait}");
    let at = 1001.0;
    assert!(is_granted(&mut engine, Priority::Normal, 7.0, at));
    assert!(is_granted(&mut engine, Priority::Critical, 3.0, at));
    assert!(!is_granted(&mut engine, Priority::Critical, 1.0, at));
}

#[test]
fn held_tokens_count_as_use() {
    let config = modes(&[("normal", 0.5, 0.0)]);
    let mut engine = with_config(config, [rule("a", Concurrency::new(5.0).unwrap())]);
    let (one, five) = (costs(&mut engine, &[("a", 1.0)]), costs(&mut engine, &[("a", 5.0)]));
    let Ok(Submission::Held(permit)) = engine.submit(&one, permit_of(Priority::Normal), 0.0) else {
        panic!()
    };
    let large = engine.submit(&five, permit_of(Priority::Normal), 0.0);
    let Ok(Submission::Waiting(large)) = large else { panic!() };
    assert!(engine.release(permit, false, 10.0));
    assert_eq!(poll_all(&mut engine, 10.0), [(large, Ok(()))]);
    assert!(!is_granted(&mut engine, Priority::Normal, 1.0, 10.0));
    assert!(engine.release(large, false, 20.0));
    assert!(is_granted(&mut engine, Priority::Normal, 2.0, 20.0));
}

/// Each rule of a request may have its own reason to wait.
#[test]
fn large_cost_of_one_rule_waits_for_the_others_too() {
    let window = |limit| RollingWindow::new(limit, 1000.0, 0.0).unwrap();
    let rules = [rule("a", window(5.0)), rule("b", window(100.0))];
    let mut engine = with_config(modes(&[("normal", 0.5, 0.0)]), rules);
    let full = costs(&mut engine, &[("b", 50.0)]);
    assert_eq!(engine.try_submit(&full, Priority::Normal, 500.0), Ok(true));
    let both = costs(&mut engine, &[("a", 5.0), ("b", 1.0)]);
    let wait = engine.estimate_wait(&both, Priority::Normal, 500.0).unwrap();
    assert!((1000.0..1001.0).contains(&wait), "{wait}");
}

#[test]
fn max_wait_of_a_large_cost_is_exact() {
    for (limit, counted) in rules_of_five(0.0) {
        let mut engine = with_config(modes(&[("normal", 0.5, 0.0)]), [rule("a", limit)]);
        assert!(is_granted(&mut engine, Priority::Normal, 1.0, 0.0));
        let five = costs(&mut engine, &[("a", 5.0)]);
        let wait = engine.estimate_wait(&five, Priority::Normal, 0.0).unwrap();
        assert!((counted..counted + 1.0).contains(&wait), "{wait}");
        let within = |max_wait| Options { max_wait, ..Options::default() };
        let missed = engine.submit(&five, within(wait - 1.0), 0.0);
        assert_eq!(
            missed,
            Err(Rejection::WaitTimeout { max_wait: wait - 1.0, estimated_wait: wait })
        );
        assert!(matches!(engine.submit(&five, within(wait), 0.0), Ok(Submission::Waiting(_))));
        assert_eq!(engine.due(), wait);
    }
}

/// A long queue is not simulated. Its bound must not be later than the grants, although large
/// requests take more than the limit in force at once.
#[test]
fn bound_of_a_long_queue_is_not_too_late() {
    for (limit, _) in rules_of_five(0.0) {
        let max_waiting = MaxWaiting::Total(1e9);
        let config = Config { max_waiting, ..modes(&[("normal", 0.5, 0.0)]) };
        let mut engine = with_config(config, [rule("a", limit)]);
        let five = costs(&mut engine, &[("a", 5.0)]);
        for _ in 0..300 {
            engine.submit(&five, Options::default(), 0.0).unwrap();
        }
        let wait = engine.estimate_wait(&five, Priority::Normal, 0.0).unwrap();
        let within = |max_wait| Options { max_wait, ..Options::default() };
        assert!(engine.submit(&five, within(wait * 0.99), 0.0).is_err());
        let last = engine.submit(&five, within(wait), 0.0);
        assert!(matches!(last, Ok(Submission::Waiting(_))), "{last:?} {wait}");
    }
}

/// Regression: usage above a lowered limit counted as if later windows had to make up for it.
#[test]
fn bound_of_a_long_queue_forgets_usage_above_a_lowered_limit() {
    let max_waiting = MaxWaiting::Total(1e9);
    let config = Config { max_waiting, ..modes(&[("half", 0.5, 0.0)]) };
    let window = FixedWindow::new(10.0, 1000.0, 0.0).unwrap();
    let mut engine = with_config(config, [rule("a", window)]);
    assert!(is_granted(&mut engine, Priority::Normal, 10.0, 0.0));
    engine.set_mode("half", f64::INFINITY, 0.0).unwrap();
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..300 {
        engine.submit(&one, Options::default(), 0.0).unwrap();
    }
    assert_eq!(engine.estimate_wait(&one, Priority::Normal, 0.0), Ok(61_000.0));
    let within = |max_wait| Options { max_wait, ..Options::default() };
    assert!(engine.submit(&one, within(60_999.0), 0.0).is_err());
    assert!(matches!(engine.submit(&one, within(61_000.0), 0.0), Ok(Submission::Waiting(_))));
}

/// Regression: the bound added the cost of the request itself, of which a bucket with debt needs
/// nothing.
#[test]
fn bound_of_a_long_queue_for_debt_is_not_too_late() {
    let debt = TokenBucket::new(1.0, 1.0).unwrap().with_debt().unwrap();
    let max_waiting = MaxWaiting::Total(1e9);
    let config = Config { max_waiting, ..Config::default() };
    let mut engine = with_config(config, [rule("a", debt)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..300 {
        engine.submit(&one, Options::default(), 0.0).unwrap();
    }
    let wait = engine.estimate_wait(&one, Priority::Normal, 0.0).unwrap();
    assert_eq!(wait, 299.0);
    let within = |max_wait| Options { max_wait, ..Options::default() };
    assert!(engine.submit(&one, within(298.0), 0.0).is_err());
    assert!(matches!(engine.submit(&one, within(299.0), 0.0), Ok(Submission::Waiting(_))));
}

/// A refusal says that the server allows less than the limit, so a reduced limit is no mode: a cost
/// above it waits until it is restored.
#[test]
fn reduced_limit_is_not_exceeded() {
    let config = Config { adaptive: true, ..modes(&[("normal", 0.2, 0.0)]) };
    let window = RollingWindow::new(100.0, 1000.0, 0.0).unwrap();
    let mut engine = with_config(config, [rule("a", window)]);
    let refusal = Report { status: 429, retry_after: Some(0.0), ..Report::default() };
    engine.report(&refusal, 0.0).unwrap();
    // Half of the 80 in force.
    let (some, many) = (costs(&mut engine, &[("a", 41.0)]), costs(&mut engine, &[("a", 90.0)]));
    let restored = engine.estimate_wait(&some, Priority::Normal, 5000.0).unwrap();
    assert!(restored > 50_000.0, "{restored}");
    let waiting = wait(&mut engine, &many, Priority::Normal, 5000.0);
    assert_eq!(poll_all(&mut engine, 5000.0 + restored - 1.0), []);
    assert_eq!(poll_all(&mut engine, 5000.0 + restored), [(waiting, Ok(()))]);
}
