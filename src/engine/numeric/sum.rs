//! A running sum that keeps its rounding error.

/// A sum with its rounding error (Knuth, The Art of Computer Programming, vol. 2, section 4.2.2,
/// theorem B: the error of a rounded sum is itself a floating-point number). Sums of whole numbers
/// up to 2^53 have none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub(crate) fn new(start: f64) -> Self {
        Self { high: start, low: 0.0 }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, amount: f64) {
        let high = self.high + amount;
        let part = high - self.high;
        self.low += (self.high - (high - part)) + (amount - part);
        self.high = high;
    }

    /// The sum plus `amount`.
    #[inline(always)]
    pub(crate) fn plus(self, amount: f64) -> f64 {
        self.high + amount + self.low
    }

    /// The excess of `amount` minus the sum over `level`, exact even where it is tiny beside both.
    #[inline(always)]
    pub(crate) fn below_exceeds(self, amount: f64, level: f64) -> f64 {
        amount - (self.high + level) - self.low
    }

    /// `amount` minus the sum. The large parts cancel first.
    #[inline(always)]
    pub(crate) fn below(self, amount: f64) -> f64 {
        amount - self.high - self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_million_tenths_add_up_to_a_million() {
        let mut sum = Sum::default();
        (0..10_000_000).for_each(|_| sum.add(0.1));
        // As a float, 0.1 is a tenth and 5.55e-18.
        assert!((sum.plus(0.0) - 1_000_000.0).abs() < 1e-9, "{sum:?}");
        assert!(sum.below(1_000_000.0).abs() < 1e-9);
    }
}
