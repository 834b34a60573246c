//! Rolling window (sliding window): a limit for any stretch of time of one length.

mod forecast;

use std::collections::VecDeque;

use super::definition::{Definition, InForce, Traits};
use super::evidence::{Evidence, ServerUsage};
use super::instant::{first_instant, windows_for};
use super::state::State;
use super::window_fields::WindowFields;
use crate::error::InvalidField;
use crate::fields::Fields;
use crate::numeric::sum::Sum;
pub(super) use forecast::RollingForecast;

/// At most `limit` tokens in any `interval` milliseconds.
///
/// # Server
///
/// A log of accepted requests. A request is refused if its cost and the costs of all entries up to
/// `interval` milliseconds old, exactly `interval` included, exceed `limit`.
///
/// # Why none is refused
///
/// Let a request reach the server at `s`. Let `Y` be the last *granted* of that request and of all
/// those that the server counts with it.
///
/// 1. `Y` arrived by `s`, so it was granted by `s`.
/// 2. Every other one of them arrived at `s - interval` or later, so it was granted at `s -
///    interval - jitter` or later: at most `interval + jitter` before `Y`.
/// 3. This window counted all of them when it granted `Y`, and together they came to at most
///    `limit`.
///
/// A cost that is given back was never sent, or is the part of a cost that the server does not
/// count, so no log of the server includes it.
///
/// # Price
///
/// A request counts for `interval + jitter`. A saturated window therefore passes `interval /
/// (interval + jitter)` of what the server would have accepted, at least `1 - jitter / interval`.
///
/// # Usage of other clients
///
/// A report shows the sum of a log that has moved on since. Costs that counted here when its
/// request was granted, and no longer when the response came, may be part of that sum or not. They
/// are taken to be part of it. Where they were not, as much usage of other clients stays hidden
/// until a response to a request that was granted after they had expired. The opposite assumption
/// would be safe too, but a program that is alone would take its own expired costs for the usage of
/// others with each response, for a whole interval more, and lose that much of its limit for good.
/// Neither `Date`, which is truncated to seconds, nor anything else in a response tells the two
/// cases apart. For the same reason no report gives anything back here.
///
/// # Memory
///
/// At most 4096 entries. When the log is full, entries that lie close together are merged. A merged
/// entry expires with its youngest part: never too early, and at most `(interval + jitter) / 2048`
/// too late.
#[derive(Clone, Debug)]
pub struct RollingWindow(WindowFields);

/// The usage under a [`RollingWindow`] rule.
#[derive(Clone, Debug)]
pub struct RollingWindowState {
    /// The limit in force.
    capacity: f64,
    /// The time for which a grant counts: the interval plus the jitter.
    span: f64,
    log: VecDeque<Entry>,
    /// The number of expired entries at the front of the log, which are kept for late responses.
    expired: usize,
    /// The sum of all entries that count, and the part of it that is in flight.
    used: Sum,
    in_flight: f64,
    /// The latest instant whose costs no longer count, now and at the last authoritative report.
    /// Responses to requests granted by then have nothing to correct.
    gone_at: f64,
    known_from: f64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The instants at which the oldest and the youngest part of the entry were taken.
    from: f64,
    at: f64,
    /// The costs granted here.
    own: f64,
    /// The usage that the server reported beyond them.
    others: f64,
    /// The part of `own` that is in flight.
    in_flight: f64,
}

impl Entry {
    fn amount(&self) -> f64 {
        self.own + self.others
    }

    /// Adds usage of other clients, and adds the same amount to the total. A count of 2^53 absorbs
    /// fractions; the total must absorb the same ones, or a residue would remain when all entries
    /// have expired.
    fn add_others(&mut self, others: f64, sum: &mut Sum) {
        sum.add(-self.others);
        self.others += others;
        sum.add(self.others);
    }

    /// Removes the entry from the total.
    fn leave(&self, sum: &mut Sum) {
        sum.add(-self.own);
        sum.add(-self.others);
    }
}

/// The largest number of entries: 160 KB.
const LOG: usize = 4096;

/// The time in milliseconds for which expired entries are kept, unless they counted for less.
const KEPT: f64 = 5000.0;

impl RollingWindow {
    /// A window of at most `limit` tokens (above 0, at most 2^53 - 1) in any `interval`
    /// milliseconds (1 to 2^53 - 1). A request reaches the server up to `jitter` milliseconds (0 or
    /// more, finite) after its grant.
    ///
    /// # Errors
    /// Names the field that is out of its range.
    pub fn new(limit: f64, interval: f64, jitter: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&WindowFields::new(limit, interval, jitter).fields())
    }

    fn span(&self) -> f64 {
        self.0.interval + self.0.jitter
    }
}

impl RollingWindowState {
    /// Expires entries that are too old.
    fn expire(&mut self, now: f64) {
        while let Some(&oldest) =
            self.log.get(self.expired).filter(|oldest| now - oldest.at > self.span)
        {
            oldest.leave(&mut self.used);
            self.in_flight -= oldest.in_flight;
            self.gone_at = self.gone_at.max(oldest.at);
            self.expired = self.expired.saturating_add(1);
        }
        if self.expired == self.log.len() {
            (self.used, self.in_flight) = (Sum::default(), 0.0);
        }
        let kept = self.span + self.span.min(KEPT);
        while self.log.front().is_some_and(|oldest| now - oldest.at > kept) {
            self.log.pop_front();
            self.expired = self.expired.saturating_sub(1);
        }
    }

    fn forget(&mut self, now: f64) {
        self.gone_at = now;
        self.log.clear();
        self.expired = 0;
        (self.used, self.in_flight) = (Sum::default(), 0.0);
    }

    /// Adds costs and reported usage that count from now on.
    fn add(&mut self, own: f64, others: f64, now: f64) {
        match self.log.back_mut().filter(|last| last.at == now) {
            Some(last) => {
                last.own += own;
                self.used.add(own);
                last.add_others(others, &mut self.used);
            }
            None => {
                self.used.add(own);
                self.used.add(others);
                if self.log.len() >= LOG {
                    self.merge();
                }
                self.log.push_back(Entry { from: now, at: now, own, others, in_flight: 0.0 });
            }
        }
    }

    /// The entry that counts a cost taken at an instant.
    fn entry_of(&mut self, taken_at: f64) -> Option<&mut Entry> {
        let place = self.log.partition_point(|entry| entry.at < taken_at).max(self.expired);
        // An entry that begins later counts usage that was set, and not the cost taken then.
        self.log.get_mut(place).filter(|entry| entry.from <= taken_at)
    }

    /// Lowers usage by an amount, the oldest entries first.
    fn lower(&mut self, mut amount: f64) {
        for entry in self.log.range_mut(self.expired..) {
            let others = amount.min(entry.others);
            let own = (amount - others).min(entry.own);
            entry.own -= own;
            self.used.add(-own);
            entry.add_others(-others, &mut self.used);
            amount -= others + own;
        }
    }

    /// Lowers the usage that the server reported since an instant, the oldest entries first. It is
    /// unknown which report included it, and younger entries count longer.
    fn lower_others(&mut self, mut amount: f64, since: f64) {
        for entry in self.log.range_mut(self.expired..) {
            if amount <= 0.0 {
                return;
            }
            if entry.at < since {
                continue;
            }
            let others = amount.min(entry.others);
            entry.add_others(-others, &mut self.used);
            amount -= others;
        }
    }

    /// The costs that have expired here and may still count at a server that answers a request of
    /// `granted_at`.
    fn gone_since(&self, granted_at: f64) -> f64 {
        let gone = self.log.range(..self.expired).rev();
        gone.take_while(|entry| granted_at - entry.at <= self.span).map(|entry| entry.own).sum()
    }

    /// Merges entries that lie close together.
    fn merge(&mut self) {
        self.log.drain(..self.expired);
        self.expired = 0;
        let width = self.span / (LOG / 2) as f64;
        let mut kept = 0;
        for at in 0..self.log.len() {
            let Some(&entry) = self.log.get(at) else { return };
            let last = self.log.get_mut(kept);
            match last.filter(|last| kept < at && entry.at - last.from <= width) {
                Some(last) => {
                    last.at = entry.at;
                    last.own += entry.own;
                    self.used.add(-entry.others);
                    last.add_others(entry.others, &mut self.used);
                    last.in_flight += entry.in_flight;
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

impl Definition for RollingWindow {
    type State = RollingWindowState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        WindowFields::from_fields(fields).map(Self)
    }

    fn start(&self, in_force: InForce, _now: f64) -> RollingWindowState {
        RollingWindowState {
            capacity: in_force.limit,
            span: self.span(),
            log: VecDeque::new(),
            expired: 0,
            used: Sum::default(),
            in_flight: 0.0,
            gone_at: f64::NEG_INFINITY,
            known_from: f64::NEG_INFINITY,
        }
    }

    /// A longer window cannot know what a shorter one has dropped.
    fn update(&self, state: &mut RollingWindowState, in_force: InForce, now: f64) {
        // Entries are expired now, as they otherwise expire only when tokens are asked for.
        state.expire(now);
        (state.capacity, state.span) = (in_force.limit, self.span());
    }

    fn field_names() -> &'static [&'static str] {
        &WindowFields::NAMES
    }

    fn fields(&self) -> Fields {
        self.0.fields()
    }

    fn limit(&self) -> f64 {
        self.0.limit
    }

    fn jitter(&self) -> f64 {
        self.0.jitter
    }

    fn traits(&self) -> Traits {
        Traits { counts_in_windows: true, ..Traits::default() }
    }
}

impl State for RollingWindowState {
    fn capacity(&self) -> f64 {
        self.capacity
    }

    /// In any span at most the capacity is granted.
    fn earliest_for(&self, amount: f64, from: f64) -> f64 {
        let spans = windows_for(amount, self.capacity, self.capacity);
        let at = self.ready_at(amount - spans * self.capacity, from);
        at + spans * self.span
    }

    fn advance(&mut self, now: f64) {
        self.expire(now);
    }

    fn available(&mut self, now: f64) -> f64 {
        self.expire(now);
        // Usage may exceed the limit after the limit was lowered.
        self.used.below(self.capacity).max(0.0)
    }

    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        let mut entries = self.log.range(self.expired.min(self.log.len())..).peekable();
        let (mut used, mut at) = (self.used, from);
        loop {
            while let Some(entry) = entries.next_if(|entry| at - entry.at > self.span) {
                entry.leave(&mut used);
            }
            match entries.peek() {
                _ if used.below(self.capacity) >= amount => return at,
                Some(entry) => {
                    at = first_instant(at, entry.at + self.span, |at| at - entry.at > self.span)
                }
                // The rest of the sum after all entries have expired is rounding.
                None => return if amount <= self.capacity { at } else { f64::INFINITY },
            }
        }
    }

    fn counts_until(&self, at: f64, _cost: f64) -> f64 {
        first_instant(at, at + self.span, |later| later - at > self.span)
    }

    fn take(&mut self, cost: f64, now: f64) {
        if cost > 0.0 {
            self.add(cost, 0.0, now);
        }
    }

    fn give_back(&mut self, cost: f64, taken_at: f64, now: f64) {
        self.expire(now);
        let Some(entry) = self.entry_of(taken_at) else { return };
        let back = cost.min(entry.own);
        entry.own -= back;
        self.used.add(-back);
    }

    fn mark_sent(&mut self, cost: f64, now: f64) {
        if let Some(entry) = self.entry_of(now) {
            entry.in_flight += cost;
            self.in_flight += cost;
        }
    }

    fn mark_answered(&mut self, cost: f64, taken_at: f64) {
        let Some(entry) = self.entry_of(taken_at) else { return };
        let answered = cost.min(entry.in_flight);
        entry.in_flight -= answered;
        self.in_flight -= answered;
    }

    /// Usage of other clients counts from now on, as its time is unknown.
    fn sync(&mut self, usage: &ServerUsage, now: f64) {
        self.expire(now);
        let known = self.used.plus(0.0);
        let used = usage.used_with(self.in_flight, known);
        let is_known = usage.evidence == Evidence::Authoritative;
        let more = if is_known {
            self.known_from = self.gone_at;
            used - known
        } else {
            // The formula of `engine::server`, with the usage of others subtracted on both sides.
            let answered_cost =
                if usage.granted_at <= self.known_from { 0.0 } else { usage.answered_cost };
            (used - known - self.gone_since(usage.granted_at)).max(-answered_cost)
        };
        match is_known {
            _ if more > 0.0 => self.add(0.0, more, now),
            true => self.lower(-more),
            // Only usage that was reported while the cost was in flight can include it twice.
            false => self.lower_others(-more, usage.granted_at),
        }
    }

    /// The age and the amount of each entry, the oldest first.
    fn save(&self, now: f64) -> Vec<f64> {
        let mut saved = Vec::new();
        for entry in self.log.range(self.expired.min(self.log.len())..) {
            if now - entry.at <= self.span {
                saved.extend_from_slice(&[now - entry.at, entry.amount()]);
            }
        }
        saved
    }

    fn restore(&mut self, saved: &[f64], age: f64, now: f64) -> Option<()> {
        self.forget(now);
        let mut before = f64::INFINITY;
        let (entries, rest) = saved.as_chunks::<2>();
        for &[since, amount] in entries {
            if !(0.0..=before).contains(&since) || amount < 0.0 || self.log.len() >= LOG {
                return None;
            }
            before = since;
            self.add(amount, 0.0, now - age - since);
        }
        self.expire(now);
        rest.is_empty().then_some(())
    }

    /// The difference to the capacity counts from now on, as its time is unknown.
    fn set_available(&mut self, tokens: f64, now: f64) {
        self.forget(now);
        self.take(self.capacity - tokens.clamp(0.0, self.capacity), now);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::started;
    use super::*;

    #[test]
    fn entry_as_old_as_the_interval_still_counts() {
        let mut window = started(RollingWindow::new(2.0, 1000.0, 0.0));
        window.take(1.0, 0.0);
        window.take(1.0, 400.0);
        assert_eq!(window.available(1000.0), 0.0);
        assert_eq!(window.ready_at(1.0, 400.0), 1000.0_f64.next_up());
        assert_eq!(window.available(1000.0_f64.next_up()), 1.0);
        assert_eq!(window.ready_at(2.0, 1100.0), 1400.0_f64.next_up());
        assert_eq!(window.ready_at(3.0, 1100.0), f64::INFINITY);
    }

    #[test]
    fn jitter_makes_entries_count_longer() {
        let mut window = started(RollingWindow::new(1.0, 1000.0, 50.0));
        window.take(1.0, 10.0);
        assert_eq!(window.available(1060.0), 0.0);
        assert_eq!(window.ready_at(1.0, 10.0), 1060.0_f64.next_up());
    }

    #[test]
    fn bounded_log_drops_nothing_too_early() {
        let (limit, interval) = (200_000.0, 86_400_000.0);
        let mut window = started(RollingWindow::new(limit, interval, 0.0));
        for n in 0..200_000 {
            window.take(1.0, f64::from(n) * 100.0);
        }
        assert!(window.log.len() <= LOG);
        let now = 200_000.0 * 100.0;
        assert_eq!(window.available(now), 0.0);
        // The entry of 0 ms counts for a day, plus at most the width of a merged entry.
        assert_eq!(window.available(interval), 0.0);
        let at = window.ready_at(1.0, now);
        assert!(at > interval && at <= interval + interval / 2048.0 + 1.0, "{at}");
        assert_eq!(window.available(interval + now), limit);
    }

    #[test]
    fn setting_tokens_counts_the_rest_from_now() {
        let mut window = started(RollingWindow::new(10.0, 1000.0, 0.0));
        window.take(2.0, 0.0);
        window.set_available(3.0, 500.0);
        assert_eq!(window.available(1001.0), 3.0);
        assert_eq!(window.available(1501.0), 10.0);
        window.set_available(99.0, 1501.0);
        assert_eq!(window.available(1501.0), 10.0);
    }

    #[test]
    fn merged_entries_count_as_much_as_their_parts() {
        let mut window = started(RollingWindow::new(100_000.0, 100_000.0, 0.0));
        for n in 0..5000 {
            window.take(3.0, f64::from(n) * 20.0);
            assert!(window.log.len() <= LOG);
        }
        assert_eq!(window.available(100_000.0), 100_000.0 - 15_000.0);
        for gone in [1, 3, 9, 10, 99, 1000, 1998, 4000] {
            let used = 100_000.0 - window.available(100_000.0 + f64::from(gone) * 20.0 - 1.0);
            let exact = 15_000.0 - 3.0 * f64::from(gone);
            // At most the entries within 1 / 2048 of the interval expire together.
            assert!(used >= exact && used <= exact + 2.0 * 3.0, "{used} for {exact}");
        }
    }
}
