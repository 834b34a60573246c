//! The sum of recent amounts, without a log.

/// The sum of the amounts added within the last `length` milliseconds, plus at most those of as
/// long before. The amounts are kept as two generations; the older one is dropped once the younger
/// one is `length` old.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecentSum {
    /// The starts of the younger and of the older generation.
    since: f64,
    previous_since: f64,
    current: f64,
    previous: f64,
}

impl Default for RecentSum {
    fn default() -> Self {
        let since = f64::NEG_INFINITY;
        Self { since, previous_since: since, current: 0.0, previous: 0.0 }
    }
}

impl RecentSum {
    pub(crate) fn add(&mut self, amount: f64, now: f64, length: f64) {
        self.pass(now, length);
        self.current += amount;
    }

    /// Removes an amount that was added at `added_at`, unless its generation was dropped.
    pub(crate) fn remove(&mut self, amount: f64, added_at: f64) {
        let sum = match added_at {
            at if at >= self.since => &mut self.current,
            at if at >= self.previous_since => &mut self.previous,
            _ => return,
        };
        *sum = (*sum - amount).max(0.0);
    }

    pub(crate) fn sum(&mut self, now: f64, length: f64) -> f64 {
        self.pass(now, length);
        self.current + self.previous
    }

    fn pass(&mut self, now: f64, length: f64) {
        let age = now - self.since;
        if age > length {
            let previous = if age > 2.0 * length { 0.0 } else { self.current };
            *self = Self { since: now, previous_since: self.since, current: 0.0, previous };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_count_for_one_to_two_lengths() {
        let mut recent = RecentSum::default();
        recent.add(1.0, 0.0, 100.0);
        recent.add(2.0, 90.0, 100.0);
        assert_eq!(recent.sum(100.0, 100.0), 3.0);
        recent.add(4.0, 150.0, 100.0);
        assert_eq!(recent.sum(190.0, 100.0), 7.0);
        assert_eq!(recent.sum(251.0, 100.0), 4.0);
        assert_eq!(recent.sum(1000.0, 100.0), 0.0);
    }

    #[test]
    fn removal_affects_the_generation_of_its_time() {
        let mut recent = RecentSum::default();
        recent.add(1.0, 0.0, 100.0);
        recent.add(2.0, 150.0, 100.0);
        recent.remove(1.0, 0.0);
        assert_eq!(recent.sum(150.0, 100.0), 2.0);
        recent.remove(5.0, 0.0);
        recent.remove(1.5, 150.0);
        assert_eq!(recent.sum(150.0, 100.0), 0.5);
        recent.add(4.0, 251.0, 100.0);
        // The generation of 0 ms was dropped.
        recent.remove(1.0, 0.0);
        assert_eq!(recent.sum(251.0, 100.0), 4.5);
    }
}
