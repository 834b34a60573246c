//! Drives the engine: connects it with a clock, one timer and the promises of waiters.

mod events;
mod settle;
mod submit;
mod timer;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::clock::Clock;
use super::decode::Config;
use super::encode;
use super::promises::{Host, Promises};
use multi_throttler_engine::{Costs, Engine, Rejection, Rule};
use submit::PendingSubmission;
use timer::Timer;

/// The state that the exported class and the callback of its timer share.
///
/// Nothing in here stays borrowed while JavaScript runs: a clock, a timer or a host may call the
/// throttler.
pub(super) struct Driver {
    pub(super) engine: RefCell<Engine>,
    /// Keeps the promises of waiters, if there is one.
    host: Option<Rc<Host>>,
    pub(super) promises: RefCell<Promises>,
    clock: Clock,
    timer: RefCell<Timer>,
    /// Whether the timer is being armed.
    arming: Cell<bool>,
    pub(super) closed: Cell<bool>,
    /// Whether a rule is aligned to the wall clock.
    uses_wall_clock: Cell<bool>,
    /// Until this instant a [grant](Driver::grant) need not read the wall clock: it is told in
    /// whole milliseconds, so there is nothing to learn within one.
    wall_clock_valid_until: Cell<f64>,
    /// The costs of [`submit`](Driver::submit), kept for their memory.
    costs: RefCell<Costs>,
    /// Submissions whose ticket their caller does not know yet.
    pending_submissions: RefCell<Vec<PendingSubmission>>,
    /// The number of times that the timer has fired.
    fired: Cell<f64>,
    /// Whether the engine records events; then `notify` is told of them.
    is_watched: Cell<bool>,
    notify: RefCell<Option<Function>>,
    /// Whether `notify` was called for events that were not taken yet.
    is_announced: Cell<bool>,
}

impl Driver {
    /// Returns a driver with rules, and with a host if one keeps the promises.
    pub(super) fn new(
        rules: Vec<Rule>,
        config: Config,
        host: Option<Host>,
    ) -> Result<Rc<Self>, JsValue> {
        let mut engine =
            Engine::new(config.engine).map_err(|invalid| encode::invalid_config(&invalid))?;
        let host = host.map(Rc::new);
        let clock = Clock::new(config.clock, config.unref, host.clone())?;
        let now = clock.now()?;
        for rule in rules {
            engine.add_rule(rule, now);
        }
        let driver = Rc::new(Self {
            uses_wall_clock: Cell::new(engine.uses_wall_clock()),
            wall_clock_valid_until: Cell::new(f64::NEG_INFINITY),
            engine: RefCell::new(engine),
            host,
            promises: RefCell::default(),
            clock,
            timer: RefCell::default(),
            arming: Cell::new(false),
            closed: Cell::new(false),
            costs: RefCell::default(),
            pending_submissions: RefCell::default(),
            fired: Cell::new(0.0),
            is_watched: Cell::new(false),
            notify: RefCell::default(),
            is_announced: Cell::new(false),
        });
        driver.create_timer();
        driver.now()?;
        Ok(driver)
    }

    /// Returns whether requests may be [submitted](Driver::submit) with a time that the host has
    /// read.
    pub(super) fn uses_system_clock(&self) -> bool {
        matches!(self.clock, Clock::System { .. })
    }

    /// Returns a number that changes whenever a slot may have come to stand for another rule.
    #[inline(always)]
    pub(super) fn version(&self) -> f64 {
        self.engine.borrow().rules_version() as f64
    }

    #[inline(always)]
    pub(super) fn check_open(&self) -> Result<(), JsValue> {
        if self.closed.get() { Err(encode::rejection(&Rejection::Closed)) } else { Ok(()) }
    }

    /// To be called when rules were added or removed.
    pub(super) fn rules_changed(&self) {
        self.uses_wall_clock.set(self.engine.borrow().uses_wall_clock());
        self.wall_clock_valid_until.set(f64::NEG_INFINITY);
    }

    /// Reads the clock. The engine is given Unix time along with it if a rule is aligned to the
    /// wall clock.
    pub(super) fn now(self: &Rc<Self>) -> Result<f64, JsValue> {
        self.time_of(self.clock.now()?)
    }

    /// Reads both clocks, and gives Unix time to the engine in any case.
    pub(super) fn now_and_wall(self: &Rc<Self>) -> Result<f64, JsValue> {
        let now = self.monotonic(self.clock.now()?)?;
        self.read_wall_clock(now)
    }

    /// Returns the time of a reading of the clock that was just taken; otherwise as
    /// [`now`](Driver::now).
    #[inline(always)]
    fn time_of(self: &Rc<Self>, reading: f64) -> Result<f64, JsValue> {
        let now = self.monotonic(reading)?;
        if self.uses_wall_clock.get() { self.read_wall_clock(now) } else { Ok(now) }
    }

    /// Returns the time of a reading, on a clock that never steps back.
    #[inline]
    fn monotonic(self: &Rc<Self>, reading: f64) -> Result<f64, JsValue> {
        match self.clock.forward(reading) {
            Some(now) => Ok(now),
            None => self.stepped_back(reading),
        }
    }

    fn stepped_back(self: &Rc<Self>, reading: f64) -> Result<f64, JsValue> {
        let (now, is_another) = self.clock.stepped_back(reading);
        if is_another {
            // The new clock cannot cancel a timer of the old one.
            self.timer.borrow_mut().forget();
            self.arm()?;
        }
        Ok(now)
    }

    fn read_wall_clock(self: &Rc<Self>, now: f64) -> Result<f64, JsValue> {
        let unix_now = self.clock.wall_now()?;
        self.wall_clock_valid_until.set(now + 1.0);
        let due_changed = {
            let mut engine = self.engine.borrow_mut();
            let due = engine.due();
            engine.set_wall_clock(unix_now, now);
            engine.due() != due
        };
        if due_changed {
            self.arm()?;
        }
        Ok(now)
    }
}
