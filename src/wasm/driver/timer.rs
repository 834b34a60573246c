//! The one timer: armed for the next instant at which something is due.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::Driver;

/// Number of times that the due instant may change, or the timer fire, while the timer is being
/// armed.
const ATTEMPTS: usize = 100;

pub(super) struct Timer {
    callback: Option<Closure<dyn Fn() -> Result<(), JsValue>>>,
    handle: Option<JsValue>,
    /// The instant for which it is armed; infinite if it is not.
    pub(super) due: f64,
    /// The driver itself while the timer is armed: waiters need the throttler even when the program
    /// has dropped it.
    keeps_alive: Option<Rc<Driver>>,
}

impl Default for Timer {
    fn default() -> Self {
        Self { callback: None, handle: None, due: f64::INFINITY, keeps_alive: None }
    }
}

impl Timer {
    /// Makes it a timer that is not armed. Returns the handle of the one that was.
    pub(super) fn forget(&mut self) -> Option<JsValue> {
        self.due = f64::INFINITY;
        self.handle.take()
    }
}

impl Driver {
    /// Creates the callback of the timer, which holds the driver weakly.
    pub(super) fn create_timer(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let wake = move || weak.upgrade().map_or(Ok(()), |driver| driver.wake());
        self.timer.borrow_mut().callback = Some(Closure::new(wake));
    }

    /// The callback of the timer.
    fn wake(self: &Rc<Self>) -> Result<(), JsValue> {
        self.timer.borrow_mut().forget();
        self.fired.set(self.fired.get() + 1.0);
        self.settle()
    }

    /// Arms the timer for the next due instant, or disarms it if there is none.
    pub(in crate::wasm) fn arm(self: &Rc<Self>) -> Result<(), JsValue> {
        // A clock may call the throttler meanwhile. A due instant that changes then is handled by
        // the loop below when the clock has returned, or there would be two timers.
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
        let is_armed = self.timer.borrow().handle.is_some();
        self.keep_alive(is_armed.then(|| Rc::clone(self)));
        result
    }

    /// Whether nothing is due at `now`, and the timer is armed for the next instant at which
    /// something is.
    #[inline(always)]
    pub(super) fn is_armed_after(&self, now: f64) -> bool {
        let due = self.engine.borrow().due();
        due > now && self.timer.borrow().due == due
    }

    /// Disarms the timer if nothing is due any more. If others wait, a timer that is too early
    /// fires in vain. An error of the clock is dropped here, as it must not hide the outcome of the
    /// request that was made; the timer fires in vain then too.
    #[inline(always)]
    pub(super) fn disarm_if_idle(&self) {
        if self.engine.borrow().due() == f64::INFINITY && self.timer.borrow().handle.is_some() {
            let _fires_in_vain = self.disarm();
            self.keep_alive(None);
        }
    }

    /// While a timer is armed, the driver refers to itself and the host holds its promises. While
    /// none is, only code that can call the throttler may keep it alive: waiters that nothing will
    /// settle are collected with it.
    fn keep_alive(&self, driver: Option<Rc<Self>>) {
        let is_armed = driver.is_some();
        let before = std::mem::replace(&mut self.timer.borrow_mut().keeps_alive, driver);
        if let Some(host) = self.host.as_ref().filter(|_| before.is_some() != is_armed) {
            host.keep_alive(is_armed);
        }
    }

    fn disarm(&self) -> Result<(), JsValue> {
        let old = self.timer.borrow_mut().forget();
        old.map_or(Ok(()), |old| self.clock.clear_timeout(&old))
    }

    /// Sets a timer, unless `due` is infinite. If the clock fails, no timer is set, and the next
    /// call sets one.
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
}
