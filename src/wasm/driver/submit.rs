//! Submissions, and questions about them.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::Driver;
use crate::wasm::data::Data;
use crate::wasm::failure::Failure;
use crate::wasm::{decode, encode};
use multi_throttler_engine::{
    Costs, Options, Priority, Rejection, Slot, Standing, Submission, Ticket,
};

/// A submission that waits in the engine while its caller does not know the ticket yet.
pub(super) struct PendingSubmission {
    pub(super) ticket: Ticket,
    /// The outcome, if it was settled meanwhile.
    pub(super) outcome: Option<Result<(), Rejection>>,
}

impl Driver {
    /// The fast path: grants a request as [`submit`](Driver::submit) would if nothing stands in its
    /// way. Returns false if nothing was done. It grants only where nothing waits; then nothing is
    /// due, and the timer stays as it is.
    #[inline(always)]
    pub(in crate::wasm) fn grant(
        &self,
        costs: impl Iterator<Item = (Slot, f64)> + Clone,
        priority: Priority,
        version: f64,
        reading: f64,
    ) -> bool {
        let Some(now) = self.clock.forward(reading) else { return false };
        let mut engine = self.engine.borrow_mut();
        let knows_unix_time =
            !self.uses_wall_clock.get() || now < self.wall_clock_valid_until.get();
        // A closed throttler has no rules, so it grants nothing here.
        knows_unix_time
            && engine.rules_version() as f64 == version
            && engine.grant(costs, priority, now)
    }

    /// Submits a request with costs by slots of a `version` of the rules, at a `reading` of the
    /// system's clock or, if that is NaN, at a reading taken here. Returns `None` if the version
    /// has changed, so that a slot may stand for another rule.
    pub(in crate::wasm) fn submit(
        self: &Rc<Self>,
        options: Options,
        version: f64,
        reading: f64,
        written: impl Iterator<Item = (Slot, f64)>,
    ) -> Result<Option<Submission>, JsValue> {
        // Taken out, not borrowed: a clock may submit a request of its own.
        let mut costs = self.costs.take();
        costs.clear();
        written.for_each(|(slot, amount)| costs.add(slot, amount));
        let now = if reading.is_nan() { self.now()? } else { self.time_of(reading)? };
        self.settle_overdue(now)?;
        if self.version() != version {
            return Ok(None);
        }
        let submission = self.admit(&costs, options, now);
        self.costs.replace(costs);
        submission.map(Some)
    }

    /// Submits a request with costs as a JavaScript object.
    pub(in crate::wasm) fn submit_costs(
        self: &Rc<Self>,
        costs: &JsValue,
        options: Options,
    ) -> Result<Submission, JsValue> {
        let (costs, now) = self.read_costs(costs)?;
        self.admit(&costs, options, now)
    }

    /// Grants a request now or not at all.
    pub(in crate::wasm) fn try_submit(
        self: &Rc<Self>,
        costs: &JsValue,
        standing: Standing,
    ) -> Result<bool, Failure> {
        let (costs, now) = self.read_costs(costs)?;
        let granted = self.engine.borrow_mut().try_submit(&costs, standing, now);
        self.disarm_if_idle();
        self.announce(now);
        Ok(granted?)
    }

    /// Grants a request with a permit now or not at all.
    pub(in crate::wasm) fn try_acquire(
        self: &Rc<Self>,
        costs: &JsValue,
        standing: Standing,
    ) -> Result<Option<Ticket>, Failure> {
        let (costs, now) = self.read_costs(costs)?;
        let ticket = self.engine.borrow_mut().try_acquire(&costs, standing, now);
        self.disarm_if_idle();
        self.announce(now);
        Ok(ticket?)
    }

    /// Returns how long a request would wait.
    pub(in crate::wasm) fn estimate_wait(
        self: &Rc<Self>,
        costs: &JsValue,
        standing: Standing,
    ) -> Result<f64, Failure> {
        // Nothing is submitted, so an error is no rejected request.
        let (costs, now) = self.read_open_costs(costs)?;
        let estimate = self.engine.borrow_mut().estimate_wait(&costs, standing, now);
        self.disarm_if_idle();
        Ok(estimate?)
    }

    /// Reads the costs of a JavaScript object, and the time.
    fn read_costs(self: &Rc<Self>, costs: &JsValue) -> Result<(Costs, f64), Failure> {
        let read = self.read_open_costs(costs);
        if let Err(Failure::Rejected(rejection)) = &read {
            self.count_rejection(rejection);
        }
        read
    }

    fn read_open_costs(self: &Rc<Self>, costs: &JsValue) -> Result<(Costs, f64), Failure> {
        let entries = decode::costs(costs)?;
        let now = self.now()?;
        if self.closed.get() {
            return Err(Rejection::Closed.into());
        }
        self.settle_overdue(now)?;
        Ok((self.costs_by_slot(&entries, now)?, now))
    }

    /// Counts a rejection that the engine has not counted.
    fn count_rejection(&self, rejection: &Rejection) {
        self.engine.borrow_mut().count_rejection(rejection);
        self.announce(f64::NAN);
    }

    /// Turns ids into slots. An unknown rule is rejected before any invalid cost.
    fn costs_by_slot(&self, entries: &[Data], now: f64) -> Result<Costs, Rejection> {
        let mut engine = self.engine.borrow_mut();
        let mut costs = Costs::default();
        let mut invalid = None;
        for entry in entries.chunks(2) {
            let [name, cost] = entry else { break };
            let slot = match name {
                Data::Text(id) => engine.slot(id, now),
                // Shown with its lone surrogates replaced.
                Data::BrokenText(text) => Err(engine.unknown_rule(text)),
                _ => Err(engine.unknown_rule("")),
            };
            let slot = match slot {
                Ok(slot) => slot,
                Err(unknown @ Rejection::UnknownRule { .. }) => return Err(unknown),
                Err(other) => {
                    invalid.get_or_insert(other);
                    continue;
                }
            };
            match cost.as_number() {
                Some(amount) => costs.add(slot, amount),
                None => {
                    let rule = name.as_text().map(String::from);
                    invalid.get_or_insert(Rejection::InvalidCost { rule, cost: cost.to_value() });
                }
            }
        }
        invalid.map_or(Ok(costs), Err)
    }

    /// Submits to the engine, and arms the timer if the request has to wait.
    #[inline(always)]
    fn admit(
        self: &Rc<Self>,
        costs: &Costs,
        options: Options,
        now: f64,
    ) -> Result<Submission, JsValue> {
        if self.closed.get() {
            self.count_rejection(&Rejection::Closed);
        }
        self.check_open()?;
        let submission = self.engine.borrow_mut().submit(costs, options, now);
        if let Ok(Submission::Waiting(ticket)) = submission {
            self.announce(now);
            let is_waiting = Ok(Submission::Waiting(ticket));
            return if self.is_armed_after(now) { is_waiting } else { self.arm_for(ticket, now) };
        }
        self.disarm_if_idle();
        self.announce(now);
        submission.map_err(|rejection| encode::rejection(&rejection))
    }

    /// Arms the timer for a new waiter. A clock may settle the waiter meanwhile, before the caller
    /// knows its ticket; then that outcome is the answer.
    fn arm_for(self: &Rc<Self>, ticket: Ticket, now: f64) -> Result<Submission, JsValue> {
        self.pending_submissions.borrow_mut().push(PendingSubmission { ticket, outcome: None });
        // Settles a waiter that was dropped to make room.
        let armed = self.settle_overdue(now).and(self.arm());
        let outcome =
            self.pending_submissions.borrow_mut().pop().and_then(|pending| pending.outcome);
        match (outcome, armed) {
            (Some(Ok(())), _) => {
                let held = self.engine.borrow().waited(ticket).is_some();
                Ok(if held { Submission::Held(ticket) } else { Submission::Granted })
            }
            (Some(Err(rejection)), _) => Err(encode::rejection(&rejection)),
            (None, Ok(())) => Ok(Submission::Waiting(ticket)),
            (None, Err(error)) => {
                self.engine.borrow_mut().cancel(ticket);
                // One more try for the other waiters. If it fails too, the first error is reported.
                self.arm().map_err(|_| error.clone())?;
                Err(error)
            }
        }
    }
}
