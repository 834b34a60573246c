//! Events: their kinds, their fields, and the engine that records none.

use crate::support::{bucket, costs, engine, limited, poll_all, rule, set_number, ten, wait};
use multi_throttler_engine::{
    CODES, Config, Engine, Event, EventKind, MaxWaiting, Mode, Options, Priority, Report,
    RollingWindow, Usage,
};

const ALL: u32 = 0x1ff;

fn taken(engine: &mut Engine) -> Vec<Event> {
    engine.has_events(engine.now());
    engine.take_events()
}

fn kinds(engine: &mut Engine) -> Vec<EventKind> {
    taken(engine).iter().map(|event| event.kind).collect()
}

fn event(kind: EventKind, names: &[(&str, f64)], value: f64, detail: u32) -> Event {
    let names = names.iter().map(|&(name, number)| (name.to_owned(), number)).collect();
    Event { kind, names, value, detail }
}

#[test]
fn requests_are_recorded_with_costs_and_priority() {
    let mut engine = engine([ten("a", 2.0), ten("b", 10.0)]);
    engine.watch(ALL, 0.0);
    let one = costs(&mut engine, &[("a", 2.0), ("b", 1.0)]);
    let options = Options { priority: Priority::Low, ..Options::default() };
    engine.submit(&one, options, 0.0).unwrap();
    wait(&mut engine, &one, Priority::Critical, 0.0);
    let cost: &[(&str, f64)] = &[("a", 2.0), ("b", 1.0)];
    let both = [event(EventKind::Grant, cost, 0.0, 2), event(EventKind::Queue, cost, 0.0, 0)];
    let requests = |events: Vec<Event>| -> Vec<Event> {
        events.into_iter().filter(|event| event.kind != EventKind::Threshold).collect()
    };
    assert_eq!(requests(taken(&mut engine)), both);
    assert_eq!(poll_all(&mut engine, 250.0).len(), 1);
    let granted = [event(EventKind::Grant, cost, 250.0, 0), event(EventKind::Idle, &[], 0.0, 0)];
    assert_eq!(requests(taken(&mut engine)), granted);
    assert_eq!(taken(&mut engine), []);
}

#[test]
fn grants_of_the_fast_path_are_recorded() {
    let mut engine = engine([ten("a", 10.0)]);
    let slot = engine.slot("a", 0.0).unwrap();
    let one = costs(&mut engine, &[("a", 1.0)]);
    engine.submit(&one, Options::default(), 0.0).unwrap();
    engine.watch(EventKind::Grant.bit(), 0.0);
    assert!(!engine.grant([(slot, 1.0)].into_iter(), Priority::Normal, 0.0));
    engine.submit(&one, Options::default(), 0.0).unwrap();
    assert_eq!(kinds(&mut engine), [EventKind::Grant]);
    engine.watch(0, 0.0);
    engine.submit(&one, Options::default(), 500.0).unwrap();
    assert!(engine.grant([(slot, 1.0)].into_iter(), Priority::Normal, 500.0));
    assert!(!engine.has_events(500.0));
}

#[test]
fn rejections_are_recorded_by_code_with_the_rule_at_fault() {
    let mut engine = limited(MaxWaiting::Total(1.0));
    engine.add_rule(ten("a", 0.0), 0.0);
    engine.watch(EventKind::Reject.bit(), 0.0);
    let (one, eleven) = (costs(&mut engine, &[("a", 1.0)]), costs(&mut engine, &[("a", 11.0)]));
    engine.submit(&eleven, Options::default(), 0.0).unwrap_err();
    wait(&mut engine, &one, Priority::Normal, 0.0);
    engine.submit(&one, Options::default(), 0.0).unwrap_err();
    engine.remove_rule("a", 0.0);
    let recorded: Vec<(&str, Vec<(String, f64)>)> =
        taken(&mut engine).into_iter().map(|e| (CODES[e.detail as usize], e.names)).collect();
    let a = || vec![("a".into(), 0.0)];
    assert_eq!(
        recorded,
        [("COST_EXCEEDS_CAPACITY", a()), ("QUEUE_OVERFLOW", vec![]), ("UNKNOWN_RULE", a())]
    );
}

#[test]
fn cancelled_last_waiter_leaves_the_engine_idle() {
    let mut engine = engine([ten("a", 0.0)]);
    engine.watch(EventKind::Idle.bit(), 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let (first, second) = (
        wait(&mut engine, &one, Priority::Normal, 0.0),
        wait(&mut engine, &one, Priority::Normal, 0.0),
    );
    engine.cancel(first);
    assert!(!engine.has_events(0.0));
    engine.cancel(second);
    assert_eq!(kinds(&mut engine), [EventKind::Idle]);
}

#[test]
fn mode_is_recorded_when_set_and_when_it_ends() {
    let modes = vec![Mode { name: "burst".into(), buffer: 0.5, reserve: 0.0 }];
    let mut engine = Engine::new(Config { modes, ..Config::default() }).unwrap();
    engine.watch(EventKind::Mode.bit(), 0.0);
    engine.set_mode("burst", 100.0, 0.0).unwrap();
    assert_eq!(taken(&mut engine), [event(EventKind::Mode, &[("burst", 0.0)], 0.0, 0)]);
    engine.set_mode("burst", 200.0, 50.0).unwrap();
    assert!(!engine.has_events(249.0));
    assert!(engine.has_events(250.0));
    assert_eq!(taken(&mut engine), [event(EventKind::Mode, &[("normal", 0.0)], 0.0, 0)]);
}

#[test]
fn pause_and_its_end_are_recorded_once() {
    let mut engine = engine([ten("a", 10.0), ten("b", 10.0)]);
    engine.watch(ALL, 0.0);
    engine.resume(None, 0.0).unwrap();
    assert_eq!(taken(&mut engine), [], "nothing was paused");
    engine.pause(Some(&["a"]), 100.0, 0.0).unwrap();
    engine.pause(Some(&["a"]), 50.0, 0.0).unwrap();
    let paused = |until| event(EventKind::Pause, &[("a", 0.0)], until, 0);
    let resumed = event(EventKind::Resume, &[("a", 0.0)], 0.0, 0);
    assert_eq!(taken(&mut engine), [paused(100.0)], "a shorter pause changes nothing");
    engine.pause(Some(&["a"]), 200.0, 60.0).unwrap();
    assert_eq!(taken(&mut engine), [paused(200.0)]);
    assert!(!engine.has_events(199.0));
    assert!(engine.has_events(200.0));
    assert_eq!(taken(&mut engine), std::slice::from_ref(&resumed));
    engine.pause(Some(&["a"]), 400.0, 300.0).unwrap();
    engine.resume(Some(&["a"]), 350.0).unwrap();
    assert_eq!(taken(&mut engine), [paused(400.0), resumed]);
    assert!(!engine.has_events(500.0), "its end was recorded by hand");
}

#[test]
fn refusal_is_recorded_with_its_status() {
    let mut engine = engine([ten("a", 10.0), ten("b", 10.0)]);
    engine.watch(ALL, 0.0);
    let ban = Report { status: 418, retry_after: Some(500.0), ..Report::default() };
    engine.report(&ban, 0.0).unwrap();
    let again = Report { status: 429, rules: Some(&["b"]), ..ban };
    engine.report(&Report { retry_after: Some(900.0), ..again }, 0.0).unwrap();
    assert_eq!(
        taken(&mut engine),
        [
            event(EventKind::Pause, &[], 500.0, 418),
            event(EventKind::Pause, &[("b", 0.0)], 900.0, 429)
        ]
    );
    engine.has_events(500.0);
    assert_eq!(taken(&mut engine), [event(EventKind::Resume, &[], 0.0, 0)]);
    engine.has_events(900.0);
    assert_eq!(taken(&mut engine), [event(EventKind::Resume, &[("b", 0.0)], 0.0, 0)]);
}

#[test]
fn pause_from_before_the_watch_is_resumed() {
    let mut engine = engine([ten("a", 10.0), ten("b", 10.0)]);
    engine.pause(None, 100.0, 0.0).unwrap();
    engine.pause(Some(&["b"]), 200.0, 0.0).unwrap();
    engine.watch(EventKind::Resume.bit(), 0.0);
    engine.has_events(100.0);
    assert_eq!(taken(&mut engine), [event(EventKind::Resume, &[], 0.0, 0)]);
    engine.has_events(200.0);
    assert_eq!(taken(&mut engine), [event(EventKind::Resume, &[("b", 0.0)], 0.0, 0)]);
}

#[test]
fn reported_usage_is_recorded_and_crosses_levels() {
    let mut engine = engine([bucket("a", 10.0, 0.0, 10.0)]);
    engine.watch(ALL, 0.0);
    let usage = [Usage { rule: "a", used: Some(9.5), ..Usage::default() }];
    engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, 0.0).unwrap();
    let threshold = |level| event(EventKind::Threshold, &[("a", 0.95)], level, 0);
    assert_eq!(
        taken(&mut engine),
        [threshold(0.75), threshold(0.9), event(EventKind::Sync, &[("a", 9.5)], 0.0, 0)]
    );
}

#[test]
fn levels_are_crossed_once_on_each_way_up() {
    let mut engine = engine([ten("a", 10.0)]);
    engine.watch(EventKind::Threshold.bit(), 0.0);
    let mut levels = |amount: f64, now: f64| -> Vec<f64> {
        let costs = costs(&mut engine, &[("a", amount)]);
        engine.submit(&costs, Options::default(), now).unwrap();
        taken(&mut engine).iter().map(|event| event.value).collect()
    };
    assert_eq!(levels(7.0, 0.0), []);
    assert_eq!(levels(1.0, 0.0), [0.75]);
    assert_eq!(levels(0.5, 0.0), []);
    assert_eq!(levels(1.5, 0.0), [0.9, 1.0]);
    // Two tokens have come back, so that the highest two levels are crossed anew.
    assert_eq!(levels(2.0, 200.0), [0.9, 1.0]);
    assert_eq!(levels(10.0, 1300.0), [0.75, 0.9, 1.0]);
}

#[test]
fn waiter_and_lower_limit_cross_levels() {
    let mut engine = engine([rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let eight = costs(&mut engine, &[("a", 8.0)]);
    engine.submit(&eight, Options::default(), 0.0).unwrap();
    wait(&mut engine, &eight, Priority::Normal, 0.0);
    engine.watch(EventKind::Threshold.bit(), 0.0);
    assert_eq!(poll_all(&mut engine, 1100.0).len(), 1);
    let levels: Vec<f64> = taken(&mut engine).iter().map(|event| event.value).collect();
    assert_eq!(levels, [0.75]);
    set_number(&mut engine, "a", "limit", 8.0, 1100.0);
    let levels: Vec<f64> = taken(&mut engine).iter().map(|event| event.value).collect();
    assert_eq!(levels, [0.9, 1.0]);
}

#[test]
fn level_reached_before_the_watch_is_no_crossing() {
    let mut engine = engine([ten("a", 1.0)]);
    engine.watch(EventKind::Threshold.bit(), 0.0);
    let half = costs(&mut engine, &[("a", 0.5)]);
    engine.submit(&half, Options::default(), 0.0).unwrap();
    assert_eq!(taken(&mut engine), []);
}

#[test]
fn copy_of_an_engine_records_nothing() {
    let mut engine = engine([ten("a", 10.0)]);
    engine.watch(ALL, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let mut copy = engine.clone();
    copy.submit(&one, Options::default(), 0.0).unwrap();
    assert!(!copy.has_events(0.0));
}

#[test]
fn free_grants_of_the_fast_path_are_recorded() {
    let mut engine = engine([ten("a", 10.0)]);
    let slot = engine.slot("a", 0.0).unwrap();
    engine.watch(EventKind::Grant.bit(), 0.0);
    let (nothing, free): (&[_], &[_]) = (&[], &[(slot, 0.0)]);
    for costs in [nothing, free] {
        assert!(!engine.grant(costs.iter().copied(), Priority::Normal, 0.0), "{costs:?}");
    }
}

#[test]
fn pause_of_several_rules_is_recorded_if_it_extends_one() {
    let mut engine = engine([ten("a", 10.0), ten("b", 10.0)]);
    engine.watch(EventKind::Pause.bit(), 0.0);
    engine.pause(Some(&["a"]), 100.0, 0.0).unwrap();
    engine.take_events();
    engine.pause(Some(&["a", "b"]), 50.0, 0.0).unwrap();
    let both = event(EventKind::Pause, &[("a", 0.0), ("b", 0.0)], 100.0, 0);
    assert_eq!(taken(&mut engine), [both], "b was not paused before");
    engine.pause(Some(&["a", "b"]), 50.0, 10.0).unwrap();
    assert_eq!(taken(&mut engine), [], "nothing has changed");
}
