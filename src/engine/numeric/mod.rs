//! Numbers that stay exact: refill rates, running sums, and sums over a recent time.

pub(crate) mod rate;
pub(crate) mod recent_sum;
pub(crate) mod sum;

/// The largest integer up to which an `f64` holds every integer exactly: 2^53 - 1.
pub(crate) const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
