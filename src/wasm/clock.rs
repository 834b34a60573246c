//! Time and timers: JavaScript's own, or an object with the same four functions.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::output;
use super::promises::Host;
use multi_throttler_engine::InvalidField;

#[wasm_bindgen]
extern "C" {
    // Named globals are looked up at each call, so fake timers that a test puts there later are used.
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
    #[wasm_bindgen(method, structural, catch)]
    fn now(this: &CustomClock) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = wallNow)]
    fn wall_now(this: &CustomClock) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = setTimeout)]
    fn set_timeout(this: &CustomClock, callback: &JsValue, ms: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = clearTimeout)]
    fn clear_timeout(this: &CustomClock, handle: &JsValue) -> Result<(), JsValue>;
}

/// Timers count their delay in 31 bits; what is longer fires at once in every JavaScript engine.
const LONGEST_DELAY: f64 = 2_147_483_647.0;

pub(super) enum Clock {
    /// `performance.now()`, and the timers of the host or else the global ones.
    System {
        time: SystemTime,
        unref: bool,
        host: Option<Rc<Host>>,
    },
    Custom(CustomClock),
}

impl Clock {
    /// The clock of a configuration; none stands for the system's.
    ///
    /// # Errors
    /// One of the four functions is missing.
    pub(super) fn new(clock: Option<JsValue>, unref: bool, host: Option<Rc<Host>>) -> Result<Self, JsValue> {
        let Some(clock) = clock else {
            return Ok(Clock::System { time: SystemTime::new(), unref, host });
        };
        for name in ["now", "wallNow", "setTimeout", "clearTimeout"] {
            let function = Reflect::get(&clock, &name.into()).unwrap_or(JsValue::UNDEFINED);
            if !function.is_function() {
                let field = ["clock.", name].concat();
                return Err(output::invalid_config(&InvalidField::new(
                    field,
                    output::value(&function),
                    "a function",
                )));
            }
        }
        Ok(Clock::Custom(clock.unchecked_into()))
    }

    /// What the clock reads; see [`forward`](Clock::forward).
    pub(super) fn now(&self) -> Result<f64, JsValue> {
        match self {
            Clock::System { .. } => Ok(performance_now()),
            Clock::Custom(clock) => clock.now().map(number),
        }
    }

    /// The time for what has been read. `None`: it is before what was read last.
    #[inline(always)]
    pub(super) fn forward(&self, read: f64) -> Option<f64> {
        match self {
            Clock::System { time, .. } => time.forward(read),
            Clock::Custom(_) => Some(read),
        }
    }

    /// The same after a step back, and whether it is another clock that reads so.
    pub(super) fn stepped_back(&self, read: f64) -> (f64, bool) {
        match self {
            Clock::System { time, .. } => time.stepped_back(read),
            Clock::Custom(_) => (read, false),
        }
    }

    /// Unix time in milliseconds.
    pub(super) fn wall_now(&self) -> Result<f64, JsValue> {
        match self {
            Clock::System { .. } => Ok(date_now()),
            Clock::Custom(clock) => clock.wall_now().map(number),
        }
    }

    /// Calls `callback` once when it is `due`; it was `now` when the clock was read last. May be early or, for a wait that
    /// no timer can hold, much too early; whoever is called looks at the clock.
    pub(super) fn set_timeout(&self, callback: &JsValue, due: f64, now: f64) -> Result<JsValue, JsValue> {
        let delay = |now: f64| (due - now).clamp(0.0, LONGEST_DELAY);
        match self {
            Clock::System { time, unref, host } => {
                // Much may have been done since the clock was read, and a timer counts from the time at which it is
                // set. Timers cut fractions off; one that fires early would have to be set again.
                let ms = delay(time.since(now)).ceil();
                let handle = match host {
                    Some(host) => host.set_timeout(callback, ms)?,
                    None => set_timeout(callback, ms)?,
                };
                if *unref {
                    // Node's handles are objects with this method, a browser's are numbers.
                    if let Ok(method) =
                        Reflect::get(&handle, &"unref".into()).and_then(|f| f.dyn_into::<Function>())
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

/// Least reading that can only be Unix time (2001): as a time since the realm began it would be 31 years.
const UNIX_TIME: f64 = 1e12;

/// The time of `performance.now()`, which goes on where it was when fake timers take its place: theirs begins with 0.
///
/// A step back alone is none of that. Who knows no better waits until it has been made up for, which is never early.
///
/// Cloudflare stops its clocks at 0 while a module is loaded; in a request they read Unix time. A time
/// that was created on stopped clocks stays 0 until they read more, and runs on from there.
#[derive(Default)]
pub(super) struct SystemTime {
    /// Infinite while the clocks are stopped, so that each reading takes the slow path.
    latest: Cell<f64>,
    /// How far it is ahead of `performance.now()`.
    ahead: Cell<f64>,
    /// The function that reads it, as of the last look.
    source: RefCell<JsValue>,
    /// Whether the timers were fake at the last look.
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

    /// The time as it has become since `then`.
    fn since(&self, then: f64) -> f64 {
        then.max(performance_now() + self.ahead.get())
    }

    fn stepped_back(&self, read: f64) -> (f64, bool) {
        if self.latest.get() == f64::INFINITY {
            return (self.start(read), false);
        }
        let is_another = self.is_another();
        if is_another {
            // Whole, so that sums of it and whole times, as fake timers have them, are exact.
            self.ahead.set((self.latest.get() - read).ceil());
        }
        (read + self.ahead.get(), is_another)
    }

    /// The time by a reading of clocks that were stopped before.
    fn start(&self, read: f64) -> f64 {
        if read > 0.0 {
            // Fake timers may begin with 0 too; theirs goes on by itself.
            self.ahead.set(if read >= UNIX_TIME { -read } else { 0.0 });
            self.latest.set(read + self.ahead.get());
        }
        read + self.ahead.get()
    }

    /// Whether a step back means that another clock is read: the function is not the one of the last
    /// look, or timers are or were fake. Fake timers mark `setTimeout` with a property `clock`; those of
    /// Bun keep the functions and change what they read. Too slow for each reading.
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

/// What is no number is no time; the engine goes by the latest that was one.
fn number(time: JsValue) -> f64 {
    time.as_f64().unwrap_or(f64::NAN)
}
