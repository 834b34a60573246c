//! Permits that are released with a refund, or at a lower cost.

use crate::support::{costs, engine, hold, poll_all, rule, tokens, wait, wait_for_permit};
use multi_throttler_engine::{
    Concurrency, Engine, FirstRequestWindow, FixedWindow, Limit, Priority, Report, RollingWindow,
    TokenBucket, Usage,
};

const IDS: [&str; 5] = ["bucket", "rolling", "fixed", "first", "tasks"];

/// An engine with a rule of each algorithm, whose limit is 10.
fn with_all_algorithms() -> Engine {
    engine([
        rule("bucket", TokenBucket::new(10.0, 0.001).unwrap()),
        rule("rolling", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("fixed", FixedWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("first", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("tasks", Concurrency::new(10.0).unwrap()),
    ])
}

#[test]
fn refund_returns_all_costs_at_once() {
    let mut engine = with_all_algorithms();
    let all = IDS.map(|id| (id, 7.0));
    let held = hold(&mut engine, &all, 0.0);
    let next = wait_for_permit(&mut engine, &all, 0.0);
    assert!(engine.release(held, true, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), [(next, Ok(()))]);
    assert!(engine.release(next, true, 0.0));
    assert_eq!(IDS.map(|id| tokens(&mut engine, id, 0.0)), [10.0; 5]);
}

#[test]
fn release_without_refund_frees_only_concurrency() {
    let mut engine = engine([
        rule("rolling", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("tasks", Concurrency::new(10.0).unwrap()),
    ]);
    let held = hold(&mut engine, &[("rolling", 7.0), ("tasks", 7.0)], 0.0);
    assert!(engine.release(held, false, 10.0));
    assert_eq!(["rolling", "tasks"].map(|id| tokens(&mut engine, id, 10.0)), [3.0, 10.0]);
}

#[test]
fn refund_grants_waiters() {
    let mut engine = engine([rule("a", RollingWindow::new(2.0, 1000.0, 0.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 2.0)], 0.0);
    let two = costs(&mut engine, &[("a", 2.0)]);
    let next = wait(&mut engine, &two, Priority::Normal, 10.0);
    assert!(engine.release(held, true, 20.0));
    assert_eq!(engine.due(), 20.0);
    assert_eq!(poll_all(&mut engine, 20.0), [(next, Ok(()))]);
}

#[test]
fn refund_is_dated_to_the_grant() {
    let mut engine = engine([
        rule("rolling", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("fixed", FixedWindow::new(10.0, 1000.0, 0.0).unwrap()),
    ]);
    let both = |amount| [("rolling", amount), ("fixed", amount)];
    let remaining =
        |engine: &mut Engine, now| ["rolling", "fixed"].map(|id| tokens(engine, id, now));
    let early = hold(&mut engine, &both(2.0), 100.0);
    let late = hold(&mut engine, &both(3.0), 900.0);
    let next = hold(&mut engine, &both(1.0), 1050.0);
    assert_eq!(remaining(&mut engine, 1050.0), [4.0, 9.0]);
    assert!(engine.release(late, true, 1050.0));
    // The fixed window of `late` has ended, so nothing is given back there.
    assert_eq!(remaining(&mut engine, 1050.0), [7.0, 9.0]);
    assert_eq!(remaining(&mut engine, 1101.0), [9.0, 9.0]);
    assert!(engine.release(early, true, 1101.0));
    assert_eq!(remaining(&mut engine, 1101.0), [9.0, 9.0]);
    assert!(engine.release(next, true, 1101.0));
    assert_eq!(remaining(&mut engine, 1101.0), [10.0, 10.0]);
}

#[test]
fn release_at_cost_returns_the_difference() {
    let mut engine = with_all_algorithms();
    let all = IDS.map(|id| (id, 7.0));
    let held = hold(&mut engine, &all, 0.0);
    let next = wait_for_permit(&mut engine, &IDS.map(|id| (id, 8.0)), 0.0);
    let actual = costs(&mut engine, &IDS.map(|id| (id, 2.0)));
    assert!(engine.release_at_cost(held, &actual, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), [(next, Ok(()))]);
    assert_eq!(IDS.map(|id| tokens(&mut engine, id, 0.0)), [0.0, 0.0, 0.0, 0.0, 2.0]);
    assert!(!engine.release_at_cost(held, &actual, 0.0));
}

#[test]
fn release_at_cost_takes_and_creates_nothing() {
    let actual = |amount| [("a", amount)];
    for (amount, remaining) in [(9.0, 3.0), (7.0, 3.0), (f64::NAN, 3.0), (0.0, 10.0), (-5.0, 10.0)]
    {
        let mut engine = engine([rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
        let held = hold(&mut engine, &actual(7.0), 0.0);
        let actual = costs(&mut engine, &actual(amount));
        assert!(engine.release_at_cost(held, &actual, 0.0));
        assert_eq!(tokens(&mut engine, "a", 0.0), remaining, "{amount}");
    }
}

#[test]
fn release_at_cost_zero_leaves_the_window_open() {
    let mut engine = engine([rule("first", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let opener = hold(&mut engine, &[("first", 7.0)], 0.0);
    let nothing = costs(&mut engine, &[]);
    assert!(engine.release_at_cost(opener, &nothing, 100.0));
    assert_eq!(tokens(&mut engine, "first", 100.0), 10.0);
    hold(&mut engine, &[("first", 10.0)], 900.0);
    // The server's window ends 1000 ms after the opener.
    assert_eq!(tokens(&mut engine, "first", 1000.5), 10.0);
}

#[test]
fn release_at_cost_keeps_a_window_whose_opener_was_never_sent() {
    let mut engine = engine([rule("first", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let unsent = hold(&mut engine, &[("first", 7.0)], 0.0);
    let sent = hold(&mut engine, &[("first", 3.0)], 0.0);
    let nothing = costs(&mut engine, &[]);
    assert!(engine.release_at_cost(sent, &nothing, 100.0));
    assert!(engine.release(unsent, true, 100.0));
    // The request that was sent opened the server's window, which ends at 1000 ms.
    hold(&mut engine, &[("first", 10.0)], 900.0);
    assert_eq!(tokens(&mut engine, "first", 950.0), 0.0);
    hold(&mut engine, &[("first", 10.0)], 1000.5);
    assert_eq!(tokens(&mut engine, "first", 1900.5), 0.0);
}

#[test]
fn release_at_cost_keeps_usage_that_the_response_reported() {
    let limits: [Limit; 4] = [
        TokenBucket::new(300.0, 0.001).unwrap().into(),
        RollingWindow::new(300.0, 60_000.0, 0.0).unwrap().into(),
        FixedWindow::new(300.0, 60_000.0, 0.0).unwrap().into(),
        FirstRequestWindow::new(300.0, 60_000.0, 0.0).unwrap().into(),
    ];
    for limit in limits {
        let name = format!("{limit:?}");
        let mut engine = engine([rule("a", limit)]);
        let held = hold(&mut engine, &[("a", 120.0)], 0.0);
        // The request cost 22, and other clients used 178.
        let usage = [Usage { rule: "a", used: Some(200.0), ..Usage::default() }];
        let report = Report { status: 200, permit: Some(held), usage: &usage, ..Report::default() };
        engine.report(&report, 10.0).unwrap();
        let actual = costs(&mut engine, &[("a", 22.0)]);
        assert!(engine.release_at_cost(held, &actual, 10.0));
        assert_eq!(tokens(&mut engine, "a", 10.0), 100.0, "{name}");
    }
}

#[test]
fn release_at_cost_gives_back_after_a_response_without_usage() {
    let mut engine = engine([rule("a", RollingWindow::new(300.0, 60_000.0, 0.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 120.0)], 0.0);
    let report = Report { status: 200, permit: Some(held), ..Report::default() };
    engine.report(&report, 10.0).unwrap();
    let actual = costs(&mut engine, &[("a", 22.0)]);
    assert!(engine.release_at_cost(held, &actual, 10.0));
    assert_eq!(tokens(&mut engine, "a", 10.0), 278.0);
}

#[test]
fn release_at_cost_gives_back_nothing_in_the_next_window() {
    let mut engine = engine([
        rule("rolling", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("fixed", FixedWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("first", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap()),
    ]);
    let ids = ["rolling", "fixed", "first"];
    let late = hold(&mut engine, &ids.map(|id| (id, 7.0)), 0.0);
    hold(&mut engine, &ids.map(|id| (id, 6.0)), 1001.0);
    let nothing = costs(&mut engine, &[]);
    assert!(engine.release_at_cost(late, &nothing, 1001.0));
    assert_eq!(ids.map(|id| tokens(&mut engine, id, 1001.0)), [4.0; 3]);
}

#[test]
fn release_at_cost_leaves_a_bucket_as_if_charged_the_actual_cost() {
    for (between, now) in [(None, 30.0), (Some(20.0), 30.0), (Some(70.0), 70.0), (None, 500.0)] {
        // 1 token per 10 ms.
        let mut engine = engine([
            rule("charged", TokenBucket::new(10.0, 0.1).unwrap()),
            rule("actual", TokenBucket::new(10.0, 0.1).unwrap()),
        ]);
        let held = hold(&mut engine, &[("charged", 8.0), ("actual", 2.0)], 0.0);
        if let Some(at) = between {
            hold(&mut engine, &[("charged", 1.0), ("actual", 1.0)], at);
        }
        let actual = costs(&mut engine, &[("charged", 2.0), ("actual", 2.0)]);
        assert!(engine.release_at_cost(held, &actual, now));
        let remaining = ["charged", "actual"].map(|id| tokens(&mut engine, id, now));
        assert!((remaining[0] - remaining[1]).abs() < 1e-9, "{remaining:?} at {now}");
    }
}
