//! Limits: one file for each algorithm.
//!
//! Each file also tests `earliest_for`, the instant before which an amount cannot be granted.
//! `max_wait` behind long queues is judged by it.

mod concurrency;
mod first_request_window;
mod first_request_window_end;
mod fixed_window;
mod fixed_window_clock;
mod rolling_window;
mod token_bucket;

use multi_throttler_engine::{Algorithm, Limit};

/// The first instant after `at`.
pub fn after(at: f64) -> f64 {
    at.next_up()
}

pub fn check_earliest(mut limit: Limit, took: f64, expected: &[(f64, f64, f64)]) {
    limit.start(0.0);
    limit.take(took, 0.0);
    for &(amount, from, at) in expected {
        assert_eq!(limit.earliest_for(amount, from), at, "{} of {}", amount, limit.algorithm());
    }
}
