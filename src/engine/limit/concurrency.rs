//! Concurrency: a limit of what is held at the same time.

use super::definition::{Definition, InForce, Traits};
use super::state::State;
use crate::error::{InvalidField, Value};
use crate::fields::{Fields, counted_limit, is_amount, is_limit};
use crate::numeric::sum::Sum;

const LIMIT: &str = "a number above 0 and at most 2^53 - 1";
const AMOUNT: &str = "a finite number of 0 or more";

/// At most `limit` tokens at the same time. A request holds its tokens until its permit is
/// released.
///
/// # Server
///
/// A semaphore: it counts the requests that it is working on.
///
/// # Why none is refused
///
/// A request reaches the server after its grant and is done before its permit is released. The
/// requests that the server works on at any instant are therefore part of those held here, which
/// are at most `limit`. That holds for any travel time: a rule may have a `jitter`, as all others,
/// but it has no effect.
///
/// # Price
///
/// The time of each response on its way back.
#[derive(Clone, Debug)]
pub struct Concurrency {
    limit: f64,
    jitter: f64,
}

/// The tokens held under a [`Concurrency`] rule.
#[derive(Clone, Debug)]
pub struct ConcurrencyState {
    /// The limit in force.
    capacity: f64,
    held: Sum,
}

impl Concurrency {
    /// A limit of `limit` tokens (above 0, at most 2^53 - 1) at the same time.
    ///
    /// # Errors
    /// The limit is out of its range.
    pub fn new(limit: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&Fields::of(&[("limit", Some(Value::Number(limit)))]))
    }
}

impl ConcurrencyState {
    /// The remaining tokens. Below zero, by what is held beyond it, after the limit was lowered.
    fn left(&self) -> f64 {
        self.held.below(self.capacity)
    }
}

impl Definition for Concurrency {
    type State = ConcurrencyState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let limit = counted_limit(fields.number("limit", LIMIT, is_limit)?);
        let jitter = fields.optional_number("jitter", AMOUNT, is_amount)?.unwrap_or(0.0);
        Ok(Self { limit, jitter })
    }

    fn start(&self, in_force: InForce, _now: f64) -> ConcurrencyState {
        ConcurrencyState { capacity: in_force.limit, held: Sum::default() }
    }

    fn update(&self, state: &mut ConcurrencyState, in_force: InForce, _now: f64) {
        state.capacity = in_force.limit;
    }

    fn field_names() -> &'static [&'static str] {
        &["limit", "jitter"]
    }

    fn fields(&self) -> Fields {
        let fields = [("limit", self.limit), ("jitter", self.jitter)];
        Fields::of(&fields.map(|(name, number)| (name, Some(Value::Number(number)))))
    }

    fn limit(&self) -> f64 {
        self.limit
    }

    fn jitter(&self) -> f64 {
        self.jitter
    }

    fn traits(&self) -> Traits {
        Traits { needs_permit: true, ..Traits::default() }
    }
}

impl State for ConcurrencyState {
    fn capacity(&self) -> f64 {
        self.capacity
    }

    /// Tasks end when they like, so the only bound is `from`.
    fn earliest_for(&self, _amount: f64, from: f64) -> f64 {
        from
    }

    fn available(&mut self, _now: f64) -> f64 {
        self.left()
    }

    /// Time alone releases nothing.
    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        if self.left() >= amount { from } else { f64::INFINITY }
    }

    fn take(&mut self, cost: f64, _now: f64) {
        self.held.add(cost);
    }

    fn give_back(&mut self, cost: f64, _taken_at: f64, _now: f64) {
        self.held.add(-cost);
    }

    /// Held tokens stay held, as only their holders can release them.
    fn set_available(&mut self, _tokens: f64, _now: f64) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::started;
    use super::*;

    #[test]
    fn tokens_are_held_until_given_back() {
        let mut tasks = started(Concurrency::new(3.0));
        tasks.take(2.0, 0.0);
        assert_eq!(tasks.available(1e9), 1.0);
        assert_eq!(tasks.ready_at(2.0, 5.0), f64::INFINITY);
        tasks.give_back(2.0, 0.0, 7.0);
        assert_eq!(tasks.ready_at(3.0, 7.0), 7.0);
    }

    #[test]
    fn lower_limit_waits_for_holders() {
        let mut tasks = started(Concurrency::new(3.0));
        tasks.take(3.0, 0.0);
        Concurrency::new(1.0).unwrap().update(&mut tasks, InForce::whole(1.0), 0.0);
        tasks.give_back(1.0, 0.0, 0.0);
        assert_eq!(tasks.available(0.0), -1.0);
        tasks.give_back(2.0, 0.0, 0.0);
        assert_eq!(tasks.available(0.0), 1.0);
    }
}
