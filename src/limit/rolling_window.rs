//! Rolling window: at most so much in any stretch of time of a given length.

use std::collections::VecDeque;

use super::window::Window;
use super::{Algorithm, first_instant};
use crate::error::InvalidField;
use crate::fields::Fields;
use crate::sum::Sum;

/// At most `limit` tokens in any `interval` milliseconds.
///
/// # Server
///
/// A log of what was accepted. A request is refused if its cost and the costs of all entries of at most `interval`
/// milliseconds of age, exactly `interval` included, come to more than `limit`.
///
/// # Why none is refused
///
/// Let a request reach the server at `s`, and let `Y` be the last *granted* of that request and of all those that the
/// server counts with it. `Y` arrived by `s`, so it was granted by `s`. Every other one of them arrived at `s -
/// interval` or later, so it was granted at `s - interval - jitter` or later: no more than `interval + jitter` before
/// `Y`. This window counted it when it granted `Y`, and all of them together came to at most `limit`.
///
/// What is given back was never sent, so no log of the server has it.
///
/// # What it costs
///
/// A request counts for `interval + jitter`, so a saturated window passes `interval / (interval + jitter)` of what the
/// server would have accepted, which is at least `1 - jitter / interval`.
///
/// # Memory
///
/// At most 4096 entries. When the log is full, entries that lie close together become one that expires with its
/// youngest part, so it is never forgotten too early, and at most `(interval + jitter) / 2048` too late.
#[derive(Clone, Debug)]
pub struct RollingWindow {
    window: Window,
    /// The limit in force.
    capacity: f64,
    /// How long a grant counts: the interval and the jitter.
    span: f64,
    log: VecDeque<Entry>,
    used: Sum,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// When the oldest and the youngest part of it were taken.
    from: f64,
    at: f64,
    amount: f64,
}

/// The most entries that are kept: 96 KB.
const LOG: usize = 4096;

impl RollingWindow {
    /// At most `limit` tokens (above 0, at most 2^53 - 1) in any `interval` milliseconds (1 to 2^53 - 1), where a
    /// request reaches the server up to `jitter` milliseconds (0 or more, finite) after its grant.
    ///
    /// # Errors
    /// Names the field that is out of its range.
    pub fn new(limit: f64, interval: f64, jitter: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&Window::new(limit, interval, jitter).fields())
    }

    /// Forgets what no longer counts.
    fn expire(&mut self, now: f64) {
        while let Some(oldest) = self.log.front().copied().filter(|oldest| now - oldest.at > self.span) {
            self.log.pop_front();
            self.used.add(-oldest.amount);
        }
        if self.log.is_empty() {
            self.used = Sum::default();
        }
    }

    /// Makes one entry of those that lie close together.
    fn merge(&mut self) {
        let width = self.span / (LOG / 2) as f64;
        let mut kept = 0;
        for at in 0..self.log.len() {
            let Some(&entry) = self.log.get(at) else { return };
            let last = self.log.get_mut(kept);
            match last.filter(|last| kept < at && entry.at - last.from <= width) {
                Some(last) => {
                    last.at = entry.at;
                    last.amount += entry.amount;
                }
                None => {
                    kept = kept.saturating_add(usize::from(at > 0));
                    self.log.swap(kept, at);
                }
            }
        }
        self.log.truncate(kept.saturating_add(1));
    }
}

impl Algorithm for RollingWindow {
    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let window = Window::from_fields(fields)?;
        let span = window.interval + window.jitter;
        Ok(Self { window, capacity: window.limit, span, log: VecDeque::new(), used: Sum::default() })
    }

    fn fields(&self) -> Fields {
        self.window.fields()
    }

    fn limit(&self) -> f64 {
        self.window.limit
    }

    fn restrict(&mut self, _share: f64, limit: f64) {
        self.capacity = limit;
    }

    fn start(&mut self, _now: f64) {}

    /// What a shorter window has forgotten a longer one cannot know.
    fn inherit(&mut self, old: &mut Self, _now: f64) {
        self.log = std::mem::take(&mut old.log);
        self.used = old.used;
    }

    fn capacity(&self) -> f64 {
        self.capacity
    }

    fn period(&self) -> f64 {
        self.span
    }

    fn available(&mut self, now: f64) -> f64 {
        self.expire(now);
        // More than the limit may be used when that was lowered.
        self.used.below(self.capacity).max(0.0)
    }

    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        let mut entries = self.log.iter().peekable();
        let (mut used, mut at) = (self.used, from);
        loop {
            while let Some(entry) = entries.next_if(|entry| at - entry.at > self.span) {
                used.add(-entry.amount);
            }
            match entries.peek() {
                _ if used.below(self.capacity) >= amount => return at,
                Some(entry) => at = first_instant(at, entry.at + self.span, |at| at - entry.at > self.span),
                // What is left of the sum when all is gone is rounding.
                None => return if amount <= self.capacity { at } else { f64::INFINITY },
            }
        }
    }

    fn take(&mut self, cost: f64, now: f64) {
        if cost == 0.0 {
            return;
        }
        self.used.add(cost);
        match self.log.back_mut().filter(|last| last.at == now) {
            Some(last) => last.amount += cost,
            None => {
                if self.log.len() >= LOG {
                    self.merge();
                }
                self.log.push_back(Entry { from: now, at: now, amount: cost });
            }
        }
    }

    fn give_back(&mut self, cost: f64, taken_at: f64, now: f64) {
        self.expire(now);
        let place = self.log.partition_point(|entry| entry.at < taken_at);
        // An entry that began later is of what was set, not of what was taken then.
        if let Some(entry) = self.log.get_mut(place).filter(|entry| entry.from <= taken_at) {
            let back = cost.min(entry.amount);
            entry.amount -= back;
            self.used.add(-back);
        }
    }

    /// What is not left counts as taken now, since nobody knows when it was.
    fn set_available(&mut self, tokens: f64, now: f64) {
        self.log.clear();
        self.used = Sum::default();
        self.take(self.capacity - tokens.clamp(0.0, self.capacity), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_exactly_the_interval_still_counts() {
        let mut window = RollingWindow::new(2.0, 1000.0, 0.0).unwrap();
        window.take(1.0, 0.0);
        window.take(1.0, 400.0);
        assert_eq!(window.available(1000.0), 0.0);
        assert_eq!(window.ready_at(1.0, 400.0), 1000.0_f64.next_up());
        assert_eq!(window.available(1000.0_f64.next_up()), 1.0);
        assert_eq!(window.ready_at(2.0, 1100.0), 1400.0_f64.next_up());
        assert_eq!(window.ready_at(3.0, 1100.0), f64::INFINITY);
    }

    #[test]
    fn jitter_makes_an_entry_count_longer() {
        let mut window = RollingWindow::new(1.0, 1000.0, 50.0).unwrap();
        window.take(1.0, 10.0);
        assert_eq!(window.available(1060.0), 0.0);
        assert_eq!(window.ready_at(1.0, 10.0), 1060.0_f64.next_up());
    }

    #[test]
    fn the_log_is_bounded_and_forgets_nothing_too_early() {
        let (limit, interval) = (200_000.0, 86_400_000.0);
        let mut window = RollingWindow::new(limit, interval, 0.0).unwrap();
        for n in 0..200_000 {
            window.take(1.0, f64::from(n) * 100.0);
        }
        assert!(window.log.len() <= LOG);
        let now = 200_000.0 * 100.0;
        assert_eq!(window.available(now), 0.0);
        // The one of 0 ms counts up to a day, and no longer than the width of a merged entry beyond.
        assert_eq!(window.available(interval), 0.0);
        let at = window.ready_at(1.0, now);
        assert!(at > interval && at <= interval + interval / 2048.0 + 1.0, "{at}");
        assert_eq!(window.available(interval + now), limit);
    }

    #[test]
    fn setting_what_is_left_counts_the_rest_as_taken_now() {
        let mut window = RollingWindow::new(10.0, 1000.0, 0.0).unwrap();
        window.take(2.0, 0.0);
        window.set_available(3.0, 500.0);
        assert_eq!(window.available(1001.0), 3.0);
        assert_eq!(window.available(1501.0), 10.0);
        window.set_available(99.0, 1501.0);
        assert_eq!(window.available(1501.0), 10.0);
    }
}
