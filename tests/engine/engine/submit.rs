//! Grants: from all rules at one instant or from none, with and without a queue.

use crate::support::{bucket, costs, engine, next_due, poll_all, rule, ten, tokens, wait};
use multi_throttler_engine::{
    Concurrency, Costs, Engine, FirstRequestWindow, Options, Priority, Submission, TokenBucket,
};

#[test]
fn grant_takes_from_all_rules_or_none() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 10.0), bucket("b", 10.0, 0.001, 3.0)]);
    let both = costs(&mut engine, &[("a", 4.0), ("b", 4.0)]);
    let ticket = wait(&mut engine, &both, Priority::Normal, 0.0);
    assert_eq!(tokens(&mut engine, "a", 0.0), 10.0);
    assert_eq!(next_due(&mut engine), 1000.0);
    assert_eq!(poll_all(&mut engine, 1000.0), [(ticket, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 1000.0), 6.0);
    assert_eq!(tokens(&mut engine, "b", 1000.0), 0.0);
}

#[test]
fn zero_cost_never_waits() {
    let mut engine = engine([bucket("a", 1.0, 0.0, 0.0), bucket("b", 1.0, 0.0, 1.0)]);
    let free = costs(&mut engine, &[("a", 0.0), ("b", 1.0)]);
    assert_eq!(engine.submit(&free, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!(engine.submit(&Costs::default(), Options::default(), 0.0), Ok(Submission::Granted));
}

#[test]
fn late_poll_grants_at_most_the_capacity() {
    let mut engine = engine([bucket("a", 3.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..10 {
        wait(&mut engine, &one, Priority::Normal, 0.0);
    }
    // A laptop slept for an hour.
    assert_eq!(poll_all(&mut engine, 3_600_000.0).len(), 3);
    assert_eq!(next_due(&mut engine), 3_601_000.0);
}

#[test]
fn due_is_when_all_rules_have_enough() {
    let slow = TokenBucket::new(1.0, 1.0 / 950.0).unwrap().with_tokens(0.0).unwrap();
    let window = FirstRequestWindow::new(2.0, 1000.0, 100.0).unwrap();
    let mut engine = engine([rule("slow", slow), rule("window", window)]);
    let first = costs(&mut engine, &[("window", 1.0)]);
    assert_eq!(engine.submit(&first, Options::default(), 0.0), Ok(Submission::Granted));
    // The window has one token up to 900 and again after 1100, the bucket has one from 950.
    let both = costs(&mut engine, &[("slow", 1.0), ("window", 1.0)]);
    wait(&mut engine, &both, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 1100.0_f64.next_up());
}

#[test]
fn try_submit_takes_only_what_is_granted_now() {
    let mut engine = engine([ten("a", 5.0), ten("b", 0.5)]);
    let (three, one) = (costs(&mut engine, &[("a", 3.0)]), costs(&mut engine, &[("a", 1.0)]));
    assert_eq!(engine.try_submit(&three, Priority::Normal, 0.0), Ok(true));
    assert_eq!(engine.try_submit(&three, Priority::Normal, 0.0), Ok(false));
    assert_eq!((tokens(&mut engine, "a", 0.0), engine.waiting(None)), (2.0, 0));
    // The waiter's two, of which half a one is refilled before it goes, leave nothing to its own
    // class, but do not bind a higher one.
    let waits = costs(&mut engine, &[("a", 2.0), ("b", 1.0)]);
    wait(&mut engine, &waits, Priority::Normal, 0.0);
    assert_eq!(engine.try_submit(&one, Priority::Normal, 0.0), Ok(false));
    assert_eq!(engine.try_submit(&one, Priority::Critical, 0.0), Ok(true));
    let eleven = costs(&mut engine, &[("a", 11.0)]);
    assert_eq!(
        engine.try_submit(&eleven, Priority::Normal, 0.0).unwrap_err().code(),
        "COST_EXCEEDS_CAPACITY"
    );
}

/// Lets rules have their highest peak, so that no request leads to a new one.
fn use_up(engine: &mut Engine, ids: &[&str]) {
    for id in ids {
        let before = tokens(engine, id, 0.0);
        engine.set_tokens(id, 0.0, 0.0);
        engine.set_tokens(id, before, 0.0);
    }
}

#[test]
fn grant_declines_what_may_lead_to_a_new_peak() {
    let mut engine = engine([ten("a", 10.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert!(!engine.grant(one.iter(), Priority::Normal, 0.0));
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    assert!(!engine.grant(one.iter(), Priority::Normal, 0.0));
    assert!(engine.grant(one.iter(), Priority::Normal, 100.0));
}

#[test]
fn grant_takes_what_a_submission_would_be_granted() {
    let mut engine = engine([ten("a", 5.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
    let [three, none] = [3.0, 0.0].map(|amount| costs(&mut engine, &[("a", amount)]));
    use_up(&mut engine, &["a"]);
    assert!(engine.grant(three.iter(), Priority::Normal, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 2.0);
    assert!(!engine.grant(three.iter(), Priority::Normal, 99.0));
    let [task, too_much] = [("tasks", 1.0), ("a", 11.0)].map(|cost| costs(&mut engine, &[cost]));
    assert!(!engine.grant(task.iter(), Priority::Normal, 99.0));
    assert!(!engine.grant(too_much.iter(), Priority::Normal, 99.0));
    assert!(engine.grant(none.iter(), Priority::Normal, 99.0));
    assert_eq!(tokens(&mut engine, "a", 100.0), 3.0);
    // A waiter may want the remaining tokens.
    let seven = costs(&mut engine, &[("a", 7.0)]);
    let ticket = wait(&mut engine, &seven, Priority::Low, 100.0);
    assert!(!engine.grant(three.iter(), Priority::Normal, 100.0));
    engine.cancel(ticket);
    assert!(engine.grant(three.iter(), Priority::Normal, 100.0));
}

#[test]
fn grant_declines_costs_that_repeat_a_rule() {
    let mut engine = engine([ten("a", 5.0), ten("b", 5.0)]);
    let [a, b] = ["a", "b"].map(|id| engine.slot(id, 0.0).unwrap());
    use_up(&mut engine, &["a", "b"]);
    let twice = [(a, 3.0), (b, 1.0), (a, 3.0)];
    assert!(!engine.grant(twice.into_iter(), Priority::Normal, 0.0));
    assert_eq!([tokens(&mut engine, "a", 0.0), tokens(&mut engine, "b", 0.0)], [5.0, 5.0]);
    // The order of the rules is free.
    assert!(engine.grant([(b, 1.0), (a, 3.0)].into_iter(), Priority::Normal, 0.0));
    assert_eq!([tokens(&mut engine, "a", 0.0), tokens(&mut engine, "b", 0.0)], [2.0, 4.0]);
}
