//! The algorithms, one file each, behind one small interface.
//!
//! To add one: write its file with a type that implements [`Algorithm`], and name it in the list at the end of this
//! one. Everything else (rules, the engine, wasm, TypeScript) goes through [`Limit`].

mod aligned_window;
mod first_request_window;
mod rolling_window;
mod token_bucket;
mod window;

pub use aligned_window::AlignedWindow;
pub use first_request_window::FirstRequestWindow;
pub use rolling_window::RollingWindow;
pub use token_bucket::TokenBucket;

use crate::error::{InvalidField, Value};
use crate::fields::Fields;

/// How one rule counts.
///
/// Behind each algorithm stands a model of the server that it has to satisfy, and a promise: **if each granted request
/// reaches the server within `jitter` milliseconds after its grant, in any order, the server refuses none.** Each file
/// says why that holds and what it costs.
///
/// All times are milliseconds on the engine's clock, which never runs backwards: a call's `now` is never before that
/// of the call that came before. All amounts are tokens of the rule, at most 2^53 - 1.
pub trait Algorithm: Sized {
    /// Makes one from the named fields of a rule.
    ///
    /// # Errors
    /// A field is missing or not what it must be.
    fn from_fields(fields: &Fields) -> Result<Self, InvalidField>;

    /// Begins to count at `now`; called once, before all else.
    fn start(&mut self, now: f64);

    /// The limit in force, which is also the most that one request can ever take.
    fn capacity(&self) -> f64;

    /// What is left at `now`.
    fn available(&mut self, now: f64) -> f64;

    /// The first instant, not before `from`, at which `cost` is left if nothing else is taken; infinite if there is
    /// none. [`available`](Algorithm::available) agrees: at the answer it is at least `cost`.
    fn ready_at(&mut self, cost: f64, from: f64) -> f64;

    /// Takes `cost`, which the caller has seen to be available at `now`.
    fn take(&mut self, cost: f64, now: f64);

    /// Makes `tokens`, cut to `0..=capacity`, what is left at `now`.
    fn set_available(&mut self, tokens: f64, now: f64);

    /// Whether it has to know Unix time.
    fn uses_calendar(&self) -> bool {
        false
    }

    /// Learns that an instant on the engine's clock plus `offset` is Unix time in milliseconds.
    fn set_calendar(&mut self, _offset: f64, _now: f64) {}
}

/// The first instant from `guess` on, and after `from`, at which `holds`: the guess is right but for rounding, and once
/// it holds it goes on to.
///
/// Steps on by one representable instant, then by twice as much each time, as numbers that are worked out from large
/// ones change in large steps; then halves the last step until it is known to the last bit. An instant before the guess
/// at which it seems to hold is not looked for: there it does by rounding.
fn first_instant(from: f64, guess: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let mut at = guess.max(from);
    let mut before = at;
    let mut step = at.next_up() - at;
    while at.is_finite() && !holds(at) {
        before = at;
        at += step;
        step *= 2.0;
    }
    loop {
        let middle = before + (at - before) / 2.0;
        if !(before < middle && middle < at) {
            return at;
        }
        if holds(middle) {
            at = middle;
        } else {
            before = middle;
        }
    }
}

/// Declares [`Limit`], the one of the algorithms that a rule uses, and its way from an algorithm's name.
macro_rules! algorithms {
    ($($name:literal => $Type:ident),+ $(,)?) => {
        /// The algorithm of a rule.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Limit {
            $(#[doc = concat!("`", $name, "`")] $Type($Type),)+
        }

        $(impl From<$Type> for Limit {
            fn from(algorithm: $Type) -> Self {
                Limit::$Type(algorithm)
            }
        })+

        impl Algorithm for Limit {
            /// Chooses by the field `algorithm`; without one it is a token bucket, ccxt's form of a rule.
            fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
                match fields.get("algorithm") {
                    None => TokenBucket::from_fields(fields).map(Limit::TokenBucket),
                    $(Some(Value::Text(name)) if name == $name => $Type::from_fields(fields).map(Limit::$Type),)+
                    Some(other) => Err(InvalidField::new(
                        "algorithm",
                        other.clone(),
                        concat!("one of:", $(" ", $name),+),
                    )),
                }
            }
            fn start(&mut self, now: f64) {
                match self { $(Limit::$Type(a) => a.start(now),)+ }
            }
            fn capacity(&self) -> f64 {
                match self { $(Limit::$Type(a) => a.capacity(),)+ }
            }
            fn available(&mut self, now: f64) -> f64 {
                match self { $(Limit::$Type(a) => a.available(now),)+ }
            }
            fn ready_at(&mut self, cost: f64, from: f64) -> f64 {
                match self { $(Limit::$Type(a) => a.ready_at(cost, from),)+ }
            }
            fn take(&mut self, cost: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.take(cost, now),)+ }
            }
            fn set_available(&mut self, tokens: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.set_available(tokens, now),)+ }
            }
            fn uses_calendar(&self) -> bool {
                match self { $(Limit::$Type(a) => a.uses_calendar(),)+ }
            }
            fn set_calendar(&mut self, offset: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.set_calendar(offset, now),)+ }
            }
        }
    };
}

algorithms! {
    "token-bucket" => TokenBucket,
    "rolling-window" => RollingWindow,
    "fixed-window" => AlignedWindow,
    "first-request-window" => FirstRequestWindow,
}
