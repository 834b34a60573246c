//! Numbers that stay exact: refill rates, running sums, and what was taken lately.

pub(crate) mod rate;
pub(crate) mod recent_sum;
pub(crate) mod sum;

/// Largest integer up to which an `f64` holds every integer exactly: 2^53 - 1.
pub(crate) const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
