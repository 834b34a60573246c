//! The server's wall clock: readings, `Date` headers and round trips.

use crate::support::{costs, engine, hold, next_due, rule, started_at, ten, tokens, wait};
use multi_throttler_engine::{
    Engine, FixedWindow, Options, Priority, Report, Submission, Ticket, Usage,
};

/// Unix time at engine time 0: the edge of windows of any whole number of seconds up to an hour.
pub const START: f64 = 1_699_999_200_000.0;

pub fn minute() -> Engine {
    started_at(FixedWindow::new(100.0, 60_000.0, 0.0).unwrap(), START)
}

/// The server offset: how far the server's clock is ahead of ours.
fn offset(engine: &mut Engine, now: f64) -> f64 {
    engine.snapshot(now).clock_offset
}

/// A response with reported usage and a `Date` of `date` milliseconds after the start.
pub fn respond_with(
    engine: &mut Engine,
    used: Option<f64>,
    date: Option<f64>,
    permit: Option<Ticket>,
    now: f64,
) {
    let usage = [Usage { rule: "a", used, ..Usage::default() }];
    let date = date.map(|date| START + date);
    engine
        .report(&Report { status: 200, date, permit, usage: &usage, ..Report::default() }, now)
        .unwrap();
}

#[test]
fn date_moves_the_offset_no_further_than_proven() {
    // The request is granted at 10 s, its response comes at 10.4 s.
    for (date, expected) in [
        (10_000.0, 0.0),
        // The server's clock shows at least the date when the response comes.
        (11_000.0, 600.0),
        (15_000.0, 4600.0),
        // It shows less than a second more than the date when the request is granted.
        (9000.0, 0.0),
        (8000.0, -1000.0),
        (3000.0, -6000.0),
    ] {
        let mut engine = minute();
        let permit = hold(&mut engine, &[("a", 1.0)], 10_000.0);
        respond_with(&mut engine, None, Some(date), Some(permit), 10_400.0);
        assert_eq!(offset(&mut engine, 10_400.0), expected, "{date}");
    }
}

#[test]
fn responses_narrow_the_offset_from_both_sides() {
    let mut engine = minute();
    for (granted_at, responded_at, date, expected) in [
        (1000.0, 1100.0, 6000.0, 4900.0),
        (2000.0, 2100.0, 7000.0, 4900.0),
        (3000.0, 3100.0, 7000.0, 4900.0),
        (3200.0, 3300.0, 7000.0, 4800.0),
        (3950.0, 4000.0, 8900.0, 4900.0),
    ] {
        let permit = hold(&mut engine, &[("a", 1.0)], granted_at);
        respond_with(&mut engine, None, Some(date), Some(permit), responded_at);
        assert_eq!(offset(&mut engine, responded_at), expected, "{granted_at}");
    }
}

#[test]
fn response_without_permit_may_be_ten_seconds_old() {
    for (round_trip, date, expected) in [
        (None, 30_000.0, 0.0),
        (None, 19_000.0, 0.0),
        (None, 18_000.0, -1000.0),
        (Some(100.0), 18_000.0, -1000.0),
        (Some(15_000.0), 14_000.0, 0.0),
        (Some(15_000.0), 6000.0, -8000.0),
        (None, 31_000.0, 1000.0),
    ] {
        let mut engine = minute();
        if let Some(round_trip) = round_trip {
            engine.sync_clock(START - round_trip / 2.0, Some(round_trip), 0.0);
            assert_eq!(offset(&mut engine, 0.0), 0.0);
        }
        respond_with(&mut engine, None, Some(date), None, 30_000.0);
        assert_eq!(offset(&mut engine, 30_000.0), expected, "{round_trip:?} {date}");
    }
}

#[test]
fn impossible_server_times_are_ignored() {
    for wrong in [1e300, -1e300, f64::NAN, f64::INFINITY] {
        let mut engine = minute();
        engine.sync_clock(START + 5.0, None, 0.0);
        engine.sync_clock(wrong, None, 10.0);
        respond_with(&mut engine, None, Some(wrong), None, 20.0);
        assert_eq!(offset(&mut engine, 20.0), 5.0, "{wrong}");
    }
    // The last accepted time is 2^51 milliseconds.
    let mut engine = engine([]);
    engine.sync_clock(2_251_799_813_685_248.0, None, 0.0);
    assert_eq!(offset(&mut engine, 0.0), 2_251_799_813_685_248.0);
}

#[test]
fn reading_is_of_the_middle_of_its_round_trip() {
    for (round_trip, expected) in [
        (None, 500.0),
        (Some(0.0), 500.0),
        (Some(100.0), 550.0),
        (Some(-1.0), 500.0),
        (Some(1e300), 500.0),
    ] {
        let mut engine = minute();
        engine.sync_clock(START + 1500.0, round_trip, 1000.0);
        assert_eq!(offset(&mut engine, 1000.0), expected, "{round_trip:?}");
    }
}

#[test]
fn round_trip_is_that_of_the_last_response() {
    let mut engine = minute();
    let permit = hold(&mut engine, &[("a", 1.0)], 1000.0);
    respond_with(&mut engine, None, None, Some(permit), 1200.0);
    // A second report for the same permit measures no round trip.
    respond_with(&mut engine, None, None, Some(permit), 9000.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    assert_eq!(engine.submit(&ten, Options::default(), 10_000.0), Ok(Submission::Granted));
    // The cost may be in flight for at most twice the round trip.
    respond_with(&mut engine, Some(20.0), None, None, 10_150.0);
    assert_eq!(tokens(&mut engine, "a", 10_150.0), 70.0);
    respond_with(&mut engine, Some(35.0), None, None, 10_450.0);
    assert_eq!(tokens(&mut engine, "a", 10_450.0), 65.0);
    // A response that comes a round trip after the edge belongs to a request of this window.
    respond_with(&mut engine, Some(90.0), None, None, 60_200.0);
    assert_eq!(tokens(&mut engine, "a", 60_200.0), 10.0);
    respond_with(&mut engine, Some(90.0), None, None, 120_199.0);
    assert_eq!(tokens(&mut engine, "a", 120_199.0), 100.0);
}

#[test]
fn slow_response_without_permit_keeps_the_offset() {
    let mut engine = engine([rule("a", FixedWindow::new(1.0, 10_000.0, 0.0).unwrap())]);
    engine.set_wall_clock(1_700_000_000_000.0, 0.0);
    // The server responded at 0.5 s, and the response came 9 s later.
    let report = Report { status: 200, date: Some(1_700_000_000_000.0), ..Report::default() };
    engine.report(&report, 9500.0).unwrap();
    assert_eq!(engine.snapshot(9500.0).clock_offset, 0.0);
}

#[test]
fn engine_tells_whether_it_needs_unix_time() {
    let mut engine = engine([ten("a", 10.0)]);
    assert!(!engine.uses_wall_clock());
    engine.add_rule(rule("b", FixedWindow::new(1.0, 1000.0, 0.0).unwrap()), 0.0);
    assert!(engine.uses_wall_clock());
    engine.remove_rule("b", 0.0);
    assert!(!engine.uses_wall_clock());
}

/// Unix time is read in whole milliseconds. Were each reading accepted, edges would move to and
/// fro.
#[test]
fn readings_within_two_milliseconds_are_equal() {
    let mut engine = engine([rule("a", FixedWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    engine.set_wall_clock(5_000_300.0, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 700.0);
    for difference in [2.0, -2.0, 1.0] {
        engine.set_wall_clock(5_000_400.0 + difference, 100.0);
        assert_eq!(next_due(&mut engine), 700.0);
    }
    // A larger difference is accepted, and usage counts in the window of before.
    engine.set_wall_clock(5_000_400.0 + 2.5, 100.0);
    assert_eq!(next_due(&mut engine), 697.5);
    engine.set_wall_clock(f64::NAN, 100.0);
    assert_eq!(next_due(&mut engine), 697.5);
}

#[test]
fn edges_follow_the_server_clock() {
    let mut engine = engine([rule("a", FixedWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    engine.set_wall_clock(5_000_100.0, 0.0);
    engine.sync_clock(5_000_350.0, None, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 650.0);
    // The reading took 100 ms, so the server's clock is 50 ms further.
    engine.sync_clock(5_000_450.0, Some(100.0), 100.0);
    assert_eq!(next_due(&mut engine), 600.0);
}
