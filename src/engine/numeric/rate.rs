//! A refill rate as an exact fraction.

use super::MAX_SAFE;

/// A rate of `tokens` per `millis` milliseconds.
///
/// A rate arrives as one floating-point number of tokens per millisecond, in which `1 / 7` is
/// already rounded: at that rate, seven milliseconds give a little less than one token, and a
/// waiter for that token would be granted late. The rate is therefore converted back into the
/// fraction of small whole numbers that rounds to the same number, here 1 token per 7 ms. Amounts
/// and times are then one product and one quotient of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    tokens: f64,
    millis: f64,
}

impl Rate {
    /// The rate of `per_ms` tokens per millisecond, which is finite and not negative.
    ///
    /// Walks the continued fraction of `per_ms`, whose convergents are the best approximations for
    /// the size of their denominators, up to the first convergent that is the same `f64`.
    pub(crate) fn new(per_ms: f64) -> Self {
        let (mut p0, mut q0, mut p, mut q) = (0.0, 1.0, 1.0, 0.0);
        let mut rest = per_ms;
        loop {
            let whole = rest.floor();
            (p0, q0, p, q) = (p, q, whole * p + p0, whole * q + q0);
            if !(p <= MAX_SAFE && q <= MAX_SAFE) {
                return Self { tokens: per_ms, millis: 1.0 };
            }
            if p / q == per_ms {
                return Self { tokens: p, millis: q };
            }
            rest = 1.0 / (rest - whole);
        }
    }

    /// The tokens that a bucket gains within `elapsed` milliseconds.
    #[inline(always)]
    pub(crate) fn tokens_in(self, elapsed: f64) -> f64 {
        // A rate near f64::MAX overflows to infinity, which a bucket caps at its capacity; 0 stays
        // 0.
        elapsed * self.tokens / self.millis
    }

    /// The shortest time in which a whole number of tokens is gained, in milliseconds.
    pub(crate) fn period(self) -> f64 {
        self.millis
    }

    /// The longest time within `elapsed` that is a whole number of periods, and the tokens gained
    /// in it.
    pub(crate) fn whole_periods(self, elapsed: f64) -> (f64, f64) {
        let periods = (elapsed / self.millis).floor();
        (periods * self.millis, periods * self.tokens)
    }

    /// The milliseconds in which `tokens` are gained; infinite for a rate of 0.
    pub(crate) fn time_for(self, tokens: f64) -> f64 {
        if self.tokens == 0.0 { f64::INFINITY } else { tokens * self.millis / self.tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_fraction_behind_a_float() {
        for (tokens, millis) in [
            (1.0, 7.0),
            (1.0, 100.0),
            (2.0, 3.0),
            (7.0, 10.0),
            (1200.0, 60_000.0),
            (100_000.0, 86_400_000.0),
            (1.0, 2_592_000_000.0),
            (5.0, 1.0),
            (0.0, 1.0),
        ] {
            let rate = Rate::new(tokens / millis);
            assert_eq!(
                rate.tokens * millis,
                tokens * rate.millis,
                "{tokens} in {millis}: {rate:?}"
            );
            assert!(rate.tokens <= MAX_SAFE && rate.millis <= MAX_SAFE, "{rate:?}");
        }
    }

    #[test]
    fn keeps_rates_without_a_small_fraction() {
        for per_ms in [f64::MAX, f64::MIN_POSITIVE, 1e300, std::f64::consts::PI, 0.1 + 0.2] {
            let rate = Rate::new(per_ms);
            assert!(rate.tokens <= MAX_SAFE || rate.millis == 1.0, "{rate:?}");
            assert_eq!(rate.tokens / rate.millis, per_ms, "{rate:?}");
        }
    }

    #[test]
    fn is_exact_where_the_float_is_rounded() {
        assert_eq!(Rate::new(1.0 / 7.0).tokens_in(35.0), 5.0);
        assert_eq!(Rate::new(1.0 / 7.0).time_for(5.0), 35.0);
        assert_eq!(Rate::new(0.0).time_for(1.0), f64::INFINITY);
        assert_eq!(Rate::new(f64::MAX).tokens_in(10.0), f64::INFINITY);
        assert_eq!(Rate::new(f64::MAX).tokens_in(0.0), 0.0);
    }
}
