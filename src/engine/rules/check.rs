//! Whether costs can be granted: now, later, or never.

use super::{Entry, Rules};
use crate::error::{Rejection, Value};
use crate::request::{Cost, Priority};
use crate::time::HORIZON;

/// The number of rounds in which rules may disagree about the next instant. Windows of 10 s and of
/// a day agree within a few.
const ROUNDS: usize = 1000;

impl Rules {
    /// Whether all `costs` can be granted at `now` to a request without waiters ahead; `None` if
    /// the request is [rejected](Rules::rejection_of).
    #[inline(always)]
    pub(crate) fn check(
        &mut self,
        costs: &[Cost],
        class: Priority,
        permit: bool,
        now: f64,
    ) -> Option<bool> {
        costs
            .iter()
            .try_fold(true, |left, &cost| Some(left & self.allows(cost, class, permit, now)?))
    }

    /// Whether one cost can be granted at `now` to a request without waiters ahead; `None` if the
    /// request is [rejected](Rules::rejection_of).
    #[inline(always)]
    pub(crate) fn allows(
        &mut self,
        cost: Cost,
        class: Priority,
        permit: bool,
        now: f64,
    ) -> Option<bool> {
        let Cost { slot, amount } = cost;
        let entry = self.get_mut(slot)?;
        // False for NaN too.
        if amount > 0.0
            && amount <= entry.max_grantable_by(class)
            && (permit || !entry.traits.needs_permit)
        {
            let reserve = entry.reserve_for(class);
            return Some(now >= entry.paused_until && entry.state.allows(amount, reserve, now));
        }
        (amount == 0.0).then_some(true)
    }

    /// The reason to reject costs, if there is one: first unknown rules, then invalid costs, then
    /// costs that are too large, then a missing permit.
    #[cold]
    pub(crate) fn rejection_of(
        &self,
        costs: &[Cost],
        class: Priority,
        permit: bool,
    ) -> Option<Rejection> {
        let (mut invalid, mut too_much, mut needs_permit) = (None, None, None);
        for &Cost { slot, amount } in costs {
            let Some(entry) = self.get(slot) else {
                return Some(self.unknown(&["slot ", &slot.index().to_string()].concat()));
            };
            let (rule, capacity) = (|| entry.id.clone(), entry.max_grantable_by(class));
            if !(0.0..f64::INFINITY).contains(&amount) {
                invalid.get_or_insert_with(|| Rejection::InvalidCost {
                    rule: Some(rule()),
                    cost: Value::Number(amount),
                });
            } else if amount > capacity {
                too_much.get_or_insert_with(|| Rejection::CostExceedsCapacity {
                    rule: rule(),
                    cost: amount,
                    capacity,
                });
            } else if amount > 0.0 && !permit && entry.traits.needs_permit {
                needs_permit.get_or_insert_with(|| Rejection::NeedsPermit { rule: rule() });
            }
        }
        invalid.or(too_much).or(needs_permit)
    }

    /// The first instant from `from` on at which all `needs` remain together if nothing else is
    /// taken.
    pub(crate) fn ready_at(&mut self, needs: &[Cost], from: f64) -> f64 {
        let mut at = from;
        // Each rule is asked again from the latest instant, as its tokens may be gone by then. If
        // the rules never agree, the instant is too early, and the caller checks again then.
        for _ in 0..ROUNDS {
            let mut next = at;
            for need in needs {
                if let Some(entry) = self.get_mut(need.slot) {
                    next = next.max(entry.ready_at(need.amount, at));
                }
            }
            if next == at {
                return next;
            }
            at = next;
        }
        at
    }
}

impl Entry {
    /// The first instant from `from` on at which `amount` remains if nothing else is taken.
    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        let from = from.max(self.paused_until);
        // That far away, windows are indistinguishable.
        if from > HORIZON {
            return f64::INFINITY;
        }
        let at = self.state.ready_at(amount, from);
        if at > HORIZON { f64::INFINITY } else { at }
    }

    /// A lower bound of the instant at which `cost` can be granted after a demand of `ahead`.
    pub(crate) fn earliest(&mut self, ahead: f64, cost: f64, class: Priority, now: f64) -> f64 {
        let need = self.state.need(ahead, cost) + self.reserve_for(class);
        let at = self.state.earliest_for(need, now.max(self.paused_until));
        // NaN if the mode leaves no capacity.
        if at <= HORIZON { at } else { f64::INFINITY }
    }

    /// The tokens that are reserved from requests of a class.
    pub(crate) fn reserve_for(&self, class: Priority) -> f64 {
        if class == Priority::Critical { 0.0 } else { self.in_force.reserve }
    }

    fn max_grantable_by(&self, class: Priority) -> f64 {
        let [critical, others] = self.max_grantable;
        if class == Priority::Critical { critical } else { others }
    }
}
