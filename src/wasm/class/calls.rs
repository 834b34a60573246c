//! The door for all calls that are no requests: arguments in, one call of the engine, its result
//! out.

use js_sys::Math;
use wasm_bindgen::prelude::*;

use super::MultiThrottler;
use crate::wasm::data::Data;
use crate::wasm::decode;
use crate::wasm::encode;
use crate::wasm::failure::Failure;
use crate::wasm::protocol::*;
use crate::wasm::tape;
use multi_throttler_engine::{Engine, Load};

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
        let driver = &self.driver;
        match method {
            CLEAR => return Ok(Data::Number(driver.clear(first.as_string().as_deref())? as f64)),
            CLOSE => return Ok(driver.close().map(|()| Data::Undefined)?),
            TRY_THROTTLE => {
                let standing = decode::options(second)?.standing();
                return Ok(Data::Bool(driver.try_submit(first, standing)?));
            }
            TRY_ACQUIRE => {
                let standing = decode::options(second)?.standing();
                let ticket = driver.try_acquire(first, standing)?;
                return Ok(ticket.map_or(Data::Undefined, |ticket| Data::Number(ticket.to_f64())));
            }
            LEASE => {
                let now = driver.now()?;
                let [ticket, timeout] = [first, second].map(|n| n.as_f64().unwrap_or_default());
                let mut engine = driver.engine.borrow_mut();
                if let Some(ticket) = engine.ticket(ticket) {
                    engine.lease(ticket, timeout, now);
                }
                drop(engine);
                return Ok(driver.arm().map(|()| Data::Undefined)?);
            }
            ESTIMATE_WAIT => {
                let standing = decode::options(second)?.standing();
                return Ok(Data::Number(driver.estimate_wait(first, standing)?));
            }
            WATCH => {
                let kinds = first.as_f64().unwrap_or_default() as u32;
                driver.watch(kinds, second.clone().unchecked_into())?;
                return Ok(Data::Undefined);
            }
            TAKE_EVENTS => {
                driver.events_taken();
                let events = driver.engine.borrow_mut().take_events();
                return Ok(encode::events(events, driver.unix_offset()));
            }
            _ => {}
        }
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
            driver.settle_before_reading(now)?;
            let mut engine = driver.engine.borrow_mut();
            return Ok(match method {
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
            });
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
}

/// A call whose arguments were read.
struct Call<'a> {
    method: u32,
    first: &'a Data,
    second: &'a Data,
    now: f64,
    /// A random number from 0 to below 1, for a report.
    random: f64,
}

impl Call<'_> {
    /// Calls the engine. A `late` failure is one in spite of which the call had its effect.
    fn change(&self, engine: &mut Engine, late: &mut Option<Failure>) -> Result<Data, Failure> {
        let Self { method, first, second, now, random } = *self;
        match method {
            ADD_RULE => engine.add_rule(decode::rule(first).map_err(Failure::Rule)?, now),
            UPDATE_RULE => {
                let patch = decode::patch(second).map_err(Failure::Rule)?;
                engine.update_rule(first.id("ruleId", "the id of a rule")?, &patch, now)?;
            }
            REMOVE_RULE => {
                let removed = first.as_text().is_some_and(|id| engine.remove_rule(id, now));
                return Ok(Data::Bool(removed));
            }
            CONFIGURE => {
                let config = decode::configured(first, engine.config())?;
                engine.configure(config, now)?;
            }
            RESET => engine.reset(now),
            SET_TOKENS | ADD_TOKENS => {
                let tokens = decode::tokens(second).map_err(Failure::Rule)?;
                match first.as_text() {
                    Some(id) if method == SET_TOKENS => engine.set_tokens(id, tokens, now),
                    Some(id) => engine.add_tokens(id, tokens, now),
                    None => false,
                };
            }
            PAUSE => {
                let (ms, rules) = decode::pause(first)?;
                engine.pause(rules.as_deref(), ms.map_or(f64::INFINITY, |ms| now + ms), now)?;
            }
            RESUME => engine.resume(decode::resume(first)?.as_deref(), now)?,
            SET_MODE => {
                let (name, duration) = decode::mode(first, second)?;
                engine.set_mode(name, duration, now)?;
            }
            MODE => return Ok(Data::text(engine.mode(now))),
            REPORT => {
                let (reported, wrong) = decode::report(first, engine, random, now)?;
                reported?;
                *late = wrong.map(Failure::Argument);
            }
            SYNC_USAGE => {
                engine.sync_usage(&decode::used(first)?, second.as_bool() == Some(true), now)?
            }
            SYNC_CLOCK => {
                let expected = "finite Unix milliseconds";
                let unix =
                    first.as_finite().ok_or_else(|| first.invalid("serverUnixMs", expected))?;
                let expected = "a finite number of milliseconds, 0 or more";
                let trip = second.as_finite().filter(|&ms| ms >= 0.0);
                if trip.is_none() && !second.is_undefined() {
                    return Err(second.invalid("roundTrip", expected).into());
                }
                engine.sync_clock(unix, trip, now);
            }
            SNAPSHOT => {
                let (Some(from), Some(count)) = (first.as_finite(), second.as_finite()) else {
                    return Ok(decode::saved(engine.snapshot(now)));
                };
                let from = from as usize;
                let part = engine.snapshot_part(&(from..from.saturating_add(count as usize)), now);
                return Ok(part.map_or(Data::Undefined, decode::saved));
            }
            RESTORE => engine.restore(&decode::snapshot(first)?, now)?,
            HOLD => return Ok(decode::hold(first, engine, now)),
            HELD => return Ok(encode::held(engine)),
            WAITING => return Ok(encode::waiting(engine)),
            SET_PRIORITY => {
                let ticket = first.as_number().and_then(|ticket| engine.ticket(ticket));
                let standing = decode::standing_at(second.as_number().unwrap_or(1.0) as u32);
                let set = ticket.is_some_and(|ticket| engine.set_priority(ticket, standing, now));
                return Ok(Data::Bool(set));
            }
            _ => {}
        }
        Ok(Data::Undefined)
    }
}
