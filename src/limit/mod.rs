//! The algorithms, one file each, behind one small interface.
//!
//! To add one: write its file with a type that implements [`Algorithm`], and name it in the list at the end of this
//! one. Everything else (rules, the engine, wasm, TypeScript) goes through [`Limit`].

mod count;
mod window;

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
///
/// A limit has a definition, which is what [`fields`](Algorithm::fields) tells, and a state. `from_fields` makes one that
/// has not begun to count; then it may be [restricted](Algorithm::restrict), and either [starts](Algorithm::start) or
/// [inherits](Algorithm::inherit) the state of a predecessor.
pub trait Algorithm: Sized {
    /// Makes one from the named fields of a rule.
    ///
    /// # Errors
    /// A field is missing or not what it must be.
    fn from_fields(fields: &Fields) -> Result<Self, InvalidField>;

    /// The fields of which [`from_fields`](Algorithm::from_fields) makes the same one, each that it knows.
    fn fields(&self) -> Fields;

    /// The limit of its definition.
    fn limit(&self) -> f64;

    /// Brings another limit, which may be 0, into force than that of its definition, of which `share` is its share.
    /// Called before it begins to count.
    fn restrict(&mut self, share: f64, limit: f64);

    /// Begins to count at `now`.
    fn start(&mut self, now: f64);

    /// Goes on to count where `old` stops at `now`: what was used there is used here.
    fn inherit(&mut self, old: &mut Self, now: f64);

    /// The limit in force, less what `jitter` costs of it: what is left when nothing is used.
    fn capacity(&self) -> f64;

    /// An instant, not before `from`, before which `amount` cannot pass altogether, however it is taken; it may be more
    /// than the capacity. As late as is sure.
    fn passed_at(&self, amount: f64, from: f64) -> f64;

    /// What is left at `now`.
    fn available(&mut self, now: f64) -> f64;

    /// The first instant, not before `from`, at which `amount` is left if nothing else is taken; infinite if there is
    /// none. [`available`](Algorithm::available) agrees: at the answer it is at least `amount`. `from` may lie ahead:
    /// asking changes nothing.
    fn ready_at(&self, amount: f64, from: f64) -> f64;

    /// Takes `cost`, which the caller has seen to be available at `now`.
    fn take(&mut self, cost: f64, now: f64);

    /// Gives back a cost taken at `taken_at` of a request that was never sent, as far as it is sure that it still counts
    /// and that the server allows as much again.
    fn give_back(&mut self, cost: f64, taken_at: f64, now: f64);

    /// Makes `tokens`, cut to `0..=capacity`, what is left at `now`. Nothing that was taken before is given back then.
    fn set_available(&mut self, tokens: f64, now: f64);

    /// Notes that `cost`, which was taken at `now`, is in flight: the server's answer will be told.
    fn depart(&mut self, _cost: f64, _now: f64) {}

    /// Notes that a cost that was taken at `taken_at` is in flight no more.
    fn arrive(&mut self, _cost: f64, _taken_at: f64) {}

    /// Learns what the server counts. To that is added what is in flight, as the server may not have seen it yet, and
    /// no less is used than this, or just this if it is to be exact.
    fn sync(&mut self, _seen: &Seen, _now: f64) {}

    /// What is used at `now`, in numbers of which [`restore`](Algorithm::restore) makes the same: times as milliseconds
    /// before `now`, or Unix time.
    fn save(&self, _now: f64) -> Vec<f64> {
        Vec::new()
    }

    /// Goes on from what was saved `age` milliseconds ago. `None`: that is nothing that was saved; what has changed then
    /// is of no use.
    fn restore(&mut self, saved: &[f64], _age: f64, _now: f64) -> Option<()> {
        saved.is_empty().then_some(())
    }

    /// Whether a request of a `cost` above 0 may be granted at `now`, ahead of which nobody waits, if `reserve` is to stay.
    fn allows(&mut self, cost: f64, reserve: f64, now: f64) -> bool {
        self.available(now) >= self.need(0.0, cost) + reserve
    }

    /// What has to be left for a request of `cost`, ahead of which others want `ahead`.
    fn need(&self, ahead: f64, cost: f64) -> f64 {
        ahead + cost
    }

    /// Whether a request of any cost can be granted, however small the capacity, and takes what is left below zero. Then
    /// what a request [needs](Algorithm::need) may fall by more than its costs when one ahead of it is granted.
    fn allows_debt(&self) -> bool {
        false
    }

    /// Whether what is taken moves the instant at which more will be left, so that
    /// [`ready_at`](Algorithm::ready_at) may turn out too early for those further back.
    fn is_moved_by_use(&self) -> bool {
        false
    }

    /// Whether it holds less when it starts than it can.
    fn starts_with_less(&self) -> bool {
        false
    }

    /// Whether its definition may say what it holds when it starts.
    fn has_tokens(&self) -> bool {
        false
    }

    /// Whether what is taken is held until it is given back, so that a request needs a permit.
    fn needs_permit(&self) -> bool {
        false
    }

    /// Whether it has to know Unix time.
    fn uses_calendar(&self) -> bool {
        false
    }

    /// Learns that an instant on the engine's clock plus `offset` is Unix time in milliseconds.
    fn set_calendar(&mut self, _offset: f64, _now: f64) {}
}

/// What a server said of its count under one rule, in the answer to a request.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// What it counts as used of the limit in force, in tokens, 0 or more.
    pub used: f64,
    /// What it counts in all: that and what the share leaves to others.
    pub total: f64,
    /// What the request that it answers cost under this rule, if it was in flight until now; else 0.
    pub landed: f64,
    /// How far it may be relied on.
    pub trust: Trust,
    /// When that request was granted: the server said this later.
    pub asked_at: f64,
    /// The first and the last instant of the server's Unix time at which it may have said so.
    pub said_within: (f64, f64),
    /// The first and the last instant on the engine's clock at which the server may begin to count anew, if it said so.
    pub resets_within: Option<(f64, f64)>,
}

/// How far what a server said of its count may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// No less is used.
    AtLeast,
    /// It is all that the server counts, the request that it answers included, at some instant after that was granted.
    AllCounted,
    /// It is what is used now, but for what is in flight: somebody who knows says so.
    Known,
}

impl Seen {
    /// What is used where so much is in flight, and so much was known to be used. If it is known no more than that, and
    /// than all that the server counts: how much of that others have used within their share is not known.
    fn used_with(&self, flying: f64, known: f64) -> f64 {
        let ours = if self.trust == Trust::Known { known.min(self.total + flying) } else { 0.0 };
        ours.max(self.used + flying)
    }
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

/// How many windows after one that has `left` are needed to pass `amount`, each of which passes `capacity`.
fn windows_for(amount: f64, left: f64, capacity: f64) -> f64 {
    if amount <= left { 0.0 } else { ((amount - left) / capacity).ceil() }
}

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
                    // ccxt's description of a rate goes along with the rate and says nothing to the engine.
                    if matches!(name, "intervalType" | "intervalNum") {
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
            fn passed_at(&self, amount: f64, from: f64) -> f64 {
                match self { $(Limit::$Type(a) => a.passed_at(amount, from),)+ }
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
            fn depart(&mut self, cost: f64, now: f64) {
                match self { $(Limit::$Type(a) => a.depart(cost, now),)+ }
            }
            fn arrive(&mut self, cost: f64, taken_at: f64) {
                match self { $(Limit::$Type(a) => a.arrive(cost, taken_at),)+ }
            }
            fn sync(&mut self, seen: &Seen, now: f64) {
                match self { $(Limit::$Type(a) => a.sync(seen, now),)+ }
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
            fn is_moved_by_use(&self) -> bool {
                match self { $(Limit::$Type(a) => a.is_moved_by_use(),)+ }
            }
            fn starts_with_less(&self) -> bool {
                match self { $(Limit::$Type(a) => a.starts_with_less(),)+ }
            }
            fn has_tokens(&self) -> bool {
                match self { $(Limit::$Type(a) => a.has_tokens(),)+ }
            }
            fn needs_permit(&self) -> bool {
                match self { $(Limit::$Type(a) => a.needs_permit(),)+ }
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
    "token-bucket" => token_bucket::TokenBucket,
    "rolling-window" => rolling_window::RollingWindow,
    "fixed-window" => aligned_window::AlignedWindow,
    "first-request-window" => first_request_window::FirstRequestWindow,
    "concurrency" => concurrency::Concurrency,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// What is found where something holds from `first` on, and how often it was asked whether it does.
    fn look(from: f64, guess: f64, first: f64) -> (f64, usize) {
        let asked = Cell::new(0_usize);
        let found = first_instant(from, guess, |at| {
            asked.set(asked.get() + 1);
            at >= first
        });
        (found, asked.get())
    }

    #[test]
    fn a_guess_that_is_right_is_asked_once_and_nothing_before_it() {
        assert_eq!(look(0.0, 7.0, 7.0), (7.0, 1));
        assert_eq!(look(0.0, 7.0, 3.0), (7.0, 1));
        assert_eq!(look(9.0, 7.0, 3.0), (9.0, 1));
    }

    #[test]
    fn a_guess_that_is_a_little_early_is_put_right_to_the_last_bit_in_few_steps() {
        for (late, doublings) in [(1, 1), (2, 2), (3, 2), (10, 4), (1000, 10), (1_000_000, 20)] {
            let guess = 1e12_f64;
            let first = f64::from_bits(guess.to_bits() + late);
            let (found, asked) = look(0.0, guess, first);
            assert_eq!(found, first);
            assert!(asked <= 1 + 2 * doublings, "{asked} for {late}");
        }
    }

    #[test]
    fn what_never_holds_is_not_looked_for_for_ever() {
        assert_eq!(look(0.0, 7.0, f64::NAN).0, f64::INFINITY);
    }

    #[test]
    fn so_many_windows_pass_an_amount() {
        let windows = [0.0, 2.0, 2.5, 12.0, 12.5].map(|amount| windows_for(amount, 2.0, 10.0));
        assert_eq!(windows, [0.0, 0.0, 1.0, 1.0, 2.0]);
    }

    #[test]
    fn what_algorithms_say_of_themselves() {
        let bucket = TokenBucket::new(10.0, 1.0).unwrap();
        let limits: [Limit; 8] = [
            bucket.clone().into(),
            bucket.clone().with_tokens(10.0).unwrap().into(),
            bucket.clone().with_tokens(3.0).unwrap().into(),
            bucket.with_debt().unwrap().into(),
            RollingWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            AlignedWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap().into(),
            Concurrency::new(10.0).unwrap().into(),
        ];
        type Says = fn(&Limit) -> bool;
        let says: [(&str, Says); 6] = [
            ("has tokens", |limit| limit.has_tokens()),
            ("starts with less", |limit| limit.starts_with_less()),
            ("allows debt", |limit| limit.allows_debt()),
            ("is moved by use", |limit| limit.is_moved_by_use()),
            ("uses the calendar", |limit| limit.uses_calendar()),
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
