//! Windows that the first request opens, whose end the server reports.

use crate::server::clock::START;
use crate::support::{costs, engine, hold, rule, started_at, tokens, try_take};
use multi_throttler_engine::{
    Engine, FirstRequestWindow, Options, Priority, Report, Submission, Usage,
};

/// An engine with a hundred tokens per second from the first request and a jitter of 50 ms. Its
/// time is the server's.
fn from_the_first_request() -> Engine {
    let mut engine = engine([rule("a", FirstRequestWindow::new(100.0, 1000.0, 50.0).unwrap())]);
    engine.set_wall_clock(0.0, 0.0);
    engine
}

/// The server reports its usage, and perhaps the end of its window, to about a second.
fn report_window(engine: &mut Engine, used: f64, resets_at: Option<f64>, now: f64) {
    let usage = [Usage { rule: "a", used: Some(used), resets_at, ..Usage::default() }];
    engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, now).unwrap();
}

/// Checks the remaining tokens at some instants, and the instant after which all remain.
fn check(engine: &mut Engine, remaining: &[(f64, f64)], all_after: f64) {
    for &(at, expected) in remaining {
        assert_eq!(tokens(engine, "a", at), expected, "at {at}");
    }
    let all = costs(engine, &[("a", 100.0)]);
    let now = engine.now();
    let wait = engine.estimate_wait(&all, Priority::Normal, now).unwrap();
    assert_eq!((now + wait).max(all_after), all_after.next_up());
    assert_eq!(tokens(engine, "a", all_after), 0.0);
    assert_eq!(tokens(engine, "a", all_after.next_up()), 100.0);
}

#[test]
fn reported_end_closes_a_window_opened_by_others() {
    let mut engine = from_the_first_request();
    report_window(&mut engine, 0.0, Some(1600.0), 900.0);
    assert_eq!(tokens(&mut engine, "a", 900.0), 100.0);
    // The window opened between 600 and now.
    report_window(&mut engine, 30.0, Some(1600.0), 1000.0);
    check(&mut engine, &[(1000.0, 70.0), (1549.0, 70.0), (1550.0, 0.0)], 2050.0);
    // The window opened at 200 at the latest, so whether it has ended is unknown for a time.
    let mut engine = from_the_first_request();
    report_window(&mut engine, 30.0, Some(200.0), 1000.0);
    check(&mut engine, &[(1000.0, 0.0)], 1250.0);
}

#[test]
fn usage_without_an_end_opens_a_window_now() {
    for no_end in [None, Some(f64::NAN), Some(f64::NEG_INFINITY)] {
        let mut engine = from_the_first_request();
        report_window(&mut engine, 30.0, no_end, 1000.0);
        check(&mut engine, &[(1000.0, 70.0), (1949.0, 70.0), (1950.0, 0.0)], 2050.0);
    }
}

#[test]
fn window_reported_over_a_second_ago_has_ended() {
    for (resets_at, remaining) in [(-1.0, 100.0), (0.0, 100.0), (1.0, 0.0)] {
        let mut engine = from_the_first_request();
        report_window(&mut engine, 30.0, Some(resets_at), 1000.0);
        assert_eq!(tokens(&mut engine, "a", 1000.0), remaining, "{resets_at}");
    }
}

#[test]
fn reported_end_moves_the_end_of_an_open_window() {
    let ten = |engine: &mut Engine| {
        let ten = costs(engine, &[("a", 10.0)]);
        assert_eq!(engine.submit(&ten, Options::default(), 0.0), Ok(Submission::Granted));
    };
    for (resets_at, remaining, all_after) in [
        // The reported end fits the window that opened here.
        (1000.0, &[(500.0, 90.0), (949.0, 90.0), (950.0, 0.0)][..], 1050.0),
        (1050.0, &[(949.0, 90.0), (950.0, 0.0)][..], 1050.0),
        // The window ends at 800 at the latest, so a grant now may count in the next one.
        (-200.0, &[(500.0, 0.0)][..], 1050.0),
        // The window ends at 1200 at the earliest, so it opened after the first request here.
        (1200.0, &[(500.0, 90.0), (949.0, 90.0), (950.0, 0.0)][..], 1550.0),
    ] {
        let mut engine = from_the_first_request();
        ten(&mut engine);
        report_window(&mut engine, 10.0, Some(resets_at), 500.0);
        check(&mut engine, remaining, all_after);
    }
}

#[test]
fn reported_end_bounds_when_the_window_opened() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(100.0, 3000.0, 50.0).unwrap())]);
    engine.set_wall_clock(0.0, 0.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    assert_eq!(engine.submit(&ten, Options::default(), 0.0), Ok(Submission::Granted));
    report_window(&mut engine, 10.0, Some(3200.0), 2000.0);
    check(&mut engine, &[(2000.0, 90.0), (2949.0, 90.0), (2950.0, 0.0)], 4250.0);
}

#[test]
fn reported_end_is_earlier_by_the_round_trip() {
    let mut engine = started_at(FirstRequestWindow::new(100.0, 10_000.0, 0.0).unwrap(), START);
    engine.sync_clock(START, None, 0.0);
    let permit = hold(&mut engine, &[("a", 1.0)], 1000.0);
    // The window was thought to end at 11 s. The response took 300 ms, so it ends at 8.7 s at the
    // earliest.
    let usage = [Usage {
        rule: "a",
        used: Some(30.0),
        resets_at: Some(START + 9000.0),
        ..Usage::default()
    }];
    let report = Report { status: 200, permit: Some(permit), usage: &usage, ..Report::default() };
    engine.report(&report, 1300.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 8699.0), 70.0);
    assert_eq!(tokens(&mut engine, "a", 8700.0), 0.0);
    assert_eq!(tokens(&mut engine, "a", 11_000.0), 0.0);
    assert_eq!(tokens(&mut engine, "a", 11_000.1), 100.0);
}

/// Regression: a report without a permit, of a window that has ended, opened the next window here.
#[test]
fn late_report_of_an_ended_window_opens_none() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 2000.0, 0.0).unwrap())]);
    assert!(try_take(&mut engine, &[("a", 5.0)], 0.0));
    let usage = [Usage { rule: "a", used: Some(5.0), resets_at: Some(2000.0), ..Usage::default() }];
    engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, 4000.0).unwrap();
    // These requests open the server's next window, which lasts until 7000.
    assert!(try_take(&mut engine, &[("a", 5.0)], 5000.0));
    assert!(try_take(&mut engine, &[("a", 5.0)], 5001.0));
    assert!(!try_take(&mut engine, &[("a", 5.0)], 6001.0));
}

/// The limit of the promise (see `FirstRequestWindow`): the report is of a window that has ended,
/// and nothing in it says so. The server's window opens at 900 and counts three where it allows
/// two.
#[test]
fn stale_report_without_permit_or_end_opens_a_window() {
    for (resets_at, granted) in [(None, true), (Some(-2000.0), false)] {
        let mut engine = engine([rule("a", FirstRequestWindow::new(2.0, 1000.0, 0.0).unwrap())]);
        let usage = [Usage { rule: "a", used: Some(1.0), resets_at, ..Usage::default() }];
        engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, 0.0).unwrap();
        assert!(try_take(&mut engine, &[("a", 1.0)], 900.0));
        assert_eq!(try_take(&mut engine, &[("a", 2.0)], 1001.0), granted, "{resets_at:?}");
    }
}
