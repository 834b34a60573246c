//! Fixed windows: edges, fields, and rules that are changed.

use super::fixed_window_clock::window;
use super::{check_earliest, started};
use crate::support::{costs, engine, hold, rule, set_number, started_at, tokens, try_costs};
use multi_throttler_engine::{Fields, FixedWindow, InForce, Limit, Report, Rule, Usage, Value};

#[test]
fn earliest_grant_follows_each_edge() {
    // From 100 ms before an edge on, a request may count after it.
    let window = FixedWindow::new(3.0, 1000.0, 100.0).unwrap();
    check_earliest(
        window.into(),
        2.0,
        &[
            (1.0, 200.0, 200.0),
            (2.0, 200.0, 900.0),
            (4.0, 200.0, 900.0),
            (5.0, 200.0, 1900.0),
            (2.0, 950.0, 950.0),
        ],
    );
}

#[test]
fn edges_follow_unix_time() {
    let mut window = started(&FixedWindow::new(3.0, 1000.0, 100.0).unwrap().into());
    window.set_unix_offset(1_700_000_000_300.0, 0.0);
    window.take(2.0, 0.0);
    assert_eq!(window.earliest_for(2.0, 100.0), 600.0);
}

#[test]
fn anchor_is_epoch_or_first_request() {
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
fn interval_has_bounds() {
    for (interval, fits) in
        [(0.5, false), (1.0, true), (9_007_199_254_740_991.0, true), (9.1e15, false)]
    {
        assert_eq!(FixedWindow::new(1.0, interval, 0.0).is_ok(), fits, "{interval}");
    }
}

#[test]
fn refund_works_after_the_limit_changed() {
    let mut state = window(300.0);
    state.take(2.0, 100.0);
    let changed = Limit::from(FixedWindow::new(5.0, 1000.0, 100.0).unwrap());
    changed.update(&mut state, InForce::whole(5.0), 200.0);
    assert_eq!(state.available(200.0), 3.0);
    state.give_back(2.0, 100.0, 200.0);
    assert_eq!(state.available(200.0), 5.0);
}

/// Regression: usage of the window before was dropped with the change.
#[test]
fn raised_jitter_counts_usage_before_the_edge() {
    let mut engine = engine([rule("a", FixedWindow::new(3.0, 1000.0, 0.0).unwrap())]);
    engine.set_wall_clock(1_000_000.0, 0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    assert!(try_costs(&mut engine, &three, 950.0));
    set_number(&mut engine, "a", "jitter", 100.0, 1050.0);
    assert!(!try_costs(&mut engine, &three, 1050.0));
}

#[test]
fn jitter_change_keeps_costs_in_their_window() {
    const EDGE: f64 = 1_700_000_000_000.0;
    let mut engine = started_at(FixedWindow::new(20.0, 4000.0, 100.0).unwrap(), EDGE + 3500.0);
    hold(&mut engine, &[("a", 4.0)], 0.0);
    let permit = Some(hold(&mut engine, &[("a", 2.0)], 0.0));
    set_number(&mut engine, "a", "jitter", 700.0, 10.0);
    let lost = hold(&mut engine, &[("a", 3.0)], 1300.0);
    engine.release(lost, false, 1300.0);
    // The permit's request was granted earlier and did not count in the next window, so nothing is
    // given back there.
    let usage = [Usage { rule: "a", used: Some(0.0), exact: true, ..Usage::default() }];
    let date = Some(EDGE + 4000.0);
    let report = Report { status: 200, date, permit, usage: &usage, ..Report::default() };
    engine.report(&report, 1310.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1310.0), 17.0);
}

/// Windows of another length start elsewhere, so all usage counts in the current one.
#[test]
fn changed_interval_moves_usage_into_the_new_window() {
    let mut engine = started_at(FixedWindow::new(10.0, 4000.0, 0.0).unwrap(), 8_000_000.0);
    hold(&mut engine, &[("a", 4.0)], 1000.0);
    set_number(&mut engine, "a", "interval", 5000.0, 2000.0);
    for (at, remaining) in [(2000.0, 6.0), (4500.0, 6.0), (4999.0, 6.0), (5000.0, 10.0)] {
        assert_eq!(tokens(&mut engine, "a", at), remaining, "at {at}");
    }
}
