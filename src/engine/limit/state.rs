//! The state of a rule.

use super::evidence::ServerUsage;
use super::forecast::Planned;

/// The usage that a rule has counted since it was [started](super::Definition::start).
///
/// All times are milliseconds on the engine's clock, which never runs backwards: the `now` of a
/// call is never before that of the call before. All amounts are tokens of the rule, at most 2^53 -
/// 1.
pub trait State {
    /// The tokens that remain while nothing is used: the limit in force, minus the part given up
    /// for `jitter`.
    fn capacity(&self) -> f64;

    /// A lower bound, not before `from`, of the instant by which `amount` can have been granted, in
    /// whatever parts. `amount` may exceed the capacity. The bound is as late as is certain.
    fn earliest_for(&self, amount: f64, from: f64) -> f64;

    /// A lower bound of what a demand of `ahead` adds to the amount of
    /// [`earliest_for`](State::earliest_for), if no request in it wants more than `largest`.
    ///
    /// A request above the capacity is granted while nothing is used, as if it wanted just the
    /// capacity, and windows reset usage beyond the capacity like any other. So each request needs
    /// at least the part of its cost that the capacity is of `largest`.
    fn least_demand(&self, ahead: f64, largest: f64) -> f64 {
        match self.capacity() / largest {
            // Rounding must not make the bound too late.
            part if part < 1.0 => ahead * part * (1.0 - 4.0 * f64::EPSILON),
            _ => ahead,
        }
    }

    /// Forgets what no longer counts at `now`.
    fn advance(&mut self, _now: f64)
    where
        Self: Sized,
    {
    }

    /// The remaining tokens at `now`.
    fn available(&mut self, now: f64) -> f64;

    /// The first instant, not before `from`, at which `amount` remains if nothing else is taken;
    /// infinite if there is none. [`available`](State::available) agrees: at that instant it is at
    /// least `amount`. `from` may lie in the future, as the call changes nothing.
    fn ready_at(&self, amount: f64, from: f64) -> f64;

    /// The first instant at which `cost`, taken at `at`, no longer counts: from then on, as much
    /// remains as without it. Infinite if there is none that is certain.
    fn counts_until(&self, _at: f64, _cost: f64) -> f64 {
        f64::INFINITY
    }

    /// The first instant after `at` at which a cost may leave enough for a cost planned for
    /// `displaced`, if it does not when taken at `at`. `later` are the costs planned after `at`.
    fn retry_at(&self, _at: f64, displaced: f64, _later: &[Planned]) -> f64 {
        displaced
    }

    /// Takes `cost`, which the caller has found to be available at `now`.
    fn take(&mut self, cost: f64, now: f64)
    where
        Self: Sized;

    /// Gives back a cost taken at `taken_at` of a request that was never sent, as far as it
    /// certainly still counts and the server certainly allows as much again.
    fn give_back(&mut self, cost: f64, taken_at: f64, now: f64)
    where
        Self: Sized;

    /// Gives back a part of the cost of a request that was taken at `taken_at`, was sent, and
    /// turned out to cost less, as far as that part certainly still counts.
    fn give_back_part(&mut self, part: f64, taken_at: f64, now: f64)
    where
        Self: Sized,
    {
        self.give_back(part, taken_at, now);
    }

    /// Sets the remaining tokens at `now` to `tokens`, clamped to `0..=capacity`. Earlier costs can
    /// no longer be given back.
    fn set_available(&mut self, tokens: f64, now: f64);

    /// Records that `cost`, taken at `now`, is in flight: its response will be reported.
    fn mark_sent(&mut self, _cost: f64, _now: f64)
    where
        Self: Sized,
    {
    }

    /// Records that a cost taken at `taken_at` is no longer in flight.
    fn mark_answered(&mut self, _cost: f64, _taken_at: f64)
    where
        Self: Sized,
    {
    }

    /// Learns the usage that a server reports. The costs in flight are added, as the server may not
    /// have counted them yet. The result is a lower bound of usage, or replaces it, depending on
    /// the evidence.
    fn sync(&mut self, _usage: &ServerUsage, _now: f64) {}

    /// The usage at `now`, as numbers from which [`restore`](State::restore) makes the same state.
    /// Times are milliseconds before `now`, or Unix time.
    fn save(&self, _now: f64) -> Vec<f64> {
        Vec::new()
    }

    /// Continues from numbers that were saved `age` milliseconds ago. `None`: the numbers fit no
    /// saved state, and this state has become useless.
    fn restore(&mut self, saved: &[f64], _age: f64, _now: f64) -> Option<()> {
        saved.is_empty().then_some(())
    }

    /// Whether a request with a `cost` above 0 and no waiters ahead can be granted at `now`, so
    /// that `reserve` still remains.
    fn allows(&mut self, cost: f64, reserve: f64, now: f64) -> bool
    where
        Self: Sized,
    {
        self.available(now) >= self.need(0.0, cost) + reserve
    }

    /// The tokens that have to remain for a waiter of `cost` behind a demand of `ahead`.
    fn need(&self, ahead: f64, cost: f64) -> f64 {
        ahead + cost
    }

    /// Learns that Unix time in milliseconds is the engine's time plus `offset`.
    fn set_unix_offset(&mut self, _offset: f64, _now: f64) {}
}
