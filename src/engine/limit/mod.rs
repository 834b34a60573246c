//! The algorithms, one file each, behind one small interface.
//!
//! To add one: write its file with a type that implements [`Algorithm`], and name it in the list at the end of this
//! one. Everything else (rules, the engine, wasm, TypeScript) goes through [`Limit`].

mod algorithm;
mod evidence;
mod instant;
mod window_fields;
mod window_usage;

use crate::error::{InvalidField, Value};
use crate::fields::Fields;
pub use algorithm::Algorithm;
pub use evidence::{Evidence, ServerUsage};

const FIXED: &str = "left out: a rule of this algorithm has no such field, or it cannot be changed";

/// Declares the files of the algorithms, [`Limit`], which is the one that a rule uses, and the way to it from the
/// algorithm's name.
macro_rules! algorithms {
    ($($name:literal => $file:ident :: $Type:ident),+ $(,)?) => {
        $(mod $file; pub use $file::$Type;)+

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

        impl Limit {
            /// The name by which a rule's field `algorithm` chooses it.
            pub fn algorithm(&self) -> &'static str {
                match self { $(Limit::$Type(_) => $name,)+ }
            }

            /// How many milliseconds after its grant a request may reach the server.
            pub(crate) fn jitter(&self) -> f64 {
                match self.fields().get("jitter") {
                    Some(Value::Number(ms)) => *ms,
                    _ => 0.0,
                }
            }

            /// Whether rules of this algorithm are made of a field of this name, among others.
            pub(crate) fn has_field(&self, name: &str) -> bool {
                self.fields().get(name).is_some() || (name == "tokens" && self.has_tokens())
            }

            /// The definition of this limit with other values for some of its fields, not begun to count.
            pub(crate) fn patched(&self, patch: &Fields) -> Result<Self, InvalidField> {
                let mut fields = self.fields();
                for (name, value) in patch.iter() {
                    // The scope is the rule's; ccxt's description of a rate goes along with the rate
                    // and says nothing to the engine.
                    if matches!(name, "scope" | "intervalType" | "intervalNum") {
                        continue;
                    }
                    if !self.has_field(name) {
                        return Err(InvalidField::new(name, value.clone(), FIXED));
                    }
                    fields.set(name, value.clone());
                }
                fields.set("algorithm", Value::Text(self.algorithm().into()));
                Self::from_fields(&fields)
            }
        }

        impl Algorithm for Limit {
            /// Chooses by the field `algorithm`; without one it is a token bucket, ccxt's form of a rule, unless it has
            /// the limit of another algorithm and no capacity.
            fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
                match fields.get("algorithm") {
                    None if fields.get("capacity").is_some() || fields.get("limit").is_none() => TokenBucket::from_fields(fields).map(Limit::TokenBucket),
                    $(Some(Value::Text(name)) if name == $name => $Type::from_fields(fields).map(Limit::$Type),)+
                    other => Err(InvalidField::new(
                        "algorithm",
                        other.cloned().unwrap_or(Value::Other("nothing")),
                        concat!("one of:", $(" ", $name),+),
                    )),
                }
            }
            fn fields(&self) -> Fields {
                match self { $(Limit::$Type(a) => a.fields(),)+ }
            }
            fn limit(&self) -> f64 {
                match self { $(Limit::$Type(a) => a.limit(),)+ }
            }
            fn restrict(&mut self, share: f64, limit: f64) {
                match self { $(Limit::$Type(a) => a.restrict(share, limit),)+ }
            }
            fn start(&mut self, now: f64) {
                match self { $(Limit::$Type(a) => a.start(now),)+ }
            }
            fn inherit(&mut self, old: &mut Self, now: f64) {
                match (self, old) {
                    $((Limit::$Type(a), Limit::$Type(old)) => a.inherit(old, now),)+
                    // Of another algorithm nothing can be taken over.
                    (new, _) => new.start(now),
                }
            }
            fn capacity(&self) -> f64 {
                match self { $(Limit::$Type(a) => a.capacity(),)+ }
            }
            fn earliest_for(&self, amount: f64, from: f64) -> f64 {
                match self { $(Limit::$Type(a) => a.earliest_for(amount, from),)+ }
            }
            fn available(&mut self, now: f64) -> f64 {
                match self { $(Limit::$Type(a) => a.available(now),)+ }
            }
            fn ready_at(&self, amount: f64, from: f64) -> f64 {
                match self { $(Limit::$Type(a) => a.ready_at(amount, from),)+ }
            }
            #[inline(always)]
            fn take(&mut self, cost: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.take(cost, now),)+ }
            }
            fn give_back(&mut self, cost: f64, taken_at: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.give_back(cost, taken_at, now),)+ }
            }
            fn set_available(&mut self, tokens: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.set_available(tokens, now),)+ }
            }
            fn mark_sent(&mut self, cost: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.mark_sent(cost, now),)+ }
            }
            fn mark_answered(&mut self, cost: f64, taken_at: f64) {
                match self { $(Limit::$Type(a) => a.mark_answered(cost, taken_at),)+ }
            }
            fn sync(&mut self, usage: &ServerUsage, now: f64) {
                match self { $(Limit::$Type(a) => a.sync(usage, now),)+ }
            }
            fn save(&self, now: f64) -> Vec<f64> {
                match self { $(Limit::$Type(a) => a.save(now),)+ }
            }
            fn restore(&mut self, saved: &[f64], age: f64, now: f64) -> Option<()> {
                match self { $(Limit::$Type(a) => a.restore(saved, age, now),)+ }
            }
            // The two that each grant goes through, once for each of its rules.
            #[inline(always)]
            fn allows(&mut self, cost: f64, reserve: f64, now: f64) -> bool {
                match self { $(Limit::$Type(a) => a.allows(cost, reserve, now),)+ }
            }
            fn need(&self, ahead: f64, cost: f64) -> f64 {
                match self { $(Limit::$Type(a) => a.need(ahead, cost),)+ }
            }
            fn allows_debt(&self) -> bool {
                match self { $(Limit::$Type(a) => a.allows_debt(),)+ }
            }
            fn opens_on_use(&self) -> bool {
                match self { $(Limit::$Type(a) => a.opens_on_use(),)+ }
            }
            fn starts_below_capacity(&self) -> bool {
                match self { $(Limit::$Type(a) => a.starts_below_capacity(),)+ }
            }
            fn has_tokens(&self) -> bool {
                match self { $(Limit::$Type(a) => a.has_tokens(),)+ }
            }
            fn needs_permit(&self) -> bool {
                match self { $(Limit::$Type(a) => a.needs_permit(),)+ }
            }
            fn uses_wall_clock(&self) -> bool {
                match self { $(Limit::$Type(a) => a.uses_wall_clock(),)+ }
            }
            fn set_unix_offset(&mut self, offset: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.set_unix_offset(offset, now),)+ }
            }
        }
    };
}

algorithms! {
    "token-bucket" => token_bucket::TokenBucket,
    "rolling-window" => rolling_window::RollingWindow,
    "fixed-window" => fixed_window::FixedWindow,
    "first-request-window" => first_request_window::FirstRequestWindow,
    "concurrency" => concurrency::Concurrency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_algorithms_say_of_themselves() {
        let bucket = TokenBucket::new(10.0, 1.0).unwrap();
        let limits: [Limit; 8] = [
            bucket.clone().into(),
            bucket.clone().with_tokens(10.0).unwrap().into(),
            bucket.clone().with_tokens(3.0).unwrap().into(),
            bucket.with_debt().unwrap().into(),
            RollingWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            FixedWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            Concurrency::new(10.0).unwrap().into(),
        ];
        type Says = fn(&Limit) -> bool;
        let says: [(&str, Says); 6] = [
            ("has tokens", |limit| limit.has_tokens()),
            ("starts with less", |limit| limit.starts_below_capacity()),
            ("allows debt", |limit| limit.allows_debt()),
            ("is moved by use", |limit| limit.opens_on_use()),
            ("uses the calendar", |limit| limit.uses_wall_clock()),
            ("needs a permit", |limit| limit.needs_permit()),
        ];
        let of = |limit: &Limit| -> Vec<&str> {
            says.iter().filter(|(_, says)| says(limit)).map(|(words, _)| *words).collect()
        };
        let expected: [(&str, &[&str]); 8] = [
            ("token-bucket", &["has tokens"]),
            ("token-bucket", &["has tokens"]),
            ("token-bucket", &["has tokens", "starts with less"]),
            ("token-bucket", &["has tokens", "allows debt"]),
            ("rolling-window", &[]),
            ("fixed-window", &["uses the calendar"]),
            ("first-request-window", &["is moved by use"]),
            ("concurrency", &["needs a permit"]),
        ];
        for (limit, (algorithm, words)) in limits.iter().zip(expected) {
            assert_eq!((limit.algorithm(), of(limit).as_slice()), (algorithm, words));
        }
    }
}
