//! The exported class: what JavaScript can ask for.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::buffer::Buffer;
use super::driver::Driver;
use super::promises::Host;
use super::{input, output};
use multi_throttler_engine::{Engine, Options, Rejection, Submission, UpdateError};

/// What [`MultiThrottler::submit`] returns beside tickets, which are 0 or more.
const GRANTED: f64 = -1.0;
const REFUSED: f64 = -2.0;
const STALE: f64 = -3.0;

/// Rate limiter for JavaScript: all rules or none, first come first served, one timer.
#[wasm_bindgen]
pub struct MultiThrottler {
    pub(super) driver: Rc<Driver>,
    buffer: Buffer,
    /// Of the last request that was refused.
    error: RefCell<Option<JsValue>>,
}

#[wasm_bindgen]
impl MultiThrottler {
    /// A throttler with the rules of an iterable.
    ///
    /// `config` is `{ maxCapacity?, delay?, unref?, clock? }`. With a host it is that who keeps the promises: see `submit`.
    ///
    /// # Errors
    /// A bad rule, configuration or clock, as an `Error` with a `code`, a `field` and a `value`.
    #[wasm_bindgen(constructor)]
    pub fn new(rules: &JsValue, config: &JsValue, host: Option<Host>) -> Result<MultiThrottler, JsValue> {
        let config = input::config(config)?;
        let rules = input::rules(rules)?;
        let driver = Driver::new(rules, config, host)?;
        Ok(Self { driver, buffer: Buffer::new(), error: RefCell::default() })
    }

    /// A promise that resolves when all rules allow the request.
    ///
    /// `costs` is an object of rule ids and numbers, `options` is `{ priority?, maxWait? }`. Every error is a
    /// rejection, never an exception.
    pub fn throttle(&self, costs: &JsValue, options: &JsValue) -> Promise {
        let submission = input::options(options).and_then(|options| self.driver.submit_costs(costs, options));
        match submission {
            Ok(Submission::Granted | Submission::Held(_)) => Promise::resolve(&JsValue::UNDEFINED),
            Ok(Submission::Waiting(ticket)) => self.driver.promises.borrow_mut().make(ticket),
            Err(error) => Promise::reject(&error),
        }
    }

    /// Adds a rule, or replaces the rule of that id, its tokens too.
    ///
    /// # Errors
    /// A bad rule, or a closed throttler.
    #[wasm_bindgen(js_name = addRule)]
    pub fn add_rule(&self, rule: &JsValue) -> Result<(), JsValue> {
        let rule = input::rule(rule)?;
        let now = self.driver.now()?;
        // Last, for a clock may close the throttler; what is closed gets no rules (see `Driver::grant`).
        self.driver.check_open()?;
        self.driver.engine.borrow_mut().add_rule(rule, now);
        self.driver.look_for_calendar();
        self.driver.settle()
    }

    /// Changes fields of a rule: any that made it, but its id and algorithm. What was used counts on.
    ///
    /// # Errors
    /// There is no such rule, a field is not what it must be, or the throttler is closed.
    #[wasm_bindgen(js_name = updateRule)]
    pub fn update_rule(&self, id: &JsValue, patch: &JsValue) -> Result<(), JsValue> {
        let patch = input::fields(patch)?;
        let id = input::rule_id(id)?;
        self.driver.check_open()?;
        let now = self.driver.now()?;
        let updated = self.driver.engine.borrow_mut().update_rule(&id, &patch, now);
        updated.map_err(|error| match error {
            UpdateError::Unknown(refusal) => output::refusal(&refusal),
            UpdateError::Invalid(invalid) => output::invalid_rule(&invalid),
        })?;
        self.driver.settle()
    }

    /// Removes a rule; requests that wait on it are rejected. `false`: there is no such rule.
    #[wasm_bindgen(js_name = removeRule)]
    pub fn remove_rule(&self, id: &JsValue) -> Result<bool, JsValue> {
        let Some(id) = input::id(id) else { return Ok(false) };
        let now = self.driver.now()?;
        let removed = self.driver.engine.borrow_mut().remove_rule(&id, now);
        self.driver.look_for_calendar();
        self.driver.settle()?;
        Ok(removed)
    }

    /// Lets nothing be granted for `{ ms?, rules? }`: by these rules or by all, for so long or until they are resumed.
    ///
    /// # Errors
    /// An id names no rule, or an option is not what it must be.
    pub fn pause(&self, options: &JsValue) -> Result<(), JsValue> {
        let (ms, rules) = input::pause(options)?;
        self.change_pause(rules, |engine, rules, now| {
            engine.pause(rules, ms.map_or(f64::INFINITY, |ms| now + ms), now)
        })
    }

    /// Ends pauses: of the rules of `{ rules? }`, or of all.
    ///
    /// # Errors
    /// An id names no rule, or an option is not what it must be.
    pub fn resume(&self, options: &JsValue) -> Result<(), JsValue> {
        let (_, rules) = input::pause(options)?;
        self.change_pause(rules, |engine, rules, now| engine.resume(rules, now))
    }

    /// Turns a mode on, for so many milliseconds or until another is.
    ///
    /// # Errors
    /// There is no such mode, or the duration is no number of 0 or more.
    #[wasm_bindgen(js_name = setMode)]
    pub fn set_mode(&self, name: &JsValue, duration: &JsValue) -> Result<(), JsValue> {
        let (name, duration) = input::mode(name, duration)?;
        self.driver.check_open()?;
        let now = self.driver.now()?;
        let set = self.driver.engine.borrow_mut().set_mode(&name, duration, now);
        set.map_err(|invalid| output::invalid_config(&invalid))?;
        self.driver.settle()
    }

    /// The name of the mode that is on.
    pub fn mode(&self) -> Result<String, JsValue> {
        let now = self.driver.now()?;
        Ok(self.driver.engine.borrow_mut().mode(now).to_owned())
    }

    /// What is left of each rule: `{ [id]: { tokens, capacity, utilization } }`.
    #[wasm_bindgen(js_name = getStatus)]
    pub fn get_status(&self) -> Result<JsValue, JsValue> {
        let now = self.driver.now()?;
        let status = self.driver.engine.borrow_mut().status(now);
        output::status(status)
    }

    /// How many requests wait, in all or in one class.
    #[wasm_bindgen(js_name = getQueueLength)]
    pub fn get_queue_length(&self, priority: &JsValue) -> Result<usize, JsValue> {
        let priority = match priority.is_undefined() {
            true => None,
            false => Some(input::priority(priority)?),
        };
        Ok(self.driver.engine.borrow().waiting(priority))
    }

    /// Whether something waits.
    #[wasm_bindgen(js_name = isRunning)]
    pub fn is_running(&self) -> bool {
        self.driver.engine.borrow().waiting(None) > 0
    }

    /// Makes every rule full again.
    pub fn reset(&self) -> Result<(), JsValue> {
        let now = self.driver.now()?;
        self.driver.engine.borrow_mut().reset(now);
        self.driver.settle()
    }

    /// Sets what is left of a rule, cut to `0..=capacity`. An unknown id is ignored.
    ///
    /// # Errors
    /// `tokens` is no number.
    #[wasm_bindgen(js_name = setTokens)]
    pub fn set_tokens(&self, id: &JsValue, tokens: &JsValue) -> Result<(), JsValue> {
        let tokens = input::tokens(tokens)?;
        let Some(id) = input::id(id) else { return Ok(()) };
        let now = self.driver.now()?;
        self.driver.engine.borrow_mut().set_tokens(&id, tokens, now);
        self.driver.settle()
    }

    /// Rejects all that wait and returns how many those were.
    pub fn clear(&self) -> Result<usize, JsValue> {
        self.driver.clear()
    }

    /// Rejects all that wait and frees the engine. Whatever is asked of it later is refused.
    pub fn close(&self) -> Result<(), JsValue> {
        self.driver.close()
    }

    /// Takes the costs now if they can be granted at once, or takes nothing. `options` is `{ priority? }`.
    ///
    /// # Errors
    /// What `throttle` rejects with.
    #[wasm_bindgen(js_name = tryThrottle)]
    pub fn try_throttle(&self, costs: &JsValue, options: &JsValue) -> Result<bool, JsValue> {
        let Options { priority, .. } = input::options(options)?;
        self.driver.try_submit(costs, priority)
    }

    /// How many milliseconds a request would wait if nothing else happened; `Infinity` if it could never be granted.
    ///
    /// # Errors
    /// What `throttle` rejects with, but for a full queue and a missing permit.
    #[wasm_bindgen(js_name = estimateWait)]
    pub fn estimate_wait(&self, costs: &JsValue, options: &JsValue) -> Result<f64, JsValue> {
        let Options { priority, .. } = input::options(options)?;
        self.driver.estimate_wait(costs, priority)
    }

    /// Where a rule is kept, for use in the buffer of [`submit`](MultiThrottler::submit); -1 if there is none. Valid
    /// until [`version`](MultiThrottler::version) changes.
    pub fn slot(&self, id: &JsValue) -> Result<i32, JsValue> {
        let now = self.driver.now()?;
        let slot = input::id(id).and_then(|id| self.driver.engine.borrow_mut().slot(&id, now).ok());
        Ok(slot.map_or(-1, |slot| slot.index() as i32))
    }

    /// A number that changes whenever a slot may have come to stand for another rule.
    pub fn version(&self) -> f64 {
        self.driver.version()
    }

    /// Where the slots of up to 32 costs of a request are to be written, for [`grant`](MultiThrottler::grant) and
    /// [`submit`](MultiThrottler::submit): the address of that many `u32`.
    #[wasm_bindgen(js_name = slotsAt)]
    pub fn slots_at(&self) -> *const u32 {
        self.buffer.slots()
    }

    /// Where their amounts are to be written: the address of as many `f64`.
    #[wasm_bindgen(js_name = amountsAt)]
    pub fn amounts_at(&self) -> *const f64 {
        self.buffer.amounts()
    }

    /// Whether [`submit`](MultiThrottler::submit) may be passed the time: the clock is the system's.
    #[wasm_bindgen(js_name = goesByTheSystem)]
    pub fn goes_by_the_system(&self) -> bool {
        self.driver.goes_by_the_system()
    }

    /// Grants a request of which the buffer holds the costs, each rule once, if it can be done without more ado: most
    /// requests go this way, which is shorter than that of [`submit`](MultiThrottler::submit). `false`:
    /// nothing has been done, and it is to be submitted. The parameters are those of `submit`; `now` is a number.
    pub fn grant(&self, count: usize, priority: u32, version: f64, now: f64) -> bool {
        self.driver.grant(self.buffer.first(count), input::priority_at(priority), version, now)
    }

    /// Submits a request of which the buffer holds the first `count` costs, with slots of the `version` that is passed.
    /// `priority` is 0, 1 or 2, `max_wait` in milliseconds. `now` is what `performance.now()` says, since the host can
    /// ask it for less than it costs to ask from here, or NaN to ask the clock.
    ///
    /// Returns its ticket, of which the lower 32 bits are the index with which the host's `settle` will be called if it waits, and
    /// which names its permit if it got one at once (see [`waited`](MultiThrottler::waited)); or -1 if it was granted
    /// without, -2 if it was refused (then [`takeError`](MultiThrottler::take_error) says why), -3 if the slots are no
    /// longer those of the rules, so that it has to be submitted by [`submitCosts`](MultiThrottler::submit_costs).
    pub fn submit(
        &self,
        count: usize,
        priority: u32,
        max_wait: f64,
        permit: bool,
        version: f64,
        now: f64,
    ) -> f64 {
        let options = Options { priority: input::priority_at(priority), max_wait, permit };
        let submission = self.driver.submit(options, version, now, self.buffer.first(count));
        submission.transpose().map_or(STALE, |submission| self.number_of(submission))
    }

    /// Submits a request by its costs as an object: the way for costs that the buffer cannot take, since a rule is
    /// not known, an amount is no number, there are too many, or it is no object of costs at all. Returns what
    /// `submit` does.
    #[wasm_bindgen(js_name = submitCosts)]
    pub fn submit_costs(&self, costs: &JsValue, priority: u32, max_wait: f64, permit: bool) -> f64 {
        let options = Options { priority: input::priority_at(priority), max_wait, permit };
        self.number_of(self.driver.submit_costs(costs, options))
    }

    /// Takes a waiting request out of the queue, as if it had never been submitted. Nobody is told.
    /// [`flush`](MultiThrottler::flush) lets those go whom it blocked.
    pub fn cancel(&self, ticket: f64) {
        let mut engine = self.driver.engine.borrow_mut();
        if let Some(ticket) = engine.ticket(ticket) {
            engine.cancel(ticket);
        }
    }

    /// Settles what is due by now and sets the timer anew: after one or more cancelled requests.
    pub fn flush(&self) -> Result<(), JsValue> {
        self.driver.follow_up()
    }

    /// Makes a waiting request one of another priority: 0, 1 or 2. `false`: it does not wait any more.
    #[wasm_bindgen(js_name = setPriority)]
    pub fn set_priority(&self, ticket: f64, priority: u32) -> Result<bool, JsValue> {
        let now = self.driver.now()?;
        let mut engine = self.driver.engine.borrow_mut();
        let ticket = engine.ticket(ticket);
        let set = ticket.is_some_and(|ticket| engine.set_priority(ticket, input::priority_at(priority), now));
        drop(engine);
        self.driver.settle()?;
        Ok(set)
    }

    /// How many milliseconds the request waited whose permit is held; -1 if the ticket names no permit.
    pub fn waited(&self, ticket: f64) -> f64 {
        let engine = self.driver.engine.borrow();
        engine.ticket(ticket).and_then(|ticket| engine.waited(ticket)).unwrap_or(-1.0)
    }

    /// Releases a permit; with `refund` the request was never sent, and its costs are given back. A permit that is
    /// released already is left alone.
    ///
    /// # Errors
    /// What the clock threw. The permit is released all the same: nobody would ask for it again.
    pub fn release(&self, ticket: f64, refund: bool) -> Result<(), JsValue> {
        let now = self.driver.now();
        let mut engine = self.driver.engine.borrow_mut();
        let at = *now.as_ref().unwrap_or(&f64::NAN);
        let released = engine.ticket(ticket).is_some_and(|ticket| engine.release(ticket, refund, at));
        drop(engine);
        let settled = if released { self.driver.settle() } else { Ok(()) };
        now.and(settled)
    }

    /// The error of the last request that was refused.
    #[wasm_bindgen(js_name = takeError)]
    pub fn take_error(&self) -> JsValue {
        self.error.take().unwrap_or(JsValue::UNDEFINED)
    }

    /// What is wrong with the options of a request: the error that `throttle` would reject with.
    #[wasm_bindgen(js_name = invalidOptions)]
    pub fn invalid_options(options: &JsValue) -> JsValue {
        input::options(options).err().unwrap_or(JsValue::UNDEFINED)
    }
}

impl MultiThrottler {
    fn change_pause(
        &self,
        rules: Option<Vec<String>>,
        change: impl FnOnce(&mut Engine, Option<&[&str]>, f64) -> Result<(), Rejection>,
    ) -> Result<(), JsValue> {
        self.driver.check_open()?;
        let now = self.driver.now()?;
        let rules: Option<Vec<&str>> = rules.as_ref().map(|rules| rules.iter().map(String::as_str).collect());
        let changed = change(&mut self.driver.engine.borrow_mut(), rules.as_deref(), now);
        changed.map_err(|refusal| output::refusal(&refusal))?;
        self.driver.settle()
    }

    /// A submission as the number that crosses to the host.
    fn number_of(&self, submission: Result<Submission, JsValue>) -> f64 {
        match submission {
            Ok(Submission::Granted) => GRANTED,
            Ok(Submission::Held(ticket) | Submission::Waiting(ticket)) => ticket.to_f64(),
            Err(error) => {
                self.error.replace(Some(error));
                REFUSED
            }
        }
    }

    /// Waits for a grant in Rust: [`throttle`](MultiThrottler::throttle) as a future.
    ///
    /// # Errors
    /// What the promise rejects with.
    pub async fn granted(&self, costs: &JsValue, options: &JsValue) -> Result<(), JsValue> {
        JsFuture::from(self.throttle(costs, options)).await.map(|_| ())
    }
}
