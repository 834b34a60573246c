//! The costs and options of requests.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{duration, invalid, object_entries, object_keys, property, prototype_of, unknown};
use crate::wasm::encode;
use multi_throttler_engine::{Options, Priority, Rejection};

/// Returns the options of a request: `priority` and `maxWait`. Its `id` and `signal` are the host's
/// and only checked, so that a program gets the same error whether a host or this class reads its
/// options (`ts/core/options.ts`).
pub(in crate::wasm) fn options(options: &JsValue) -> Result<Options, JsValue> {
    let mut read = Options::default();
    if options.is_undefined() || options.is_null() {
        return Ok(read);
    }
    if !options.is_object() {
        return Err(invalid("options", options, "an object"));
    }
    for name in object_keys(options)?.iter() {
        let name = name.as_string().unwrap_or_default();
        if matches!(name.as_str(), "priority" | "signal" | "maxWait" | "id") {
            continue;
        }
        if let Some(value) = property(options, &name)? {
            return Err(unknown(&name, &value, "request options", "priority, signal, maxWait, id"));
        }
    }
    // Properties may be inherited.
    if let Some(value) = property(options, "priority")? {
        read.priority = priority(&value)?;
    }
    if let Some(value) = property(options, "maxWait")? {
        read.max_wait = duration("maxWait", &value)?;
    }
    if let Some(id) = property(options, "id")?.filter(|id| !id.is_string()) {
        return Err(invalid("id", &id, "text"));
    }
    if let Some(signal) = property(options, "signal")? {
        for method in ["addEventListener", "removeEventListener"] {
            if property(&signal, method)?.is_none_or(|method| !method.is_function()) {
                return Err(invalid("signal", &signal, "an AbortSignal"));
            }
        }
    }
    Ok(read)
}

/// Returns the costs by rule id, in the order of the object's own enumerable properties.
pub(in crate::wasm) fn costs(costs: &JsValue) -> Result<Vec<(JsValue, JsValue)>, JsValue> {
    let invalid =
        || encode::rejection(&Rejection::InvalidCost { rule: None, cost: encode::value(costs) });
    if !costs.is_object() {
        return Err(invalid());
    }
    let entries = object_entries(costs)?;
    if entries.length() == 0 {
        // `{}` costs nothing; a Map or an array costs nothing by mistake.
        let prototype = prototype_of(costs)?;
        if !prototype.is_null() && !prototype_of(&prototype)?.is_null() {
            return Err(invalid());
        }
    }
    Ok(entries.iter().map(pair).collect())
}

fn pair(entry: JsValue) -> (JsValue, JsValue) {
    let entry: Array = entry.unchecked_into();
    (entry.get(0), entry.get(1))
}

/// Returns a class by its name.
pub(in crate::wasm) fn priority(name: &JsValue) -> Result<Priority, JsValue> {
    let expected = "one of critical, normal, low";
    name.as_string()
        .and_then(|text| Priority::ALL.into_iter().find(|priority| priority.name() == text))
        .ok_or_else(|| invalid("priority", name, expected))
}

/// Returns a class by its place in [`Priority::ALL`].
pub(in crate::wasm) fn priority_at(index: u32) -> Priority {
    Priority::ALL.get(index as usize).copied().unwrap_or_default()
}
