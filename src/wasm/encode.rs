//! The status and errors as JavaScript values.

use js_sys::{Array, Error, Object, Reflect};
use wasm_bindgen::prelude::*;

use multi_throttler_engine::{InvalidField, Rejection, RuleStatus, Scope, Value};

#[wasm_bindgen]
extern "C" {
    // Throws for a revoked proxy.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    pub(super) fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

/// Returns `{ [ruleId]: { tokens, capacity, utilization, scope? } }`. The scope is there only if it
/// is not the default, so that a rule of ccxt has the three fields that it has there.
pub(super) fn status(rules: Vec<RuleStatus>) -> Result<JsValue, JsValue> {
    let entries = Array::new();
    for RuleStatus { id, tokens, capacity, utilization, scope } in rules {
        let fields = [("tokens", tokens), ("capacity", capacity), ("utilization", utilization)];
        let status = Object::from_entries(&serde_wasm_bindgen::to_value(&fields)?)?;
        if scope != Scope::Ip {
            Reflect::set(&status, &"scope".into(), &scope.name().into())?;
        }
        entries.push(&Array::of2(&id.into(), &status));
    }
    // Defines each id as an own property; assigning to `__proto__` would set the prototype.
    Ok(Object::from_entries(&entries)?.into())
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

/// Returns a JavaScript value as an error shows it.
pub(super) fn value(value: &JsValue) -> Value {
    if let Some(number) = value.as_f64() {
        Value::Number(number)
    } else if let Some(text) = value.as_string() {
        Value::Text(text)
    } else if let Some(bool) = value.as_bool() {
        Value::Bool(bool)
    } else {
        Value::Other(match () {
            () if value.is_undefined() => "undefined",
            () if value.is_null() => "null",
            () if value.is_function() => "a function",
            () if value.is_symbol() => "a symbol",
            () if value.is_bigint() => "a bigint",
            () if is_array(value) == Ok(true) => "an array",
            () => "an object",
        })
    }
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
