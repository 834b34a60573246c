//! Fixed windows whose clock is corrected around their edges, by less and by more than the jitter.

use super::started;
use crate::support::{
    costs, engine, exact, hold, hold_costs, report, rule, set_number, tokens, try_costs,
};
use multi_throttler_engine::{FixedWindow, LimitState, Options, Submission};

/// A window of three per second with a jitter of 100 ms. Engine time 0 is `into` milliseconds into
/// a second.
pub fn window(into: f64) -> LimitState {
    let mut window = started(&FixedWindow::new(3.0, 1000.0, 100.0).unwrap().into());
    set(&mut window, into, 0.0);
    window
}

fn set(window: &mut LimitState, into: f64, now: f64) {
    window.set_unix_offset(1_700_000_000_000.0 + into, now);
}

/// A window with two taken before the edge and one after it, by a clock that was 80 ms ahead. By
/// the corrected clock it is 1030 ms, where a grant may count on both sides of the edge.
fn back_at_the_edge() -> LimitState {
    let mut window = window(850.0);
    window.take(2.0, 0.0);
    window.take(1.0, 260.0);
    set(&mut window, 850.0 - 80.0, 260.0);
    window
}

#[test]
fn small_step_back_counts_usage_before_the_edge() {
    let mut window = back_at_the_edge();
    assert_eq!(window.available(260.0), 1.0);
    window.take(1.0, 260.0);
    assert_eq!(window.available(260.0), 0.0);
    // The window after the edge has two used.
    assert_eq!(window.available(400.0), 1.0);
}

#[test]
fn large_step_across_no_edge_keeps_usage() {
    let mut window = window(850.0);
    window.take(2.0, 0.0);
    window.take(1.0, 400.0);
    set(&mut window, 850.0 + 200.0, 400.0);
    assert_eq!(window.available(400.0), 2.0);
}

#[test]
fn refund_leaves_windows_counted_by_both_clocks() {
    let mut window = back_at_the_edge();
    // This cost was taken after the edge by the old clock, and around it by the new one.
    window.give_back(1.0, 260.0, 260.0);
    assert_eq!(window.available(260.0), 1.0);
    assert_eq!(window.available(400.0), 3.0);
    // These costs were taken before the edge by both clocks.
    window.give_back(2.0, 0.0, 260.0);
    assert_eq!(window.available(260.0), 3.0);
}

#[test]
fn small_step_back_into_an_unknown_window_blocks() {
    // At 1110 ms only the second window counts. 80 ms earlier the first one counts too.
    let mut window = window(1110.0);
    assert_eq!(window.available(0.0), 3.0);
    set(&mut window, 1030.0, 0.0);
    assert_eq!(window.available(0.0), 0.0);
}

#[test]
fn small_steps_beyond_the_jitter_equal_a_large_one() {
    let mut window = window(850.0);
    // This is at 3250 ms.
    window.take(1.0, 2400.0);
    for step in 1..15 {
        // Each step is as large as the jitter at most, and usage moves along with it.
        set(&mut window, 850.0 - 100.0 * f64::from(step), 2400.0);
        assert_eq!(window.available(2400.0), 2.0, "{step}");
    }
}

/// Steps back that add up to more than half a window, each within the jitter of its time: usage of
/// windows that had ended before is unknown.
#[test]
fn unknown_window_grants_nothing() {
    let mut engine = engine([rule("a", FixedWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    engine.set_wall_clock(5_001_000.0, 0.0);
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 1000.0), Ok(Submission::Granted));
    for (jitter, unix) in [(400.0, 5_001_600.0), (399.0, 5_001_201.0)] {
        set_number(&mut engine, "a", "jitter", jitter, 1000.0);
        engine.set_wall_clock(unix, 1000.0);
    }
    // Up to 399 ms into the window of 5001 s a request may count in that of 5000 s; in its last 399
    // ms it may count in that of 5002 s.
    for (at, remaining) in
        [(1000.0, 0.0), (1197.0, 0.0), (1198.0, 10.0), (1399.0, 10.0), (1400.0, 6.0)]
    {
        assert_eq!(tokens(&mut engine, "a", at), remaining, "at {at}");
    }
}

/// After the step it is unknown in which window the server counts requests from either side of the
/// edge.
#[test]
fn large_step_back_keeps_costs_in_flight() {
    let mut engine = engine([rule("a", FixedWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    engine.set_wall_clock(5_001_500.0, 0.0);
    let permit = Options { permit: true, ..Options::default() };
    for (amount, at) in [(3.0, 0.0), (2.0, 600.0)] {
        let some = costs(&mut engine, &[("a", amount)]);
        assert!(matches!(engine.submit(&some, permit, at), Ok(Submission::Held(_))));
    }
    engine.set_wall_clock(5_001_900.0, 600.0);
    assert_eq!(tokens(&mut engine, "a", 600.0), 5.0);
    engine.sync_usage(&[("a", 4.0)], false, 600.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 600.0), 1.0);
}

/// Regression: the refund went into windows in which only one of the two clocks counted the cost.
#[test]
fn refund_after_a_small_step_spares_uncertain_windows() {
    let mut engine = engine([rule("a", FixedWindow::new(3.0, 1000.0, 100.0).unwrap())]);
    engine.set_wall_clock(1_000_000.0, 0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    let unsent = hold_costs(&mut engine, &three, 850.0);
    engine.set_wall_clock(1_000_860.0 + 80.0, 860.0);
    assert!(try_costs(&mut engine, &three, 1100.0));
    engine.release(unsent, true, 1105.0);
    assert!(!try_costs(&mut engine, &three, 1110.0));
}

/// Regression: the step back across the edge dropped the usage before that edge.
#[test]
fn steps_forth_and_back_keep_usage_in_its_window() {
    let mut engine = engine([rule("a", FixedWindow::new(3.0, 1000.0, 100.0).unwrap())]);
    engine.set_wall_clock(1_000_300.0, 0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    assert!(try_costs(&mut engine, &three, 0.0));
    engine.set_wall_clock(1_000_300.0 + 1.0 + 550.0, 1.0);
    // This is the next window by the wrong clock, and still the same by the right one.
    engine.set_wall_clock(1_000_300.0 + 260.0 + 550.0, 260.0);
    engine.set_wall_clock(1_000_300.0 + 260.0, 260.0);
    assert!(!try_costs(&mut engine, &three, 260.0));
}

/// Regression: each correction is smaller than the jitter, but together they exceed a window.
#[test]
fn long_drift_leaves_no_costs_in_flight() {
    let mut engine = engine([rule("a", FixedWindow::new(10.0, 10_000.0, 100.0).unwrap())]);
    for n in 0..200 {
        let drift = 50.0 * f64::from(n);
        let now = 10_000.0 * f64::from(n) + 3000.0 - drift;
        engine.set_wall_clock(now + drift, now);
        let permit = hold(&mut engine, &[("a", 4.0)], now);
        report(&mut engine, &[exact(4.0)], Some(permit), now + 10.0);
        engine.release(permit, false, now + 10.0);
        assert_eq!(tokens(&mut engine, "a", now + 10.0), 6.0, "{n}");
        let unsent = hold(&mut engine, &[("a", 4.0)], now + 20.0);
        engine.release(unsent, true, now + 30.0);
        assert_eq!(tokens(&mut engine, "a", now + 30.0), 6.0, "{n}");
    }
}
