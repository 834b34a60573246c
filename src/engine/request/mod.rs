//! What is asked of the engine, and what it answers.

mod cost;
mod priority;
mod ticket;

use crate::error::Rejection;
pub(crate) use cost::Cost;
pub use cost::{Costs, Slot};
pub use priority::Priority;
pub use ticket::Ticket;

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
pub type Settled = (Ticket, Result<(), Rejection>);
