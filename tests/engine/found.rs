//! What fuzzing found, in words: one test for each.

use crate::support::{costs, engine, poll_all, rule, tokens, wait};
use multi_throttler::{Concurrency, Priority, Refusal, TokenBucket};

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
