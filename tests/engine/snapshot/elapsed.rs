//! Snapshots that age by the wall time that has passed since they were taken.

use crate::support::{bucket, costs, hold, next_due, rule, tokens, wait, with_config};
use multi_throttler_engine::{
    Concurrency, Config, Engine, FixedWindow, Mode, Options, Priority, Report, RollingWindow, Rule,
    Snapshot, Submission,
};

const UNIX: f64 = 1_699_999_200_000.0;

fn config() -> Config {
    let mode = |name: &str, buffer| Mode { name: name.into(), buffer, reserve: 0.0 };
    Config { modes: vec![mode("normal", 0.0), mode("careful", 0.5)], ..Config::default() }
}

pub fn rules() -> [Rule; 4] {
    [
        rule("a", RollingWindow::new(10.0, 10_000.0, 0.0).unwrap()),
        rule("b", RollingWindow::new(10.0, 10_000.0, 0.0).unwrap()),
        rule("f:*", RollingWindow::new(10.0, 10_000.0, 0.0).unwrap()),
        rule("tasks", Concurrency::new(5.0).unwrap()),
    ]
}

/// An engine whose time 0 is `later` milliseconds after `UNIX`.
pub fn started(later: f64) -> Engine {
    let mut engine = with_config(config(), []);
    engine.set_wall_clock(UNIX + later, 0.0);
    rules().into_iter().for_each(|rule| engine.add_rule(rule, 0.0));
    engine
}

/// The mode, and the remaining tokens of rule "a".
fn mode(engine: &mut Engine, now: f64) -> (String, f64) {
    (engine.mode(now).to_owned(), tokens(engine, "a", now))
}

/// When a request that needs no refill is granted.
fn granted_at(engine: &mut Engine, id: &str, now: f64) -> f64 {
    let one = costs(engine, &[(id, 1.0)]);
    match engine.submit(&one, Options::default(), now) {
        Ok(Submission::Granted) => now,
        _ => next_due(engine),
    }
}

#[test]
fn pauses_end_on_time_after_a_restart() {
    let mut old = started(0.0);
    old.pause(Some(&["a", "f:*"]), 5000.0, 1000.0).unwrap();
    old.pause(None, 3000.0, 1000.0).unwrap();
    old.slot("f:x", 1000.0).unwrap();
    let snapshot = old.snapshot(1000.0);
    assert_eq!(snapshot.paused_for, 2000.0);
    // The new engine's time is 100 when the snapshot is `age` milliseconds old.
    for (age, all, a) in [
        (0.0, 2100.0, 4100.0),
        (1500.0, 600.0, 2600.0),
        (2000.0, 100.0, 2100.0),
        (4000.0, 100.0, 100.0),
    ] {
        for (id, at) in [("a", a), ("b", all), ("f:x", a), ("f:y", a), ("new", all)] {
            let mut new = started(1000.0 + age - 100.0);
            new.restore(&snapshot, 100.0).unwrap();
            new.add_rule(rule("new", RollingWindow::new(10.0, 10_000.0, 0.0).unwrap()), 100.0);
            assert_eq!(granted_at(&mut new, id, 100.0), at, "{id} after {age}");
        }
    }
}

#[test]
fn mode_ends_on_time_after_a_restart() {
    let mut old = started(0.0);
    old.set_mode("careful", 4000.0, 1000.0).unwrap();
    let snapshot = old.snapshot(2000.0);
    assert_eq!((snapshot.mode.as_str(), snapshot.mode_ends_in), ("careful", 3000.0));
    for (age, ends_at) in
        [(0.0, 3100.0), (1000.0, 2100.0), (2999.0, 101.0), (3000.0, 100.0), (9000.0, 100.0)]
    {
        let mut new = started(2000.0 + age - 100.0);
        new.restore(&snapshot, 100.0).unwrap();
        if ends_at > 100.0 {
            assert_eq!(mode(&mut new, ends_at - 1.0), ("careful".into(), 5.0));
        }
        assert_eq!(mode(&mut new, ends_at), ("normal".into(), 10.0), "after {age}");
    }
}

#[test]
fn endless_mode_goes_on_and_unknown_mode_is_ignored() {
    let mut old = started(0.0);
    old.set_mode("careful", f64::INFINITY, 0.0).unwrap();
    let mut snapshot = old.snapshot(0.0);
    let mut new = started(1e9);
    new.restore(&snapshot, 0.0).unwrap();
    assert_eq!(mode(&mut new, 1e9), ("careful".into(), 5.0));
    snapshot.mode = "unknown".into();
    let mut new = started(1e9);
    new.set_mode("careful", 5000.0, 0.0).unwrap();
    new.restore(&snapshot, 0.0).unwrap();
    assert_eq!(mode(&mut new, 4999.0), ("careful".into(), 5.0));
    assert_eq!(mode(&mut new, 5000.0), ("normal".into(), 10.0));
}

#[test]
fn backoff_and_server_offset_are_restored() {
    let mut old = started(0.0);
    old.sync_clock(UNIX + 7000.0, None, 0.0);
    old.report(&Report { status: 418, retry_after: Some(9000.0), ..Default::default() }, 0.0)
        .unwrap();
    let snapshot = old.snapshot(1000.0);
    assert_eq!((snapshot.clock_offset, snapshot.bans, snapshot.backoff_for), (7000.0, 1, 8000.0));
    let mut new = started(3000.0);
    new.restore(&snapshot, 0.0).unwrap();
    assert_eq!(new.refusals(), (0, 6000.0));
    assert_eq!(new.snapshot(0.0), Snapshot { backoff_for: 6000.0, ..new.snapshot(0.0) });
    assert_eq!((new.snapshot(0.0).clock_offset, new.snapshot(0.0).bans), (7000.0, 1));
    assert_eq!(new.snapshot(6000.0).backoff_for, 0.0);
}

#[test]
fn edges_follow_the_saved_server_offset() {
    let minute = || rule("m", FixedWindow::new(10.0, 60_000.0, 0.0).unwrap());
    for ahead in [20_000.0, -100_000.0] {
        let mut old = started(0.0);
        old.add_rule(minute(), 0.0);
        old.sync_clock(UNIX + ahead, None, 0.0);
        let four = costs(&mut old, &[("m", 4.0)]);
        assert_eq!(old.submit(&four, Options::default(), 0.0), Ok(Submission::Granted));
        let mut new = started(10_000.0);
        new.add_rule(minute(), 0.0);
        new.restore(&old.snapshot(0.0), 0.0).unwrap();
        assert_eq!(tokens(&mut new, "m", 29_999.0), 6.0);
        assert_eq!(tokens(&mut new, "m", 30_000.0), 10.0);
    }
}

#[test]
fn waiters_wait_for_restored_usage() {
    let mut old = started(0.0);
    let nine = costs(&mut old, &[("a", 9.0)]);
    assert_eq!(old.submit(&nine, Options::default(), 0.0), Ok(Submission::Granted));
    let mut new = started(4000.0);
    let ten = costs(&mut new, &[("a", 10.0)]);
    assert_eq!(new.submit(&ten, Options::default(), 0.0), Ok(Submission::Granted));
    let two = costs(&mut new, &[("a", 2.0)]);
    wait(&mut new, &two, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut new), 10_000.0_f64.next_up());
    new.restore(&old.snapshot(0.0), 0.0).unwrap();
    let due = next_due(&mut new);
    assert!((6000.0..6000.001).contains(&due), "{due}");
}

#[test]
fn refund_after_a_restore_changes_nothing() {
    let mut engine = started(0.0);
    let costs = costs(&mut engine, &[("a", 4.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Held(ticket)) = engine.submit(&costs, permit, 0.0) else { panic!() };
    let snapshot = engine.snapshot(0.0);
    engine.restore(&snapshot, 0.0).unwrap();
    assert!(engine.release(ticket, true, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 6.0);
}

/// In the mode of the snapshot a bucket would forget usage beyond the mode's capacity.
#[test]
fn mode_that_ended_before_the_restart_keeps_usage() {
    for age in [1000.0, 5000.0] {
        let [mut old, mut new] = [started(0.0), started(age)];
        for engine in [&mut old, &mut new] {
            engine.add_rule(bucket("bucket", 10.0, 0.0, 10.0), 0.0);
        }
        hold(&mut old, &[("bucket", 6.0)], 0.0);
        old.set_mode("careful", 1000.0, 0.0).unwrap();
        new.restore(&old.snapshot(0.0), 0.0).unwrap();
        assert_eq!(tokens(&mut new, "bucket", 0.0), 4.0, "after {age}");
    }
}
