//! Snapshots, as JSON-safe values.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::MultiThrottler;
use crate::wasm::decode::invalid;
use crate::wasm::{decode, encode};
use multi_throttler_engine::{SNAPSHOT_VERSION, SavedRule, Snapshot};

#[wasm_bindgen]
impl MultiThrottler {
    /// Returns the state to keep over a restart: `{ version, savedAt, clockOffset, mode,
    /// modeEndsIn, pausedFor, refusals, bans, backoffFor, rules: { [ruleId]: { algorithm, used,
    /// pausedFor } } }`. An infinite duration is `null`.
    ///
    /// # Errors
    /// The throttler is closed, or an exception of the clock.
    pub fn snapshot(&self) -> Result<JsValue, JsValue> {
        self.driver.check_open()?;
        let now = self.driver.now_and_wall()?;
        let snapshot = self.driver.engine.borrow_mut().snapshot(now);
        let rules = snapshot.rules.iter().map(|rule| {
            let fields = [
                ("algorithm", rule.algorithm.as_str().into()),
                ("used", rule.used.iter().map(|&n| JsValue::from(n)).collect::<Array>().into()),
                ("pausedFor", duration(rule.paused_for)),
            ];
            (rule.id.as_str(), object(fields))
        });
        Ok(object([
            ("version", SNAPSHOT_VERSION.into()),
            ("savedAt", snapshot.saved_at.into()),
            ("clockOffset", snapshot.clock_offset.into()),
            ("mode", snapshot.mode.as_str().into()),
            ("modeEndsIn", duration(snapshot.mode_ends_in)),
            ("pausedFor", duration(snapshot.paused_for)),
            ("refusals", snapshot.refusals.into()),
            ("bans", snapshot.bans.into()),
            ("backoffFor", duration(snapshot.backoff_for)),
            ("rules", object(rules)),
        ]))
    }

    /// Continues from a snapshot.
    ///
    /// # Errors
    /// The snapshot is damaged or of a later version; then nothing has changed. Or the throttler is
    /// closed.
    pub fn restore(&self, snapshot: &JsValue) -> Result<(), JsValue> {
        let snapshot = read(snapshot)?;
        self.driver.check_open()?;
        let now = self.driver.now_and_wall()?;
        let restored = self.driver.engine.borrow_mut().restore(&snapshot, now);
        restored.map_err(|invalid| encode::invalid_config(&invalid))?;
        self.driver.settle()
    }
}

/// Returns an object with these own properties; also `__proto__` is one.
fn object<'a>(fields: impl IntoIterator<Item = (&'a str, JsValue)>) -> JsValue {
    let entries =
        fields.into_iter().map(|(name, value)| JsValue::from(Array::of2(&name.into(), &value)));
    // Cannot fail, as the entries are pairs.
    Object::from_entries(&entries.collect::<Array>()).map_or(JsValue::UNDEFINED, JsValue::from)
}

fn duration(ms: f64) -> JsValue {
    if ms < f64::INFINITY { ms.into() } else { JsValue::NULL }
}

fn read(value: &JsValue) -> Result<Snapshot, JsValue> {
    let number = |name: &str| number(value, "snapshot.", name);
    let version = number("version")?;
    if version != SNAPSHOT_VERSION {
        return Err(invalid("snapshot.version", &version.into(), "1"));
    }
    let mode = decode::property(value, "mode")?.unwrap_or_default();
    let mode =
        mode.as_string().ok_or_else(|| invalid("snapshot.mode", &mode, "the name of a mode"))?;
    let saved = decode::property(value, "rules")?.unwrap_or_default();
    let entries = decode::entries(&saved)?;
    let entries =
        entries.ok_or_else(|| invalid("snapshot.rules", &saved, "an object of rules by id"))?;
    let rules =
        entries.into_iter().map(|(id, saved)| rule(id, &saved)).collect::<Result<_, _>>()?;
    Ok(Snapshot {
        saved_at: number("savedAt")?,
        clock_offset: number("clockOffset")?,
        mode,
        mode_ends_in: number("modeEndsIn")?,
        paused_for: number("pausedFor")?,
        // Saturates; more refusals make no pause longer.
        refusals: number("refusals")? as u32,
        bans: number("bans")? as u32,
        backoff_for: number("backoffFor")?,
        rules,
    })
}

fn rule(id: String, saved: &JsValue) -> Result<SavedRule, JsValue> {
    let path = ["snapshot.rules.", &id, "."].concat();
    let field = |name: &str| [&path, name].concat();
    let algorithm = decode::property(saved, "algorithm")?.unwrap_or_default();
    let algorithm = algorithm
        .as_string()
        .ok_or_else(|| invalid(&field("algorithm"), &algorithm, "the name of one"))?;
    let used = decode::property(saved, "used")?.unwrap_or_default();
    if !encode::is_array(&used)? {
        return Err(invalid(&field("used"), &used, "an array of numbers"));
    }
    let amount =
        |n: JsValue| n.as_f64().ok_or_else(|| invalid(&field("used"), &n, "an array of numbers"));
    let used = decode::array_from(&used)?.iter().map(amount).collect::<Result<_, _>>()?;
    Ok(SavedRule { algorithm, used, paused_for: number(saved, &path, "pausedFor")?, id })
}

/// Returns a number; `null` is an infinite one.
fn number(object: &JsValue, path: &str, name: &str) -> Result<f64, JsValue> {
    let value = decode::property(object, name)?.unwrap_or_default();
    let number = if value.is_null() { Some(f64::INFINITY) } else { value.as_f64() };
    number.ok_or_else(|| invalid(&[path, name].concat(), &value, "a number"))
}
