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
mod plan;
mod reservations;
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
pub(crate) use lane::LaneId;
use lane::{Head, Lane, TimedHead, is_current, turns_of};
use lane_links::LaneLinks;
pub use lanes::WaitingLane;
use plan::Plan;
use reservations::Reservations;

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
    plan: Plan,
}

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    ordering: Ordering,
    lanes: Vec<Lane>,
    links: LaneLinks,
    /// The lanes that have waiters, and the number of those that [need a plan](need_plan).
    busy: Vec<LaneId>,
    planned_lanes: usize,
    /// An upper bound of the turns of all heads, while there are waiters.
    last_head: Turn,
    /// Whether a waiter has had another rank than the default one since there were none.
    has_ranks: bool,
    ready: LazyHeap<Head>,
    timed: LazyHeap<TimedHead>,
    /// The waiters of each rule, by slot.
    rule_states: Vec<RuleState>,
    freed: Vec<Slot>,
    /// By class: the number of changes that left fewer tokens than was foreseen.
    delays: [u64; 3],
    needs: Vec<Cost>,
    /// Whether the first waiters have reservations.
    is_backfilling: bool,
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
            rule_states: Vec::new(),
            freed: Vec::new(),
            delays: [0; 3],
            needs: Vec::new(),
            is_backfilling: false,
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
        if let (Position::New(turn), Ordering::WorkConserving) = (position, self.ordering) {
            self.prepare_to_pass(costs, context);
            if let Some(outlook) = self.outlook_of_new(costs, turn, context) {
                return outlook;
            }
        }
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
    #[inline(always)]
    fn outlook_of_head(&mut self, id: LaneId, turn: Turn, context: &mut Context) -> Outlook {
        let costs = context.vectors.get(id.vector());
        match self.outlook(costs, turn.class(), self.position_of_head(turn), context) {
            Outlook::Now if self.is_backfilling => self.outlook_behind_its_lane(id, turn),
            outlook => outlook,
        }
    }

    /// The position of the head of a lane. Waiters of the same costs with reservations are ahead.
    fn position_of_head(&self, turn: Turn) -> Position {
        if self.is_backfilling { Position::At(turn) } else { Position::First(turn) }
    }

    /// A lower bound of the instant at which a request of `costs` is granted if all waiters ahead
    /// are, except those that it may overtake, as far as each rule by itself tells.
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
            let ahead = (ahead - self.most_passed(largest)).max(0.0);
            if let Some(entry) = context.rules.get_mut(slot) {
                at = at.max(entry.earliest((ahead, largest), amount, class, context.now));
            }
        }
        at
    }

    /// The demand for a rule ahead of a request.
    fn ahead(&mut self, slot: Slot, class: Priority, position: Position, queue: &Queue) -> f64 {
        let Self { rule_states, lanes, links, reservations, .. } = self;
        let turns = |vector| {
            let others = turns_of(lanes, links, LaneId::new(vector, class), queue);
            reservations.turns_of(vector, class).chain(others)
        };
        rule_states
            .get_mut(slot.0 as usize)
            .map_or(0.0, |state| state.demand.ahead(class, position, turns))
    }

    /// Whether requests of this vector wait in the class of a turn, and ahead of it.
    pub(crate) fn is_waited_for(&mut self, vector: VectorId, turn: Turn, queue: &Queue) -> bool {
        let id = LaneId::new(vector, turn.class());
        if self.lanes.get(id.0 as usize).is_none_or(|lane| lane.length == 0) {
            return false;
        }
        if !self.has_ranks && !turn.is_ranked() {
            return true;
        }
        self.head(id, queue).is_some_and(|head| head.turn < turn)
            || self.reservations.turns_of(vector, turn.class()).any(|other| other < turn)
    }

    /// Whether there are waiters ahead of a turn, where only the first of all is examined.
    pub(crate) fn is_behind_first(&mut self, turn: Turn) -> bool {
        self.first_ready().is_some_and(|first| first.turn < turn)
    }

    /// Adds a waiter. Its outlook is `known`, or is determined later if it is the head of its lane.
    pub(crate) fn enter(
        &mut self,
        vector: VectorId,
        entry: QueueEntry,
        known: Option<Outlook>,
        context: &Context,
    ) {
        let QueueEntry { turn, index, .. } = entry;
        let id = LaneId::new(vector, turn.class());
        let all = (vector.0 as usize).saturating_add(1).saturating_mul(3);
        if self.lanes.len() < all {
            self.lanes.resize_with(all, Lane::default);
        }
        self.has_ranks = turn.is_ranked() || self.has_ranks && !self.busy.is_empty();
        let is_reserved = self.is_backfilling && self.reserve(entry, known, id, context);
        let (mut is_first, mut may_be_head) = (false, false);
        if let Some(lane) = self.lanes.get_mut(id.0 as usize) {
            if !is_reserved {
                let is_behind = lane.list.first().is_some() && lane.last_turn < turn;
                // Behind others it is not the head.
                may_be_head = !is_behind;
                if is_behind || lane.list.first().is_none() {
                    lane.list.push(index, &mut self.links);
                    lane.last_turn = turn;
                } else {
                    lane.moved.push(entry, lane.length, |entry| context.queue.holds(entry));
                }
            }
            is_first = lane.length == 0;
            lane.length = lane.length.saturating_add(1);
        }
        if is_first {
            self.add_busy_lane(id, context);
        }
        if self.ordering == Ordering::WorkConserving {
            let Self { rule_states, lanes, links, reservations, .. } = self;
            let turns = |vector| {
                let id = LaneId::new(vector, turn.class());
                let others = turns_of(lanes, links, id, context.queue);
                reservations.turns_of(vector, turn.class()).chain(others)
            };
            for &Cost { slot, amount } in
                context.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0)
            {
                if let Some(state) = rule_state_at(rule_states, slot) {
                    state.demand.insert(turn, vector, amount, turns);
                }
            }
            // With ranks, others of its class may be behind it too.
            let (above, has_ranks) = (turn.class(), self.has_ranks);
            self.delay(|class| class > above || has_ranks && class == above);
        }
        if may_be_head && self.head(id, context.queue).is_some_and(|head| head.turn == turn) {
            self.place(id, turn, known.unwrap_or(Outlook::Now));
        }
        if is_first {
            self.update_backfilling(context);
        }
    }

    /// Counts a lane that has its first waiter.
    fn add_busy_lane(&mut self, id: LaneId, context: &Context) {
        let Some(lane) = self.lanes.get_mut(id.0 as usize) else { return };
        lane.busy_at = self.busy.len();
        lane.needs_plan = need_plan(context.vectors.get(id.vector()), context.rules);
        self.planned_lanes = self.planned_lanes.saturating_add(usize::from(lane.needs_plan));
        self.busy.push(id);
    }

    /// Counts a lane no more that has lost its last waiter.
    fn remove_idle_lane(&mut self, id: LaneId) {
        let Self { lanes, busy, .. } = self;
        let Some(lane) = lanes.get_mut(id.0 as usize) else { return };
        self.planned_lanes = self.planned_lanes.saturating_sub(usize::from(lane.needs_plan));
        let at = lane.busy_at;
        if at < busy.len() {
            busy.swap_remove(at);
        }
        if let Some(moved) = busy.get(at).and_then(|moved| lanes.get_mut(moved.0 as usize)) {
            moved.busy_at = at;
        }
    }

    /// Counts anew which lanes need a plan, as rules were replaced.
    pub(crate) fn recount_planned_lanes(&mut self, context: &Context) {
        self.planned_lanes = 0;
        for id in &self.busy {
            if let Some(lane) = self.lanes.get_mut(id.0 as usize) {
                lane.needs_plan = need_plan(context.vectors.get(id.vector()), context.rules);
                self.planned_lanes =
                    self.planned_lanes.saturating_add(usize::from(lane.needs_plan));
            }
        }
        self.update_backfilling(context);
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
        let is_granted = reason == LeaveReason::Granted;
        let is_reserved = self.is_backfilling && self.unreserve(id, turn, is_granted, context);
        let mut is_last = false;
        if let Some(lane) = self.lanes.get_mut(id.0 as usize) {
            lane.length = lane.length.saturating_sub(1);
            is_last = lane.length == 0;
            let is_head = !is_reserved && lane.is_head(index, turn, context.queue);
            if !is_reserved {
                lane.list.remove(index, &mut self.links);
            }
            if is_head {
                // The stamp makes all heap entries of this head void.
                lane.stamp = lane.stamp.wrapping_add(1);
                lane.first_turn = None;
                let still_holds =
                    |entry: QueueEntry| entry.turn != turn && context.queue.holds(entry);
                if let Some(next) = lane.first(still_holds, context.queue) {
                    self.place(id, next.turn, Outlook::Now);
                }
            }
        }
        if is_last {
            self.remove_idle_lane(id);
        }
        if self.ordering == Ordering::StrictFifo {
            return;
        }
        for &Cost { slot, .. } in
            context.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0)
        {
            let Some(state) = self.rule_states.get_mut(slot.0 as usize) else { continue };
            state.demand.remove(turn);
            let has_parked = !state.parked.is_empty();
            let indebted = context.rules.get(slot).is_some_and(|entry| entry.traits.allows_debt);
            match reason {
                LeaveReason::Granted if !indebted && !has_parked => {}
                LeaveReason::Granted if !indebted => self.unpark(slot, context),
                // The waiters behind are still behind.
                LeaveReason::Promoted => {}
                _ => self.free_heads(slot, turn),
            }
        }
        if is_reserved {
            self.reserve_more(context.queue);
        }
        if is_last {
            self.update_backfilling(context);
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
            let ahead = self.ahead(slot, class, self.position_of_head(turn), context.queue);
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
    #[inline(always)]
    pub(crate) fn free(&mut self, slot: Slot, turn: Turn) {
        if !self.busy.is_empty() {
            self.void_plans_from(slot, turn);
            self.free_heads(slot, turn);
        }
    }

    /// Records that more of a rule may remain for heads from `turn` on than was foreseen.
    fn free_heads(&mut self, slot: Slot, turn: Turn) {
        // A waiter that becomes a head later is checked in any case.
        if self.busy.is_empty() || turn > self.last_head {
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

/// Whether requests of these costs may be overtaken beyond what demand allows: they use several
/// rules, or one that counts in windows. Under one bucket alone, tokens for a waiter further back
/// are tokens for the waiters ahead of it.
fn need_plan(costs: &[Cost], rules: &Rules) -> bool {
    let counts_in_windows =
        |cost: &Cost| rules.get(cost.slot).is_some_and(|entry| entry.traits.counts_in_windows);
    let mut paid = costs.iter().filter(|cost| cost.amount > 0.0);
    paid.next().is_some_and(|first| counts_in_windows(first) || paid.next().is_some())
}

/// The waiters of a rule. The list grows up to its slot.
fn rule_state_at(rule_states: &mut Vec<RuleState>, slot: Slot) -> Option<&mut RuleState> {
    let at = slot.0 as usize;
    if rule_states.len() <= at {
        rule_states.resize_with(at.saturating_add(1), RuleState::default);
    }
    rule_states.get_mut(at)
}
