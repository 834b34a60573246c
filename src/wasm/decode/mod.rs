//! JavaScript values into rules, configuration, costs and options.
//!
//! Each value is checked here, so that an error can name the field, the value and what it must be.

mod config;
mod request;
mod rule;

use std::fmt;

use js_sys::{Array, JsString, Object, Reflect};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use wasm_bindgen::prelude::*;

use super::encode;
use multi_throttler_engine::InvalidField;

pub(super) use config::{Config, config};
pub(super) use request::{costs, options, priority, priority_at};
pub(super) use rule::{fields, mode, pause, resume, rule, rule_id, rule_ids, rules, tokens};

// An exception of a getter or a proxy is caught at the call that may raise it: one that passed
// through Rust would leave Rust's frames on the stack.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object, js_name = entries)]
    fn object_entries(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn object_keys(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = getPrototypeOf)]
    fn prototype_of(object: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(iterable: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = assign)]
    fn copy(target: &Object, source: &JsValue) -> Result<Object, JsValue>;
}

/// Returns the id that a text is. A text with lone surrogates is none, as all of them would become
/// the same replacement character.
pub(super) fn id(text: &JsValue) -> Option<String> {
    text.dyn_ref::<JsString>().filter(|text| text.is_valid_utf16()).map(String::from)
}

/// Returns a property, unless it is absent or undefined.
pub(super) fn property(object: &JsValue, name: &str) -> Result<Option<JsValue>, JsValue> {
    if !object.is_object() {
        return Ok(None);
    }
    let value = Reflect::get(object, &name.into())?;
    Ok(Some(value).filter(|value| !value.is_undefined()))
}

/// Returns the own enumerable properties of an object, without those that are undefined; `None` if
/// it is no object.
pub(super) fn entries(object: &JsValue) -> Result<Option<Vec<(String, JsValue)>>, JsValue> {
    if !object.is_object() || encode::is_array(object)? {
        return Ok(None);
    }
    // Without a prototype: assigning to `__proto__` would set it.
    let copy = copy(&Object::create(JsValue::NULL.unchecked_ref()), object)?;
    let Entries(mut entries) = serde_wasm_bindgen::from_value(copy.into())?;
    entries.retain(|(_, value)| !value.is_undefined());
    Ok(Some(entries))
}

/// Returns a number, whose range the engine checks.
pub(super) fn number(field: &str, value: &JsValue) -> Result<f64, JsValue> {
    value.as_f64().ok_or_else(|| invalid(field, value, "a number"))
}

fn boolean(field: &str, value: &JsValue) -> Result<bool, JsValue> {
    value.as_bool().ok_or_else(|| invalid(field, value, "true or false"))
}

fn duration(field: &str, value: &JsValue) -> Result<f64, JsValue> {
    let ms = value.as_f64().filter(|&ms| ms >= 0.0);
    ms.ok_or_else(|| invalid(field, value, "a number of milliseconds, 0 or more"))
}

/// Returns the error that a field must be what `expected` says.
pub(super) fn invalid(field: &str, value: &JsValue, expected: &'static str) -> JsValue {
    encode::invalid_config(&InvalidField::new(field, encode::value(value), expected))
}

/// Returns the error that `subject` has no field of this name, but those that `known` lists.
fn unknown(field: &str, value: &JsValue, subject: &str, known: &str) -> JsValue {
    encode::invalid_config(&InvalidField::unknown(field, encode::value(value), subject, known))
}

/// The properties of an object as they are, whatever their types, so that an error can name the
/// field and its value.
struct Entries(Vec<(String, JsValue)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some((name, Any(value))) = map.next_entry()? {
                    entries.push((name, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

struct Any(JsValue);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_wasm_bindgen::preserve::deserialize(deserializer).map(Any)
    }
}
