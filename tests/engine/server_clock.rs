//! What answers tell of the server's clock, and of the window in which they were given.

use crate::support::{costs, engine, rule, tokens};
use multi_throttler_engine::{
    AlignedWindow, Engine, FirstRequestWindow, Limit, Options, Report, Submission, Ticket, Usage,
};

/// Unix time at the engine's 0: the beginning of a window of any whole number of seconds up to an hour.
const START: f64 = 1_699_999_200_000.0;

fn started(limit: impl Into<Limit>) -> Engine {
    let mut engine = engine([]);
    engine.set_calendar(START, 0.0);
    engine.add_rule(rule("a", limit), 0.0);
    engine
}

fn minute() -> Engine {
    started(AlignedWindow::new(100.0, 60_000.0, 0.0).unwrap())
}

/// How far the server's clock is believed to be ahead.
fn offset(engine: &mut Engine, now: f64) -> f64 {
    engine.snapshot(now).clock_offset
}

fn hold(engine: &mut Engine, now: f64) -> Ticket {
    let one = costs(engine, &[("a", 1.0)]);
    match engine.submit(&one, Options { permit: true, ..Options::default() }, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

/// An answer, with what it shows as used, and a `Date` of so many milliseconds after the start.
fn tell(engine: &mut Engine, used: Option<f64>, date: Option<f64>, permit: Option<Ticket>, now: f64) {
    let usage = [Usage { rule: "a", used, ..Usage::default() }];
    let date = date.map(|date| START + date);
    engine.report(&Report { status: 200, date, permit, usage: &usage, ..Report::default() }, now).unwrap();
}

#[test]
fn a_date_moves_the_servers_clock_no_further_than_it_proves_it_wrong() {
    // Granted at 10 s, told at 10.4 s.
    for (date, expected) in [
        (10_000.0, 0.0),
        // It read at least this when it came.
        (11_000.0, 600.0),
        (15_000.0, 4600.0),
        // And less than a second more when it was asked.
        (9000.0, 0.0),
        (8000.0, -1000.0),
        (3000.0, -6000.0),
    ] {
        let mut engine = minute();
        let permit = hold(&mut engine, 10_000.0);
        tell(&mut engine, None, Some(date), Some(permit), 10_400.0);
        assert_eq!(offset(&mut engine, 10_400.0), expected, "{date}");
    }
}

#[test]
fn answers_narrow_the_clock_down_from_both_sides() {
    let mut engine = minute();
    for (granted, told, date, expected) in [
        (1000.0, 1100.0, 6000.0, 4900.0),
        (2000.0, 2100.0, 7000.0, 4900.0),
        (3000.0, 3100.0, 7000.0, 4900.0),
        (3200.0, 3300.0, 7000.0, 4800.0),
        (3950.0, 4000.0, 8900.0, 4900.0),
    ] {
        let permit = hold(&mut engine, granted);
        tell(&mut engine, None, Some(date), Some(permit), told);
        assert_eq!(offset(&mut engine, told), expected, "{granted}");
    }
}

#[test]
fn an_answer_whose_request_is_not_known_may_be_ten_seconds_old_or_a_round_trip() {
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
        tell(&mut engine, None, Some(date), None, 30_000.0);
        assert_eq!(offset(&mut engine, 30_000.0), expected, "{round_trip:?} {date}");
    }
}

#[test]
fn a_clock_that_nobody_can_have_is_not_believed() {
    for wrong in [1e300, -1e300, f64::NAN, f64::INFINITY] {
        let mut engine = minute();
        engine.sync_clock(START + 5.0, None, 0.0);
        engine.sync_clock(wrong, None, 10.0);
        tell(&mut engine, None, Some(wrong), None, 20.0);
        assert_eq!(offset(&mut engine, 20.0), 5.0, "{wrong}");
    }
    // 2^51 milliseconds are the last.
    let mut engine = engine([]);
    engine.sync_clock(2_251_799_813_685_248.0, None, 0.0);
    assert_eq!(offset(&mut engine, 0.0), 2_251_799_813_685_248.0);
}

#[test]
fn a_reading_of_the_clock_is_of_the_middle_of_its_round_trip() {
    for (round_trip, expected) in
        [(None, 500.0), (Some(0.0), 500.0), (Some(100.0), 550.0), (Some(-1.0), 500.0), (Some(1e300), 500.0)]
    {
        let mut engine = minute();
        engine.sync_clock(START + 1500.0, round_trip, 1000.0);
        assert_eq!(offset(&mut engine, 1000.0), expected, "{round_trip:?}");
    }
}

/// Windows of a second and a half, of which the second of a `Date` may touch two.
#[test]
fn an_answer_is_of_the_window_that_date_and_round_trip_leave() {
    for (granted, told, date, left) in [
        // Both clocks allow for one window only.
        (1000.0, 1400.0, Some(1000.0), 50.0),
        (1500.0, 1900.0, Some(1000.0), 50.0),
        (1600.0, 2400.0, Some(1000.0), 50.0),
        (1600.0, 2999.0, Some(2000.0), 50.0),
        (500.0, 1499.0, None, 50.0),
        (500.0, 1499.0, Some(0.0), 50.0),
        (1500.0, 2500.0, None, 50.0),
        // It may be of either.
        (1400.0, 1600.0, None, 100.0),
        (1400.0, 1600.0, Some(1000.0), 100.0),
        (1499.0, 1500.0, Some(1000.0), 100.0),
        // It is of the one that has ended.
        (1000.0, 1600.0, Some(0.0), 100.0),
        (0.0, 1600.0, Some(0.0), 100.0),
    ] {
        let mut engine = started(AlignedWindow::new(100.0, 1500.0, 0.0).unwrap());
        let permit = hold(&mut engine, granted);
        tell(&mut engine, Some(50.0), date, Some(permit), told);
        assert_eq!(tokens(&mut engine, "a", told), left, "{granted} {told} {date:?}");
    }
}

#[test]
fn a_date_that_the_round_trip_rules_out_is_believed_of_the_window() {
    // Nothing is known of the request; its answer is five seconds old by the server's clock.
    for (now, date, left) in
        [(20_000.0, 15_000.0, 50.0), (62_000.0, 57_000.0, 100.0), (62_000.0, 60_000.0, 50.0)]
    {
        let mut engine = minute();
        tell(&mut engine, Some(50.0), Some(date), None, now);
        assert_eq!(tokens(&mut engine, "a", now), left, "{now}");
    }
}

#[test]
fn the_last_round_trip_is_how_long_the_last_answer_took() {
    let mut engine = minute();
    let permit = hold(&mut engine, 1000.0);
    tell(&mut engine, None, None, Some(permit), 1200.0);
    // Told again it is no round trip.
    tell(&mut engine, None, None, Some(permit), 9000.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    assert_eq!(engine.submit(&ten, Options::default(), 10_000.0), Ok(Submission::Granted));
    // It may be on its way, at most for twice that.
    tell(&mut engine, Some(20.0), None, None, 10_150.0);
    assert_eq!(tokens(&mut engine, "a", 10_150.0), 70.0);
    tell(&mut engine, Some(35.0), None, None, 10_450.0);
    assert_eq!(tokens(&mut engine, "a", 10_450.0), 65.0);
    // What was sent a round trip ago was asked for in this window.
    tell(&mut engine, Some(90.0), None, None, 60_200.0);
    assert_eq!(tokens(&mut engine, "a", 60_200.0), 10.0);
    tell(&mut engine, Some(90.0), None, None, 120_199.0);
    assert_eq!(tokens(&mut engine, "a", 120_199.0), 100.0);
}

#[test]
fn when_a_window_ends_may_have_been_worked_out_from_when_the_answer_came() {
    let mut engine = started(FirstRequestWindow::new(100.0, 10_000.0, 0.0).unwrap());
    engine.sync_clock(START, None, 0.0);
    let permit = hold(&mut engine, 1000.0);
    // Not at 11 s, as was believed, but at 8.7 s at the earliest, as the answer took 300 ms.
    let usage = [Usage { rule: "a", used: Some(30.0), resets_at: Some(START + 9000.0), ..Usage::default() }];
    let report = Report { status: 200, permit: Some(permit), usage: &usage, ..Report::default() };
    engine.report(&report, 1300.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 8699.0), 70.0);
    assert_eq!(tokens(&mut engine, "a", 8700.0), 0.0);
    assert_eq!(tokens(&mut engine, "a", 11_000.0), 0.0);
    assert_eq!(tokens(&mut engine, "a", 11_000.1), 100.0);
}

#[test]
fn a_count_beyond_all_numbers_leaves_nothing_and_can_be_set_right() {
    let mut engine = minute();
    engine.sync_usage(&[("a", f64::MAX)], true, 10.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 10.0), 0.0);
    assert_eq!(engine.snapshot(10.0).rules[0].used[3], 9_007_199_254_740_991.0);
    engine.sync_usage(&[("a", 40.0)], true, 20.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 20.0), 60.0);
}

#[test]
fn a_refusal_cuts_no_limit_unless_that_is_asked_for() {
    let mut engine = minute();
    for status in [429, 418, 429] {
        engine.report(&Report { status, ..Report::default() }, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), 100.0);
    }
}

#[test]
fn an_answer_below_400_ends_the_row_of_refusals() {
    let mut engine = minute();
    for (status, left) in [(429, 1), (400, 1), (429, 2), (399, 0), (418, 0), (429, 1)] {
        engine.report(&Report { status, ..Report::default() }, 0.0).unwrap();
        assert_eq!(engine.refusals().0, left, "{status}");
    }
}
