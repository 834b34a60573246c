//! One waiter or held permit.

use super::turn::Turn;
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

/// One waiter or held permit. The parts that few of them have are an
/// [`Extra`](super::requests::Extra).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// The turn, with the class and the rank in force. Aging may have raised the class above the
    /// priority.
    pub(crate) turn: Turn,
    /// The instant of the submission; of a held permit, the instant of the grant.
    pub(crate) since: f64,
    pub(crate) vector: VectorId,
    /// The priority and the rank that were asked for.
    pub(crate) priority: Priority,
    pub(super) permit: Permit,
    pub(super) rank: Rank,
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
    /// The request with another class and rank, as if it were new.
    pub(super) fn asking(self, standing: Standing) -> Self {
        let Standing { class, rank } = standing;
        Self { priority: class, rank, turn: self.turn.with(standing), ..self }
    }

    pub(crate) fn asks_for_permit(&self) -> bool {
        self.permit == Permit::Asked
    }

    /// The instant of the next rise: a waiter rises by one class each time it has waited for
    /// `aging`.
    pub(super) fn promoted_at(&self, aging: f64) -> f64 {
        let class = self.turn.class();
        let raised = (self.priority as usize).saturating_sub(class as usize);
        match class {
            Priority::Critical => f64::INFINITY,
            _ => self.since + aging * (raised as f64 + 1.0),
        }
    }

    /// The class and the rank after the next rise. A rank counts inside the class that was asked
    /// for, so in a higher class the waiter has the default one.
    pub(super) fn risen(&self) -> Standing {
        self.turn.class().raised().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiter_takes_24_bytes() {
        assert_eq!(size_of::<Request>(), 24);
    }
}
