//! The heap entries of waiters: deadlines, promotions, and victims of a full queue; and
//! the leases of permits.

use super::turn::QueueEntry;
use crate::collections::lazy_heap::HeapEntry;
use crate::request::Ticket;
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

/// The instant at which a held permit is released, and the timeout that led to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    pub(crate) end: f64,
    pub(crate) ticket: Ticket,
    /// In milliseconds from the grant.
    pub(crate) timeout: f64,
}

/// Ordered by time, then by arrival.
impl HeapEntry for Lease {
    type Key = (OrderedTime, u64);

    #[inline]
    fn key(self) -> (OrderedTime, u64) {
        (OrderedTime(self.end), self.ticket.arrival)
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

/// A waiter that a full queue may drop, and its place in the order of victims.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victim {
    pub(super) entry: QueueEntry,
    pub(super) place: u64,
}

impl HeapEntry for Victim {
    type Key = u64;

    #[inline]
    fn key(self) -> u64 {
        self.place
    }
}
