//! Everything that can be refused, as values. The texts are the public contract's.

use std::fmt;

/// A value that a user passed for a named field, kept so that the error can show it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any number, also NaN and the infinities.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// Text.
    Text(String),
    /// A value of a kind that no field takes, in words (`undefined`, `an object`).
    Other(&'static str),
}

impl Value {
    fn show(&self, number: fn(f64) -> String) -> String {
        match self {
            Value::Number(n) => number(*n),
            Value::Bool(true) => "true".into(),
            Value::Bool(false) => "false".into(),
            Value::Text(text) => ["\"", text, "\""].concat(),
            Value::Other(words) => (*words).into(),
        }
    }
}

/// A rule or a configuration that cannot be: which field, what it was, what it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidField {
    /// The field's name as the user wrote it, e.g. `capacity`.
    pub field: String,
    /// What was passed.
    pub value: Value,
    /// What the field takes, e.g. `a finite number above 0`.
    pub expected: &'static str,
    /// The id of the rule it belongs to, where it belongs to one and the id is known.
    pub rule: Option<String>,
}

impl InvalidField {
    /// The error that `field` must be what `expected` says, and was `value`.
    pub fn new(field: impl Into<String>, value: Value, expected: &'static str) -> Self {
        Self { field: field.into(), value, expected, rule: None }
    }

    /// The same, said of a rule.
    pub(crate) fn of_rule(self, id: &str) -> Self {
        Self { rule: Some(id.into()), ..self }
    }

    /// The text of the error, with numbers written by `number`.
    ///
    /// Formatting floats takes 10 KB of code; where a JavaScript engine is at hand it does that better.
    pub fn message(&self, number: fn(f64) -> String) -> String {
        let (rule, separator) = self.rule.as_ref().map_or(("", ""), |id| (id.as_str(), ": "));
        let subject = if separator.is_empty() { "" } else { "Rule " };
        let value = self.value.show(number);
        [subject, rule, separator, &self.field, " must be ", self.expected, ", got ", &value].concat()
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(|n| n.to_string()))
    }
}

impl std::error::Error for InvalidField {}

/// Why a request was not granted. Nothing was taken for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Rejection {
    /// A cost names a rule that does not exist.
    UnknownRule {
        /// The id that was asked for.
        rule: String,
        /// The ids there are, in the order in which they were added.
        available: Vec<String>,
    },
    /// A cost is not a finite number of 0 or more.
    InvalidCost {
        /// The rule it was asked from; `None` if what was passed holds no costs at all.
        rule: Option<String>,
        /// What was passed.
        cost: Value,
    },
    /// A cost is above all that the rule can ever grant at once, so waiting would be for ever.
    CostExceedsCapacity {
        /// The rule it was asked from.
        rule: String,
        /// What was asked, in the rule's tokens.
        cost: f64,
        /// The most that the rule can grant at once.
        capacity: f64,
    },
    /// What the rule grants is held until it is given back, and a request that asks for no permit could not do that.
    NeedsPermit {
        /// The rule it was asked from.
        rule: String,
    },
    /// As many requests wait as are allowed to.
    QueueOverflow {
        /// How many may wait.
        max_capacity: f64,
    },
    /// The longest wait that the request accepted is over, or is known to be missed.
    WaitTimeout {
        /// The longest accepted wait, in milliseconds.
        max_wait: f64,
        /// How long it would wait from now if nothing else happened, in milliseconds.
        estimated_wait: f64,
    },
    /// The rule was removed while the request waited on it.
    RuleRemoved {
        /// The id of the removed rule.
        rule: String,
    },
    /// The queue was cleared.
    Cleared,
    /// The throttler was closed.
    Closed,
}

impl Rejection {
    /// A stable code for programs, the same in every language.
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::UnknownRule { .. } | Rejection::RuleRemoved { .. } => "UNKNOWN_RULE",
            Rejection::InvalidCost { .. } => "INVALID_COST",
            Rejection::CostExceedsCapacity { .. } => "COST_EXCEEDS_CAPACITY",
            Rejection::NeedsPermit { .. } => "NEEDS_PERMIT",
            Rejection::QueueOverflow { .. } => "QUEUE_OVERFLOW",
            Rejection::WaitTimeout { .. } => "WAIT_TIMEOUT",
            Rejection::Cleared => "CLEARED",
            Rejection::Closed => "CLOSED",
        }
    }

    /// The text of the error, with numbers written by `number` (see [`InvalidField::message`]).
    pub fn message(&self, number: fn(f64) -> String) -> String {
        match self {
            Rejection::UnknownRule { rule, available } => {
                ["Unknown throttle rule: ", rule, ". Available rules: ", &available.join(", ")].concat()
            }
            Rejection::RuleRemoved { rule } => ["Unknown throttle rule: ", rule].concat(),
            Rejection::InvalidCost { rule: Some(rule), cost } => {
                ["Cost of rule ", rule, " must be a finite number of 0 or more, got ", &cost.show(number)]
                    .concat()
            }
            Rejection::InvalidCost { rule: None, cost } => {
                ["Costs must be an object of rule ids and numbers, got ", &cost.show(number)].concat()
            }
            Rejection::CostExceedsCapacity { rule, cost, capacity } => [
                "Cost ",
                &number(*cost),
                " of rule ",
                rule,
                " exceeds its capacity (",
                &number(*capacity),
                "): it could never be granted",
            ]
            .concat(),
            Rejection::NeedsPermit { rule } => {
                ["Rule ", rule, " limits concurrency and needs a permit: use acquire or run"].concat()
            }
            Rejection::QueueOverflow { max_capacity } => [
                "Throttle queue is over maxCapacity (",
                &number(*max_capacity),
                "), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526",
            ]
            .concat(),
            Rejection::WaitTimeout { max_wait, estimated_wait } => [
                "Not granted within maxWait (",
                &number(*max_wait),
                " ms): from now the wait is estimated at ",
                &number(*estimated_wait),
                " ms",
            ]
            .concat(),
            Rejection::Cleared => "The throttle queue was cleared".into(),
            Rejection::Closed => "The throttler is closed".into(),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(|n| n.to_string()))
    }
}

impl std::error::Error for Rejection {}

/// Why a rule was not changed.
#[derive(Clone, Debug, PartialEq)]
pub enum UpdateError {
    /// There is no such rule.
    Unknown(Rejection),
    /// A field cannot have that value, or there is no such field.
    Invalid(InvalidField),
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpdateError::Unknown(rejection) => rejection.fmt(f),
            UpdateError::Invalid(invalid) => invalid.fmt(f),
        }
    }
}

impl std::error::Error for UpdateError {}
