//! Windows that the first request opens: their ends, and openers that were never sent.

use super::{after, check_earliest};
use crate::support::{
    costs, engine, exact, hold, hold_costs, report, rule, set_number, tokens, try_costs, try_take,
};
use multi_throttler_engine::{Engine, FirstRequestWindow, Options, Report, Submission, Usage};

#[test]
fn earliest_grant_follows_each_end() {
    let window = FirstRequestWindow::new(3.0, 1000.0, 100.0).unwrap();
    let ended = after(1100.0);
    check_earliest(
        window.into(),
        2.0,
        &[
            (1.0, 200.0, 200.0),
            (2.0, 200.0, ended),
            (4.0, 200.0, ended),
            (5.0, 200.0, ended + 1100.0),
        ],
    );
}

#[test]
fn unsent_opener_delays_the_end_of_its_window() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(2.0, 1000.0, 0.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    hold(&mut engine, &[("a", 1.0)], 600.0);
    assert!(engine.release(first, true, 700.0));
    assert!(tokens(&mut engine, "a", 700.0) <= 1.0);
    // The server's window opened at 600, so it would refuse two more at 1001.
    assert!(tokens(&mut engine, "a", 1001.0) <= 1.0);
    assert!(tokens(&mut engine, "a", 1600.0) <= 1.0);
    assert_eq!(tokens(&mut engine, "a", 1600.0_f64.next_up()), 2.0);
}

#[test]
fn second_unsent_opener_delays_the_end_again() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(3.0, 1000.0, 100.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    let second = hold(&mut engine, &[("a", 1.0)], 10.0);
    assert!(engine.release(first, true, 50.0));
    hold(&mut engine, &[("a", 1.0)], 60.0);
    assert!(engine.release(second, true, 70.0));
    // Only the third request was sent, at 60, so the server's window ends at 1160 at the latest.
    assert!(tokens(&mut engine, "a", 1110.5) <= 2.0);
    assert!(tokens(&mut engine, "a", 1160.0) <= 2.0);
    assert_eq!(tokens(&mut engine, "a", 1160.0_f64.next_up()), 3.0);
}

/// Regression: `set_tokens` took the opener's rule out of its permit, so its refund was ignored.
#[test]
fn unsent_opener_counts_also_after_set_tokens() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(3.0, 1000.0, 0.0).unwrap())]);
    let (one, three) = (costs(&mut engine, &[("a", 1.0)]), costs(&mut engine, &[("a", 3.0)]));
    let unsent = hold_costs(&mut engine, &one, 0.0);
    // This request opened the server's window, which lasts up to 1500.
    assert!(try_costs(&mut engine, &one, 500.0));
    engine.set_tokens("a", 1.0, 600.0);
    engine.release(unsent, true, 700.0);
    assert!(!try_costs(&mut engine, &three, 1001.0));
}

#[test]
fn window_of_free_requests_stays_open() {
    let mut engine = engine([rule("a*", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let permits = [0.0, 500.0].map(|now| {
        let costs = costs(&mut engine, &[("a1", 1.0)]);
        match engine.submit(&costs, Options { permit: true, ..Options::default() }, now) {
            Ok(Submission::Held(ticket)) => ticket,
            other => panic!("{other:?}"),
        }
    });
    let usage = [Usage { rule: "a1", ..exact(0.0) }];
    let report =
        Report { status: 200, permit: Some(permits[0]), usage: &usage, ..Report::default() };
    engine.report(&report, 600.0).unwrap();
    engine.release(permits[0], false, 600.0);
    // The second request was never sent, but the first one was, so the server's window is the same.
    engine.release(permits[1], true, 600.0);
    let remaining = |engine: &mut Engine, now| {
        engine.status(now).into_iter().find(|rule| rule.id == "a1").map(|rule| rule.tokens)
    };
    assert_eq!(remaining(&mut engine, 900.0), Some(10.0));
    assert_eq!(remaining(&mut engine, 1000.0), Some(0.0));
    assert_eq!(remaining(&mut engine, 1001.0), None);
}

/// Regression: the refund emptied the count, and so closed the window that a free request opened.
#[test]
fn window_whose_usage_was_set_to_zero_stays_open() {
    for amount in [1.0, 0.0] {
        let window = FirstRequestWindow::new(3.0, 1000.0, 100.0).unwrap();
        let mut engine = engine([rule("a", window)]);
        let free = hold(&mut engine, &[("a", 1.0)], 0.0);
        report(&mut engine, &[], Some(free), 5.0);
        engine.sync_usage(&[("a", 0.0)], true, 10.0).unwrap();
        let unsent = hold(&mut engine, &[("a", amount)], 20.0);
        assert!(engine.release(unsent, true, 30.0));
        assert_eq!(tokens(&mut engine, "a", 30.0), 3.0);
        // The server's window ends between 1000 and 1100.
        assert_eq!([900.0, 1100.0].map(|now| tokens(&mut engine, "a", now)), [0.0, 0.0]);
        assert_eq!(tokens(&mut engine, "a", 1130.0), 3.0);
    }
}

/// After usage was set it is unknown whether a request that was sent has opened the window: if not,
/// the next one does.
#[test]
fn window_whose_opener_was_not_sent_ends_after_the_next_request() {
    let window = || rule("a", FirstRequestWindow::new(3.0, 1000.0, 100.0).unwrap());
    let mut first = engine([window()]);
    let unsent = hold(&mut first, &[("a", 1.0)], 0.0);
    first.sync_usage(&[("a", 0.0)], true, 10.0).unwrap();
    assert!(first.release(unsent, true, 20.0));
    let mut restarted = engine([window()]);
    restarted.restore(&first.snapshot(20.0), 20.0).unwrap();
    for mut engine in [first, restarted] {
        hold(&mut engine, &[("a", 1.0)], 300.0);
        assert_eq!([890.0, 900.0].map(|now| tokens(&mut engine, "a", now)), [2.0, 0.0]);
        assert_eq!(tokens(&mut engine, "a", 1400.0), 0.0);
        assert_eq!(tokens(&mut engine, "a", 1400.0_f64.next_up()), 3.0);
    }
}

/// Regression: usage of 0 does not mean that the window is closed.
#[test]
fn window_opened_by_others_survives_an_unsent_request() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let look = hold(&mut engine, &[("a", 0.0)], 0.0);
    report(&mut engine, &[Usage { resets_at: Some(900.0), ..exact(5.0) }], Some(look), 5.0);
    // The server has taken the usage of other clients out again.
    let look = hold(&mut engine, &[("a", 0.0)], 10.0);
    report(&mut engine, &[Usage { resets_at: Some(900.0), ..exact(0.0) }], Some(look), 15.0);
    assert_eq!(tokens(&mut engine, "a", 15.0), 10.0);
    let unsent = hold(&mut engine, &[("a", 1.0)], 500.0);
    engine.release(unsent, true, 510.0);
    assert!(!try_take(&mut engine, &[("a", 10.0)], 950.0));
}

/// Regression: another client opened the window before the first request here did, so the window
/// holds no request of the window before.
#[test]
fn refund_from_an_earlier_window_changes_nothing() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 10_000.0, 0.0).unwrap())]);
    assert!(try_take(&mut engine, &[("a", 1.0)], 0.0));
    let unsent = hold(&mut engine, &[("a", 5.0)], 8999.0);
    let next = hold(&mut engine, &[("a", 2.0)], 10_001.0);
    assert!(try_take(&mut engine, &[("a", 8.0)], 10_002.0));
    // The server's window opened at 9000.
    report(
        &mut engine,
        &[Usage { resets_at: Some(19_000.0), ..exact(10.0) }],
        Some(next),
        10_003.0,
    );
    engine.release(unsent, true, 10_004.0);
    assert_eq!(tokens(&mut engine, "a", 10_004.0), 0.0);
}

#[test]
fn changed_interval_moves_the_end_of_the_open_window() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    hold(&mut engine, &[("a", 4.0)], 0.0);
    set_number(&mut engine, "a", "interval", 2000.0, 500.0);
    for (at, remaining) in [(1500.0, 6.0), (1999.0, 6.0), (2000.0_f64.next_up(), 10.0)] {
        assert_eq!(tokens(&mut engine, "a", at), remaining, "at {at}");
    }
}
