//! Time and timers: JavaScript's own, or an object with the same four functions.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::promises::Host;
use super::{encode, tape};

#[wasm_bindgen]
extern "C" {
    // Globals are looked up at each call, so that fake timers which a test installs later are used.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, ms: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = clearTimeout)]
    fn clear_timeout(handle: &JsValue) -> Result<(), JsValue>;

    /// A clock that was passed in: `interface Clock` of the public contract.
    pub type CustomClock;
    #[wasm_bindgen(method, structural, catch, js_name = setTimeout)]
    fn set_timeout(this: &CustomClock, callback: &JsValue, ms: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = clearTimeout)]
    fn clear_timeout(this: &CustomClock, handle: &JsValue) -> Result<(), JsValue>;
}

#[wasm_bindgen(module = "/src/wasm/clock.js")]
extern "C" {
    // Infinity: the clock has thrown.
    #[wasm_bindgen(js_name = now)]
    fn custom_now(clock: &CustomClock) -> f64;
    #[wasm_bindgen(js_name = wallNow)]
    fn custom_wall_now(clock: &CustomClock) -> f64;
    fn failed() -> JsValue;
}

/// The longest delay of a timer, in milliseconds: 31 bits. A longer one fires at once in every
/// JavaScript engine.
const LONGEST_DELAY: f64 = 2_147_483_647.0;

pub(super) enum Clock {
    /// `performance.now()`, and the timers of the host or, without one, the global ones.
    System {
        time: SystemTime,
        unref: bool,
        host: Option<Rc<Host>>,
    },
    Custom(CustomClock),
}

impl Clock {
    /// Returns the clock of a configuration, or the system's clock if it has none.
    ///
    /// # Errors
    /// One of the four functions of a custom clock is missing.
    pub(super) fn new(
        clock: Option<JsValue>,
        unref: bool,
        host: Option<Rc<Host>>,
    ) -> Result<Self, JsValue> {
        let Some(clock) = clock else {
            return Ok(Clock::System { time: SystemTime::new(), unref, host });
        };
        for name in ["now", "wallNow", "setTimeout", "clearTimeout"] {
            let function = Reflect::get(&clock, &name.into()).unwrap_or(JsValue::UNDEFINED);
            if !function.is_function() {
                let field = ["clock.", name].concat();
                return Err(encode::invalid_config(
                    &tape::leaf(&function).invalid(&field, "a function"),
                ));
            }
        }
        Ok(Clock::Custom(clock.unchecked_into()))
    }

    /// Reads the clock. [`forward`](Clock::forward) turns the reading into a time.
    pub(super) fn now(&self) -> Result<f64, JsValue> {
        match self {
            Clock::System { .. } => Ok(performance_now()),
            Clock::Custom(clock) => reading(custom_now(clock)),
        }
    }

    /// Returns the time of a reading, or `None` if the clock has stepped back since the last one.
    #[inline(always)]
    pub(super) fn forward(&self, read: f64) -> Option<f64> {
        match self {
            Clock::System { time, .. } => time.forward(read),
            Clock::Custom(_) => Some(read),
        }
    }

    /// Returns the time of a reading after a step back, and whether another clock has taken the
    /// place of the last one.
    pub(super) fn stepped_back(&self, read: f64) -> (f64, bool) {
        match self {
            Clock::System { time, .. } => time.stepped_back(read),
            Clock::Custom(_) => (read, false),
        }
    }

    /// Reads Unix time, in milliseconds.
    pub(super) fn wall_now(&self) -> Result<f64, JsValue> {
        match self {
            Clock::System { .. } => Ok(date_now()),
            Clock::Custom(clock) => reading(custom_wall_now(clock)),
        }
    }

    /// Calls `callback` once at the instant `due`; `now` is the time of the last reading. The call
    /// may be early, and is much too early for a wait longer than [`LONGEST_DELAY`], so the
    /// callback has to read the clock.
    pub(super) fn set_timeout(
        &self,
        callback: &JsValue,
        due: f64,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let delay = |now: f64| (due - now).clamp(0.0, LONGEST_DELAY);
        match self {
            Clock::System { time, unref, host } => {
                // A timer counts from the instant at which it is set, and much may have happened
                // since the clock was read. Timers truncate fractions, and one that fires early
                // would have to be set again.
                let ms = delay(time.since(now)).ceil();
                let handle = match host {
                    Some(host) => host.set_timeout(callback, ms)?,
                    None => set_timeout(callback, ms)?,
                };
                if *unref {
                    // The handles of Node are objects with this method, those of a browser are
                    // numbers.
                    if let Ok(method) = Reflect::get(&handle, &"unref".into())
                        .and_then(|f| f.dyn_into::<Function>())
                    {
                        method.call0(&handle)?;
                    }
                }
                Ok(handle)
            }
            Clock::Custom(clock) => clock.set_timeout(callback, delay(now)),
        }
    }

    pub(super) fn clear_timeout(&self, handle: &JsValue) -> Result<(), JsValue> {
        match self {
            Clock::System { host: Some(host), .. } => host.clear_timeout(handle),
            Clock::System { .. } => clear_timeout(handle),
            Clock::Custom(clock) => clock.clear_timeout(handle),
        }
    }
}

/// The least reading that can only be Unix time (the year 2001): as the age of a realm it would be
/// 31 years.
const UNIX_TIME: f64 = 1e12;

/// The time of `performance.now()`. When fake timers replace that function, whose time begins with
/// 0, this time continues from where it was.
///
/// If the same function steps back, time stands still until the clock has made up for it, so that
/// no grant is early.
///
/// Cloudflare stops its clocks at 0 while a module is loaded; in a request they read Unix time. A
/// time that was created on stopped clocks stays 0 until they read more, and runs on from there.
#[derive(Default)]
pub(super) struct SystemTime {
    /// Infinite while the clocks are stopped, so that each reading takes the slow path.
    latest: Cell<f64>,
    /// The time less the reading of `performance.now()`.
    ahead: Cell<f64>,
    /// The function `performance.now` as of the last check.
    source: RefCell<JsValue>,
    /// Whether the timers were fake at the last check.
    faked: Cell<bool>,
}

impl SystemTime {
    fn new() -> Self {
        let time = Self::default();
        time.is_another();
        if performance_now() == 0.0 && date_now() == 0.0 {
            time.latest.set(f64::INFINITY);
        }
        time
    }

    #[inline(always)]
    fn forward(&self, read: f64) -> Option<f64> {
        let now = read + self.ahead.get();
        if now < self.latest.get() {
            return None;
        }
        self.latest.set(now);
        Some(now)
    }

    /// Reads the time, which is at least `then`.
    fn since(&self, then: f64) -> f64 {
        then.max(performance_now() + self.ahead.get())
    }

    fn stepped_back(&self, read: f64) -> (f64, bool) {
        if self.latest.get() == f64::INFINITY {
            return (self.start(read), false);
        }
        let is_another = self.is_another();
        if is_another {
            // A whole number, so that its sums with the whole times of fake timers are exact.
            self.ahead.set((self.latest.get() - read).ceil());
        }
        (read + self.ahead.get(), is_another)
    }

    /// Returns the time of a reading of clocks that were stopped so far.
    fn start(&self, read: f64) -> f64 {
        if read > 0.0 {
            // A clock of fake timers may begin with 0 too; its later readings are no Unix time.
            self.ahead.set(if read >= UNIX_TIME { -read } else { 0.0 });
            self.latest.set(read + self.ahead.get());
        }
        read + self.ahead.get()
    }

    /// Returns whether a step back means that another clock is read: `performance.now` is another
    /// function than at the last check, or timers are or were fake. Fake timers mark `setTimeout`
    /// with a property `clock`; those of Bun keep the functions and change what they read. Too slow
    /// for each reading.
    fn is_another(&self) -> bool {
        let global = js_sys::global();
        let property = |object: &JsValue, name: &str| Reflect::get(object, &name.into());
        let source = property(&global, "performance")
            .and_then(|performance| property(&performance, "now"))
            .unwrap_or(JsValue::UNDEFINED);
        let faked = property(&global, "setTimeout")
            .and_then(|function| Reflect::has(&function, &"clock".into()))
            .unwrap_or(false);
        let was_faked = self.faked.replace(faked);
        !Object::is(&source, &self.source.replace(source.clone())) || faked || was_faked
    }
}

/// Returns the number that a custom clock has read; NaN for any other value, in place of which the
/// engine uses the latest time.
#[inline(always)]
fn reading(read: f64) -> Result<f64, JsValue> {
    if read == f64::INFINITY { Err(failed()) } else { Ok(read) }
}
