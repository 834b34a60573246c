//! The costs of a request.

/// The index at which the engine keeps a rule, until that rule is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub(crate) u32);

impl Slot {
    /// The slot as a number, for an interface that knows only numbers.
    pub fn index(self) -> u32 {
        self.0
    }

    /// The slot of a number that [`index`](Slot::index) returned. Any other number stands for an
    /// unknown rule.
    pub fn from_index(index: u32) -> Self {
        Self(index)
    }
}

/// The cost of one request under one rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) slot: Slot,
    pub(crate) amount: f64,
}

/// The costs of one request, at most one per rule. Can be built once and submitted many times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs(Vec<Cost>);

impl Costs {
    /// Adds `amount` tokens to the cost under the rule at `slot`.
    #[inline(always)]
    pub fn add(&mut self, slot: Slot, amount: f64) {
        // The costs are sorted by slot, so that equal costs are equal vectors. They usually come in
        // this order.
        if self.0.last().is_none_or(|last| last.slot < slot) {
            self.0.push(Cost { slot, amount });
        } else {
            self.put(slot, amount);
        }
    }

    fn put(&mut self, slot: Slot, amount: f64) {
        match self.0.binary_search_by_key(&slot, |cost| cost.slot) {
            Ok(at) => {
                if let Some(cost) = self.0.get_mut(at) {
                    cost.amount += amount;
                }
            }
            Err(at) => self.0.insert(at, Cost { slot, amount }),
        }
    }

    /// The cost under the rule at `slot`: 0 if there is none.
    pub(crate) fn amount(&self, slot: Slot) -> f64 {
        let at = self.0.binary_search_by_key(&slot, |cost| cost.slot);
        at.ok().and_then(|at| self.0.get(at)).map_or(0.0, |cost| cost.amount)
    }

    /// The costs, rule by rule.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, f64)> + Clone {
        self.0.iter().map(|&Cost { slot, amount }| (slot, amount))
    }

    /// Removes all costs but keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn as_slice(&self) -> &[Cost] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(pairs: &[(u32, f64)]) -> Costs {
        let mut costs = Costs::default();
        for &(slot, amount) in pairs {
            costs.add(Slot(slot), amount);
        }
        costs
    }

    #[test]
    fn costs_are_summed_and_sorted_by_slot() {
        assert_eq!(costs(&[(2, 1.0), (0, 5.0), (2, 3.0)]), costs(&[(0, 5.0), (2, 4.0)]));
        assert_ne!(costs(&[(0, 5.0)]), costs(&[(1, 5.0)]));
    }

    #[test]
    fn cleared_costs_can_be_filled_again() {
        let mut again = costs(&[(3, 1.0)]);
        again.clear();
        again.add(Slot::from_index(2), 1.0);
        assert_eq!(again, costs(&[(2, 1.0)]));
        assert_eq!(Slot::from_index(7).index(), 7);
    }
}
