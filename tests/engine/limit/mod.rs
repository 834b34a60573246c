//! Limits: one file for each algorithm.
//!
//! Each file also tests `earliest_for`, the instant before which an amount cannot be granted.
//! `max_wait` behind long queues is judged by it.

mod concurrency;
mod first_request_window;
mod first_request_window_countdown;
mod first_request_window_end;
mod fixed_window;
mod fixed_window_clock;
mod rolling_window;
mod spacing;
mod token_bucket;

use multi_throttler_engine::{InForce, Limit, LimitState};

/// The first instant after `at`.
pub fn after(at: f64) -> f64 {
    at.next_up()
}

/// The state at 0 ms of a limit that is in force as a whole.
pub fn started(limit: &Limit) -> LimitState {
    limit.start(InForce::whole(limit.limit()), 0.0)
}

pub fn check_earliest(limit: Limit, took: f64, expected: &[(f64, f64, f64)]) {
    let mut state = started(&limit);
    state.take(took, 0.0);
    for &(amount, from, at) in expected {
        assert_eq!(state.earliest_for(amount, from), at, "{} of {}", amount, limit.algorithm());
    }
}
