//! The schedule: the waiter to be granted next, and when.
//!
//! Waiters of the same cost vector and the same class form a *lane*. The first waiter of a lane,
//! its head, is always granted first. Only heads are checked, and there are no more of them than
//! distinct costs, however many requests wait.
//!
//! A head can be granted when each of its rules has at least its need (`Entry::need`) remaining:
//! the demand of all waiters ahead under that rule, kept by [`Demand`], plus its own cost. When a
//! waiter ahead is granted, the remaining tokens and the needs behind it fall by the same amount,
//! so the instant at which a head further back can be granted stays the same. (A cost above the
//! limit in force is no exception: all heads behind it are parked.) It is computed once per head:
//!
//! - **ready**: to be checked now. The ready heads are checked in the order of turns.
//! - **timed**: can be granted at a known instant.
//! - **parked**: needs more than the capacity of a rule. Needs grow from head to head, so the first
//!   parked head is the first to fit, and a grant has to check only that one.
//!
//! # Overtaking
//!
//! A head may overtake blocked heads as far as demand allows. Beyond that, the first waiters in the
//! order of turns have *reservations* (conservative backfilling): each is planned for the first
//! instant at which its costs fit beside all that was granted and all that is planned ahead of it.
//! A waiter is granted at its instant, and may so pass others that are planned for later ones. A
//! waiter with a reservation is in no lane's list.
//!
//! With one priority, and with token buckets, rolling windows, spacing and fixed windows (aligned
//! to Unix time) in any combination, no request is granted later than under strict FIFO.
//! First-request windows, concurrency, requests of higher priority and events that no order
//! foresees are outside this claim. Proof and example: docs/internals/scheduling-proof.md in the
//! repository.
//!
//! # Changes
//!
//! A change that frees tokens (a cancelled waiter, a released permit, a changed rule) is recorded
//! as *freed*, and the heads behind it are checked again; the reservations behind it are planned
//! again. A change that takes tokens away (a new
//! waiter of a higher class) leaves some instants too early; the heads are checked when these come
//! up.

mod backfill;
mod demand;
mod heads;
mod lane;
mod lane_links;
mod lanes;
mod outlook;
mod plan;
mod reservations;
mod sum_tree;
#[cfg(test)]
mod tests;
mod waiters;

use crate::collections::cost_vectors::CostVectors;
use crate::collections::lazy_heap::LazyHeap;
use crate::config::Ordering;
use crate::queue::{Queue, QueueEntry, Turn};
use crate::request::{Cost, Priority, Slot};
use crate::rules::Rules;
use demand::Demand;
pub(crate) use demand::Position;
pub(crate) use lane::LaneId;
use lane::{Head, Lane, TimedHead};
use lane_links::LaneLinks;
pub use lanes::WaitingLane;
pub(crate) use outlook::Outlook;
use plan::Plan;
use reservations::Reservations;
pub(crate) use waiters::LeaveReason;

/// The parts of the engine that decide when a waiter can be granted.
pub(crate) struct Context<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) vectors: &'a CostVectors,
    pub(crate) rules: &'a mut Rules,
    pub(crate) now: f64,
}

/// The waiters of one rule.
#[derive(Clone, Debug, Default)]
struct RuleState {
    demand: Demand,
    parked: LazyHeap<Head>,
    /// The first turn for which more tokens may remain than was foreseen.
    freed: Option<Turn>,
    plan: Plan,
}

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    ordering: Ordering,
    lanes: Vec<Lane>,
    links: LaneLinks,
    /// The lanes that have waiters, and the number of those that [need a plan](waiters::need_plan).
    busy: Vec<LaneId>,
    planned_lanes: usize,
    /// An upper bound of the turns of all heads, while there are waiters.
    last_head: Turn,
    /// Whether a waiter has had another rank than the default one since there were none.
    has_ranks: bool,
    ready: LazyHeap<Head>,
    timed: LazyHeap<TimedHead>,
    /// The turn of the waiter that decided the last [due](Schedule::due) instant, or one before it.
    due_turn: Turn,
    /// The waiters of each rule, by slot.
    rule_states: Vec<RuleState>,
    freed: Vec<Slot>,
    /// By class: the number of changes that left fewer tokens than was foreseen.
    delays: [u64; 3],
    needs: Vec<Cost>,
    /// Whether the first waiters have reservations.
    is_backfilling: bool,
    /// The number of waiters that have left since waiters of different costs waited.
    left_alike: usize,
    reservations: Reservations,
    /// The heads of lanes, as candidates for reservations.
    waiting_for_reservation: LazyHeap<Head>,
}

impl Schedule {
    /// Makes a schedule without waiters, which makes at most `reservations`.
    pub(crate) fn new(ordering: Ordering, reservations: usize) -> Self {
        Self {
            ordering,
            lanes: Vec::new(),
            links: LaneLinks::default(),
            busy: Vec::new(),
            planned_lanes: 0,
            last_head: Turn::FIRST,
            has_ranks: false,
            ready: LazyHeap::default(),
            timed: LazyHeap::default(),
            due_turn: Turn::FIRST,
            rule_states: Vec::new(),
            freed: Vec::new(),
            delays: [0; 3],
            needs: Vec::new(),
            is_backfilling: false,
            left_alike: 0,
            reservations: Reservations::new(reservations),
            waiting_for_reservation: LazyHeap::default(),
        }
    }

    pub(crate) fn ordering(&self) -> Ordering {
        self.ordering
    }

    /// Whether a waiter has had another rank than the default one since there were none.
    pub(crate) fn has_ranks(&self) -> bool {
        self.has_ranks
    }

    fn delays_of(&self, class: Priority) -> u64 {
        self.delays.get(class as usize).copied().unwrap_or(0)
    }

    /// The first waiter of a lane.
    fn head(&mut self, id: LaneId, queue: &Queue) -> Option<QueueEntry> {
        self.lanes.get_mut(id.0 as usize)?.first(|entry| queue.holds(entry), queue)
    }

    fn rule_state(&mut self, slot: Slot) -> Option<&mut RuleState> {
        rule_state_at(&mut self.rule_states, slot)
    }
}

/// The waiters of a rule. The list grows up to its slot.
#[inline(always)]
fn rule_state_at(rule_states: &mut Vec<RuleState>, slot: Slot) -> Option<&mut RuleState> {
    let at = slot.0 as usize;
    if rule_states.len() <= at {
        grow(rule_states, at);
    }
    rule_states.get_mut(at)
}

#[cold]
#[inline(never)]
fn grow(rule_states: &mut Vec<RuleState>, at: usize) {
    rule_states.resize_with(at.saturating_add(1), RuleState::default);
}
