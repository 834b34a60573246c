//! Who of those that wait may go next, and when.
//!
//! Requests of the same costs and the same class form a *lane*; inside it the first is always the first to go. So only
//! the heads of lanes are looked at, and there are no more of those than distinct costs, however many requests wait.
//!
//! A head may go when each of its rules has left what it [needs](crate::limit::State::need): what all requests
//! ahead of it still want of that rule, and its own cost. What those ahead want is a sum over turns, kept by
//! [`Demand`]. Let one of them go, and it takes from what is left just what it no longer wants: the difference, and with
//! it the instant at which a head further back may go, stays what it was. That is why an instant needs to be worked out
//! only once for each head:
//!
//! - **ready**: to be looked at now. Who takes the first of them in the order of turns goes through those that wait
//!   in order.
//! - **timed**: may go at a known instant.
//! - **parked**: needs more of a rule than that can ever have left at once. The first whose need sinks to the capacity
//!   is the first in the order of turns, as each needs all that those before it need; so a grant looks at one of them.
//!
//! # Nobody is granted later than in one line
//!
//! For buckets, rolling windows and windows of the calendar in any mix, where all requests are of one class: no request
//! is granted later than under strict first come, first served. By induction over turns: let strict order grant `q` at
//! `t`. All ahead of `q` have gone by then there, so here too, and `q` needs just its own cost. Take any rule of `q`.
//!
//! - If some request behind `q` took from the rule, look at the last one that did, at `s`. It left all that those ahead
//!   of it wanted, the cost of `q` included. Since then only requests ahead of `q` took from the rule, no more than they
//!   wanted, and time only adds to what is left. So the cost of `q` is left at `t`.
//! - If none did, the same requests took from the rule as in strict order, none of them later. A bucket from which is
//!   taken earlier runs over less, a window forgets earlier what it counted earlier. So no less is left at `t` than
//!   there, which was enough.
//!
//! It does not hold for a window that its first request opens, as opening it earlier moves its end; for concurrency,
//! whose tasks end when they like; nor against a more important request that comes later and finds taken what a less
//! important one was given meanwhile.
//!
//! # Changes
//!
//! What makes more room than was foreseen (a cancelled request, a permit that is released, a rule that is changed) is
//! noted as *freed*, and the heads behind it are looked at again. What makes less (a more important request that comes
//! later) leaves instants too early, which is found out when they come up first.

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

/// Everything that decides when a waiting request may go.
pub(crate) struct Context<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) vectors: &'a CostVectors,
    pub(crate) rules: &'a mut Rules,
    pub(crate) now: f64,
}

/// Why a request is no longer at its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaveReason {
    /// It was granted.
    Granted,
    /// It waits no longer, or further back.
    Ungranted,
    /// It waits further ahead.
    Promoted,
}

/// When a request may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outlook {
    Now,
    /// Not before this instant; infinite if only a change can help.
    At(f64),
    /// Not before some of those ahead have gone: together they want more than the rule at this slot can have left.
    Behind(Slot),
}

/// What waiting requests want of one rule.
#[derive(Clone, Debug, Default)]
struct RuleState {
    demand: Demand,
    parked: LazyHeap<Head>,
    /// The first turn for which there may be more room than was foreseen.
    freed: Option<Turn>,
}

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    ordering: Ordering,
    lanes: Vec<Lane>,
    links: LaneLinks,
    /// Lanes in which somebody waits.
    busy: usize,
    /// While somebody waits, no head of a lane is behind this turn.
    last_head: Turn,
    ready: LazyHeap<Head>,
    timed: LazyHeap<TimedHead>,
    /// By slot.
    rule_states: Vec<RuleState>,
    freed: Vec<Slot>,
    /// How often something left less room than was foreseen, for requests of each class.
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

    /// When a request of `costs` may go.
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
            let need = entry.state.need(ahead, amount) + entry.reserve_for(class);
            if need > entry.state.capacity() {
                return Outlook::Behind(slot);
            }
            self.needs.push(Cost { slot, amount: need });
        }
        let at = context.rules.ready_at(&self.needs, context.now);
        if at <= context.now { Outlook::Now } else { Outlook::At(at) }
    }

    /// When the head of a lane may go.
    fn outlook_of_head(&mut self, id: LaneId, turn: Turn, context: &mut Context) -> Outlook {
        let vector = id.vector();
        self.outlook(context.vectors.get(vector), turn.class(), Position::First(turn), context)
    }

    /// An instant before which a request of `costs` cannot go if all ahead of it do, as far as each rule by itself tells.
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
            if let Some(entry) = context.rules.get_mut(slot) {
                at = at.max(entry.earliest(ahead, amount, class, context.now));
            }
        }
        at
    }

    /// What those want of a rule that are ahead of a request.
    fn ahead(&mut self, slot: Slot, class: Priority, position: Position, queue: &Queue) -> f64 {
        let Self { rule_states, lanes, links, .. } = self;
        let turns = |vector| turns_of(lanes, links, LaneId::new(vector, class), queue);
        rule_states.get_mut(slot.0 as usize).map_or(0.0, |state| state.demand.ahead(class, position, turns))
    }

    /// Whether requests of this vector wait in this class.
    pub(crate) fn is_waited_for(&self, vector: VectorId, class: Priority) -> bool {
        self.lanes.get(LaneId::new(vector, class).0 as usize).is_some_and(|lane| lane.length > 0)
    }

    /// Adds a waiting request. With what is known of it, or else it is looked at if it is the head of its lane.
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
        if let (Some(lane), Some(entry)) = (self.lanes.get_mut(id.0 as usize), context.queue.entry(index)) {
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
            let turns = |vector| turns_of(lanes, links, LaneId::new(vector, turn.class()), context.queue);
            for &Cost { slot, amount } in context.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0)
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

    /// Takes a request from its turn; to be called while the queue still knows it there.
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
                // Nothing in the heaps names this head any more.
                lane.stamp = lane.stamp.wrapping_add(1);
                let still_holds = |entry: QueueEntry| entry.turn != turn && context.queue.holds(entry);
                if let Some(next) = lane.first(still_holds, context.queue) {
                    self.place(id, next.turn, Outlook::Now);
                }
            }
        }
        if self.ordering == Ordering::StrictFifo {
            return;
        }
        for &Cost { slot, .. } in context.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0) {
            if let Some(state) = self.rule_state(slot) {
                state.demand.remove(turn);
            }
            let indebted = context.rules.get(slot).is_some_and(|entry| entry.traits.allows_debt);
            match reason {
                LeaveReason::Granted if !indebted => self.unpark(slot, context),
                // Who is behind it is so still.
                LeaveReason::Promoted => {}
                _ => self.free(slot, turn),
            }
        }
    }

    /// Looks again at the parked heads of a rule that no longer need more than it can have left.
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
            let fits = context.rules.get(slot).is_none_or(|entry| {
                entry.state.need(ahead, cost) + entry.reserve_for(class) <= entry.state.capacity()
            });
            if !fits {
                return;
            }
            self.place(id, turn, Outlook::Now);
        }
    }

    /// Notes that requests from `turn` on may find more left of a rule than was foreseen.
    pub(crate) fn free(&mut self, slot: Slot, turn: Turn) {
        // Whoever comes to the head of a lane later is looked at in any case.
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

    /// Notes that requests of some classes may find less left than was foreseen.
    pub(crate) fn delay(&mut self, whom: impl Fn(Priority) -> bool) {
        for (class, delays) in zip(Priority::ALL, &mut self.delays) {
            *delays = delays.wrapping_add(u64::from(whom(class)));
        }
    }

    fn delays_of(&self, class: Priority) -> u64 {
        self.delays.get(class as usize).copied().unwrap_or(0)
    }

    /// The first request of a lane.
    fn head(&mut self, id: LaneId, queue: &Queue) -> Option<QueueEntry> {
        self.lanes.get_mut(id.0 as usize)?.first(|entry| queue.holds(entry), queue)
    }

    fn rule_state(&mut self, slot: Slot) -> Option<&mut RuleState> {
        rule_state_at(&mut self.rule_states, slot)
    }
}

/// What is wanted of a rule; there for every slot.
fn rule_state_at(rule_states: &mut Vec<RuleState>, slot: Slot) -> Option<&mut RuleState> {
    let at = slot.0 as usize;
    if rule_states.len() <= at {
        rule_states.resize_with(at.saturating_add(1), RuleState::default);
    }
    rule_states.get_mut(at)
}
