//! How an engine is set up.

use crate::error::{InvalidField, Value};

/// How many requests may wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxWaiting {
    /// So many in all classes together.
    Total(f64),
    /// So many in each class, in the order of [`Priority::ALL`](crate::Priority::ALL).
    PerPriority([f64; 3]),
}

impl MaxWaiting {
    /// How many may wait where nothing else is said, as in ccxt.
    pub const DEFAULT: f64 = 2000.0;
}

impl Default for MaxWaiting {
    fn default() -> Self {
        MaxWaiting::Total(Self::DEFAULT)
    }
}

/// Who of several waiting requests may be granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ordering {
    /// A request may pass those ahead of it that are blocked if, for every rule that it uses, what is left covers all
    /// that they want of it and its own cost.
    #[default]
    WorkConserving,
    /// Only the first of all that wait may go.
    StrictFifo,
}

/// What happens to a request that finds the queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// It is refused.
    #[default]
    Reject,
    /// The last of the lowest class below its own is refused in its place; if there is none, it is itself. Only where
    /// the number of waiting requests is limited in total.
    DropLowest,
}

/// How an engine is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How many requests may wait.
    pub max_waiting: MaxWaiting,
    /// Who may be granted.
    pub ordering: Ordering,
    /// What happens when the queue is full.
    pub overflow: Overflow,
    /// A request is served one class higher each time it has waited for so many milliseconds; infinite for never.
    pub aging: f64,
    /// The share of every limit that is used: above 0, at most 1.
    pub share: f64,
    /// What can be [set](crate::Engine::set_mode). The mode `normal` is there in any case.
    pub modes: Vec<Mode>,
    /// For how long nothing is sent after a refusal.
    pub backoff: BackoffConfig,
    /// Whether a refusal (429) also cuts the limits that the request is under in half. Each answer below 400 lets them
    /// climb by what its request cost, and a minute after the last cut they are whole again.
    pub adaptive: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_waiting: MaxWaiting::default(),
            ordering: Ordering::default(),
            overflow: Overflow::default(),
            aging: f64::INFINITY,
            share: 1.0,
            modes: Vec::new(),
            backoff: BackoffConfig::default(),
            adaptive: false,
        }
    }
}

/// How careful an engine is while the mode is on.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// The name by which it is set.
    pub name: String,
    /// The part of every limit that nobody uses: from 0 to below 1.
    pub buffer: f64,
    /// The part of what is left of it that is kept for critical requests: from 0 to below 1.
    pub reserve: f64,
}

/// For how long nothing is sent after a refusal that does not say so itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackoffConfig {
    /// The n-th refusal in a row (429, n from 1) pauses `base * 2^n` milliseconds, and up to a tenth more at random.
    pub base: f64,
    /// But no longer than this, in milliseconds.
    pub max: f64,
    /// A ban (418) pauses `ban_base * 2^n` milliseconds after n refusals in a row. (Binance bans for 2 minutes to 3 days.)
    pub ban_base: f64,
    /// But no longer than this, in milliseconds.
    pub ban_max: f64,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self { base: 1000.0, max: 60_000.0, ban_base: 120_000.0, ban_max: 32.0 * 120_000.0 }
    }
}

impl BackoffConfig {
    /// # Errors
    /// A time is not above 0.
    pub(crate) fn check(&self) -> Result<(), InvalidField> {
        let times =
            [("base", self.base), ("max", self.max), ("banBase", self.ban_base), ("banMax", self.ban_max)];
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
    fn times_are_checked() {
        let message = |backoff: BackoffConfig| backoff.check().unwrap_err().to_string();
        let zero = BackoffConfig { base: 0.0, ..BackoffConfig::default() };
        assert_eq!(message(zero), "backoff.base must be a number of milliseconds above 0, got 0");
        let nan = BackoffConfig { ban_max: f64::NAN, ..BackoffConfig::default() };
        assert_eq!(message(nan), "backoff.banMax must be a number of milliseconds above 0, got NaN");
        assert_eq!(BackoffConfig { max: f64::INFINITY, ..BackoffConfig::default() }.check(), Ok(()));
    }
}
