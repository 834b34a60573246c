//! The configuration of a throttler.

use wasm_bindgen::prelude::*;

use super::{boolean, entries, invalid, number, unknown};
use multi_throttler_engine::{
    BackoffConfig, Config as EngineConfig, MaxWaiting, Mode, Ordering, Overflow, Priority,
};

/// A configuration, checked but for the ranges of numbers, which the engine checks.
#[derive(Default)]
pub(in crate::wasm) struct Config {
    pub(in crate::wasm) engine: EngineConfig,
    /// Node: whether waiters do not keep the process alive.
    pub(in crate::wasm) unref: bool,
    pub(in crate::wasm) clock: Option<JsValue>,
}

const KNOWN: &str = "maxCapacity, delay, ordering, overflow, share, aging, modes, adaptive, headers, backoff, \
                     unref, clock, timerWorker";

/// Returns the configuration. An unknown field is an error, as a mistyped limit would be no limit.
/// `delay` is accepted for ccxt and has no effect, as nothing is polled.
pub(in crate::wasm) fn config(config: &JsValue) -> Result<Config, JsValue> {
    let mut read = Config::default();
    if config.is_undefined() {
        return Ok(read);
    }
    let engine = &mut read.engine;
    for (name, value) in entries(config)?.ok_or_else(|| invalid("config", config, "an object"))? {
        match name.as_str() {
            "maxCapacity" => engine.max_waiting = max_waiting(&value)?,
            "ordering" => {
                engine.ordering = match value.as_string().as_deref() {
                    Some("work-conserving") => Ordering::WorkConserving,
                    Some("strict-fifo") => Ordering::StrictFifo,
                    _ => return Err(invalid(&name, &value, "one of work-conserving, strict-fifo")),
                }
            }
            "overflow" => {
                engine.overflow = match value.as_string().as_deref() {
                    Some("reject") => Overflow::Reject,
                    Some("drop-lowest") => Overflow::DropLowest,
                    _ => return Err(invalid(&name, &value, "one of reject, drop-lowest")),
                }
            }
            "share" => engine.share = number(&name, &value)?,
            "aging" => engine.aging = number(&name, &value)?,
            "modes" => engine.modes = modes(&value)?,
            "adaptive" => engine.adaptive = boolean(&name, &value)?,
            "backoff" => engine.backoff = backoff(&value)?,
            // The host calls it: `sendReport` in ts/core/report.ts.
            "headers" if value.is_function() => {}
            "headers" => return Err(invalid(&name, &value, "a function of headers and status")),
            // The host calls it, whose timers are those of the system's clock.
            "timerWorker" if value.is_function() => {}
            "timerWorker" => return Err(invalid(&name, &value, "a function that makes a worker")),
            "unref" => read.unref = boolean(&name, &value)?,
            "clock" => read.clock = Some(value),
            "delay" => {}
            _ => return Err(unknown(&name, &value, "config", KNOWN)),
        }
    }
    Ok(read)
}

/// Returns how long to back off: `{ base?, max?, banBase?, banMax? }`.
fn backoff(value: &JsValue) -> Result<BackoffConfig, JsValue> {
    let mut backoff = BackoffConfig::default();
    for (name, value) in entries(value)?.ok_or_else(|| invalid("backoff", value, "an object"))? {
        let field = ["backoff.", &name].concat();
        let time = match name.as_str() {
            "base" => &mut backoff.base,
            "max" => &mut backoff.max,
            "banBase" => &mut backoff.ban_base,
            "banMax" => &mut backoff.ban_max,
            _ => return Err(unknown(&field, &value, "backoff", "base, max, banBase, banMax")),
        };
        *time = number(&field, &value)?;
    }
    Ok(backoff)
}

/// Returns modes by name: `{ [name]: { buffer?, reserve? } }`.
fn modes(value: &JsValue) -> Result<Vec<Mode>, JsValue> {
    let expected = "an object of modes by name, each with buffer and reserve";
    let mut modes = Vec::new();
    for (name, fractions) in entries(value)?.ok_or_else(|| invalid("modes", value, expected))? {
        let path = ["modes.", &name].concat();
        let mut mode = Mode { name, buffer: 0.0, reserve: 0.0 };
        for (key, value) in
            entries(&fractions)?.ok_or_else(|| invalid(&path, &fractions, "an object"))?
        {
            let field = [&path, ".", &key].concat();
            match key.as_str() {
                "buffer" => mode.buffer = number(&field, &value)?,
                "reserve" => mode.reserve = number(&field, &value)?,
                _ => return Err(unknown(&field, &value, &path, "buffer, reserve")),
            }
        }
        modes.push(mode);
    }
    Ok(modes)
}

/// Returns how many requests may wait: a number, or one for some of the classes.
fn max_waiting(value: &JsValue) -> Result<MaxWaiting, JsValue> {
    let number = |field: &str, value: &JsValue| {
        let number = value.as_f64().filter(|&n| n >= 0.0 && n == n.floor());
        number.ok_or_else(|| invalid(field, value, "a whole number of 0 or more, or Infinity"))
    };
    let Some(entries) = entries(value)? else {
        return number("maxCapacity", value).map(MaxWaiting::Total);
    };
    let mut limits = [MaxWaiting::DEFAULT; 3];
    for (name, value) in entries {
        let field = ["maxCapacity.", &name].concat();
        let limit = Priority::ALL
            .into_iter()
            .zip(&mut limits)
            .find(|(priority, _)| priority.name() == name);
        let (_, limit) =
            limit.ok_or_else(|| unknown(&field, &value, "maxCapacity", "critical, normal, low"))?;
        *limit = number(&field, &value)?;
    }
    Ok(MaxWaiting::PerPriority(limits))
}
