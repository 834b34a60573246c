//! JavaScript values into rules, configuration, costs and options.
//!
//! [`read`] turns a value into [`Data`], by a [`Shape`] that says how deep. Each field is checked
//! after that, so that an error can name the field, the value and what it must be.

mod config;
mod report;
mod request;
mod rule;
mod snapshot;

use std::fmt;

use js_sys::{Array, JsString, Object, Reflect};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use wasm_bindgen::prelude::*;

use super::data::Data;

pub(super) use config::{Config, config};
pub(super) use report::{REPORT, report, used};
pub(super) use request::{costs, options, priority, priority_at};
pub(super) use rule::{PATCH, PAUSE, mode, patch, pause, resume, rule, rules, tokens};
pub(super) use snapshot::{SNAPSHOT, saved, snapshot};

// An exception of a getter or a proxy is caught at the call that may raise it: one that passed
// through Rust would leave Rust's frames on the stack.
#[wasm_bindgen]
extern "C" {
    // Throws for a revoked proxy.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn array_from(iterable: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = entries)]
    fn object_entries(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = getPrototypeOf)]
    fn prototype_of(object: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = assign)]
    fn copy(target: &Object, source: &JsValue) -> Result<Object, JsValue>;
}

/// The parts of a value that are read. A value of another form is read as a leaf.
pub(super) enum Shape {
    /// A number, a text or another value that has no parts.
    Leaf,
    /// An array, and its items.
    List(&'static Shape),
    /// The own enumerable properties of an object.
    Object(&'static Shape),
    /// Properties of these names, which may be inherited.
    Named(&'static [&'static str], &'static Shape),
}

/// Reads a value, each part of it once. Properties that are undefined count as absent.
///
/// # Errors
/// An exception of a getter or a proxy.
pub(super) fn read(value: &JsValue, shape: &Shape) -> Result<Data, JsValue> {
    if let Shape::Leaf = shape {
        return Ok(leaf(value));
    }
    if !value.is_object() {
        return Ok(leaf(value));
    }
    match (shape, is_array(value)?) {
        (Shape::List(of), true) => {
            let mut list = Vec::new();
            for item in array_from(value)?.iter() {
                list.push(read(&item, of)?);
            }
            Ok(Data::List(list))
        }
        (Shape::Object(of), false) => {
            let mut object = Vec::new();
            for (name, value) in entries(value)? {
                object.push((name, read(&value, of)?));
            }
            Ok(Data::Object(object))
        }
        (Shape::Named(names, of), _) => {
            let mut object = Vec::new();
            for name in *names {
                let value = read(&Reflect::get(value, &(*name).into())?, of)?;
                if !value.is_undefined() {
                    object.push(((*name).into(), value));
                }
            }
            Ok(Data::Object(object))
        }
        (_, true) => Ok(Data::Other("an array")),
        (_, false) => Ok(Data::Other("an object")),
    }
}

/// Returns a value without parts; for any other one its kind in words.
pub(super) fn leaf(value: &JsValue) -> Data {
    if let Some(number) = value.as_f64() {
        Data::Number(number)
    } else if let Some(text) = value.dyn_ref::<JsString>() {
        match text.is_valid_utf16() {
            true => Data::Text(text.into()),
            false => Data::BrokenText(text.into()),
        }
    } else if let Some(bool) = value.as_bool() {
        Data::Bool(bool)
    } else if value.is_undefined() {
        Data::Undefined
    } else if value.is_null() {
        Data::Null
    } else {
        Data::Other(match () {
            () if value.is_function() => "a function",
            () if value.is_symbol() => "a symbol",
            () if value.is_bigint() => "a bigint",
            () if is_array(value) == Ok(true) => "an array",
            () => "an object",
        })
    }
}

/// Returns the own enumerable properties of an object, without those that are undefined.
fn entries(object: &JsValue) -> Result<Vec<(String, JsValue)>, JsValue> {
    // Without a prototype: assigning to `__proto__` would set it.
    let copy = copy(&Object::create(JsValue::NULL.unchecked_ref()), object)?;
    let Entries(mut entries) = serde_wasm_bindgen::from_value(copy.into())?;
    entries.retain(|(_, value)| !value.is_undefined());
    Ok(entries)
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
