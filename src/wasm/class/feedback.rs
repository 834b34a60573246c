//! Feedback of the server: reports, usage and its clock.

use js_sys::Math;
use wasm_bindgen::prelude::*;

use super::MultiThrottler;
use crate::wasm::{decode, encode};
use multi_throttler_engine::{Engine, Rejection, Report, Usage};

#[wasm_bindgen]
impl MultiThrottler {
    /// Takes in a response of the server: `{ status, retryAfter?, date?, rules?, permit?, usage?
    /// }`. `retryAfter` is in milliseconds, `date` in Unix milliseconds, `permit` a ticket, and
    /// `usage` an array of `{ rule, used?, remaining?, limit?, resetAt?, resetIn?, exact? }`. A
    /// closed throttler ignores it.
    ///
    /// # Errors
    /// A field is invalid, or a rule to pause does not exist. An error in `usage` is returned last,
    /// as a refusal must pause whatever a reader of headers returns.
    pub fn report(&self, answer: &JsValue) -> Result<(), JsValue> {
        let status = decode::property(answer, "status")?.unwrap_or_default();
        let valid = status.as_f64().filter(|n| (100.0..1000.0).contains(n) && n.fract() == 0.0);
        let valid = valid
            .ok_or_else(|| decode::invalid("status", &status, "an HTTP status: 100 to 999"))?;
        let number = |name| decode::property(answer, name).map(|value| value.and_then(finite));
        let (retry_after, date, permit) =
            (number("retryAfter")?, number("date")?, number("permit")?);
        let rules = decode::rule_ids(answer)?;
        let (usage, wrong) = match usage(answer) {
            Ok(usage) => (usage, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let taken = self.take_in(|engine, now| {
            let rules: Option<Vec<&str>> =
                rules.as_ref().map(|ids| ids.iter().map(String::as_str).collect());
            let usage: Vec<Usage> =
                usage.iter().map(|(rule, usage)| Usage { rule, ..*usage }).collect();
            let report = Report {
                // Checked above.
                status: valid as u16,
                retry_after: retry_after.filter(|&ms| ms >= 0.0),
                date,
                rules: rules.as_deref(),
                permit: permit.and_then(|ticket| engine.ticket(ticket)),
                usage: &usage,
                random: Math::random(),
            };
            engine.report(&report, now)
        });
        taken.and(wrong)
    }

    /// Sets the usage that the server counts: `{ [ruleId]: used }`. It only raises usage unless
    /// `exact` is true.
    ///
    /// # Errors
    /// A rule does not exist, a usage is not a finite number of 0 or more, or the throttler is
    /// closed.
    #[wasm_bindgen(js_name = syncUsage)]
    pub fn sync_usage(&self, usage: &JsValue, exact: bool) -> Result<(), JsValue> {
        let entries = decode::entries(usage)?
            .ok_or_else(|| decode::invalid("usage", usage, "an object of rule ids"))?;
        let mut used = Vec::new();
        for (id, value) in &entries {
            let field = ["usage.", id].concat();
            let amount = finite(value.clone()).filter(|&amount| amount >= 0.0);
            let expected = "a finite number of 0 or more";
            used.push((
                id.as_str(),
                amount.ok_or_else(|| decode::invalid(&field, value, expected))?,
            ));
        }
        self.driver.check_open()?;
        self.take_in(|engine, now| engine.sync_usage(&used, exact, now))
    }

    /// Sets the server's clock, in Unix milliseconds. Its reading took `round_trip` milliseconds
    /// from request to response.
    ///
    /// # Errors
    /// One of the two is not a finite number, or the round trip is negative.
    #[wasm_bindgen(js_name = syncClock)]
    pub fn sync_clock(&self, server_unix: &JsValue, round_trip: &JsValue) -> Result<(), JsValue> {
        let expected = "finite Unix milliseconds";
        let unix = finite(server_unix.clone());
        let unix = unix.ok_or_else(|| decode::invalid("serverUnixMs", server_unix, expected))?;
        let trip = match round_trip.is_undefined() {
            true => None,
            false => {
                let trip = finite(round_trip.clone()).filter(|&ms| ms >= 0.0);
                let expected = "a finite number of milliseconds, 0 or more";
                Some(trip.ok_or_else(|| decode::invalid("roundTrip", round_trip, expected))?)
            }
        };
        self.take_in(|engine, now| {
            engine.sync_clock(unix, trip, now);
            Ok(())
        })
    }

    /// Gives the engine both clocks and the feedback, and settles what follows from it.
    fn take_in(
        &self,
        feedback: impl FnOnce(&mut Engine, f64) -> Result<(), Rejection>,
    ) -> Result<(), JsValue> {
        if self.driver.closed.get() {
            return Ok(());
        }
        let now = self.driver.now_and_wall()?;
        let taken = feedback(&mut self.driver.engine.borrow_mut(), now);
        taken.map_err(|rejection| encode::rejection(&rejection))?;
        self.driver.settle()
    }
}

/// Returns the usage in a report, each with the id of its rule beside it.
fn usage(answer: &JsValue) -> Result<Vec<(String, Usage<'static>)>, JsValue> {
    let Some(readings) = decode::property(answer, "usage")? else { return Ok(Vec::new()) };
    if !encode::is_array(&readings)? {
        return Err(decode::invalid("usage", &readings, "an array of what headers say"));
    }
    let read = |reading: JsValue| {
        let rule = decode::property(&reading, "rule")?.unwrap_or_default();
        let id = decode::id(&rule)
            .ok_or_else(|| decode::invalid("usage.rule", &rule, "the id of a rule"))?;
        let number = |name| decode::property(&reading, name).map(|value| value.and_then(finite));
        let usage = Usage {
            rule: "",
            used: number("used")?,
            remaining: number("remaining")?,
            limit: number("limit")?,
            resets_at: number("resetAt")?,
            resets_in: number("resetIn")?,
            exact: is_exact(&reading)?,
        };
        Ok((id, usage))
    };
    decode::array_from(&readings)?.iter().map(read).collect()
}

fn is_exact(reading: &JsValue) -> Result<bool, JsValue> {
    let Some(exact) = decode::property(reading, "exact")? else { return Ok(false) };
    exact.as_bool().ok_or_else(|| decode::invalid("usage.exact", &exact, "true or false"))
}

fn finite(value: JsValue) -> Option<f64> {
    value.as_f64().filter(|n| n.is_finite())
}
