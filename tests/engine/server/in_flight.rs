//! Costs in flight, which count beside the usage that the server reports.

use crate::support::{costs, day, engine, hold, hold_costs, report, rule, tokens, used};
use multi_throttler_engine::{
    Engine, FirstRequestWindow, FixedWindow, Limit, Options, Report, RollingWindow, Submission,
    TokenBucket, Usage,
};

#[test]
fn cost_without_permit_stays_in_flight_two_round_trips() {
    let mut engine = engine([rule("a", TokenBucket::new(100.0, 0.0).unwrap())]);
    engine.sync_clock(0.0, Some(50.0), 0.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    assert_eq!(engine.submit(&ten, Options::default(), 100.0), Ok(Submission::Granted));
    engine.sync_usage(&[("a", 30.0)], false, 140.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 140.0), 60.0);
    // Recent costs are a sum and no log, so a cost may count for two round trips.
    engine.sync_usage(&[("a", 45.0)], false, 201.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 201.0), 55.0);
}

#[test]
fn costs_in_flight_add_to_reported_usage() {
    let minute = 60_000.0;
    let limits: [Limit; 4] = [
        FixedWindow::new(1000.0, minute, 0.0).unwrap().into(),
        RollingWindow::new(1000.0, minute, 0.0).unwrap().into(),
        FirstRequestWindow::new(1000.0, minute, 0.0).unwrap().into(),
        TokenBucket::new(1000.0, 0.0).unwrap().into(),
    ];
    for limit in limits {
        let name = limit.algorithm();
        let mut engine = engine([rule("a", limit)]);
        let [ten, twenty, five] =
            [10.0, 20.0, 5.0].map(|amount| costs(&mut engine, &[("a", amount)]));
        let (first, second) =
            (hold_costs(&mut engine, &ten, 0.0), hold_costs(&mut engine, &twenty, 0.0));
        let remaining_after = |engine: &mut Engine, used, permit, now| {
            let usage = [Usage { rule: "a", used: Some(used), ..Usage::default() }];
            let report =
                Report { status: 200, usage: &usage, permit: Some(permit), ..Report::default() };
            engine.report(&report, now).unwrap();
            tokens(engine, "a", now)
        };
        assert_eq!(remaining_after(&mut engine, 300.0, first, 100.0), 680.0, "{name}");
        engine.release(second, false, 100.0);
        let third = hold_costs(&mut engine, &five, 100.0);
        assert_eq!(remaining_after(&mut engine, 325.0, third, 200.0), 675.0, "{name}");
        // Repeating a response changes nothing, nor does an older one.
        assert_eq!(remaining_after(&mut engine, 325.0, third, 300.0), 675.0, "{name}");
        assert_eq!(remaining_after(&mut engine, 300.0, first, 300.0), 675.0, "{name}");
    }
}

/// Regression: a large correction forgot the costs in flight.
#[test]
fn clock_correction_keeps_costs_in_flight() {
    let mut engine = engine([day()]);
    engine.set_wall_clock(1_700_000_000_000.0, 0.0);
    let held = hold(&mut engine, &[("a", 5.0)], 0.0);
    engine.sync_clock(1_700_000_002_000.0, None, 10.0);
    engine.sync_usage(&[("a", 0.0)], true, 20.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 20.0), 5.0);
    report(&mut engine, &[used(5.0)], Some(held), 30.0);
    engine.sync_usage(&[("a", 5.0)], true, 40.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 40.0), 5.0);
}

/// Regression: a cost granted at the very instant of a restore stayed in flight forever.
#[test]
fn cost_granted_at_a_restart_is_answered() {
    let mut engine = engine([day()]);
    engine.set_wall_clock(1_700_000_000_000.0, 0.0);
    let snapshot = engine.snapshot(0.0);
    engine.restore(&snapshot, 10.0).unwrap();
    let ticket = hold(&mut engine, &[("a", 5.0)], 10.0);
    report(&mut engine, &[used(5.0)], Some(ticket), 20.0);
    report(&mut engine, &[used(5.0)], None, 30.0);
    assert_eq!(tokens(&mut engine, "a", 30.0), 5.0);
}
