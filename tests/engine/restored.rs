//! What a restart must not forget: requests that were on their way, and what was used before an edge across which the clock
//! was set back.

use crate::support::{costs, engine, rule, tokens};
use multi_throttler_engine::{
    AlignedWindow, Engine, Fields, FirstRequestWindow, Limit, Options, Report, RollingWindow, Submission,
    Ticket, TokenBucket, Usage, Value,
};

/// The beginning of a window of four seconds.
const EDGE: f64 = 1_700_000_000_000.0;

/// An engine with the rule, whose time 0 is this Unix time.
fn started(limit: impl Into<Limit>, unix: f64) -> Engine {
    let mut engine = engine([]);
    engine.set_calendar(unix, 0.0);
    engine.add_rule(rule("a", limit), 0.0);
    engine
}

fn take(engine: &mut Engine, amount: f64, now: f64) -> Ticket {
    let costs = costs(engine, &[("a", amount)]);
    match engine.submit(&costs, Options { permit: true, ..Options::default() }, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

/// A window of four seconds.
fn window(jitter: f64) -> AlignedWindow {
    AlignedWindow::new(20.0, 4000.0, jitter).unwrap()
}

#[test]
fn what_may_be_on_its_way_since_before_is_not_taken_back_by_an_exact_count_for_a_jitter() {
    let limits: [Limit; 4] = [
        TokenBucket::new(20.0, 0.0).unwrap().with_jitter(100.0).unwrap().into(),
        RollingWindow::new(20.0, 60_000.0, 100.0).unwrap().into(),
        window(100.0).into(),
        FirstRequestWindow::new(20.0, 60_000.0, 100.0).unwrap().into(),
    ];
    for limit in limits {
        let name = limit.algorithm();
        let mut old = started(limit.clone(), EDGE + 1000.0);
        take(&mut old, 5.0, 10.0);
        let mut new = started(limit, EDGE + 1020.0);
        new.restore(&old.snapshot(20.0), 0.0).unwrap();
        for (said, at, left) in
            [(0.0, 0.0, 15.0), (0.0, 99.9, 15.0), (6.0, 99.9, 14.0), (2.0, 100.0, 18.0), (0.0, 101.0, 20.0)]
        {
            new.sync_usage(&[("a", said)], true, at).unwrap();
            assert_eq!(tokens(&mut new, "a", at), left, "{name} at {at}");
        }
    }
}

#[test]
fn of_rules_without_jitter_and_of_new_ones_an_exact_count_is_believed_at_once() {
    let mut old = started(window(0.0), EDGE);
    take(&mut old, 5.0, 10.0);
    let mut new = started(window(0.0), EDGE + 20.0);
    new.restore(&old.snapshot(20.0), 0.0).unwrap();
    new.add_rule(rule("b", window(100.0)), 0.0);
    new.sync_usage(&[("b", 7.0)], false, 0.0).unwrap();
    new.sync_usage(&[("a", 2.0), ("b", 3.0)], true, 0.0).unwrap();
    assert_eq!((tokens(&mut new, "a", 0.0), tokens(&mut new, "b", 0.0)), (18.0, 17.0));
}

/// What is left after a restart at this Unix time, where five were used before the edge and three after it.
fn left_at(unix: f64, limit: AlignedWindow) -> f64 {
    let mut old = started(window(200.0), EDGE - 2000.0);
    take(&mut old, 5.0, 0.0);
    take(&mut old, 3.0, 3000.0);
    let mut new = started(limit, unix);
    new.restore(&old.snapshot(3000.0), 0.0).unwrap();
    tokens(&mut new, "a", 0.0)
}

#[test]
fn a_clock_that_was_set_back_across_an_edge_brings_back_what_was_used_before_it() {
    // In the same window, the next, and the one before; far behind, and far ahead.
    for (unix, left) in [(1500.0, 17.0), (4500.0, 20.0), (-1500.0, 12.0), (-9e9, 12.0), (9e9, 20.0)]
        .map(|(ms, left)| (EDGE + ms, left))
    {
        assert_eq!(left_at(unix, window(200.0)), left, "{}", unix - EDGE);
    }
    // A window of another length is not the one before.
    let longer = AlignedWindow::new(20.0, 8000.0, 200.0).unwrap();
    assert_eq!(left_at(EDGE + 1500.0, longer), 17.0);
}

#[test]
fn of_the_window_before_the_first_nothing_is_known_and_nothing_comes_back() {
    let mut old = started(window(0.0), EDGE);
    take(&mut old, 3.0, 10.0);
    old.set_tokens("a", 15.0, 20.0);
    let mut new = started(window(0.0), EDGE - 2000.0);
    new.restore(&old.snapshot(30.0), 0.0).unwrap();
    assert_eq!(tokens(&mut new, "a", 0.0), 15.0);
}

#[test]
fn what_is_restored_is_given_back_by_answers_to_requests_sent_a_jitter_later() {
    let mut old = started(window(100.0), EDGE + 1000.0);
    take(&mut old, 5.0, 10.0);
    let mut new = started(window(100.0), EDGE + 1020.0);
    new.restore(&old.snapshot(20.0), 0.0).unwrap();
    let usage = [Usage { rule: "a", used: Some(0.0), exact: true, ..Usage::default() }];
    for (at, left) in [(50.0, 15.0), (151.0, 15.0), (160.1, 20.0)] {
        let permit = Some(take(&mut new, 1.0, at));
        let report = Report { status: 200, permit, usage: &usage, ..Report::default() };
        new.report(&report, at + 10.0).unwrap();
        assert_eq!(tokens(&mut new, "a", at + 10.0), left, "asked at {at}");
    }
}

#[test]
fn another_jitter_leaves_what_is_in_flight_where_it_was() {
    let mut engine = started(window(100.0), EDGE + 3500.0);
    take(&mut engine, 4.0, 0.0);
    let permit = Some(take(&mut engine, 2.0, 0.0));
    let patch = Fields::from_iter([("jitter", Value::Number(700.0))]);
    engine.update_rule("a", &patch, 10.0).unwrap();
    let lost = take(&mut engine, 3.0, 1300.0);
    engine.release(lost, false, 1300.0);
    // Granted before, it was not counted in the next window: nothing is given back there.
    let usage = [Usage { rule: "a", used: Some(0.0), exact: true, ..Usage::default() }];
    let date = Some(EDGE + 4000.0);
    let report = Report { status: 200, date, permit, usage: &usage, ..Report::default() };
    engine.report(&report, 1310.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1310.0), 17.0);
}
