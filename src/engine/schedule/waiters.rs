//! Waiters that enter their turns and leave them, and what that changes for others.

use std::iter::zip;

use super::lane::{ClassTurns, Head, Lane, LaneId, is_current};
use super::{Context, Outlook, Position, Schedule, rule_state_at};
use crate::collections::cost_vectors::VectorId;
use crate::config::Ordering;
use crate::queue::{Queue, QueueEntry, Turn};
use crate::request::{Cost, Priority, Slot};
use crate::rules::Rules;

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

impl Schedule {
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
    /// Returns whether it is behind others of its lane: then no other waiter can be granted earlier
    /// than before.
    pub(crate) fn enter(
        &mut self,
        vector: VectorId,
        entry: QueueEntry,
        known: Option<Outlook>,
        context: &Context,
    ) -> bool {
        let QueueEntry { turn, index, .. } = entry;
        let id = LaneId::new(vector, turn.class());
        let all = (vector.0 as usize).saturating_add(1).saturating_mul(3);
        if self.lanes.len() < all {
            self.lanes.resize_with(all, Lane::default);
        }
        self.has_ranks = turn.is_ranked() || self.has_ranks && !self.busy.is_empty();
        let is_reserved = self.is_backfilling && self.reserve(entry, known, id, context);
        let (mut is_first, mut is_behind) = (false, false);
        if let Some(lane) = self.lanes.get_mut(id.0 as usize) {
            if !is_reserved {
                is_behind = lane.list.first().is_some() && lane.last_turn < turn;
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
            let (class, queue) = (turn.class(), context.queue);
            let turns = ClassTurns { class, lanes, links, reservations, queue };
            for &Cost { slot, amount } in
                context.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0)
            {
                if let Some(state) = rule_state_at(rule_states, slot) {
                    state.demand.insert(turn, vector, amount, &turns);
                }
            }
            // With ranks, others of its class may be behind it too.
            let (above, has_ranks) = (turn.class(), self.has_ranks);
            self.delay(|class| class > above || has_ranks && class == above);
        }
        let may_be_head = !is_behind && !is_reserved;
        if may_be_head && self.head(id, context.queue).is_some_and(|head| head.turn == turn) {
            self.place(id, turn, known.unwrap_or(Outlook::Now));
        }
        if is_first {
            self.update_backfilling(context);
        }
        is_behind
    }

    /// Counts a lane that has its first waiter.
    pub(super) fn add_busy_lane(&mut self, id: LaneId, context: &Context) {
        let Some(lane) = self.lanes.get_mut(id.0 as usize) else { return };
        lane.busy_at = self.busy.len();
        lane.needs_plan = need_plan(context.vectors.get(id.vector()), context.rules);
        self.planned_lanes = self.planned_lanes.saturating_add(usize::from(lane.needs_plan));
        self.busy.push(id);
    }

    /// Counts a lane no more that has lost its last waiter.
    pub(super) fn remove_idle_lane(&mut self, id: LaneId) {
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
        turn: Turn,
        index: u32,
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
        if self.is_backfilling {
            self.count_left();
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
    pub(super) fn unpark(&mut self, slot: Slot, context: &Context) {
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
    #[inline(always)]
    pub(crate) fn free(&mut self, slot: Slot, turn: Turn) {
        if !self.busy.is_empty() {
            self.void_plans_from(slot, turn);
            self.free_heads(slot, turn);
        }
    }

    /// Records that more of a rule may remain for heads from `turn` on than was foreseen.
    pub(super) fn free_heads(&mut self, slot: Slot, turn: Turn) {
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
}

/// Whether requests of these costs may be overtaken beyond what demand allows: they use several
/// rules, or one that counts in windows. Under one bucket alone, tokens for a waiter further back
/// are tokens for the waiters ahead of it.
pub(super) fn need_plan(costs: &[Cost], rules: &Rules) -> bool {
    let counts_in_windows =
        |cost: &Cost| rules.get(cost.slot).is_some_and(|entry| entry.traits.counts_in_windows);
    let mut paid = costs.iter().filter(|cost| cost.amount > 0.0);
    paid.next().is_some_and(|first| counts_in_windows(first) || paid.next().is_some())
}
