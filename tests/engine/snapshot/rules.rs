//! Snapshots and rules: which of them are restored, and what happens to waiters and permits.

use super::{elapsed, restart};
use crate::support::{costs, engine, poll_all, respond, rule, tokens, wait};
use multi_throttler_engine::{
    Concurrency, Engine, Options, Priority, RollingWindow, SavedRule, Submission, TokenBucket,
};

#[test]
fn waiters_are_kept_and_replanned() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.01).unwrap())]);
    let full = engine.snapshot(0.0);
    let costs = costs(&mut engine, &[("a", 10.0)]);
    assert_eq!(engine.submit(&costs, Options::default(), 0.0), Ok(Submission::Granted));
    let ticket = wait(&mut engine, &costs, Priority::Normal, 0.0);
    engine.restore(&full, 0.0).unwrap();
    assert_eq!(poll_all(&mut engine, 0.0), [(ticket, Ok(()))]);
}

#[test]
fn missing_and_new_rules_are_left_alone() {
    let mut old = engine([
        rule("a", TokenBucket::new(10.0, 0.0).unwrap()),
        rule("removed", TokenBucket::new(10.0, 0.0).unwrap()),
        rule("other", TokenBucket::new(10.0, 0.0).unwrap()),
    ]);
    for id in ["a", "removed", "other"] {
        assert!(old.set_tokens(id, 4.0, 0.0));
    }
    let snapshot = old.snapshot(0.0);
    let mut new = engine([
        rule("a", TokenBucket::new(20.0, 0.0).unwrap()),
        rule("other", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("new", TokenBucket::new(10.0, 0.0).unwrap()),
    ]);
    new.restore(&snapshot, 0.0).unwrap();
    let remaining: Vec<_> =
        new.status(0.0).into_iter().map(|status| (status.id, status.tokens)).collect();
    assert_eq!(
        remaining,
        [("a".to_owned(), 14.0), ("other".to_owned(), 10.0), ("new".to_owned(), 10.0)]
    );
}

#[test]
fn costs_in_flight_count_and_permits_stay_held() {
    let rules = || {
        [
            rule("a", TokenBucket::new(10.0, 0.0).unwrap()),
            rule("slots", Concurrency::new(3.0).unwrap()),
        ]
    };
    let mut old = engine(rules());
    let costs = costs(&mut old, &[("a", 4.0), ("slots", 1.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Held(ticket)) = old.submit(&costs, permit, 0.0) else { panic!() };
    let snapshot = old.snapshot(0.0);
    old.restore(&snapshot, 0.0).unwrap();
    assert_eq!((tokens(&mut old, "a", 0.0), tokens(&mut old, "slots", 0.0)), (6.0, 2.0));
    // The request was never sent, but restoring set the usage anew.
    assert!(old.release(ticket, true, 0.0));
    assert_eq!((tokens(&mut old, "a", 0.0), tokens(&mut old, "slots", 0.0)), (6.0, 3.0));
    let mut new = engine(rules());
    new.restore(&snapshot, 0.0).unwrap();
    assert_eq!((tokens(&mut new, "a", 0.0), tokens(&mut new, "slots", 0.0)), (6.0, 3.0));
}

#[test]
fn members_beyond_the_maximum_are_not_restored() {
    let mut engine = restart::started(0.0);
    let mut snapshot = engine.snapshot(0.0);
    for n in 0..10_050 {
        let saved = SavedRule {
            id: format!("family:{n}"),
            algorithm: "rolling-window".into(),
            used: vec![0.0, 1.0],
            paused_for: 0.0,
        };
        snapshot.rules.push(saved);
    }
    engine.restore(&snapshot, 0.0).unwrap();
    assert_eq!(engine.status(0.0).len(), restart::rules().len() + 10_000);
}

#[test]
fn only_rules_of_the_same_algorithm_are_restored() {
    let mut old = elapsed::started(0.0);
    let costs_of = |engine: &mut Engine| costs(engine, &[("a", 3.0), ("f:x", 2.0)]);
    let some = costs_of(&mut old);
    assert_eq!(old.submit(&some, Options::default(), 0.0), Ok(Submission::Granted));
    let snapshot = old.snapshot(0.0);
    let ids: Vec<&str> = snapshot.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "f:*", "tasks", "f:x"]);
    let mut new = elapsed::started(0.0);
    new.add_rule(rule("a", TokenBucket::new(10.0, 0.0).unwrap()), 0.0);
    new.restore(&snapshot, 0.0).unwrap();
    assert_eq!((tokens(&mut new, "a", 0.0), tokens(&mut new, "f:x", 0.0)), (10.0, 8.0));
    assert_eq!(tokens(&mut new, "f:x", 10_000.0_f64), 8.0);
}

/// Regression: a pause of all was lost, so rules added after the restart were not paused.
#[test]
fn pause_of_all_covers_new_rules_after_a_restart() {
    let bucket = |id| rule(id, TokenBucket::new(10.0, 1.0).unwrap());
    let mut old = engine([bucket("a"), bucket("b")]);
    respond(&mut old, 418, None, 0.0);
    old.resume(Some(&["b"]), 0.0).unwrap();
    let mut new = engine([bucket("a"), bucket("b"), bucket("new")]);
    new.restore(&old.snapshot(0.0), 0.0).unwrap();
    let granted = ["a", "b", "new"].map(|id| {
        let one = costs(&mut new, &[(id, 1.0)]);
        new.try_submit(&one, Priority::Normal, 100.0).unwrap()
    });
    assert_eq!(granted, [false, true, false]);
}

#[test]
fn parts_have_each_rule_once_and_restore_as_the_whole() {
    let id = |n: u8| format!("r{n}");
    let rules = || (0..10).map(|n| rule(&id(n), RollingWindow::new(10.0, 1000.0, 0.0).unwrap()));
    let (mut old, mut new) = (engine(rules()), engine(rules()));
    for n in 0..10 {
        let costs = costs(&mut old, &[(&id(n), f64::from(n))]);
        assert_eq!(old.submit(&costs, Options::default(), 0.0), Ok(Submission::Granted));
    }
    let mut ids = Vec::new();
    let mut from = 0;
    while let Some(part) = old.snapshot_part(&(from..from + 4), 0.0) {
        // A rule that goes meanwhile moves no other rule.
        if from == 0 {
            assert!(old.remove_rule("r1", 0.0));
        }
        ids.extend(part.rules.iter().map(|saved| saved.id.clone()));
        new.restore(&part, 0.0).unwrap();
        from += 4;
    }
    assert_eq!(ids, (0..10).map(id).collect::<Vec<_>>());
    for n in 0..10 {
        assert_eq!(tokens(&mut new, &id(n), 0.0), 10.0 - f64::from(n));
    }
    assert_eq!(old.snapshot_part(&(12..16), 0.0), None);
}
