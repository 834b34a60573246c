//! What is asked of the engine, and what it answers.

use crate::error::Refusal;
use crate::queue::{Priority, Ticket};

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

/// What a request asks for beside its costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The class in which it waits.
    pub priority: Priority,
    /// The longest wait that is worth it, in milliseconds; infinite if any is.
    pub max_wait: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { priority: Priority::Normal, max_wait: f64::INFINITY }
    }
}

/// What became of a submitted request that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// Its costs were taken.
    Granted,
    /// It waits; [`Engine::poll`](crate::Engine::poll) will name the ticket.
    Waiting(Ticket),
}

/// A request that waited and does so no longer, with what became of it.
pub type Settled = (Ticket, Result<(), Refusal>);
