//! Rules of all algorithms, with numbers that need not make sense.

use super::input::Number;
use arbitrary::Arbitrary;
use multi_throttler::{Fields, Rule, Value};

/// Which rule: few, so that calls meet.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    A,
    B,
    C,
    D,
}

impl Id {
    pub fn name(self) -> &'static str {
        match self {
            Id::A => "a",
            Id::B => "b",
            Id::C => "c",
            Id::D => "d",
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Shape {
    Bucket { capacity: Number, rate: Number, tokens: Option<Number>, jitter: Option<Number> },
    Rolling { limit: Number, interval: Number, jitter: Option<Number> },
    Aligned { limit: Number, interval: Number, jitter: Option<Number> },
    FirstRequest { limit: Number, interval: Number, jitter: Option<Number> },
}

impl Shape {
    /// The rule, if the engine takes the numbers.
    pub fn rule(self, id: Id) -> Option<Rule> {
        let (algorithm, numbers) = match self {
            Shape::Bucket { capacity, rate, tokens, jitter } => (
                "token-bucket",
                [
                    ("capacity", Some(capacity)),
                    ("refillRate", Some(rate)),
                    ("tokens", tokens),
                    ("jitter", jitter),
                ],
            ),
            Shape::Rolling { limit, interval, jitter } => ("rolling-window", window(limit, interval, jitter)),
            Shape::Aligned { limit, interval, jitter } => ("fixed-window", window(limit, interval, jitter)),
            Shape::FirstRequest { limit, interval, jitter } => {
                ("first-request-window", window(limit, interval, jitter))
            }
        };
        let texts = [("id", id.name()), ("algorithm", algorithm)];
        let texts = texts.into_iter().map(|(name, text)| (name, Value::Text(text.to_owned())));
        let numbers = numbers.into_iter().filter_map(|(name, n)| n.map(|n| (name, Value::Number(n.0))));
        Rule::from_fields(&texts.chain(numbers).collect::<Fields>()).ok()
    }
}

type Named = (&'static str, Option<Number>);

fn window(limit: Number, interval: Number, jitter: Option<Number>) -> [Named; 4] {
    [("limit", Some(limit)), ("interval", Some(interval)), ("jitter", jitter), ("unused", None)]
}
