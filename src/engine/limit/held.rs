//! Amounts that another part of the program gives: claims on a limit that several processes share.

use super::definition::{Definition, Traits};
use super::state::State;
use super::{InForce, InvalidField};
use crate::error::Value;
use crate::fields::{Fields, counted_limit, is_limit};

const LIMIT: &str = "a number above 0 and at most 2^53 - 1";

/// A rule of which nothing remains until an amount is given, each amount for a time.
///
/// A ledger that counts for several processes gives them claims. Within its claims, a process
/// grants requests without asking. `limit` is the largest cost of a request. Modes leave it whole,
/// as the ledger has already kept their buffer and reserve.
///
/// # Server
///
/// Any: the ledger has counted the amount for the whole time in which it can be spent. The argument
/// is in docs/internals/shared-limits.md in the repository.
///
/// # Price
///
/// An amount that is not spent in its time is lost to the others for as long.
#[derive(Clone, Debug)]
pub struct Held {
    limit: f64,
    permits: bool,
}

/// The amounts given under a [`Held`] rule.
#[derive(Clone, Debug)]
pub struct HeldState {
    capacity: f64,
    permits: bool,
    /// The tokens of held permits, if the rule needs permits; else 0.
    in_use: f64,
    holdings: Vec<Holding>,
}

/// An amount that was given under a rule until an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holding {
    /// The number of the claim that gave it.
    pub claim: f64,
    /// The first instant at which it can no longer be spent.
    pub until: f64,
    /// The amount given, in tokens.
    pub given: f64,
    /// The spent part of the amount. Of a rule that needs permits, the part that is in use.
    pub spent: f64,
    /// The last instant at which a part was spent; negative infinity if none was.
    pub spent_at: f64,
}

impl Holding {
    fn left(&self) -> f64 {
        (self.given - self.spent).max(0.0)
    }
}

impl Held {
    /// A rule that grants costs of at most `limit` tokens (above 0, at most 2^53 - 1) from what it
    /// is given. With `permits`, costs come back when their permits are released.
    ///
    /// # Errors
    /// The limit is out of its range.
    pub fn new(limit: f64, permits: bool) -> Result<Self, InvalidField> {
        let fields = [("limit", Value::Number(limit)), ("permits", Value::Bool(permits))];
        Self::from_fields(&Fields::of(&fields.map(|(name, value)| (name, Some(value)))))
    }
}

impl HeldState {
    /// The tokens left of all claims that have not ended at `now`. Permits in use count to ended
    /// claims as far as these cover them: the ledger counts such a claim until its permits are
    /// released. Not inlined, as the fast path of other rules would grow by it.
    #[inline(never)]
    fn left(&self, now: f64) -> f64 {
        let (mut left, mut ended) = (0.0, 0.0);
        for holding in &self.holdings {
            let part = if now < holding.until { &mut left } else { &mut ended };
            *part += holding.left();
        }
        left - (self.in_use - ended).max(0.0)
    }

    /// Spends a cost, at first from the claims that were given first.
    fn spend(&mut self, mut cost: f64, now: f64) {
        for holding in &mut self.holdings {
            let part = if now < holding.until { cost.min(holding.left()) } else { 0.0 };
            if part > 0.0 {
                holding.spent += part;
                holding.spent_at = now;
                cost -= part;
            }
        }
    }

    /// Sets the amount of a claim and its end. The spent part stays. An amount of 0, or
    /// one that is no number, drops the claim.
    pub(crate) fn give(&mut self, claim: f64, amount: f64, until: f64) {
        // False for NaN too.
        let is_kept = amount > 0.0;
        let known = self.holdings.iter().position(|holding| holding.claim == claim);
        if let Some(at) = known {
            if !is_kept {
                self.holdings.remove(at);
            } else if let Some(known) = self.holdings.get_mut(at) {
                (known.given, known.until) = (amount, until);
            }
        } else if is_kept {
            let (spent, spent_at) = (0.0, f64::NEG_INFINITY);
            self.holdings.push(Holding { claim, until, given: amount, spent, spent_at });
        }
    }

    /// Shows the amounts given. The tokens in use count to the first of them.
    pub(crate) fn for_each(&self, mut show: impl FnMut(Holding)) {
        let mut in_use = self.in_use;
        for holding in &self.holdings {
            let part = in_use.min(holding.left());
            in_use -= part;
            show(Holding { spent: holding.spent + part, ..*holding });
        }
    }
}

impl Definition for Held {
    type State = HeldState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let limit = counted_limit(fields.number("limit", LIMIT, is_limit)?);
        Ok(Self { limit, permits: matches!(fields.get("permits"), Some(Value::Bool(true))) })
    }

    fn start(&self, in_force: InForce, _now: f64) -> HeldState {
        let holdings = Vec::new();
        HeldState { capacity: in_force.limit, permits: self.permits, in_use: 0.0, holdings }
    }

    fn update(&self, state: &mut HeldState, in_force: InForce, _now: f64) {
        state.capacity = in_force.limit;
    }

    fn field_names() -> &'static [&'static str] {
        &["limit", "permits"]
    }

    fn fields(&self) -> Fields {
        let permits = Value::Bool(self.permits);
        Fields::of(&[("limit", Some(Value::Number(self.limit))), ("permits", Some(permits))])
    }

    fn limit(&self) -> f64 {
        self.limit
    }

    fn jitter(&self) -> f64 {
        0.0
    }

    fn traits(&self) -> Traits {
        Traits { needs_permit: self.permits, is_held: true, ..Traits::default() }
    }
}

impl State for HeldState {
    fn capacity(&self) -> f64 {
        self.capacity
    }

    /// More may be given at any time.
    fn earliest_for(&self, _amount: f64, from: f64) -> f64 {
        from
    }

    fn available(&mut self, now: f64) -> f64 {
        self.left(now)
    }

    /// Time alone gives nothing.
    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        if self.left(from) >= amount { from } else { f64::INFINITY }
    }

    fn take(&mut self, cost: f64, now: f64) {
        if self.permits {
            self.in_use += cost;
        } else {
            self.spend(cost, now);
        }
    }

    /// Only permits come back: what else was spent is known to the ledger by its claim, and the
    /// claim may be settled by now.
    fn give_back(&mut self, cost: f64, _taken_at: f64, _now: f64) {
        if self.permits {
            self.in_use = (self.in_use - cost).max(0.0);
        }
    }

    /// Only the ledger knows what remains for all.
    fn set_available(&mut self, _tokens: f64, _now: f64) {}

    /// Not empty while there are claims. They cannot be restored, as only the ledger knows whether
    /// they still hold.
    fn save(&self, _now: f64) -> Vec<f64> {
        if self.holdings.is_empty() { Vec::new() } else { vec![0.0] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::started;
    use super::*;

    fn spent(state: &HeldState) -> Vec<(f64, f64, f64)> {
        let mut all = Vec::new();
        state.for_each(|each| all.push((each.claim, each.spent, each.spent_at)));
        all
    }

    #[test]
    fn claims_are_spent_in_the_order_in_which_they_were_given() {
        let mut held = started(Held::new(10.0, false));
        assert_eq!(held.available(0.0), 0.0);
        held.give(1.0, 2.0, 100.0);
        held.give(2.0, 3.0, 200.0);
        assert_eq!(held.available(0.0), 5.0);
        held.take(3.0, 7.0);
        assert_eq!(spent(&held), [(1.0, 2.0, 7.0), (2.0, 1.0, 7.0)]);
        assert_eq!([held.available(199.0), held.available(200.0)], [2.0, 0.0]);
    }

    #[test]
    fn nothing_ended_is_spent() {
        let mut held = started(Held::new(10.0, false));
        held.give(1.0, 3.0, 100.0);
        held.give(2.0, 3.0, 200.0);
        assert_eq!(held.ready_at(4.0, 99.0), 99.0);
        assert_eq!(held.ready_at(4.0, 100.0), f64::INFINITY);
        held.take(3.0, 100.0);
        assert_eq!(spent(&held), [(1.0, 0.0, f64::NEG_INFINITY), (2.0, 3.0, 100.0)]);
    }

    #[test]
    fn changed_claim_keeps_what_was_spent() {
        let mut held = started(Held::new(10.0, false));
        held.give(1.0, 3.0, 100.0);
        held.take(2.0, 1.0);
        held.give(1.0, 5.0, 300.0);
        assert_eq!(held.available(200.0), 3.0);
        held.give(1.0, 1.0, 300.0);
        assert_eq!(held.available(200.0), 0.0);
        assert!(!held.save(0.0).is_empty());
        held.give(1.0, 0.0, 300.0);
        held.give(2.0, f64::NAN, 300.0);
        assert_eq!((held.available(200.0), held.save(0.0)), (0.0, vec![]));
    }

    #[test]
    fn permits_come_back_to_the_last_claim() {
        let mut held = started(Held::new(10.0, true));
        held.give(1.0, 2.0, 100.0);
        held.give(2.0, 2.0, 200.0);
        held.take(3.0, 1.0);
        assert_eq!(held.available(1.0), 1.0);
        held.give_back(2.0, 1.0, 2.0);
        let never = f64::NEG_INFINITY;
        assert_eq!(spent(&held), [(1.0, 1.0, never), (2.0, 0.0, never)]);
        // The permit in use counts to the claim that has ended.
        assert_eq!([held.available(2.0), held.available(150.0)], [3.0, 2.0]);
    }

    #[test]
    fn permits_of_ended_claims_leave_later_claims_whole() {
        let mut held = started(Held::new(10.0, true));
        held.give(1.0, 2.0, 100.0);
        held.take(2.0, 1.0);
        held.give(2.0, 1.0, 300.0);
        assert_eq!([held.available(99.0), held.available(200.0)], [1.0, 1.0]);
        held.take(1.0, 200.0);
        assert_eq!(held.available(200.0), 0.0);
        // The ledger counts the ended claim whole, until it is settled or told to be smaller.
        held.give_back(1.0, 1.0, 201.0);
        assert_eq!(held.available(201.0), 1.0);
        held.give(1.0, 0.0, 100.0);
        assert_eq!(held.available(201.0), -1.0);
    }

    #[test]
    fn refund_returns_nothing_to_a_settled_claim() {
        let mut held = started(Held::new(10.0, false));
        held.give(1.0, 2.0, 100.0);
        held.take(2.0, 1.0);
        held.give_back(2.0, 1.0, 2.0);
        assert_eq!(held.available(2.0), 0.0);
    }
}
