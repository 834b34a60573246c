//! Spacing: grants at least an interval apart.

use super::check_earliest;
use crate::support::{
    costs, engine, exact, hold, modes, next_due, poll_all, report, respond, rolling, rule,
    sequential, set_number, status, tokens, try_take, used, wait, wait_for_permit, with_config,
};
use multi_throttler_engine::{
    Concurrency, Config, EventKind, Options, Ordering, Priority, RollingWindow, Rule, Spacing,
    Submission,
};

/// Rule "a": 100 ms for each token.
fn spaced() -> Rule {
    rule("a", Spacing::new(100.0).unwrap())
}

fn spaced_with_jitter(jitter: f64) -> Rule {
    rule("a", Spacing::new(100.0).unwrap().with_jitter(jitter).unwrap())
}

#[test]
fn earliest_grant_waits_for_the_costs_ahead() {
    check_earliest(
        Spacing::new(100.0).unwrap().into(),
        2.0,
        &[(1.0, 50.0, 200.0), (1.0, 300.0, 300.0), (3.0, 0.0, 200.0 + 200.0 * BELOW)],
    );
}

/// The factor that keeps rounding from making a bound too late.
const BELOW: f64 = 1.0 - 4.0 * f64::EPSILON;

#[test]
fn each_request_waits_for_the_cost_of_the_one_before() {
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        let config = Config { ordering, ..Config::default() };
        let mut engine = with_config(config, [spaced_with_jitter(10.0)]);
        let first = costs(&mut engine, &[("a", 3.0)]);
        assert_eq!(engine.submit(&first, Options::default(), 0.0), Ok(Submission::Granted));
        let mut expected = Vec::new();
        for (amount, at) in [(0.5, 310.0), (7.0, 370.0), (1.0, 1080.0), (1.0, 1190.0)] {
            let costs = costs(&mut engine, &[("a", amount)]);
            expected.push((wait(&mut engine, &costs, Priority::Normal, 0.0), at));
        }
        for (ticket, at) in expected {
            assert_eq!(next_due(&mut engine), at);
            assert_eq!(poll_all(&mut engine, at), [(ticket, Ok(()))]);
        }
    }
}

#[test]
fn late_grant_moves_the_next_one() {
    let mut engine = engine([spaced()]);
    hold(&mut engine, &[("a", 1.0)], 0.0);
    let tickets = [0.0, 1.0].map(|at| wait_for_permit(&mut engine, &[("a", 1.0)], at));
    assert_eq!(poll_all(&mut engine, 170.0), [(tickets[0], Ok(()))]);
    assert_eq!(engine.due(), 270.0);
    assert_eq!(poll_all(&mut engine, 270.0), [(tickets[1], Ok(()))]);
}

#[test]
fn free_requests_neither_wait_nor_delay() {
    let mut engine = engine([spaced()]);
    assert!(try_take(&mut engine, &[("a", 1.0)], 0.0));
    assert!(try_take(&mut engine, &[("a", 0.0)], 90.0));
    assert!(!try_take(&mut engine, &[("a", 1e-9)], 99.0));
    assert!(try_take(&mut engine, &[("a", 1.0)], 100.0));
}

#[test]
fn spacing_goes_beside_other_rules() {
    let mut engine = engine([spaced(), rolling("w", 3.0)]);
    // Three in a second, 100 ms apart: 0, 100 and 200, then just after 1000, 1100 and 1200.
    assert_eq!(sequential(&mut engine, &[("a", 1.0), ("w", 1.0)], 3), 200.0);
    let at = sequential(&mut engine, &[("a", 1.0), ("w", 1.0)], 3);
    assert!((1200.0..1200.001).contains(&at), "{at}");
}

#[test]
fn interval_of_zero_delays_no_other_rule() {
    let spacing = rule("a", Spacing::new(0.0).unwrap().with_jitter(50.0).unwrap());
    let mut engine = engine([spacing, rolling("w", 2.0)]);
    hold(&mut engine, &[("a", 5.0), ("w", 1.0)], 0.0);
    // These wait for the window, and share an instant.
    let blocked = [0.0; 2].map(|at| wait_for_permit(&mut engine, &[("a", 1.0), ("w", 2.0)], at));
    for _ in 0..3 {
        hold(&mut engine, &[("a", 1.0)], 1.0);
    }
    assert_eq!(poll_all(&mut engine, 1500.0), [(blocked[0], Ok(()))]);
    assert!(tokens(&mut engine, "a", 1500.0) > 1e15);
}

/// A request that waits for a permit may go at any time, and needs the rule to be free then.
#[test]
fn waiter_for_a_permit_keeps_those_behind_it_waiting() {
    let mut engine = engine([spaced(), rule("tasks", Concurrency::new(1.0).unwrap())]);
    let busy = hold(&mut engine, &[("a", 1.0), ("tasks", 1.0)], 0.0);
    let blocked = wait_for_permit(&mut engine, &[("a", 1.0), ("tasks", 1.0)], 0.0);
    let behind = wait_for_permit(&mut engine, &[("a", 1.0)], 0.0);
    assert_eq!(poll_all(&mut engine, 500.0), []);
    assert!(engine.release(busy, false, 500.0));
    assert_eq!(poll_all(&mut engine, 500.0), [(blocked, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 600.0), [(behind, Ok(()))]);
}

#[test]
fn request_passes_one_that_waits_for_another_rule() {
    let slow = rule("slow", RollingWindow::new(1.0, 1000.0, 0.0).unwrap());
    let mut engine = engine([spaced(), slow]);
    hold(&mut engine, &[("slow", 1.0)], 0.0);
    let blocked = wait_for_permit(&mut engine, &[("a", 1.0), ("slow", 1.0)], 0.0);
    // At 900 a cost of 1 is over in time; one of 2 would not be.
    assert!(!try_take(&mut engine, &[("a", 2.0)], 900.0));
    assert!(try_take(&mut engine, &[("a", 1.0)], 900.0));
    let granted = poll_all(&mut engine, 1000.0_f64.next_up());
    assert_eq!(granted, [(blocked, Ok(()))]);
}

#[test]
fn refund_frees_the_rule_unless_another_was_granted_since() {
    let mut engine = engine([spaced()]);
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    let second = hold(&mut engine, &[("a", 5.0)], 100.0);
    let waiting = wait_for_permit(&mut engine, &[("a", 1.0)], 100.0);
    assert!(engine.release(first, true, 110.0));
    assert_eq!((poll_all(&mut engine, 110.0), engine.due()), (vec![], 600.0));
    assert!(engine.release(second, true, 120.0));
    assert_eq!(poll_all(&mut engine, 120.0), [(waiting, Ok(()))]);
}

#[test]
fn lower_actual_cost_shortens_the_wait() {
    let mut engine = engine([spaced_with_jitter(10.0)]);
    let held = hold(&mut engine, &[("a", 5.0)], 0.0);
    let waiting = wait_for_permit(&mut engine, &[("a", 1.0)], 0.0);
    let actual = costs(&mut engine, &[("a", 2.0)]);
    assert!(engine.release_at_cost(held, &actual, 50.0));
    assert_eq!(next_due(&mut engine), 210.0);
    assert_eq!(poll_all(&mut engine, 210.0), [(waiting, Ok(()))]);
}

#[test]
fn modes_share_and_refusals_leave_the_interval_alone() {
    let config = Config { share: 0.2, adaptive: true, ..modes(&[("normal", 0.9, 0.9)]) };
    let mut engine = with_config(config, [spaced()]);
    let held = hold(&mut engine, &[("a", 4.0)], 0.0);
    respond(&mut engine, 429, Some(held), 0.0);
    engine.resume(None, 0.0).unwrap();
    let low = costs(&mut engine, &[("a", 1.0)]);
    let low = wait(&mut engine, &low, Priority::Low, 0.0);
    assert_eq!(engine.due(), 400.0);
    assert_eq!(poll_all(&mut engine, 400.0), [(low, Ok(()))]);
}

#[test]
fn new_interval_counts_for_the_last_cost() {
    let mut engine = engine([spaced()]);
    hold(&mut engine, &[("a", 2.0)], 0.0);
    let waiting = wait_for_permit(&mut engine, &[("a", 1.0)], 0.0);
    set_number(&mut engine, "a", "interval", 250.0, 10.0);
    assert_eq!(next_due(&mut engine), 500.0);
    set_number(&mut engine, "a", "jitter", 5.0, 10.0);
    assert_eq!(next_due(&mut engine), 505.0);
    set_number(&mut engine, "a", "interval", 30.0, 100.0);
    assert_eq!(poll_all(&mut engine, 100.0), [(waiting, Ok(()))]);
}

#[test]
fn tokens_are_set_added_and_reset() {
    let mut engine = engine([spaced()]);
    hold(&mut engine, &[("a", 10.0)], 0.0);
    assert_eq!(tokens(&mut engine, "a", 100.0), 0.1);
    assert!(engine.set_tokens("a", 0.25, 100.0));
    assert_eq!(tokens(&mut engine, "a", 125.0), 0.5);
    assert!(!try_take(&mut engine, &[("a", 1.0)], 174.0));
    assert!(try_take(&mut engine, &[("a", 10.0)], 175.0));
    assert!(engine.add_tokens("a", 1.0, 200.0));
    assert!(try_take(&mut engine, &[("a", 10.0)], 200.0));
    engine.reset(210.0);
    assert!(try_take(&mut engine, &[("a", 1.0)], 210.0));
}

#[test]
fn usage_of_others_is_waited_for() {
    let mut engine = engine([spaced()]);
    engine.sync_usage(&[("a", 3.0)], false, 50.0).unwrap();
    let waiting = wait_for_permit(&mut engine, &[("a", 1.0)], 50.0);
    assert_eq!(engine.due(), 350.0);
    // An authoritative count may be lower.
    engine.sync_usage(&[("a", 0.5)], true, 100.0).unwrap();
    assert_eq!(poll_all(&mut engine, 150.0), [(waiting, Ok(()))]);
    // It keeps what is in flight.
    engine.sync_usage(&[("a", 0.0)], true, 160.0).unwrap();
    assert!(!try_take(&mut engine, &[("a", 1.0)], 249.0));
    report(&mut engine, &[exact(0.0)], Some(waiting), 170.0);
    assert!(!try_take(&mut engine, &[("a", 1.0)], 249.0));
    report(&mut engine, &[used(2.0)], None, 260.0);
    assert!(!try_take(&mut engine, &[("a", 1.0)], 459.0));
    assert!(try_take(&mut engine, &[("a", 1.0)], 460.0));
}

#[test]
fn grants_reach_no_threshold_and_slow_nothing_down() {
    let mut engine = engine([spaced(), rolling("w", 4.0)]);
    engine.watch(EventKind::Threshold.bit(), 0.0);
    for n in 0..3 {
        assert!(try_take(&mut engine, &[("a", 1.0), ("w", 1.0)], f64::from(n) * 100.0));
    }
    engine.has_events(200.0);
    let names: Vec<_> = engine.take_events().iter().map(|event| event.names[0].0.clone()).collect();
    assert_eq!(names, ["w"]);
    assert_eq!(engine.stats(200.0).throttle_factor, 0.5);
    assert_eq!(status(&mut engine, "a", 200.0).utilization, 1.0);
}

#[test]
fn restart_waits_for_the_rest_of_the_time() {
    let mut first = engine([spaced_with_jitter(10.0)]);
    first.set_wall_clock(1e12, 0.0);
    hold(&mut first, &[("a", 3.0)], 0.0);
    let snapshot = first.snapshot(50.0);
    let mut second = engine([spaced_with_jitter(10.0)]);
    second.set_wall_clock(1e12 + 80.0, 7.0);
    second.restore(&snapshot, 7.0).unwrap();
    let waiting = wait_for_permit(&mut second, &[("a", 1.0)], 7.0);
    // 310 after the grant, which was 80 before 7.
    assert_eq!(second.due(), 237.0);
    assert_eq!(poll_all(&mut second, 237.0), [(waiting, Ok(()))]);
}

#[test]
fn member_of_a_family_is_dropped_once_free() {
    let mut engine = engine([rule("a:*", Spacing::new(100.0).unwrap())]);
    assert!(try_take(&mut engine, &[("a:x", 1.0)], 0.0));
    assert!(try_take(&mut engine, &[("a:y", 1.0)], 0.0));
    assert!(!try_take(&mut engine, &[("a:x", 1.0)], 50.0));
    assert_eq!(engine.status(99.0).len(), 3);
    assert_eq!(engine.status(100.0).len(), 1);
}

#[test]
fn max_wait_counts_the_costs_ahead() {
    let mut engine = engine([spaced()]);
    hold(&mut engine, &[("a", 1.0)], 0.0);
    for _ in 0..300 {
        wait_for_permit(&mut engine, &[("a", 2.0)], 0.0);
    }
    // 100 for the first, 200 for each of 300.
    let costs = costs(&mut engine, &[("a", 1.0)]);
    let within = |max_wait| Options { max_wait, ..Options::default() };
    let error = engine.submit(&costs, within(60_000.0), 0.0).unwrap_err();
    assert_eq!(error.code(), "WAIT_TIMEOUT");
    assert!(engine.submit(&costs, within(60_100.0), 0.0).is_ok());
    assert_eq!(engine.estimate_wait(&costs, Priority::Critical, 0.0), Ok(100.0));
}
