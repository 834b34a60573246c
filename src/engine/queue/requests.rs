//! The waiters and held permits, by index.

use super::request::Request;
use super::turn::QueueEntry;
use crate::collections::pool::Pool;
use crate::request::Ticket;

/// The waiters and held permits, by index. Parts that few requests have are kept apart, as they
/// would take the memory of all.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    pool: Pool<Request>,
    /// The rare parts by index, up to the last request that has had some. A plain list, as the heap
    /// that most of them need beside it is one too.
    extras: Vec<Extra>,
}

/// The rare parts of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extra {
    /// The timeout in milliseconds; of a held permit, the wait before its grant.
    pub(super) max_wait: f64,
    /// The number of changes of the turn, which tells current heap entries from old ones.
    pub(super) moves: u32,
}

/// The parts of a request that has none.
const NONE: Extra = Extra { max_wait: f64::INFINITY, moves: 0 };

impl Requests {
    /// The number of waiters and held permits.
    pub(super) fn len(&self) -> usize {
        self.pool.len()
    }

    /// Stores a request and returns its index.
    #[inline]
    pub(super) fn insert(&mut self, request: Request) -> u32 {
        let index = self.pool.insert(request);
        if let Some(extra) = self.extras.get_mut(index as usize) {
            *extra = NONE;
        }
        index
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> Option<&Request> {
        self.pool.get(index)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Request> {
        self.pool.get_mut(index)
    }

    pub(super) fn remove(&mut self, index: u32) {
        self.pool.remove(index);
    }

    /// All requests with their indices.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Request)> {
        self.pool.iter()
    }

    /// The rare parts of the request at an index.
    #[inline]
    pub(super) fn extra(&self, index: u32) -> Extra {
        self.extras.get(index as usize).copied().unwrap_or(NONE)
    }

    /// Sets the rare parts of the request at an index.
    #[inline]
    pub(super) fn set_extra(&mut self, index: u32, extra: Extra) {
        match self.extras.get_mut(index as usize) {
            Some(place) => *place = extra,
            None => self.grow_extras(index, extra),
        }
    }

    /// Lets the list end with the rare parts of the request at an index.
    #[cold]
    #[inline(never)]
    fn grow_extras(&mut self, index: u32, extra: Extra) {
        self.extras.resize(index as usize, NONE);
        self.extras.push(extra);
    }

    /// The waiter at an index.
    #[inline]
    pub(super) fn waiter(&self, index: u32) -> Option<&Request> {
        self.get(index).filter(|request| !request.permit.is_held())
    }

    /// The entry of the waiter at an index.
    pub(super) fn entry(&self, index: u32) -> Option<QueueEntry> {
        let turn = self.waiter(index)?.turn;
        Some(QueueEntry { turn, index, moves: self.extra(index).moves })
    }

    /// Whether the waiter of an entry still waits at that turn.
    pub(super) fn holds(&self, entry: QueueEntry) -> bool {
        self.entry(entry.index) == Some(entry)
    }

    /// Whether a ticket names a waiter.
    pub(super) fn is_waiting(&self, arrival: u64, index: u32) -> bool {
        self.waiter(index).is_some_and(|request| request.turn.arrival() == arrival)
    }

    /// Whether a ticket names a held permit.
    pub(super) fn is_held(&self, Ticket { index, arrival }: Ticket) -> bool {
        let request = self.get(index).filter(|request| request.permit.is_held());
        request.is_some_and(|request| request.turn.arrival() == arrival)
    }
}
