//! Spacing: grants at least an interval apart.

use super::definition::{Definition, InForce, Traits};
use super::evidence::{Evidence, ServerUsage};
use super::instant::first_instant;
use super::state::State;
use crate::error::{InvalidField, Value};
use crate::fields::{Fields, is_amount};
use crate::numeric::MAX_SAFE;

const INTERVAL: &str = "a number of milliseconds from 0 to 2^53 - 1";
const JITTER: &str = "a finite number of milliseconds, 0 or more";

/// Grants at least `interval` milliseconds apart, times the cost.
///
/// A request of any cost above 0 is granted once the rule is free. The rule is free again
/// `cost * interval + jitter` milliseconds after that grant. A request of cost 0 neither waits nor
/// makes others wait. An interval of 0 spaces nothing.
///
/// The rule has one token: it remains while the rule is free. Until then, the remaining part of it
/// is the part of the time that has passed. As a limit of 1 cannot be divided, share, modes and
/// halved limits have no effect.
///
/// The instant of the last grant and its cost are the only usage, so no error adds up: each grant
/// is made at the first instant whose distance from the grant before is the spacing.
///
/// # Server
///
/// A server that expects `interval * cost` milliseconds after each request before the next one
/// arrives, and refuses a request that comes sooner. A rolling window of limit 1 is the server of
/// requests that all cost 1, and rejects a larger cost.
///
/// # Why none is refused
///
/// Let a request of cost `c` be granted at `s`, and the next one at `t`. The rule grants it at
/// `t >= s + c * interval + jitter`. The first one arrives by `s + jitter`, and the second one at
/// `t` or later. So they arrive in the order of their grants, and `c * interval` apart. A request
/// that is never sent, or turns out to cost less, makes the server expect no more than that.
///
/// # Price
///
/// A saturated rule grants a token each `interval + jitter` milliseconds instead of `interval`, if
/// each request costs 1.
///
/// # Giving back
///
/// The cost of the last grant is given back, wholly or in part. Costs of earlier grants no longer
/// count, as the last one was granted after their time.
#[derive(Clone, Debug)]
pub struct Spacing {
    interval: f64,
    jitter: f64,
}

/// The time that a [`Spacing`] rule waits.
#[derive(Clone, Debug)]
pub struct SpacingState {
    interval: f64,
    jitter: f64,
    /// The last grant.
    own: Wait,
    /// Whether the response to the last grant is not known yet.
    is_in_flight: bool,
    /// Usage that a server reported or that was set. It is at the server already, so it waits for
    /// no jitter.
    others: Wait,
}

/// A cost, and the instant from which the rule waits for it. A cost of 0 waits for nothing.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: f64,
    cost: f64,
}

impl Wait {
    const NONE: Self = Self { since: f64::NEG_INFINITY, cost: 0.0 };

    /// The wait after a restart: `saved` has the time since it began and the cost.
    fn restored(saved: [f64; 2], then: f64) -> Option<Self> {
        let [elapsed, cost] = saved;
        (elapsed >= 0.0 && cost >= 0.0).then_some(Self { since: then - elapsed, cost })
    }

    fn save(self, now: f64) -> [f64; 2] {
        if self.cost > 0.0 { [now - self.since, self.cost] } else { [0.0; 2] }
    }
}

impl Spacing {
    /// Grants `interval` milliseconds apart (0 to 2^53 - 1) for each token of their costs.
    ///
    /// # Errors
    /// The interval is out of its range.
    pub fn new(interval: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&Fields::of(&[("interval", Some(Value::Number(interval)))]))
    }

    /// Returns the rule for requests that reach the server up to `jitter` milliseconds (0 or more)
    /// after their grant.
    ///
    /// # Errors
    /// The jitter is not a finite number of 0 or more.
    pub fn with_jitter(self, jitter: f64) -> Result<Self, InvalidField> {
        let fields = [("interval", self.interval), ("jitter", jitter)];
        Self::from_fields(&Fields::of(
            &fields.map(|(name, number)| (name, Some(Value::Number(number)))),
        ))
    }
}

impl SpacingState {
    /// The length of the wait for the last grant, in milliseconds.
    fn own_gap(&self) -> f64 {
        match self.own.cost * self.interval {
            gap if gap > 0.0 => gap + self.jitter,
            _ => 0.0,
        }
    }

    fn others_gap(&self) -> f64 {
        self.others.cost * self.interval
    }

    /// The instant at which the rule is free, except for rounding.
    fn free_at(&self) -> f64 {
        let [own, others] = [(self.own, self.own_gap()), (self.others, self.others_gap())]
            .map(|(wait, gap)| if gap > 0.0 { wait.since + gap } else { f64::NEG_INFINITY });
        own.max(others)
    }

    /// The remaining tokens at `now`: all, or a part of one.
    fn left(&self, now: f64) -> f64 {
        let Self { interval, own, others, .. } = self;
        let (own_elapsed, elapsed) = (now - own.since, now - others.since);
        let part = match (own_elapsed >= self.own_gap(), elapsed >= self.others_gap()) {
            (true, true) => return self.capacity(),
            (true, false) => 1.0 - others.cost + elapsed / interval,
            (false, true) => own_elapsed / self.own_gap(),
            (false, false) => {
                (own_elapsed / self.own_gap()).min(1.0 - others.cost + elapsed / interval)
            }
        };
        // A part that is rounded up to 1 would be the whole token.
        part.clamp(0.0, 1.0_f64.next_down())
    }
}

impl Definition for Spacing {
    type State = SpacingState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let interval = fields.number("interval", INTERVAL, |ms| (0.0..=MAX_SAFE).contains(&ms))?;
        let jitter = fields.optional_number("jitter", JITTER, is_amount)?.unwrap_or(0.0);
        Ok(Self { interval, jitter })
    }

    fn start(&self, _in_force: InForce, _now: f64) -> SpacingState {
        let (own, others) = (Wait::NONE, Wait::NONE);
        let Self { interval, jitter } = *self;
        SpacingState { interval, jitter, own, is_in_flight: false, others }
    }

    /// The last cost counts on, at the new interval.
    fn update(&self, state: &mut SpacingState, _in_force: InForce, _now: f64) {
        (state.interval, state.jitter) = (self.interval, self.jitter);
    }

    fn field_names() -> &'static [&'static str] {
        &["interval", "jitter"]
    }

    fn fields(&self) -> Fields {
        let fields = [("interval", self.interval), ("jitter", self.jitter)];
        Fields::of(&fields.map(|(name, number)| (name, Some(Value::Number(number)))))
    }

    fn limit(&self) -> f64 {
        1.0
    }

    fn jitter(&self) -> f64 {
        self.jitter
    }

    fn traits(&self) -> Traits {
        Traits { spaces_grants: true, ..Traits::default() }
    }
}

impl State for SpacingState {
    fn capacity(&self) -> f64 {
        if self.interval > 0.0 { 1.0 } else { MAX_SAFE }
    }

    /// The time of each request passes before the next one, whatever its cost.
    fn least_demand(&self, ahead: f64, _largest: f64) -> f64 {
        ahead
    }

    /// The last of the requests needs the rule to be free, which is one token of the amount.
    fn earliest_for(&self, amount: f64, from: f64) -> f64 {
        // Rounding must not make the bound too late.
        let ahead = (amount - 1.0).max(0.0) * self.interval * (1.0 - 4.0 * f64::EPSILON);
        from.max(self.free_at()) + ahead
    }

    fn available(&mut self, now: f64) -> f64 {
        self.left(now)
    }

    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        if self.left(from) >= amount {
            return from;
        }
        if amount > self.capacity() {
            return f64::INFINITY;
        }
        let own = self.own.since + amount * self.own_gap();
        let missing = (self.others.cost - 1.0 + amount).max(0.0);
        let others = self.others.since + missing * self.interval;
        first_instant(from, own.max(others), |at| self.left(at) >= amount)
    }

    fn counts_until(&self, at: f64, cost: f64) -> f64 {
        let own = Wait { since: at, cost };
        Self { own, others: Wait::NONE, ..*self }.ready_at(1.0, at)
    }

    fn take(&mut self, cost: f64, now: f64) {
        if cost > 0.0 {
            (self.own, self.is_in_flight) = (Wait { since: now, cost }, false);
        }
    }

    fn give_back(&mut self, cost: f64, taken_at: f64, _now: f64) {
        if taken_at == self.own.since {
            self.own.cost = (self.own.cost - cost).max(0.0);
        }
    }

    fn set_available(&mut self, tokens: f64, now: f64) {
        self.own = Wait::NONE;
        self.others = Wait { since: now, cost: 1.0 - tokens.clamp(0.0, 1.0) };
    }

    fn mark_sent(&mut self, cost: f64, now: f64) {
        self.is_in_flight |= cost > 0.0 && now == self.own.since;
    }

    fn mark_answered(&mut self, cost: f64, taken_at: f64) {
        self.is_in_flight &= cost == 0.0 || taken_at != self.own.since;
    }

    /// A request in flight makes the server wait from its arrival on, so it adds nothing to the
    /// usage of others, and keeps its own wait.
    fn sync(&mut self, usage: &ServerUsage, now: f64) {
        let is_exact = usage.evidence == Evidence::Authoritative;
        if is_exact && !self.is_in_flight {
            self.own = Wait::NONE;
        }
        if is_exact || now + usage.used * self.interval > self.others.since + self.others_gap() {
            self.others = Wait { since: now, cost: usage.used };
        }
    }

    /// The times since the last grant and since the last report, and the costs of both.
    fn save(&self, now: f64) -> Vec<f64> {
        match self.left(now) >= 1.0 {
            true => Vec::new(),
            false => [self.own.save(now), self.others.save(now)].concat(),
        }
    }

    fn restore(&mut self, saved: &[f64], age: f64, now: f64) -> Option<()> {
        self.is_in_flight = false;
        (self.own, self.others) = match *saved {
            [] => (Wait::NONE, Wait::NONE),
            [own_elapsed, own, others_elapsed, others] => {
                let then = now - age;
                let own = Wait::restored([own_elapsed, own], then)?;
                (own, Wait::restored([others_elapsed, others], then)?)
            }
            _ => return None,
        };
        Some(())
    }

    /// A request needs the rule to be free, whatever its cost, and waits for all ahead of it.
    fn need(&self, ahead: f64, _cost: f64) -> f64 {
        if ahead > 0.0 && self.interval > 0.0 { f64::INFINITY } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::started;
    use super::*;

    #[test]
    fn each_cost_waits_for_its_time_and_the_jitter() {
        let mut spacing = started(Spacing::new(100.0).and_then(|each| each.with_jitter(20.0)));
        assert_eq!([-1e15, 5.0].map(|at| spacing.available(at)), [1.0; 2]);
        spacing.take(3.0, 5.0);
        assert_eq!([5.0, 165.0].map(|at| spacing.available(at)), [0.0, 0.5]);
        assert!(spacing.available(325.0_f64.next_down()) < 1.0);
        assert_eq!((spacing.available(325.0), spacing.ready_at(1.0, 5.0)), (1.0, 325.0));
        assert_eq!(spacing.ready_at(0.5, 5.0), 165.0);
        assert_eq!(spacing.ready_at(1.5, 5.0), f64::INFINITY);
        spacing.take(0.0, 400.0);
        assert_eq!(spacing.available(400.0), 1.0);
    }

    #[test]
    fn part_of_the_token_agrees_with_its_instant() {
        for interval in [1e-3, 0.1, 100.0 / 3.0, 1e9 + 0.7] {
            let mut spacing = started(Spacing::new(interval));
            let taken_at = 1_700_000_000_000.1;
            spacing.take(1.7, taken_at);
            for amount in [1e-9, 0.1, 1.0 / 3.0, 0.99, 1.0] {
                let at = spacing.ready_at(amount, taken_at);
                assert!(spacing.available(at) >= amount, "{interval} {amount}");
            }
            assert_eq!(spacing.counts_until(taken_at, 1.7), spacing.ready_at(1.0, taken_at));
        }
    }

    #[test]
    fn reported_usage_comes_back_beside_the_last_grant() {
        let mut spacing = started(Spacing::new(100.0).and_then(|each| each.with_jitter(20.0)));
        spacing.take(1.0, 0.0);
        spacing.set_available(0.25, 10.0);
        assert_eq!((spacing.available(35.0), spacing.ready_at(1.0, 10.0)), (0.5, 85.0));
        spacing.take(1.0, 85.0);
        // Both are waited for, and a lower report changes nothing.
        let report = |used, evidence| ServerUsage {
            used,
            total: used,
            answered_cost: 0.0,
            evidence,
            granted_at: 85.0,
            reported_within: (0.0, 0.0),
            resets_within: None,
            resets_by: None,
        };
        for (used, at) in [(0.5, 205.0), (2.0, 300.0), (1.0, 300.0)] {
            spacing.sync(&report(used, Evidence::Complete), 100.0);
            assert_eq!(spacing.ready_at(1.0, 100.0), at, "{used}");
        }
        // The last grant stays while it is in flight.
        spacing.mark_sent(1.0, 85.0);
        spacing.sync(&report(0.0, Evidence::Authoritative), 100.0);
        assert_eq!(spacing.ready_at(1.0, 100.0), 205.0);
        spacing.mark_answered(0.0, 85.0);
        spacing.sync(&report(0.0, Evidence::Authoritative), 100.0);
        assert_eq!(spacing.ready_at(1.0, 100.0), 205.0);
        spacing.mark_answered(1.0, 85.0);
        spacing.sync(&report(0.0, Evidence::Authoritative), 100.0);
        assert_eq!(spacing.ready_at(1.0, 100.0), 100.0);
    }

    #[test]
    fn cost_of_the_last_grant_is_given_back() {
        let mut spacing = started(Spacing::new(100.0));
        spacing.take(3.0, 0.0);
        spacing.give_back(1.0, 0.0, 10.0);
        assert_eq!(spacing.ready_at(1.0, 10.0), 200.0);
        spacing.take(2.0, 200.0);
        spacing.give_back(2.0, 0.0, 210.0);
        assert_eq!(spacing.ready_at(1.0, 210.0), 400.0);
        spacing.give_back(2.0, 200.0, 210.0);
        assert_eq!(spacing.ready_at(1.0, 210.0), 210.0);
    }

    #[test]
    fn saved_waits_continue_at_their_age() {
        let mut spacing = started(Spacing::new(100.0).and_then(|each| each.with_jitter(20.0)));
        assert_eq!(spacing.save(0.0), []);
        spacing.take(2.0, 50.0);
        assert_eq!(spacing.save(80.0), [30.0, 2.0, 0.0, 0.0]);
        for (saved, at) in [(&[30.0, 2.0, 0.0, 0.0][..], 1180.0), (&[30.0, 2.0, 10.0, 3.0], 1280.0)]
        {
            assert_eq!(spacing.restore(saved, 10.0, 1000.0), Some(()));
            assert_eq!(spacing.ready_at(1.0, 1000.0), at);
        }
        assert_eq!(spacing.restore(&[], 10.0, 1000.0), Some(()));
        assert_eq!(spacing.ready_at(1.0, 1000.0), 1000.0);
        for damaged in [&[1.0][..], &[-1.0, 1.0, 0.0, 0.0], &[1.0, 1.0, 0.0, -1.0]] {
            assert_eq!(spacing.restore(damaged, 0.0, 1000.0), None, "{damaged:?}");
        }
    }

    #[test]
    fn interval_of_zero_spaces_nothing() {
        let mut spacing = started(Spacing::new(0.0).and_then(|each| each.with_jitter(20.0)));
        spacing.take(1e300, 5.0);
        assert_eq!((spacing.available(5.0), spacing.capacity()), (MAX_SAFE, MAX_SAFE));
        assert_eq!((spacing.ready_at(1.0, 5.0), spacing.need(3.0, 1.0)), (5.0, 1.0));
    }

    #[test]
    fn huge_cost_waits_for_ever_and_can_be_saved() {
        let mut spacing = started(Spacing::new(MAX_SAFE));
        spacing.take(f64::MAX, 5.0);
        assert_eq!((spacing.available(1e15), spacing.ready_at(1.0, 5.0)), (0.0, f64::INFINITY));
        let saved = spacing.save(1e15);
        assert!(saved.iter().all(|n| n.is_finite()), "{saved:?}");
        assert_eq!(spacing.restore(&saved, 0.0, 1e15), Some(()));
        assert_eq!(spacing.available(2e15), 0.0);
    }

    #[test]
    fn error_names_the_field() {
        let message = |result: Result<Spacing, InvalidField>| result.unwrap_err().to_string();
        for (interval, shown) in [(-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
            assert_eq!(
                message(Spacing::new(interval)),
                format!(
                    "interval must be a number of milliseconds from 0 to 2^53 - 1, got {shown}"
                )
            );
        }
        assert_eq!(
            message(Spacing::new(1.0).and_then(|each| each.with_jitter(-1.0))),
            "jitter must be a finite number of milliseconds, 0 or more, got -1"
        );
    }
}
