//! Back-off: pauses after refusals and bans.

use super::clock::minute;
use crate::support::{engine, hold, respond, rule};
use multi_throttler_engine::{Report, TokenBucket};

#[test]
fn success_resets_the_count_of_refusals() {
    let mut engine = minute();
    for (status, remaining) in [(429, 1), (400, 1), (429, 2), (399, 0), (418, 0), (429, 1)] {
        engine.report(&Report { status, ..Report::default() }, 0.0).unwrap();
        assert_eq!(engine.refusals().0, remaining, "{status}");
    }
}

/// Regression: each 418 of concurrent requests raised the back-off.
#[test]
fn bans_of_concurrent_requests_count_once() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 1.0).unwrap())]);
    let tickets = [0; 5].map(|_| hold(&mut engine, &[("a", 1.0)], 0.0));
    respond(&mut engine, 429, Some(tickets[0]), 10.0);
    for ticket in &tickets[1..] {
        respond(&mut engine, 418, Some(*ticket), 20.0);
    }
    assert_eq!(engine.refusals(), (1, 240_020.0));
}

#[test]
fn resume_ends_the_backoff() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    engine.report(&Report { status: 418, ..Report::default() }, 0.0).unwrap();
    engine.resume(None, 50.0).unwrap();
    assert_eq!(engine.refusals().1, 50.0);
    assert_eq!(engine.snapshot(50.0).backoff_for, 0.0);
}
