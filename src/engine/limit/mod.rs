//! The algorithms, one file each.
//!
//! A new algorithm is one file with a type that implements [`Definition`] and one that implements
//! [`State`], and one line in the list below. Everything else (rules, the engine, wasm) goes
//! through [`Limit`] and [`LimitState`], which pass on all methods of the two traits. A new method
//! is therefore written in its trait and in the algorithms that define it, and nowhere else.

mod definition;
mod evidence;
mod forecast;
mod instant;
mod state;
#[cfg(test)]
mod testing;
mod window_fields;
mod window_usage;

use std::ops::{Deref, DerefMut};

use crate::error::{InvalidField, Value};
use crate::fields::Fields;
pub(crate) use definition::whole_part;
pub use definition::{Definition, InForce, Traits};
pub use evidence::{Evidence, ServerUsage};
pub(crate) use forecast::{Planned, Sought};
pub use held::Holding;
pub use state::State;

/// Leaves out the algorithm that only a ledger drives.
fn offered(all: &'static str) -> &'static str {
    all.strip_suffix(" held").unwrap_or(all)
}

const FIXED: &str = "left out, as it cannot be changed";

/// Declares the files of the algorithms, the enums [`Limit`] and [`LimitState`], and the choice by
/// name. The dollar sign is passed in for the macro that this one defines.
macro_rules! algorithms {
    ($dollar:tt $($name:literal => $file:ident :: {$Type:ident, $State:ident}),+ $(,)?) => {
        $(mod $file; pub use $file::{$Type, $State};)+

        /// The definition of a rule: an algorithm and its configuration.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Limit {
            $(#[doc = concat!("`", $name, "`")] $Type($Type),)+
        }

        /// The state of a rule, by algorithm.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum LimitState {
            $(#[doc = concat!("`", $name, "`")] $Type($State),)+
        }

        $(impl From<$Type> for Limit {
            fn from(definition: $Type) -> Self {
                Limit::$Type(definition)
            }
        })+

        /// Evaluates an expression for the definition or the state of whichever algorithm it is.
        macro_rules! each {
            ($dollar Any:ident :: $dollar any:ident = $dollar on:expr => $dollar value:expr) => {
                match $dollar on { $($dollar Any::$Type($dollar any) => $dollar value,)+ }
            };
        }

        impl Limit {
            /// Makes a definition from the named fields of a rule. The field `algorithm` chooses.
            /// Without it, the rule is a token bucket, ccxt's form of a rule, unless it has the
            /// `limit` of another algorithm and no `capacity`.
            ///
            /// # Errors
            /// A field is missing or has a value that is not allowed.
            pub fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
                let is_bucket = fields.get("capacity").is_some() || fields.get("limit").is_none();
                match fields.get("algorithm") {
                    None if is_bucket => TokenBucket::from_fields(fields).map(Limit::TokenBucket),
                    $(Some(Value::Text(name)) if name == $name => $Type::from_fields(fields).map(Limit::$Type),)+
                    other => Err(InvalidField::new(
                        "algorithm",
                        other.cloned().unwrap_or(Value::Other("nothing")),
                        offered(concat!("one of:", $(" ", $name),+)),
                    )),
                }
            }

            /// The names of the fields of an algorithm; none if there is no such algorithm.
            fn field_names(algorithm: &str) -> &'static [&'static str] {
                match algorithm { $($name => $Type::field_names(),)+ _ => &[] }
            }

            /// The name by which a rule's field `algorithm` chooses it.
            pub fn algorithm(&self) -> &'static str {
                match self { $(Limit::$Type(_) => $name,)+ }
            }

            /// Starts to count at `now` under a limit in force.
            pub fn start(&self, in_force: InForce, now: f64) -> LimitState {
                match self { $(Limit::$Type(definition) => LimitState::$Type(definition.start(in_force, now)),)+ }
            }

            /// Continues a state at `now` under a limit in force. The state of another algorithm
            /// cannot be continued, so the rule starts.
            pub fn update(&self, state: &mut LimitState, in_force: InForce, now: f64) {
                match (self, &mut *state) {
                    $((Limit::$Type(definition), LimitState::$Type(state)) => {
                        definition.update(state, in_force, now)
                    })+
                    _ => *state = self.start(in_force, now),
                }
            }
        }
    };
}

algorithms! {
    $
    "token-bucket" => token_bucket::{TokenBucket, TokenBucketState},
    "rolling-window" => rolling_window::{RollingWindow, RollingWindowState},
    "fixed-window" => fixed_window::{FixedWindow, FixedWindowState},
    "first-request-window" => first_request_window::{FirstRequestWindow, FirstRequestWindowState},
    "concurrency" => concurrency::{Concurrency, ConcurrencyState},
    "spacing" => spacing::{Spacing, SpacingState},
    "held" => held::{Held, HeldState},
}

impl Limit {
    /// Whether definitions of this algorithm have a field of this name.
    fn has_field(&self, name: &str) -> bool {
        Self::field_names(self.algorithm()).contains(&name)
    }

    /// Makes the error for the first field that neither is one of `common` nor belongs to the
    /// algorithm that the fields choose. `None`: there is no such field, or no algorithm is chosen,
    /// as by a rule of ccxt, whose other fields mean nothing to the engine.
    pub(crate) fn unknown_in(fields: &Fields, common: &[&str]) -> Option<InvalidField> {
        let Some(Value::Text(algorithm)) = fields.get("algorithm") else { return None };
        let own = Self::field_names(algorithm);
        let is_unknown = |name: &str| !common.contains(&name) && !own.contains(&name);
        let (name, value) = fields.iter().find(|(name, _)| is_unknown(name))?;
        Some(Self::unknown_field(algorithm, name, value, &["id"]))
    }

    /// Makes the error that a rule of an algorithm has no field of this name. The known fields are
    /// those of the algorithm after `first`, and the scope.
    fn unknown_field(algorithm: &str, name: &str, value: &Value, first: &[&str]) -> InvalidField {
        let known = [first, Self::field_names(algorithm), &["scope"]].concat().join(", ");
        let subject = ["a ", algorithm, " rule"].concat();
        InvalidField::unknown(name, value.clone(), subject, known)
    }

    /// Returns the definition with other values of some fields.
    pub(crate) fn patched(&self, patch: &Fields) -> Result<Self, InvalidField> {
        let mut fields = self.fields();
        for (name, value) in patch.iter() {
            // The scope belongs to the rule; ccxt's description of a rate comes with the rate and
            // means nothing to the engine.
            if matches!(name, "scope" | "intervalType" | "intervalNum") {
                continue;
            }
            if matches!(name, "id" | "algorithm" | "anchor") {
                return Err(InvalidField::new(name, value.clone(), FIXED));
            }
            if !self.has_field(name) {
                return Err(Self::unknown_field(self.algorithm(), name, value, &[]));
            }
            fields.set(name, value.clone());
        }
        fields.set("algorithm", Value::Text(self.algorithm().into()));
        Self::from_fields(&fields)
    }
}

/// Gives access to the methods that all definitions have.
impl Deref for Limit {
    type Target = dyn Definition;

    fn deref(&self) -> &Self::Target {
        each!(Limit::definition = self => definition)
    }
}

/// Gives access to the methods that all states have.
impl Deref for LimitState {
    type Target = dyn State;

    fn deref(&self) -> &Self::Target {
        each!(LimitState::state = self => state)
    }
}

impl DerefMut for LimitState {
    fn deref_mut(&mut self) -> &mut Self::Target {
        each!(LimitState::state = self => state)
    }
}

/// The methods that requests and answers call for each of their rules. They are chosen by a match
/// and not through the trait object, as a call through it costs more than some of them do.
impl LimitState {
    /// See [`State::capacity`].
    pub fn capacity(&self) -> f64 {
        each!(LimitState::state = self => state.capacity())
    }

    /// See [`State::need`].
    pub fn need(&self, ahead: f64, cost: f64) -> f64 {
        each!(LimitState::state = self => state.need(ahead, cost))
    }

    /// See [`State::advance`].
    pub fn advance(&mut self, now: f64) {
        each!(LimitState::state = self => state.advance(now));
    }

    /// See [`State::available`].
    pub fn available(&mut self, now: f64) -> f64 {
        each!(LimitState::state = self => state.available(now))
    }

    /// See [`State::ready_at`].
    pub fn ready_at(&self, amount: f64, from: f64) -> f64 {
        each!(LimitState::state = self => state.ready_at(amount, from))
    }

    /// See [`State::allows`].
    #[inline(always)]
    pub fn allows(&mut self, cost: f64, reserve: f64, now: f64) -> bool {
        each!(LimitState::state = self => state.allows(cost, reserve, now))
    }

    /// See [`State::take`].
    #[inline(always)]
    pub fn take(&mut self, cost: f64, now: f64) {
        each!(LimitState::state = self => state.take(cost, now))
    }

    /// See [`State::give_back`].
    pub fn give_back(&mut self, cost: f64, taken_at: f64, now: f64) {
        each!(LimitState::state = self => state.give_back(cost, taken_at, now))
    }

    /// See [`State::give_back_part`].
    pub fn give_back_part(&mut self, part: f64, taken_at: f64, now: f64) {
        each!(LimitState::state = self => state.give_back_part(part, taken_at, now))
    }

    /// See [`State::mark_sent`].
    pub fn mark_sent(&mut self, cost: f64, now: f64) {
        each!(LimitState::state = self => state.mark_sent(cost, now))
    }

    /// See [`State::mark_answered`].
    pub fn mark_answered(&mut self, cost: f64, taken_at: f64) {
        each!(LimitState::state = self => state.mark_answered(cost, taken_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_of_each_algorithm() {
        let bucket = TokenBucket::new(10.0, 1.0).unwrap();
        let limits: [Limit; 9] = [
            bucket.clone().into(),
            bucket.clone().with_tokens(10.0).unwrap().into(),
            bucket.clone().with_tokens(3.0).unwrap().into(),
            bucket.with_debt().unwrap().into(),
            RollingWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            FixedWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            Concurrency::new(10.0).unwrap().into(),
            Spacing::new(1000.0).unwrap().into(),
        ];
        type Says = fn(&Limit) -> bool;
        let says: [(&str, Says); 8] = [
            ("has tokens", |limit| limit.has_field("tokens")),
            ("starts with less", |limit| limit.traits().starts_below_capacity),
            ("allows debt", |limit| limit.traits().allows_debt),
            ("is moved by use", |limit| limit.traits().opens_on_use),
            ("uses the calendar", |limit| limit.traits().uses_wall_clock),
            ("needs a permit", |limit| limit.traits().needs_permit),
            ("counts in windows", |limit| limit.traits().counts_in_windows),
            ("spaces grants", |limit| limit.traits().spaces_grants),
        ];
        let of = |limit: &Limit| -> Vec<&str> {
            says.iter().filter(|(_, says)| says(limit)).map(|(words, _)| *words).collect()
        };
        let expected: [(&str, &[&str]); 9] = [
            ("token-bucket", &["has tokens"]),
            ("token-bucket", &["has tokens"]),
            ("token-bucket", &["has tokens", "starts with less"]),
            ("token-bucket", &["has tokens", "allows debt"]),
            ("rolling-window", &["counts in windows"]),
            ("fixed-window", &["uses the calendar", "counts in windows"]),
            ("first-request-window", &["is moved by use", "counts in windows"]),
            ("concurrency", &["needs a permit"]),
            ("spacing", &["spaces grants"]),
        ];
        for (limit, (algorithm, words)) in limits.iter().zip(expected) {
            assert_eq!((limit.algorithm(), of(limit).as_slice()), (algorithm, words));
        }
    }
}
