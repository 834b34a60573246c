//! Errors and rejections, as values. The texts are part of the public contract.

use std::fmt;
use std::ops::Deref;

/// A value that a user passed for a named field, kept so that the error can show it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, which may be NaN or infinite.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A text.
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

/// The error that a field of a rule or a configuration has a value that is not allowed, or a name
/// that does not exist. It is one pointer wide, as it is passed on through many results, and gives
/// access to its [details](FieldDetails).
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidField(Box<FieldDetails>);

impl Deref for InvalidField {
    type Target = FieldDetails;

    fn deref(&self) -> &FieldDetails {
        &self.0
    }
}

/// The details of an [`InvalidField`].
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDetails {
    /// The name of the field as the user wrote it, such as `capacity`.
    pub field: String,
    /// The value that was passed.
    pub value: Value,
    /// The reason why the field is not allowed.
    pub problem: Problem,
    /// The id of the rule, if the field belongs to one whose id is known.
    pub rule: Option<String>,
}

/// The reason why a field is not allowed.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The field takes other values, such as `a finite number above 0`.
    Expected(&'static str),
    /// There is no such field.
    Unknown {
        /// The object that it was given for, such as `a rolling-window rule`.
        subject: String,
        /// The fields of such an object, separated by commas.
        known: String,
    },
}

impl InvalidField {
    /// Makes the error that `field` must be what `expected` says, and got `value`.
    pub fn new(field: impl Into<String>, value: Value, expected: &'static str) -> Self {
        Self::with(field.into(), value, Problem::Expected(expected))
    }

    /// Makes the error that a `subject`, such as `a rolling-window rule`, has no such field.
    /// `known` lists its fields.
    ///
    /// For an object inside another one the subject is its path, and the field begins with that.
    ///
    /// ```
    /// use multi_throttler_engine::{InvalidField, Value};
    /// let error = InvalidField::unknown("backoff.min", Value::Number(5.0), "backoff", "base, max");
    /// assert_eq!(error.to_string(), "unknown field \"min\" for backoff; known fields: base, max");
    /// ```
    pub fn unknown(
        field: impl Into<String>,
        value: Value,
        subject: impl Into<String>,
        known: impl Into<String>,
    ) -> Self {
        let problem = Problem::Unknown { subject: subject.into(), known: known.into() };
        Self::with(field.into(), value, problem)
    }

    fn with(field: String, value: Value, problem: Problem) -> Self {
        Self(Box::new(FieldDetails { field, value, problem, rule: None }))
    }

    /// Names the rule in the error.
    pub(crate) fn of_rule(mut self, id: &str) -> Self {
        self.0.rule = Some(id.into());
        self
    }

    /// The text of the error, with numbers written by `number`.
    ///
    /// Formatting floats takes 10 KB of code, and a JavaScript engine does it better where there is
    /// one.
    pub fn message(&self, number: fn(f64) -> String) -> String {
        let (rule, separator) = self.rule.as_ref().map_or(("", ""), |id| (id.as_str(), ": "));
        let subject = if separator.is_empty() { "" } else { "Rule " };
        let problem = match &self.problem {
            Problem::Expected(expected) => {
                [&self.field, " must be ", expected, ", got ", &self.value.show(number)].concat()
            }
            Problem::Unknown { subject, known } => {
                let within =
                    self.field.strip_prefix(subject).and_then(|rest| rest.strip_prefix('.'));
                let name = within.unwrap_or(&self.field);
                ["unknown field \"", name, "\" for ", subject, "; known fields: ", known].concat()
            }
        };
        [subject, rule, separator, &problem].concat()
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(|n| n.to_string()))
    }
}

impl std::error::Error for InvalidField {}

/// The reason why a request was not granted. No tokens were taken for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Rejection {
    /// A cost names a rule that does not exist.
    UnknownRule {
        /// The id that was asked for.
        rule: String,
        /// The ids that exist, in the order in which they were added.
        available: Vec<String>,
    },
    /// A cost is not a finite number of 0 or more.
    InvalidCost {
        /// The id of the rule; `None` if the costs are not an object of costs at all.
        rule: Option<String>,
        /// The value that was passed.
        cost: Value,
    },
    /// The cost names a new member of a family, but families have their largest number of members.
    TooManyMembers {
        /// The id of the member.
        rule: String,
        /// The largest number of members of all families together.
        most: f64,
    },
    /// A cost is above the most that the rule can ever grant at once, so the wait would never end.
    CostExceedsCapacity {
        /// The id of the rule.
        rule: String,
        /// The cost, in the rule's tokens.
        cost: f64,
        /// The most that the rule can grant at once.
        capacity: f64,
    },
    /// The rule limits concurrency, so its tokens are held until a permit is released, and the
    /// request asks for no permit.
    NeedsPermit {
        /// The id of the rule.
        rule: String,
    },
    /// The queue is full.
    QueueOverflow {
        /// The largest number of waiters.
        max_capacity: f64,
    },
    /// The timeout of the request has passed, or is known to pass before the grant.
    WaitTimeout {
        /// The timeout, in milliseconds.
        max_wait: f64,
        /// The remaining wait if nothing else happened, in milliseconds. A lower bound if the
        /// request has expired.
        estimated_wait: f64,
    },
    /// The permit was held for its timeout, and was released.
    HoldTimeout {
        /// The timeout, in milliseconds.
        timeout: f64,
    },
    /// The rule was removed while the request waited for it.
    RuleRemoved {
        /// The id of the removed rule.
        rule: String,
    },
    /// The queue was cleared.
    Cleared,
    /// The throttler was closed.
    Closed,
}

/// The codes of all rejections.
pub const CODES: [&str; 10] = [
    "UNKNOWN_RULE",
    "INVALID_COST",
    "COST_EXCEEDS_CAPACITY",
    "NEEDS_PERMIT",
    "QUEUE_OVERFLOW",
    "WAIT_TIMEOUT",
    "CLEARED",
    "CLOSED",
    "TOO_MANY_KEYS",
    "HOLD_TIMEOUT",
];

impl Rejection {
    /// A stable code for programs, the same in every language.
    pub fn code(&self) -> &'static str {
        CODES.get(self.code_index()).copied().unwrap_or_default()
    }

    /// The index of the code in [`CODES`].
    pub(crate) fn code_index(&self) -> usize {
        match self {
            Rejection::UnknownRule { .. } | Rejection::RuleRemoved { .. } => 0,
            Rejection::InvalidCost { .. } => 1,
            Rejection::CostExceedsCapacity { .. } => 2,
            Rejection::NeedsPermit { .. } => 3,
            Rejection::QueueOverflow { .. } => 4,
            Rejection::WaitTimeout { .. } => 5,
            Rejection::Cleared => 6,
            Rejection::Closed => 7,
            Rejection::TooManyMembers { .. } => 8,
            Rejection::HoldTimeout { .. } => 9,
        }
    }

    /// The id of the rule that the rejection is about; `None` if it is about none in particular.
    #[inline(never)]
    pub fn rule(&self) -> Option<&str> {
        match self {
            Rejection::UnknownRule { rule, .. }
            | Rejection::RuleRemoved { rule }
            | Rejection::NeedsPermit { rule }
            | Rejection::TooManyMembers { rule, .. }
            | Rejection::CostExceedsCapacity { rule, .. } => Some(rule),
            Rejection::InvalidCost { rule, .. } => rule.as_deref(),
            _ => None,
        }
    }

    /// The text of the error, with numbers written by `number` (see [`InvalidField::message`]).
    pub fn message(&self, number: fn(f64) -> String) -> String {
        match self {
            Rejection::UnknownRule { rule, available } => {
                ["Unknown throttle rule: ", rule, ". Available rules: ", &available.join(", ")]
                    .concat()
            }
            Rejection::RuleRemoved { rule } => ["Unknown throttle rule: ", rule].concat(),
            Rejection::InvalidCost { rule: Some(rule), cost } => [
                "Cost of rule ",
                rule,
                " must be a finite number of 0 or more, got ",
                &cost.show(number),
            ]
            .concat(),
            Rejection::InvalidCost { rule: None, cost } => {
                ["Costs must be an object of rule ids and numbers, got ", &cost.show(number)]
                    .concat()
            }
            Rejection::TooManyMembers { rule, most } => [
                "No rule for ",
                rule,
                ": families have ",
                &number(*most),
                " members in use, which is the most. Use fewer ids, or wait until some are unused",
            ]
            .concat(),
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
                ["Rule ", rule, " limits concurrency and needs a permit: use acquire or run"]
                    .concat()
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
                " ms): the wait is estimated at ",
                &number(*estimated_wait),
                if *estimated_wait > 0.0 {
                    " ms"
                } else {
                    " ms, not counting permits or requests ahead of it"
                },
            ]
            .concat(),
            Rejection::HoldTimeout { timeout } => [
                "The permit was held for its timeout (",
                &number(*timeout),
                " ms) and was released",
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

/// The reason why a rule was not changed.
#[derive(Clone, Debug, PartialEq)]
pub enum UpdateError {
    /// There is no such rule.
    Unknown(Rejection),
    /// A field has a value that is not allowed, or does not exist.
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
