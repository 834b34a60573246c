//! Statistics: counts since the engine was made, and its state now.

mod waits;

use crate::error::CODES;
use waits::Waits;

/// The statistics of an engine. Counts begin when the engine is made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// The number of granted requests.
    pub granted: u64,
    /// The number of waiters that were cancelled.
    pub aborted: u64,
    /// The number of rejected requests, by code in the order of [`CODES`].
    pub rejected: [u64; CODES.len()],
    /// The waits of granted requests.
    pub wait: WaitStats,
    /// The recommended factor by which a program slows down: 0, 0.2, 0.5, 1 or 2, from a used
    /// fraction of 0, 0.5, 0.7, 0.85 and 0.95 on. The rule with the largest one decides;
    /// concurrency rules do not count.
    pub throttle_factor: f64,
    /// The number of consecutive refusals (429).
    pub consecutive_429: u32,
    /// The end of the longest pause in force, of all rules or of one, on the engine's clock.
    /// Infinite if it has no end, and negative infinity if nothing is paused.
    pub paused_until: f64,
}

/// The waits of granted requests, in milliseconds; zero for a request that was granted at once. A
/// quantile is within 1/32 of the wait that it stands for, and within 1/64 ms below that.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WaitStats {
    /// The wait that half of the requests did not exceed.
    pub p50: f64,
    /// The wait that 95 % of the requests did not exceed.
    pub p95: f64,
    /// The wait that 99 % of the requests did not exceed.
    pub p99: f64,
    /// The longest wait, exactly.
    pub max: f64,
}

/// The counts of an engine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) granted: u64,
    pub(crate) aborted: u64,
    rejected: [u64; CODES.len()],
    waits: Waits,
}

impl Counters {
    /// Counts a grant after a wait of `ms` milliseconds.
    pub(crate) fn count_grant(&mut self, ms: f64) {
        self.granted = self.granted.wrapping_add(1);
        if ms > 0.0 {
            self.waits.record(ms);
        }
    }

    /// Counts a rejection by the index of its code.
    pub(crate) fn count_rejection(&mut self, code: usize) {
        if let Some(count) = self.rejected.get_mut(code) {
            *count = count.wrapping_add(1);
        }
    }

    /// The statistics that are counts. The others have their defaults.
    pub(crate) fn stats(&self) -> Stats {
        let [mut p50, mut p95, mut p99] = [0.0; 3];
        for (wait, fraction) in [(&mut p50, 0.5), (&mut p95, 0.95), (&mut p99, 0.99)] {
            *wait = self.waits.quantile(fraction, self.granted);
        }
        let Self { granted, aborted, rejected, .. } = *self;
        let wait = WaitStats { p50, p95, p99, max: self.waits.longest() };
        Stats { granted, aborted, rejected, wait, ..Stats::default() }
    }
}

/// The factor by which a program should slow down at a used fraction: that of the Aster guide.
pub(crate) fn throttle_factor(utilization: f64) -> f64 {
    let steps = [(0.95, 2.0), (0.85, 1.0), (0.7, 0.5), (0.5, 0.2)];
    steps.into_iter().find(|(from, _)| utilization >= *from).map_or(0.0, |(_, factor)| factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttle_factor_rises_in_five_steps() {
        let factors = [0.0, 0.49, 0.5, 0.69, 0.7, 0.84, 0.85, 0.94, 0.95, 1.5].map(throttle_factor);
        assert_eq!(factors, [0.0, 0.0, 0.2, 0.2, 0.5, 0.5, 1.0, 1.0, 2.0, 2.0]);
    }
}
