//! Statistics: counts of outcomes, waits, and the state of the server.

use crate::support::{costs, engine, limited, poll_all, ten, wait, within};
use multi_throttler_engine::{
    CODES, Config, Costs, Engine, MaxWaiting, Options, Priority, Rejection, Report, Stats,
};

fn rejected(engine: &mut Engine) -> Vec<(&'static str, u64)> {
    let counts = engine.stats(engine.now()).rejected;
    CODES.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}

#[test]
fn grants_are_counted_at_once_and_after_a_wait() {
    let mut engine = engine([ten("a", 10.0)]);
    let (five, slot) = (costs(&mut engine, &[("a", 5.0)]), engine.slot("a", 0.0).unwrap());
    assert_eq!(engine.stats(0.0), Stats { paused_until: f64::NEG_INFINITY, ..Stats::default() });
    engine.submit(&five, Options::default(), 0.0).unwrap();
    let one = [(slot, 1.0)];
    assert!((0..4).all(|_| {
        engine.grant(one.into_iter(), Priority::Normal, 0.0)
            || engine.try_submit(&costs_of(&one), Priority::Normal, 0.0).unwrap()
    }));
    wait(&mut engine, &five, Priority::Normal, 0.0);
    assert_eq!(engine.stats(0.0).granted, 5);
    assert_eq!(poll_all(&mut engine, 400.0).len(), 1);
    let stats = engine.stats(400.0);
    assert_eq!((stats.granted, stats.wait.p50, stats.wait.max), (6, 0.0, 400.0));
    assert!((stats.wait.p99 / 400.0 - 1.0).abs() <= 1.0 / 32.0, "{:?}", stats.wait);
}

fn costs_of(amounts: &[(multi_throttler_engine::Slot, f64)]) -> Costs {
    let mut costs = Costs::default();
    amounts.iter().for_each(|(slot, amount)| costs.add(*slot, *amount));
    costs
}

#[test]
fn rejections_are_counted_by_code() {
    let mut engine = limited(MaxWaiting::Total(2.0));
    engine.add_rule(ten("a", 0.0), 0.0);
    let (one, eleven) = (costs(&mut engine, &[("a", 1.0)]), costs(&mut engine, &[("a", 11.0)]));
    engine.submit(&eleven, Options::default(), 0.0).unwrap_err();
    engine.try_submit(&eleven, Priority::Low, 0.0).unwrap_err();
    engine.submit(&one, within(50.0), 0.0).unwrap_err();
    let first = wait(&mut engine, &one, Priority::Normal, 0.0);
    wait(&mut engine, &one, Priority::Normal, 0.0);
    engine.submit(&one, Options::default(), 0.0).unwrap_err();
    assert!(engine.cancel(first) && !engine.cancel(first));
    engine.clear(&Rejection::Cleared);
    let unknown = engine.slot("b", 0.0).unwrap_err();
    engine.count_rejection(&unknown);
    assert_eq!(
        rejected(&mut engine),
        [
            ("UNKNOWN_RULE", 1),
            ("COST_EXCEEDS_CAPACITY", 2),
            ("QUEUE_OVERFLOW", 1),
            ("WAIT_TIMEOUT", 1),
            ("CLEARED", 1)
        ]
    );
    assert_eq!(engine.stats(0.0).aborted, 1);
}

#[test]
fn expired_waiter_counts_as_timeout() {
    let mut engine = engine([ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    engine.submit(&one, within(150.0), 0.0).unwrap();
    engine.pause(None, 500.0, 0.0).unwrap();
    assert_eq!(poll_all(&mut engine, 200.0).len(), 1);
    assert_eq!(rejected(&mut engine), [("WAIT_TIMEOUT", 1)]);
}

#[test]
fn estimates_and_vain_tries_count_nothing() {
    let mut engine = engine([ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(engine.estimate_wait(&one, Priority::Normal, 0.0), Ok(200.0));
    assert_eq!(engine.try_submit(&one, Priority::Normal, 0.0), Ok(false));
    let stats = engine.stats(0.0);
    assert_eq!((stats.granted, stats.aborted, stats.rejected), (0, 0, [0; 10]));
}

#[test]
fn refusals_and_the_longest_pause_are_told() {
    let mut engine = engine([ten("a", 10.0), ten("b", 10.0)]);
    let report = Report { status: 429, retry_after: Some(700.0), ..Report::default() };
    engine.report(&report, 100.0).unwrap();
    engine.pause(Some(&["b"]), 1000.0, 100.0).unwrap();
    let stats = engine.stats(100.0);
    assert_eq!((stats.consecutive_429, stats.paused_until), (1, 1000.0));
    engine.resume(Some(&["b"]), 100.0).unwrap();
    assert_eq!(engine.stats(100.0).paused_until, 800.0);
    assert_eq!(engine.stats(800.0).paused_until, f64::NEG_INFINITY);
}

#[test]
fn throttle_factor_follows_the_rule_used_most() {
    let mut engine = engine([ten("a", 10.0), ten("b", 10.0)]);
    let (a, b) = (costs(&mut engine, &[("a", 5.0)]), costs(&mut engine, &[("b", 9.0)]));
    let factors = [a, b].map(|costs| {
        engine.submit(&costs, Options::default(), 0.0).unwrap();
        engine.stats(0.0).throttle_factor
    });
    assert_eq!(factors, [0.2, 1.0]);
    assert_eq!(engine.stats(1000.0).throttle_factor, 0.0);
}

#[test]
fn counts_outlive_a_successor() {
    let mut old = engine([ten("a", 10.0)]);
    let one = costs(&mut old, &[("a", 1.0)]);
    old.submit(&one, Options::default(), 0.0).unwrap();
    let mut new = Engine::new(Config::default()).unwrap();
    new.succeed(&mut old);
    assert_eq!((new.stats(0.0).granted, old.stats(0.0).granted), (1, 0));
}

#[test]
fn longest_waits_are_exact_although_waiters_overtake_others() {
    let mut engine = engine([ten("a", 0.0), ten("b", 0.0)]);
    let of_a = costs(&mut engine, &[("a", 10.0)]);
    let of_b = costs(&mut engine, &[("b", 1.0)]);
    assert_eq!(engine.longest_waits(5.0), [0.0; 3]);
    // The first one waits until 1000, and later ones pass it.
    wait(&mut engine, &of_a, Priority::Normal, 10.0);
    wait(&mut engine, &of_b, Priority::Normal, 12.0);
    let low = wait(&mut engine, &of_b, Priority::Low, 14.0);
    assert_eq!(engine.longest_waits(15.0), [0.0, 5.0, 1.0]);
    assert_eq!(poll_all(&mut engine, 100.0).len(), 1);
    assert_eq!(engine.longest_waits(110.0), [0.0, 100.0, 96.0]);
    // Another priority keeps the instant of the submission.
    assert!(engine.set_priority(low, Priority::Critical, 111.0));
    assert_eq!(engine.longest_waits(111.0), [97.0, 101.0, 0.0]);
    assert_eq!(engine.clear(&Rejection::Cleared), 2);
    assert_eq!(engine.longest_waits(112.0), [0.0; 3]);
}
