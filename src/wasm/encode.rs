//! The status and errors, for JavaScript.

use wasm_bindgen::prelude::*;

use super::data::Data;
use super::tape;
use multi_throttler_engine::{InvalidField, Rejection, RuleStatus, Scope};

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
    let mut details = Vec::new();
    let mut set = |name: &str, value| details.push((name.into(), value));
    match rejection {
        Rejection::UnknownRule { rule, .. }
        | Rejection::RuleRemoved { rule }
        | Rejection::NeedsPermit { rule }
        | Rejection::TooManyMembers { rule, .. } => set("ruleId", Data::text(rule)),
        Rejection::InvalidCost { rule, cost } => {
            set("ruleId", rule.as_deref().map_or(Data::Undefined, Data::text));
            set("cost", Data::of(cost));
        }
        Rejection::CostExceedsCapacity { rule, cost, capacity } => {
            set("ruleId", Data::text(rule));
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
        Rejection::Cleared | Rejection::Closed => {}
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
