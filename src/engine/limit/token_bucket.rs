//! Token bucket: tokens come in at a steady rate, up to a capacity.

use super::definition::{Definition, InForce, Traits};
use super::evidence::{Evidence, ServerUsage};
use super::instant::first_instant;
use super::state::State;
use crate::error::{InvalidField, Value};
use crate::fields::{Fields, is_amount, is_limit};
use crate::numeric::rate::Rate;
use crate::numeric::recent_sum::RecentSum;
use crate::numeric::sum::Sum;

const CAPACITY: &str = "a number above 0 and at most 2^53 - 1";
/// So many tokens after its anchor the refill is still exact to 2^-33 of a token.
const FAR: f64 = 1_048_576.0;
const JITTER: &str = "shorter than the bucket takes to fill, in milliseconds";
const AMOUNT: &str = "a finite number of 0 or more";
const DEBT: &str = "true or false";

/// A bucket that holds up to `capacity` tokens and refills at `refill_rate` tokens per millisecond.
///
/// The bucket is kept as an instant, its anchor, and one sum: all that was taken since then, less what it held then.
///
/// ```text
/// available(now) = min(capacity, rate * (now - anchor) - spent)
/// ```
///
/// The refill is not added up step by step: however many requests pass, it is one product of whole numbers (see
/// `Rate`), and the sum of what was taken carries its rounding error along. The anchor moves where that is exact: to
/// `now` when something is taken from a full bucket, and by whole periods of the rate when it lies far back. So nothing
/// drifts for rates that are fractions of whole numbers, as limits are; for any other the error is that of one rounding
/// of all that was refilled since the bucket was full, `2^-53` of it.
///
/// A bucket passes up to `capacity + refill_rate * t` in any stretch of `t` milliseconds: a burst of all it holds,
/// then the refill. Where a server counts in windows of `t`, that sum has to stay within the server's limit.
///
/// # Server
///
/// A bucket of the same capacity and rate, full at the start, that is filled when a request arrives; one that finds
/// less than its cost is refused. (Coinbase Exchange calls it a lazy-fill token bucket; Kraken's counter that decays is
/// the same, counted from the other end.) It refuses none exactly if what arrives in any stretch of time is at most
/// `capacity + refill_rate *` its length.
///
/// # Why none is refused
///
/// What arrives between `a` and `b` was granted between `a - jitter` and `b`. From a bucket of `capacity - refill_rate *
/// jitter` that is at most `capacity - refill_rate * jitter + refill_rate * (b - a + jitter)`, which is `capacity +
/// refill_rate * (b - a)`.
///
/// That goes on to hold when another limit comes into force: this bucket then never misses less than the server's. What
/// is taken is missing in both, the server's refills no slower, and a change leaves what is missing as it is.
///
/// # What it costs
///
/// The burst is smaller by what refills in `jitter`; the rate is the server's.
///
/// # Debt
///
/// A bucket that allows debt grants a request of any cost as soon as it holds zero or more; the cost may take it below
/// zero, and the next waits until it is back there. That is ccxt's own throttler.
///
/// # What is given back
///
/// Had a request not been granted, its cost would be there now, less what would have run over since. That cannot be more
/// than came in since, and nothing has run over as long as its cost was missing all the time: the larger of what the
/// two leave is given back. Nothing is that was taken before the limit itself was changed.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    limit: f64,
    refill_rate: f64,
    jitter: f64,
    /// What it holds when it starts, unless it is full.
    tokens: Option<f64>,
    debt: bool,
}

/// What is left under a [`TokenBucket`] rule.
#[derive(Clone, Debug)]
pub struct TokenBucketState {
    debt: bool,
    /// What of the limit is this bucket's: that of the server, as far as this program is concerned.
    share: f64,
    /// The limit in force less what refills in `jitter`.
    capacity: f64,
    rate: Rate,
    anchor: f64,
    /// A time since the anchor, and what came in within it: who is granted is asked for first and taken then, and a
    /// division is the slowest step of both.
    refill: (f64, f64),
    spent: Sum,
    lowest_deficit: LowestDeficit,
    /// Since when it fills at this rate.
    steady_since: f64,
    /// What is in flight of what was taken in the time that it takes to fill; what is older has come in again.
    in_flight: RecentSum,
}

/// The least that was missing in a bucket whenever something was taken since some instant, less what was given back.
#[derive(Clone, Copy, Debug)]
struct LowestDeficit {
    since: f64,
    deficit: f64,
}

impl LowestDeficit {
    /// Nothing has been taken since.
    fn new(since: f64) -> Self {
        Self { since, deficit: f64::INFINITY }
    }
}

impl TokenBucket {
    /// A full bucket of `capacity` tokens (above 0, at most 2^53 - 1) that refills at `refill_rate` tokens per
    /// millisecond (0 or more, finite; 0 never refills).
    ///
    /// # Errors
    /// Names the field that is out of its range.
    pub fn new(capacity: f64, refill_rate: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&Fields::from_iter([
            ("capacity", Value::Number(capacity)),
            ("refillRate", Value::Number(refill_rate)),
        ]))
    }

    /// The same bucket holding `tokens` at the start; more than the capacity counts as the capacity.
    ///
    /// # Errors
    /// `tokens` is not a finite number of 0 or more.
    pub fn with_tokens(self, tokens: f64) -> Result<Self, InvalidField> {
        self.with("tokens", Value::Number(tokens))
    }

    /// The same bucket for requests that reach the server up to `jitter` milliseconds (0 or more) after their grant.
    ///
    /// # Errors
    /// The bucket fills in less than that.
    pub fn with_jitter(self, jitter: f64) -> Result<Self, InvalidField> {
        self.with("jitter", Value::Number(jitter))
    }

    /// The same bucket that allows debt: any cost is granted as soon as it holds zero or more.
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

    /// The refill rate of which `part` tokens of the limit are in force: it shrinks in the same proportion.
    fn rate(&self, part: f64) -> Rate {
        Rate::new(self.refill_rate * (part / self.limit))
    }
}

impl TokenBucketState {
    /// Makes it hold `tokens` at `now`, which may be less than none.
    fn hold(&mut self, tokens: f64, now: f64) {
        self.anchor = now;
        self.spent = Sum::new(-tokens);
    }

    /// What came in since the anchor.
    #[inline(always)]
    fn refilled(&mut self, now: f64) -> f64 {
        let elapsed = now - self.anchor;
        if self.refill.0 != elapsed {
            self.refill = (elapsed, self.rate.tokens_in(elapsed));
        }
        self.refill.1
    }

    /// What is left at `now`: of a bucket without debt never less than none, which is a rounding error then, or a
    /// limit that was lowered.
    fn left(&self, now: f64) -> f64 {
        if self.debt { self.level(now) } else { self.level(now).max(0.0) }
    }

    /// What it holds at `now`, which may be less than none.
    fn level(&self, now: f64) -> f64 {
        self.uncapped(now).min(self.capacity)
    }

    /// Moves the anchor of a bucket that is never full on by whole periods of its rate, where that is exact.
    fn move_anchor(&mut self, now: f64) {
        let (elapsed, refilled) = self.rate.whole_periods(now - self.anchor);
        if (self.anchor + elapsed) - self.anchor == elapsed {
            self.anchor += elapsed;
            self.spent.add(-refilled);
        }
    }

    /// How long it takes to fill.
    fn filling(&self) -> f64 {
        self.rate.time_for(self.capacity)
    }

    /// What the bucket would hold at `now` if it had no capacity.
    fn uncapped(&self, now: f64) -> f64 {
        self.spent.below(self.rate.tokens_in(now - self.anchor))
    }
}

impl Definition for TokenBucket {
    type State = TokenBucketState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let limit = fields.number("capacity", CAPACITY, is_limit)?;
        let refill_rate = fields.number("refillRate", AMOUNT, is_amount)?;
        // A bucket that starts full does so also when its capacity is changed.
        let tokens = fields.optional_number("tokens", AMOUNT, is_amount)?.filter(|&tokens| tokens < limit);
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

    /// What is missing of its tokens is missing of the limit in force.
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

    /// What is used is what is missing. Where the server's bucket has become another size, its tokens have not: it
    /// holds what it held, or is full if that is more than it can.
    fn continue_from(&self, in_force: InForce, old: TokenBucketState, now: f64) -> TokenBucketState {
        let used = old.capacity - old.level(now) + (in_force.share - old.share);
        let (share, rate) = (old.share, old.rate);
        let mut new = TokenBucketState {
            debt: self.debt,
            share: in_force.share,
            capacity: self.capacity(in_force),
            rate: self.rate(in_force.limit),
            refill: (f64::NAN, 0.0),
            ..old
        };
        if new.share != share {
            // What the server's bucket would hold had something not been taken cannot be told any more.
            new.steady_since = now;
            new.lowest_deficit = LowestDeficit::new(now);
        } else if new.rate != rate {
            new.steady_since = now;
        }
        new.hold(new.capacity - used.max(0.0), now);
        new
    }

    fn field_names(&self) -> &'static [&'static str] {
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
        // Whether what is left is enough, without working that out.
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

    /// A bucket does not know what of that is its own, so what was added as in flight stays until it has come in again.
    /// Where more is used than there is, what was taken before is not given back: the rest of that comes first.
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

    /// What is missing.
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
    fn refills_while_idle_and_is_exactly_full_in_the_end() {
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
    fn does_not_drift_over_ten_million_grants_of_a_tenth() {
        let mut bucket = started_at(TokenBucket::new(1.0, 0.1), 0.0);
        // Never full again: 0.1 is taken each millisecond, which is just what comes in.
        bucket.take(0.55, 0.0);
        let mut now = 0.0;
        for _ in 0..10_000_000 {
            now += 1.0;
            bucket.take(0.1, now);
        }
        // 0.1 is not exactly a tenth as a cost; taken 10^7 times the difference is 5.6e-11 tokens.
        assert!((bucket.available(now) - 0.45).abs() < 1e-9, "{}", bucket.available(now));
    }

    #[test]
    fn does_not_drift_at_a_high_rate_for_years() {
        // 111.1111 a millisecond, so 1 111 111 in 10 s: 1.7e13 tokens in five years, which a float knows to 0.002.
        // Once at times that are whole periods of the rate, and once at others.
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
    fn costs_that_vanish_beside_the_capacity_are_counted() {
        for (capacity, cost) in [(9_007_199_254_740_991.0, 0.25), (1e15, 0.05), (1e12, 5e-5)] {
            let mut bucket = started_at(TokenBucket::new(capacity, 0.0), 0.0);
            (0..1_000_000).for_each(|_| bucket.take(cost, 0.0));
            let taken = capacity - bucket.available(0.0);
            assert!((taken - 1e6 * cost).abs() <= 1.0, "{taken} of {}", 1e6 * cost);
        }
    }

    #[test]
    fn a_limit_above_2_to_the_53_is_refused() {
        assert!(TokenBucket::new(9_007_199_254_740_992.0, 1.0).is_err());
    }

    #[test]
    fn a_rate_at_the_end_of_the_range_is_granted_with_the_next_instant() {
        let mut bucket = started_at(TokenBucket::new(1.0, f64::MAX), 5.0);
        bucket.take(1.0, 5.0);
        let at = bucket.ready_at(1.0, 5.0);
        assert!(at > 5.0 && at < 5.000001, "{at}");
    }

    #[test]
    fn a_slow_huge_bucket_finds_its_instant_too() {
        let mut bucket = started_at(TokenBucket::new(9_007_199_254_740_991.0, 1e-9), 1e9);
        bucket.take(9_007_199_254_740_991.0, 1e9);
        let at = bucket.ready_at(9_007_199_254_740_990.5, 1e9);
        assert!(at.is_finite() && bucket.available(at) >= 9_007_199_254_740_990.5, "{at}");
    }

    #[test]
    fn a_bucket_without_refill_is_never_ready_again() {
        let mut bucket = started_at(TokenBucket::new(1.0, 0.0), 0.0);
        bucket.take(1.0, 0.0);
        assert_eq!(bucket.ready_at(1.0, 0.0), f64::INFINITY);
    }

    #[test]
    fn names_the_field_that_is_wrong() {
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
            "tokens must be a finite number of 0 or more, got -1"
        );
    }
}
