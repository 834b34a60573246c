//! The costs and options of requests.

use wasm_bindgen::prelude::*;

use crate::wasm::data::Data;
use crate::wasm::failure::Failure;
use crate::wasm::tape;
use multi_throttler_engine::{InvalidField, Options, Priority, Rejection};

/// The options of a request, which may be inherited; of a signal, the two methods that it needs.
const OPTIONS: &str = "!priority,signal,maxWait,id|addEventListener,removeEventListener";
const NAMES: [&str; 4] = ["priority", "signal", "maxWait", "id"];

/// The costs of a request, also those that are undefined.
const COSTS: &str = "+";

/// Returns the options of a request: `priority` and `maxWait`. Its `id` and `signal` are the host's
/// and only checked, so that a program gets the same error whether a host or this class reads its
/// options (`ts/core/options.ts`).
pub(in crate::wasm) fn options(options: &JsValue) -> Result<Options, Failure> {
    let mut read_options = Options::default();
    let given = tape::read_one(options, OPTIONS)?;
    let fields = match &given {
        Data::Undefined | Data::Null => return Ok(read_options),
        _ => given.fields("options", "an object")?,
    };
    if let Some((name, value)) = fields.iter().find(|(name, _)| !NAMES.contains(&name.as_str())) {
        return Err(value.unknown(name, "request options", &NAMES.join(", ")).into());
    }
    let [priority_name, signal, max_wait, id] = NAMES.map(|name| given.get(name));
    if !priority_name.is_undefined() {
        read_options.priority = priority(priority_name)?;
    }
    if !max_wait.is_undefined() {
        read_options.max_wait = max_wait.milliseconds("maxWait")?;
    }
    if !matches!(id, Data::Undefined | Data::Text(_) | Data::BrokenText(_)) {
        return Err(id.invalid("id", "text").into());
    }
    let lacks = |name| !matches!(signal.get(name), Data::Other("a function"));
    if !signal.is_undefined() && (lacks("addEventListener") || lacks("removeEventListener")) {
        return Err(signal.invalid("signal", "an AbortSignal").into());
    }
    Ok(read_options)
}

/// Returns the costs by rule id, in the order of the object's own enumerable properties.
/// Names and amounts alternate.
pub(in crate::wasm) fn costs(costs: &JsValue) -> Result<Vec<Data>, Failure> {
    match tape::read_one(costs, COSTS)? {
        Data::List(costs) => Ok(costs),
        other => Err(Rejection::InvalidCost { rule: None, cost: other.to_value() }.into()),
    }
}

/// Returns a class by its name.
pub(in crate::wasm) fn priority(name: &Data) -> Result<Priority, InvalidField> {
    let text = name.as_text().unwrap_or_default();
    let found = Priority::ALL.into_iter().find(|priority| priority.name() == text);
    found.ok_or_else(|| name.invalid("priority", "one of critical, normal, low"))
}

/// Returns a class by its place in [`Priority::ALL`].
pub(in crate::wasm) fn priority_at(index: u32) -> Priority {
    Priority::ALL.get(index as usize).copied().unwrap_or_default()
}
