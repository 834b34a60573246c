//! Requests that cost the same and are of one class: only the first of them is looked at.

use super::lane_links::{Line, Links};
use crate::collections::cost_vectors::VectorId;
use crate::collections::lazy_heap::Heap;
use crate::queue::{Place, Queue, Turn};
use crate::request::Priority;

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
    pub(super) line: Line,
    /// Those who came to the lane later than others who came after them, as their class was changed.
    pub(super) moved: Heap<Place>,
    pub(super) length: usize,
    /// Of all entries that name the lane in the heaps below, that with this stamp holds.
    pub(super) stamp: u32,
    /// The number of delays of its class when it was placed.
    pub(super) seen: u64,
}

impl Lane {
    /// The first request: of those that were moved, the first that still holds.
    pub(super) fn first(&mut self, holds: impl Fn(Place) -> bool, queue: &Queue) -> Option<Place> {
        let first = self.line.first().and_then(|first| queue.place(first));
        let moved = self.moved.first(holds);
        first.into_iter().chain(moved).min()
    }
}

/// A head in the order of turns, with its lane and the lane's stamp.
pub(super) type Head = (Turn, LaneId, u32);

/// The turns of all who wait in a lane.
pub(super) fn turns_of(
    lanes: &[Lane],
    links: &Links,
    id: LaneId,
    queue: &Queue,
) -> impl Iterator<Item = Turn> {
    lanes.get(id.0 as usize).into_iter().flat_map(|lane| {
        let inline = lane.line.iter(links).filter_map(|index| queue.place(index));
        let moved = lane.moved.iter().filter(|&place| holds(queue, place));
        inline.chain(moved).map(|place| place.0)
    })
}

/// Whether a request still waits where the entry of a lane's heap says.
pub(super) fn holds(queue: &Queue, place: Place) -> bool {
    queue.place(place.1) == Some(place)
}

/// Whether an entry that was made with this stamp holds for its lane.
pub(super) fn is_current(lanes: &[Lane], id: LaneId, stamp: u32) -> bool {
    lanes.get(id.0 as usize).is_some_and(|lane| lane.stamp == stamp)
}
