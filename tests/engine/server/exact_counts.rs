//! Exact counts: which costs they return, and which not.

use crate::support::{
    costs, day, engine, exact, hold, report, report_exact, report_leaving, rule, tokens, used,
};
use multi_throttler_engine::{
    Engine, FirstRequestWindow, FixedWindow, Options, Report, RollingWindow, Submission,
    TokenBucket, Usage,
};

const JITTER: f64 = 100.0;

/// An engine with ten tokens per minute. Its time is the server's and starts with a window.
fn window() -> Engine {
    engine([rule("a", FixedWindow::new(10.0, 60_000.0, JITTER).unwrap())])
}

#[test]
fn free_costs_are_returned_with_others_in_flight() {
    let first_request = FirstRequestWindow::new(10.0, 60_000.0, JITTER).unwrap();
    for mut engine in [window(), engine([rule("a", first_request)])] {
        let permits = [0; 10].map(|_| hold(&mut engine, &[("a", 1.0)], 1000.0));
        assert_eq!(tokens(&mut engine, "a", 1000.0), 0.0);
        for (n, permit) in (1..).zip(permits) {
            assert_eq!(report_exact(&mut engine, 0.0, permit, 1050.0), f64::from(n));
        }
    }
}

#[test]
fn older_responses_keep_a_later_count() {
    let mut engine = window();
    let permits = [0; 4].map(|_| hold(&mut engine, &[("a", 1.0)], 1000.0));
    // The second request was counted, the others were free. Two responses come late.
    assert_eq!(report_exact(&mut engine, 1.0, permits[1], 1010.0), 6.0);
    assert_eq!(report_exact(&mut engine, 0.0, permits[0], 1020.0), 7.0);
    assert_eq!(report_exact(&mut engine, 1.0, permits[3], 1030.0), 8.0);
    assert_eq!(report_exact(&mut engine, 1.0, permits[2], 1040.0), 9.0);
}

#[test]
fn lower_count_needs_a_request_sent_after_higher_ones() {
    let mut engine = window();
    let first = hold(&mut engine, &[("a", 1.0)], 1000.0);
    assert_eq!(report_exact(&mut engine, 5.0, first, 1010.0), 5.0);
    // The request was not sent more than a jitter after the first response, so either count may be
    // the later one.
    let early = hold(&mut engine, &[("a", 1.0)], 1110.0);
    assert_eq!(report_exact(&mut engine, 2.0, early, 1120.0), 5.0);
    let late = hold(&mut engine, &[("a", 1.0)], 1110.0_f64.next_up());
    assert_eq!(report_exact(&mut engine, 2.0, late, 1130.0), 8.0);
}

#[test]
fn usage_of_others_is_told_from_free_costs() {
    let mut engine = window();
    let (first, second) =
        (hold(&mut engine, &[("a", 2.0)], 1000.0), hold(&mut engine, &[("a", 3.0)], 1000.0));
    assert_eq!(report_exact(&mut engine, 4.0, first, 1010.0), 3.0);
    assert_eq!(report_exact(&mut engine, 4.0, second, 1020.0), 6.0);
}

#[test]
fn unanswered_cost_is_returned_a_jitter_later() {
    let mut engine = window();
    let lost = hold(&mut engine, &[("a", 4.0)], 1000.0);
    let first = hold(&mut engine, &[("a", 1.0)], 1000.0);
    engine.release(lost, false, 1001.0);
    // The lost request may be in flight.
    assert_eq!(report_exact(&mut engine, 0.0, first, 1010.0), 6.0);
    let second = hold(&mut engine, &[("a", 1.0)], 1110.0);
    assert_eq!(report_exact(&mut engine, 0.0, second, 1120.0), 6.0);
    let third = hold(&mut engine, &[("a", 1.0)], 1111.0);
    assert_eq!(report_exact(&mut engine, 0.0, third, 1120.0), 10.0);
}

#[test]
fn cost_without_permit_is_returned_a_jitter_later() {
    let mut engine = window();
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 1000.0), Ok(Submission::Granted));
    assert_eq!(report_leaving(&mut engine, &[exact(0.0)], None, 1010.0), 6.0);
    // The first response sets the mark. The second request was sent when everything granted before
    // the mark had arrived.
    let first = hold(&mut engine, &[("a", 1.0)], 2000.0);
    assert_eq!(report_exact(&mut engine, 0.0, first, 2010.0), 6.0);
    let second = hold(&mut engine, &[("a", 1.0)], 3000.0);
    assert_eq!(report_exact(&mut engine, 0.0, second, 3010.0), 10.0);
}

#[test]
fn response_without_permit_only_raises() {
    let mut engine = window();
    let first = hold(&mut engine, &[("a", 1.0)], 1000.0);
    assert_eq!(report_leaving(&mut engine, &[exact(5.0)], None, 1010.0), 4.0);
    // Either of the two counts may be the later one.
    assert_eq!(report_exact(&mut engine, 3.0, first, 1020.0), 5.0);
    let second = hold(&mut engine, &[("a", 1.0)], 1200.0);
    assert_eq!(report_exact(&mut engine, 3.0, second, 1210.0), 7.0);
}

#[test]
fn unproven_count_only_raises() {
    let mut engine = window();
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 1000.0), Ok(Submission::Granted));
    let permit = hold(&mut engine, &[("a", 1.0)], 1000.0);
    // The five may be our costs, or four of others while ours are in flight.
    assert_eq!(report_exact(&mut engine, 5.0, permit, 1010.0), 5.0);
    assert_eq!(report_leaving(&mut engine, &[exact(7.0)], None, 1020.0), 3.0);
}

#[test]
fn cost_in_two_windows_is_returned_per_window() {
    let mut engine = window();
    let first = hold(&mut engine, &[("a", 4.0)], 59_950.0);
    assert_eq!(report_exact(&mut engine, 0.0, first, 59_990.0), 6.0);
    assert_eq!(tokens(&mut engine, "a", 60_150.0), 6.0);
    // In the new window, the first response sets the mark.
    for (at, remaining) in [(60_200.0, 6.0), (60_400.0, 10.0)] {
        let permit = hold(&mut engine, &[("a", 1.0)], at);
        assert_eq!(report_exact(&mut engine, 0.0, permit, at + 10.0), remaining);
    }
}

#[test]
fn report_of_another_window_returns_nothing() {
    let mut engine = window();
    let slow = hold(&mut engine, &[("a", 4.0)], 59_000.0);
    let free = hold(&mut engine, &[("a", 2.0)], 60_200.0);
    let usage = [exact(0.0)];
    let report = |engine: &mut Engine, permit, now| {
        let date = Some(60_000.0);
        let report = Report { status: 200, date, permit, usage: &usage, ..Report::default() };
        engine.report(&report, now).unwrap();
        tokens(engine, "a", now)
    };
    assert_eq!(report(&mut engine, Some(slow), 60_300.0), 8.0);
    assert_eq!(report(&mut engine, Some(free), 60_300.0), 10.0);
}

#[test]
fn repeated_usage_counts_its_request_once() {
    let mut engine = window();
    let lost = hold(&mut engine, &[("a", 4.0)], 1000.0);
    let first = hold(&mut engine, &[("a", 2.0)], 1000.0);
    engine.release(lost, false, 1001.0);
    assert_eq!(report_leaving(&mut engine, &[exact(0.0); 3], Some(first), 1010.0), 6.0);
}

#[test]
fn refund_after_a_response_changes_nothing() {
    let mut engine = window();
    let (first, second) =
        (hold(&mut engine, &[("a", 2.0)], 1000.0), hold(&mut engine, &[("a", 3.0)], 1000.0));
    assert_eq!(report_exact(&mut engine, 2.0, first, 1010.0), 5.0);
    assert!(engine.release(first, true, 1010.0));
    assert_eq!(tokens(&mut engine, "a", 1010.0), 5.0);
    assert!(engine.release(second, true, 1010.0));
    assert_eq!(tokens(&mut engine, "a", 1010.0), 8.0);
}

#[test]
fn buckets_and_rolling_windows_return_nothing() {
    let rolling = RollingWindow::new(10.0, 60_000.0, JITTER).unwrap();
    for rule in [rule("a", rolling), rule("a", TokenBucket::new(10.0, 0.0).unwrap())] {
        let mut engine = engine([rule]);
        for (at, remaining) in [(1000.0, 9.0), (2000.0, 8.0)] {
            let permit = hold(&mut engine, &[("a", 1.0)], at);
            assert_eq!(report_exact(&mut engine, 0.0, permit, at + 10.0), remaining);
        }
    }
}

#[test]
fn fractions_are_returned() {
    let mut engine = window();
    for n in 0..1000 {
        let at = 1000.0 + f64::from(n);
        let permit = hold(&mut engine, &[("a", 0.1)], at);
        let remaining = report_exact(&mut engine, 0.0, permit, at + 0.5);
        assert!((10.0 - remaining).abs() < 1e-9, "{remaining}");
    }
}

/// All costs count at the server. The one without a permit was granted before the second request
/// was sent, and arrives after its response.
#[test]
fn cost_granted_after_a_count_is_not_in_it() {
    let first_request = FirstRequestWindow::new(10.0, 60_000.0, JITTER).unwrap();
    for mut engine in [window(), engine([rule("a", first_request)])] {
        let first = hold(&mut engine, &[("a", 2.0)], 1000.0);
        assert_eq!(report_exact(&mut engine, 2.0, first, 1010.0), 8.0);
        let three = costs(&mut engine, &[("a", 3.0)]);
        assert_eq!(engine.submit(&three, Options::default(), 1150.0), Ok(Submission::Granted));
        let second = hold(&mut engine, &[("a", 1.0)], 1200.0);
        // Three tokens are counted, and three are in flight.
        assert!(report_exact(&mut engine, 3.0, second, 1210.0) <= 4.0);
    }
}

/// Regression: the refund was given on top of a count that no longer included the request.
#[test]
fn refund_after_a_later_count_changes_nothing() {
    let rules = [
        day(),
        rule("a", FirstRequestWindow::new(10.0, 60_000.0, 100.0).unwrap()),
        rule("a", RollingWindow::new(10.0, 60_000.0, 100.0).unwrap()),
    ];
    for rule in rules {
        let mut engine = engine([rule]);
        engine.set_wall_clock(1_700_000_000_000.0, 0.0);
        let ticket = hold(&mut engine, &[("a", 5.0)], 0.0);
        hold(&mut engine, &[("a", 1.0)], 1.0);
        report(&mut engine, &[used(5.0)], Some(ticket), 10.0);
        engine.sync_usage(&[("a", 0.0)], true, 20.0).unwrap();
        assert!(engine.release(ticket, true, 30.0));
        let remaining = tokens(&mut engine, "a", 30.0);
        assert!(remaining <= 10.0, "{remaining}");
    }
}

/// A reset at an instant precedes a grant at that instant.
#[test]
fn cost_granted_at_a_reset_is_returned() {
    let mut engine = engine([rule("a", FixedWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    engine.set_wall_clock(5_000_300.0, 0.0);
    engine.reset(0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Held(ticket)) = engine.submit(&three, permit, 0.0) else {
        panic!("it is granted")
    };
    let usage = [Usage { rule: "a", used: Some(0.0), exact: true, ..Usage::default() }];
    let report = Report { status: 200, permit: Some(ticket), usage: &usage, ..Report::default() };
    engine.report(&report, 50.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 50.0), 10.0);
}
