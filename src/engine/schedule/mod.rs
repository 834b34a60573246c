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
//! A head may overtake blocked heads. With one priority, and with token buckets, rolling windows
//! and fixed windows (aligned to Unix time) in any combination, no request is granted later than
//! under strict FIFO. First-request windows, concurrency and requests of higher priority are
//! outside this claim. Proof and example: docs/internals/scheduling-proof.md in the repository.
//!
//! # Changes
//!
//! A change that frees tokens (a cancelled waiter, a released permit, a changed rule) is recorded
//! as *freed*, and the heads behind it are checked again. A change that takes tokens away (a new
//! waiter of a higher class) leaves some instants too early; the heads are checked when these come
//! up.

mod demand;
mod heads;
mod lane;
mod lane_links;
mod sum_tree;
#[cfg(test)]
mod tests;

use std::iter::zip;

use crate::collections::cost_vectors::{CostVectors, VectorId};
use crate::collections::lazy_heap::LazyHeap;
use crate::config::Ordering;
use crate::queue::{Queue, QueueEntry, Turn};
use crate::request::{Cost, Priority, Slot};
use crate::rules::Rules;
use demand::Demand;
pub(crate) use demand::Position;
use lane::{Head, Lane, LaneId, TimedHead, is_current, turns_of};
use lane_links::LaneLinks;

/// The parts of the engine that decide when a waiter can be granted.
pub(crate) struct Context<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) vectors: &'a CostVectors,
    pub(crate) rules: &'a mut Rules,
    pub(crate) now: f64,
}

/// The reason why a waiter leaves its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaveReason {
    /// Granted.
    Granted,
    /// Settled without a grant, or moved to a later turn.
    Ungranted,
    /// Moved to an earlier turn.
    Promoted,
}

/// The time at which a request can be granted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outlook {
    Now,
    /// Not before this instant; infinite if only a change can help.
    At(f64),
    /// Not before waiters ahead are granted: together they want more than the capacity of the rule
    /// at this slot.
    Behind(Slot),
}

/// The waiters of one rule.
#[derive(Clone, Debug, Default)]
struct RuleState {
    demand: Demand,
    parked: LazyHeap<Head>,
    /// The first turn for which more tokens may remain than was foreseen.
    freed: Option<Turn>,
}

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    ordering: Ordering,
    lanes: Vec<Lane>,
    links: LaneLinks,
    /// The number of lanes that have waiters.
    busy: usize,
    /// An upper bound of the turns of all heads, while there are waiters.
    last_head: Turn,
    ready: LazyHeap<Head>,
    timed: LazyHeap<TimedHead>,
    /// The waiters of each rule, by slot.
    rule_states: Vec<RuleState>,
    freed: Vec<Slot>,
    /// By class: the number of changes that left fewer tokens than was foreseen.
    delays: [u64; 3],
    needs: Vec<Cost>,
}

impl Schedule {
    pub(crate) fn new(ordering: Ordering) -> Self {
        Self {
            ordering,
            lanes: Vec::new(),
            links: LaneLinks::default(),
            busy: 0,
            last_head: Turn::FIRST,
            ready: LazyHeap::default(),
            timed: LazyHeap::default(),
            rule_states: Vec::new(),
            freed: Vec::new(),
            delays: [0; 3],
            needs: Vec::new(),
        }
    }

    /// The outlook of a request of `costs`.
    pub(crate) fn outlook(
        &mut self,
        costs: &[Cost],
        class: Priority,
        position: Position,
        context: &mut Context,
    ) -> Outlook {
        #[cfg(test)]
        tests::LOOKS.set(tests::LOOKS.get().saturating_add(1));
        self.needs.clear();
        for &Cost { slot, amount } in costs.iter().filter(|cost| cost.amount > 0.0) {
            let ahead = self.ahead(slot, class, position, context.queue);
            let Some(entry) = context.rules.get(slot) else { continue };
            let need = entry.need(ahead, amount, class);
            if need > entry.state.capacity() {
                return Outlook::Behind(slot);
            }
            self.needs.push(Cost { slot, amount: need });
        }
        let at = context.rules.ready_at(&self.needs, context.now);
        if at <= context.now { Outlook::Now } else { Outlook::At(at) }
    }

    /// The outlook of the head of a lane.
    fn outlook_of_head(&mut self, id: LaneId, turn: Turn, context: &mut Context) -> Outlook {
        let vector = id.vector();
        self.outlook(context.vectors.get(vector), turn.class(), Position::First(turn), context)
    }

    /// A lower bound of the instant at which a request of `costs` is granted if all waiters ahead
    /// are, as far as each rule by itself tells.
    pub(crate) fn earliest(
        &mut self,
        costs: &[Cost],
        class: Priority,
        position: Position,
        context: &mut Context,
    ) -> f64 {
        let mut at = context.now;
        for &Cost { slot, amount } in costs.iter().filter(|cost| cost.amount > 0.0) {
            let ahead = self.ahead(slot, class, position, context.queue);
            let largest = self.rule_state(slot).map_or(0.0, |state| state.demand.largest(class));
            if let Some(entry) = context.rules.get_mut(slot) {
                at = at.max(entry.earliest((ahead, largest), amount, class, context.now));
            }
        }
        at
    }

    /// The demand for a rule ahead of a request.
    fn ahead(&mut self, slot: Slot, class: Priority, position: Position, queue: &Queue) -> f64 {
        let Self { rule_states, lanes, links, .. } = self;
        let turns = |vector| turns_of(lanes, links, LaneId::new(vector, class), queue);
        rule_states
            .get_mut(slot.0 as usize)
            .map_or(0.0, |state| state.demand.ahead(class, position, turns))
    }

    /// Whether requests of this vector wait in this class.
    pub(crate) fn is_waited_for(&self, vector: VectorId, class: Priority) -> bool {
        self.lanes.get(LaneId::new(vector, class).0 as usize).is_some_and(|lane| lane.length > 0)
    }

    /// Adds a waiter. Its outlook is `known`, or is determined later if it is the head of its lane.
    pub(crate) fn enter(
        &mut self,
        vector: VectorId,
        index: u32,
        turn: Turn,
        known: Option<Outlook>,
        context: &Context,
    ) {
        let id = LaneId::new(vector, turn.class());
        let all = (vector.0 as usize).saturating_add(1).saturating_mul(3);
        if self.lanes.len() < all {
            self.lanes.resize_with(all, Lane::default);
        }
        if let (Some(lane), Some(entry)) =
            (self.lanes.get_mut(id.0 as usize), context.queue.entry(index))
        {
            let last = lane.list.last().and_then(|last| context.queue.entry(last));
            match last.is_none_or(|last| last.turn < turn) {
                true => lane.list.push(index, &mut self.links),
                false => lane.moved.push(entry, lane.length, |entry| context.queue.holds(entry)),
            }
            self.busy = self.busy.saturating_add(usize::from(lane.length == 0));
            lane.length = lane.length.saturating_add(1);
        }
        if self.ordering == Ordering::WorkConserving {
            let Self { rule_states, lanes, links, .. } = self;
            let turns =
                |vector| turns_of(lanes, links, LaneId::new(vector, turn.class()), context.queue);
            for &Cost { slot, amount } in
                context.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0)
            {
                if let Some(state) = rule_state_at(rule_states, slot) {
                    state.demand.insert(turn, vector, amount, turns);
                }
            }
            self.delay(|class| class > turn.class());
        }
        if self.head(id, context.queue).is_some_and(|head| head.turn == turn) {
            self.place(id, turn, known.unwrap_or(Outlook::Now));
        }
    }

    /// Removes a waiter from its turn. The queue must still know the waiter there.
    pub(crate) fn leave(
        &mut self,
        vector: VectorId,
        QueueEntry { turn, index, .. }: QueueEntry,
        reason: LeaveReason,
        context: &mut Context,
    ) {
        let id = LaneId::new(vector, turn.class());
        let head = self.head(id, context.queue);
        if let Some(lane) = self.lanes.get_mut(id.0 as usize) {
            lane.list.remove(index, &mut self.links);
            lane.length = lane.length.saturating_sub(1);
            self.busy = self.busy.saturating_sub(usize::from(lane.length == 0));
            if head.is_some_and(|head| head.turn == turn) {
                // The stamp makes all heap entries of this head void.
                lane.stamp = lane.stamp.wrapping_add(1);
                let still_holds =
                    |entry: QueueEntry| entry.turn != turn && context.queue.holds(entry);
                if let Some(next) = lane.first(still_holds, context.queue) {
                    self.place(id, next.turn, Outlook::Now);
                }
            }
        }
        if self.ordering == Ordering::StrictFifo {
            return;
        }
        for &Cost { slot, .. } in
            context.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0)
        {
            if let Some(state) = self.rule_state(slot) {
                state.demand.remove(turn);
            }
            let indebted = context.rules.get(slot).is_some_and(|entry| entry.traits.allows_debt);
            match reason {
                LeaveReason::Granted if !indebted => self.unpark(slot, context),
                // The waiters behind are still behind.
                LeaveReason::Promoted => {}
                _ => self.free(slot, turn),
            }
        }
    }

    /// Checks the parked heads of a rule that no longer need more than its capacity.
    fn unpark(&mut self, slot: Slot, context: &Context) {
        loop {
            let Self { rule_states, lanes, .. } = self;
            let parked = rule_states.get_mut(slot.0 as usize).map(|state| &mut state.parked);
            let first = parked.and_then(|heads| heads.first(|head| is_current(lanes, head)));
            let Some(Head { turn, lane: id, .. }) = first else { return };
            let (class, vector) = (turn.class(), id.vector());
            let costs = context.vectors.get(vector);
            let cost = costs.iter().find(|cost| cost.slot == slot).map_or(0.0, |cost| cost.amount);
            let ahead = self.ahead(slot, class, Position::First(turn), context.queue);
            let fits = context
                .rules
                .get(slot)
                .is_none_or(|entry| entry.need(ahead, cost, class) <= entry.state.capacity());
            if !fits {
                return;
            }
            self.place(id, turn, Outlook::Now);
        }
    }

    /// Records that more of a rule may remain for waiters from `turn` on than was foreseen.
    pub(crate) fn free(&mut self, slot: Slot, turn: Turn) {
        // A waiter that becomes a head later is checked in any case.
        if self.busy == 0 || turn > self.last_head {
            return;
        }
        let Some(state) = self.rule_state(slot) else { return };
        let earlier = state.freed;
        state.freed = Some(earlier.map_or(turn, |earlier| earlier.min(turn)));
        if earlier.is_none() {
            self.freed.push(slot);
        }
    }

    /// Records that less may remain for waiters of some classes than was foreseen.
    pub(crate) fn delay(&mut self, whom: impl Fn(Priority) -> bool) {
        for (class, delays) in zip(Priority::ALL, &mut self.delays) {
            *delays = delays.wrapping_add(u64::from(whom(class)));
        }
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
fn rule_state_at(rule_states: &mut Vec<RuleState>, slot: Slot) -> Option<&mut RuleState> {
    let at = slot.0 as usize;
    if rule_states.len() <= at {
        rule_states.resize_with(at.saturating_add(1), RuleState::default);
    }
    rule_states.get_mut(at)
}
