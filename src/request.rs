//! What is asked of the engine, and what it answers.

use crate::error::Refusal;
use crate::feedback::BackOff;
use crate::queue::{Priority, Ticket};
use crate::quota::Mode;

/// How many requests may wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxWaiting {
    /// So many in all classes together.
    Total(f64),
    /// So many in each class, in the order of [`Priority::ALL`].
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
    pub back_off: BackOff,
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
            back_off: BackOff::default(),
            adaptive: false,
        }
    }
}

/// What a request asks for beside its costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The class in which it waits.
    pub priority: Priority,
    /// The longest wait that is worth it, in milliseconds; infinite if any is.
    pub max_wait: f64,
    /// Whether it gets a permit, which is held until it is [released](crate::Engine::release).
    pub permit: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { priority: Priority::Normal, max_wait: f64::INFINITY, permit: false }
    }
}

/// What became of a submitted request that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// Its costs were taken.
    Granted,
    /// Its costs were taken, and it holds a permit: the ticket names it until it is
    /// [released](crate::Engine::release).
    Held(Ticket),
    /// It waits; [`Engine::poll`](crate::Engine::poll) will name the ticket.
    Waiting(Ticket),
}

/// A request that waited and does so no longer, with what became of it. If it asked for a permit and was granted, the
/// ticket names that from now on.
pub type Settled = (Ticket, Result<(), Refusal>);
