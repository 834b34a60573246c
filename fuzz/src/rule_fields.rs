//! Rules from named values of any kind, as a file or a JavaScript object may hold them.

use super::input::{Many, Number};
use super::ledger::Ledger;
use arbitrary::Arbitrary;
use multi_throttler_engine::{Costs, Engine, Fields, Options, Problem, Rule, Value};

#[derive(Arbitrary, Clone, Debug)]
pub struct RuleFields {
    fields: Many<(Name, Any), 16>,
}

/// A field's name: one that rules have, or any.
#[derive(Arbitrary, Clone, Debug)]
enum Name {
    Id,
    Algorithm,
    Capacity,
    RefillRate,
    Tokens,
    Limit,
    Interval,
    Jitter,
    Anchor,
    AllowDebt,
    Other(String),
}

#[derive(Arbitrary, Clone, Debug)]
enum Any {
    Number(Number),
    Known(Word),
    Text(String),
    Bool(bool),
    Nothing,
}

/// Texts that fields accept.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Word {
    TokenBucket,
    RollingWindow,
    FixedWindow,
    FirstRequestWindow,
    Concurrency,
    Spacing,
    Epoch,
    FirstRequest,
}

pub fn run(input: &RuleFields) {
    let fields: Fields =
        input.fields.0.iter().map(|(name, value)| (name.text(), value.value())).collect();
    let rule = match Rule::from_fields(&fields) {
        Ok(rule) => rule,
        Err(error) => {
            match &error.problem {
                Problem::Expected(expected) => {
                    assert!(!expected.is_empty(), "{error:?}");
                    assert!(error.to_string().contains(expected), "{error}");
                }
                Problem::Unknown { known, .. } => {
                    assert!(known.split(", ").all(|name| name != error.field), "{error}");
                    assert!(error.to_string().ends_with(known), "{error}");
                }
            }
            // The error shows the value that was passed.
            match fields.get(&error.field) {
                Some(value) => assert_eq!(format!("{value:?}"), format!("{:?}", error.value)),
                None => assert!(error.rule.is_some() || error.field == "id", "{error:?}"),
            }
            return;
        }
    };
    // An accepted rule has to work.
    let mut ledger = Ledger::new(Engine::default());
    ledger.debt = fields.get("allowDebt") == Some(&Value::Bool(true));
    ledger.engine.add_rule(rule, 0.0);
    let status = ledger.engine.status(0.0);
    assert_eq!(status.len(), 1);
    ledger.check_rules();
    for part in [0.0, 1e-9, 0.5, 1.0] {
        let amount = status[0].capacity * part;
        let mut costs = Costs::default();
        if let Ok(slot) = ledger.engine.slot(&status[0].id, 0.0) {
            costs.add(slot, amount);
        }
        let options = Options { permit: true, ..Options::default() };
        // An amount up to the stated capacity must not be rejected.
        assert!(
            ledger.engine.clone().submit(&costs, options, 0.0).is_ok(),
            "{amount} of {status:?}"
        );
        ledger.submit(&costs, options);
        ledger.poll();
        ledger.check();
        ledger.check_rules();
    }
    ledger.run_out();
    ledger.end();
}

impl Name {
    fn text(&self) -> String {
        match self {
            Name::Id => "id",
            Name::Algorithm => "algorithm",
            Name::Capacity => "capacity",
            Name::RefillRate => "refillRate",
            Name::Tokens => "tokens",
            Name::Limit => "limit",
            Name::Interval => "interval",
            Name::Jitter => "jitter",
            Name::Anchor => "anchor",
            Name::AllowDebt => "allowDebt",
            Name::Other(name) => name,
        }
        .to_owned()
    }
}

impl Any {
    fn value(&self) -> Value {
        match self {
            Any::Number(number) => Value::Number(number.0),
            Any::Known(word) => Value::Text(word.text().to_owned()),
            Any::Text(text) => Value::Text(text.clone()),
            Any::Bool(value) => Value::Bool(*value),
            Any::Nothing => Value::Other("nothing"),
        }
    }
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Word::TokenBucket => "token-bucket",
            Word::RollingWindow => "rolling-window",
            Word::FixedWindow => "fixed-window",
            Word::FirstRequestWindow => "first-request-window",
            Word::Concurrency => "concurrency",
            Word::Spacing => "spacing",
            Word::Epoch => "epoch",
            Word::FirstRequest => "first-request",
        }
    }
}
