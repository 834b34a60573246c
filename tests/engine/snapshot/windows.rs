//! Windows that are restored: costs in flight, and usage before an edge across which the clock was
//! set back.

use crate::support::{
    costs, day, engine, exact, hold, next_due, report, rule, started_at, tokens, try_take, wait,
};
use multi_throttler_engine::{
    FirstRequestWindow, FixedWindow, Limit, Options, Priority, Report, RollingWindow, Submission,
    TokenBucket, Usage,
};

/// The start of a window of four seconds.
const EDGE: f64 = 1_700_000_000_000.0;

/// A window of twenty per four seconds.
fn window(jitter: f64) -> FixedWindow {
    FixedWindow::new(20.0, 4000.0, jitter).unwrap()
}

#[test]
fn exact_count_spares_restored_usage_for_a_jitter() {
    let limits: [Limit; 4] = [
        TokenBucket::new(20.0, 0.0).unwrap().with_jitter(100.0).unwrap().into(),
        RollingWindow::new(20.0, 60_000.0, 100.0).unwrap().into(),
        window(100.0).into(),
        FirstRequestWindow::new(20.0, 60_000.0, 100.0).unwrap().into(),
    ];
    for limit in limits {
        let name = limit.algorithm();
        let mut old = started_at(limit.clone(), EDGE + 1000.0);
        hold(&mut old, &[("a", 5.0)], 10.0);
        let mut new = started_at(limit, EDGE + 1020.0);
        new.restore(&old.snapshot(20.0), 0.0).unwrap();
        for (used, at, remaining) in [
            (0.0, 0.0, 15.0),
            (0.0, 99.9, 15.0),
            (6.0, 99.9, 14.0),
            (2.0, 100.0, 18.0),
            (0.0, 101.0, 20.0),
        ] {
            new.sync_usage(&[("a", used)], true, at).unwrap();
            assert_eq!(tokens(&mut new, "a", at), remaining, "{name} at {at}");
        }
    }
}

#[test]
fn exact_count_lowers_restored_usage_without_jitter() {
    let mut old = started_at(window(0.0), EDGE);
    hold(&mut old, &[("a", 5.0)], 10.0);
    let mut new = started_at(window(0.0), EDGE + 20.0);
    new.restore(&old.snapshot(20.0), 0.0).unwrap();
    new.add_rule(rule("b", window(100.0)), 0.0);
    new.sync_usage(&[("b", 7.0)], false, 0.0).unwrap();
    new.sync_usage(&[("a", 2.0), ("b", 3.0)], true, 0.0).unwrap();
    assert_eq!((tokens(&mut new, "a", 0.0), tokens(&mut new, "b", 0.0)), (18.0, 17.0));
}

/// Remaining tokens after a restart at this Unix time, with five used before the edge and three
/// after it.
fn left_at(unix: f64, limit: FixedWindow) -> f64 {
    let mut old = started_at(window(200.0), EDGE - 2000.0);
    hold(&mut old, &[("a", 5.0)], 0.0);
    hold(&mut old, &[("a", 3.0)], 3000.0);
    let mut new = started_at(limit, unix);
    new.restore(&old.snapshot(3000.0), 0.0).unwrap();
    tokens(&mut new, "a", 0.0)
}

#[test]
fn clock_set_back_restores_usage_before_the_edge() {
    // The restart is in the same window, the next one, the one before, far behind, and far ahead.
    for (unix, remaining) in
        [(1500.0, 17.0), (4500.0, 20.0), (-1500.0, 12.0), (-9e9, 12.0), (9e9, 20.0)]
            .map(|(ms, remaining)| (EDGE + ms, remaining))
    {
        assert_eq!(left_at(unix, window(200.0)), remaining, "{}", unix - EDGE);
    }
    // A window of another length is not the one before.
    let longer = FixedWindow::new(20.0, 8000.0, 200.0).unwrap();
    assert_eq!(left_at(EDGE + 1500.0, longer), 17.0);
}

#[test]
fn clock_set_back_before_first_window_keeps_its_usage() {
    let mut old = started_at(window(0.0), EDGE);
    hold(&mut old, &[("a", 3.0)], 10.0);
    old.set_tokens("a", 15.0, 20.0);
    let mut new = started_at(window(0.0), EDGE - 2000.0);
    new.restore(&old.snapshot(30.0), 0.0).unwrap();
    assert_eq!(tokens(&mut new, "a", 0.0), 15.0);
}

#[test]
fn restored_usage_is_returned_a_jitter_later() {
    let mut old = started_at(window(100.0), EDGE + 1000.0);
    hold(&mut old, &[("a", 5.0)], 10.0);
    let mut new = started_at(window(100.0), EDGE + 1020.0);
    new.restore(&old.snapshot(20.0), 0.0).unwrap();
    let usage = [Usage { rule: "a", used: Some(0.0), exact: true, ..Usage::default() }];
    for (at, remaining) in [(50.0, 15.0), (151.0, 15.0), (160.1, 20.0)] {
        let permit = Some(hold(&mut new, &[("a", 1.0)], at));
        let report = Report { status: 200, permit, usage: &usage, ..Report::default() };
        new.report(&report, at + 10.0).unwrap();
        assert_eq!(tokens(&mut new, "a", at + 10.0), remaining, "asked at {at}");
    }
}

#[test]
fn window_of_one_millisecond_is_restored() {
    let mut engine = engine([rule("a", FixedWindow::new(10.0, 1.0, 0.0).unwrap())]);
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 0.0), Ok(Submission::Granted));
    let snapshot = engine.snapshot(0.0);
    engine.restore(&snapshot, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.5), 6.0);
    assert_eq!(tokens(&mut engine, "a", 1.0), 10.0);
}

/// A request counts in its window and perhaps in the next one. Windows of another length start
/// elsewhere, so usage counts whole until both have surely ended.
#[test]
fn usage_of_another_interval_counts_until_both_windows_end() {
    let window = |interval| engine([rule("a", FixedWindow::new(10.0, interval, 200.0).unwrap())]);
    let mut old = window(4000.0);
    old.set_wall_clock(8_000_300.0, 0.0);
    let four = costs(&mut old, &[("a", 4.0)]);
    assert_eq!(old.submit(&four, Options::default(), 0.0), Ok(Submission::Granted));
    let snapshot = old.snapshot(0.0);
    for (unix, remaining) in [(8_000_300.0, 6.0), (8_008_199.0, 6.0), (8_008_200.0, 10.0)] {
        let mut new = window(5000.0);
        new.set_wall_clock(unix, 0.0);
        new.restore(&snapshot, 0.0).unwrap();
        assert_eq!(tokens(&mut new, "a", 0.0), remaining, "at {unix}");
    }
}

#[test]
fn unused_window_can_be_restored() {
    let mut engine = engine([day()]);
    let snapshot = engine.snapshot(0.0);
    assert_eq!(engine.restore(&snapshot, 0.0), Ok(()));
}

/// Regression: such a window was rejected by `restore`, and a refund ended it too early.
#[test]
fn reported_late_end_survives_refund_and_restore() {
    for is_open in [true, false] {
        let mut engine =
            engine([rule("a", FirstRequestWindow::new(10.0, 10_000.0, 100.0).unwrap())]);
        let now = if is_open { 0.0 } else { 20_000.0 };
        let unsent = hold(&mut engine, &[("a", 2.0)], 0.0);
        hold(&mut engine, &[("a", 1.0)], 0.0);
        let usage = [Usage {
            rule: "a",
            used: Some(5.0),
            resets_at: Some(now + 11_500.0),
            ..Usage::default()
        }];
        engine
            .report(&Report { status: 200, usage: &usage, ..Report::default() }, now + 2000.0)
            .unwrap();
        let all = costs(&mut engine, &[("a", 10.0)]);
        wait(&mut engine, &all, Priority::Normal, now + 2000.0);
        let due = next_due(&mut engine);
        assert!(due > now + 11_500.0, "{due}");
        assert!(engine.release(unsent, true, now + 2000.0));
        assert_eq!(next_due(&mut engine), due);
        let snapshot = engine.snapshot(now + 2000.0);
        assert_eq!(engine.restore(&snapshot, now + 2000.0), Ok(()));
    }
}

/// Regression: the snapshot says that the window is open although its usage is 0.
#[test]
fn restored_free_window_survives_an_unsent_request() {
    let limit = || rule("a", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap());
    let mut first = engine([limit()]);
    let free = hold(&mut first, &[("a", 1.0)], 0.0);
    report(&mut first, &[exact(0.0)], Some(free), 10.0);
    let snapshot = first.snapshot(20.0);
    let mut second = engine([limit()]);
    second.restore(&snapshot, 20.0).unwrap();
    let unsent = hold(&mut second, &[("a", 1.0)], 500.0);
    second.release(unsent, true, 510.0);
    // Five arrive in the server's first window. Five open the next one, which lasts until 2100.
    assert!(try_take(&mut second, &[("a", 5.0)], 900.0));
    assert!(try_take(&mut second, &[("a", 5.0)], 1100.0));
    assert!(!try_take(&mut second, &[("a", 10.0)], 1901.0));
}
