//! Rules, their ids, and the arguments of methods that change them.

use wasm_bindgen::prelude::*;

use crate::wasm::data::Data;
use crate::wasm::failure::Failure;
use crate::wasm::tape;
use multi_throttler_engine::{Fields, InvalidField, Rule};

/// A rule or a patch for one: an object of leaves.
pub(in crate::wasm) const PATCH: &str = "*";

/// The options of `pause` and `resume`, of which `rules` is a list.
pub(in crate::wasm) const PAUSE: &str = "*|[";

/// An iterable of rules.
const RULES: &str = "@|*";

/// Returns the rules of an iterable.
pub(in crate::wasm) fn rules(rules: &JsValue) -> Result<Vec<Rule>, Failure> {
    let list = match tape::read_one(rules, RULES)? {
        Data::List(list) => list,
        other => return Err(other.invalid("rules", "an iterable of rules").into()),
    };
    let mut all = Vec::new();
    for item in &list {
        all.push(rule(item).map_err(Failure::Rule)?);
    }
    Ok(all)
}

/// Returns one rule.
pub(in crate::wasm) fn rule(rule: &Data) -> Result<Rule, InvalidField> {
    let fields = rule.fields("rule", "an object")?;
    if let id @ Data::BrokenText(_) = rule.get("id") {
        return Err(id.invalid("id", "text of whole characters"));
    }
    Rule::from_fields(&Data::to_fields(fields))
}

/// Returns the fields of a patch for a rule.
pub(in crate::wasm) fn patch(patch: &Data) -> Result<Fields, InvalidField> {
    patch.fields("patch", "an object").map(Data::to_fields)
}

/// Returns the ids in a list, if there is one.
pub(super) fn ids(rules: &Data) -> Result<Option<Vec<&str>>, InvalidField> {
    let ids = match rules {
        Data::Undefined => return Ok(None),
        Data::List(list) => list.iter().map(Data::as_text).collect::<Option<Vec<&str>>>(),
        _ => None,
    };
    ids.map(Some).ok_or_else(|| rules.invalid("rules", "an array of rule ids"))
}

/// Returns the remaining tokens that `setTokens` sets.
pub(in crate::wasm) fn tokens(tokens: &Data) -> Result<f64, InvalidField> {
    let number = tokens.as_number().filter(|number| !number.is_nan());
    number.ok_or_else(|| tokens.invalid("tokens", "a number of tokens"))
}

/// The time and the rules of a pause. `None` stands for no end, or for all rules.
pub(in crate::wasm) type Pause<'a> = (Option<f64>, Option<Vec<&'a str>>);

/// Returns for how many milliseconds which rules pause: `{ ms?, rules? }`. A mistyped field is an
/// error, as the pause would concern all rules or never end.
pub(in crate::wasm) fn pause(options: &Data) -> Result<Pause<'_>, InvalidField> {
    let ms = options.get("ms");
    let ms = if ms.is_undefined() { None } else { Some(ms.milliseconds("ms")?) };
    Ok((ms, rules_of(options, &["ms", "rules"], "pause options", "ms, rules")?))
}

/// Returns which rules resume: `{ rules? }`.
pub(in crate::wasm) fn resume(options: &Data) -> Result<Option<Vec<&str>>, InvalidField> {
    rules_of(options, &["rules"], "resume options", "rules")
}

/// Returns the ids in the field `rules`, and rejects fields that are not known.
fn rules_of<'a>(
    options: &'a Data,
    names: &[&str],
    subject: &str,
    known: &str,
) -> Result<Option<Vec<&'a str>>, InvalidField> {
    if options.is_undefined() {
        return Ok(None);
    }
    for (name, value) in options.fields("options", "an object")? {
        if !names.contains(&name.as_str()) {
            return Err(value.unknown(name, subject, known));
        }
    }
    ids(options.get("rules"))
}

/// Returns the name of a mode and for how many milliseconds it stays in force.
pub(in crate::wasm) fn mode<'a>(name: &'a Data, ms: &Data) -> Result<(&'a str, f64), InvalidField> {
    let name = name.id("mode", "the name of a mode")?;
    Ok((name, if ms.is_undefined() { f64::INFINITY } else { ms.milliseconds("durationMs")? }))
}
