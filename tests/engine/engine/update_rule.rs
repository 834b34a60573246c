//! Fields of rules that are changed while requests wait.

use crate::support::{costs, engine, next_due, poll_all, rule, ten, tokens, wait};
use multi_throttler_engine::{
    Concurrency, Engine, Fields, Limit, Options, Priority, RollingWindow, Submission, TokenBucket,
    UpdateError, Value,
};

fn update(
    engine: &mut Engine,
    id: &str,
    field: &str,
    value: Value,
    now: f64,
) -> Result<(), UpdateError> {
    engine.update_rule(id, &Fields::from_iter([(field, value)]), now)
}

fn error(engine: &mut Engine, id: &str, field: &str, value: Value) -> String {
    update(engine, id, field, value, 0.0).unwrap_err().to_string()
}

#[test]
fn error_names_the_field_that_cannot_change() {
    let limit = RollingWindow::new(1.0, 1000.0, 0.0).unwrap();
    let mut engine = engine([ten("a", 10.0), rule("b", limit.clone()), rule("c:*", limit)]);
    engine.slot("c:x", 0.0).unwrap();
    let mut error = |id, field, value| error(&mut engine, id, field, value);
    assert_eq!(
        error("x", "limit", Value::Number(1.0)),
        "Unknown throttle rule: x. Available rules: a, b, c:*"
    );
    assert_eq!(
        error("a", "capacity", Value::Bool(true)),
        "Rule a: capacity must be a number above 0 and at most 2^53 - 1, got true"
    );
    for field in ["tokens", "capacity"] {
        assert_eq!(
            error("b", field, Value::Number(1.0)),
            format!(
                "Rule b: unknown field \"{field}\" for a rolling-window rule; \
                 known fields: limit, interval, jitter, scope"
            )
        );
    }
    for (field, value) in [("id", "z"), ("algorithm", "concurrency"), ("anchor", "epoch")] {
        assert_eq!(
            error("a", field, Value::Text(value.into())),
            format!("Rule a: {field} must be left out, as it cannot be changed, got \"{value}\"")
        );
    }
}

#[test]
fn changed_member_becomes_a_rule_of_its_own() {
    let limit = RollingWindow::new(3.0, 1000.0, 0.0).unwrap();
    let mut engine = engine([rule("c:*", limit)]);
    let two = costs(&mut engine, &[("c:x", 2.0)]);
    engine.submit(&two, Options::default(), 0.0).unwrap();
    update(&mut engine, "c:x", "limit", Value::Number(4.0), 0.0).unwrap();
    update(&mut engine, "c:new", "limit", Value::Number(5.0), 0.0).unwrap();
    update(&mut engine, "c:*", "limit", Value::Number(9.0), 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "c:x", 0.0), 2.0);
    // An idle member would have been dropped.
    assert_eq!(engine.status(5000.0).len(), 3);
    assert_eq!(
        [tokens(&mut engine, "c:x", 5000.0), tokens(&mut engine, "c:new", 5000.0)],
        [4.0, 5.0]
    );
}

#[test]
fn tokens_of_a_bucket_can_be_changed() {
    let mut engine = engine([ten("a", 0.0)]);
    let five = costs(&mut engine, &[("a", 5.0)]);
    let ticket = wait(&mut engine, &five, Priority::Normal, 0.0);
    update(&mut engine, "a", "tokens", Value::Number(7.0), 10.0).unwrap();
    assert_eq!(poll_all(&mut engine, 10.0), [(ticket, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 10.0), 2.0);
    // A field that leaves the rate as it is keeps the tokens.
    update(&mut engine, "a", "intervalType", Value::Text("HOUR".into()), 10.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 10.0), 2.0);
}

#[test]
fn lowered_limit_rejects_only_waiters_beyond_it() {
    let limits: [(Limit, &str); 2] = [
        (TokenBucket::new(10.0, 0.01).unwrap().into(), "capacity"),
        (RollingWindow::new(10.0, 1000.0, 0.0).unwrap().into(), "limit"),
    ];
    for (limit, field) in limits {
        let mut engine = engine([rule("a", limit)]);
        let all = costs(&mut engine, &[("a", 10.0)]);
        assert_eq!(engine.submit(&all, Options::default(), 0.0), Ok(Submission::Granted));
        let [five, six] = [5.0, 6.0].map(|amount| costs(&mut engine, &[("a", amount)]));
        let (kept, rejected) = (
            wait(&mut engine, &five, Priority::Normal, 0.0),
            wait(&mut engine, &six, Priority::Normal, 0.0),
        );
        update(&mut engine, "a", field, Value::Number(5.0), 0.0).unwrap();
        let settled = poll_all(&mut engine, 0.0);
        assert_eq!(settled.len(), 1);
        assert_eq!(
            (settled[0].0, settled[0].1.as_ref().unwrap_err().code()),
            (rejected, "COST_EXCEEDS_CAPACITY")
        );
        let due = next_due(&mut engine);
        assert_eq!(poll_all(&mut engine, due), [(kept, Ok(()))]);
    }
}

#[test]
fn update_keeps_waiters_with_zero_cost() {
    let mut engine = engine([ten("a", 0.0), rule("tasks", Concurrency::new(2.0).unwrap())]);
    let one = costs(&mut engine, &[("a", 1.0), ("tasks", 0.0)]);
    let ticket = wait(&mut engine, &one, Priority::Normal, 0.0);
    update(&mut engine, "tasks", "limit", Value::Number(1.0), 0.0).unwrap();
    assert_eq!(poll_all(&mut engine, 100.0), [(ticket, Ok(()))]);
}
