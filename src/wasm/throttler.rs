//! The exported class: what JavaScript can ask for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::driver::Driver;
use super::{input, output};
use crate::cost::Slot;
use crate::engine::Engine;
use crate::error::Refusal;
use crate::request::{Options, Submission};

/// How many costs of one request [`MultiThrottler::submit`] can take from the buffer.
const BUFFERED_COSTS: usize = 32;

thread_local! {
    /// Slot and amount of each cost of the request that is being submitted, written by the host through a view over
    /// this instance's memory: the cheapest way for numbers to cross. One for all throttlers, since no two requests
    /// are submitted at the same time.
    static BUFFER: [Cell<f64>; 2 * BUFFERED_COSTS] = const { [const { Cell::new(0.0) }; 2 * BUFFERED_COSTS] };
}

/// What [`MultiThrottler::submit`] returns beside tickets, which are 0 or more.
const GRANTED: f64 = -1.0;
const REFUSED: f64 = -2.0;
const STALE: f64 = -3.0;

/// Rate limiter for JavaScript: all rules or none, first come first served, one timer.
#[wasm_bindgen]
pub struct MultiThrottler {
    driver: Rc<Driver>,
    /// Of the last request that was refused.
    error: RefCell<Option<JsValue>>,
}

#[wasm_bindgen]
impl MultiThrottler {
    /// A throttler with the rules of an iterable.
    ///
    /// `config` is `{ maxCapacity?, delay?, unref?, clock? }`. With `settle` it is the host that keeps the promises:
    /// see `submit`.
    ///
    /// # Errors
    /// A bad rule, configuration or clock, as an `Error` with a `code`, a `field` and a `value`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        rules: &JsValue,
        config: &JsValue,
        settle: Option<Function>,
    ) -> Result<MultiThrottler, JsValue> {
        let config = input::config(config)?;
        let rules = input::rules(rules)?;
        Ok(Self { driver: Driver::new(rules, config, settle)?, error: RefCell::default() })
    }

    /// A promise that resolves when all rules allow the request.
    ///
    /// `costs` is an object of rule ids and numbers, `options` is `{ priority?, maxWait? }`. Every error is a
    /// rejection, never an exception.
    pub fn throttle(&self, costs: &JsValue, options: &JsValue) -> Promise {
        let submission = input::options(options).and_then(|options| self.driver.submit_costs(costs, options));
        match submission {
            Ok(Submission::Granted) => Promise::resolve(&JsValue::UNDEFINED),
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
        self.driver.check_open()?;
        let now = self.driver.now()?;
        let evicted = self.driver.engine.borrow_mut().add_rule(rule, now);
        self.driver.look_for_calendar();
        self.driver.settle(evicted)
    }

    /// Removes a rule; requests that wait on it are rejected. `false`: there is no such rule.
    #[wasm_bindgen(js_name = removeRule)]
    pub fn remove_rule(&self, id: &JsValue) -> Result<bool, JsValue> {
        let Some(id) = input::id(id) else { return Ok(false) };
        let Some(evicted) = self.driver.engine.borrow_mut().remove_rule(&id) else { return Ok(false) };
        self.driver.look_for_calendar();
        self.driver.settle(evicted)?;
        Ok(true)
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
        self.driver.settle(Vec::new())
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
        self.driver.settle(Vec::new())
    }

    /// Rejects all that wait and returns how many those were.
    pub fn clear(&self) -> Result<usize, JsValue> {
        let evicted = self.driver.engine.borrow_mut().clear(&Refusal::Cleared);
        let count = evicted.len();
        self.driver.settle(evicted)?;
        Ok(count)
    }

    /// Rejects all that wait and frees the engine. Whatever is asked of it later is refused.
    pub fn close(&self) -> Result<(), JsValue> {
        self.driver.closed.set(true);
        let mut engine = self.driver.engine.replace(Engine::default());
        self.driver.look_for_calendar();
        self.driver.settle(engine.clear(&Refusal::Closed))
    }

    /// Where a rule is kept, for use in the buffer of [`submit`](MultiThrottler::submit); -1 if there is none.
    /// Valid until a rule is added or removed.
    pub fn slot(&self, id: &JsValue) -> i32 {
        let slot = input::id(id).and_then(|id| self.driver.engine.borrow().slot(&id));
        slot.map_or(-1, |slot| slot.index() as i32)
    }

    /// Where the numbers of [`submit`](MultiThrottler::submit) are to be written: the address of 64 `f64`, a slot
    /// and an amount for each of up to 32 costs.
    #[wasm_bindgen(js_name = buffer)]
    pub fn buffer() -> *const f64 {
        BUFFER.with(|buffer| buffer.as_ptr().cast())
    }

    /// Submits a request of which the buffer holds the first `count` costs. `priority` is 0, 1 or 2, `max_wait` in
    /// milliseconds.
    ///
    /// Returns its ticket, of which the lower 32 bits are the index with which `settle` will be called; or -1 if it was
    /// granted, -2 if it was refused (then [`takeError`](MultiThrottler::take_error) says why), -3 if the slots are no
    /// longer those of the rules, so that it has to be submitted by [`submitCosts`](MultiThrottler::submit_costs).
    pub fn submit(&self, count: usize, priority: u32, max_wait: f64) -> f64 {
        let options = Options { priority: input::priority_at(priority), max_wait };
        let submission = self.driver.submit(options, |costs| {
            BUFFER.with(|buffer| {
                for pair in buffer.chunks_exact(2).take(count) {
                    if let [slot, amount] = pair {
                        costs.add(Slot::from_index(slot.get() as u32), amount.get());
                    }
                }
            });
        });
        submission.transpose().map_or(STALE, |submission| self.number_of(submission))
    }

    /// Submits a request by its costs as an object: the way for costs that the buffer cannot take, since a rule is
    /// not known, an amount is no number, there are too many, or it is no object of costs at all. Returns what
    /// `submit` does.
    #[wasm_bindgen(js_name = submitCosts)]
    pub fn submit_costs(&self, costs: &JsValue, priority: u32, max_wait: f64) -> f64 {
        let options = Options { priority: input::priority_at(priority), max_wait };
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
        self.driver.settle(Vec::new())
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
    /// A submission as the number that crosses to the host.
    fn number_of(&self, submission: Result<Submission, JsValue>) -> f64 {
        match submission {
            Ok(Submission::Granted) => GRANTED,
            Ok(Submission::Waiting(ticket)) => ticket.to_f64(),
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
