//! Token bucket: tokens refill at a steady rate, up to a capacity.

use super::definition::{Definition, InForce, Traits};
use super::evidence::{Evidence, ServerUsage};
use super::instant::first_instant;
use super::state::State;
use crate::error::{InvalidField, Value};
use crate::fields::{Fields, counted_limit, is_amount, is_limit};
use crate::numeric::rate::Rate;
use crate::numeric::recent_sum::RecentSum;
use crate::numeric::sum::Sum;

const CAPACITY: &str = "a number above 0 and at most 2^53 - 1";
/// The number of refilled tokens up to which the refill is exact to 2^-33 of a token.
const FAR: f64 = 1_048_576.0;
const JITTER: &str = "shorter than the bucket takes to fill, in milliseconds";
const AMOUNT: &str = "a finite number of 0 or more";
const TOKENS: &str = "a number of 0 or more";
const DEBT: &str = "true or false";

/// A bucket that holds up to `capacity` tokens and gains `refill_rate` tokens per millisecond.
///
/// The state of the bucket is an instant, its anchor, and one sum: all tokens taken since the
/// anchor, minus those held at the anchor.
///
/// ```text
/// available(now) = min(capacity, rate * (now - anchor) - spent)
/// ```
///
/// The refill is not added up step by step. However many requests pass, it is one product of whole
/// numbers (see `Rate`), and the sum of the taken tokens keeps its rounding error. The anchor moves
/// only where that is exact: to `now` when tokens are taken from a full bucket, and by whole
/// periods of the rate when it lies far back. Rates that are fractions of whole numbers, as limits
/// are, therefore never drift. For any other rate the error is that of one rounding of all tokens
/// gained since the bucket was full, `2^-53` of it.
///
/// A bucket passes up to `capacity + refill_rate * t` in any stretch of `t` milliseconds: a burst
/// of the whole capacity, then the refill. If a server counts in windows of `t`, that sum has to
/// stay within the server's limit.
///
/// # Server
///
/// A bucket of the same capacity and rate, full at the start, which is refilled when a request
/// arrives; a request that finds less than its cost is refused. (Coinbase Exchange calls it a
/// lazy-fill token bucket. Kraken's decaying counter is the same, counted from the other end.) Such
/// a server refuses none exactly if the costs that arrive in any stretch of time are at most
/// `capacity + refill_rate *` its length.
///
/// # Why none is refused
///
/// 1. Requests that arrive between `a` and `b` were granted between `a - jitter` and `b`.
/// 2. The bucket here has a capacity of `capacity - refill_rate * jitter`. In that time it grants
///    at most `capacity - refill_rate * jitter + refill_rate * (b - a + jitter)`.
/// 3. That is `capacity + refill_rate * (b - a)`, which the server accepts.
///
/// The argument also holds when another limit comes into force, as this bucket then never has a
/// smaller deficit than the server's. Taken tokens are missing in both, the server's bucket refills
/// no slower, and a change leaves the deficit as it is. A cost above the limit in force is taken
/// from a full bucket: the deficit is then that cost, which is within the capacity of step 2.
///
/// # Price
///
/// The burst is smaller by the refill within `jitter`. The rate is that of the server.
///
/// # Debt
///
/// A bucket that allows debt grants a request of any cost once it holds zero or more. The cost may
/// take it below zero, and the next request waits until it is back at zero. ccxt's own throttler
/// works like this.
///
/// # Giving back
///
/// Without a given-back request, its cost would be in the bucket now, minus what would have
/// overflowed since. The overflow is at most the refill since, and zero as long as the deficit was
/// never below the cost. The larger result of the two bounds is given back. Costs taken before the
/// last change of the limit are not.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    limit: f64,
    refill_rate: f64,
    jitter: f64,
    /// The tokens held at the start, unless the bucket starts full.
    tokens: Option<f64>,
    debt: bool,
}

/// The remaining tokens under a [`TokenBucket`] rule.
#[derive(Clone, Debug)]
pub struct TokenBucketState {
    debt: bool,
    /// This program's share of the limit: the capacity of the server's bucket, as far as this
    /// program is concerned.
    share: f64,
    /// The limit in force, minus the refill within `jitter`.
    capacity: f64,
    rate: Rate,
    anchor: f64,
    /// Memo of the last refill: time since the anchor, and tokens. `allows` and `take` run with the
    /// same `now`, and the division is their slowest step.
    refill: (f64, f64),
    spent: Sum,
    lowest_deficit: LowestDeficit,
    /// The start of the current refill rate.
    steady_since: f64,
    /// The costs in flight that were taken within one filling time. Older ones have been refilled.
    in_flight: RecentSum,
}

/// The lowest deficit that any request found since an instant, minus what was given back.
#[derive(Clone, Copy, Debug)]
struct LowestDeficit {
    since: f64,
    deficit: f64,
}

impl LowestDeficit {
    /// Nothing was taken since.
    fn new(since: f64) -> Self {
        Self { since, deficit: f64::INFINITY }
    }
}

impl TokenBucket {
    /// A full bucket of `capacity` tokens (above 0, at most 2^53 - 1) that gains `refill_rate`
    /// tokens per millisecond (0 or more, finite; 0 never refills).
    ///
    /// # Errors
    /// Names the field that is out of its range.
    pub fn new(capacity: f64, refill_rate: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&Fields::from_iter([
            ("capacity", Value::Number(capacity)),
            ("refillRate", Value::Number(refill_rate)),
        ]))
    }

    /// Returns the bucket with `tokens` at the start, capped at the capacity.
    ///
    /// # Errors
    /// `tokens` is not a number of 0 or more.
    pub fn with_tokens(self, tokens: f64) -> Result<Self, InvalidField> {
        self.with("tokens", Value::Number(tokens))
    }

    /// Returns the bucket for requests that reach the server up to `jitter` milliseconds (0 or
    /// more) after their grant.
    ///
    /// # Errors
    /// The bucket fills in less than `jitter`.
    pub fn with_jitter(self, jitter: f64) -> Result<Self, InvalidField> {
        self.with("jitter", Value::Number(jitter))
    }

    /// Returns the bucket with debt allowed: any cost is granted once it holds zero or more.
    ///
    /// # Errors
    /// None: `true` is always valid.
    pub fn with_debt(self) -> Result<Self, InvalidField> {
        self.with("allowDebt", Value::Bool(true))
    }

    fn with(self, name: &str, value: Value) -> Result<Self, InvalidField> {
        let mut fields = self.fields();
        fields.set(name, value);
        Self::from_fields(&fields)
    }

    /// The refill rate if `part` tokens of the limit are in force. It shrinks in proportion.
    fn rate(&self, part: f64) -> Rate {
        Rate::new(self.refill_rate * (part / self.limit))
    }
}

impl TokenBucketState {
    /// Sets the tokens at `now`, which may be below zero.
    fn hold(&mut self, tokens: f64, now: f64) {
        self.anchor = now;
        self.spent = Sum::new(-tokens);
    }

    /// The tokens gained since the anchor.
    #[inline(always)]
    fn refilled(&mut self, now: f64) -> f64 {
        let elapsed = now - self.anchor;
        if self.refill.0 != elapsed {
            self.refill = (elapsed, self.rate.tokens_in(elapsed));
        }
        self.refill.1
    }

    /// The remaining tokens at `now`. A bucket without debt is below zero only by rounding or after
    /// its limit was lowered, which counts as zero.
    fn left(&self, now: f64) -> f64 {
        if self.debt { self.level(now) } else { self.level(now).max(0.0) }
    }

    /// The tokens at `now`, which may be below zero.
    fn level(&self, now: f64) -> f64 {
        self.uncapped(now).min(self.capacity)
    }

    /// Advances the anchor of a bucket that is never full by whole periods of its rate, where that
    /// is exact.
    fn move_anchor(&mut self, now: f64) {
        let elapsed = now - self.anchor;
        if elapsed < self.rate.period() {
            return;
        }
        let (elapsed, refilled) = self.rate.whole_periods(elapsed);
        if (self.anchor + elapsed) - self.anchor == elapsed {
            self.anchor += elapsed;
            self.spent.add(-refilled);
        }
    }

    /// The time in which an empty bucket fills, in milliseconds.
    fn filling(&self) -> f64 {
        self.rate.time_for(self.capacity)
    }

    /// The tokens that the bucket would hold at `now` without a capacity.
    fn uncapped(&self, now: f64) -> f64 {
        self.spent.below(self.rate.tokens_in(now - self.anchor))
    }
}

impl Definition for TokenBucket {
    type State = TokenBucketState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let limit = counted_limit(fields.number("capacity", CAPACITY, is_limit)?);
        let refill_rate = fields.number("refillRate", AMOUNT, is_amount)?;
        // A bucket that starts full also does so after a change of its capacity.
        let tokens = fields
            .optional_number("tokens", TOKENS, |tokens| tokens >= 0.0)?
            .filter(|&tokens| tokens < limit);
        let jitter = fields.optional_number("jitter", AMOUNT, is_amount)?.unwrap_or(0.0);
        let debt = match fields.get("allowDebt") {
            None => false,
            Some(Value::Bool(debt)) => *debt,
            Some(other) => return Err(InvalidField::new("allowDebt", other.clone(), DEBT)),
        };
        if limit - Rate::new(refill_rate).tokens_in(jitter) <= 0.0 {
            return Err(InvalidField::new("jitter", Value::Number(jitter), JITTER));
        }
        Ok(Self { limit, refill_rate, jitter, tokens, debt })
    }

    /// The deficit of the configured tokens is the deficit under the limit in force.
    fn start(&self, in_force: InForce, now: f64) -> TokenBucketState {
        let full = in_force.share - self.rate(in_force.share).tokens_in(self.jitter);
        let missing = full - self.tokens.unwrap_or(full).min(full);
        let mut bucket = TokenBucketState {
            debt: self.debt,
            share: in_force.share,
            capacity: self.capacity(in_force),
            rate: self.rate(in_force.limit),
            anchor: now,
            refill: (f64::NAN, 0.0),
            spent: Sum::default(),
            lowest_deficit: LowestDeficit::new(f64::NEG_INFINITY),
            steady_since: f64::NEG_INFINITY,
            in_flight: RecentSum::default(),
        };
        bucket.hold(bucket.capacity - missing, now);
        bucket
    }

    /// Usage is the deficit. If the size of the server's bucket changes, its tokens do not: it
    /// holds as many as before, or is full if it can hold no more.
    fn update(&self, state: &mut TokenBucketState, in_force: InForce, now: f64) {
        let used = state.capacity - state.level(now) + (in_force.share - state.share);
        let (share, rate) = (state.share, state.rate);
        state.debt = self.debt;
        state.share = in_force.share;
        state.capacity = self.capacity(in_force);
        state.rate = self.rate(in_force.limit);
        state.refill = (f64::NAN, 0.0);
        if state.share != share {
            // The tokens of the server's bucket without some past request are no longer known.
            state.steady_since = now;
            state.lowest_deficit = LowestDeficit::new(now);
        } else if state.rate != rate {
            state.steady_since = now;
        }
        state.hold(state.capacity - used.max(0.0), now);
    }

    fn field_names() -> &'static [&'static str] {
        &["capacity", "refillRate", "tokens", "jitter", "allowDebt"]
    }

    fn fields(&self) -> Fields {
        Fields::of(&[
            ("capacity", Some(Value::Number(self.limit))),
            ("refillRate", Some(Value::Number(self.refill_rate))),
            ("jitter", Some(Value::Number(self.jitter))),
            ("allowDebt", Some(Value::Bool(self.debt))),
            ("tokens", self.tokens.map(Value::Number)),
        ])
    }

    fn limit(&self) -> f64 {
        self.limit
    }

    fn jitter(&self) -> f64 {
        self.jitter
    }

    fn capacity(&self, in_force: InForce) -> f64 {
        (in_force.limit - self.rate(in_force.limit).tokens_in(self.jitter)).max(0.0)
    }

    fn traits(&self) -> Traits {
        let starts_below_capacity = self.tokens.is_some();
        Traits { allows_debt: self.debt, starts_below_capacity, ..Traits::default() }
    }
}

impl State for TokenBucketState {
    fn capacity(&self) -> f64 {
        self.capacity
    }

    /// All tokens that were taken have to be refilled, also those beyond the capacity.
    fn least_demand(&self, ahead: f64, _largest: f64) -> f64 {
        ahead
    }

    fn earliest_for(&self, amount: f64, from: f64) -> f64 {
        match amount - self.level(from) {
            missing if missing > 0.0 => from + self.rate.time_for(missing),
            _ => from,
        }
    }

    fn available(&mut self, now: f64) -> f64 {
        self.left(now)
    }

    #[inline(always)]
    fn allows(&mut self, cost: f64, reserve: f64, now: f64) -> bool {
        let need = self.need(0.0, cost) + reserve;
        let refilled = self.refilled(now);
        // Compares without computing the remaining tokens.
        self.spent.below(refilled) >= need && self.capacity >= need
    }

    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        if self.left(from) >= amount {
            return from;
        }
        if amount > self.capacity {
            return f64::INFINITY;
        }
        let guess = self.anchor + self.rate.time_for(self.spent.plus(amount));
        first_instant(from, guess, |at| self.uncapped(at) >= amount)
    }

    #[inline(always)]
    fn take(&mut self, cost: f64, now: f64) {
        let refilled = self.refilled(now);
        if self.spent.below_exceeds(refilled, self.capacity) >= 0.0 {
            (self.anchor, self.spent) = (now, Sum::new(-self.capacity));
            self.lowest_deficit = LowestDeficit::new(now);
        } else {
            let missing = self.capacity - self.spent.below(refilled);
            if missing < self.lowest_deficit.deficit {
                self.lowest_deficit.deficit = missing;
            }
            if refilled > FAR {
                self.move_anchor(now);
            }
        }
        self.spent.add(cost);
    }

    fn give_back(&mut self, cost: f64, taken_at: f64, now: f64) {
        let missing = self.capacity - self.level(now);
        let not_come_in = match taken_at >= self.steady_since {
            true => cost - self.rate.tokens_in(now - taken_at),
            false => 0.0,
        };
        let always_missing =
            if taken_at >= self.lowest_deficit.since { self.lowest_deficit.deficit } else { 0.0 };
        let back = not_come_in.max(always_missing).clamp(0.0, cost).min(missing);
        self.spent.add(-back);
        self.lowest_deficit.deficit -= back;
    }

    fn set_available(&mut self, tokens: f64, now: f64) {
        self.hold(tokens.clamp(0.0, self.capacity), now);
        (self.lowest_deficit, self.in_flight) = (LowestDeficit::new(now), RecentSum::default());
    }

    fn mark_sent(&mut self, cost: f64, now: f64) {
        self.in_flight.add(cost, now, self.filling());
    }

    fn mark_answered(&mut self, cost: f64, taken_at: f64) {
        self.in_flight.remove(cost, taken_at);
    }

    /// The bucket does not know its own part of the reported usage, so costs that were added as in
    /// flight stay until they are refilled. If usage exceeds the capacity, earlier costs are not
    /// given back, as the excess is refilled first.
    fn sync(&mut self, usage: &ServerUsage, now: f64) {
        let (level, in_flight) = (self.level(now), self.in_flight.sum(now, self.filling()));
        let used = usage.used_with(in_flight, self.capacity - level);
        let tokens = (self.capacity - used).max(level.min(0.0));
        if usage.evidence == Evidence::Authoritative || tokens < level {
            self.hold(tokens, now);
            self.lowest_deficit = LowestDeficit::new(now);
            if used > self.capacity {
                self.steady_since = now.next_up();
                self.lowest_deficit = LowestDeficit::new(self.steady_since);
            }
        }
    }

    /// The deficit.
    fn save(&self, now: f64) -> Vec<f64> {
        vec![self.capacity - self.level(now)]
    }

    fn restore(&mut self, saved: &[f64], age: f64, now: f64) -> Option<()> {
        let &[missing] = saved else { return None };
        self.hold(self.capacity - missing, now - age);
        self.hold(self.level(now), now);
        (self.lowest_deficit, self.steady_since, self.in_flight) =
            (LowestDeficit::new(now), now, RecentSum::default());
        (missing >= 0.0).then_some(())
    }

    fn need(&self, ahead: f64, cost: f64) -> f64 {
        if self.debt && ahead == 0.0 { 0.0 } else { ahead + cost }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::started_at;
    use super::*;

    #[test]
    fn idle_bucket_refills_to_exactly_full() {
        let mut bucket = started_at(TokenBucket::new(10.0, 1.0 / 7.0), 1000.0);
        bucket.take(10.0, 1000.0);
        assert_eq!(bucket.available(1000.0), 0.0);
        assert_eq!(bucket.available(1035.0), 5.0);
        assert_eq!(bucket.available(1070.0), 10.0);
        assert_eq!(bucket.available(1e15), 10.0);
    }

    #[test]
    fn ready_at_is_the_first_instant() {
        let mut bucket = started_at(TokenBucket::new(10.0, 0.1 + 0.2), 0.0);
        bucket.take(10.0, 0.0);
        for cost in [1.0, 0.1, 3.3, 10.0] {
            let at = bucket.ready_at(cost, 0.0);
            assert!(bucket.available(at) >= cost, "{cost}: early");
            assert!(bucket.available(at - at * 1e-15) < cost, "{cost}: late");
        }
        assert_eq!(bucket.ready_at(10.000001, 0.0), f64::INFINITY);
        assert_eq!(bucket.ready_at(0.0, 5.0), 5.0);
    }

    #[test]
    fn ten_million_grants_of_a_tenth_do_not_drift() {
        let mut bucket = started_at(TokenBucket::new(1.0, 0.1), 0.0);
        // The bucket is never full again: 0.1 is taken each millisecond, which is just the refill.
        bucket.take(0.55, 0.0);
        let mut now = 0.0;
        for _ in 0..10_000_000 {
            now += 1.0;
            bucket.take(0.1, now);
        }
        // As a float, the cost 0.1 is not exactly a tenth; the difference of 10^7 of them is
        // 5.6e-11 tokens.
        assert!((bucket.available(now) - 0.45).abs() < 1e-9, "{}", bucket.available(now));
    }

    #[test]
    fn high_rate_does_not_drift_for_years() {
        // The rate is 111.1111 per millisecond, or 1 111 111 in 10 s: 1.7e13 tokens in five years,
        // which a float resolves to 0.002. The times are whole periods of the rate in the first
        // run, and others in the second.
        for step in [70_000, 60_007] {
            let mut bucket = started_at(TokenBucket::new(1e8, 111.1111), 0.0);
            bucket.take(1e8, 0.0);
            let mut taken: i128 = 0;
            let mut now = 0;
            for _ in 0..2_628_000 {
                now += step;
                let whole = now * 1_111_111 / 10_000 - taken - 10;
                bucket.take(whole as f64, now as f64);
                taken += whole;
            }
            let later = now + 7_777;
            let exact = (later * 1_111_111 - taken * 10_000) as f64 / 10_000.0;
            let left = bucket.available(later as f64);
            assert!((left - exact).abs() < 1e-6, "{left} {exact}");
        }
    }

    #[test]
    fn tiny_costs_count_beside_a_huge_capacity() {
        for (capacity, cost) in [(9_007_199_254_740_991.0, 0.25), (1e15, 0.05), (1e12, 5e-5)] {
            let mut bucket = started_at(TokenBucket::new(capacity, 0.0), 0.0);
            (0..1_000_000).for_each(|_| bucket.take(cost, 0.0));
            let taken = capacity - bucket.available(0.0);
            assert!((taken - 1e6 * cost).abs() <= 1.0, "{taken} of {}", 1e6 * cost);
        }
    }

    #[test]
    fn limit_above_2_pow_53_is_rejected() {
        assert!(TokenBucket::new(9_007_199_254_740_992.0, 1.0).is_err());
    }

    #[test]
    fn highest_rate_is_ready_almost_at_once() {
        let mut bucket = started_at(TokenBucket::new(1.0, f64::MAX), 5.0);
        bucket.take(1.0, 5.0);
        let at = bucket.ready_at(1.0, 5.0);
        assert!(at > 5.0 && at < 5.000001, "{at}");
    }

    #[test]
    fn slow_huge_bucket_finds_its_instant() {
        let mut bucket = started_at(TokenBucket::new(9_007_199_254_740_991.0, 1e-9), 1e9);
        bucket.take(9_007_199_254_740_991.0, 1e9);
        let at = bucket.ready_at(9_007_199_254_740_990.5, 1e9);
        assert!(at.is_finite() && bucket.available(at) >= 9_007_199_254_740_990.5, "{at}");
    }

    #[test]
    fn bucket_without_refill_is_never_ready_again() {
        let mut bucket = started_at(TokenBucket::new(1.0, 0.0), 0.0);
        bucket.take(1.0, 0.0);
        assert_eq!(bucket.ready_at(1.0, 0.0), f64::INFINITY);
    }

    #[test]
    fn error_names_the_invalid_field() {
        let message = |r: Result<TokenBucket, InvalidField>| r.unwrap_err().to_string();
        assert_eq!(
            message(TokenBucket::new(0.0, 1.0)),
            "capacity must be a number above 0 and at most 2^53 - 1, got 0"
        );
        assert_eq!(
            message(TokenBucket::new(1.0, f64::NAN)),
            "refillRate must be a finite number of 0 or more, got NaN"
        );
        assert_eq!(
            message(TokenBucket::new(1.0, 1.0).unwrap().with_tokens(-1.0)),
            "tokens must be a number of 0 or more, got -1"
        );
    }
}
