//! Requests that wait: how they are granted, refused, cancelled, and moved to another turn.

use super::Engine;
use crate::error::Rejection;
use crate::queue::{Queue, Request};
use crate::request::{Cost, Priority, Settled, Ticket};
use crate::rules::Rules;
use crate::schedule::{LeaveReason, Position};

impl Engine {
    /// Takes a waiting request out of the queue, as if it had never been submitted. `false`: the ticket names none.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        let found = self.leave(ticket, LeaveReason::Ungranted).is_some();
        self.update_due();
        found
    }

    /// Makes a waiting request one of another priority, as if it had been submitted with that. `false`: the ticket names
    /// none, or it could never be granted so; nothing changed.
    pub fn set_priority(&mut self, ticket: Ticket, priority: Priority, now: f64) -> bool {
        let now = self.observe(now);
        let Some(&request) = self.queue.waiting(ticket) else { return false };
        let class = self.queue.class_of(&request, priority, now);
        let costs = self.vectors.get(request.vector);
        if self.rules.rejection_of(costs, class, request.asks_for_permit()).is_some() {
            return false;
        }
        self.reclass(ticket, LeaveReason::Ungranted, |queue| queue.reclass(ticket.index(), priority, class));
        self.update_due();
        true
    }

    /// Moves a waiting request to another turn.
    fn reclass(&mut self, ticket: Ticket, reason: LeaveReason, change: impl FnOnce(&mut Queue)) {
        let Some(&request) = self.queue.waiting(ticket) else { return };
        let (schedule, mut context) = self.parts();
        schedule.leave(request.vector, request.entry(ticket.index()), reason, &mut context);
        change(&mut self.queue);
        if let Some(turn) = self.queue.waiting(ticket).map(Request::turn) {
            let (schedule, context) = self.parts();
            schedule.enter(request.vector, ticket.index(), turn, None, &context);
            schedule.delay(|_| true);
        }
    }

    /// Refuses all that wait. Returns how many those were.
    pub fn clear(&mut self, rejection: &Rejection) -> usize {
        let waiting = self.queue.len();
        self.reject_where(|_, _, _| Some(rejection.clone()));
        self.update_due();
        waiting
    }

    /// The next request that was granted or refused, or is at `now`; `None` if there is no more to do until
    /// [`Engine::due`].
    pub fn poll(&mut self, now: f64) -> Option<Settled> {
        let now = self.observe(now);
        if let Some(settled) = self.outbox.pop_front() {
            return Some(settled);
        }
        if now < self.due {
            return None;
        }
        while let Some(ticket) = self.queue.old_enough(now) {
            self.reclass(ticket, LeaveReason::Promoted, |queue| queue.promote(ticket));
        }
        // At its very deadline a request may still be granted, after it no more.
        let deadline = self.queue.first_deadline();
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline < now) {
            return self.expire(ticket);
        }
        let (schedule, mut context) = self.parts();
        let next = schedule.next(&mut context);
        if let Some((ticket, _)) = next.and_then(|index| self.queue.at(index)) {
            let request = self.leave(ticket, LeaveReason::Granted)?;
            let permit = request.asks_for_permit();
            let costs = self.vectors.get(request.vector).iter().copied();
            self.rules.take(costs, permit, self.clock.round_trip(), now);
            return Some((ticket, Ok(())));
        }
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline <= now) {
            return self.expire(ticket);
        }
        self.update_due();
        None
    }

    /// Refuses a request whose deadline has come. How long it would still wait is known as far as each rule by itself
    /// tells.
    fn expire(&mut self, ticket: Ticket) -> Option<Settled> {
        let request = self.leave(ticket, LeaveReason::Ungranted)?;
        let costs: Vec<Cost> = self.vectors.get(request.vector).to_vec();
        let turn = request.turn();
        let (schedule, mut context) = self.parts();
        let ready_at = schedule.earliest(&costs, turn.class(), Position::At(turn), &mut context);
        let estimated_wait = ready_at - self.now;
        Some((ticket, Err(Rejection::WaitTimeout { max_wait: request.max_wait, estimated_wait })))
    }

    /// Takes a request out of the queue. Of one whose permit is held from now on the costs are kept.
    pub(super) fn leave(&mut self, ticket: Ticket, reason: LeaveReason) -> Option<Request> {
        let request = *self.queue.waiting(ticket)?;
        let (schedule, mut context) = self.parts();
        schedule.leave(request.vector, request.entry(ticket.index()), reason, &mut context);
        let granted_at = (reason == LeaveReason::Granted).then_some(self.now);
        if !self.queue.leave(ticket, granted_at) {
            self.rules.disengage(self.vectors.get(request.vector));
            self.vectors.release(request.vector);
        }
        Some(request)
    }

    /// Refuses a waiting request; `poll` will tell.
    pub(super) fn reject(&mut self, ticket: Ticket, rejection: Rejection) {
        if self.leave(ticket, LeaveReason::Ungranted).is_some() {
            self.outbox.push_back((ticket, Err(rejection)));
        }
    }

    /// Refuses all for which there is a refusal, in the order in which they are served.
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
