//! Rolling windows: expiry, and usage that the server reports.

use super::{after, check_earliest};
use crate::support::{
    costs, engine, exact, hold, poll_all, report, report_exact, rolling, rule, set_number, tokens,
    used, wait,
};
use multi_throttler_engine::{Options, Priority, RollingWindow, Submission};

#[test]
fn earliest_grant_follows_each_interval() {
    let window = RollingWindow::new(3.0, 1000.0, 50.0).unwrap();
    let expired = after(1050.0);
    check_earliest(
        window.into(),
        2.0,
        &[
            (1.0, 7.0, 7.0),
            (2.0, 7.0, expired),
            (4.0, 7.0, 7.0 + 1050.0),
            (6.0, 7.0, expired + 1050.0),
        ],
    );
}

#[test]
fn exact_count_lowers_the_oldest_usage_first() {
    let minute = 60_000.0;
    let mut engine =
        engine([rolling("other", 1.0), rule("a", RollingWindow::new(100.0, minute, 0.0).unwrap())]);
    for (amount, at) in [(10.0, 0.0), (20.0, 100.0)] {
        let some = costs(&mut engine, &[("a", amount)]);
        assert_eq!(engine.submit(&some, Options::default(), at), Ok(Submission::Granted));
    }
    engine.sync_usage(&[("a", 45.0)], false, 150.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 150.0), 55.0);
    // The count lowers all of the first cost and part of the second, then all usage of others.
    engine.sync_usage(&[("a", 27.0)], true, 200.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", minute + 1.0), 73.0);
    assert_eq!(tokens(&mut engine, "a", minute + 101.0), 85.0);
    engine.sync_usage(&[("a", 40.0)], true, minute + 120.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", minute + 120.0), 60.0);
    assert_eq!(tokens(&mut engine, "a", minute + 151.0), 75.0);
    assert_eq!(tokens(&mut engine, "a", minute + minute + 121.0), 100.0);
}

/// Regression: a response took back usage that was not reported while its request was in flight.
#[test]
fn early_response_keeps_usage_reported_later() {
    let mut engine = engine([rule("a", RollingWindow::new(100.0, 1000.0, 0.0).unwrap())]);
    let slow = hold(&mut engine, &[("a", 5.0)], 0.0);
    // The server has counted the request, but the report does not prove it.
    report(&mut engine, &[used(5.0)], None, 10.0);
    // Other clients have used five.
    report(&mut engine, &[used(10.0)], None, 500.0);
    report(&mut engine, &[used(5.0)], Some(slow), 600.0);
    assert_eq!(tokens(&mut engine, "a", 1200.0), 95.0);
}

/// Regression: the first cost had expired when the server counted, so that count does not include
/// it.
#[test]
fn late_response_keeps_usage_known_since() {
    let mut engine = engine([rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 7.0)], 0.0);
    let second = hold(&mut engine, &[("a", 1.0)], 900.0);
    // The server counts eight. Seven of them may be the cost in flight, or not.
    report(&mut engine, &[exact(8.0)], Some(second), 950.0);
    engine.sync_usage(&[("a", 1.0)], true, 1500.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1500.0), 9.0);
    report(&mut engine, &[exact(7.0)], Some(first), 1500.0);
    assert_eq!(tokens(&mut engine, "a", 1500.0), 9.0);
    // The cost that was in flight during the count may have been counted twice.
    let third = hold(&mut engine, &[("a", 2.0)], 1500.0);
    engine.sync_usage(&[("a", 3.0)], true, 1600.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1600.0), 5.0);
    report(&mut engine, &[exact(3.0)], Some(third), 1700.0);
    assert_eq!(tokens(&mut engine, "a", 1700.0), 7.0);
}

/// A known gap, see `RollingWindow`.
#[test]
fn expired_cost_hides_others_until_the_next_report() {
    let mut engine = engine([rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    hold(&mut engine, &[("a", 5.0)], 0.0);
    let slow = hold(&mut engine, &[("a", 1.0)], 990.0);
    // The server counted five of other clients after our five had expired there.
    assert_eq!(report_exact(&mut engine, 6.0, slow, 1100.0), 9.0);
    let next = hold(&mut engine, &[("a", 1.0)], 1200.0);
    assert_eq!(report_exact(&mut engine, 7.0, next, 1210.0), 3.0);
}

/// Regression: a count of nearly 2^53 rounded fractions of earlier usage away, and they were
/// missing when it expired.
#[test]
fn expired_usage_of_2_pow_53_leaves_no_residue() {
    let mut engine = engine([rule("a", RollingWindow::new(255.0, 255.0, 0.0).unwrap())]);
    engine.sync_usage(&[("a", 4336.875)], false, 0.0).unwrap();
    engine.sync_usage(&[("a", 9_007_199_254_740_990.0)], true, 0.0).unwrap();
    let small = costs(&mut engine, &[("a", 1e-9)]);
    assert_eq!(tokens(&mut engine, "a", 100.0), 0.0);
    let ticket = wait(&mut engine, &small, Priority::Normal, 100.0);
    assert_eq!(poll_all(&mut engine, 255.5), [(ticket, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 256.0), 255.0 - 1e-9);
}

#[test]
fn longer_interval_keeps_usage_but_revives_none() {
    let mut engine = engine([rolling("a", 10.0)]);
    hold(&mut engine, &[("a", 2.0)], 0.0);
    hold(&mut engine, &[("a", 3.0)], 600.0);
    // The first cost has expired by now.
    set_number(&mut engine, "a", "interval", 2000.0, 1200.0);
    for (at, remaining) in [(1200.0, 7.0), (2600.0, 7.0), (2600.0_f64.next_up(), 10.0)] {
        assert_eq!(tokens(&mut engine, "a", at), remaining, "at {at}");
    }
}

#[test]
fn shorter_interval_expires_usage_sooner() {
    let mut engine = engine([rolling("a", 10.0)]);
    hold(&mut engine, &[("a", 2.0)], 0.0);
    hold(&mut engine, &[("a", 3.0)], 600.0);
    assert_eq!(tokens(&mut engine, "a", 700.0), 5.0);
    set_number(&mut engine, "a", "interval", 500.0, 700.0);
    for (at, remaining) in [(700.0, 7.0), (1100.0, 7.0), (1100.0_f64.next_up(), 10.0)] {
        assert_eq!(tokens(&mut engine, "a", at), remaining, "at {at}");
    }
}
