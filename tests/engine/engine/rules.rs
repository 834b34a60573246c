//! Rules that are added, replaced and removed, and tokens that are set, while requests wait.

use crate::support::{bucket, costs, engine, hold, next_due, poll_all, rule, tokens, wait};
use multi_throttler_engine::{
    Concurrency, Limit, Priority, Rejection, RollingWindow, Rule, TokenBucket,
};

#[test]
fn removing_a_rule_rejects_its_waiters_and_replans_others() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0), bucket("b", 1.0, 0.0005, 1.0)]);
    let both = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
    let only_b = costs(&mut engine, &[("b", 1.0)]);
    let on_a = wait(&mut engine, &both, Priority::Normal, 0.0);
    let on_b = wait(&mut engine, &only_b, Priority::Normal, 0.0);
    assert!(engine.remove_rule("a", 0.0));
    assert_eq!((engine.waiting(None), engine.due()), (1, 0.0));
    let removed = Rejection::RuleRemoved { rule: "a".into() };
    assert_eq!(removed.to_string(), "Unknown throttle rule: a");
    assert_eq!(poll_all(&mut engine, 0.0), [(on_a, Err(removed)), (on_b, Ok(()))]);
    assert!(!engine.remove_rule("a", 0.0));
    assert_eq!(
        engine.slot("a", 0.0).unwrap_err().to_string(),
        "Unknown throttle rule: a. Available rules: b"
    );
}

#[test]
fn replacing_a_rule_rejects_waiters_beyond_its_capacity() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 0.0), bucket("b", 1.0, 0.001, 1.0)]);
    let (ten, two) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 2.0)]));
    let first = wait(&mut engine, &ten, Priority::Normal, 0.0);
    let second = wait(&mut engine, &two, Priority::Normal, 0.0);
    engine.add_rule(bucket("a", 5.0, 0.001, 2.0), 0.0);
    let too_much = Rejection::CostExceedsCapacity { rule: "a".into(), cost: 10.0, capacity: 5.0 };
    assert_eq!(poll_all(&mut engine, 0.0), [(first, Err(too_much)), (second, Ok(()))]);
    let ids: Vec<_> = engine.status(0.0).into_iter().map(|rule| rule.id).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn slot_is_reused_after_its_rule_is_removed() {
    let mut engine = engine([bucket("a", 1.0, 0.0, 1.0), bucket("b", 2.0, 0.0, 2.0)]);
    engine.remove_rule("a", 0.0);
    engine.add_rule(bucket("c", 3.0, 0.0, 3.0), 0.0);
    engine.add_rule(bucket("a", 4.0, 0.0, 4.0), 0.0);
    let status: Vec<_> =
        engine.status(0.0).into_iter().map(|rule| (rule.id, rule.capacity)).collect();
    assert_eq!(status, [("b".into(), 2.0), ("c".into(), 3.0), ("a".into(), 4.0)]);
}

/// Regression: granted without a permit, the request kept its part of the limit for good.
#[test]
fn waiter_without_permit_is_rejected_once_one_is_needed() {
    let mut engine =
        engine([rule("a", TokenBucket::new(2.0, 0.0).unwrap().with_tokens(0.0).unwrap())]);
    let cost = costs(&mut engine, &[("a", 1.0)]);
    let ticket = wait(&mut engine, &cost, Priority::Normal, 0.0);
    engine.add_rule(rule("a", Concurrency::new(2.0).unwrap()), 0.0);
    let rejection = Rejection::NeedsPermit { rule: "a".to_owned() };
    assert_eq!(poll_all(&mut engine, 0.0), [(ticket, Err(rejection))]);
    assert_eq!(tokens(&mut engine, "a", 0.0), 2.0);
}

#[test]
fn permit_of_a_removed_rule_spares_its_successor() {
    let mut engine = engine([
        rule("a", Concurrency::new(2.0).unwrap()),
        rule("b", Concurrency::new(2.0).unwrap()),
    ]);
    let held = hold(&mut engine, &[("a", 1.0), ("b", 1.0)], 0.0);
    assert!(engine.remove_rule("a", 0.0));
    // The new rule gets the slot of the removed one.
    engine.add_rule(rule("c", Concurrency::new(2.0).unwrap()), 0.0);
    hold(&mut engine, &[("c", 1.0)], 0.0);
    assert!(engine.release(held, true, 0.0));
    assert_eq!(["b", "c"].map(|id| tokens(&mut engine, id, 0.0)), [2.0, 1.0]);
}

#[test]
fn refund_after_replacing_a_rule_changes_nothing() {
    let window = || rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap());
    let mut engine = engine([window()]);
    let held = hold(&mut engine, &[("a", 4.0)], 0.0);
    engine.add_rule(window(), 0.0);
    hold(&mut engine, &[("a", 6.0)], 0.0);
    assert!(engine.release(held, true, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 4.0);
}

#[test]
fn set_tokens_and_reset_grant_waiters() {
    let mut engine = engine([bucket("a", 10.0, 0.0, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..20 {
        wait(&mut engine, &one, Priority::Normal, 0.0);
    }
    assert_eq!(next_due(&mut engine), f64::INFINITY);
    assert!(engine.set_tokens("a", 3.0, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0).len(), 3);
    assert!(engine.set_tokens("a", 1e9, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0).len(), 10);
    assert!(engine.set_tokens("a", -5.0, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
    assert!(!engine.set_tokens("unknown", 1.0, 0.0));
    assert!(!engine.set_tokens("a", f64::NAN, 0.0));
    engine.reset(0.0);
    assert_eq!(poll_all(&mut engine, 0.0).len(), 7);
}

#[test]
fn set_tokens_voids_refunds_of_earlier_costs() {
    let limits: [Limit; 2] = [
        TokenBucket::new(10.0, 0.0).unwrap().into(),
        RollingWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
    ];
    for limit in limits {
        let mut engine = engine([Rule::new("a", limit).unwrap()]);
        // All calls are made at the same instant, so their order decides.
        let before = hold(&mut engine, &[("a", 4.0)], 5.0);
        engine.set_tokens("a", 2.0, 5.0);
        let after = hold(&mut engine, &[("a", 1.0)], 5.0);
        assert!(engine.release(before, true, 5.0));
        assert_eq!(tokens(&mut engine, "a", 5.0), 1.0);
        assert!(engine.release(after, true, 5.0));
        assert_eq!(tokens(&mut engine, "a", 5.0), 2.0);
    }
}
