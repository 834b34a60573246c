//! Modes: when they begin and end, and which waiters that grants.

use crate::support::{
    capacity, costs, is_granted, modes, one_of_each, permit_of, poll_all, rule, tokens, with_config,
};
use multi_throttler_engine::{
    Config, Costs, Engine, Options, Priority, Problem, RollingWindow, Submission, TokenBucket,
};

#[test]
fn mode_change_keeps_usage() {
    for limit in one_of_each(2400.0) {
        let config = modes(&[("careful", 0.1, 0.0), ("half", 0.5, 0.0)]);
        let mut engine = with_config(config, [rule("a", limit.clone())]);
        assert!(is_granted(&mut engine, Priority::Normal, 2000.0, 0.0));
        engine.set_mode("careful", f64::INFINITY, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), 160.0);
        engine.set_mode("half", f64::INFINITY, 0.0).unwrap();
        // Permits that are held beyond the limit are shown.
        let left = if limit.traits().needs_permit { -800.0 } else { 0.0 };
        assert_eq!(
            (tokens(&mut engine, "a", 0.0), capacity(&mut engine, "a", 0.0)),
            (left, 1200.0)
        );
        engine.set_mode("normal", f64::INFINITY, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), 400.0);
    }
}

#[test]
fn end_of_a_mode_grants_waiters() {
    for limit in one_of_each(100.0) {
        let mut engine = with_config(modes(&[("half", 0.5, 0.0)]), [rule("a", limit)]);
        engine.set_mode("half", 500.0, 1000.0).unwrap();
        assert!(is_granted(&mut engine, Priority::Normal, 1.0, 1190.0));
        let sixty = costs(&mut engine, &[("a", 60.0)]);
        assert_eq!(engine.estimate_wait(&sixty, Priority::Normal, 1200.0), Ok(300.0));
        let Ok(Submission::Waiting(ticket)) =
            engine.submit(&sixty, permit_of(Priority::Normal), 1200.0)
        else {
            panic!()
        };
        assert_eq!(poll_all(&mut engine, 1499.0), []);
        assert_eq!((engine.due(), engine.mode(1499.0)), (1500.0, "half"));
        assert_eq!(poll_all(&mut engine, 1500.0), [(ticket, Ok(()))]);
        assert_eq!(engine.mode(1500.0), "normal");
    }
}

#[test]
fn latest_mode_replaces_the_one_before() {
    let mut engine = with_config(
        modes(&[("half", 0.5, 0.0), ("tenth", 0.9, 0.0)]),
        [rule("a", RollingWindow::new(100.0, 1000.0, 0.0).unwrap())],
    );
    assert_eq!(engine.mode(0.0), "normal");
    engine.set_mode("half", 500.0, 0.0).unwrap();
    engine.set_mode("tenth", f64::INFINITY, 100.0).unwrap();
    assert_eq!(engine.mode(1e9), "tenth");
    engine.set_mode("half", 500.0, 1e9).unwrap();
    assert_eq!(engine.mode(1e9 + 500.0), "normal");
    assert!(engine.set_mode("unknown", 500.0, 1e9).is_err());
    assert_eq!(engine.mode(1e9 + 500.0), "normal");
}

#[test]
fn mode_duration_is_zero_or_more() {
    let config = modes(&[("half", 0.5, 0.0)]);
    let mut engine =
        with_config(config, [rule("a", RollingWindow::new(100.0, 1000.0, 0.0).unwrap())]);
    for duration in [-1.0, f64::NEG_INFINITY, f64::NAN] {
        let error = engine.set_mode("half", duration, 0.0).unwrap_err();
        assert_eq!(
            (error.field.as_str(), error.problem.clone()),
            ("durationMs", Problem::Expected("a number of milliseconds, 0 or more"))
        );
    }
    // A mode with a duration of 0 never begins.
    engine.set_mode("half", 0.0, 0.0).unwrap();
    assert_eq!(engine.mode(0.0), "normal");
    assert_eq!(capacity(&mut engine, "a", 0.0), 100.0);
}

#[test]
fn smallest_mode_grants_one_token_and_zero_costs() {
    let mut engine = with_config(
        modes(&[("least", 0.99, 0.99)]),
        [rule("a", TokenBucket::new(10.0, 0.1).unwrap())],
    );
    engine.set_mode("least", f64::INFINITY, 0.0).unwrap();
    assert_eq!(capacity(&mut engine, "a", 0.0), 1.0);
    assert!(is_granted(&mut engine, Priority::Low, 1.0, 0.0));
    assert!(!is_granted(&mut engine, Priority::Critical, 1.0, 0.0));
    assert!(is_granted(&mut engine, Priority::Low, 0.0, 0.0));
    assert_eq!(engine.submit(&Costs::default(), Options::default(), 0.0), Ok(Submission::Granted));
    // The refill rate shrinks with the capacity, to a token in 100 ms.
    let one = costs(&mut engine, &[("a", 1.0)]);
    let wait = engine.estimate_wait(&one, Priority::Normal, 0.0).unwrap();
    assert!((wait - 100.0).abs() < 1e-9, "{wait}");
}

#[test]
fn invalid_configurations_are_rejected() {
    let is_err = |config: Config| Engine::new(config).is_err();
    for share in [0.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
        assert!(is_err(Config { share, ..Config::default() }), "{share}");
    }
    for aging in [0.0, -1.0, f64::NAN] {
        assert!(is_err(Config { aging, ..Config::default() }), "{aging}");
    }
    for part in [1.0, -0.1, 2.0, f64::NAN] {
        assert!(is_err(modes(&[("m", part, 0.0)])), "{part}");
        assert!(is_err(modes(&[("m", 0.0, part)])), "{part}");
    }
    let error = Engine::new(Config { share: 2.0, ..Config::default() }).unwrap_err();
    assert!(error.to_string().contains("share") && error.to_string().contains('2'), "{error}");
}

/// Nothing follows the normal mode, so its duration must cause no wake-up.
#[test]
fn normal_mode_never_ends() {
    let mut engine = with_config(modes(&[("half", 0.5, 0.0)]), []);
    engine.set_mode("half", 500.0, 0.0).unwrap();
    engine.set_mode("normal", 300.0, 100.0).unwrap();
    assert_eq!((engine.due(), engine.mode(100.0)), (f64::INFINITY, "normal"));
    assert_eq!(engine.snapshot(100.0).mode_ends_in, f64::INFINITY);
}
