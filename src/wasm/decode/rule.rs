//! Rules, their ids, and the arguments of methods that change them.

use js_sys::{Reflect, Symbol};
use wasm_bindgen::prelude::*;

use super::{array_from, duration, entries, id, invalid, property, unknown};
use crate::wasm::encode;
use multi_throttler_engine::{Fields, InvalidField, Rule};

/// Returns the rules of an iterable.
pub(in crate::wasm) fn rules(rules: &JsValue) -> Result<Vec<Rule>, JsValue> {
    let not_iterable = || invalid("rules", rules, "an iterable of rules");
    // A string is an iterable too, but not of rules.
    if !rules.is_object() {
        return Err(not_iterable());
    }
    let iterator = Reflect::get(rules, &Symbol::iterator())?;
    if !iterator.is_function() {
        return Err(not_iterable());
    }
    array_from(rules)?.iter().map(|item| rule(&item)).collect()
}

/// Returns one rule.
pub(in crate::wasm) fn rule(item: &JsValue) -> Result<Rule, JsValue> {
    let invalid = |invalid| encode::invalid_rule(&invalid);
    let entries = entries(item)?
        .ok_or_else(|| invalid(InvalidField::new("rule", encode::value(item), "an object")))?;
    if let Some((_, value)) = entries
        .iter()
        .find(|(name, value)| name == "id" && value.is_string() && id(value).is_none())
    {
        return Err(invalid(InvalidField::new(
            "id",
            encode::value(value),
            "text of whole characters",
        )));
    }
    Rule::from_fields(&unchecked(entries)).map_err(invalid)
}

/// Returns the fields of a patch for a rule.
pub(in crate::wasm) fn fields(patch: &JsValue) -> Result<Fields, JsValue> {
    let invalid =
        || encode::invalid_rule(&InvalidField::new("patch", encode::value(patch), "an object"));
    Ok(unchecked(entries(patch)?.ok_or_else(invalid)?))
}

fn unchecked(entries: Vec<(String, JsValue)>) -> Fields {
    entries.into_iter().map(|(name, value)| (name, encode::value(&value))).collect()
}

/// Returns the id of a rule, which has to be a text.
pub(in crate::wasm) fn rule_id(value: &JsValue) -> Result<String, JsValue> {
    id(value).ok_or_else(|| invalid("ruleId", value, "the id of a rule"))
}

/// Returns the ids of the property `rules`, if it is there.
pub(in crate::wasm) fn rule_ids(options: &JsValue) -> Result<Option<Vec<String>>, JsValue> {
    property(options, "rules")?.map(|rules| ids(&rules)).transpose()
}

fn ids(rules: &JsValue) -> Result<Vec<String>, JsValue> {
    let not_ids = || invalid("rules", rules, "an array of rule ids");
    match encode::is_array(rules)? {
        true => array_from(rules)?.iter().map(|rule| id(&rule).ok_or_else(not_ids)).collect(),
        false => Err(not_ids()),
    }
}

/// Returns the remaining tokens that `setTokens` sets.
pub(in crate::wasm) fn tokens(tokens: &JsValue) -> Result<f64, JsValue> {
    tokens.as_f64().filter(|n| !n.is_nan()).ok_or_else(|| {
        encode::invalid_rule(&InvalidField::new(
            "tokens",
            encode::value(tokens),
            "a number of tokens",
        ))
    })
}

/// Returns for how many milliseconds which rules pause: `{ ms?, rules? }`. A mistyped field is an
/// error, as the pause would concern all rules or never end.
pub(in crate::wasm) fn pause(
    options: &JsValue,
) -> Result<(Option<f64>, Option<Vec<String>>), JsValue> {
    let (mut ms, mut rules) = (None, None);
    for (name, value) in optional_entries(options)? {
        match name.as_str() {
            "ms" => ms = Some(duration("ms", &value)?),
            "rules" => rules = Some(ids(&value)?),
            _ => return Err(unknown(&name, &value, "pause options", "ms, rules")),
        }
    }
    Ok((ms, rules))
}

/// Returns which rules resume: `{ rules? }`.
pub(in crate::wasm) fn resume(options: &JsValue) -> Result<Option<Vec<String>>, JsValue> {
    let mut rules = None;
    for (name, value) in optional_entries(options)? {
        match name.as_str() {
            "rules" => rules = Some(ids(&value)?),
            _ => return Err(unknown(&name, &value, "resume options", "rules")),
        }
    }
    Ok(rules)
}

fn optional_entries(options: &JsValue) -> Result<Vec<(String, JsValue)>, JsValue> {
    match options.is_undefined() {
        true => Ok(Vec::new()),
        false => entries(options)?.ok_or_else(|| invalid("options", options, "an object")),
    }
}

/// Returns the name of a mode and for how many milliseconds it stays in force.
pub(in crate::wasm) fn mode(name: &JsValue, ms: &JsValue) -> Result<(String, f64), JsValue> {
    let text = name.as_string().ok_or_else(|| invalid("mode", name, "the name of a mode"))?;
    Ok((text, if ms.is_undefined() { f64::INFINITY } else { duration("durationMs", ms)? }))
}
