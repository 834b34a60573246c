//! Rules of all algorithms, with numbers that may be invalid.

use super::input::{Few, Number};
use arbitrary::{Arbitrary, Result, Unstructured};
use multi_throttler_engine::{Fields, Rule, Value};

/// Ids of costs and calls: rules, families, one within the other, and their members. They are few,
/// so that calls often use the same one.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    A,
    B,
    C,
    Family,
    Member,
    Inner,
    InnerMember,
    OtherMember,
}

impl Id {
    /// Whether a family may make a rule of this id.
    pub fn is_member(self) -> bool {
        !matches!(self, Id::A | Id::B | Id::C | Id::Family)
    }

    pub fn name(self) -> &'static str {
        match self {
            Id::A => "a",
            Id::B => "b",
            Id::C => "c",
            Id::Family => "f*",
            Id::Member => "f1",
            Id::Inner => "f2*",
            Id::InnerMember => "f21",
            Id::OtherMember => "f22",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Bucket {
        capacity: Number,
        rate: Number,
        tokens: Option<Number>,
        jitter: Option<Number>,
        debt: bool,
    },
    Rolling(Window),
    Aligned(Window),
    FirstRequest(Window),
    Concurrency {
        limit: Number,
    },
    Spacing {
        interval: Number,
        jitter: Option<Number>,
    },
}

/// Spacing takes half of the range of concurrency, so that the bytes of saved inputs keep their
/// meaning for all other rules.
impl<'a> Arbitrary<'a> for Shape {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match (u64::from(u32::arbitrary(u)?) * 10) >> 32 {
            0..=1 => Shape::Bucket {
                capacity: u.arbitrary()?,
                rate: u.arbitrary()?,
                tokens: u.arbitrary()?,
                jitter: u.arbitrary()?,
                debt: u.arbitrary()?,
            },
            2..=3 => Shape::Rolling(u.arbitrary()?),
            4..=5 => Shape::Aligned(u.arbitrary()?),
            6..=7 => Shape::FirstRequest(u.arbitrary()?),
            8 => Shape::Concurrency { limit: u.arbitrary()? },
            _ => Shape::Spacing { interval: u.arbitrary()?, jitter: u.arbitrary()? },
        })
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Window {
    limit: Number,
    interval: Number,
    jitter: Option<Number>,
}

impl Shape {
    /// The rule, if the engine accepts the numbers.
    pub fn rule(self, id: Id) -> Option<Rule> {
        let texts = [("id", id.name()), ("algorithm", self.algorithm())];
        let texts = texts.into_iter().map(|(name, text)| (name, Value::Text(text.to_owned())));
        let debt = [("allowDebt", Value::Bool(true))].into_iter().filter(|_| self.allows_debt());
        let numbers = self
            .numbers()
            .into_iter()
            .filter_map(|(name, n)| n.map(|n| (name, Value::Number(n.0))));
        Rule::from_fields(&texts.chain(debt).chain(numbers).collect::<Fields>()).ok()
    }

    /// Whether the remaining tokens may be below zero: by debt, or by what is held after the limit
    /// was lowered.
    pub fn goes_below_zero(self) -> bool {
        self.allows_debt() || matches!(self, Shape::Concurrency { .. })
    }

    pub fn allows_debt(self) -> bool {
        matches!(self, Shape::Bucket { debt: true, .. })
    }

    fn algorithm(self) -> &'static str {
        match self {
            Shape::Bucket { .. } => "token-bucket",
            Shape::Rolling(_) => "rolling-window",
            Shape::Aligned(_) => "fixed-window",
            Shape::FirstRequest(_) => "first-request-window",
            Shape::Concurrency { .. } => "concurrency",
            Shape::Spacing { .. } => "spacing",
        }
    }

    fn numbers(self) -> [(&'static str, Option<Number>); 4] {
        match self {
            Shape::Bucket { capacity, rate, tokens, jitter, .. } => [
                ("capacity", Some(capacity)),
                ("refillRate", Some(rate)),
                ("tokens", tokens),
                ("jitter", jitter),
            ],
            Shape::Rolling(window) | Shape::Aligned(window) | Shape::FirstRequest(window) => [
                ("limit", Some(window.limit)),
                ("interval", Some(window.interval)),
                ("jitter", window.jitter),
                ("none", None),
            ],
            Shape::Concurrency { limit } => {
                [("limit", Some(limit)), ("none", None), ("none", None), ("none", None)]
            }
            Shape::Spacing { interval, jitter } => {
                [("interval", Some(interval)), ("jitter", jitter), ("none", None), ("none", None)]
            }
        }
    }
}

/// A patch of a rule's fields.
#[derive(Arbitrary, Clone, Debug)]
pub struct Patch(Few<Change, 3>);

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Change {
    Capacity(Number),
    RefillRate(Number),
    Tokens(Number),
    Limit(Number),
    Interval(Number),
    Jitter(Number),
    AllowDebt(bool),
    Algorithm,
}

impl Patch {
    pub fn fields(&self) -> Fields {
        self.0.0.iter().map(|change| change.field()).collect()
    }

    pub fn allows_debt(&self) -> bool {
        self.0.0.iter().any(|change| matches!(change, Change::AllowDebt(true)))
    }
}

impl Change {
    fn field(self) -> (&'static str, Value) {
        match self {
            Change::Capacity(n) => ("capacity", Value::Number(n.0)),
            Change::RefillRate(n) => ("refillRate", Value::Number(n.0)),
            Change::Tokens(n) => ("tokens", Value::Number(n.0)),
            Change::Limit(n) => ("limit", Value::Number(n.0)),
            Change::Interval(n) => ("interval", Value::Number(n.0)),
            Change::Jitter(n) => ("jitter", Value::Number(n.0)),
            Change::AllowDebt(debt) => ("allowDebt", Value::Bool(debt)),
            Change::Algorithm => ("algorithm", Value::Text("rolling-window".to_owned())),
        }
    }
}
