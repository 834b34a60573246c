//! Plans: the instant of each waiter with a reservation, found in the order of turns.

use super::reservations::Reservation;
use super::{Context, Outlook, Schedule, rule_state_at};
use crate::collections::cost_vectors::CostVectors;
use crate::limit::Planned;
use crate::queue::Turn;
use crate::request::{Cost, Priority};
use crate::rules::check::ROUNDS;

/// The planned and the claimed costs of a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The planned costs by instant; those of one instant by turn.
    planned: Vec<Planned>,
    /// The costs of waiters whose instant is unknown: their running sums, by turn.
    claimed: Vec<f64>,
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.planned.is_empty() && self.claimed.is_empty()
    }

    fn claimed(&self) -> f64 {
        self.claimed.last().copied().unwrap_or(0.0)
    }

    /// Adds the cost of the last waiter in the order of turns.
    fn push(&mut self, planned: Planned) {
        if planned.at < f64::INFINITY {
            let index = self.planned.partition_point(|each| each.at <= planned.at);
            self.planned.insert(index, planned);
        } else {
            self.claimed.push(self.claimed() + planned.cost);
        }
    }

    /// Removes the cost of the last waiter in the order of turns, which is planned for `at`.
    fn pop(&mut self, at: f64) {
        if at < f64::INFINITY {
            let index = self.planned.partition_point(|each| each.at <= at).saturating_sub(1);
            if index < self.planned.len() {
                self.planned.remove(index);
            }
        } else {
            self.claimed.pop();
        }
    }

    /// Removes the cost of the first waiter that is planned for `at`.
    pub(super) fn remove_first(&mut self, at: f64) {
        let index = self.planned.partition_point(|each| each.at < at);
        if index < self.planned.len() {
            self.planned.remove(index);
        }
    }
}

impl Schedule {
    /// The outlook of a request with these reservations ahead of it, and no other waiters.
    fn outlook_behind(
        &mut self,
        ahead: usize,
        costs: &[Cost],
        class: Priority,
        context: &mut Context,
    ) -> Outlook {
        if ahead < self.reservations.list.len() {
            self.reservations.void_from(ahead);
        }
        self.plan_up_to(ahead, context);
        let (at, due) = self.find_instant(costs, class, context);
        match at {
            at if at <= context.now => Outlook::Now,
            at if at < f64::INFINITY => Outlook::At(at),
            _ => Outlook::At(due),
        }
    }

    /// The outlook of a new request. `None`: it will have no reservation.
    pub(super) fn outlook_of_new(
        &mut self,
        costs: &[Cost],
        turn: Turn,
        context: &mut Context,
    ) -> Option<Outlook> {
        let ahead = self.reservations.before(turn);
        let is_among_first = ahead < self.reservations.list.len() || !self.reservations.is_full();
        (self.is_backfilling && is_among_first)
            .then(|| self.outlook_behind(ahead, costs, turn.class(), context))
    }

    /// The first waiter with a reservation that can be granted now.
    pub(super) fn next_reserved(&mut self, context: &mut Context) -> Option<u32> {
        let now = context.now;
        loop {
            self.plan_up_to(self.reservations.list.len(), context);
            self.reservations.is_stale = false;
            let (index, first) = self.reservations.first_due(now)?;
            let due = Self::ready_alone(first, context);
            if due <= now {
                return Some(first.index);
            }
            // The instant was early, by rounding or as entries of a log were merged.
            self.reservations.valid = index;
            self.drop_void_plans(context.vectors);
            self.commit(index, f64::INFINITY, due, context);
        }
    }

    /// A lower bound of the instant at which a waiter can be granted if nothing else is taken; now
    /// if it can.
    fn ready_alone(waiter: Reservation, context: &Context) -> f64 {
        let mut at = context.now;
        for &Cost { slot, amount } in paid(context.vectors.get(waiter.vector)) {
            if let Some(entry) = context.rules.get(slot) {
                let sought = entry.sought(amount, 0.0, waiter.turn.class());
                at = at.max(entry.first_fit(sought, &[], context.now));
            }
        }
        at
    }

    /// The instant at which a waiter with a reservation has to be checked next.
    pub(super) fn due_of_reserved(&mut self, context: &mut Context) -> f64 {
        if self.reservations.is_stale {
            return context.now;
        }
        self.plan_up_to(self.reservations.list.len(), context);
        self.reservations.due()
    }

    /// Plans the first `count` waiters, in the order of turns. Plans of others are dropped if
    /// void.
    fn plan_up_to(&mut self, count: usize, context: &mut Context) {
        self.reservations.void_late(context.now);
        self.drop_void_plans(context.vectors);
        while self.reservations.planned < count {
            let index = self.reservations.planned;
            let Some(&next) = self.reservations.list.get(index) else { return };
            let costs = context.vectors.get(next.vector);
            let (at, due) = self.find_instant(costs, next.turn.class(), context);
            self.commit(index, at, due, context);
        }
    }

    /// The first instant at which a request behind all planned waiters can be granted without
    /// displacing one, and the instant at which it has to be checked. The first one is infinite if
    /// it is unknown.
    fn find_instant(&self, costs: &[Cost], class: Priority, context: &Context) -> (f64, f64) {
        #[cfg(test)]
        for count in [&super::tests::LOOKS, &super::tests::PLANS] {
            count.set(count.get().saturating_add(1));
        }
        let mut at = context.now;
        // Each rule is asked again from the latest instant. If the rules never agree, the request
        // is checked again then.
        for _ in 0..ROUNDS {
            let mut next = at;
            for &Cost { slot, amount } in paid(costs) {
                let Some(entry) = context.rules.get(slot) else { continue };
                let (planned, claimed) = match self.rule_states.get(slot.0 as usize) {
                    Some(state) => (state.plan.planned.as_slice(), state.plan.claimed()),
                    None => (&[][..], 0.0),
                };
                let sought = entry.sought(amount, claimed, class);
                next = next.max(entry.first_fit(sought, planned, at));
            }
            if next == at || next == f64::INFINITY {
                return (next, next);
            }
            at = next;
        }
        (f64::INFINITY, at)
    }

    /// Plans the waiter at an index, all waiters before it being planned.
    pub(super) fn commit(&mut self, index: usize, at: f64, due: f64, context: &Context) {
        let Some(&Reservation { turn, vector, .. }) = self.reservations.list.get(index) else {
            return;
        };
        let class = turn.class();
        for &Cost { slot, amount } in paid(context.vectors.get(vector)) {
            let Some(entry) = context.rules.get(slot) else { continue };
            if let Some(state) = rule_state_at(&mut self.rule_states, slot) {
                let need = entry.sought(amount, state.plan.claimed(), class).need;
                state.plan.push(Planned { at, cost: amount, need });
            }
        }
        self.reservations.plan(index, at, due);
    }

    /// Removes the costs of waiters whose instants are void from the plans of the rules.
    pub(super) fn drop_void_plans(&mut self, vectors: &CostVectors) {
        if self.reservations.planned == self.reservations.valid {
            return;
        }
        while self.reservations.planned > self.reservations.valid {
            self.reservations.planned = self.reservations.planned.saturating_sub(1);
            let last = self.reservations.list.get(self.reservations.planned).copied();
            let Some(Reservation { vector, at, due, .. }) = last else { continue };
            self.reservations.unplan(due);
            for cost in paid(vectors.get(vector)) {
                if let Some(state) = self.rule_state(cost.slot) {
                    state.plan.pop(at);
                }
            }
        }
    }
}

/// The costs above 0.
pub(super) fn paid(costs: &[Cost]) -> impl Iterator<Item = &Cost> {
    costs.iter().filter(|cost| cost.amount > 0.0)
}
