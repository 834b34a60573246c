//! Calls of the engine that may change it, by groups of methods. Each group is a function of its
//! own: runtimes compile a function at its first call, and a large one blocks the program.

use crate::wasm::data::Data;
use crate::wasm::decode;
use crate::wasm::encode;
use crate::wasm::failure::Failure;
use crate::wasm::protocol::*;
use multi_throttler_engine::{Engine, Priority};

/// A call whose arguments were read.
pub(super) struct Call<'a> {
    pub(super) method: u32,
    pub(super) first: &'a Data,
    pub(super) second: &'a Data,
    pub(super) now: f64,
    /// A random number from 0 to below 1, for a report.
    pub(super) random: f64,
}

impl Call<'_> {
    /// Calls the engine. A `late` failure is one in spite of which the call had its effect.
    pub(super) fn change(
        &self,
        engine: &mut Engine,
        late: &mut Option<Failure>,
    ) -> Result<Data, Failure> {
        match self.method {
            ADD_RULE | UPDATE_RULE | REMOVE_RULE | CONFIGURE => self.change_rules(engine),
            REPORT | SYNC_USAGE | SYNC_CLOCK => self.feed_back(engine, late),
            SNAPSHOT | HELD | WAITING => Ok(self.save(engine)),
            RESTORE | HOLD => self.restore(engine),
            _ => self.control(engine),
        }
    }

    #[inline(never)]
    fn change_rules(&self, engine: &mut Engine) -> Result<Data, Failure> {
        let Self { method, first, second, now, .. } = *self;
        match method {
            ADD_RULE => engine.add_rule(decode::rule(first).map_err(Failure::Rule)?, now),
            UPDATE_RULE => {
                let patch = decode::patch(second).map_err(Failure::Rule)?;
                engine.update_rule(first.id("ruleId", "the id of a rule")?, &patch, now)?;
            }
            CONFIGURE => {
                let config = decode::configured(first, engine.config())?;
                engine.configure(config, now)?;
            }
            _ => {
                let removed = first.as_text().is_some_and(|id| engine.remove_rule(id, now));
                return Ok(Data::Bool(removed));
            }
        }
        Ok(Data::Undefined)
    }

    /// Hands on what a server has said.
    #[inline(never)]
    fn feed_back(&self, engine: &mut Engine, late: &mut Option<Failure>) -> Result<Data, Failure> {
        let Self { method, first, second, now, random } = *self;
        match method {
            REPORT => {
                let (reported, wrong) = decode::report(first, engine, random, now)?;
                reported?;
                *late = wrong.map(Failure::Argument);
            }
            SYNC_USAGE => {
                engine.sync_usage(&decode::used(first)?, second.as_bool() == Some(true), now)?
            }
            _ => {
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
        }
        Ok(Data::Undefined)
    }

    /// Returns a part of the engine's state.
    #[inline(never)]
    fn save(&self, engine: &mut Engine) -> Data {
        let Self { method, first, second, now, .. } = *self;
        match method {
            HELD => encode::held(engine),
            WAITING => match first.as_text() {
                Some(id) => {
                    let is_critical = second.as_bool() == Some(true);
                    let class = if is_critical { Priority::Critical } else { Priority::Normal };
                    engine.ceiling(id, class, now).map_or(Data::Undefined, Data::Number)
                }
                None => encode::waiting(engine),
            },
            _ => {
                let (Some(from), Some(count)) = (first.as_finite(), second.as_finite()) else {
                    return decode::saved(engine.snapshot(now));
                };
                let from = from as usize;
                let part = engine.snapshot_part(&(from..from.saturating_add(count as usize)), now);
                part.map_or(Data::Undefined, decode::saved)
            }
        }
    }

    #[inline(never)]
    fn restore(&self, engine: &mut Engine) -> Result<Data, Failure> {
        if self.method == HOLD {
            return Ok(decode::hold(self.first, engine, self.now));
        }
        engine.restore(&decode::snapshot(self.first)?, self.now)?;
        Ok(Data::Undefined)
    }

    #[inline(never)]
    fn control(&self, engine: &mut Engine) -> Result<Data, Failure> {
        let Self { method, first, second, now, .. } = *self;
        match method {
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
