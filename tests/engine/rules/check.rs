//! Costs that are rejected, in which order, and with which text.

use crate::support::{PERMIT, bucket, costs, engine, limited, poll_all, rule, ten, tokens};
use multi_throttler_engine::{
    Concurrency, Config, Costs, Engine, MaxWaiting, Options, Priority, Rejection, Submission,
    TokenBucket, Value,
};

#[test]
fn rejections_have_a_fixed_order() {
    let mut engine = limited(MaxWaiting::Total(0.0));
    engine.add_rule(bucket("a", 5.0, 0.0, 5.0), 0.0);
    engine.add_rule(bucket("b", 5.0, 0.0, 0.0), 0.0);
    let (a, b) = (engine.slot("a", 0.0).unwrap(), engine.slot("b", 0.0).unwrap());
    let removed = {
        engine.add_rule(bucket("c", 5.0, 0.0, 5.0), 0.0);
        let slot = engine.slot("c", 0.0).unwrap();
        assert!(engine.remove_rule("c", 0.0));
        slot
    };
    let mut rejection = |amounts: &[(multi_throttler_engine::Slot, f64)]| {
        let mut costs = multi_throttler_engine::Costs::default();
        amounts.iter().for_each(|(slot, amount)| costs.add(*slot, *amount));
        engine.submit(&costs, Options::default(), 0.0).unwrap_err().code()
    };
    assert_eq!(rejection(&[(a, 6.0), (b, f64::NAN), (removed, 1.0)]), "UNKNOWN_RULE");
    assert_eq!(rejection(&[(a, 6.0), (b, f64::NAN)]), "INVALID_COST");
    assert_eq!(rejection(&[(a, f64::INFINITY)]), "INVALID_COST");
    assert_eq!(rejection(&[(a, -1.0)]), "INVALID_COST");
    assert_eq!(rejection(&[(a, 6.0), (b, 1.0)]), "COST_EXCEEDS_CAPACITY");
    assert_eq!(rejection(&[(b, 1.0)]), "QUEUE_OVERFLOW");
    assert_eq!(tokens(&mut engine, "a", 0.0), 5.0);
}

#[test]
fn rejection_texts_name_rule_and_value() {
    let mut engine = engine([bucket("a", 5.0, 0.0, 5.0), bucket("b", 5.0, 0.0, 5.0)]);
    assert_eq!(
        engine.slot("X", 0.0).unwrap_err().to_string(),
        "Unknown throttle rule: X. Available rules: a, b"
    );
    let mut text = |amount| {
        let costs = costs(&mut engine, &[("a", amount)]);
        engine.clone().submit(&costs, Options::default(), 0.0).unwrap_err().to_string()
    };
    assert_eq!(text(-3.0), "Cost of rule a must be a finite number of 0 or more, got -3");
    assert_eq!(text(6.5), "Cost 6.5 of rule a exceeds its capacity (5): it could never be granted");
    let not_costs = Rejection::InvalidCost { rule: None, cost: Value::Text("x".into()) };
    assert_eq!(not_costs.to_string(), "Costs must be an object of rule ids and numbers, got \"x\"");
    assert!(engine.remove_rule("a", 0.0));
    assert_eq!((engine.clear(&Rejection::Closed), poll_all(&mut engine, 0.0)), (0, vec![]));
}

#[test]
fn infinite_cost_is_invalid_also_with_debt() {
    let debt = TokenBucket::new(1.0, 1.0).unwrap().with_debt().unwrap();
    let mut engine = engine([rule("a", debt), ten("b", 10.0)]);
    for amount in [f64::INFINITY, f64::NAN, -1.0] {
        let mut costs = Costs::default();
        costs.add(engine.slot("a", 0.0).unwrap(), amount);
        let rejection = engine.submit(&costs, Options::default(), 0.0).unwrap_err();
        assert_eq!(rejection.code(), "INVALID_COST");
        // An invalid cost is reported before one that is too large.
        let mut both = Costs::default();
        both.add(engine.slot("b", 0.0).unwrap(), 11.0);
        both.add(engine.slot("a", 0.0).unwrap(), amount);
        let first = engine.submit(&both, Options::default(), 0.0).unwrap_err();
        assert_eq!(first.to_string(), rejection.to_string());
    }
    let huge = costs(&mut engine, &[("a", f64::MAX)]);
    assert_eq!(engine.submit(&huge, Options::default(), 0.0), Ok(Submission::Granted));
}

#[test]
fn concurrency_needs_a_permit() {
    let config = Config { max_waiting: MaxWaiting::Total(0.0), ..Config::default() };
    let mut engine = Engine::new(config).unwrap();
    engine.add_rule(rule("a", Concurrency::new(2.0).unwrap()), 0.0);
    engine.add_rule(rule("b", TokenBucket::new(2.0, 0.0).unwrap().with_tokens(0.0).unwrap()), 0.0);
    let mut code = |amounts: &[(&str, f64)]| {
        let costs = costs(&mut engine, amounts);
        let submitted = engine.submit(&costs, Options::default(), 0.0);
        let tried = engine.try_submit(&costs, Priority::Normal, 0.0);
        match (submitted, tried) {
            (Err(rejection), Err(other)) => {
                assert_eq!(rejection, other);
                rejection.code()
            }
            (Ok(Submission::Granted), Ok(true)) => "granted",
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code(&[("a", 1.0)]), "NEEDS_PERMIT");
    assert_eq!(code(&[("a", 0.0)]), "granted");
    // A missing permit is reported after a cost that is too large, and before a full queue.
    assert_eq!(code(&[("a", 1.0), ("b", 3.0)]), "COST_EXCEEDS_CAPACITY");
    assert_eq!(code(&[("a", 1.0), ("b", 1.0)]), "NEEDS_PERMIT");
    let both = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
    assert_eq!(engine.submit(&both, PERMIT, 0.0).unwrap_err().code(), "QUEUE_OVERFLOW");
    assert_eq!(engine.try_submit(&both, Priority::Normal, 0.0).unwrap_err().code(), "NEEDS_PERMIT");
}
