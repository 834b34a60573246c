//! Sums and rates over long runs.

mod drift;
