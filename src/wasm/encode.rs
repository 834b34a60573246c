//! The status and errors as JavaScript values.

use js_sys::{Array, Error, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::data::Data;
use multi_throttler_engine::{InvalidField, Rejection, RuleStatus, Scope, Value};

/// Returns data as a JavaScript value.
pub(super) fn value(data: Data) -> JsValue {
    match data {
        Data::Undefined => JsValue::UNDEFINED,
        Data::Null => JsValue::NULL,
        Data::Bool(bool) => bool.into(),
        Data::Number(number) => number.into(),
        Data::Text(text) | Data::BrokenText(text) => text.into(),
        Data::Other(words) => words.into(),
        Data::List(list) => {
            let array = Array::new();
            for item in list {
                array.push(&value(item));
            }
            array.into()
        }
        Data::Object(fields) => {
            let entries = Array::new();
            for (name, field) in fields {
                entries.push(&Array::of2(&name.into(), &value(field)));
            }
            // Defines each name as an own property; assigning to `__proto__` would set the
            // prototype. It cannot fail, as the entries are pairs.
            Object::from_entries(&entries).map_or(JsValue::UNDEFINED, JsValue::from)
        }
    }
}

/// Returns `{ [ruleId]: { tokens, capacity, utilization, scope? } }`. The scope is there only if it
/// is not the default, so that a rule of ccxt has the three fields that it has there.
pub(super) fn status(rules: Vec<RuleStatus>) -> Data {
    let mut all = Vec::new();
    for RuleStatus { id, tokens, capacity, utilization, scope } in rules {
        let mut status = vec![
            ("tokens".into(), Data::Number(tokens)),
            ("capacity".into(), Data::Number(capacity)),
            ("utilization".into(), Data::Number(utilization)),
        ];
        if scope != Scope::Ip {
            status.push(("scope".into(), Data::text(scope.name())));
        }
        all.push((id, Data::Object(status)));
    }
    Data::Object(all)
}

/// Returns an `Error` with the code and the details of the rejection as properties.
pub(super) fn rejection(rejection: &Rejection) -> JsValue {
    let error = error(&rejection.message(number), rejection.code());
    match rejection {
        Rejection::UnknownRule { rule, .. } | Rejection::RuleRemoved { rule } => {
            set(&error, "ruleId", rule.as_str())
        }
        Rejection::InvalidCost { rule, cost } => {
            set(&error, "ruleId", rule.as_deref());
            set(&error, "cost", js_value(cost));
        }
        Rejection::CostExceedsCapacity { rule, cost, capacity } => {
            set(&error, "ruleId", rule.as_str());
            set(&error, "cost", *cost);
            set(&error, "capacity", *capacity);
        }
        Rejection::NeedsPermit { rule } | Rejection::TooManyMembers { rule, .. } => {
            set(&error, "ruleId", rule.as_str());
        }
        Rejection::QueueOverflow { max_capacity } => set(&error, "maxCapacity", *max_capacity),
        Rejection::WaitTimeout { max_wait, estimated_wait } => {
            set(&error, "maxWait", *max_wait);
            set(&error, "estimatedWait", *estimated_wait);
        }
        Rejection::Cleared | Rejection::Closed => {}
    }
    error.into()
}

pub(super) fn invalid_rule(invalid: &InvalidField) -> JsValue {
    invalid_field(invalid, "INVALID_RULE")
}

pub(super) fn invalid_config(invalid: &InvalidField) -> JsValue {
    invalid_field(invalid, "INVALID_CONFIG")
}

fn invalid_field(invalid: &InvalidField, code: &str) -> JsValue {
    let error = error(&invalid.message(number), code);
    set(&error, "field", invalid.field.as_str());
    set(&error, "value", js_value(&invalid.value));
    if let Some(rule) = &invalid.rule {
        set(&error, "ruleId", rule.as_str());
    }
    error.into()
}

fn js_value(value: &Value) -> JsValue {
    match value {
        Value::Number(number) => (*number).into(),
        Value::Bool(bool) => (*bool).into(),
        Value::Text(text) => text.into(),
        Value::Other(words) => (*words).into(),
    }
}

fn error(message: &str, code: &str) -> Error {
    let error = Error::new(message);
    // The host recognises errors of the engine by this name.
    set(&error, "name", "ThrottlerError");
    set(&error, "code", code);
    error
}

fn set(error: &Error, name: &str, value: impl Into<JsValue>) {
    // Cannot fail, as an Error made here is neither frozen nor a proxy.
    let _always_set = Reflect::set(error, &name.into(), &value.into());
}

/// Returns a number as JavaScript writes it.
fn number(n: f64) -> String {
    js_sys::Number::from(n).to_string_with_radix(10).map_or_else(|_| String::new(), String::from)
}
