//! JavaScript values into rules, costs and options.

use std::fmt;

use js_sys::{Array, JsString, Object, Reflect, Symbol};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use wasm_bindgen::prelude::*;

use super::output;
use multi_throttler_engine::{
    BackoffConfig, Config as EngineConfig, Fields, InvalidField, MaxWaiting, Mode, Options, Ordering,
    Overflow, Priority, Rejection, Rule,
};

// What a getter or a proxy throws is caught at the call that may meet one: an exception that ran through Rust would
// leave its frames on the stack.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object, js_name = entries)]
    fn object_entries(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = getPrototypeOf)]
    fn prototype_of(object: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    pub(super) fn array_from(iterable: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = assign)]
    fn copy(target: &Object, source: &JsValue) -> Result<Object, JsValue>;
}

/// The rules of an iterable.
pub(super) fn rules(rules: &JsValue) -> Result<Vec<Rule>, JsValue> {
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

/// One rule.
pub(super) fn rule(item: &JsValue) -> Result<Rule, JsValue> {
    let invalid = |invalid| output::invalid_rule(&invalid);
    let entries =
        entries(item)?.ok_or_else(|| invalid(InvalidField::new("rule", output::value(item), "an object")))?;
    if let Some((_, value)) =
        entries.iter().find(|(name, value)| name == "id" && value.is_string() && id(value).is_none())
    {
        return Err(invalid(InvalidField::new("id", output::value(value), "text of whole characters")));
    }
    let fields = entries.into_iter().map(|(name, value)| (name, output::value(&value))).collect();
    Rule::from_fields(&fields).map_err(invalid)
}

/// The fields of an object that changes a rule.
pub(super) fn fields(patch: &JsValue) -> Result<Fields, JsValue> {
    let invalid = || output::invalid_rule(&InvalidField::new("patch", output::value(patch), "an object"));
    let entries = entries(patch)?.ok_or_else(invalid)?;
    Ok(entries.into_iter().map(|(name, value)| (name, output::value(&value))).collect())
}

/// The id of a rule that has to be there.
pub(super) fn rule_id(value: &JsValue) -> Result<String, JsValue> {
    id(value).ok_or_else(|| invalid("ruleId", value, "the id of a rule"))
}

/// For how many milliseconds which rules pause: `{ ms?, rules? }`. Mistyped, a pause would concern all rules or never end.
pub(super) fn pause(options: &JsValue) -> Result<(Option<f64>, Option<Vec<String>>), JsValue> {
    let (mut ms, mut rules) = (None, None);
    if options.is_undefined() {
        return Ok((ms, rules));
    }
    for (name, value) in entries(options)?.ok_or_else(|| invalid("options", options, "an object"))? {
        match name.as_str() {
            "ms" => ms = Some(duration("ms", &value)?),
            "rules" => rules = Some(ids(&value)?),
            _ => return Err(invalid(&name, &value, "left out: known are ms and rules")),
        }
    }
    Ok((ms, rules))
}

/// The ids of the property `rules`.
pub(super) fn rule_ids(options: &JsValue) -> Result<Option<Vec<String>>, JsValue> {
    property(options, "rules")?.map(|rules| ids(&rules)).transpose()
}

fn ids(rules: &JsValue) -> Result<Vec<String>, JsValue> {
    let not_ids = || invalid("rules", rules, "an array of rule ids");
    match output::is_array(rules)? {
        true => array_from(rules)?.iter().map(|rule| id(&rule).ok_or_else(not_ids)).collect(),
        false => Err(not_ids()),
    }
}

/// The name of a mode and how many milliseconds it stays on.
pub(super) fn mode(name: &JsValue, ms: &JsValue) -> Result<(String, f64), JsValue> {
    let text = name.as_string().ok_or_else(|| invalid("mode", name, "the name of a mode"))?;
    Ok((text, if ms.is_undefined() { f64::INFINITY } else { duration("durationMs", ms)? }))
}

fn duration(field: &str, value: &JsValue) -> Result<f64, JsValue> {
    let ms = value.as_f64().filter(|&ms| ms >= 0.0);
    ms.ok_or_else(|| invalid(field, value, "a number of milliseconds, 0 or more"))
}

/// A configuration that has been checked.
#[derive(Default)]
pub(super) struct Config {
    pub(super) engine: EngineConfig,
    /// Node: waiting requests do not keep the process alive.
    pub(super) unref: bool,
    pub(super) clock: Option<JsValue>,
}

/// Reads a configuration. Options that do not exist are refused, for a mistyped limit is no limit. `delay` is known
/// and means nothing: nothing is polled.
pub(super) fn config(config: &JsValue) -> Result<Config, JsValue> {
    let mut read = Config::default();
    if config.is_undefined() {
        return Ok(read);
    }
    let engine = &mut read.engine;
    for (name, value) in entries(config)?.ok_or_else(|| invalid("config", config, "an object"))? {
        match name.as_str() {
            "maxCapacity" => engine.max_waiting = max_waiting(&value)?,
            "ordering" => {
                engine.ordering = match value.as_string().as_deref() {
                    Some("work-conserving") => Ordering::WorkConserving,
                    Some("strict-fifo") => Ordering::StrictFifo,
                    _ => return Err(invalid(&name, &value, "one of work-conserving, strict-fifo")),
                }
            }
            "overflow" => {
                engine.overflow = match value.as_string().as_deref() {
                    Some("reject") => Overflow::Reject,
                    Some("drop-lowest") => Overflow::DropLowest,
                    _ => return Err(invalid(&name, &value, "one of reject, drop-lowest")),
                }
            }
            "share" => engine.share = number(&name, &value)?,
            "aging" => engine.aging = number(&name, &value)?,
            "modes" => engine.modes = modes(&value)?,
            "adaptive" => engine.adaptive = boolean(&name, &value)?,
            "backoff" => engine.backoff = backoff(&value)?,
            // Read by whoever reads headers.
            "headers" if value.is_function() => {}
            "headers" => return Err(invalid(&name, &value, "a function of headers and status")),
            "unref" => read.unref = boolean(&name, &value)?,
            "clock" => read.clock = Some(value),
            // Called by the host, whose timers are those of the system's clock.
            "timerWorker" if value.is_function() => {}
            "timerWorker" => return Err(invalid(&name, &value, "a function that makes a worker")),
            "delay" => {}
            _ => return Err(invalid(&name, &value, KNOWN)),
        }
    }
    Ok(read)
}

const KNOWN: &str = "left out: known are maxCapacity, delay, ordering, overflow, share, aging, modes, \
                     adaptive, headers, backoff, unref, clock and timerWorker";

fn boolean(field: &str, value: &JsValue) -> Result<bool, JsValue> {
    value.as_bool().ok_or_else(|| invalid(field, value, "true or false"))
}

/// How long to back off: `{ base?, max?, banBase?, banMax? }`.
fn backoff(value: &JsValue) -> Result<BackoffConfig, JsValue> {
    let mut backoff = BackoffConfig::default();
    for (name, value) in entries(value)?.ok_or_else(|| invalid("backoff", value, "an object"))? {
        let field = ["backoff.", &name].concat();
        let time = match name.as_str() {
            "base" => &mut backoff.base,
            "max" => &mut backoff.max,
            "banBase" => &mut backoff.ban_base,
            "banMax" => &mut backoff.ban_max,
            _ => return Err(invalid(&field, &value, "left out: known are base, max, banBase and banMax")),
        };
        *time = number(&field, &value)?;
    }
    Ok(backoff)
}

/// A number, of which the engine will say whether it is in its range.
pub(super) fn number(field: &str, value: &JsValue) -> Result<f64, JsValue> {
    value.as_f64().ok_or_else(|| invalid(field, value, "a number"))
}

/// Modes by name: `{ [name]: { buffer?, reserve? } }`.
fn modes(value: &JsValue) -> Result<Vec<Mode>, JsValue> {
    let expected = "an object of modes by name, each with buffer and reserve";
    let mut modes = Vec::new();
    for (name, fractions) in entries(value)?.ok_or_else(|| invalid("modes", value, expected))? {
        let field = ["modes.", &name].concat();
        let mut mode = Mode { name, buffer: 0.0, reserve: 0.0 };
        for (key, value) in entries(&fractions)?.ok_or_else(|| invalid(&field, &fractions, "an object"))? {
            let field = [&field, ".", &key].concat();
            match key.as_str() {
                "buffer" => mode.buffer = number(&field, &value)?,
                "reserve" => mode.reserve = number(&field, &value)?,
                _ => return Err(invalid(&field, &value, "left out: known are buffer and reserve")),
            }
        }
        modes.push(mode);
    }
    Ok(modes)
}

/// How many may wait: a number, or one for some of the classes.
fn max_waiting(value: &JsValue) -> Result<MaxWaiting, JsValue> {
    let number = |field: &str, value: &JsValue| {
        let number = value.as_f64().filter(|&n| n >= 0.0 && n == n.floor());
        number.ok_or_else(|| invalid(field, value, "a whole number of 0 or more, or Infinity"))
    };
    let Some(entries) = entries(value)? else {
        return number("maxCapacity", value).map(MaxWaiting::Total);
    };
    let mut limits = [MaxWaiting::DEFAULT; 3];
    for (name, value) in entries {
        let limit = Priority::ALL.into_iter().zip(&mut limits).find(|(priority, _)| priority.name() == name);
        let field = ["maxCapacity.", &name].concat();
        let (_, limit) =
            limit.ok_or_else(|| invalid(&field, &value, "left out: known are critical, normal and low"))?;
        *limit = number(&field, &value)?;
    }
    Ok(MaxWaiting::PerPriority(limits))
}

/// The options of a request: `priority` and `maxWait`. Its `id` and `signal` are the host's, and only checked.
pub(super) fn options(options: &JsValue) -> Result<Options, JsValue> {
    let mut read = Options::default();
    if options.is_undefined() || options.is_null() {
        return Ok(read);
    }
    if !options.is_object() {
        return Err(invalid("options", options, "an object"));
    }
    // Read one by one: a signal is no plain value, and unknown options are left for others to read.
    if let Some(value) = property(options, "priority")? {
        read.priority = priority(&value)?;
    }
    if let Some(value) = property(options, "maxWait")? {
        let max_wait = value.as_f64().filter(|&ms| ms >= 0.0);
        read.max_wait =
            max_wait.ok_or_else(|| invalid("maxWait", &value, "a number of milliseconds, 0 or more"))?;
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

/// Costs by rule id, in the order of the object's own enumerable properties.
pub(super) fn costs(costs: &JsValue) -> Result<Vec<(JsValue, JsValue)>, JsValue> {
    let refusal = || output::refusal(&Rejection::InvalidCost { rule: None, cost: output::value(costs) });
    if !costs.is_object() {
        return Err(refusal());
    }
    let entries = object_entries(costs)?;
    if entries.length() == 0 {
        // `{}` costs nothing; a Map or an array costs nothing by mistake.
        let prototype = prototype_of(costs)?;
        if !prototype.is_null() && !prototype_of(&prototype)?.is_null() {
            return Err(refusal());
        }
    }
    let pair = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        (entry.get(0), entry.get(1))
    };
    Ok(entries.iter().map(pair).collect())
}

/// The id that a text is. Halves of a character (lone surrogates), of which all would become the same replacement
/// character, are none.
pub(super) fn id(text: &JsValue) -> Option<String> {
    text.dyn_ref::<JsString>().filter(|text| text.is_valid_utf16()).map(String::from)
}

/// What `setTokens` takes.
pub(super) fn tokens(tokens: &JsValue) -> Result<f64, JsValue> {
    tokens.as_f64().filter(|n| !n.is_nan()).ok_or_else(|| {
        output::invalid_rule(&InvalidField::new("tokens", output::value(tokens), "a number of tokens"))
    })
}

/// A class by its name.
pub(super) fn priority(name: &JsValue) -> Result<Priority, JsValue> {
    let expected = "one of critical, normal, low";
    name.as_string()
        .and_then(|text| Priority::ALL.into_iter().find(|priority| priority.name() == text))
        .ok_or_else(|| invalid("priority", name, expected))
}

/// A class by its place in [`Priority::ALL`].
pub(super) fn priority_at(index: u32) -> Priority {
    Priority::ALL.get(index as usize).copied().unwrap_or_default()
}

/// A property that is there and not undefined.
pub(super) fn property(object: &JsValue, name: &str) -> Result<Option<JsValue>, JsValue> {
    if !object.is_object() {
        return Ok(None);
    }
    let value = Reflect::get(object, &name.into())?;
    Ok(Some(value).filter(|value| !value.is_undefined()))
}

/// The enumerable properties of an object, without those that are undefined. `None`: it is no object.
pub(super) fn entries(object: &JsValue) -> Result<Option<Vec<(String, JsValue)>>, JsValue> {
    if !object.is_object() || output::is_array(object)? {
        return Ok(None);
    }
    // Without a prototype: assigning `__proto__` would set it.
    let copy = copy(&Object::create(JsValue::NULL.unchecked_ref()), object)?;
    let Entries(mut entries) = serde_wasm_bindgen::from_value(copy.into())?;
    entries.retain(|(_, value)| !value.is_undefined());
    Ok(Some(entries))
}

pub(super) fn invalid(field: &str, value: &JsValue, expected: &'static str) -> JsValue {
    output::invalid_config(&InvalidField::new(field, output::value(value), expected))
}

/// An object's properties as they are, whatever their types, so that an error can name the field and its value.
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
