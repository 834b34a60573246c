//! The heap entries of waiters: deadlines, promotions, and victims of a full queue; and
//! the leases of permits.

use super::turn::{QueueEntry, Turn};
use crate::collections::lazy_heap::{HeapEntry, Packed};
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
    #[inline]
    fn pack(self) -> Packed {
        Packed { at: self.at, ..Packed::by_order(self.arrival, self.index, 0) }
    }

    #[inline]
    fn unpack(Packed { at, order, index, .. }: Packed) -> Self {
        Self { at, arrival: order, index }
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
    fn pack(self) -> Packed {
        let Ticket { index, arrival } = self.ticket;
        let more = self.timeout.to_bits();
        Packed { at: OrderedTime(self.end), more, ..Packed::by_order(arrival, index, 0) }
    }

    fn unpack(Packed { at, order, more, index, .. }: Packed) -> Self {
        let ticket = Ticket { index, arrival: order };
        Self { end: at.0, ticket, timeout: f64::from_bits(more) }
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
    fn pack(self) -> Packed {
        Packed { at: self.at, ..Packed::by_order(self.arrival, self.index, self.moves) }
    }

    fn unpack(Packed { at, order, index, number, .. }: Packed) -> Self {
        Self { at, arrival: order, index, moves: number }
    }
}

/// A waiter that a full queue may drop, and its place in the order of victims.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victim {
    pub(super) entry: QueueEntry,
    pub(super) place: u64,
}

impl HeapEntry for Victim {
    fn pack(self) -> Packed {
        let QueueEntry { turn, index, moves } = self.entry;
        Packed { more: turn.order(), ..Packed::by_order(self.place, index, moves) }
    }

    fn unpack(Packed { order, more, index, number, .. }: Packed) -> Self {
        let entry = QueueEntry { turn: Turn::of_order(more), index, moves: number };
        Self { entry, place: order }
    }
}
