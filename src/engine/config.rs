//! The configuration of an engine.

use crate::error::{InvalidField, Value};

/// The largest number of waiters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxWaiting {
    /// The limit for all classes together.
    Total(f64),
    /// One limit per class, in the order of [`Priority::ALL`](crate::Priority::ALL).
    PerPriority([f64; 3]),
}

impl MaxWaiting {
    /// The limit of an engine that sets none, as in ccxt.
    pub const DEFAULT: f64 = 2000.0;
}

impl Default for MaxWaiting {
    fn default() -> Self {
        MaxWaiting::Total(Self::DEFAULT)
    }
}

/// The rule by which waiters may overtake each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ordering {
    /// A request may overtake blocked requests ahead of it if each of them can still be granted at
    /// the instant for which it is planned.
    #[default]
    WorkConserving,
    /// The first waiter blocks all behind it.
    StrictFifo,
}

/// The victim when a request finds the queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The new request is rejected.
    #[default]
    Reject,
    /// The last waiter is rejected in place of the new request if its class is lower, or its rank
    /// in the same class: the newest of the lowest rank in the lowest class. If there is none, the
    /// new request is rejected. Applies only where the total number of waiters is limited.
    DropLowest,
    /// The oldest waiter of the lowest rank in the lowest class is rejected in place of the new
    /// request, unless that class, or in the same class that rank, is above the new request's. Then
    /// the new request is rejected. Applies only where the total number of waiters is limited.
    DropOldest,
}

/// The configuration of an engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The largest number of waiters.
    pub max_waiting: MaxWaiting,
    /// The rule by which waiters may overtake each other.
    pub ordering: Ordering,
    /// The number of waiters, in their order, that have a reservation each: they are planned for an
    /// instant, and waiters behind them may overtake them only if they can still be granted then.
    /// Waiters further back overtake if enough tokens remain for all ahead and for themselves.
    /// Planning one waiter takes time in proportion to this number. 0 makes no reservations.
    pub reservations: usize,
    /// The victim when the queue is full.
    pub overflow: Overflow,
    /// The wait in milliseconds after which a waiter rises by one class, again and again; above 0,
    /// infinite for never. A rank counts inside the class that was asked for: in a higher class, a
    /// waiter has the default rank. Only critical waiters of a higher rank can starve it there.
    pub aging: f64,
    /// The share of every limit that this engine uses: above 0, at most 1.
    pub share: f64,
    /// The modes that can be [set](crate::Engine::set_mode). The mode `normal` always exists.
    pub modes: Vec<Mode>,
    /// The pauses after refusals.
    pub backoff: BackoffConfig,
    /// Whether a refusal (429) also halves the limits of the rules that the request was under. Each
    /// response below 400 raises them by the cost of its request, and a minute after the pause of
    /// the last refusal they are restored.
    pub adaptive: bool,
}

impl Config {
    /// The number of reservations of an engine that sets none.
    pub const RESERVATIONS: usize = 32;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_waiting: MaxWaiting::default(),
            ordering: Ordering::default(),
            reservations: Self::RESERVATIONS,
            overflow: Overflow::default(),
            aging: f64::INFINITY,
            share: 1.0,
            modes: Vec::new(),
            backoff: BackoffConfig::default(),
            adaptive: false,
        }
    }
}

/// A named margin of safety, in force while the mode is on.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// The name by which the mode is set.
    pub name: String,
    /// The fraction of every limit that stays unused: from 0 to below 1.
    pub buffer: f64,
    /// The fraction of the limit after the buffer that only critical requests may use: from 0 to
    /// below 1.
    pub reserve: f64,
}

/// The pauses after refusals that name no time themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackoffConfig {
    /// The n-th consecutive refusal (429, n from 1) pauses `base * 2^n` milliseconds, plus up to 10
    /// % at random. Above 0.
    pub base: f64,
    /// The longest pause after a refusal, before the random part, in milliseconds. Above 0.
    pub max: f64,
    /// A ban (418) pauses `ban_base * 2^n` milliseconds after n consecutive refusals or bans. Above
    /// 0. (Binance bans for 2 minutes to 3 days.)
    pub ban_base: f64,
    /// The longest pause after a ban, in milliseconds. Above 0.
    pub ban_max: f64,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self { base: 1000.0, max: 60_000.0, ban_base: 120_000.0, ban_max: 32.0 * 120_000.0 }
    }
}

impl BackoffConfig {
    /// Checks the range of each time.
    ///
    /// # Errors
    /// A time is not above 0.
    pub(crate) fn check(&self) -> Result<(), InvalidField> {
        let times = [
            ("base", self.base),
            ("max", self.max),
            ("banBase", self.ban_base),
            ("banMax", self.ban_max),
        ];
        match times.into_iter().find(|(_, ms)| *ms <= 0.0 || ms.is_nan()) {
            Some((name, ms)) => {
                let field = ["backoff.", name].concat();
                Err(InvalidField::new(field, Value::Number(ms), "a number of milliseconds above 0"))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_must_be_above_zero() {
        let message = |backoff: BackoffConfig| backoff.check().unwrap_err().to_string();
        let zero = BackoffConfig { base: 0.0, ..BackoffConfig::default() };
        assert_eq!(message(zero), "backoff.base must be a number of milliseconds above 0, got 0");
        let nan = BackoffConfig { ban_max: f64::NAN, ..BackoffConfig::default() };
        assert_eq!(
            message(nan),
            "backoff.banMax must be a number of milliseconds above 0, got NaN"
        );
        assert_eq!(
            BackoffConfig { max: f64::INFINITY, ..BackoffConfig::default() }.check(),
            Ok(())
        );
    }
}
