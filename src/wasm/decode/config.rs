//! The configuration of a throttler.

use wasm_bindgen::prelude::*;

use super::entries;
use crate::wasm::data::Data;
use crate::wasm::failure::Failure;
use crate::wasm::tape;
use multi_throttler_engine::{
    BackoffConfig, Config as EngineConfig, InvalidField, MaxWaiting, Mode, Ordering, Overflow,
    Priority,
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

/// A field: at most an object of modes, each an object of fractions.
const FIELD: &str = "*|*";

/// A change of the configuration: an object of fields.
pub(in crate::wasm) const CONFIG_PATCH: &str = "*|*|*";

const CHANGEABLE: &str = "maxCapacity, ordering, overflow, share, aging, modes, adaptive, backoff";

/// Returns the configuration. An unknown field is an error, as a mistyped limit would be no limit.
/// `delay` is accepted for ccxt and has no effect, as nothing is polled.
pub(in crate::wasm) fn config(config: &JsValue) -> Result<Config, Failure> {
    let mut all = Config::default();
    if config.is_undefined() {
        return Ok(all);
    }
    let kind = tape::leaf(config);
    if !matches!(kind, Data::Other("an object")) {
        return Err(kind.invalid("config", "an object").into());
    }
    for (name, value) in entries(config)? {
        // An object of any class, of which nothing but four functions is read.
        if name == "clock" {
            all.clock = Some(value);
        } else {
            field(&mut all, &name, &tape::read_one(&value, FIELD)?)?;
        }
    }
    Ok(all)
}

/// Returns the configuration of a running engine with some fields changed.
pub(in crate::wasm) fn configured(
    patch: &Data,
    engine: EngineConfig,
) -> Result<EngineConfig, InvalidField> {
    let mut all = Config { engine, ..Config::default() };
    for (name, value) in patch.fields("config", "an object")? {
        if value.is_undefined() {
            continue;
        }
        if CHANGEABLE.split(", ").all(|known| known != name) {
            return Err(value.unknown(name, "configure", CHANGEABLE));
        }
        field(&mut all, name, value)?;
    }
    Ok(all.engine)
}

fn field(config: &mut Config, name: &str, value: &Data) -> Result<(), InvalidField> {
    let engine = &mut config.engine;
    let invalid = |expected| Err(value.invalid(name, expected));
    match name {
        "maxCapacity" => engine.max_waiting = max_waiting(value)?,
        "ordering" => {
            engine.ordering = match value.as_text() {
                Some("work-conserving") => Ordering::WorkConserving,
                Some("strict-fifo") => Ordering::StrictFifo,
                _ => return invalid("one of work-conserving, strict-fifo"),
            }
        }
        "overflow" => {
            engine.overflow = match value.as_text() {
                Some("reject") => Overflow::Reject,
                Some("drop-lowest") => Overflow::DropLowest,
                Some("drop-oldest") => Overflow::DropOldest,
                _ => return invalid("one of reject, drop-lowest, drop-oldest"),
            }
        }
        "share" => engine.share = value.number(name)?,
        "aging" => engine.aging = value.number(name)?,
        "modes" => engine.modes = modes(value)?,
        "adaptive" => engine.adaptive = value.bool(name)?,
        "backoff" => engine.backoff = backoff(value)?,
        // The host calls these functions: `sendReport` in ts/core/report.ts, and its timers where
        // the clock is the system's.
        "headers" | "timerWorker" if matches!(value, Data::Other("a function")) => {}
        "headers" => return invalid("a function of headers and status"),
        "timerWorker" => return invalid("a function that makes a worker"),
        "unref" => config.unref = value.bool(name)?,
        "delay" => {}
        _ => return Err(value.unknown(name, "config", KNOWN)),
    }
    Ok(())
}

/// Returns how long to back off: `{ base?, max?, banBase?, banMax? }`.
fn backoff(value: &Data) -> Result<BackoffConfig, InvalidField> {
    let mut backoff = BackoffConfig::default();
    for (name, value) in value.fields("backoff", "an object")? {
        let field = ["backoff.", name].concat();
        let time = match name.as_str() {
            "base" => &mut backoff.base,
            "max" => &mut backoff.max,
            "banBase" => &mut backoff.ban_base,
            "banMax" => &mut backoff.ban_max,
            _ => return Err(value.unknown(&field, "backoff", "base, max, banBase, banMax")),
        };
        *time = value.number(&field)?;
    }
    Ok(backoff)
}

/// Returns modes by name: `{ [name]: { buffer?, reserve? } }`.
fn modes(value: &Data) -> Result<Vec<Mode>, InvalidField> {
    let expected = "an object of modes by name, each with buffer and reserve";
    let mut modes = Vec::new();
    for (name, fractions) in value.fields("modes", expected)? {
        let path = ["modes.", name].concat();
        let mut mode = Mode { name: name.clone(), buffer: 0.0, reserve: 0.0 };
        for (key, value) in fractions.fields(&path, "an object")? {
            let field = [&path, ".", key].concat();
            let fraction = match key.as_str() {
                "buffer" => &mut mode.buffer,
                "reserve" => &mut mode.reserve,
                _ => return Err(value.unknown(&field, &path, "buffer, reserve")),
            };
            *fraction = value.number(&field)?;
        }
        modes.push(mode);
    }
    Ok(modes)
}

/// Returns how many requests may wait: a number, or one for some of the classes.
fn max_waiting(value: &Data) -> Result<MaxWaiting, InvalidField> {
    let Data::Object(fields) = value else {
        return count("maxCapacity", value).map(MaxWaiting::Total);
    };
    let mut limits = [MaxWaiting::DEFAULT; 3];
    for (name, value) in fields {
        let field = ["maxCapacity.", name].concat();
        let class = Priority::ALL.iter().position(|priority| priority.name() == name);
        match class.and_then(|class| limits.get_mut(class)) {
            Some(limit) => *limit = count(&field, value)?,
            None => return Err(value.unknown(&field, "maxCapacity", "critical, normal, low")),
        }
    }
    Ok(MaxWaiting::PerPriority(limits))
}

fn count(field: &str, value: &Data) -> Result<f64, InvalidField> {
    let number = value.as_number().filter(|&n| n >= 0.0 && n == n.floor());
    number.ok_or_else(|| value.invalid(field, "a whole number of 0 or more, or Infinity"))
}
