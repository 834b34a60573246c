//! What a rule has counted.

use super::evidence::ServerUsage;

/// The state of a rule: what it has counted since it was [started](super::Definition::start).
///
/// All times are milliseconds on the engine's clock, which never runs backwards: a call's `now` is never before that
/// of the call that came before. All amounts are tokens of the rule, at most 2^53 - 1.
pub trait State {
    /// The limit in force, less what `jitter` costs of it: what is left when nothing is used.
    fn capacity(&self) -> f64;

    /// An instant, not before `from`, before which `amount` cannot pass altogether, however it is taken; it may be more
    /// than the capacity. As late as is sure.
    fn earliest_for(&self, amount: f64, from: f64) -> f64;

    /// What is left at `now`.
    fn available(&mut self, now: f64) -> f64;

    /// The first instant, not before `from`, at which `amount` is left if nothing else is taken; infinite if there is
    /// none. [`available`](State::available) agrees: at the answer it is at least `amount`. `from` may lie ahead:
    /// asking changes nothing.
    fn ready_at(&self, amount: f64, from: f64) -> f64;

    /// Takes `cost`, which the caller has seen to be available at `now`.
    fn take(&mut self, cost: f64, now: f64)
    where
        Self: Sized;

    /// Gives back a cost taken at `taken_at` of a request that was never sent, as far as it is sure that it still counts
    /// and that the server allows as much again.
    fn give_back(&mut self, cost: f64, taken_at: f64, now: f64);

    /// Makes `tokens`, cut to `0..=capacity`, what is left at `now`. Nothing that was taken before is given back then.
    fn set_available(&mut self, tokens: f64, now: f64);

    /// Notes that `cost`, which was taken at `now`, is in flight: the server's answer will be told.
    fn mark_sent(&mut self, _cost: f64, _now: f64) {}

    /// Notes that a cost that was taken at `taken_at` is in flight no more.
    fn mark_answered(&mut self, _cost: f64, _taken_at: f64) {}

    /// Learns what the server counts. To that is added what is in flight, as the server may not have seen it yet, and
    /// no less is used than this, or just this if it is to be exact.
    fn sync(&mut self, _usage: &ServerUsage, _now: f64) {}

    /// What is used at `now`, in numbers of which [`restore`](State::restore) makes the same: times as milliseconds
    /// before `now`, or Unix time.
    fn save(&self, _now: f64) -> Vec<f64> {
        Vec::new()
    }

    /// Goes on from what was saved `age` milliseconds ago. `None`: that is nothing that was saved; what has changed then
    /// is of no use.
    fn restore(&mut self, saved: &[f64], _age: f64, _now: f64) -> Option<()> {
        saved.is_empty().then_some(())
    }

    /// Whether a request of a `cost` above 0 may be granted at `now`, ahead of which nobody waits, if `reserve` is to stay.
    fn allows(&mut self, cost: f64, reserve: f64, now: f64) -> bool
    where
        Self: Sized,
    {
        self.available(now) >= self.need(0.0, cost) + reserve
    }

    /// What has to be left for a request of `cost`, ahead of which others want `ahead`.
    fn need(&self, ahead: f64, cost: f64) -> f64 {
        ahead + cost
    }

    /// Learns that an instant on the engine's clock plus `offset` is Unix time in milliseconds.
    fn set_unix_offset(&mut self, _offset: f64, _now: f64) {}
}
