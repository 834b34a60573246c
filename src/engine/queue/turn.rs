//! When a request is served.

use crate::collections::lazy_heap::HeapEntry;
use crate::request::Priority;

/// When a request is served: by class, inside a class by arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn(u64);

/// The class stands in the upper two bits; nobody lives to see 2^62 arrivals.
const ARRIVAL_BITS: u32 = 62;

impl Turn {
    /// Before all others.
    pub(crate) const FIRST: Turn = Turn(0);

    pub(crate) fn new(class: Priority, arrival: u64) -> Self {
        Self(((class as u64) << ARRIVAL_BITS) | arrival)
    }

    pub(crate) fn class(self) -> Priority {
        match self.0 >> ARRIVAL_BITS {
            0 => Priority::Critical,
            1 => Priority::Normal,
            _ => Priority::Low,
        }
    }
}

/// Names a waiting request at its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueEntry {
    pub(crate) turn: Turn,
    pub(crate) index: u32,
    /// How often the request had been moved to another turn.
    pub(crate) moves: u32,
}

impl HeapEntry for QueueEntry {
    type Key = Turn;

    #[inline]
    fn key(self) -> Turn {
        self.turn
    }
}
