//! The costs and options of requests.

use wasm_bindgen::prelude::*;

use crate::wasm::data::Data;
use crate::wasm::failure::Failure;
use crate::wasm::tape;
use multi_throttler_engine::{InvalidField, Options, Priority, Rank, Rejection, Standing};

/// The options of a request, which may be inherited; of a signal, the two methods that it needs,
/// and of a priority its class and rank.
const OPTIONS: &str =
    "!priority,signal,maxWait,id|=addEventListener,removeEventListener,class,rank";
const NAMES: [&str; 4] = ["priority", "signal", "maxWait", "id"];

/// The costs of a request, also those that are undefined.
const COSTS: &str = "+";

/// Returns the options of a request: `priority` and `maxWait`. Its `id` and `signal` are the host's
/// and only checked, so that a program gets the same error whether a host or this class reads its
/// options (`ts/core/options.ts`).
pub(in crate::wasm) fn options(options: &JsValue) -> Result<Options, Failure> {
    let mut read_options = Options::default();
    let given = tape::read_one(options, OPTIONS)?;
    let fields = match &given {
        Data::Undefined | Data::Null => return Ok(read_options),
        _ => given.fields("options", "an object")?,
    };
    if let Some((name, value)) = fields.iter().find(|(name, _)| !NAMES.contains(&name.as_str())) {
        return Err(value.unknown(name, "request options", &NAMES.join(", ")).into());
    }
    let [priority_name, signal, max_wait, id] = NAMES.map(|name| given.get(name));
    if !priority_name.is_undefined() {
        let Standing { class, rank } = standing(priority_name)?;
        (read_options.priority, read_options.rank) = (class, rank);
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

/// Returns the costs by rule id, in the order of the object's own enumerable properties.
/// Names and amounts alternate.
pub(in crate::wasm) fn costs(costs: &JsValue) -> Result<Vec<Data>, Failure> {
    match tape::read_one(costs, COSTS)? {
        Data::List(costs) => Ok(costs),
        other => Err(Rejection::InvalidCost { rule: None, cost: other.to_value() }.into()),
    }
}

/// Returns a class by its name.
pub(in crate::wasm) fn priority(name: &Data) -> Result<Priority, InvalidField> {
    class(name).ok_or_else(|| name.invalid("priority", CLASSES))
}

fn class(name: &Data) -> Option<Priority> {
    let text = name.as_text().unwrap_or_default();
    Priority::ALL.into_iter().find(|priority| priority.name() == text)
}

/// Returns the class and the rank of a request: of the name of a class, or of `{ class?, rank? }`.
fn standing(value: &Data) -> Result<Standing, InvalidField> {
    let Data::Object(fields) = value else {
        let found = class(value).map(Standing::from);
        return found.ok_or_else(|| value.invalid("priority", STANDING));
    };
    if let Some((name, value)) = fields.iter().find(|(name, _)| name != "class" && name != "rank") {
        return Err(value.unknown(name, "a priority", "class, rank"));
    }
    let (name, rank) = (value.get("class"), value.get("rank"));
    let class = match name.is_undefined() {
        true => Priority::default(),
        false => class(name).ok_or_else(|| name.invalid("priority.class", CLASSES))?,
    };
    let rank = match (rank, rank.as_number()) {
        (Data::Undefined, _) => Rank::DEFAULT,
        (_, Some(number)) => Rank::new(number)?,
        _ => return Err(rank.invalid("priority.rank", Rank::RANGE)),
    };
    Ok(Standing { class, rank })
}

/// Returns the class and the rank of a number: the place of the class in [`Priority::ALL`], plus
/// three times the rank, where the ranks are counted as 0, -1, 1, -2, 2 and so on.
#[inline(always)]
pub(in crate::wasm) fn standing_at(number: u32) -> Standing {
    let class = |index: u32| Priority::ALL.get(index as usize).copied().unwrap_or_default();
    if number < 3 {
        class(number).into()
    } else {
        Standing { class: class(number % 3), rank: rank_at(number / 3) }
    }
}

fn rank_at(count: u32) -> Rank {
    let half = f64::from(count.div_ceil(2));
    Rank::new(if count % 2 == 1 { -half } else { half }).unwrap_or_default()
}

const CLASSES: &str = "one of critical, normal, low";
const STANDING: &str = "one of critical, normal, low, or an object with class and rank";
