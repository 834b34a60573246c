//! Requests: submitted, waiting, cancelled, and their permits.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::MultiThrottler;
use crate::wasm::data::Data;
use crate::wasm::decode;
use crate::wasm::protocol::{GRANTED, HELD_AT_ONCE, REJECTED, STALE};
use crate::wasm::tape;
use multi_throttler_engine::{Costs, Engine, Options, Standing, Submission};

/// For programs without a host: complete by themselves.
#[wasm_bindgen]
impl MultiThrottler {
    /// Returns a promise that resolves when all rules allow the request, and takes its costs at
    /// that instant.
    ///
    /// `costs` is an object of amounts by rule id, `options` is `{ priority?, maxWait? }`. Every
    /// error is a rejection of the promise.
    pub fn throttle(&self, costs: &JsValue, options: &JsValue) -> Promise {
        let submission = decode::options(options)
            .map_err(JsValue::from)
            .and_then(|options| self.driver.submit_costs(costs, options));
        match submission {
            Ok(Submission::Granted | Submission::Held(_)) => Promise::resolve(&JsValue::UNDEFINED),
            Ok(Submission::Waiting(ticket)) => self.driver.promises.borrow_mut().create(ticket),
            Err(error) => Promise::reject(&error),
        }
    }
}

/// For a host, which keeps the promises of waiters: numbers cross, and the host makes what users
/// see of them.
#[wasm_bindgen]
impl MultiThrottler {
    /// Submits a request whose `count` costs are in the cost buffer, each rule once, by slots of
    /// this `version`. Most requests take this way.
    ///
    /// `priority` is 0, 1 or 2, the place in `Priority::ALL`, plus three times the rank, counted as
    /// 0, -1, 1, -2, 2 and so on; `max_wait` is in milliseconds. `now` is a reading of
    /// `performance.now()`, which costs less to take in JavaScript than from here, or NaN to read
    /// the clock of the configuration.
    ///
    /// Returns a ticket, or one of the codes of `protocol`; for a permit that is granted at once,
    /// `HELD_AT_ONCE` minus its ticket. A ticket names a permit if
    /// [`waited`](MultiThrottler::waited) knows it, else a waiter: the lower 32 bits are the index
    /// with which the host's `settle` will be called. After `STALE` the request has to be submitted
    /// by [`submitCosts`](MultiThrottler::submit_costs).
    pub fn submit(
        &self,
        count: usize,
        priority: u32,
        max_wait: f64,
        permit: bool,
        version: f64,
        now: f64,
    ) -> f64 {
        let Standing { class, rank } = decode::standing_at(priority);
        let takes_fast_path = !permit && !now.is_nan();
        if takes_fast_path && self.driver.grant(self.costs.first(count), class, version, now) {
            return GRANTED;
        }
        let options = Options { priority: class, rank, max_wait, permit };
        self.submit_slowly(count, options, version, now)
    }

    /// Submits a request by its costs as an object: for costs that the buffer cannot take, as a
    /// rule is unknown, an amount is no number, there are too many, or the value is no object of
    /// costs. Returns the answers of [`submit`](MultiThrottler::submit).
    #[wasm_bindgen(js_name = submitCosts)]
    pub fn submit_costs(&self, costs: &JsValue, priority: u32, max_wait: f64, permit: bool) -> f64 {
        let Standing { class, rank } = decode::standing_at(priority);
        let options = Options { priority: class, rank, max_wait, permit };
        self.answer(self.driver.submit_costs(costs, options))
    }

    /// Returns the error of the last request that was rejected, once.
    #[wasm_bindgen(js_name = takeError)]
    pub fn take_error(&self) -> JsValue {
        self.error.take().unwrap_or(JsValue::UNDEFINED)
    }

    /// Returns the slot of a rule for the cost buffer, or -1 if there is no such rule. Valid until
    /// [`version`](MultiThrottler::version) changes.
    ///
    /// # Errors
    /// An exception of the clock.
    pub fn slot(&self, id: &JsValue) -> Result<i32, JsValue> {
        let now = self.driver.now()?;
        let Data::Text(id) = tape::leaf(id) else { return Ok(-1) };
        let slot = self.driver.engine.borrow_mut().slot(&id, now);
        Ok(slot.map_or(-1, |slot| slot.index() as i32))
    }

    /// Returns a number that changes whenever a slot may have come to stand for another rule.
    pub fn version(&self) -> f64 {
        self.driver.version()
    }

    /// Returns the address of the cost buffer: slots of 32 bits, followed by as many amounts of 64
    /// bits.
    #[wasm_bindgen(js_name = costBuffer)]
    pub fn cost_buffer(&self) -> *const u32 {
        self.costs.address()
    }

    /// Returns whether [`submit`](MultiThrottler::submit) may be given a reading of
    /// `performance.now()`.
    #[wasm_bindgen(js_name = usesSystemClock)]
    pub fn uses_system_clock(&self) -> bool {
        self.driver.uses_system_clock()
    }

    /// Withdraws a waiter without settling it. [`flush`](MultiThrottler::flush) grants the waiters
    /// that it blocked.
    pub fn cancel(&self, ticket: f64) {
        let mut engine = self.driver.engine.borrow_mut();
        if let Some(ticket) = engine.ticket(ticket) {
            engine.cancel(ticket);
        }
    }

    /// Settles the waiters that cancelled ones had blocked, and rearms the timer.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn flush(&self) -> Result<(), JsValue> {
        self.driver.rearm_if_due_changed()
    }

    /// Returns how many milliseconds the request of a held permit waited, or -1 if the ticket names
    /// no held permit.
    pub fn waited(&self, ticket: f64) -> f64 {
        let engine = self.driver.engine.borrow();
        engine.ticket(ticket).and_then(|ticket| engine.waited(ticket)).unwrap_or(-1.0)
    }

    /// Releases a permit; with `refund` its request was never sent, so its costs are given back.
    /// Idempotent.
    ///
    /// # Errors
    /// An exception of the clock or of the host. The permit is released all the same, as no program
    /// would release it again.
    pub fn release(&self, ticket: f64, refund: bool) -> Result<(), JsValue> {
        self.end_permit(ticket, refund, None)
    }

    /// Releases a permit whose request turned out to cost these `costs`, an object of amounts by
    /// rule id; the difference is given back. Rules that no longer exist are left out. Idempotent.
    ///
    /// # Errors
    /// As for [`release`](MultiThrottler::release), or `costs` is no object. The permit is released
    /// all the same.
    #[wasm_bindgen(js_name = releaseAtCost)]
    pub fn release_at_cost(&self, ticket: f64, costs: &JsValue) -> Result<(), JsValue> {
        match decode::costs(costs) {
            Ok(costs) => self.end_permit(ticket, false, Some(&costs)),
            Err(error) => self.release(ticket, false).and(Err(error.into())),
        }
    }
}

impl MultiThrottler {
    /// Releases a permit; `costs` are the names and amounts of what its request turned out to cost.
    fn end_permit(&self, ticket: f64, refund: bool, costs: Option<&[Data]>) -> Result<(), JsValue> {
        let now = self.driver.now();
        let mut engine = self.driver.engine.borrow_mut();
        let at = *now.as_ref().unwrap_or(&f64::NAN);
        let released = engine.ticket(ticket).is_some_and(|ticket| match costs {
            None => engine.release(ticket, refund, at),
            Some(costs) => {
                let actual = actual_costs(costs, &mut engine, at);
                engine.release_at_cost(ticket, &actual, at)
            }
        });
        drop(engine);
        if released { self.driver.settle_at(now) } else { now.map(|_| ()) }
    }

    /// Waits for a grant in Rust: [`throttle`](MultiThrottler::throttle) as a future.
    ///
    /// # Errors
    /// The rejection of the promise.
    pub async fn granted(&self, costs: &JsValue, options: &JsValue) -> Result<(), JsValue> {
        JsFuture::from(self.throttle(costs, options)).await.map(|_| ())
    }

    /// Submits costs of the buffer that the fast path did not grant. Apart from it, to keep its
    /// frame small.
    #[inline(never)]
    fn submit_slowly(&self, count: usize, options: Options, version: f64, now: f64) -> f64 {
        let submission = self.driver.submit(options, version, now, self.costs.first(count));
        submission.transpose().map_or(STALE, |submission| self.answer(submission))
    }

    /// Returns a submission as the number that crosses to the host.
    fn answer(&self, submission: Result<Submission, JsValue>) -> f64 {
        match submission {
            Ok(Submission::Granted) => GRANTED,
            Ok(Submission::Held(ticket)) => match self.driver.engine.borrow().waited(ticket) {
                Some(0.0) => HELD_AT_ONCE - ticket.to_f64(),
                _ => ticket.to_f64(),
            },
            Ok(Submission::Waiting(ticket)) => ticket.to_f64(),
            Err(error) => {
                self.error.replace(Some(error));
                REJECTED
            }
        }
    }
}

/// Turns ids into slots. Rules that do not exist are left out.
fn actual_costs(costs: &[Data], engine: &mut Engine, now: f64) -> Costs {
    let mut actual = Costs::default();
    for entry in costs.chunks(2) {
        let [id, amount] = entry else { break };
        if let Some(slot) = id.as_text().and_then(|id| engine.slot(id, now).ok()) {
            actual.add(slot, amount.as_number().unwrap_or(f64::NAN));
        }
    }
    actual
}
