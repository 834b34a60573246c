//! The door for all calls that are no requests: arguments in, one call of the engine, its result
//! out.

use js_sys::Math;
use wasm_bindgen::prelude::*;

use super::MultiThrottler;
use super::changes::Call;
use crate::wasm::data::Data;
use crate::wasm::decode;
use crate::wasm::encode;
use crate::wasm::failure::Failure;
use crate::wasm::protocol::*;
use crate::wasm::tape;
use multi_throttler_engine::{Load, Priority};

#[wasm_bindgen]
impl MultiThrottler {
    /// Calls a method by its number in `protocol`. One door keeps the module small: each method of
    /// its own would read its arguments, the clock and its errors by code of its own. Rust programs
    /// call the methods by name, in `methods`, which says what each takes and returns.
    ///
    /// # Errors
    /// An `Error` with a `code` and details, or an exception of a getter, the clock or the host.
    pub fn call(&self, method: u32, first: &JsValue, second: &JsValue) -> Result<JsValue, JsValue> {
        Ok(tape::value(&self.run(method, first, second)?))
    }
}

impl MultiThrottler {
    pub(super) fn run(
        &self,
        method: u32,
        first: &JsValue,
        second: &JsValue,
    ) -> Result<Data, Failure> {
        match method {
            WATCH | TAKE_EVENTS => self.events(method, first, second),
            CLEAR | CLOSE | TRY_THROTTLE | TRY_ACQUIRE | LEASE | ESTIMATE_WAIT => {
                self.call_directly(method, first, second)
            }
            _ => self.call_with_data(method, first, second),
        }
    }

    /// Calls a method about events.
    #[inline(never)]
    fn events(&self, method: u32, first: &JsValue, second: &JsValue) -> Result<Data, Failure> {
        let driver = &self.driver;
        if method == WATCH {
            let kinds = first.as_f64().unwrap_or_default() as u32;
            driver.watch(kinds, second.clone().unchecked_into())?;
            return Ok(Data::Undefined);
        }
        driver.events_taken();
        let events = driver.engine.borrow_mut().take_events();
        Ok(encode::events(events, driver.unix_offset()))
    }

    /// Calls a method whose arguments have readers of their own.
    #[inline(never)]
    fn call_directly(
        &self,
        method: u32,
        first: &JsValue,
        second: &JsValue,
    ) -> Result<Data, Failure> {
        let driver = &self.driver;
        match method {
            CLEAR => Ok(Data::Number(driver.clear(first.as_string().as_deref())? as f64)),
            CLOSE => Ok(driver.close().map(|()| Data::Undefined)?),
            TRY_THROTTLE => {
                let standing = decode::options(second)?.standing();
                Ok(Data::Bool(driver.try_submit(first, standing)?))
            }
            TRY_ACQUIRE => {
                let standing = decode::options(second)?.standing();
                let ticket = driver.try_acquire(first, standing)?;
                Ok(ticket.map_or(Data::Undefined, |ticket| Data::Number(ticket.to_f64())))
            }
            LEASE => {
                let now = driver.now()?;
                let [ticket, timeout] = [first, second].map(|n| n.as_f64().unwrap_or_default());
                let mut engine = driver.engine.borrow_mut();
                if let Some(ticket) = engine.ticket(ticket) {
                    engine.lease(ticket, timeout, now);
                }
                drop(engine);
                Ok(driver.arm().map(|()| Data::Undefined)?)
            }
            _ => {
                let standing = decode::options(second)?.standing();
                Ok(Data::Number(driver.estimate_wait(first, standing)?))
            }
        }
    }

    /// Calls a method whose arguments are read as data first.
    #[inline(never)]
    fn call_with_data(
        &self,
        method: u32,
        first: &JsValue,
        second: &JsValue,
    ) -> Result<Data, Failure> {
        let driver = &self.driver;
        let shape = match method {
            ADD_RULE | SYNC_USAGE => decode::PATCH,
            PAUSE | RESUME => decode::PAUSE,
            REPORT => decode::REPORT,
            CONFIGURE => decode::CONFIG_PATCH,
            RESTORE => decode::SNAPSHOT,
            HOLD => decode::CLAIMS,
            _ => "",
        };
        let (first, second) = tape::read(first, second, shape)?;
        let class = match first {
            _ if method != GET_QUEUE_LENGTH || first.is_undefined() => None,
            _ => Some(decode::priority(&first)?),
        };
        match method {
            // Feedback of the server is of no use to a closed throttler, and its requests may well
            // end after it was closed.
            REPORT | SYNC_CLOCK if driver.closed.get() => return Ok(Data::Undefined),
            CONFIGURE | ADD_RULE | UPDATE_RULE | PAUSE | RESUME | SET_MODE | SYNC_USAGE
            | SNAPSHOT | RESTORE | HOLD => driver.check_open()?,
            _ => {}
        }
        let now = match method {
            REPORT | SYNC_USAGE | SYNC_CLOCK | SNAPSHOT | RESTORE => driver.now_and_wall()?,
            _ => driver.now()?,
        };
        if method == ADD_RULE {
            // Again, as a clock may close the throttler, and a closed one has no rules (see
            // `Driver::grant`).
            driver.check_open()?;
        }
        if let GET_STATUS | GET_QUEUE_LENGTH | GET_STATS | GET_LOAD | LONGEST_WAITS = method {
            return self.read(method, class, &first, now);
        }
        // Read while nothing is borrowed, as a program may have replaced `Math.random`.
        let random = if method == REPORT { Math::random() } else { 0.0 };
        let mut late = None;
        let call = Call { method, first: &first, second: &second, now, random };
        let result = call.change(&mut driver.engine.borrow_mut(), &mut late)?;
        match method {
            MODE | SNAPSHOT | HELD | WAITING => return Ok(result),
            ADD_RULE | REMOVE_RULE => driver.rules_changed(),
            _ => {}
        }
        driver.settle()?;
        late.map_or(Ok(result), Err)
    }

    /// Calls a method that only reads.
    #[inline(never)]
    fn read(
        &self,
        method: u32,
        class: Option<Priority>,
        first: &Data,
        now: f64,
    ) -> Result<Data, Failure> {
        let driver = &self.driver;
        driver.settle_before_reading(now)?;
        let mut engine = driver.engine.borrow_mut();
        Ok(match method {
            GET_QUEUE_LENGTH => Data::Number(engine.waiting(class) as f64),
            GET_LOAD => {
                let Load { waiting, held } = engine.load(first.as_text());
                Data::List([waiting, held].map(|count| Data::Number(count as f64)).into())
            }
            LONGEST_WAITS => Data::List(engine.longest_waits(now).map(Data::Number).into()),
            GET_STATUS => encode::status(engine.status(now), first.as_bool() == Some(true)),
            _ => {
                let stats = engine.stats(now);
                drop(engine);
                let is_paused = stats.paused_until > now;
                let offset = if is_paused { driver.unix_offset() } else { 0.0 };
                encode::stats(&stats, stats.paused_until + offset, driver.timers_fired())
            }
        })
    }
}
