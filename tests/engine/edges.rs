//! Windows of the calendar around their edges, where clocks are corrected by little again and again.

use multi_throttler_engine::{Algorithm, AlignedWindow, Fields, Rule, Value};

/// Three in a second with a jitter of 100 ms, at the engine's time 0 it is so many milliseconds into a second.
fn window(into: f64) -> AlignedWindow {
    let mut window = AlignedWindow::new(3.0, 1000.0, 100.0).unwrap();
    window.start(0.0);
    set(&mut window, into, 0.0);
    window
}

fn set(window: &mut AlignedWindow, into: f64, now: f64) {
    window.set_calendar(1_700_000_000_000.0 + into, now);
}

/// Two were taken in one window and one in the next, into which that clock was too early: in both may count what is
/// granted now, at 1030 ms.
fn back_at_the_edge() -> AlignedWindow {
    let mut window = window(850.0);
    window.take(2.0, 0.0);
    window.take(1.0, 260.0);
    set(&mut window, 850.0 - 80.0, 260.0);
    window
}

#[test]
fn after_a_step_back_what_was_used_before_the_edge_counts() {
    let mut window = back_at_the_edge();
    assert_eq!(window.available(260.0), 1.0);
    window.take(1.0, 260.0);
    assert_eq!(window.available(260.0), 0.0);
    // Two are used of the window after the edge.
    assert_eq!(window.available(400.0), 1.0);
}

#[test]
fn a_large_step_that_leads_over_no_edge_leaves_what_was_used_before_it() {
    let mut window = window(850.0);
    window.take(2.0, 0.0);
    window.take(1.0, 400.0);
    set(&mut window, 850.0 + 200.0, 400.0);
    assert_eq!(window.available(400.0), 2.0);
}

#[test]
fn what_is_given_back_comes_out_of_the_windows_in_which_it_counts_by_both_clocks() {
    let mut window = back_at_the_edge();
    // Taken after the edge by the one clock and around it by the other.
    window.give_back(1.0, 260.0, 260.0);
    assert_eq!(window.available(260.0), 1.0);
    assert_eq!(window.available(400.0), 3.0);
    // Taken before the edge by both.
    window.give_back(2.0, 0.0, 260.0);
    assert_eq!(window.available(260.0), 3.0);
}

#[test]
fn nothing_is_known_of_a_window_that_a_small_step_back_leads_to() {
    // At 1110 ms only the second window counts, and 80 ms less than that the one before it too.
    let mut window = window(1110.0);
    assert_eq!(window.available(0.0), 3.0);
    set(&mut window, 1030.0, 0.0);
    assert_eq!(window.available(0.0), 0.0);
}

#[test]
fn small_steps_back_that_come_to_more_than_the_jitter_are_as_a_large_one() {
    let mut window = window(850.0);
    // At 3250 ms.
    window.take(1.0, 2400.0);
    for step in 1..15 {
        // None of them is larger than the jitter, and what is used goes along.
        set(&mut window, 850.0 - 100.0 * f64::from(step), 2400.0);
        assert_eq!(window.available(2400.0), 2.0, "{step}");
    }
}

#[test]
fn a_window_that_is_changed_otherwise_still_gives_back() {
    let mut old = window(300.0);
    old.take(2.0, 100.0);
    let mut new = AlignedWindow::new(5.0, 1000.0, 100.0).unwrap();
    new.inherit(&mut old, 200.0);
    assert_eq!(new.available(200.0), 3.0);
    new.give_back(2.0, 100.0, 200.0);
    assert_eq!(new.available(200.0), 5.0);
}

#[test]
fn windows_are_anchored_to_the_epoch_if_anything_is_said_of_it() {
    let rule = |anchor: Value| {
        let fields = [
            ("id", Value::Text("a".into())),
            ("algorithm", Value::Text("fixed-window".into())),
            ("limit", Value::Number(3.0)),
            ("interval", Value::Number(1000.0)),
            ("anchor", anchor),
        ];
        Rule::from_fields(&Fields::from_iter(fields))
    };
    assert!(rule(Value::Text("epoch".into())).is_ok());
    let error = rule(Value::Text("noon".into())).unwrap_err().to_string();
    assert_eq!(error, "Rule a: anchor must be one of: epoch first-request, got \"noon\"");
}

#[test]
fn an_interval_is_from_one_to_2_to_the_53_less_one() {
    for (interval, fits) in [(0.5, false), (1.0, true), (9_007_199_254_740_991.0, true), (9.1e15, false)] {
        assert_eq!(AlignedWindow::new(1.0, interval, 0.0).is_ok(), fits, "{interval}");
    }
}
