//! Changing the configuration of a running engine.

use crate::support::{
    capacity, costs, engine, modes, next_due, poll_all, rule, ten, wait, with_config,
};
use multi_throttler_engine::{
    BackoffConfig, Config, Engine, EventKind, FixedWindow, MaxWaiting, Mode, Options, Ordering,
    Overflow, Priority, Rejection, Report, Submission,
};

fn change(engine: &mut Engine, change: impl FnOnce(&mut Config), now: f64) {
    let mut config = engine.config();
    change(&mut config);
    engine.configure(config, now).unwrap();
}

#[test]
fn configuration_is_that_of_the_engine() {
    let config = Config {
        max_waiting: MaxWaiting::Total(7.0),
        ordering: Ordering::StrictFifo,
        reservations: 5,
        overflow: Overflow::DropOldest,
        aging: 500.0,
        share: 0.5,
        modes: vec![Mode { name: "normal".into(), buffer: 0.1, reserve: 0.2 }],
        backoff: BackoffConfig { base: 7.0, ..BackoffConfig::default() },
        adaptive: true,
    };
    assert_eq!(Engine::new(config.clone()).unwrap().config(), config);
}

#[test]
fn lower_queue_limit_rejects_new_requests_only() {
    let mut engine = engine([ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..3 {
        wait(&mut engine, &one, Priority::Normal, 0.0);
    }
    change(&mut engine, |config| config.max_waiting = MaxWaiting::Total(1.0), 0.0);
    let full = Err(Rejection::QueueOverflow { max_capacity: 1.0 });
    assert_eq!(engine.submit(&one, Options::default(), 0.0), full);
    assert_eq!(poll_all(&mut engine, 300.0).len(), 3);
    wait(&mut engine, &one, Priority::Normal, 300.0);
}

#[test]
fn victims_of_a_full_queue_follow_the_change() {
    let mut engine = engine([ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let [first, second, third] =
        [Priority::Low, Priority::Low, Priority::Normal].map(|p| wait(&mut engine, &one, p, 0.0));
    let set = |overflow| {
        move |config: &mut Config| {
            (config.max_waiting, config.overflow) = (MaxWaiting::Total(3.0), overflow);
        }
    };
    let dropped = |engine: &mut Engine, overflow| {
        change(engine, set(overflow), 0.0);
        wait(engine, &one, Priority::Critical, 0.0);
        poll_all(engine, 0.0)[0].0
    };
    assert_eq!(dropped(&mut engine, Overflow::DropOldest), first);
    assert_eq!(dropped(&mut engine, Overflow::DropLowest), second);
    assert_eq!(dropped(&mut engine, Overflow::DropOldest), third);
}

#[test]
fn ordering_of_waiters_can_change() {
    let mut engine = engine([ten("a", 5.0), ten("b", 5.0)]);
    let (blocked, small) = (costs(&mut engine, &[("a", 9.0)]), costs(&mut engine, &[("b", 1.0)]));
    change(&mut engine, |config| config.ordering = Ordering::StrictFifo, 0.0);
    wait(&mut engine, &blocked, Priority::Normal, 0.0);
    let behind = wait(&mut engine, &small, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 400.0);
    change(&mut engine, |config| config.ordering = Ordering::WorkConserving, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(behind, Ok(()))]);
    change(&mut engine, |config| config.ordering = Ordering::StrictFifo, 0.0);
    wait(&mut engine, &small, Priority::Normal, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), []);
}

#[test]
fn aging_begins_with_the_submission() {
    let mut engine = engine([ten("a", 0.0)]);
    let (low, normal) = (costs(&mut engine, &[("a", 2.0)]), costs(&mut engine, &[("a", 1.0)]));
    let first = wait(&mut engine, &low, Priority::Low, 0.0);
    change(&mut engine, |config| config.aging = 100.0, 50.0);
    let second = wait(&mut engine, &normal, Priority::Normal, 60.0);
    assert_eq!(poll_all(&mut engine, 100.0), []);
    assert_eq!(poll_all(&mut engine, 300.0), [(first, Ok(())), (second, Ok(()))]);
}

#[test]
fn modes_and_share_change_limits_and_keep_the_mode() {
    let mut engine = with_config(modes(&[("half", 0.5, 0.0)]), [ten("a", 10.0)]);
    engine.watch(EventKind::Mode.bit(), 0.0);
    engine.set_mode("half", 1000.0, 0.0).unwrap();
    assert!(engine.has_events(0.0));
    engine.take_events();
    change(
        &mut engine,
        |config| config.modes = modes(&[("first", 0.0, 0.0), ("half", 0.4, 0.0)]).modes,
        0.0,
    );
    assert_eq!((capacity(&mut engine, "a", 0.0), engine.mode(0.0)), (6.0, "half"));
    assert!(!engine.has_events(0.0), "the mode is the same");
    assert_eq!(engine.mode(1000.0), "normal");
    engine.set_mode("half", 1000.0, 1000.0).unwrap();
    engine.has_events(1000.0);
    engine.take_events();
    change(&mut engine, |config| (config.modes, config.share) = (Vec::new(), 0.5), 1000.0);
    assert_eq!((capacity(&mut engine, "a", 1000.0), engine.mode(1000.0)), (5.0, "normal"));
    assert!(engine.has_events(1000.0));
}

#[test]
fn end_of_a_mode_is_recorded_beside_a_change() {
    let mut engine = with_config(modes(&[("half", 0.5, 0.0)]), [ten("a", 10.0)]);
    engine.watch(EventKind::Mode.bit(), 0.0);
    engine.set_mode("half", 100.0, 0.0).unwrap();
    engine.has_events(0.0);
    engine.take_events();
    change(&mut engine, |config| config.aging = 5.0, 200.0);
    assert!(engine.has_events(200.0));
    assert_eq!(engine.take_events()[0].names, [("normal".into(), 0.0)]);
}

#[test]
fn waiter_beyond_a_smaller_share_is_rejected() {
    let mut engine = engine([ten("a", 0.0)]);
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let ticket = wait(&mut engine, &eight, Priority::Normal, 0.0);
    change(&mut engine, |config| config.share = 0.5, 0.0);
    let rejection = Rejection::CostExceedsCapacity { rule: "a".into(), cost: 8.0, capacity: 5.0 };
    assert_eq!(poll_all(&mut engine, 0.0), [(ticket, Err(rejection))]);
}

#[test]
fn back_off_continues_with_other_times() {
    let mut engine = engine([ten("a", 10.0)]);
    let refused = Report { status: 429, ..Report::default() };
    engine.report(&refused, 0.0).unwrap();
    change(&mut engine, |config| config.backoff.base = 10.0, 2000.0);
    engine.report(&refused, 2000.0).unwrap();
    assert_eq!(engine.refusals(), (2, 2040.0));
}

#[test]
fn invalid_configuration_changes_nothing() {
    let mut engine = engine([ten("a", 10.0)]);
    let before = engine.config();
    for invalid in [
        Config { aging: 0.0, ..before.clone() },
        Config { share: 2.0, ordering: Ordering::StrictFifo, ..before.clone() },
        Config { backoff: BackoffConfig { max: 0.0, ..before.backoff }, ..before.clone() },
    ] {
        engine.configure(invalid, 0.0).unwrap_err();
        assert_eq!(engine.config(), before);
    }
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
}

#[test]
fn change_of_reservations_plans_waiters_anew() {
    let window = FixedWindow::new(100.0, 1000.0, 0.0).unwrap();
    let mut engine =
        with_config(Config { reservations: 0, ..Config::default() }, [rule("a", window)]);
    let [sixty, fifty, ten] = [60.0, 50.0, 10.0].map(|amount| costs(&mut engine, &[("a", amount)]));
    assert_eq!(engine.submit(&sixty, Options::default(), 0.0), Ok(Submission::Granted));
    wait(&mut engine, &fifty, Priority::Normal, 0.0);
    let ten = wait(&mut engine, &ten, Priority::Normal, 0.0);
    assert_eq!(poll_all(&mut engine, 1.0), []);
    change(&mut engine, |config| config.reservations = 2, 1.0);
    assert_eq!(poll_all(&mut engine, 1.0), [(ten, Ok(()))]);
}
