//! Whether costs can be granted: now, later, or never.

use super::{Entry, Rules};
use crate::error::{Rejection, Value};
use crate::limit::{InForce, Planned, Sought};
use crate::request::{Cost, Priority};
use crate::time::HORIZON;

/// The number of rounds in which rules may disagree about the next instant. Windows of 10 s and of
/// a day agree within a few.
pub(crate) const ROUNDS: usize = 1000;

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
        self.is_peak = false;
        let mut remains = true;
        for &cost in costs {
            remains &= self.allows(cost, class, permit, now)?;
        }
        Some(remains)
    }

    /// [`check`](Rules::check), in code of its own: for all requests but the most frequent ones.
    #[inline(never)]
    pub(crate) fn check_aside(
        &mut self,
        costs: &[Cost],
        class: Priority,
        permit: bool,
        now: f64,
    ) -> Option<bool> {
        self.check(costs, class, permit, now)
    }

    /// Whether one cost can be granted at `now` to a request without waiters ahead; `None` if the
    /// request is [rejected](Rules::rejection_of).
    #[inline(always)]
    fn allows(&mut self, cost: Cost, class: Priority, permit: bool, now: f64) -> Option<bool> {
        match self.allows_below_peak(cost, class, permit, now) {
            Some(false) => Some(self.allows_to_peak(cost, class, now)),
            answer => answer,
        }
    }

    /// Whether one cost that is no reason to reject can be granted, if that may lead to a new peak.
    #[cold]
    #[inline(never)]
    fn allows_to_peak(&mut self, cost: Cost, class: Priority, now: f64) -> bool {
        let Cost { slot, amount } = cost;
        let Some(entry) = self.get_mut(slot) else { return false };
        let reserve = entry.reserve_for(class);
        // Any other cost has been found to exceed the remaining tokens.
        let is_large = amount + reserve > entry.state.capacity();
        let allows = now >= entry.paused_until
            && (entry.peak.mark_for(class) > reserve && entry.state.allows(amount, reserve, now)
                || is_large && entry.allows_alone(amount, class, now));
        self.is_peak |= allows;
        allows
    }

    /// Whether one cost can be granted at `now` to a request without waiters ahead and without a
    /// look at its rule (see [`Peak`](super::peak::Peak)); `None` if the request is
    /// [rejected](Rules::rejection_of).
    #[inline(always)]
    pub(crate) fn allows_below_peak(
        &mut self,
        cost: Cost,
        class: Priority,
        permit: bool,
        now: f64,
    ) -> Option<bool> {
        let Cost { slot, amount } = cost;
        let entry = self.get_mut(slot)?;
        if entry.is_grantable(amount, permit) {
            let mark = entry.peak.mark_for(class);
            return Some(now >= entry.paused_until && entry.state.allows(amount, mark, now));
        }
        (amount == 0.0).then_some(true)
    }

    /// Whether no cost is a reason to [reject](Rules::rejection_of) a request.
    pub(crate) fn are_grantable(&mut self, costs: &[Cost], permit: bool, now: f64) -> bool {
        for &Cost { slot, amount } in costs {
            match self.get_mut(slot) {
                Some(entry) if entry.is_grantable(amount, permit) => {
                    if now >= entry.paused_until {
                        entry.state.advance(now);
                    }
                }
                Some(_) if amount == 0.0 => {}
                _ => return false,
            }
        }
        true
    }

    /// The reason to reject costs, if there is one: first unknown rules, then invalid costs, then
    /// costs that are too large, then a missing permit.
    #[cold]
    pub(crate) fn rejection_of(&self, costs: &[Cost], permit: bool) -> Option<Rejection> {
        let (mut invalid, mut too_much, mut needs_permit) = (None, None, None);
        for &Cost { slot, amount } in costs {
            let Some(entry) = self.get(slot) else {
                return Some(self.unknown(&["slot ", &slot.index().to_string()].concat()));
            };
            let (rule, capacity) = (|| entry.id.clone(), entry.max_grantable);
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
    /// Whether a cost is above 0 and can be granted, now or later.
    #[inline(always)]
    fn is_grantable(&self, amount: f64, permit: bool) -> bool {
        // False for NaN too.
        amount > 0.0 && amount <= self.max_grantable && (permit || !self.traits.needs_permit)
    }

    /// The first instant from `from` on at which `amount` remains if nothing else is taken.
    pub(crate) fn ready_at(&self, amount: f64, from: f64) -> f64 {
        let from = from.max(self.paused_until);
        // That far away, windows are indistinguishable.
        if from > HORIZON {
            return f64::INFINITY;
        }
        let at = self.state.ready_at(amount, from);
        if at > HORIZON { f64::INFINITY } else { at }
    }

    /// The first instant from `from` on at which a waiter can be granted beside the planned costs.
    pub(crate) fn first_fit(&self, sought: Sought, planned: &[Planned], from: f64) -> f64 {
        let from = from.max(self.paused_until);
        if from > HORIZON {
            return f64::INFINITY;
        }
        let at = self.state.first_fit(sought, planned, from);
        if at > HORIZON { f64::INFINITY } else { at }
    }

    /// The cost of a waiter of a class for which an instant is sought, while waiters ahead claim
    /// `claimed` tokens at every instant.
    pub(crate) fn sought(&self, cost: f64, claimed: f64, class: Priority) -> Sought {
        let need = self.need(claimed, cost, class);
        Sought { cost, need, claimed }
    }

    /// The tokens that have to remain for a waiter of `cost` behind a demand of `ahead`.
    ///
    /// A request that needs more than the limit in force is granted while nothing counts under the
    /// rule: a mode or a reserve makes it wait, and never makes it impossible. While a refusal has
    /// reduced the limit, its cost has to be within that.
    pub(crate) fn need(&self, ahead: f64, cost: f64, class: Priority) -> f64 {
        let (reserve, capacity) = (self.reserve_for(class), self.state.capacity());
        let alone = self.state.need(0.0, cost) + reserve;
        if alone > capacity && (self.traits.allows_debt || cost <= self.whole_capacity()) {
            ahead + capacity
        } else if ahead == 0.0 {
            alone
        } else {
            self.state.need(ahead, cost) + reserve
        }
    }

    /// The capacity if the whole share of the limit were in force, as far as refusals have not
    /// reduced it.
    fn whole_capacity(&self) -> f64 {
        self.definition.capacity(InForce::whole(self.in_force.share.min(self.ceiling)))
    }

    /// Whether a request with a `cost` above 0 and no waiters ahead can be granted at `now`, also
    /// one that exceeds the limit in force.
    #[cold]
    #[inline(never)]
    fn allows_alone(&mut self, cost: f64, class: Priority, now: f64) -> bool {
        now >= self.paused_until && self.state.available(now) >= self.need(0.0, cost, class)
    }

    /// A lower bound of the instant at which `cost` can be granted after a demand of `ahead`, in
    /// which no request wants more than `largest`.
    pub(crate) fn earliest(
        &mut self,
        (ahead, largest): (f64, f64),
        cost: f64,
        class: Priority,
        now: f64,
    ) -> f64 {
        // Behind waiters ahead, a bucket with debt still needs nothing for this cost.
        let need = self.state.least_demand(ahead, largest) + self.need(0.0, cost, class);
        let at = self.state.earliest_for(need, now.max(self.paused_until));
        // NaN if the mode leaves no capacity.
        if at <= HORIZON { at } else { f64::INFINITY }
    }

    /// The tokens that are reserved from requests of a class.
    pub(crate) fn reserve_for(&self, class: Priority) -> f64 {
        if class == Priority::Critical { 0.0 } else { self.in_force.reserve }
    }
}
