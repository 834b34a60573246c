//! The status and errors, for JavaScript.

use wasm_bindgen::prelude::*;

use super::data::Data;
use super::tape;
use multi_throttler_engine::{
    Engine, Event, EventKind, Holding, InvalidField, LaneCost, Rejection, RuleStatus, Scope, Stats,
    WaitingLane,
};

/// Returns `{ [ruleId]: { tokens, capacity, utilization, scope? } }`. The scope is there only if it
/// is not the default, so that a rule of ccxt has the three fields that it has there. With `peaks`,
/// `{ [ruleId]: peakUtilization }`.
pub(super) fn status(rules: Vec<RuleStatus>, peaks: bool) -> Data {
    let mut all = Vec::new();
    for RuleStatus { id, tokens, capacity, utilization, peak_utilization, scope } in rules {
        if peaks {
            all.push((id, Data::Number(peak_utilization)));
            continue;
        }
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

/// Returns statistics as numbers, in the order in which `readStats` in `ts/core/stats.ts` reads
/// them. The last ones are the numbers of rejections, in the order of the engine's `CODES`.
pub(super) fn stats(stats: &Stats, paused_until: f64, timers_fired: f64) -> Data {
    let Stats { wait, .. } = stats;
    let mut numbers = vec![
        stats.granted as f64,
        stats.aborted as f64,
        wait.p50,
        wait.p95,
        wait.p99,
        wait.max,
        stats.throttle_factor,
        stats.consecutive_429.into(),
        paused_until,
        timers_fired,
    ];
    numbers.extend(stats.rejected.iter().map(|&count| count as f64));
    Data::List(numbers.into_iter().map(Data::Number).collect())
}

/// Returns events one after the other: of each its kind, value and detail, the number of its names,
/// and its names with their numbers. [`Event`] says what they are. The end of a pause is given in
/// Unix time, by its offset.
pub(super) fn events(events: Vec<Event>, unix_offset: f64) -> Data {
    let mut flat = Vec::new();
    for Event { kind, names, value, detail } in events {
        let offset = if kind == EventKind::Pause { unix_offset } else { 0.0 };
        let numbers = [f64::from(kind as u32), value + offset, detail.into(), names.len() as f64];
        flat.extend(numbers.map(Data::Number));
        for (name, number) in names {
            flat.push(Data::Text(name));
            flat.push(Data::Number(number));
        }
    }
    Data::List(flat)
}

/// Returns the claims on held rules in one array: of each the id of its rule, its number, its end,
/// the amounts given and spent, and the instant of the last spending.
pub(super) fn held(engine: &Engine) -> Data {
    let mut flat = Vec::new();
    engine.for_each_claim(&mut |id, Holding { claim, until, given, spent, spent_at }| {
        push(&mut flat, id, &[claim, until, given, spent, spent_at]);
    });
    Data::List(flat)
}

/// Returns the lanes that have waiters in one array: of each rank its number, level, count and the
/// arrival of the first waiter, followed, for each cost, by the id of its rule, its amount and its
/// ceiling. The level is the place of the class in `Priority::ALL`, less a 4096th of the rank: the
/// lower, the earlier the waiters are served.
pub(super) fn waiting(engine: &mut Engine) -> Data {
    let mut flat = Vec::new();
    engine.for_each_lane(&mut |engine, lane| {
        let WaitingLane { lane: number, class, rank, count, arrival } = lane;
        let level = f64::from(class as u32) - f64::from(rank.number()) / 4096.0;
        push(&mut flat, "", &[number.into(), level, count as f64, arrival as f64]);
        engine.for_each_lane_cost(lane, &mut |LaneCost { rule, amount, ceiling }| {
            push(&mut flat, rule, &[amount, ceiling]);
        });
    });
    Data::List(flat)
}

/// Adds an id, unless it is empty, and numbers.
fn push(list: &mut Vec<Data>, id: &str, numbers: &[f64]) {
    if !id.is_empty() {
        list.push(Data::text(id));
    }
    for &number in numbers {
        list.push(Data::Number(number));
    }
}

/// Returns an `Error` with the code and the details of the rejection as properties.
pub(super) fn rejection(rejection: &Rejection) -> JsValue {
    let mut details = Vec::new();
    let mut set = |name: &str, value| details.push((name.into(), value));
    if let Some(rule) = rejection.rule() {
        set("ruleId", Data::text(rule));
    }
    match rejection {
        Rejection::InvalidCost { cost, .. } => set("cost", Data::of(cost)),
        Rejection::CostExceedsCapacity { cost, capacity, .. } => {
            set("cost", Data::Number(*cost));
            set("capacity", Data::Number(*capacity));
        }
        Rejection::QueueOverflow { max_capacity } => {
            set("maxCapacity", Data::Number(*max_capacity));
        }
        Rejection::WaitTimeout { max_wait, estimated_wait } => {
            set("maxWait", Data::Number(*max_wait));
            set("estimatedWait", Data::Number(*estimated_wait));
        }
        Rejection::HoldTimeout { timeout } => set("timeout", Data::Number(*timeout)),
        _ => {}
    }
    error(&rejection.message(tape::number), rejection.code(), details)
}

pub(super) fn invalid_rule(invalid: &InvalidField) -> JsValue {
    invalid_field(invalid, "INVALID_RULE")
}

pub(super) fn invalid_config(invalid: &InvalidField) -> JsValue {
    invalid_field(invalid, "INVALID_CONFIG")
}

fn invalid_field(invalid: &InvalidField, code: &str) -> JsValue {
    let mut details = vec![
        ("field".into(), Data::text(&invalid.field)),
        ("value".into(), Data::of(&invalid.value)),
    ];
    if let Some(rule) = &invalid.rule {
        details.push(("ruleId".into(), Data::text(rule)));
    }
    error(&invalid.message(tape::number), code, details)
}

fn error(message: &str, code: &str, mut details: Vec<(String, Data)>) -> JsValue {
    // The host recognises errors of the engine by this name.
    details.push(("name".into(), Data::text("ThrottlerError")));
    details.push(("code".into(), Data::text(code)));
    tape::error(message, &Data::Object(details))
}
