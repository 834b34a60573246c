//! What a review of counts that may fall found: states in which an engine granted too much, or nothing any more.

use crate::support::{costs, engine, poll_all, rule, tokens};
use multi_throttler_engine::{
    AlignedWindow, Engine, Fields, FirstRequestWindow, Options, Priority, Report, RollingWindow, Submission,
    Ticket, Usage, Value,
};

fn hold(engine: &mut Engine, cost: f64, now: f64) -> Ticket {
    let costs = costs(engine, &[("a", cost)]);
    match engine.submit(&costs, Options { permit: true, ..Options::default() }, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

fn goes(engine: &mut Engine, cost: f64, now: f64) -> bool {
    poll_all(engine, now);
    let costs = costs(engine, &[("a", cost)]);
    engine.try_submit(&costs, Priority::Normal, now).unwrap()
}

/// An answer that tells all that is counted, and perhaps when that begins anew.
fn answer(engine: &mut Engine, used: f64, resets_at: Option<f64>, permit: Ticket, now: f64) {
    let usage = [Usage { rule: "a", used: Some(used), resets_at, exact: true, ..Usage::default() }];
    let report = Report { status: 200, permit: Some(permit), usage: &usage, ..Report::default() };
    engine.report(&report, now).unwrap();
}

/// Each correction is smaller than the jitter, and together they are larger than a window.
#[test]
fn a_clock_that_drifts_for_long_does_not_keep_requests_in_flight() {
    let mut engine = engine([rule("a", AlignedWindow::new(10.0, 10_000.0, 100.0).unwrap())]);
    for n in 0..200 {
        let drift = 50.0 * f64::from(n);
        let now = 10_000.0 * f64::from(n) + 3000.0 - drift;
        engine.set_calendar(now + drift, now);
        let permit = hold(&mut engine, 4.0, now);
        answer(&mut engine, 4.0, None, permit, now + 10.0);
        engine.release(permit, false, now + 10.0);
        assert_eq!(tokens(&mut engine, "a", now + 10.0), 6.0, "{n}");
        let unsent = hold(&mut engine, 4.0, now + 20.0);
        engine.release(unsent, true, now + 30.0);
        assert_eq!(tokens(&mut engine, "a", now + 30.0), 6.0, "{n}");
    }
}

/// Of a restored window it is known that it is open, though nothing is used of it.
#[test]
fn a_restored_window_of_which_nothing_is_used_stays_open_when_another_request_was_never_sent() {
    let limit = || rule("a", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap());
    let mut first = engine([limit()]);
    let free = hold(&mut first, 1.0, 0.0);
    answer(&mut first, 0.0, None, free, 10.0);
    let snapshot = first.snapshot(20.0);
    let mut second = engine([limit()]);
    second.restore(&snapshot, 20.0).unwrap();
    let unsent = hold(&mut second, 1.0, 500.0);
    second.release(unsent, true, 510.0);
    // Five arrive in the server's first window, five open the next, which lasts until 2100.
    assert!(goes(&mut second, 5.0, 900.0));
    assert!(goes(&mut second, 5.0, 1100.0));
    assert!(!goes(&mut second, 10.0, 1901.0));
}

/// The same of one that others opened.
#[test]
fn a_window_that_others_opened_stays_open_when_a_request_was_never_sent() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let look = hold(&mut engine, 0.0, 0.0);
    answer(&mut engine, 5.0, Some(900.0), look, 5.0);
    // What others used was taken out again.
    let look = hold(&mut engine, 0.0, 10.0);
    answer(&mut engine, 0.0, Some(900.0), look, 15.0);
    assert_eq!(tokens(&mut engine, "a", 15.0), 10.0);
    let unsent = hold(&mut engine, 1.0, 500.0);
    engine.release(unsent, true, 510.0);
    assert!(!goes(&mut engine, 10.0, 950.0));
}

/// A window was opened by somebody else before it was opened here: requests of the one before that are none of it.
#[test]
fn a_window_that_was_opened_earlier_has_no_requests_of_the_one_before() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 10_000.0, 0.0).unwrap())]);
    assert!(goes(&mut engine, 1.0, 0.0));
    let unsent = hold(&mut engine, 5.0, 8999.0);
    let next = hold(&mut engine, 2.0, 10_001.0);
    assert!(goes(&mut engine, 8.0, 10_002.0));
    // The server's window began at 9000.
    answer(&mut engine, 10.0, Some(19_000.0), next, 10_003.0);
    engine.release(unsent, true, 10_004.0);
    assert_eq!(tokens(&mut engine, "a", 10_004.0), 0.0);
}

/// Of a server whose limit is larger than the rule's, which is raised to it.
#[test]
fn what_is_left_does_not_tell_all_that_is_used() {
    for used in [None, Some(-1.0)] {
        let mut engine = engine([rule("a", AlignedWindow::new(10.0, 10_000.0, 0.0).unwrap())]);
        let permit = hold(&mut engine, 5.0, 0.0);
        let usage = [Usage { rule: "a", used, remaining: Some(15.0), exact: true, ..Usage::default() }];
        let report = Report { status: 200, permit: Some(permit), usage: &usage, ..Report::default() };
        engine.report(&report, 10.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 10.0), 5.0);
        engine.update_rule("a", &Fields::from_iter([("limit", Value::Number(20.0))]), 20.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 20.0), 15.0);
    }
}

/// Of a request that is not known, and of a window that is not the one that is opened next.
#[test]
fn an_answer_that_came_late_opens_no_window_if_it_says_that_its_own_is_over() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 2000.0, 0.0).unwrap())]);
    assert!(goes(&mut engine, 5.0, 0.0));
    let usage = [Usage { rule: "a", used: Some(5.0), resets_at: Some(2000.0), ..Usage::default() }];
    engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, 4000.0).unwrap();
    // These open the server's next window, which lasts until 7000.
    assert!(goes(&mut engine, 5.0, 5000.0));
    assert!(goes(&mut engine, 5.0, 5001.0));
    assert!(!goes(&mut engine, 5.0, 6001.0));
}

/// Where the promise ends (see `FirstRequestWindow`): the answer told of a window that had ended, and nothing told so. The
/// server's opens at 900 and holds three of the two that it allows.
#[test]
fn a_stale_answer_without_a_permit_or_an_end_opens_a_window_that_is_none() {
    for (resets_at, granted) in [(None, true), (Some(-2000.0), false)] {
        let mut engine = engine([rule("a", FirstRequestWindow::new(2.0, 1000.0, 0.0).unwrap())]);
        let usage = [Usage { rule: "a", used: Some(1.0), resets_at, ..Usage::default() }];
        engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, 0.0).unwrap();
        assert!(goes(&mut engine, 1.0, 900.0));
        assert_eq!(goes(&mut engine, 2.0, 1001.0), granted, "{resets_at:?}");
    }
}

/// It counted no more when the server's count was told, so nothing of it is in that.
#[test]
fn an_answer_that_is_late_takes_nothing_from_what_is_known_since() {
    let mut engine = engine([rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let first = hold(&mut engine, 7.0, 0.0);
    let second = hold(&mut engine, 1.0, 900.0);
    // Eight are counted, of which seven may be those that are in flight or not.
    answer(&mut engine, 8.0, None, second, 950.0);
    engine.sync_usage(&[("a", 1.0)], true, 1500.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1500.0), 9.0);
    answer(&mut engine, 7.0, None, first, 1500.0);
    assert_eq!(tokens(&mut engine, "a", 1500.0), 9.0);
    // One that was in flight then may have been counted twice.
    let third = hold(&mut engine, 2.0, 1500.0);
    engine.sync_usage(&[("a", 3.0)], true, 1600.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1600.0), 5.0);
    answer(&mut engine, 3.0, None, third, 1700.0);
    assert_eq!(tokens(&mut engine, "a", 1700.0), 7.0);
}
