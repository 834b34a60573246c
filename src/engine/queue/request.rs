//! What is known of one request.

use super::turn::{QueueEntry, Turn};
use crate::collections::cost_vectors::VectorId;
use crate::request::Priority;

/// A permit that is held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) vector: VectorId,
    pub(crate) granted_at: f64,
    /// Whether its request is in flight, as far as is known.
    pub(crate) is_in_flight: bool,
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) vector: VectorId,
    /// The class that was asked for.
    pub(super) priority: Priority,
    /// The class in which it waits, which may be a higher one by its age.
    pub(super) class: Priority,
    pub(super) permit: Permit,
    /// How often its class was set, so that entries of heaps tell whether they are of before.
    pub(super) moves: u32,
    pub(super) arrival: u64,
    /// When it was submitted; once its permit is held, when it was granted.
    pub(super) since: f64,
    /// The longest wait that it accepts, in milliseconds; once its permit is held, how long it did wait.
    pub(crate) max_wait: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    NotAsked,
    Asked,
    /// Held, and the server's answer has not been told.
    Held,
    /// Held, and what the server answered was told.
    Answered,
}

impl Permit {
    pub(super) fn is_held(self) -> bool {
        matches!(self, Permit::Held | Permit::Answered)
    }
}

impl Request {
    pub(crate) fn turn(&self) -> Turn {
        Turn::new(self.class, self.arrival)
    }

    /// The entry of the request, whose index is `index`.
    pub(crate) fn entry(&self, index: u32) -> QueueEntry {
        QueueEntry { turn: self.turn(), index, moves: self.moves }
    }

    pub(crate) fn asks_for_permit(&self) -> bool {
        self.permit == Permit::Asked
    }

    /// When it is old enough for the next higher class: it rises by one each time it has waited for `aging`.
    pub(super) fn promoted_at(&self, aging: f64) -> f64 {
        let raised = (self.priority as usize).saturating_sub(self.class as usize);
        match self.class {
            Priority::Critical => f64::INFINITY,
            _ => self.since + aging * (raised as f64 + 1.0),
        }
    }
}
