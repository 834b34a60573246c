//! One waiter or held permit.

use super::turn::{QueueEntry, Turn};
use crate::collections::cost_vectors::VectorId;
use crate::request::{Priority, Rank, Standing};

/// A held permit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) vector: VectorId,
    pub(crate) granted_at: f64,
    /// Whether the request is in flight: its response is not known yet.
    pub(crate) is_in_flight: bool,
}

/// One waiter or held permit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) vector: VectorId,
    /// The priority that was asked for.
    pub(crate) priority: Priority,
    /// The class in force, which aging may have raised above the priority.
    pub(super) class: Priority,
    pub(super) permit: Permit,
    /// The rank that was asked for, and the one in force.
    pub(super) rank: Rank,
    pub(super) rank_in_force: Rank,
    /// The number of changes of the turn, which tells current heap entries from old ones.
    pub(super) moves: u32,
    pub(super) arrival: u64,
    /// The instant of the submission; of a held permit, the instant of the grant.
    pub(crate) since: f64,
    /// The timeout in milliseconds; of a held permit, the wait before its grant.
    pub(crate) max_wait: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    NotAsked,
    Asked,
    /// Held, and the response is not known yet.
    Held,
    /// Held, and the response is known.
    Answered,
}

impl Permit {
    pub(super) fn is_held(self) -> bool {
        matches!(self, Permit::Held | Permit::Answered)
    }
}

impl Request {
    pub(crate) fn turn(&self) -> Turn {
        Turn::new(self.in_force(), self.arrival)
    }

    /// The class and the rank in force.
    pub(super) fn in_force(&self) -> Standing {
        Standing { class: self.class, rank: self.rank_in_force }
    }

    /// The request with another class and rank, as if it were new.
    pub(super) fn asking(self, Standing { class, rank }: Standing) -> Self {
        Self { priority: class, class, rank, rank_in_force: rank, ..self }
    }

    /// The entry of the request, whose index is `index`.
    pub(crate) fn entry(&self, index: u32) -> QueueEntry {
        QueueEntry { turn: self.turn(), index, moves: self.moves }
    }

    pub(crate) fn asks_for_permit(&self) -> bool {
        self.permit == Permit::Asked
    }

    /// The instant of the next rise: a waiter rises by one class each time it has waited for
    /// `aging`.
    pub(super) fn promoted_at(&self, aging: f64) -> f64 {
        let raised = (self.priority as usize).saturating_sub(self.class as usize);
        match self.class {
            Priority::Critical => f64::INFINITY,
            _ => self.since + aging * (raised as f64 + 1.0),
        }
    }

    /// The class and the rank after the next rise. A rank counts inside the class that was asked
    /// for, so in a higher class the waiter has the default one.
    pub(super) fn risen(&self) -> Standing {
        self.class.raised().into()
    }
}
