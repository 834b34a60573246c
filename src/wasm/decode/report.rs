//! Responses of a server, and the usage that it counts.

use crate::wasm::data::Data;
use multi_throttler_engine::{Engine, InvalidField, Rejection, Report, Usage};

/// `{ status, retryAfter?, date?, rules?, permit?, usage? }`, where `usage` is an array of objects
/// of numbers and `rules` one of ids.
pub(in crate::wasm) const REPORT: &str =
    "status,retryAfter,date,rules,permit,usage|[|rule,used,remaining,limit,resetAt,resetIn,exact";

/// Gives the engine a report. Returns the error of the usage in it, which concerns nothing else, as
/// a refusal must pause whatever a reader of headers returns.
///
/// # Errors
/// Another field of the report is invalid.
pub(in crate::wasm) fn report(
    answer: &Data,
    engine: &mut Engine,
    random: f64,
    now: f64,
) -> Result<(Result<(), Rejection>, Option<InvalidField>), InvalidField> {
    let status = answer.get("status");
    let valid = status.as_number().filter(|n| (100.0..1000.0).contains(n) && n.fract() == 0.0);
    let valid = valid.ok_or_else(|| status.invalid("status", "an HTTP status: 100 to 999"))?;
    let rules = super::rule::ids(answer.get("rules"))?;
    let mut usage = Vec::new();
    let wrong = read_usage(answer.get("usage"), &mut usage).err();
    let report = Report {
        // Checked above.
        status: valid as u16,
        retry_after: answer.get("retryAfter").as_finite().filter(|&ms| ms >= 0.0),
        date: answer.get("date").as_finite(),
        rules: rules.as_deref(),
        permit: answer.get("permit").as_finite().and_then(|ticket| engine.ticket(ticket)),
        usage: if wrong.is_some() { &[] } else { &usage },
        random,
    };
    Ok((engine.report(&report, now), wrong))
}

fn read_usage<'a>(readings: &'a Data, usage: &mut Vec<Usage<'a>>) -> Result<(), InvalidField> {
    let list = match readings {
        Data::Undefined => return Ok(()),
        Data::List(list) => list,
        _ => return Err(readings.invalid("usage", "an array of what headers say")),
    };
    for reading in list {
        let number = |name| reading.get(name).as_finite();
        let exact = reading.get("exact");
        usage.push(Usage {
            rule: reading.get("rule").id("usage.rule", "the id of a rule")?,
            used: number("used"),
            remaining: number("remaining"),
            limit: number("limit"),
            resets_at: number("resetAt"),
            resets_in: number("resetIn"),
            exact: !exact.is_undefined() && exact.bool("usage.exact")?,
        });
    }
    Ok(())
}

/// Returns the usage of `syncUsage`: `{ [ruleId]: used }`.
pub(in crate::wasm) fn used(usage: &Data) -> Result<Vec<(&str, f64)>, InvalidField> {
    let mut used = Vec::new();
    for (id, value) in usage.fields("usage", "an object of rule ids")? {
        let amount = value.as_finite().filter(|&amount| amount >= 0.0);
        let amount = amount.ok_or_else(|| {
            value.invalid(&["usage.", id].concat(), "a finite number of 0 or more")
        })?;
        used.push((id.as_str(), amount));
    }
    Ok(used)
}
