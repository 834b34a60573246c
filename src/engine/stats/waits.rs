//! The distribution of waits, as a histogram of fixed size.

/// The waits of granted requests, in milliseconds.
///
/// A bucket spans a sixteenth of a power of two, so its index is the exponent and the four upper
/// bits of the mantissa of a wait. A quantile is the middle of its bucket: within 1/32 (3.2 %) of
/// the wait that it stands for. Waits below 1/64 ms share one bucket, and so do those of 200 days
/// or more. Requests without a wait are not recorded, as most requests have none: the caller knows
/// their number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    /// The number of waits in each bucket. Empty until the first wait, then of its final size.
    counts: Vec<u32>,
    recorded: u64,
    longest: f64,
}

/// The lowest wait of the second bucket: 1/64 ms.
const LOWEST: f64 = 0.015_625;
/// The bits of a float below the four upper bits of its mantissa.
const SHIFT: u32 = 48;
/// 40 powers of two above `LOWEST`, up to 2^34 ms, and one bucket on each side.
const BUCKETS: usize = 40 * 16 + 2;

impl Waits {
    /// Records a wait. A wait of zero counts as one of less than 1/64 ms.
    pub(crate) fn record(&mut self, ms: f64) {
        if self.counts.is_empty() {
            self.counts.resize(BUCKETS, 0);
        }
        if let Some(count) = self.counts.get_mut(bucket(ms)) {
            *count = count.saturating_add(1);
        }
        self.recorded = self.recorded.saturating_add(1);
        self.longest = self.longest.max(ms);
    }

    /// The longest wait, in milliseconds; 0 if there was none.
    pub(crate) fn longest(&self) -> f64 {
        self.longest
    }

    /// The shortest wait that a fraction of `granted` requests did not exceed.
    pub(crate) fn quantile(&self, fraction: f64, granted: u64) -> f64 {
        let behind = (fraction * granted as f64).ceil() as u64;
        let mut passed = granted.saturating_sub(self.recorded);
        if behind <= passed {
            return 0.0;
        }
        let mut buckets = self.counts.iter().enumerate();
        let reached = buckets.find(|(_, count)| {
            passed = passed.saturating_add(u64::from(**count));
            passed >= behind
        });
        reached.map_or(self.longest, |(index, _)| middle(index).min(self.longest))
    }
}

fn bucket(ms: f64) -> usize {
    let steps = (ms.max(0.0).to_bits() >> SHIFT).saturating_sub(LOWEST.to_bits() >> SHIFT);
    let index = if ms >= LOWEST { steps.saturating_add(1) } else { 0 };
    (index as usize).min(BUCKETS.saturating_sub(1))
}

fn middle(index: usize) -> f64 {
    let edge = |index: usize| {
        f64::from_bits((LOWEST.to_bits() >> SHIFT).saturating_add(index as u64) << SHIFT)
    };
    match index.checked_sub(1) {
        None => LOWEST / 2.0,
        Some(step) => (edge(step) + edge(index)) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(waits: impl IntoIterator<Item = f64>) -> Waits {
        let mut all = Waits::default();
        waits.into_iter().for_each(|wait| all.record(wait));
        all
    }

    #[test]
    fn quantile_is_within_a_thirty_second_of_the_wait() {
        let mut wait = LOWEST;
        while wait < 1.7e10 {
            let one = of([wait, 1e11]);
            let error = (one.quantile(0.5, 2) / wait - 1.0).abs();
            assert!(error <= 1.0 / 32.0, "{wait}: {error}");
            wait *= 1.003;
        }
    }

    #[test]
    fn quantiles_rank_waits_among_requests_without_one() {
        let waits = of((1..=50).map(|n| f64::from(n) * 10.0));
        let near = |quantile: f64, wait: f64| (quantile / wait - 1.0).abs() <= 1.0 / 32.0;
        assert_eq!(waits.quantile(0.5, 100), 0.0);
        assert!(near(waits.quantile(0.51, 100), 10.0));
        assert!(near(waits.quantile(0.95, 100), 450.0));
        assert_eq!(waits.quantile(1.0, 100), 500.0);
        assert_eq!(waits.longest(), 500.0);
    }

    #[test]
    fn quantile_of_no_request_is_zero() {
        let none = Waits::default();
        assert_eq!([none.quantile(0.5, 0), none.longest(), none.quantile(0.99, 7)], [0.0; 3]);
    }

    #[test]
    fn waits_beyond_both_ends_are_counted() {
        let waits = of([0.0, 1e-300, 1e15, 2e15]);
        assert_eq!(waits.quantile(0.5, 4), LOWEST / 2.0);
        assert!(waits.quantile(0.9, 4) >= 1.7e10);
        assert_eq!(waits.longest(), 2e15);
    }
}
