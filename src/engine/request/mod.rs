//! Requests: costs, priority and options, and the outcome of a submission.

mod cost;
mod priority;
mod ticket;

use crate::error::Rejection;
pub(crate) use cost::Cost;
pub use cost::{Costs, Slot};
pub use priority::{Priority, Rank, Standing};
pub use ticket::Ticket;

/// The options of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The class in which the request waits.
    pub priority: Priority,
    /// The rank inside the class.
    pub rank: Rank,
    /// The timeout of the wait, in milliseconds; infinite for none.
    pub max_wait: f64,
    /// Whether the request gets a permit, which is held until it is
    /// [released](crate::Engine::release).
    pub permit: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            priority: Priority::Normal,
            rank: Rank::DEFAULT,
            max_wait: f64::INFINITY,
            permit: false,
        }
    }
}

impl Options {
    /// The class and the rank.
    #[inline(always)]
    pub fn standing(&self) -> Standing {
        Standing { class: self.priority, rank: self.rank }
    }
}

/// The outcome of a submission that was not rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// The costs were taken.
    Granted,
    /// The costs were taken and the request holds a permit. The ticket names the permit until it is
    /// [released](crate::Engine::release).
    Held(Ticket),
    /// The request waits. [`Engine::poll`](crate::Engine::poll) will return its ticket.
    Waiting(Ticket),
}

/// A waiter that was settled, and its outcome. If it asked for a permit and was granted, the ticket
/// names the permit from now on.
pub type Settled = (Ticket, Result<(), Rejection>);
