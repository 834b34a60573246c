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
        self.end_permit(ticket, now, &|entry, cost, Held { granted_at, .. }, now| {
            let is_back = refund || entry.traits.needs_permit;
            if is_back {
                entry.state.give_back(cost.amount, granted_at, now);
            }
            is_back
        })
    }

    /// Releases a permit whose request was sent and turned out to cost `actual`, and gives back the
    /// difference, as far as the server certainly allows as much again. `false`: the ticket names
    /// no permit, and nothing changed.
    ///
    /// A rule that `actual` lacks costs nothing. Amounts above the costs of the permit, and values
    /// that are not numbers, change nothing. If the response was [reported](Engine::report), rules
    /// of which any usage was reported since the grant give nothing back: the server's count
    /// includes the actual cost. The proof is in docs/internals/actual-costs.md in the repository.
    pub fn release_at_cost(&mut self, ticket: Ticket, actual: &Costs, now: f64) -> bool {
        self.end_permit(ticket, now, &|entry, cost, held, now| {
            let Held { granted_at, is_in_flight, .. } = held;
            if entry.traits.needs_permit {
                entry.state.give_back(cost.amount, granted_at, now);
                return true;
            }
            let is_counted = !is_in_flight && entry.reported_at >= granted_at;
            let unused = (cost.amount - actual.amount(cost.slot)).max(0.0).min(cost.amount);
            let is_back = unused > 0.0 && !is_counted;
            if is_back {
                entry.state.give_back_part(unused, granted_at, now);
            }
            is_back
        })
    }

    /// Ends a permit. `give_back` gives back each of its costs, or a part of it, and returns
    /// whether it did.
    fn end_permit(
        &mut self,
        ticket: Ticket,
        now: f64,
        give_back: &dyn Fn(&mut Entry, &Cost, Held, f64) -> bool,
    ) -> bool {
        let now = self.observe(now);
        let Some(held) = self.queue.release(ticket) else { return false };
        for cost in self.vectors.get(held.vector) {
            let Some(entry) = self.rules.get_mut(cost.slot) else { continue };
            if held.is_in_flight {
                entry.state.mark_answered(cost.amount, held.granted_at);
            }
            entry.count_released();
            if give_back(entry, cost, held, now) {
                self.schedule.free(cost.slot, Turn::FIRST);
            }
        }
        self.vectors.release(held.vector);
        self.update_due();
        true
    }

    /// Limits how long a permit is held: `timeout` milliseconds after its grant it is released as
    /// by [`release`](Engine::release), and [`poll`](Engine::poll) returns its ticket with
    /// [`Rejection::HoldTimeout`](crate::Rejection::HoldTimeout). The shortest of several timeouts
    /// of a permit counts; one that has passed ends with the next poll, and infinity and NaN have
    /// no effect. `false`: the ticket names no permit.
    ///
    /// ```
    /// use multi_throttler_engine::{
    ///     Concurrency, Costs, Engine, Priority, Rejection, Rule,
    /// };
    /// let mut engine = Engine::default();
    /// engine.add_rule(Rule::new("sockets", Concurrency::new(1.0)?)?, 0.0);
    /// let mut costs = Costs::default();
    /// costs.add(engine.slot("sockets", 0.0)?, 1.0);
    /// let ticket = engine.try_acquire(&costs, Priority::Normal, 0.0)?.unwrap();
    /// engine.lease(ticket, 500.0, 0.0);
    /// assert_eq!(engine.due(), 500.0);
    /// let expired = Rejection::HoldTimeout { timeout: 500.0 };
    /// assert_eq!(engine.poll(500.0), Some((ticket, Err(expired))));
    /// assert!(engine.try_acquire(&costs, Priority::Normal, 500.0)?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lease(&mut self, ticket: Ticket, timeout: f64, now: f64) -> bool {
        self.observe(now);
        let is_held = self.queue.lease(ticket, timeout);
        self.update_due();
        is_held
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
        self.change_permits(slots, None);
    }

    /// Changes the costs of all permits under the rules at some slots to an `amount`, or removes
    /// them.
    #[inline(never)]
    fn change_permits(&mut self, slots: &[Slot], amount: Option<f64>) {
        for (ticket, vector) in self.queue.held() {
            let costs = self.vectors.get(vector);
            if costs.iter().any(|cost| slots.contains(&cost.slot)) {
                let change = |&cost: &Cost| match slots.contains(&cost.slot) {
                    true => amount.map(|amount| Cost { amount, ..cost }),
                    false => Some(cost),
                };
                let changed: Vec<Cost> = costs.iter().filter_map(change).collect();
                self.rules.count_released(costs);
                self.rules.engage_held(&changed);
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
        self.change_permits(&set, Some(0.0));
    }
}
