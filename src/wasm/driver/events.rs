//! Announcing that the engine has recorded events.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::Driver;

impl Driver {
    /// Records events of these kinds from now on, of which `notify` is told.
    pub(in crate::wasm) fn watch(
        self: &Rc<Self>,
        kinds: u32,
        notify: Function,
    ) -> Result<(), JsValue> {
        let now = self.now()?;
        self.engine.borrow_mut().watch(kinds, now);
        self.is_watched.set(kinds != 0);
        self.notify.replace((kinds != 0).then_some(notify));
        Ok(())
    }

    /// To be called after the engine may have recorded events.
    #[inline(always)]
    pub(in crate::wasm) fn announce(&self, now: f64) {
        if self.is_watched.get() {
            self.announce_recorded(now);
        }
    }

    #[cold]
    fn announce_recorded(&self, now: f64) {
        let has_events = self.engine.borrow_mut().has_events(now);
        let is_new = has_events && !self.is_announced.get();
        let notify = self.notify.borrow().clone().filter(|_| is_new);
        if let Some(notify) = notify {
            // The function only schedules work and does not throw; an exception must not become
            // that of the call that recorded the event.
            self.is_announced.set(notify.call0(&JsValue::UNDEFINED).is_ok());
        }
    }

    /// To be called when the recorded events were taken.
    pub(in crate::wasm) fn events_taken(&self) {
        self.is_announced.set(false);
    }

    /// Returns Unix time minus the time of the engine; NaN while the clock fails, as the next call
    /// reports.
    pub(in crate::wasm) fn unix_offset(self: &Rc<Self>) -> f64 {
        let now = self.now();
        now.and_then(|now| Ok(self.clock.wall_now()? - now)).unwrap_or(f64::NAN)
    }

    /// Returns how often the timer has fired.
    pub(in crate::wasm) fn timers_fired(&self) -> f64 {
        self.fired.get()
    }
}
