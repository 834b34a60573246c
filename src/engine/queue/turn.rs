//! The order in which waiters are served.

use crate::collections::lazy_heap::HeapEntry;
use crate::request::Priority;

/// The sort key of a waiter: class, then arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn(u64);

/// The class takes the upper two bits, and 2^62 arrivals never happen.
const ARRIVAL_BITS: u32 = 62;

impl Turn {
    /// The turn before all others.
    pub(crate) const FIRST: Turn = Turn(0);

    pub(crate) fn new(class: Priority, arrival: u64) -> Self {
        Self(((class as u64) << ARRIVAL_BITS) | arrival)
    }

    /// The place in an order that has the last turn first.
    pub(super) fn last_first(self) -> u64 {
        !self.0
    }

    /// The place in an order that has the lowest class first, and in a class the first turn.
    pub(super) fn oldest_of_lowest_first(self) -> u64 {
        self.0 ^ (3 << ARRIVAL_BITS)
    }

    pub(crate) fn class(self) -> Priority {
        match self.0 >> ARRIVAL_BITS {
            0 => Priority::Critical,
            1 => Priority::Normal,
            _ => Priority::Low,
        }
    }
}

/// Names a waiter at its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueEntry {
    pub(crate) turn: Turn,
    pub(crate) index: u32,
    /// The number of moves to another turn that the waiter had made.
    pub(crate) moves: u32,
}

impl HeapEntry for QueueEntry {
    type Key = Turn;

    #[inline]
    fn key(self) -> Turn {
        self.turn
    }
}
