//! Waiters: how they are granted, rejected, cancelled, and moved to another turn.

use super::Engine;
use crate::error::Rejection;
use crate::queue::{Lease, Queue, Request};
use crate::request::{Cost, Settled, Standing, Ticket};
use crate::rules::{Load, Rules};
use crate::schedule::{LeaveReason, Position};

impl Engine {
    /// Removes a waiter from the queue, as if it had never been submitted. `false`: the ticket
    /// names no waiter.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        let found = self.leave(ticket, LeaveReason::Ungranted).is_some();
        self.counters.aborted = self.counters.aborted.wrapping_add(u64::from(found));
        self.update_due();
        found
    }

    /// Gives a waiter another class and rank, as if it had been submitted with them. `false`: the
    /// ticket names no waiter, and nothing changed.
    pub fn set_priority(
        &mut self,
        ticket: Ticket,
        standing: impl Into<Standing>,
        now: f64,
    ) -> bool {
        let (now, asked) = (self.observe(now), standing.into());
        let Some(&request) = self.queue.waiting(ticket) else { return false };
        let in_force = self.queue.standing_of(&request, asked, now);
        self.reclass(ticket, LeaveReason::Ungranted, |queue| {
            queue.reclass(ticket.index(), asked, in_force)
        });
        self.update_due();
        true
    }

    /// Moves a waiter to another turn.
    fn reclass(&mut self, ticket: Ticket, reason: LeaveReason, change: impl FnOnce(&mut Queue)) {
        let Some(&request) = self.queue.waiting(ticket) else { return };
        let (schedule, mut context) = self.parts();
        schedule.leave(request.vector, request.turn, ticket.index(), reason, &mut context);
        change(&mut self.queue);
        if let Some(entry) = self.queue.entry(ticket.index()) {
            let (schedule, context) = self.parts();
            schedule.enter(request.vector, entry, None, &context);
            schedule.delay(|_| true);
        }
    }

    /// Rejects all waiters and returns their number.
    pub fn clear(&mut self, rejection: &Rejection) -> usize {
        self.clear_where(rejection, |_| true)
    }

    /// Rejects the waiters under the rule of an id, or under a family and all its members. Returns
    /// their number.
    pub fn clear_rule(&mut self, rejection: &Rejection, id: &str) -> usize {
        let slots = self.rules.existing(id);
        self.clear_where(rejection, |costs| costs.iter().any(|cost| slots.contains(&cost.slot)))
    }

    fn clear_where(
        &mut self,
        rejection: &Rejection,
        is_cleared: impl Fn(&[Cost]) -> bool,
    ) -> usize {
        let waiting = self.queue.len();
        self.reject_where(|costs, _, _| is_cleared(costs).then(|| rejection.clone()));
        self.update_due();
        waiting.saturating_sub(self.queue.len())
    }

    /// The numbers of waiters and of held permits: in all, or under the rule of an id, or under a
    /// family and all its members. A request counts under each rule that its costs name.
    pub fn load(&self, id: Option<&str>) -> Load {
        let (waiting, all) = (self.queue.len(), self.queue.len_with_held());
        let total = Load { waiting, held: all.saturating_sub(waiting) };
        id.map_or(total, |id| self.rules.load(id))
    }

    /// Returns the next waiter that was granted or rejected, or is at `now`; `None` if there is
    /// nothing to do until [`Engine::due`].
    pub fn poll(&mut self, now: f64) -> Option<Settled> {
        let now = self.observe(now);
        if let Some(settled) = self.outbox.pop_front() {
            return Some(settled);
        }
        if now < self.due {
            return None;
        }
        if let Some(Lease { ticket, timeout, .. }) =
            self.queue.first_lease().filter(|lease| lease.end <= now)
        {
            self.release(ticket, false, now);
            return Some((ticket, Err(Rejection::HoldTimeout { timeout })));
        }
        while let Some(ticket) = self.queue.old_enough(now) {
            self.reclass(ticket, LeaveReason::Promoted, |queue| queue.promote(ticket));
        }
        // A waiter can be granted at its deadline, but not after it.
        let deadline = self.queue.first_deadline();
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline < now) {
            return self.expire(ticket);
        }
        let (schedule, mut context) = self.parts();
        let next = schedule.next(&mut context);
        if let Some((ticket, _)) = next.and_then(|index| self.queue.at(index)) {
            self.grant_waiter(ticket)?;
            return Some((ticket, Ok(())));
        }
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline <= now) {
            return self.expire(ticket);
        }
        self.update_due();
        None
    }

    /// Grants a waiter, all of whose costs remain.
    pub(super) fn grant_waiter(&mut self, ticket: Ticket) -> Option<()> {
        let now = self.now;
        let request = self.remove(ticket, LeaveReason::Granted)?;
        let is_held = request.asks_for_permit();
        let costs = self.vectors.get(request.vector).iter().copied();
        self.rules.take(costs, is_held, self.clock.round_trip(), now);
        self.count_grant_of(&request);
        self.rules.count_granted(self.vectors.get(request.vector), is_held, now);
        if !is_held {
            self.vectors.release(request.vector);
        }
        Some(())
    }

    /// Rejects a waiter whose deadline has passed. The estimated wait is a lower bound, as each
    /// rule is considered by itself.
    fn expire(&mut self, ticket: Ticket) -> Option<Settled> {
        let costs = self.vectors.get(self.queue.waiting(ticket)?.vector).to_vec();
        let max_wait = self.queue.max_wait(ticket);
        let request = self.leave(ticket, LeaveReason::Ungranted)?;
        let turn = request.turn;
        let (schedule, mut context) = self.parts();
        let ready_at = schedule.earliest(&costs, turn.class(), Position::At(turn), &mut context);
        let estimated_wait = ready_at - self.now;
        let rejection = Rejection::WaitTimeout { max_wait, estimated_wait };
        self.count_rejection(&rejection);
        Some((ticket, Err(rejection)))
    }

    /// Removes a waiter that is not granted.
    pub(super) fn leave(&mut self, ticket: Ticket, reason: LeaveReason) -> Option<Request> {
        let request = self.remove(ticket, reason)?;
        self.rules.disengage(self.vectors.get(request.vector));
        self.vectors.release(request.vector);
        Some(request)
    }

    /// Removes a waiter. It stays counted under its rules, and its cost vector in use, as a vector
    /// that is used no more may be swept: by a granted permit until release, else until the caller
    /// has read the costs.
    fn remove(&mut self, ticket: Ticket, reason: LeaveReason) -> Option<Request> {
        let request = *self.queue.waiting(ticket)?;
        let (schedule, mut context) = self.parts();
        schedule.leave(request.vector, request.turn, ticket.index(), reason, &mut context);
        let granted_at = (reason == LeaveReason::Granted).then_some(self.now);
        self.queue.leave(ticket.index(), request, granted_at);
        Some(request)
    }

    /// Rejects a waiter. `poll` will return it.
    pub(super) fn reject(&mut self, ticket: Ticket, rejection: Rejection) {
        if self.leave(ticket, LeaveReason::Ungranted).is_some() {
            self.count_rejection(&rejection);
            self.outbox.push_back((ticket, Err(rejection)));
        }
    }

    /// Rejects all waiters for which there is a rejection, in the order of their turns.
    pub(super) fn reject_where(
        &mut self,
        rejection_of: impl Fn(&[Cost], &Request, &Rules) -> Option<Rejection>,
    ) {
        for (ticket, vector) in self.queue.in_order() {
            let Some(request) = self.queue.waiting(ticket) else { continue };
            if let Some(rejection) = rejection_of(self.vectors.get(vector), request, &self.rules) {
                self.reject(ticket, rejection);
            }
        }
    }
}
