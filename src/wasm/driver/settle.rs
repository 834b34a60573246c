//! Settling waiters: telling their promises what the engine has decided.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::Driver;
use crate::wasm::encode;
use multi_throttler_engine::{Engine, Rejection, Settled};

impl Driver {
    /// Settles all that is due after a change of the engine, and rearms the timer.
    ///
    /// # Errors
    /// The first exception of a clock or a host. The remaining work is done nonetheless: no promise
    /// and no timer may be lost for the error of another.
    pub(in crate::wasm) fn settle(self: &Rc<Self>) -> Result<(), JsValue> {
        self.settle_at(self.now())
    }

    /// Settles all that is due at the time that the clock has read, if it did not fail.
    ///
    /// # Errors
    /// As for [`settle`](Driver::settle).
    pub(in crate::wasm) fn settle_at(
        self: &Rc<Self>,
        now: Result<f64, JsValue>,
    ) -> Result<(), JsValue> {
        // Without a time, the waiters that are settled already get their outcome.
        let at = *now.as_ref().unwrap_or(&f64::NAN);
        let settled = self.settle_due(at);
        self.announce(at);
        now.and(settled).and(self.arm())
    }

    /// Settles, unless the timer is armed for the due instant: then nothing has become due, and the
    /// clock need not be read.
    pub(in crate::wasm) fn rearm_if_due_changed(self: &Rc<Self>) -> Result<(), JsValue> {
        let due = self.engine.borrow().due();
        let is_armed = self.timer.borrow().due == due;
        if !is_armed {
            return self.settle();
        }
        self.announce(f64::NAN);
        Ok(())
    }

    /// Settles what is due before the state is read, as timers are late. A timer that has become
    /// superfluous fires in vain.
    pub(in crate::wasm) fn settle_before_reading(&self, now: f64) -> Result<(), JsValue> {
        let settled = self.settle_overdue(now);
        self.disarm_if_idle();
        self.announce(now);
        settled
    }

    /// Settles waiters whose instant has passed, as timers are late: they go before a new request.
    #[inline(always)]
    pub(super) fn settle_overdue(&self, now: f64) -> Result<(), JsValue> {
        let due = self.engine.borrow().due();
        if due <= now { self.settle_due(now) } else { Ok(()) }
    }

    /// Rejects all waiters, or those under a rule. Returns how many there were.
    pub(in crate::wasm) fn clear(self: &Rc<Self>, rule: Option<&str>) -> Result<usize, JsValue> {
        let count = {
            let mut engine = self.engine.borrow_mut();
            match rule {
                Some(rule) => engine.clear_rule(&Rejection::Cleared, rule),
                None => engine.clear(&Rejection::Cleared),
            }
        };
        // Settled before the clock is read, which may call `clear` with another reason.
        let settled = self.settle_due(f64::NAN);
        settled.and(self.settle()).map(|()| count)
    }

    /// Frees the engine and rejects all waiters.
    pub(in crate::wasm) fn close(self: &Rc<Self>) -> Result<(), JsValue> {
        self.closed.set(true);
        let mut engine = self.engine.replace(Engine::default());
        self.rules_changed();
        engine.clear(&Rejection::Closed);
        let settled = self.settle_all(&mut || engine.poll(f64::NAN));
        self.engine.borrow_mut().succeed(&mut engine);
        self.announce(f64::NAN);
        settled.and(self.arm())
    }

    fn settle_due(&self, now: f64) -> Result<(), JsValue> {
        self.settle_all(&mut || self.engine.borrow_mut().poll(now))
    }

    /// Settles all, also after an error, and returns the first error.
    ///
    /// Events are announced before the first promise is settled. Their listeners are then called
    /// before the program continues with a grant, as reactions of promises run in the order in
    /// which they were queued. `multi-throttler/persist` relies on it.
    fn settle_all(&self, next: &mut dyn FnMut() -> Option<Settled>) -> Result<(), JsValue> {
        let mut result = Ok(());
        while let Some(settled) = next() {
            self.announce(f64::NAN);
            result = result.and(self.settle_one(settled));
        }
        result
    }

    fn settle_one(&self, (ticket, outcome): Settled) -> Result<(), JsValue> {
        let mut pending = self.pending_submissions.borrow_mut();
        if let Some(pending) = pending.iter_mut().find(|pending| pending.ticket == ticket) {
            pending.outcome = Some(outcome);
            return Ok(());
        }
        drop(pending);
        let error = outcome.err().map(|rejection| encode::rejection(&rejection));
        if let Some(host) = &self.host {
            return host.deliver(ticket, error.as_ref());
        }
        let promise = self.promises.borrow_mut().take(ticket);
        promise.map_or(Ok(()), |promise| promise.settle(error.as_ref()))
    }
}
