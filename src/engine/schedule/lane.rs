//! Requests that cost the same and are of one class: only the first of them is looked at.

use super::lane_links::{LaneLinks, LaneList};
use crate::collections::cost_vectors::VectorId;
use crate::collections::lazy_heap::{HeapEntry, LazyHeap};
use crate::queue::{Queue, QueueEntry, Turn};
use crate::request::Priority;
use crate::time::At;

/// Requests of one cost vector and one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(pub(super) u32);

impl LaneId {
    pub(super) fn new(vector: VectorId, class: Priority) -> Self {
        Self(vector.0.saturating_mul(3).saturating_add(class as u32))
    }

    pub(super) fn vector(self) -> VectorId {
        VectorId(self.0 / 3)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    pub(super) list: LaneList,
    /// Those who came to the lane later than others who came after them, as their class was changed.
    pub(super) moved: LazyHeap<QueueEntry>,
    pub(super) length: usize,
    /// Of all entries that name the lane in the heaps below, that with this stamp holds.
    pub(super) stamp: u32,
    /// The number of delays of its class when it was placed.
    pub(super) seen: u64,
}

impl Lane {
    /// The first request: of those that were moved, the first that still holds.
    pub(super) fn first(&mut self, holds: impl Fn(QueueEntry) -> bool, queue: &Queue) -> Option<QueueEntry> {
        let first = self.list.first().and_then(|first| queue.entry(first));
        let moved = self.moved.first(holds);
        first.into_iter().chain(moved).min_by_key(|entry| entry.turn)
    }
}

/// A head in the order of turns, with its lane and the lane's stamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) turn: Turn,
    pub(super) lane: LaneId,
    pub(super) stamp: u32,
}

impl HeapEntry for Head {
    type Key = Turn;

    #[inline]
    fn key(self) -> Turn {
        self.turn
    }
}

/// A head that may go at a known instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimedHead {
    pub(super) at: At,
    pub(super) head: Head,
}

impl HeapEntry for TimedHead {
    type Key = (At, Turn);

    #[inline]
    fn key(self) -> (At, Turn) {
        (self.at, self.head.turn)
    }
}

/// The turns of all who wait in a lane.
pub(super) fn turns_of(
    lanes: &[Lane],
    links: &LaneLinks,
    id: LaneId,
    queue: &Queue,
) -> impl Iterator<Item = Turn> {
    lanes.get(id.0 as usize).into_iter().flat_map(|lane| {
        let inline = lane.list.iter(links).filter_map(|index| queue.entry(index));
        let moved = lane.moved.iter().filter(|&entry| queue.holds(entry));
        inline.chain(moved).map(|entry| entry.turn)
    })
}

/// Whether an entry of a heap still names the head of its lane.
pub(super) fn is_current(lanes: &[Lane], head: Head) -> bool {
    lanes.get(head.lane.0 as usize).is_some_and(|lane| lane.stamp == head.stamp)
}
