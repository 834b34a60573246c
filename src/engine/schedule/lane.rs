//! Lanes: waiters of one cost vector and one class, of which only the first is checked.

use super::demand::Turns;
use super::lane_links::{LaneLinks, LaneList};
use super::reservations::Reservations;
use crate::collections::cost_vectors::VectorId;
use crate::collections::lazy_heap::{HeapEntry, LazyHeap, Packed};
use crate::queue::{Queue, QueueEntry, Turn};
use crate::request::Priority;
use crate::time::OrderedTime;

/// Names the lane of a cost vector and a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LaneId(pub(crate) u32);

impl LaneId {
    pub(super) fn new(vector: VectorId, class: Priority) -> Self {
        Self(vector.0.saturating_mul(3).saturating_add(class as u32))
    }

    pub(crate) fn vector(self) -> VectorId {
        VectorId(self.0 / 3)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    /// Waiters in the order of their turns.
    pub(super) list: LaneList,
    /// An upper bound of the turns of the list, unless it is empty.
    pub(super) last_turn: Turn,
    /// Waiters that joined the lane after waiters of a later turn, as their class was changed.
    pub(super) moved: LazyHeap<QueueEntry>,
    /// The number of waiters, those with a reservation included.
    pub(super) length: usize,
    /// The index of the lane among the busy ones.
    pub(super) busy_at: usize,
    /// Whether the lane counts as one that needs a plan.
    pub(super) needs_plan: bool,
    /// Whether the head waits for the waiters of the lane that have a reservation.
    pub(super) is_held_back: bool,
    /// The turn at which the head is registered as a candidate for a reservation.
    pub(super) first_turn: Option<Turn>,
    /// The stamp of the current head. Heap entries of the lane with another stamp are void.
    pub(super) stamp: u32,
    /// The number of delays of the class when the head was filed.
    pub(super) seen: u64,
}

impl Lane {
    /// The first waiter of the lane without a reservation. `holds` tells which moved waiters still
    /// wait.
    #[inline(always)]
    pub(super) fn first(
        &mut self,
        holds: impl Fn(QueueEntry) -> bool,
        queue: &Queue,
    ) -> Option<QueueEntry> {
        let first = self.list.first().and_then(|first| queue.entry(first));
        if self.moved.is_empty() { first } else { self.first_beside_moved(first, holds) }
    }

    /// Whether a waiter without a reservation is the first.
    #[inline(always)]
    pub(super) fn is_head(&mut self, index: u32, turn: Turn, queue: &Queue) -> bool {
        if self.moved.is_empty() {
            return self.list.first() == Some(index);
        }
        self.first(|entry| queue.holds(entry), queue).is_some_and(|first| first.turn == turn)
    }

    /// The first of a waiter and those that were moved to the lane.
    #[cold]
    #[inline(never)]
    fn first_beside_moved(
        &mut self,
        first: Option<QueueEntry>,
        holds: impl Fn(QueueEntry) -> bool,
    ) -> Option<QueueEntry> {
        let moved = self.moved.first(holds);
        first.into_iter().chain(moved).min_by_key(|entry| entry.turn)
    }
}

/// The head of a lane, in the order of turns, with the stamp that the lane had when it was filed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) turn: Turn,
    pub(super) lane: LaneId,
    pub(super) stamp: u32,
}

impl HeapEntry for Head {
    #[inline]
    fn pack(self) -> Packed {
        Packed::by_order(self.turn.order(), self.lane.0, self.stamp)
    }

    #[inline]
    fn unpack(Packed { order, index, number, .. }: Packed) -> Self {
        Self { turn: Turn::of_order(order), lane: LaneId(index), stamp: number }
    }
}

/// A head that can be granted at a known instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimedHead {
    pub(super) at: OrderedTime,
    pub(super) head: Head,
}

impl HeapEntry for TimedHead {
    #[inline]
    fn pack(self) -> Packed {
        Packed { at: self.at, ..self.head.pack() }
    }

    #[inline]
    fn unpack(packed: Packed) -> Self {
        Self { at: packed.at, head: Head::unpack(packed) }
    }
}

/// The waiters of one class.
pub(super) struct ClassTurns<'a> {
    pub(super) class: Priority,
    pub(super) lanes: &'a [Lane],
    pub(super) links: &'a LaneLinks,
    pub(super) reservations: &'a Reservations,
    pub(super) queue: &'a Queue,
}

impl Turns for ClassTurns<'_> {
    fn each(&self, vector: VectorId, visit: impl FnMut(Turn)) {
        let &Self { class, lanes, links, reservations, queue } = self;
        let others = turns_of(lanes, links, LaneId::new(vector, class), queue);
        reservations.turns_of(vector, class).chain(others).for_each(visit);
    }

    fn reserved(&self, vector: VectorId, from: Turn, to: Turn) -> usize {
        let reserved = self.reservations.turns_of(vector, self.class);
        reserved.filter(|turn| (from..to).contains(turn)).count()
    }
}

/// The turns of the waiters of a lane without a reservation.
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

/// Whether a heap entry still names the head of its lane.
pub(super) fn is_current(lanes: &[Lane], head: Head) -> bool {
    lanes.get(head.lane.0 as usize).is_some_and(|lane| lane.stamp == head.stamp)
}
