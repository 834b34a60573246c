//! What fuzzing found, in words: one test for each.

use crate::support::{costs, engine, poll_all, rule, tokens, wait};
use multi_throttler_engine::{
    AlignedWindow, Concurrency, Costs, Engine, Options, Priority, Refusal, RollingWindow, Submission,
    TokenBucket,
};

/// Granted without a permit, its share of the limit would have been lost for good.
#[test]
fn who_waits_without_a_permit_is_refused_when_the_rule_comes_to_need_one() {
    let mut engine = engine([rule("a", TokenBucket::new(2.0, 0.0).unwrap().with_tokens(0.0).unwrap())]);
    let cost = costs(&mut engine, &[("a", 1.0)]);
    let ticket = wait(&mut engine, &cost, Priority::Normal, 0.0);
    engine.add_rule(rule("a", Concurrency::new(2.0).unwrap()), 0.0);
    let refusal = Refusal::NeedsPermit { rule: "a".to_owned() };
    assert_eq!(poll_all(&mut engine, 0.0), [(ticket, Err(refusal))]);
    assert_eq!(tokens(&mut engine, "a", 0.0), 2.0);
}

/// Far out the window after this one has the same number, so the search for the next one never ended.
#[test]
fn times_far_out_are_not_believed() {
    let mut engine = engine([rule("a", AlignedWindow::new(1.0, 50.0, 5.0).unwrap())]);
    let cost = costs(&mut engine, &[("a", 1.0)]);
    wait_for_next_window(&mut engine, &cost, 0.0);
    engine.set_calendar(1e300, 0.0);
    engine.set_calendar(-1e17, 0.0);
    assert_eq!(poll_all(&mut engine, 1e267), []);
    assert_eq!((engine.now(), engine.due()), (0.0, 55.0));
}

/// The same by way of a rule that lets nothing pass before the end of time.
#[test]
fn what_would_come_far_out_never_comes() {
    for blocked in [
        rule("b", RollingWindow::new(1.0, 50.0, 1e286).unwrap()),
        rule("b", TokenBucket::new(1.0, 1e-300).unwrap()),
    ] {
        let mut engine = engine([rule("a", AlignedWindow::new(1.0, 50.0, 5.0).unwrap()), blocked]);
        let cost = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
        wait_for_next_window(&mut engine, &cost, 0.0);
        assert_eq!(engine.due(), f64::INFINITY);
        assert_eq!(engine.estimate_wait(&cost, Priority::Normal, 0.0), Ok(f64::INFINITY));
    }
}

/// A count of which nobody can be right took a fraction of what was used before away with it when it expired.
#[test]
fn of_a_count_beyond_all_fractions_nothing_is_left_when_it_is_gone() {
    let mut engine = engine([rule("a", RollingWindow::new(255.0, 255.0, 0.0).unwrap())]);
    engine.sync_usage(&[("a", 4336.875)], false, 0.0).unwrap();
    engine.sync_usage(&[("a", 9_007_199_254_740_990.0)], true, 0.0).unwrap();
    let small = costs(&mut engine, &[("a", 1e-9)]);
    assert_eq!(tokens(&mut engine, "a", 100.0), 0.0);
    let ticket = wait(&mut engine, &small, Priority::Normal, 100.0);
    assert_eq!(poll_all(&mut engine, 255.5), [(ticket, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 256.0), 255.0 - 1e-9);
}

/// Two requests, of which the second has to wait.
fn wait_for_next_window(engine: &mut Engine, cost: &Costs, now: f64) {
    assert_eq!(engine.submit(cost, Options::default(), now), Ok(Submission::Granted));
    wait(engine, cost, Priority::Normal, now);
}
