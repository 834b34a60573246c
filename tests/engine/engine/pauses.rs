//! Pauses of rules and of the whole engine.

use crate::support::{bucket, costs, engine, next_due, poll_all, ten, tokens, wait};
use multi_throttler_engine::{Costs, Options, Priority, Submission};

#[test]
fn pause_blocks_its_rules_and_ends_on_time() {
    // The second bucket gains half a token within the pause of the first one.
    let mut engine = engine([ten("a", 2.0), bucket("b", 10.0, 0.001, 10.0)]);
    engine.pause(Some(&["a"]), 500.0, 0.0).unwrap();
    let (a, b, both) = (
        costs(&mut engine, &[("a", 1.0)]),
        costs(&mut engine, &[("b", 1.0)]),
        costs(&mut engine, &[("a", 1.0), ("b", 9.0)]),
    );
    let first = wait(&mut engine, &a, Priority::Normal, 0.0);
    let second = wait(&mut engine, &both, Priority::Normal, 0.0);
    // A rule that is not paused grants what the demand ahead of it leaves.
    assert_eq!(engine.submit(&b, Options::default(), 0.0), Ok(Submission::Granted));
    let third = wait(&mut engine, &b, Priority::Normal, 0.0);
    assert_eq!(poll_all(&mut engine, 499.0), []);
    assert_eq!(next_due(&mut engine), 500.0);
    assert_eq!(poll_all(&mut engine, 500.0), [(first, Ok(())), (second, Ok(()))]);
    // The bucket keeps refilling during its pause.
    assert_eq!(tokens(&mut engine, "a", 500.0), 5.0);
    assert_eq!(next_due(&mut engine), 1000.0);
    assert_eq!(poll_all(&mut engine, 1000.0), [(third, Ok(()))]);
}

#[test]
fn pause_is_extended_but_never_shortened() {
    let mut engine = engine([ten("a", 10.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    engine.pause(None, 500.0, 0.0).unwrap();
    engine.pause(Some(&["a"]), 300.0, 0.0).unwrap();
    let ticket = wait(&mut engine, &one, Priority::Critical, 0.0);
    assert_eq!(next_due(&mut engine), 500.0);
    engine.pause(Some(&["a"]), 700.0, 0.0).unwrap();
    assert_eq!(poll_all(&mut engine, 500.0), []);
    assert_eq!(next_due(&mut engine), 700.0);
    engine.resume(Some(&["a"]), 600.0).unwrap();
    assert_eq!(poll_all(&mut engine, 600.0), [(ticket, Ok(()))]);
}

#[test]
fn pause_of_all_covers_rules_added_later() {
    let mut engine = engine([ten("a", 10.0)]);
    engine.pause(None, f64::INFINITY, 0.0).unwrap();
    engine.add_rule(ten("b", 10.0), 100.0);
    let b = costs(&mut engine, &[("b", 1.0)]);
    let ticket = wait(&mut engine, &b, Priority::Normal, 100.0);
    assert_eq!(next_due(&mut engine), f64::INFINITY);
    assert_eq!(engine.estimate_wait(&b, Priority::Normal, 100.0), Ok(f64::INFINITY));
    engine.resume(None, 200.0).unwrap();
    assert_eq!(poll_all(&mut engine, 200.0), [(ticket, Ok(()))]);
    engine.add_rule(ten("c", 10.0), 200.0);
    let c = costs(&mut engine, &[("c", 1.0)]);
    assert_eq!(engine.submit(&c, Options::default(), 200.0), Ok(Submission::Granted));
}

#[test]
fn zero_cost_is_granted_during_a_pause() {
    let mut engine = engine([ten("a", 10.0)]);
    engine.pause(None, f64::INFINITY, 0.0).unwrap();
    let nothing = costs(&mut engine, &[("a", 0.0)]);
    assert_eq!(engine.submit(&nothing, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!(engine.submit(&Costs::default(), Options::default(), 0.0), Ok(Submission::Granted));
}

#[test]
fn pause_with_an_unknown_rule_pauses_nothing() {
    let mut engine = engine([ten("a", 10.0)]);
    assert_eq!(engine.pause(Some(&["a", "x"]), 500.0, 0.0).unwrap_err().code(), "UNKNOWN_RULE");
    assert_eq!(engine.resume(Some(&["x"]), 0.0).unwrap_err().code(), "UNKNOWN_RULE");
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
}
