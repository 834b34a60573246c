//! Permits that are held, and what their requests cost.

use super::Engine;
use crate::queue::{Held, Turn};
use crate::request::{Cost, Slot, Ticket};

impl Engine {
    /// Releases a permit: what it holds of limits of concurrency is given back. With `refund` the request was never
    /// sent, and all its costs are. `false`: the ticket names no permit; nothing changed.
    pub fn release(&mut self, ticket: Ticket, refund: bool, now: f64) -> bool {
        let now = self.observe(now);
        let Some(held) = self.queue.release(ticket) else { return false };
        if held.is_in_flight {
            self.mark_answered(&held);
        }
        let Held { vector, granted_at, .. } = held;
        let costs = self.vectors.get(vector);
        for cost in costs {
            let entry = self.rules.get_mut(cost.slot);
            if let Some(entry) = entry.filter(|entry| refund || entry.traits.needs_permit) {
                entry.state.give_back(cost.amount, granted_at, now);
                self.schedule.free(cost.slot, Turn::FIRST);
            }
        }
        self.rules.disengage(costs);
        self.vectors.release(vector);
        self.update_due();
        true
    }

    /// How many milliseconds the request waited whose permit is held; `None` if the ticket names no such permit.
    pub fn waited(&self, ticket: Ticket) -> Option<f64> {
        self.queue.waited(ticket)
    }

    /// The request of a permit is in flight no more.
    pub(super) fn mark_answered(&mut self, held: &Held) {
        for cost in self.vectors.get(held.vector) {
            if let Some(entry) = self.rules.get_mut(cost.slot) {
                entry.state.mark_answered(cost.amount, held.granted_at);
            }
        }
    }

    /// Takes rules out of the costs of all permits, as their slots stand for others now.
    pub(super) fn strip_permits(&mut self, slots: &[Slot]) {
        self.change_permits(slots, |_| None);
    }

    /// Changes the costs of all permits under the rules at some slots.
    pub(super) fn change_permits(&mut self, slots: &[Slot], change: impl Fn(Cost) -> Option<Cost>) {
        for (ticket, vector) in self.queue.held() {
            let costs = self.vectors.get(vector);
            if costs.iter().any(|cost| slots.contains(&cost.slot)) {
                let change =
                    |&cost: &Cost| if slots.contains(&cost.slot) { change(cost) } else { Some(cost) };
                let changed: Vec<Cost> = costs.iter().filter_map(change).collect();
                self.rules.disengage(costs);
                self.rules.engage(&changed);
                let new = self.vectors.acquire(&changed);
                self.vectors.release(vector);
                self.queue.set_vector(ticket, new);
            }
        }
    }

    /// Where it was said what is left, what was taken before does not count any more and cannot be given back. What is
    /// held of a limit of concurrency can.
    pub(super) fn void_prior_costs(&mut self, slots: &[Slot]) {
        let is_set = |slot: &Slot| self.rules.get(*slot).is_some_and(|entry| !entry.traits.needs_permit);
        let set: Vec<Slot> = slots.iter().copied().filter(is_set).collect();
        // Not taken out: that a request was never sent is worth knowing all the same.
        self.change_permits(&set, |cost| Some(Cost { amount: 0.0, ..cost }));
    }
}
