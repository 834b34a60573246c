//! The heap entries of waiters: deadlines, promotions, and the last turn.

use std::cmp::Reverse;

use super::turn::{QueueEntry, Turn};
use crate::collections::lazy_heap::HeapEntry;
use crate::time::OrderedTime;

/// The instant at which a waiter expires.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    pub(super) at: OrderedTime,
    pub(super) arrival: u64,
    pub(super) index: u32,
}

/// Ordered by time, then by arrival.
impl HeapEntry for Deadline {
    type Key = (OrderedTime, u64);

    #[inline]
    fn key(self) -> (OrderedTime, u64) {
        (self.at, self.arrival)
    }
}

/// The instant at which a waiter rises by one class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promotion {
    pub(super) at: OrderedTime,
    pub(super) arrival: u64,
    pub(super) index: u32,
    /// The number of moves to another turn that the waiter had made.
    pub(super) moves: u32,
}

/// Ordered by time, then by arrival.
impl HeapEntry for Promotion {
    type Key = (OrderedTime, u64);

    #[inline]
    fn key(self) -> (OrderedTime, u64) {
        (self.at, self.arrival)
    }
}

/// A waiter in a heap that has the last turn first.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastFirst(pub(super) QueueEntry);

impl HeapEntry for LastFirst {
    type Key = Reverse<Turn>;

    #[inline]
    fn key(self) -> Reverse<Turn> {
        Reverse(self.0.turn)
    }
}
