//! Unix time, which only rules of the calendar need, and times at the end of what is believed.

use crate::support::{costs, engine, next_due, poll_all, rule, ten, wait};
use multi_throttler::{AlignedWindow, Options, Priority, RollingWindow, Submission};

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
