//! Limits that refusals halve, successes increase, and a minute restores (AIMD).

use crate::server::clock::minute;
use crate::support::{
    adaptive, capacity, costs, hold, hold_costs, next_due, poll_all, respond, rolling, rule, ten,
    tokens, wait, with_config,
};
use multi_throttler_engine::{
    Concurrency, Config, Engine, Mode, Priority, Report, RollingWindow, Ticket, TokenBucket,
};

fn refuse(engine: &mut Engine, permit: Option<Ticket>, now: f64) {
    engine
        .report(&Report { status: 429, retry_after: Some(1.0), permit, ..Report::default() }, now)
        .unwrap();
}

fn accept(engine: &mut Engine, permit: Option<Ticket>, now: f64) {
    engine.report(&Report { status: 200, permit, ..Report::default() }, now).unwrap();
}

fn capacities<const N: usize>(engine: &mut Engine, ids: [&str; N], now: f64) -> [f64; N] {
    ids.map(|id| capacity(engine, id, now))
}

#[test]
fn refusal_halves_limits_down_to_one() {
    let half = RollingWindow::new(0.5, 1000.0, 0.0).unwrap();
    let tasks = Concurrency::new(8.0).unwrap();
    let mut engine = adaptive([rolling("a", 9.0), rule("half", half), rule("tasks", tasks)]);
    let ids = ["a", "half", "tasks"];
    for (n, expected) in
        [[4.0, 0.5, 8.0], [2.0, 0.5, 8.0], [1.0, 0.5, 8.0], [1.0, 0.5, 8.0]].into_iter().enumerate()
    {
        refuse(&mut engine, None, n as f64);
        assert_eq!(capacities(&mut engine, ids, n as f64), expected);
    }
}

#[test]
fn success_increases_halved_limits_by_its_cost() {
    let mut engine = adaptive([rolling("a", 10.0), rolling("b", 4.0), rolling("c", 10.0)]);
    let cost = costs(&mut engine, &[("a", 2.0), ("b", 1.0)]);
    let permit = hold_costs(&mut engine, &cost, 0.0);
    // Only the rules of the refused request are halved.
    refuse(&mut engine, Some(permit), 10.0);
    let ids = ["a", "b", "c"];
    assert_eq!(capacities(&mut engine, ids, 10.0), [5.0, 2.0, 10.0]);
    accept(&mut engine, None, 20.0);
    assert_eq!(capacities(&mut engine, ids, 20.0), [6.0, 3.0, 10.0]);
    let permit = hold_costs(&mut engine, &cost, 2000.0);
    accept(&mut engine, Some(permit), 2010.0);
    assert_eq!(capacities(&mut engine, ids, 2010.0), [8.0, 4.0, 10.0]);
    // A restored limit does not grow further.
    for at in [2020.0, 2030.0, 2040.0] {
        accept(&mut engine, None, at);
    }
    assert_eq!(capacities(&mut engine, ids, 2040.0), [10.0, 4.0, 10.0]);
}

#[test]
fn limits_are_restored_a_minute_after_the_pause() {
    let mut engine = adaptive([ten("a", 10.0)]);
    refuse(&mut engine, None, 0.0);
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let ticket = wait(&mut engine, &eight, Priority::Normal, 0.0);
    refuse(&mut engine, None, 1000.0);
    assert_eq!(poll_all(&mut engine, 61_000.0), []);
    assert_eq!(next_due(&mut engine), 61_001.0);
    assert_eq!(poll_all(&mut engine, 61_001.0), [(ticket, Ok(()))]);
    assert_eq!(capacity(&mut engine, "a", 61_001.0), 10.0);
}

#[test]
fn limits_are_halved_within_the_mode() {
    let mode = Mode { name: "normal".into(), buffer: 0.5, reserve: 0.0 };
    let config = Config { adaptive: true, modes: vec![mode], ..Config::default() };
    let mut engine = with_config(config, [rolling("a", 20.0)]);
    refuse(&mut engine, None, 0.0);
    assert_eq!(capacity(&mut engine, "a", 0.0), 5.0);
    for n in 0..20 {
        accept(&mut engine, None, f64::from(n));
    }
    assert_eq!(capacity(&mut engine, "a", 20.0), 10.0);
}

/// Regression: the minute ran during the pause, so the limit was whole again when it ended.
#[test]
fn limit_stays_halved_after_a_long_pause() {
    let mut engine = adaptive([rule("a", TokenBucket::new(10.0, 1.0).unwrap())]);
    let report = Report { status: 429, retry_after: Some(300_000.0), ..Report::default() };
    engine.report(&report, 0.0).unwrap();
    assert_eq!(capacity(&mut engine, "a", 300_000.0), 5.0);
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let ticket = wait(&mut engine, &eight, Priority::Normal, 300_000.0);
    assert_eq!(next_due(&mut engine), 360_000.0);
    assert_eq!(poll_all(&mut engine, 360_000.0), [(ticket, Ok(()))]);
}

/// The minute begins when the pause is ended early.
#[test]
fn limit_is_restored_a_minute_after_resume() {
    let mut engine = adaptive([rule("a", TokenBucket::new(10.0, 1.0).unwrap())]);
    let report = Report { status: 429, retry_after: Some(1e9), ..Report::default() };
    engine.report(&report, 0.0).unwrap();
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let ticket = wait(&mut engine, &eight, Priority::Normal, 0.0);
    engine.resume(None, 1000.0).unwrap();
    assert_eq!(next_due(&mut engine), 61_000.0);
    assert_eq!(poll_all(&mut engine, 61_000.0), [(ticket, Ok(()))]);
}

/// Regression: a mode with a lower limit made a halved limit look restored.
#[test]
fn mode_hides_no_halved_limit() {
    let modes = vec![Mode { name: "careful".into(), buffer: 0.9, reserve: 0.0 }];
    let mut engine = with_config(
        Config { adaptive: true, modes, ..Config::default() },
        [rule("a", TokenBucket::new(100.0, 1.0).unwrap())],
    );
    respond(&mut engine, 429, None, 0.0);
    assert_eq!(capacity(&mut engine, "a", 0.0), 50.0);
    engine.set_mode("careful", f64::INFINITY, 1.0).unwrap();
    respond(&mut engine, 200, None, 2.0);
    engine.set_mode("normal", f64::INFINITY, 3.0).unwrap();
    assert_eq!(capacity(&mut engine, "a", 3.0), 51.0);
}

/// Regression: polled late, the two did not happen in the order of their times.
#[test]
fn restoring_and_the_end_of_a_mode_keep_order() {
    let modes = vec![Mode { name: "careful".into(), buffer: 0.5, reserve: 0.0 }];
    let run = |polls: &[f64]| {
        let mut engine = with_config(
            Config { adaptive: true, modes: modes.clone(), ..Config::default() },
            [rule("a", TokenBucket::new(1_000_000.0, 1.0).unwrap())],
        );
        let ticket = hold(&mut engine, &[("a", 500_000.0)], 0.0);
        engine.set_mode("careful", 90_000.0, 0.0).unwrap();
        let report = Report {
            status: 429,
            retry_after: Some(0.0),
            permit: Some(ticket),
            ..Report::default()
        };
        engine.report(&report, 0.0).unwrap();
        polls.iter().for_each(|&now| drop(engine.status(now)));
        tokens(&mut engine, "a", 100_000.0)
    };
    assert_eq!(run(&[]), run(&[60_000.0, 90_000.0]));
}

#[test]
fn refusal_halves_nothing_unless_adaptive() {
    let mut engine = minute();
    for status in [429, 418, 429] {
        engine.report(&Report { status, ..Report::default() }, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), 100.0);
    }
}
