//! Held permits and the costs of their requests.

use super::Engine;
use crate::queue::{Held, Turn};
use crate::request::{Cost, Costs, Slot, Ticket};
use crate::rules::Entry;

impl Engine {
    /// Releases a permit and gives back its tokens under concurrency rules. With `refund` the
    /// request was never sent, and all its costs are given back. `false`: the ticket names no
    /// permit, and nothing changed.
    pub fn release(&mut self, ticket: Ticket, refund: bool, now: f64) -> bool {
        self.end_permit(ticket, now, |entry, cost, granted_at, now| {
            let is_back = refund || entry.traits.needs_permit;
            if is_back {
                entry.state.give_back(cost.amount, granted_at, now);
            }
            is_back
        })
    }

    /// Releases a permit whose request turned out to cost `actual`, and gives back the difference.
    /// A rule that `actual` lacks costs nothing. Amounts above the costs of the permit, and values
    /// that are no numbers, change nothing. `false`: the ticket names no permit, and nothing
    /// changed.
    pub fn release_at_cost(&mut self, ticket: Ticket, actual: &Costs, now: f64) -> bool {
        self.end_permit(ticket, now, |entry, cost, granted_at, now| {
            let unused = (cost.amount - actual.amount(cost.slot)).max(0.0).min(cost.amount);
            if entry.traits.needs_permit {
                entry.state.give_back(cost.amount, granted_at, now);
            } else if unused > 0.0 {
                entry.state.give_back_part(unused, granted_at, now);
            }
            entry.traits.needs_permit || unused > 0.0
        })
    }

    /// Ends a permit. `give_back` gives back of each of its costs, taken at its second instant, and
    /// returns whether it did.
    fn end_permit(
        &mut self,
        ticket: Ticket,
        now: f64,
        give_back: impl Fn(&mut Entry, &Cost, f64, f64) -> bool,
    ) -> bool {
        let now = self.observe(now);
        let Some(held) = self.queue.release(ticket) else { return false };
        if held.is_in_flight {
            self.mark_answered(&held);
        }
        let Held { vector, granted_at, .. } = held;
        let costs = self.vectors.get(vector);
        for cost in costs {
            let entry = self.rules.get_mut(cost.slot);
            if entry.is_some_and(|entry| give_back(entry, cost, granted_at, now)) {
                self.schedule.free(cost.slot, Turn::FIRST);
            }
        }
        self.rules.disengage(costs);
        self.vectors.release(vector);
        self.update_due();
        true
    }

    /// The wait in milliseconds of the request that holds a permit; `None` if the ticket names no
    /// permit.
    pub fn waited(&self, ticket: Ticket) -> Option<f64> {
        self.queue.waited(ticket)
    }

    /// Records that the request of a permit is no longer in flight.
    pub(super) fn mark_answered(&mut self, held: &Held) {
        for cost in self.vectors.get(held.vector) {
            if let Some(entry) = self.rules.get_mut(cost.slot) {
                entry.state.mark_answered(cost.amount, held.granted_at);
            }
        }
    }

    /// Removes rules from the costs of all permits, as their slots will stand for other rules.
    pub(super) fn strip_permits(&mut self, slots: &[Slot]) {
        self.change_permits(slots, |_| None);
    }

    /// Changes the costs of all permits under the rules at some slots.
    pub(super) fn change_permits(&mut self, slots: &[Slot], change: impl Fn(Cost) -> Option<Cost>) {
        for (ticket, vector) in self.queue.held() {
            let costs = self.vectors.get(vector);
            if costs.iter().any(|cost| slots.contains(&cost.slot)) {
                let change = |&cost: &Cost| {
                    if slots.contains(&cost.slot) { change(cost) } else { Some(cost) }
                };
                let changed: Vec<Cost> = costs.iter().filter_map(change).collect();
                self.rules.disengage(costs);
                self.rules.engage(&changed);
                let new = self.vectors.acquire(&changed);
                self.vectors.release(vector);
                self.queue.set_vector(ticket, new);
            }
        }
    }

    /// Voids the costs of permits under rules whose remaining tokens were set: they no longer count
    /// and cannot be given back. Tokens under concurrency rules stay held.
    pub(super) fn void_prior_costs(&mut self, slots: &[Slot]) {
        let is_set =
            |slot: &Slot| self.rules.get(*slot).is_some_and(|entry| !entry.traits.needs_permit);
        let set: Vec<Slot> = slots.iter().copied().filter(is_set).collect();
        // A cost of 0 stays, as the refund of a request is still meaningful.
        self.change_permits(&set, |cost| Some(Cost { amount: 0.0, ..cost }));
    }
}
