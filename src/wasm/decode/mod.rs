//! Values that were read into rules, configuration, costs and options.
//!
//! Each field is checked here, so that an error can name the field, the value and what it must be.

mod claims;
mod config;
mod report;
mod request;
mod rule;
mod snapshot;

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use wasm_bindgen::prelude::*;

use super::tape;

pub(super) use claims::{CLAIMS, hold};
pub(super) use config::{CONFIG_PATCH, Config, config, configured};
pub(super) use report::{REPORT, report, used};
pub(super) use request::{costs, options, priority, standing_at};
pub(super) use rule::{PATCH, PAUSE, mode, patch, pause, resume, rule, rules, tokens};
pub(super) use snapshot::{SNAPSHOT, saved, snapshot};

/// Returns the own enumerable properties of an object, without those that are undefined.
fn entries(object: &JsValue) -> Result<Vec<(String, JsValue)>, JsValue> {
    let Entries(mut entries) = serde_wasm_bindgen::from_value(tape::copy(object)?)?;
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
