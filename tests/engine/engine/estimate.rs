//! Estimates of how long a request would wait.

use crate::support::{bucket, costs, engine, next_due, poll_all, rule, ten, wait};
use multi_throttler_engine::{
    Concurrency, Costs, Engine, FirstRequestWindow, FixedWindow, Options, Priority, RollingWindow,
    Submission, Ticket, TokenBucket,
};

#[test]
fn estimate_counts_waiters_ahead() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for class in [Priority::Critical, Priority::Normal, Priority::Low] {
        wait(&mut engine, &one, class, 0.0);
    }
    let estimates =
        Priority::ALL.map(|priority| engine.estimate_wait(&one, priority, 500.0).unwrap());
    assert_eq!(estimates, [1500.0, 2500.0, 3500.0]);
    engine.add_rule(bucket("never", 1.0, 0.0, 0.0), 500.0);
    let never = costs(&mut engine, &[("never", 1.0)]);
    assert_eq!(engine.estimate_wait(&never, Priority::Low, 500.0), Ok(f64::INFINITY));
    assert_eq!(engine.estimate_wait(&Costs::default(), Priority::Critical, 500.0), Ok(0.0));
}

/// Drives an engine from due instant to due instant until a request is granted. Returns when it
/// was.
fn run_until(engine: &mut Engine, ticket: Ticket) -> f64 {
    loop {
        let due = next_due(engine).min(1e9);
        assert!(due < 1e9, "never");
        for (settled, outcome) in poll_all(engine, due) {
            assert_eq!(outcome, Ok(()));
            if settled == ticket {
                return due;
            }
        }
    }
}

#[test]
fn estimate_is_exact_if_nothing_else_happens() {
    let mut engine = engine([
        ten("bucket", 3.0),
        rule("debt", TokenBucket::new(5.0, 0.02).unwrap().with_debt().unwrap()),
        rule("rolling", RollingWindow::new(7.0, 300.0, 10.0).unwrap()),
        rule("fixed", FixedWindow::new(4.0, 250.0, 20.0).unwrap()),
        rule("first", FirstRequestWindow::new(6.0, 400.0, 30.0).unwrap()),
    ]);
    engine.pause(Some(&["rolling"]), 777.0, 0.0).unwrap();
    let ids = ["bucket", "debt", "rolling", "fixed", "first"];
    let mut estimated = Vec::new();
    for n in 0..60_usize {
        let amounts: Vec<_> =
            (0..3).map(|k| (ids[(n + k * k) % 5], ((n * 7 + k) % 4) as f64)).collect();
        let costs = costs(&mut engine, &amounts);
        let priority = Priority::ALL[n % 3];
        let estimate = engine.estimate_wait(&costs, priority, 0.0).unwrap();
        let options = Options { priority, ..Options::default() };
        match engine.submit(&costs, options, 0.0).unwrap() {
            Submission::Waiting(ticket) => {
                assert_eq!(run_until(&mut engine.clone(), ticket), estimate);
                estimated.push(estimate);
            }
            _ => assert_eq!(estimate, 0.0),
        }
    }
    assert!(estimated.len() > 40, "{estimated:?}");
}

#[test]
fn estimate_knows_pauses_but_not_releases() {
    let mut engine = engine([ten("a", 0.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
    engine.pause(Some(&["a"]), 1000.0, 0.0).unwrap();
    let a = costs(&mut engine, &[("a", 2.0)]);
    assert_eq!(engine.estimate_wait(&a, Priority::Normal, 300.0), Ok(700.0));
    let task = costs(&mut engine, &[("tasks", 1.0)]);
    assert_eq!(engine.estimate_wait(&task, Priority::Normal, 300.0), Ok(0.0));
    let permit = Options { permit: true, ..Options::default() };
    assert!(matches!(engine.submit(&task, permit, 300.0), Ok(Submission::Held(_))));
    assert_eq!(engine.estimate_wait(&task, Priority::Normal, 300.0), Ok(f64::INFINITY));
}

#[test]
fn max_wait_equal_to_the_estimate_is_granted() {
    let mut engine = engine([bucket("a", 3.0, 1.0 / 189.0, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let mut now = 286.344_044_593_894_8;
    for _ in 0..1000 {
        now += 156.195_494_764_406_6;
        let max_wait = engine.estimate_wait(&one, Priority::Normal, now).unwrap();
        let options = Options { max_wait, ..Options::default() };
        if let Ok(Submission::Waiting(ticket)) = engine.submit(&one, options, now) {
            now = next_due(&mut engine);
            assert_eq!(poll_all(&mut engine, now), [(ticket, Ok(()))]);
        }
    }
}

#[test]
fn estimate_is_infinite_for_a_cost_above_the_capacity() {
    let mut engine = engine([
        bucket("a", 3.0, 0.001, 0.0),
        rule("b", FirstRequestWindow::new(2.0, 1000.0, 0.0).unwrap()),
    ]);
    for costs in [[("a", 3.5), ("b", 1.0)], [("a", 1.0), ("b", 2.5)]] {
        let costs = self::costs(&mut engine, &costs);
        for priority in Priority::ALL {
            assert_eq!(engine.estimate_wait(&costs, priority, 0.0), Ok(f64::INFINITY));
        }
    }
}

#[test]
fn estimate_rejects_unknown_rules_and_invalid_costs() {
    let mut engine = engine([bucket("a", 3.0, 0.001, 0.0), bucket("b", 3.0, 0.001, 0.0)]);
    let code = |engine: &mut Engine, amount| {
        // The invalid cost is reported, although another one exceeds its capacity.
        let costs = costs(engine, &[("b", 9.0), ("a", amount)]);
        engine.estimate_wait(&costs, Priority::Normal, 0.0).unwrap_err().code()
    };
    assert_eq!(code(&mut engine, f64::NAN), "INVALID_COST");
    let removed = costs(&mut engine, &[("a", 1.0)]);
    engine.remove_rule("a", 0.0);
    assert_eq!(
        engine.estimate_wait(&removed, Priority::Normal, 0.0).unwrap_err().code(),
        "UNKNOWN_RULE"
    );
}
