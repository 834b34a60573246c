//! What a request costs under each rule.

/// Where the engine keeps a rule: what an id stands for until that rule is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub(crate) u32);

impl Slot {
    /// The slot as a number, for passing it through an interface that knows only numbers.
    pub fn index(self) -> u32 {
        self.0
    }

    /// The slot of a number that [`index`](Slot::index) gave. A number that never was one is an unknown rule.
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

/// The costs of one request, each rule at most once. Can be built once and submitted many times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs(Vec<Cost>);

impl Costs {
    /// Adds `amount` tokens to what the request costs under the rule at `slot`.
    #[inline(always)]
    pub fn add(&mut self, slot: Slot, amount: f64) {
        // Kept in the order of slots, in which they usually come, so that equal costs are equal vectors.
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

    /// What the request costs, rule by rule.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, f64)> + Clone {
        self.0.iter().map(|&Cost { slot, amount }| (slot, amount))
    }

    /// Forgets all costs but keeps the memory.
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
    fn costs_are_sums_in_the_order_of_slots() {
        assert_eq!(costs(&[(2, 1.0), (0, 5.0), (2, 3.0)]), costs(&[(0, 5.0), (2, 4.0)]));
        assert_ne!(costs(&[(0, 5.0)]), costs(&[(1, 5.0)]));
    }

    #[test]
    fn costs_can_be_built_anew() {
        let mut again = costs(&[(3, 1.0)]);
        again.clear();
        again.add(Slot::from_index(2), 1.0);
        assert_eq!(again, costs(&[(2, 1.0)]));
        assert_eq!(Slot::from_index(7).index(), 7);
    }
}
