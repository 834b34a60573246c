//! What the exported class learns from a server's answers.

use js_sys::Math;
use wasm_bindgen::prelude::*;

use super::throttler::MultiThrottler;
use super::{input, output};
use multi_throttler_engine::{Engine, Rejection, Report, Usage};

#[wasm_bindgen]
impl MultiThrottler {
    /// Learns what the server answered: `{ status, retryAfter?, date?, rules?, permit?, usage? }`, with `retryAfter` in
    /// milliseconds, `date` in Unix milliseconds, the ticket of the permit, and as usage an array of `{ rule, used?,
    /// remaining?, limit?, resetAt?, exact? }`. A throttler that is closed has nothing to learn.
    ///
    /// # Errors
    /// An option is not what it must be, or a rule to pause does not exist. What usage is wrong about is said in the end:
    /// a refusal must pause whatever a reader of headers makes of them.
    pub fn report(&self, answer: &JsValue) -> Result<(), JsValue> {
        let status = input::property(answer, "status")?.unwrap_or_default();
        let valid = status.as_f64().filter(|n| (100.0..1000.0).contains(n) && n.fract() == 0.0);
        let valid = valid.ok_or_else(|| input::invalid("status", &status, "an HTTP status: 100 to 999"))?;
        let number = |name| input::property(answer, name).map(|value| value.and_then(finite));
        let (retry_after, date, permit) = (number("retryAfter")?, number("date")?, number("permit")?);
        let rules = input::rule_ids(answer)?;
        let (usage, wrong) = match usage(answer) {
            Ok(usage) => (usage, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let learned = self.learn(|engine, now| {
            let rules: Option<Vec<&str>> = rules.as_ref().map(|ids| ids.iter().map(String::as_str).collect());
            let usage: Vec<Usage> = usage.iter().map(|(rule, usage)| Usage { rule, ..*usage }).collect();
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
        learned.and(wrong)
    }

    /// Learns what the server counts as used: `{ [ruleId]: used }`. With `exact` less may be used than was known.
    ///
    /// # Errors
    /// A rule does not exist, or what is used is not a finite number of 0 or more.
    #[wasm_bindgen(js_name = syncUsage)]
    pub fn sync_usage(&self, usage: &JsValue, exact: bool) -> Result<(), JsValue> {
        let entries =
            input::entries(usage)?.ok_or_else(|| input::invalid("usage", usage, "an object of rule ids"))?;
        let mut used = Vec::new();
        for (id, value) in &entries {
            let field = ["usage.", id].concat();
            let amount = finite(value.clone()).filter(|&amount| amount >= 0.0);
            let expected = "a finite number of 0 or more";
            used.push((id.as_str(), amount.ok_or_else(|| input::invalid(&field, value, expected))?));
        }
        self.driver.check_open()?;
        self.learn(|engine, now| engine.sync_usage(&used, exact, now))
    }

    /// Learns the server's clock in Unix milliseconds, read `round_trip` milliseconds after asking for it.
    ///
    /// # Errors
    /// One of the two is not a finite number, or the round trip is below 0.
    #[wasm_bindgen(js_name = syncClock)]
    pub fn sync_clock(&self, server_unix: &JsValue, round_trip: &JsValue) -> Result<(), JsValue> {
        let expected = "finite Unix milliseconds";
        let unix = finite(server_unix.clone());
        let unix = unix.ok_or_else(|| input::invalid("serverUnixMs", server_unix, expected))?;
        let trip = match round_trip.is_undefined() {
            true => None,
            false => {
                let trip = finite(round_trip.clone()).filter(|&ms| ms >= 0.0);
                let expected = "a finite number of milliseconds, 0 or more";
                Some(trip.ok_or_else(|| input::invalid("roundTrip", round_trip, expected))?)
            }
        };
        self.learn(|engine, now| {
            engine.sync_clock(unix, trip, now);
            Ok(())
        })
    }

    /// Tells the engine this machine's time and what there is to learn, and settles what follows from it.
    fn learn(&self, learn: impl FnOnce(&mut Engine, f64) -> Result<(), Rejection>) -> Result<(), JsValue> {
        if self.driver.closed.get() {
            return Ok(());
        }
        let now = self.driver.now_and_wall()?;
        let learned = learn(&mut self.driver.engine.borrow_mut(), now);
        learned.map_err(|refusal| output::refusal(&refusal))?;
        self.driver.settle()
    }
}

/// What the server says of its counts, with the rules' ids beside.
fn usage(answer: &JsValue) -> Result<Vec<(String, Usage<'static>)>, JsValue> {
    let Some(readings) = input::property(answer, "usage")? else { return Ok(Vec::new()) };
    if !output::is_array(&readings)? {
        return Err(input::invalid("usage", &readings, "an array of what headers say"));
    }
    let read = |reading: JsValue| {
        let rule = input::property(&reading, "rule")?.unwrap_or_default();
        let id = input::id(&rule).ok_or_else(|| input::invalid("usage.rule", &rule, "the id of a rule"))?;
        let number = |name| input::property(&reading, name).map(|value| value.and_then(finite));
        let usage = Usage {
            rule: "",
            used: number("used")?,
            remaining: number("remaining")?,
            limit: number("limit")?,
            resets_at: number("resetAt")?,
            exact: is_exact(&reading)?,
        };
        Ok((id, usage))
    };
    input::array_from(&readings)?.iter().map(read).collect()
}

fn is_exact(reading: &JsValue) -> Result<bool, JsValue> {
    let Some(exact) = input::property(reading, "exact")? else { return Ok(false) };
    exact.as_bool().ok_or_else(|| input::invalid("usage.exact", &exact, "true or false"))
}

fn finite(value: JsValue) -> Option<f64> {
    value.as_f64().filter(|n| n.is_finite())
}
