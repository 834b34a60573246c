//! The costs and options of requests.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{Shape, leaf, object_entries, prototype_of, read};
use crate::wasm::data::Data;
use crate::wasm::failure::Failure;
use multi_throttler_engine::{InvalidField, Options, Priority, Rejection};

/// The options of a request, which may be inherited; of a signal, the two methods that it needs.
const OPTIONS: Shape = Shape::Named(&["priority", "signal", "maxWait", "id"], &SIGNAL);
const SIGNAL: Shape = Shape::Named(&["addEventListener", "removeEventListener"], &Shape::Leaf);

/// Returns the options of a request: `priority` and `maxWait`. Its `id` and `signal` are the host's
/// and only checked, so that a program gets the same error whether a host or this class reads its
/// options (`ts/core/options.ts`).
pub(in crate::wasm) fn options(options: &JsValue) -> Result<Options, Failure> {
    let mut read_options = Options::default();
    let given = read(options, &OPTIONS)?;
    match given {
        Data::Undefined | Data::Null => return Ok(read_options),
        Data::Object(_) => {}
        _ => return Err(given.invalid("options", "an object").into()),
    }
    unknown_option(options)?;
    let [priority_name, signal, max_wait, id] =
        ["priority", "signal", "maxWait", "id"].map(|name| given.get(name));
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

/// Rejects an own option that does not exist, unless it is undefined.
fn unknown_option(options: &JsValue) -> Result<(), Failure> {
    for entry in object_entries(options)?.iter() {
        let (name, value) = pair(entry);
        let name = name.as_string().unwrap_or_default();
        if !matches!(name.as_str(), "priority" | "signal" | "maxWait" | "id")
            && !value.is_undefined()
        {
            let known = "priority, signal, maxWait, id";
            return Err(leaf(&value).unknown(&name, "request options", known).into());
        }
    }
    Ok(())
}

/// Returns the costs by rule id, in the order of the object's own enumerable properties.
pub(in crate::wasm) fn costs(costs: &JsValue) -> Result<Vec<(Data, Data)>, Failure> {
    let invalid = || Rejection::InvalidCost { rule: None, cost: leaf(costs).to_value() };
    if !costs.is_object() {
        return Err(invalid().into());
    }
    let entries = object_entries(costs)?;
    if entries.length() == 0 {
        // `{}` costs nothing; a Map or an array costs nothing by mistake.
        let prototype = prototype_of(costs)?;
        if !prototype.is_null() && !prototype_of(&prototype)?.is_null() {
            return Err(invalid().into());
        }
    }
    let mut costs = Vec::new();
    for entry in entries.iter() {
        let (name, amount) = pair(entry);
        costs.push((leaf(&name), leaf(&amount)));
    }
    Ok(costs)
}

fn pair(entry: JsValue) -> (JsValue, JsValue) {
    let entry: Array = entry.unchecked_into();
    (entry.get(0), entry.get(1))
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
