//! Token buckets: refill, refunds, jitter, and usage that the server reports.

use super::check_earliest;
use crate::support::{
    bucket, costs, engine, hold, modes, report, rule, set_number, tokens, used, with_config,
};
use multi_throttler_engine::{Config, Mode, Options, Submission, TokenBucket};

#[test]
fn earliest_grant_uses_tokens_then_refill() {
    let bucket = TokenBucket::new(3.0, 0.01).unwrap();
    check_earliest(
        bucket.into(),
        2.0,
        &[(1.0, 50.0, 50.0), (2.0, 0.0, 100.0), (2.0, 50.0, 100.0), (13.0, 0.0, 1200.0)],
    );
}

#[test]
fn earliest_grant_without_refill_uses_tokens_only() {
    let bucket = TokenBucket::new(3.0, 0.0).unwrap();
    check_earliest(bucket.into(), 2.0, &[(1.0, 50.0, 50.0), (1.5, 50.0, f64::INFINITY)]);
}

#[test]
fn bucket_refills_while_idle() {
    let mut engine = engine([bucket("a", 100.0, 0.1, 100.0)]);
    let all = costs(&mut engine, &[("a", 100.0)]);
    assert_eq!(engine.submit(&all, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!(tokens(&mut engine, "a", 500.0), 50.0);
    let five = costs(&mut engine, &[("a", 5.0)]);
    assert_eq!(engine.submit(&five, Options::default(), 500.0), Ok(Submission::Granted));
}

#[test]
fn jitter_as_long_as_a_refill_is_rejected() {
    let bucket = |jitter| TokenBucket::new(10.0, 0.1).unwrap().with_jitter(jitter);
    assert!(bucket(99.0).is_ok());
    let error = bucket(100.0).unwrap_err().to_string();
    assert_eq!(
        error,
        "jitter must be shorter than the bucket takes to fill, in milliseconds, got 100"
    );
}

/// Regression: the deficit was taken out of the smaller capacity of the first mode only.
#[test]
fn initial_deficit_holds_in_every_mode() {
    let mut engine = with_config(
        modes(&[("normal", 0.5, 0.0), ("burst", 0.0, 0.0)]),
        [bucket("a", 10.0, 0.001, 5.0)],
    );
    assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
    engine.set_mode("burst", f64::INFINITY, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.0), 5.0);
}

#[test]
fn refund_is_complete_without_overflow() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.01).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 4.0)], 0.0);
    hold(&mut engine, &[("a", 6.0)], 0.0);
    assert_eq!(tokens(&mut engine, "a", 200.0), 2.0);
    assert!(engine.release(unsent, true, 200.0));
    assert_eq!(tokens(&mut engine, "a", 200.0), 6.0);
}

#[test]
fn refund_leaves_out_tokens_that_would_overflow() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.01).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 4.0)], 0.0);
    // Without the unsent cost, the bucket would be full at 200 and hold 5 after this one. It holds
    // 3.
    hold(&mut engine, &[("a", 5.0)], 200.0);
    assert_eq!(tokens(&mut engine, "a", 200.0), 3.0);
    assert!(engine.release(unsent, true, 200.0));
    let remaining = tokens(&mut engine, "a", 200.0);
    assert!((3.0..=5.0).contains(&remaining), "{remaining}");
    // A cost that was refilled long ago is not refunded either.
    let unsent = hold(&mut engine, &[("a", 1.0)], 10_000.0);
    hold(&mut engine, &[("a", 5.0)], 20_000.0);
    assert!(engine.release(unsent, true, 20_000.0));
    assert_eq!(tokens(&mut engine, "a", 20_000.0), 5.0);
}

#[test]
fn refund_is_not_raised_by_a_slower_mode() {
    let slow = Mode { name: "slow".into(), buffer: 0.9, reserve: 0.0 };
    let config = Config { modes: vec![slow], ..Config::default() };
    let mut engine = with_config(config, [rule("a", TokenBucket::new(10.0, 0.1).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 9.0)], 0.0);
    // The bucket is full again by now, so nothing of the first cost is missing.
    hold(&mut engine, &[("a", 9.0)], 90.0);
    engine.set_mode("slow", f64::INFINITY, 90.0).unwrap();
    assert!(engine.release(unsent, true, 100.0));
    engine.set_mode("normal", f64::INFINITY, 100.0).unwrap();
    // The server's bucket holds 2: 1 remained at 90, and 1 was refilled since.
    let remaining = tokens(&mut engine, "a", 100.0);
    assert!(remaining <= 2.0, "{remaining}");
}

#[test]
fn refund_leaves_out_tokens_above_a_lowered_capacity() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 9.0)], 0.0);
    for (now, capacity) in [(10.0, 5.0), (20.0, 20.0)] {
        set_number(&mut engine, "a", "capacity", capacity, now);
    }
    assert!(engine.release(unsent, true, 30.0));
    // The server's bucket was full, then held 5 of 5, then 5 of 20.
    let remaining = tokens(&mut engine, "a", 30.0);
    assert!(remaining <= 5.0, "{remaining}");
}

/// The order of own usage and that of others is unknown only where together they exceed the
/// capacity.
#[test]
fn refund_is_void_only_if_others_overdrew_the_bucket() {
    for (used, remaining) in [(6.0, 4.0), (6.5, 0.0)] {
        let mut engine = engine([bucket("a", 10.0, 0.01, 10.0)]);
        let four = hold(&mut engine, &[("a", 4.0)], 0.0);
        engine.sync_usage(&[("a", used)], false, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
        assert!(engine.release(four, true, 0.0));
        assert_eq!(tokens(&mut engine, "a", 0.0), remaining);
    }
}

#[test]
fn report_of_known_usage_keeps_the_refund() {
    let mut engine = engine([bucket("a", 10.0, 0.01, 10.0)]);
    let six = costs(&mut engine, &[("a", 6.0)]);
    assert_eq!(engine.submit(&six, Options::default(), 0.0), Ok(Submission::Granted));
    let four = hold(&mut engine, &[("a", 4.0)], 0.0);
    // Three tokens were refilled, and four are in flight.
    engine.sync_usage(&[("a", 3.0)], false, 300.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 300.0), 3.0);
    assert!(engine.release(four, true, 300.0));
    assert_eq!(tokens(&mut engine, "a", 300.0), 7.0);
}

/// Others may use all that the share leaves to them, so it is unknown how much of the deficit is
/// theirs.
#[test]
fn exact_count_keeps_own_usage_within_a_share() {
    let config = Config { share: 0.5, ..Config::default() };
    let mut engine = with_config(config, [bucket("a", 20.0, 0.0, 20.0)]);
    let two = costs(&mut engine, &[("a", 2.0)]);
    assert_eq!(engine.submit(&two, Options::default(), 0.0), Ok(Submission::Granted));
    engine.sync_usage(&[("a", 8.0)], true, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.0), 8.0);
}

/// Regression: the bucket kept them, unlike windows.
#[test]
fn reset_clears_costs_in_flight() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    let ticket = hold(&mut engine, &[("a", 5.0)], 0.0);
    engine.reset(1.0);
    report(&mut engine, &[used(0.0)], Some(ticket), 2.0);
    assert_eq!(tokens(&mut engine, "a", 2.0), 10.0);
}

/// Regression: a response slower than the bucket fills also ended other costs in flight.
#[test]
fn slow_response_leaves_other_costs_in_flight() {
    let mut engine = engine([rule("a", TokenBucket::new(100.0, 1.0).unwrap())]);
    let slow = hold(&mut engine, &[("a", 50.0)], 0.0);
    hold(&mut engine, &[("a", 1.0)], 150.0);
    hold(&mut engine, &[("a", 40.0)], 249.0);
    hold(&mut engine, &[("a", 1.0)], 251.0);
    report(&mut engine, &[used(0.0)], Some(slow), 252.0);
    engine.sync_usage(&[("a", 0.0)], true, 252.0).unwrap();
    let remaining = tokens(&mut engine, "a", 252.0);
    assert!(remaining <= 59.0, "{remaining} remain while 41 are in flight");
}

/// Regression: the refund was given from tokens that others had taken.
#[test]
fn refund_is_void_if_others_emptied_the_bucket() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    for now in [0.0, 1.0] {
        let unsent = hold(&mut engine, &[("a", 5.0)], now);
        report(&mut engine, &[used(10.0)], None, now);
        assert!(engine.release(unsent, true, 100.0));
        assert_eq!(tokens(&mut engine, "a", 100.0), 0.0);
        engine.reset(100.0);
    }
}
