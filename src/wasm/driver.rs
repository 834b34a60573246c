//! Drives the engine: brings it together with a clock, one timer and the promises of those who wait.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::clock::Clock;
use super::input::{self, Config};
use super::output;
use super::promises::{Host, Promises};
use multi_throttler_engine::{
    Costs, Engine, Options, Priority, Rejection, Rule, Settled, Slot, Submission, Ticket,
};

/// What the exported class and its timer's callback share.
///
/// Nothing in here is borrowed while JavaScript runs: a clock, a timer or a host may come back into the throttler.
pub(super) struct Driver {
    pub(super) engine: RefCell<Engine>,
    pub(super) promises: RefCell<Promises>,
    clock: Clock,
    timer: RefCell<Timer>,
    /// Whether the timer is being set.
    arming: Cell<bool>,
    pub(super) closed: Cell<bool>,
    /// Whether a rule counts by the calendar.
    calendar: Cell<bool>,
    /// Until when a request that is [granted](Driver::grant) need not look at Unix time anew: it is told in whole
    /// milliseconds, so within one there is nothing to learn.
    calendar_holds: Cell<f64>,
    costs: RefCell<Costs>,
    /// Tickets of which the submitter has not heard yet, with what became of them.
    unheard_of: RefCell<Vec<Unheard>>,
}

struct Unheard {
    ticket: Ticket,
    outcome: Option<Result<(), Rejection>>,
}

/// So often what is due may change, or the timer fire, while it is being set.
const ATTEMPTS: usize = 100;

#[derive(Default)]
struct Timer {
    callback: Option<Closure<dyn Fn() -> Result<(), JsValue>>>,
    handle: Option<JsValue>,
    /// The instant it is set to.
    due: f64,
    /// While it is armed, those who wait need the throttler even when the program has dropped it, so it holds on to itself.
    alive: Option<Rc<Driver>>,
}

impl Driver {
    /// A driver with rules, and a host if there is one that keeps the promises.
    pub(super) fn new(rules: Vec<Rule>, config: Config, host: Option<Host>) -> Result<Rc<Self>, JsValue> {
        let mut engine = Engine::new(config.engine).map_err(|invalid| output::invalid_config(&invalid))?;
        let host = host.map(Rc::new);
        let clock = Clock::new(config.clock, config.unref, host.clone())?;
        let now = clock.now()?;
        for rule in rules {
            engine.add_rule(rule, now);
        }
        let driver = Rc::new(Self {
            calendar: Cell::new(engine.uses_wall_clock()),
            calendar_holds: Cell::new(f64::NEG_INFINITY),
            engine: RefCell::new(engine),
            promises: RefCell::new(Promises::new(host)),
            clock,
            timer: RefCell::new(Timer { due: f64::INFINITY, ..Timer::default() }),
            arming: Cell::new(false),
            closed: Cell::new(false),
            costs: RefCell::default(),
            unheard_of: RefCell::default(),
        });
        let weak = Rc::downgrade(&driver);
        driver.timer.borrow_mut().callback = Some(Closure::new(move || match weak.upgrade() {
            Some(driver) => driver.wake(),
            None => Ok(()),
        }));
        driver.now()?;
        Ok(driver)
    }

    /// Grants a request as [`submit`](Driver::submit) would if nothing stands in its way: the short way of most requests.
    /// `false`: nothing has been done. As it grants only where nobody waits, nobody is due before it, and no timer has to be
    /// set or taken back.
    #[inline(always)]
    pub(super) fn grant(
        &self,
        costs: impl Iterator<Item = (Slot, f64)> + Clone,
        priority: Priority,
        version: f64,
        now: f64,
    ) -> bool {
        let Some(now) = self.clock.forward(now) else { return false };
        let mut engine = self.engine.borrow_mut();
        let is_dated = !self.calendar.get() || now < self.calendar_holds.get();
        // A throttler that is closed has no rules.
        is_dated && engine.rules_version() as f64 == version && engine.grant(costs, priority, now)
    }

    /// Submits a request of costs by slots, which were those of the rules at `version`; at `now` if the host has read the
    /// system's clock, else (NaN) the clock is asked. `None`: some rules were removed since, so that a slot may stand for
    /// another by now.
    pub(super) fn submit(
        self: &Rc<Self>,
        options: Options,
        version: f64,
        now: f64,
        written: impl Iterator<Item = (Slot, f64)>,
    ) -> Result<Option<Submission>, JsValue> {
        // Taken out, not borrowed: a clock may submit a request of its own.
        let mut costs = self.costs.take();
        costs.clear();
        written.for_each(|(slot, amount)| costs.add(slot, amount));
        let now = if now.is_nan() { self.now()? } else { self.at(now)? };
        self.catch_up(now)?;
        if self.version() != version {
            return Ok(None);
        }
        let submission = self.admit(&costs, options, now);
        self.costs.replace(costs);
        submission.map(Some)
    }

    /// Whether requests may be [submitted](Driver::submit) with a time that a host has read.
    pub(super) fn goes_by_the_system(&self) -> bool {
        matches!(self.clock, Clock::System { .. })
    }

    /// A number that changes whenever a slot may have come to stand for another rule.
    #[inline(always)]
    pub(super) fn version(&self) -> f64 {
        self.engine.borrow().rules_version() as f64
    }

    /// Submits a request by its costs as a JavaScript object.
    pub(super) fn submit_costs(
        self: &Rc<Self>,
        costs: &JsValue,
        options: Options,
    ) -> Result<Submission, JsValue> {
        let (costs, now) = self.read_costs(costs)?;
        self.admit(&costs, options, now)
    }

    /// Grants a request now or not at all.
    pub(super) fn try_submit(self: &Rc<Self>, costs: &JsValue, priority: Priority) -> Result<bool, JsValue> {
        let (costs, now) = self.read_costs(costs)?;
        let granted = self.engine.borrow_mut().try_submit(&costs, priority, now);
        self.stand_down();
        granted.map_err(|refusal| output::refusal(&refusal))
    }

    /// How long a request would wait.
    pub(super) fn estimate_wait(
        self: &Rc<Self>,
        costs: &JsValue,
        priority: Priority,
    ) -> Result<f64, JsValue> {
        let (costs, now) = self.read_costs(costs)?;
        let estimate = self.engine.borrow_mut().estimate_wait(&costs, priority, now);
        self.stand_down();
        estimate.map_err(|refusal| output::refusal(&refusal))
    }

    /// The costs of a JavaScript object, and the time.
    fn read_costs(self: &Rc<Self>, costs: &JsValue) -> Result<(Costs, f64), JsValue> {
        let entries = input::costs(costs)?;
        let now = self.now()?;
        self.check_open()?;
        self.catch_up(now)?;
        let costs = self.named_costs(entries, now).map_err(|refusal| output::refusal(&refusal))?;
        Ok((costs, now))
    }

    fn named_costs(&self, entries: Vec<(JsValue, JsValue)>, now: f64) -> Result<Costs, Rejection> {
        let mut engine = self.engine.borrow_mut();
        let mut costs = Costs::default();
        let mut invalid = None;
        for (name, cost) in entries {
            let slot = match input::id(&name) {
                Some(id) => engine.slot(&id, now),
                // Shown with its halves of characters replaced.
                None => Err(engine.unknown_rule(&name.as_string().unwrap_or_default())),
            };
            let slot = match slot {
                Ok(slot) => slot,
                Err(unknown @ Rejection::UnknownRule { .. }) => return Err(unknown),
                Err(other) => {
                    invalid.get_or_insert(other);
                    continue;
                }
            };
            match cost.as_f64() {
                Some(amount) => costs.add(slot, amount),
                None => {
                    let rule = Some(name.as_string().unwrap_or_default());
                    invalid
                        .get_or_insert_with(|| Rejection::InvalidCost { rule, cost: output::value(&cost) });
                }
            }
        }
        invalid.map_or(Ok(costs), Err)
    }

    /// Asks the engine, and sets the timer if the request has to wait.
    #[inline(always)]
    fn admit(self: &Rc<Self>, costs: &Costs, options: Options, now: f64) -> Result<Submission, JsValue> {
        self.check_open()?;
        let submission = self.engine.borrow_mut().submit(costs, options, now);
        if let Ok(Submission::Waiting(ticket)) = submission {
            return self.await_ticket(ticket, now);
        }
        self.stand_down();
        submission.map_err(|refusal| output::refusal(&refusal))
    }

    /// Settles what is due: the timer is late, and who waits goes first.
    #[inline(always)]
    fn catch_up(&self, now: f64) -> Result<(), JsValue> {
        let due = self.engine.borrow().due();
        if due <= now { self.settle_due(now) } else { Ok(()) }
    }

    /// Sets the timer for a new ticket. What happens meanwhile may settle the ticket before anybody has heard of it; then
    /// that is the answer.
    fn await_ticket(self: &Rc<Self>, ticket: Ticket, now: f64) -> Result<Submission, JsValue> {
        self.unheard_of.borrow_mut().push(Unheard { ticket, outcome: None });
        // For another one that was dropped to make room.
        let armed = self.catch_up(now).and(self.arm());
        let settled = self.unheard_of.borrow_mut().pop().and_then(|unheard| unheard.outcome);
        match (settled, armed) {
            (Some(Ok(())), _) => {
                let held = self.engine.borrow().waited(ticket).is_some();
                Ok(if held { Submission::Held(ticket) } else { Submission::Granted })
            }
            (Some(Err(refusal)), _) => Err(output::refusal(&refusal)),
            (None, Ok(())) => Ok(Submission::Waiting(ticket)),
            (None, Err(error)) => {
                self.engine.borrow_mut().cancel(ticket);
                // For those who wait already, one more try; what it throws is said with the first error.
                self.arm().map_err(|_| error.clone())?;
                Err(error)
            }
        }
    }

    /// To be called when rules have changed.
    pub(super) fn look_for_calendar(&self) {
        self.calendar.set(self.engine.borrow().uses_wall_clock());
        self.calendar_holds.set(f64::NEG_INFINITY);
    }

    /// The time; the engine is told Unix time along with it if a rule counts by the calendar.
    pub(super) fn now(self: &Rc<Self>) -> Result<f64, JsValue> {
        self.at(self.clock.now()?)
    }

    /// The same where the clock has just been read.
    #[inline(always)]
    fn at(self: &Rc<Self>, read: f64) -> Result<f64, JsValue> {
        let now = self.steady(read)?;
        if self.calendar.get() { self.at_unix_time(now) } else { Ok(now) }
    }

    /// A reading of a clock that never runs backwards.
    #[inline]
    fn steady(self: &Rc<Self>, read: f64) -> Result<f64, JsValue> {
        match self.clock.forward(read) {
            Some(now) => Ok(now),
            None => self.stepped_back(read),
        }
    }

    fn stepped_back(self: &Rc<Self>, read: f64) -> Result<f64, JsValue> {
        let (now, is_another) = self.clock.stepped_back(read);
        if is_another {
            // No other clock can take its timer back.
            let mut timer = self.timer.borrow_mut();
            (timer.due, timer.handle) = (f64::INFINITY, None);
            drop(timer);
            self.arm()?;
        }
        Ok(now)
    }

    /// The time, of which the engine is told which Unix time it is.
    pub(super) fn now_and_wall(self: &Rc<Self>) -> Result<f64, JsValue> {
        let now = self.steady(self.clock.now()?)?;
        self.at_unix_time(now)
    }

    fn at_unix_time(self: &Rc<Self>, now: f64) -> Result<f64, JsValue> {
        let unix_now = self.clock.wall_now()?;
        self.calendar_holds.set(now + 1.0);
        let moved = {
            let mut engine = self.engine.borrow_mut();
            let due = engine.due();
            engine.set_wall_clock(unix_now, now);
            engine.due() != due
        };
        if moved {
            self.arm()?;
        }
        Ok(now)
    }

    #[inline(always)]
    pub(super) fn check_open(&self) -> Result<(), JsValue> {
        if self.closed.get() { Err(output::refusal(&Rejection::Closed)) } else { Ok(()) }
    }

    /// Tells those whom a change of the engine settled and those who are due by it, and plans anew.
    ///
    /// # Errors
    /// The first that a clock or a host threw. All that can be done is done none the less: nobody's promise and no
    /// timer may be lost for another's error.
    pub(super) fn settle(self: &Rc<Self>) -> Result<(), JsValue> {
        // Without a time those are told who were settled already.
        let now = self.now();
        let told = self.settle_due(*now.as_ref().unwrap_or(&f64::NAN));
        now.and(told).and(self.arm())
    }

    /// The same where nothing is due that was not before: then the timer stands, and no clock has to be asked.
    pub(super) fn follow_up(self: &Rc<Self>) -> Result<(), JsValue> {
        let due = self.engine.borrow().due();
        let stands = self.timer.borrow().due == due;
        if stands { Ok(()) } else { self.settle() }
    }

    /// Refuses all that wait. Returns how many those were.
    pub(super) fn clear(self: &Rc<Self>) -> Result<usize, JsValue> {
        let count = self.engine.borrow_mut().clear(&Rejection::Cleared);
        // They are told before a clock is asked, which may come back and clear for another reason.
        let told = self.settle_due(f64::NAN);
        told.and(self.settle()).map(|()| count)
    }

    /// Frees the engine. Tells all that waited that it is closed.
    pub(super) fn close(self: &Rc<Self>) -> Result<(), JsValue> {
        self.closed.set(true);
        let mut engine = self.engine.replace(Engine::default());
        self.look_for_calendar();
        engine.clear(&Rejection::Closed);
        let told = self.tell_all(std::iter::from_fn(|| engine.poll(f64::NAN)));
        told.and(self.arm())
    }

    /// What the timer does.
    fn wake(self: &Rc<Self>) -> Result<(), JsValue> {
        {
            let mut timer = self.timer.borrow_mut();
            timer.handle = None;
            timer.due = f64::INFINITY;
        }
        self.settle()
    }

    /// Grants and refuses all that is due.
    fn settle_due(&self, now: f64) -> Result<(), JsValue> {
        self.tell_all(std::iter::from_fn(|| self.engine.borrow_mut().poll(now)))
    }

    fn tell_all(&self, settled: impl Iterator<Item = Settled>) -> Result<(), JsValue> {
        let mut result = Ok(());
        for settled in settled {
            result = result.and(self.tell(settled));
        }
        result
    }

    fn tell(&self, (ticket, outcome): Settled) -> Result<(), JsValue> {
        if let Some(entry) = self.unheard_of.borrow_mut().iter_mut().find(|entry| entry.ticket == ticket) {
            entry.outcome = Some(outcome);
            return Ok(());
        }
        let settled = (ticket, outcome);
        let notice = self.promises.borrow_mut().take(settled);
        notice.give()
    }

    /// Sets the timer to the next instant at which something is due.
    fn arm(self: &Rc<Self>) -> Result<(), JsValue> {
        // A clock may come back into the throttler. What is due then is seen to when it has returned, or there would be
        // a timer that nobody knows of.
        if self.arming.replace(true) {
            return Ok(());
        }
        let mut result = Ok(());
        for _ in 0..ATTEMPTS {
            let due = self.engine.borrow().due();
            if result.is_err() || self.timer.borrow().due == due {
                break;
            }
            result = self.disarm().and(self.set_timer(due));
        }
        self.arming.set(false);
        let armed = self.timer.borrow().handle.is_some();
        self.hold(armed.then(|| Rc::clone(self)));
        result
    }

    /// Holds on to itself, and has a host hold on to its promises, while a timer is armed. While none is, only those who
    /// can still call the throttler may hold it: who waits for nothing that comes is collected with it.
    fn hold(&self, alive: Option<Rc<Self>>) {
        let armed = alive.is_some();
        let before = std::mem::replace(&mut self.timer.borrow_mut().alive, alive);
        if before.is_some() != armed {
            self.promises.borrow().hold(armed);
        }
    }

    /// Takes the timer back.
    fn disarm(&self) -> Result<(), JsValue> {
        let old = {
            let mut timer = self.timer.borrow_mut();
            timer.due = f64::INFINITY;
            timer.handle.take()
        };
        old.map_or(Ok(()), |old| self.clock.clear_timeout(&old))
    }

    /// Sets a timer; none for the end of time. If the clock fails there is none, and the next call sets one.
    fn set_timer(self: &Rc<Self>, due: f64) -> Result<(), JsValue> {
        let callback = {
            let mut timer = self.timer.borrow_mut();
            timer.due = due;
            timer.callback.as_ref().map(|callback| callback.as_ref().clone())
        };
        let Some(callback) = callback.filter(|_| due < f64::INFINITY) else { return Ok(()) };
        let now = self.engine.borrow().now();
        let handle = self.clock.set_timeout(&callback, due, now);
        let mut timer = self.timer.borrow_mut();
        match handle {
            Ok(handle) if timer.due == due => {
                timer.handle = Some(handle);
            }
            // It has fired already.
            Ok(_) => {}
            Err(error) => {
                timer.due = f64::INFINITY;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes the timer back if nothing is due any more. If others wait, a timer that is too early fires in vain; and a
    /// clock that fails here must not hide what became of the request that was made.
    #[inline(always)]
    fn stand_down(&self) {
        if self.engine.borrow().due() == f64::INFINITY && self.timer.borrow().handle.is_some() {
            let _fires_in_vain = self.disarm();
            self.hold(None);
        }
    }
}
