//! Unix time, which only rules of the calendar need, and times at the end of what is believed.

use crate::support::{costs, engine, next_due, poll_all, rule, ten, tokens, wait};
use multi_throttler_engine::{
    AlignedWindow, Fields, Options, Priority, Report, RollingWindow, Submission, Usage, Value,
};

/// 2^51 milliseconds.
const LAST: f64 = 2_251_799_813_685_248.0;

#[test]
fn an_engine_says_whether_it_has_to_know_unix_time() {
    let mut engine = engine([ten("a", 10.0)]);
    assert!(!engine.uses_calendar());
    engine.add_rule(rule("b", AlignedWindow::new(1.0, 1000.0, 0.0).unwrap()), 0.0);
    assert!(engine.uses_calendar());
    engine.remove_rule("b", 0.0);
    assert!(!engine.uses_calendar());
}

/// Unix time is read in whole milliseconds: were each reading believed, edges would move to and fro.
#[test]
fn readings_that_differ_by_two_milliseconds_mean_the_same() {
    let mut engine = engine([rule("a", AlignedWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    engine.set_calendar(5_000_300.0, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 700.0);
    for difference in [2.0, -2.0, 1.0] {
        engine.set_calendar(5_000_400.0 + difference, 100.0);
        assert_eq!(next_due(&mut engine), 700.0);
    }
    // One that means another is believed, and what was used counts in the window of then.
    engine.set_calendar(5_000_400.0 + 2.5, 100.0);
    assert_eq!(next_due(&mut engine), 697.5);
    engine.set_calendar(f64::NAN, 100.0);
    assert_eq!(next_due(&mut engine), 697.5);
}

#[test]
fn windows_are_those_of_the_server_whose_clock_may_be_another() {
    let mut engine = engine([rule("a", AlignedWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    engine.set_calendar(5_000_100.0, 0.0);
    engine.sync_clock(5_000_350.0, None, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 650.0);
    // It was on its way for 100 ms, so its clock is 50 ms further.
    engine.sync_clock(5_000_450.0, Some(100.0), 100.0);
    assert_eq!(next_due(&mut engine), 600.0);
}

#[test]
fn times_up_to_the_horizon_are_believed() {
    let mut engine = engine([rule("a", AlignedWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    engine.set_calendar(LAST, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    // It is 248 ms into its window.
    wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 752.0);
    engine.poll(LAST);
    assert_eq!(engine.now(), LAST);
    engine.poll(LAST + 1.0);
    assert_eq!(engine.now(), LAST);
}

#[test]
fn what_comes_at_the_horizon_comes_and_what_comes_later_never_does() {
    for (until, due) in [(LAST, LAST), (LAST + 1.0, f64::INFINITY)] {
        let mut paused = engine([ten("a", 10.0)]);
        paused.pause(None, until, 0.0).unwrap();
        let one = costs(&mut paused, &[("a", 1.0)]);
        assert_eq!(paused.estimate_wait(&one, Priority::Normal, 0.0), Ok(due));
        let ticket = wait(&mut paused, &one, Priority::Normal, 0.0);
        assert_eq!(next_due(&mut paused), due);
        let granted = if due == LAST { vec![(ticket, Ok(()))] } else { vec![] };
        assert_eq!(poll_all(&mut paused, LAST), granted);

        let used = |span: f64| rule("a", RollingWindow::new(1.0, span.next_down(), 0.0).unwrap());
        let mut used = engine([used(until)]);
        let one = costs(&mut used, &[("a", 1.0)]);
        assert_eq!(used.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
        assert_eq!(used.estimate_wait(&one, Priority::Normal, 0.0), Ok(due));
    }
}

/// Steps back that come to more than half a window, each within the jitter of its time: what was used of windows that were
/// over before is not known any more.
#[test]
fn in_a_window_of_which_nothing_is_known_nothing_is_granted() {
    let mut engine = engine([rule("a", AlignedWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    engine.set_calendar(5_001_000.0, 0.0);
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 1000.0), Ok(Submission::Granted));
    for (jitter, unix) in [(400.0, 5_001_600.0), (399.0, 5_001_201.0)] {
        let patch = Fields::from_iter([("jitter", Value::Number(jitter))]);
        engine.update_rule("a", &patch, 1000.0).unwrap();
        engine.set_calendar(unix, 1000.0);
    }
    // Up to 399 ms into the window of 5001 s a request may count in that of 5000 s; in its last 399 ms in that of 5002 s.
    for (at, left) in [(1000.0, 0.0), (1197.0, 0.0), (1198.0, 10.0), (1399.0, 10.0), (1400.0, 6.0)] {
        assert_eq!(tokens(&mut engine, "a", at), left, "at {at}");
    }
}

#[test]
fn windows_of_a_millisecond_are_saved_and_restored() {
    let mut engine = engine([rule("a", AlignedWindow::new(10.0, 1.0, 0.0).unwrap())]);
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 0.0), Ok(Submission::Granted));
    let snapshot = engine.snapshot(0.0);
    engine.restore(&snapshot, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.5), 6.0);
    assert_eq!(tokens(&mut engine, "a", 1.0), 10.0);
}

/// A request counts in its window and perhaps in the next. Windows of another length begin elsewhere, so what was used
/// counts whole until both are over for sure.
#[test]
fn what_was_saved_of_windows_of_another_length_counts_until_the_one_after_is_over() {
    let window = |interval| engine([rule("a", AlignedWindow::new(10.0, interval, 200.0).unwrap())]);
    let mut old = window(4000.0);
    old.set_calendar(8_000_300.0, 0.0);
    let four = costs(&mut old, &[("a", 4.0)]);
    assert_eq!(old.submit(&four, Options::default(), 0.0), Ok(Submission::Granted));
    let snapshot = old.snapshot(0.0);
    for (unix, left) in [(8_000_300.0, 6.0), (8_008_199.0, 6.0), (8_008_200.0, 10.0)] {
        let mut new = window(5000.0);
        new.set_calendar(unix, 0.0);
        new.restore(&snapshot, 0.0).unwrap();
        assert_eq!(tokens(&mut new, "a", 0.0), left, "at {unix}");
    }
}

/// A server whose clock is behind: then the last instant at which it can have answered is the end of the second of its `Date`.
#[test]
fn an_answer_of_the_last_second_of_a_window_counts_in_that_window() {
    let mut engine = engine([rule("a", AlignedWindow::new(10.0, 60_000.0, 250.0).unwrap())]);
    engine.set_calendar(6_060_400.0, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Held(ticket)) = engine.submit(&one, permit, 0.0) else { panic!("it is granted") };
    let usage = [Usage { rule: "a", used: Some(5.0), ..Usage::default() }];
    let date = Some(6_059_000.0);
    let report = Report { status: 200, date, permit: Some(ticket), usage: &usage, ..Report::default() };
    engine.report(&report, 100.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 100.0), 5.0);
}

/// What is decided anew at an instant is decided before what is granted at that instant.
#[test]
fn an_exact_answer_gives_back_what_was_granted_at_the_instant_of_a_reset() {
    let mut engine = engine([rule("a", AlignedWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    engine.set_calendar(5_000_300.0, 0.0);
    engine.reset(0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Held(ticket)) = engine.submit(&three, permit, 0.0) else { panic!("it is granted") };
    let usage = [Usage { rule: "a", used: Some(0.0), exact: true, ..Usage::default() }];
    let report = Report { status: 200, permit: Some(ticket), usage: &usage, ..Report::default() };
    engine.report(&report, 50.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 50.0), 10.0);
}

/// Nobody knows in which window the server counts what was sent on either side of the edge, nor what of it.
#[test]
fn after_a_large_step_back_across_an_edge_what_was_in_flight_still_is() {
    let mut engine = engine([rule("a", AlignedWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    engine.set_calendar(5_001_500.0, 0.0);
    let permit = Options { permit: true, ..Options::default() };
    for (amount, at) in [(3.0, 0.0), (2.0, 600.0)] {
        let some = costs(&mut engine, &[("a", amount)]);
        assert!(matches!(engine.submit(&some, permit, at), Ok(Submission::Held(_))));
    }
    engine.set_calendar(5_001_900.0, 600.0);
    assert_eq!(tokens(&mut engine, "a", 600.0), 5.0);
    engine.sync_usage(&[("a", 4.0)], false, 600.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 600.0), 1.0);
}
