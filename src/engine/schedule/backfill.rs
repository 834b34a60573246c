//! Backfilling: a waiter may overtake others if all of them can still be granted at the instants
//! for which they are planned.

use super::lane::{Head, LaneId};
use super::plan::paid;
use super::reservations::Reservation;
use super::waiters::need_plan;
use super::{Context, Outlook, Schedule};
use crate::config::Ordering;
use crate::queue::{Queue, QueueEntry, Turn};
use crate::request::{Cost, Slot};

impl Schedule {
    /// The largest number of reservations.
    pub(crate) fn most_reservations(&self) -> usize {
        self.reservations.most()
    }

    /// Whether the first waiters have reservations. That is so while waiters of different costs
    /// wait, and some of them [need a plan](need_plan).
    pub(crate) fn is_backfilling(&self) -> bool {
        self.is_backfilling
    }

    /// Starts to make reservations where that may let waiters pass, and stops where it cannot. As
    /// long as waiters of different costs come and go, it does not stop in between: the start takes
    /// as many steps as there are reservations, and so many waiters have left since.
    pub(super) fn update_backfilling(&mut self, context: &Context) {
        match (self.is_backfilling, self.planned_lanes) {
            (true, 0) => self.stop_backfilling(context),
            (true, _) if self.left_alike > self.reservations.most() => {
                self.stop_backfilling(context);
            }
            (false, 1..) if self.busy.len() > 1 && self.has_different_costs() => {
                self.start_backfilling(context);
            }
            _ => {}
        }
    }

    /// To be called when a waiter has left.
    pub(super) fn count_left(&mut self) {
        let differ = self.has_different_costs();
        self.left_alike = if differ { 0 } else { self.left_alike.saturating_add(1) };
    }

    /// Whether lanes of at least two cost vectors are busy. A vector has one lane in each class.
    fn has_different_costs(&self) -> bool {
        let vector = |id: &LaneId| id.vector();
        let first = self.busy.first().map(vector);
        self.busy.iter().take(4).any(|id| Some(id.vector()) != first)
    }

    #[cold]
    fn start_backfilling(&mut self, context: &Context) {
        if self.reservations.most() == 0 || self.ordering == Ordering::StrictFifo {
            return;
        }
        self.is_backfilling = true;
        self.left_alike = 0;
        for at in 0..self.busy.len() {
            if let Some(&id) = self.busy.get(at)
                && let Some(head) = self.head(id, context.queue)
            {
                // Lanes remember the heads of the time before.
                if let Some(lane) = self.lanes.get_mut(id.0 as usize) {
                    lane.first_turn = None;
                }
                self.queue_for_reservation(id, head.turn);
            }
        }
        self.reserve_more(context.queue);
    }

    #[cold]
    fn stop_backfilling(&mut self, context: &Context) {
        self.reservations.valid = 0;
        self.drop_void_plans(context.vectors);
        while let Some(last) = self.reservations.list.pop() {
            self.put_back(last);
        }
        self.is_backfilling = false;
        self.waiting_for_reservation.clear();
        self.reservations.is_stale = false;
    }

    /// Starts to make reservations for a new request, if it may pass waiters by them.
    pub(super) fn prepare_to_pass(&mut self, costs: &[Cost], context: &Context) {
        if self.is_backfilling || self.busy.is_empty() {
            return;
        }
        let paid = || costs.iter().filter(|cost| cost.amount > 0.0);
        let is_shared = |cost: &Cost| {
            let state = self.rule_states.get(cost.slot.0 as usize);
            state.is_some_and(|state| !state.demand.is_empty())
        };
        let differs = || {
            let vector = context.vectors.find(costs);
            self.busy.iter().take(4).any(|id| Some(id.vector()) != vector)
        };
        if (self.planned_lanes > 0 || need_plan(costs, context.rules))
            && paid().any(is_shared)
            && differs()
        {
            self.start_backfilling(context);
        }
    }

    /// Registers the head of a lane as a candidate for a reservation.
    pub(super) fn queue_for_reservation(&mut self, id: LaneId, turn: Turn) {
        let live = self.busy.len();
        let Self { lanes, waiting_for_reservation, .. } = self;
        let Some(lane) = lanes.get_mut(id.0 as usize) else { return };
        if lane.first_turn == Some(turn) {
            return;
        }
        lane.first_turn = Some(turn);
        let is_first = |head: Head| {
            let lane = lanes.get(head.lane.0 as usize);
            lane.is_some_and(|lane| lane.first_turn == Some(head.turn))
        };
        waiting_for_reservation.push(Head { turn, lane: id, stamp: 0 }, live, is_first);
    }

    /// Gives reservations to the first waiters that have none.
    pub(super) fn reserve_more(&mut self, queue: &Queue) {
        while !self.reservations.is_full() {
            let Some(Head { turn, lane: id, .. }) =
                self.waiting_for_reservation.pop_if(|_| true, |_| true)
            else {
                return;
            };
            let Some(head) = self.head(id, queue).filter(|head| head.turn == turn) else {
                continue;
            };
            let Self { lanes, links, reservations, .. } = self;
            let Some(lane) = lanes.get_mut(id.0 as usize) else { continue };
            if !lane.list.remove(head.index, links) {
                lane.moved.pop_if(|entry| queue.holds(entry), |entry| entry.turn == turn);
            }
            // The stamp makes all heap entries of this head void.
            lane.stamp = lane.stamp.wrapping_add(1);
            lane.first_turn = None;
            reservations.list.push(Reservation {
                turn,
                index: head.index,
                vector: id.vector(),
                at: f64::INFINITY,
                due: f64::INFINITY,
            });
            if let Some(next) = self.head(id, queue) {
                self.place(id, next.turn, Outlook::Now);
            }
        }
    }

    /// Returns a waiter to its lane, whose other waiters have later turns.
    fn put_back(&mut self, reservation: Reservation) {
        let id = LaneId::new(reservation.vector, reservation.turn.class());
        let Self { lanes, links, .. } = self;
        if let Some(lane) = lanes.get_mut(id.0 as usize) {
            if lane.list.first().is_none() {
                lane.last_turn = reservation.turn;
            }
            lane.list.push_front(reservation.index, links);
        }
        self.place(id, reservation.turn, Outlook::Now);
    }

    /// Gives a reservation to a new waiter, if it is among the first. `false`: it is not.
    pub(super) fn reserve(
        &mut self,
        entry: QueueEntry,
        known: Option<Outlook>,
        id: LaneId,
        context: &Context,
    ) -> bool {
        let QueueEntry { turn, index, .. } = entry;
        let is_last = self.reservations.list.last().is_none_or(|last| last.turn < turn);
        if !self.is_backfilling || (self.reservations.is_full() && is_last) {
            return false;
        }
        let at = self.reservations.before(turn);
        let vector = id.vector();
        let unknown = Reservation { turn, index, vector, at: f64::INFINITY, due: f64::INFINITY };
        if !is_last {
            self.reservations.void_from(at);
            self.drop_void_plans(context.vectors);
        }
        self.reservations.list.insert(at, unknown);
        if self.reservations.list.len() > self.reservations.most()
            && let Some(last) = self.reservations.list.pop()
        {
            self.put_back(last);
        }
        let is_planned = self.reservations.valid == at && self.reservations.planned == at;
        if let (true, true, Some(Outlook::At(instant))) = (is_last, is_planned, known) {
            self.commit(at, instant, instant, context);
        }
        true
    }

    /// Removes the reservation of a waiter that leaves its lane. `false`: it has none.
    pub(super) fn unreserve(
        &mut self,
        id: LaneId,
        turn: Turn,
        granted: bool,
        context: &Context,
    ) -> bool {
        let found = self.reservations.find(turn);
        if let Some(index) = found {
            self.remove_reservation(index, granted, context);
            self.release_held_back(id, context.queue);
        }
        if granted {
            self.opened(context.vectors.get(id.vector()), context);
        }
        found.is_some()
    }

    fn remove_reservation(&mut self, index: usize, granted: bool, context: &Context) {
        let holds = granted && index < self.reservations.valid;
        if !holds {
            self.reservations.free_from(index);
        }
        self.drop_void_plans(context.vectors);
        let removed = self.reservations.list.remove(index);
        if holds {
            for cost in paid(context.vectors.get(removed.vector)) {
                if let Some(state) = self.rule_state(cost.slot) {
                    state.plan.remove_first(removed.at);
                }
            }
            self.reservations.planned = self.reservations.planned.saturating_sub(1);
            self.reservations.valid = self.reservations.valid.saturating_sub(1);
            self.reservations.unplan(removed.due);
        } else {
            let Self { reservations, .. } = self;
            reservations.is_stale &= reservations.valid < reservations.list.len();
        }
    }

    /// The outlook of the head of a lane for which enough remains. Waiters of the lane with a
    /// reservation go first. They are planned for later only where a grant would open a window, and
    /// so displace another waiter.
    #[cold]
    pub(super) fn outlook_behind_its_lane(&mut self, id: LaneId, turn: Turn) -> Outlook {
        let mut reserved = self.reservations.turns_of(id.vector(), turn.class());
        let is_behind = reserved.any(|other| other < turn);
        match self.lanes.get_mut(id.0 as usize) {
            Some(lane) if is_behind => {
                lane.is_held_back = true;
                Outlook::At(f64::INFINITY)
            }
            _ => Outlook::Now,
        }
    }

    /// Checks the head of a lane again that was behind a waiter with a reservation, which has left.
    fn release_held_back(&mut self, id: LaneId, queue: &Queue) {
        let Some(lane) = self.lanes.get_mut(id.0 as usize) else { return };
        if std::mem::take(&mut lane.is_held_back)
            && let Some(head) = self.head(id, queue)
        {
            self.place(id, head.turn, Outlook::Now);
        }
    }

    /// Voids all instants if a grant may have opened a window, as that also moves its end.
    fn opened(&mut self, costs: &[Cost], context: &Context) {
        if paid(costs).any(|cost| context.rules.opens_on_use(cost.slot)) {
            self.reservations.void_from(0);
        }
    }

    /// Records that a new request was granted at once: it may have taken tokens for which waiters
    /// of lower classes were planned. Its outlook has voided the instants of those with a
    /// reservation.
    pub(crate) fn granted_at_once(&mut self, costs: &[Cost], context: &Context) {
        self.delay(|_| true);
        if self.is_backfilling {
            self.opened(costs, context);
        }
    }

    /// An upper bound of the demand of the waiters that a request may overtake by its reservation,
    /// if none of them wants more than `largest`.
    pub(super) fn most_passed(&self, largest: f64) -> f64 {
        let most = self.reservations.most().saturating_sub(1);
        if self.is_backfilling { largest * most as f64 } else { 0.0 }
    }

    /// Voids the instants from a turn on, if the rule at a slot is part of a plan.
    pub(super) fn void_plans_from(&mut self, slot: Slot, turn: Turn) {
        let state = self.rule_states.get(slot.0 as usize);
        if self.is_backfilling && state.is_some_and(|state| !state.plan.is_empty()) {
            let index = self.reservations.before(turn);
            self.reservations.free_from(index);
        }
    }
}
