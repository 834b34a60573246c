//! The window that a report belongs to.

use super::clock::{START, minute, respond_with};
use crate::support::{costs, engine, hold, rule, started_at, tokens};
use multi_throttler_engine::{FixedWindow, Options, Report, Submission, Usage};

/// The windows last 1.5 s, so the second of a `Date` may touch two of them.
#[test]
fn date_and_round_trip_select_the_window() {
    for (granted_at, responded_at, date, remaining) in [
        // These responses fit one window only.
        (1000.0, 1400.0, Some(1000.0), 50.0),
        (1500.0, 1900.0, Some(1000.0), 50.0),
        (1600.0, 2400.0, Some(1000.0), 50.0),
        (1600.0, 2999.0, Some(2000.0), 50.0),
        (500.0, 1499.0, None, 50.0),
        (500.0, 1499.0, Some(0.0), 50.0),
        (1500.0, 2500.0, None, 50.0),
        // These responses fit both windows.
        (1400.0, 1600.0, None, 100.0),
        (1400.0, 1600.0, Some(1000.0), 100.0),
        (1499.0, 1500.0, Some(1000.0), 100.0),
        // These responses are of the window that has ended.
        (1000.0, 1600.0, Some(0.0), 100.0),
        (0.0, 1600.0, Some(0.0), 100.0),
    ] {
        let mut engine = started_at(FixedWindow::new(100.0, 1500.0, 0.0).unwrap(), START);
        let permit = hold(&mut engine, &[("a", 1.0)], granted_at);
        respond_with(&mut engine, Some(50.0), date, Some(permit), responded_at);
        assert_eq!(
            tokens(&mut engine, "a", responded_at),
            remaining,
            "{granted_at} {responded_at} {date:?}"
        );
    }
}

#[test]
fn date_outweighs_the_round_trip() {
    // The response has no permit and is five seconds old by the server's clock.
    for (now, date, remaining) in
        [(20_000.0, 15_000.0, 50.0), (62_000.0, 57_000.0, 100.0), (62_000.0, 60_000.0, 50.0)]
    {
        let mut engine = minute();
        respond_with(&mut engine, Some(50.0), Some(date), None, now);
        assert_eq!(tokens(&mut engine, "a", now), remaining, "{now}");
    }
}

#[test]
fn report_around_an_edge_is_ignored() {
    let mut engine = engine([rule("a", FixedWindow::new(100.0, 1000.0, 60.0).unwrap())]);
    engine.set_wall_clock(5_000_000.0, 0.0);
    engine.sync_clock(5_000_000.0, Some(100.0), 0.0);
    let usage = [Usage { rule: "a", used: Some(80.0), ..Usage::default() }];
    // The window has just begun by our clock. The server's clock may be 50 ms ahead, and the
    // response took up to 100 ms.
    let report = Report { status: 200, usage: &usage, ..Report::default() };
    engine.report(&report, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.0), 100.0);
    engine.report(&report, 100.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 100.0), 20.0);
}

/// The server's clock is behind: the last instant at which it can have responded is the end of the
/// second of its `Date`.
#[test]
fn report_of_the_last_second_counts_in_its_window() {
    let mut engine = engine([rule("a", FixedWindow::new(10.0, 60_000.0, 250.0).unwrap())]);
    engine.set_wall_clock(6_060_400.0, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Held(ticket)) = engine.submit(&one, permit, 0.0) else {
        panic!("it is granted")
    };
    let usage = [Usage { rule: "a", used: Some(5.0), ..Usage::default() }];
    let date = Some(6_059_000.0);
    let report =
        Report { status: 200, date, permit: Some(ticket), usage: &usage, ..Report::default() };
    engine.report(&report, 100.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 100.0), 5.0);
}
