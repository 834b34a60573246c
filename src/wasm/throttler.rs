//! The exported class: engine, clock and promises put together.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::clock::Clock;
use super::input::{self, Config};
use super::output;
use super::promises::Promises;
use crate::cost::{Costs, Slot};
use crate::engine::{Engine, Options, Settled, Submission};
use crate::error::Refusal;
use crate::queue::Ticket;

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

/// Rate limiter for JavaScript: all rules or none, first come first served, one timer.
#[wasm_bindgen]
pub struct MultiThrottler {
    shared: Rc<Shared>,
}

/// What the class and its timer's callback share.
///
/// Nothing in here is borrowed while JavaScript runs: a clock, a timer or a host may come back into the throttler.
struct Shared {
    engine: RefCell<Engine>,
    promises: RefCell<Promises>,
    clock: Clock,
    timer: RefCell<Timer>,
    closed: Cell<bool>,
    /// Whether a rule counts by the calendar.
    calendar: Cell<bool>,
    costs: RefCell<Costs>,
    error: RefCell<Option<JsValue>>,
}

#[derive(Default)]
struct Timer {
    callback: Option<Closure<dyn FnMut() -> Result<(), JsValue>>>,
    handle: Option<JsValue>,
    /// The instant it is set to.
    due: f64,
    /// Waiting promises need the throttler even when the program has dropped it, so it holds on to itself.
    alive: Option<Rc<Shared>>,
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
        let Config { max_waiting, unref, clock } = input::config(config)?;
        let clock = Clock::new(clock, unref)?;
        let mut engine = Engine::new(max_waiting);
        let rules = input::rules(rules)?;
        let now = clock.now()?;
        for rule in rules {
            engine.add_rule(rule, now);
        }
        let calendar = engine.uses_calendar();
        if calendar {
            engine.set_calendar(clock.wall_now()?, now);
        }
        let shared = Rc::new(Shared {
            engine: RefCell::new(engine),
            promises: RefCell::new(Promises::new(settle)),
            clock,
            timer: RefCell::default(),
            closed: Cell::new(false),
            calendar: Cell::new(calendar),
            costs: RefCell::default(),
            error: RefCell::default(),
        });
        let weak = Rc::downgrade(&shared);
        shared.timer.borrow_mut().callback = Some(Closure::new(move || match weak.upgrade() {
            Some(shared) => shared.wake(),
            None => Ok(()),
        }));
        Ok(Self { shared })
    }

    /// A promise that resolves when all rules allow the request.
    ///
    /// `costs` is an object of rule ids and numbers, `options` is `{ priority?, maxWait? }`. Every error is a
    /// rejection, never an exception.
    pub fn throttle(&self, costs: &JsValue, options: &JsValue) -> Promise {
        let submission = input::options(options).and_then(|options| self.shared.submit_costs(costs, options));
        match submission {
            Ok(Submission::Granted) => Promise::resolve(&JsValue::UNDEFINED),
            Ok(Submission::Waiting(ticket)) => self.shared.promises.borrow_mut().make(ticket),
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
        self.shared.check_open()?;
        let now = self.shared.now()?;
        let evicted = self.shared.engine.borrow_mut().add_rule(rule, now);
        self.shared.look_for_calendar();
        // Also tells a new rule the calendar.
        let now = self.shared.now()?;
        self.shared.settle(evicted, now)
    }

    /// Removes a rule; requests that wait on it are rejected. `false`: there is no such rule.
    #[wasm_bindgen(js_name = removeRule)]
    pub fn remove_rule(&self, id: &str) -> Result<bool, JsValue> {
        let now = self.shared.now()?;
        let Some(evicted) = self.shared.engine.borrow_mut().remove_rule(id, now) else { return Ok(false) };
        self.shared.look_for_calendar();
        self.shared.settle(evicted, now)?;
        Ok(true)
    }

    /// What is left of each rule: `{ [id]: { tokens, capacity, utilization } }`.
    #[wasm_bindgen(js_name = getStatus)]
    pub fn get_status(&self) -> Result<JsValue, JsValue> {
        let now = self.shared.now()?;
        let status = self.shared.engine.borrow_mut().status(now);
        output::status(status)
    }

    /// How many requests wait, in all or in one class.
    #[wasm_bindgen(js_name = getQueueLength)]
    pub fn get_queue_length(&self, priority: &JsValue) -> Result<usize, JsValue> {
        let priority = match priority.is_undefined() {
            true => None,
            false => Some(input::priority(priority)?),
        };
        Ok(self.shared.engine.borrow().waiting(priority))
    }

    /// Whether something waits.
    #[wasm_bindgen(js_name = isRunning)]
    pub fn is_running(&self) -> bool {
        self.shared.engine.borrow().waiting(None) > 0
    }

    /// Makes every rule full again.
    pub fn reset(&self) -> Result<(), JsValue> {
        let now = self.shared.now()?;
        self.shared.engine.borrow_mut().reset(now);
        self.shared.settle(Vec::new(), now)
    }

    /// Sets what is left of a rule, cut to `0..=capacity`. An unknown id is ignored.
    ///
    /// # Errors
    /// `tokens` is no number.
    #[wasm_bindgen(js_name = setTokens)]
    pub fn set_tokens(&self, id: &str, tokens: &JsValue) -> Result<(), JsValue> {
        let tokens = input::tokens(tokens)?;
        let now = self.shared.now()?;
        self.shared.engine.borrow_mut().set_tokens(id, tokens, now);
        self.shared.settle(Vec::new(), now)
    }

    /// Rejects all that wait and returns how many those were.
    pub fn clear(&self) -> Result<usize, JsValue> {
        let now = self.shared.now()?;
        let evicted = self.shared.engine.borrow_mut().clear(&Refusal::Cleared);
        let count = evicted.len();
        self.shared.settle(evicted, now)?;
        Ok(count)
    }

    /// Rejects all that wait and frees the engine. Whatever is asked of it later is refused.
    pub fn close(&self) -> Result<(), JsValue> {
        self.shared.closed.set(true);
        let now = self.shared.now()?;
        let evicted = {
            let mut engine = self.shared.engine.borrow_mut();
            let evicted = engine.clear(&Refusal::Closed);
            *engine = Engine::default();
            evicted
        };
        self.shared.settle(evicted, now)
    }

    /// Where a rule is kept, for use in the buffer of [`submit`](MultiThrottler::submit); -1 if there is none.
    /// Valid until a rule is added or removed.
    pub fn slot(&self, id: &str) -> i32 {
        self.shared.engine.borrow().slot(id).map_or(-1, |slot| slot.index() as i32)
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
    /// Returns -1 if it was granted, -2 if it was refused (then [`takeError`](MultiThrottler::take_error) says why),
    /// else its ticket. The lower 32 bits of the ticket are the index with which `settle` will be called.
    pub fn submit(&self, count: usize, priority: u32, max_wait: f64) -> f64 {
        let options = Options { priority: input::priority_at(priority), max_wait };
        let submission = self.shared.submit(options, |_, costs| {
            BUFFER.with(|buffer| {
                for pair in buffer.chunks_exact(2).take(count) {
                    if let [slot, amount] = pair {
                        costs.add(Slot::from_index(slot.get() as u32), amount.get());
                    }
                }
            });
            Ok(())
        });
        self.shared.number_of(submission)
    }

    /// Submits a request by its costs as an object: the way for costs that the buffer cannot take, since a rule is
    /// not known, an amount is no number, there are too many, or it is no object of costs at all. Returns what
    /// `submit` does.
    #[wasm_bindgen(js_name = submitCosts)]
    pub fn submit_costs(&self, costs: &JsValue, priority: u32, max_wait: f64) -> f64 {
        let options = Options { priority: input::priority_at(priority), max_wait };
        self.shared.number_of(self.shared.submit_costs(costs, options))
    }

    /// Takes a waiting request out of the queue, as if it had never been submitted. Nobody is told.
    pub fn cancel(&self, ticket: f64) -> Result<(), JsValue> {
        let now = self.shared.now()?;
        self.shared.engine.borrow_mut().cancel(Ticket::from_f64(ticket), now);
        self.shared.settle(Vec::new(), now)
    }

    /// The error of the last request that was refused.
    #[wasm_bindgen(js_name = takeError)]
    pub fn take_error(&self) -> JsValue {
        self.shared.error.take().unwrap_or(JsValue::UNDEFINED)
    }

    /// What is wrong with the options of a request: the error that `throttle` would reject with.
    #[wasm_bindgen(js_name = invalidOptions)]
    pub fn invalid_options(options: &JsValue) -> JsValue {
        input::options(options).err().unwrap_or(JsValue::UNDEFINED)
    }
}

impl MultiThrottler {
    /// Waits for a grant in Rust: [`throttle`](MultiThrottler::throttle) as a future.
    ///
    /// # Errors
    /// What the promise rejects with.
    pub async fn granted(&self, costs: &JsValue, options: &JsValue) -> Result<(), JsValue> {
        JsFuture::from(self.throttle(costs, options)).await.map(|_| ())
    }
}

impl Shared {
    /// Submits a request whose costs `fill` puts together.
    fn submit(
        self: &Rc<Self>,
        options: Options,
        fill: impl FnOnce(&Engine, &mut Costs) -> Result<(), Refusal>,
    ) -> Result<Submission, JsValue> {
        self.check_open()?;
        let now = self.now()?;
        if self.engine.borrow().due() <= now {
            // The timer is late: who waits goes first.
            self.settle_due(now)?;
        }
        let submission = {
            let (mut engine, mut costs) = (self.engine.borrow_mut(), self.costs.borrow_mut());
            costs.clear();
            fill(&engine, &mut costs).and_then(|()| engine.submit(&costs, options, now))
        };
        let submission = submission.map_err(|refusal| output::refusal(&refusal))?;
        if let Submission::Waiting(ticket) = submission
            && let Err(error) = self.arm(now)
        {
            self.engine.borrow_mut().cancel(ticket, now);
            return Err(error);
        }
        Ok(submission)
    }

    /// Submits a request by its costs as a JavaScript object.
    fn submit_costs(self: &Rc<Self>, costs: &JsValue, options: Options) -> Result<Submission, JsValue> {
        let entries = input::costs(costs)?;
        self.submit(options, |engine, costs| {
            let mut invalid = None;
            for (id, cost) in entries {
                let slot = engine.slot(&id).ok_or_else(|| engine.unknown_rule(&id))?;
                match cost.as_f64() {
                    Some(amount) => costs.add(slot, amount),
                    None => {
                        let refusal = Refusal::InvalidCost { rule: Some(id), cost: output::value(&cost) };
                        invalid.get_or_insert(refusal);
                    }
                }
            }
            invalid.map_or(Ok(()), Err)
        })
    }

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

    fn look_for_calendar(&self) {
        self.calendar.set(self.engine.borrow().uses_calendar());
    }

    /// The time; the engine is told Unix time along with it if a rule counts by the calendar.
    fn now(&self) -> Result<f64, JsValue> {
        let now = self.clock.now()?;
        if self.calendar.get() {
            let unix_now = self.clock.wall_now()?;
            self.engine.borrow_mut().set_calendar(unix_now, now);
        }
        Ok(now)
    }

    fn check_open(&self) -> Result<(), JsValue> {
        if self.closed.get() { Err(output::refusal(&Refusal::Closed)) } else { Ok(()) }
    }

    /// Tells those whom a change of the engine settled, then those who are due by it, and plans anew.
    fn settle(self: &Rc<Self>, settled: Vec<Settled>, now: f64) -> Result<(), JsValue> {
        for settled in settled {
            self.tell(settled)?;
        }
        self.settle_due(now)?;
        self.arm(now)
    }

    /// What the timer does.
    fn wake(self: &Rc<Self>) -> Result<(), JsValue> {
        {
            let mut timer = self.timer.borrow_mut();
            timer.handle = None;
            timer.due = f64::INFINITY;
        }
        let now = self.now()?;
        self.settle(Vec::new(), now)
    }

    /// Grants and refuses all that is due.
    fn settle_due(&self, now: f64) -> Result<(), JsValue> {
        loop {
            let settled = self.engine.borrow_mut().poll(now);
            match settled {
                Some(settled) => self.tell(settled)?,
                None => return Ok(()),
            }
        }
    }

    fn tell(&self, settled: Settled) -> Result<(), JsValue> {
        let notice = self.promises.borrow_mut().take(settled);
        notice.give()
    }

    /// Sets the timer to the next instant at which something is due.
    fn arm(self: &Rc<Self>, now: f64) -> Result<(), JsValue> {
        let due = self.engine.borrow().due();
        let (callback, old) = {
            let mut timer = self.timer.borrow_mut();
            timer.alive = (due < f64::INFINITY).then(|| Rc::clone(self));
            if timer.handle.is_some() && timer.due == due {
                return Ok(());
            }
            timer.due = due;
            let callback = timer.callback.as_ref().map(|callback| callback.as_ref().clone());
            (callback, timer.handle.take())
        };
        if let Some(handle) = old {
            self.clock.clear_timeout(&handle)?;
        }
        if let Some(callback) = callback.filter(|_| due < f64::INFINITY) {
            let handle = self.clock.set_timeout(&callback, due - now)?;
            self.timer.borrow_mut().handle = Some(handle);
        }
        Ok(())
    }
}
