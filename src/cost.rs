//! What a request costs under each rule, and the store of cost vectors that waiting requests share.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

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

/// Names a vector in a [`CostVectors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VectorId(pub(crate) u32);

/// Cost vectors, each stored once however many requests wait with it.
///
/// A trading program has few distinct costs and many requests, so a waiting request holds four bytes in place of its
/// costs, and costs that come again find their vector without an allocation: vectors that nobody refers to are kept
/// until they are the most.
#[derive(Clone, Debug, Default)]
pub(crate) struct CostVectors {
    vectors: Vec<Vector>,
    by_costs: HashTable<u32>,
    /// The vectors that cost something under the rule at a slot.
    by_slot: Vec<Vec<VectorId>>,
    unused: usize,
    free: Vec<u32>,
    /// The one that was acquired last, which most requests are like: then nothing has to be hashed.
    latest: Option<VectorId>,
}

#[derive(Clone, Debug)]
struct Vector {
    costs: Box<[Cost]>,
    /// How many requests refer to it.
    users: usize,
}

/// So many vectors that nobody refers to are kept for those who come again.
const SWEEP_ABOVE: usize = 1024;

impl CostVectors {
    /// The vector of these costs, if it is there.
    pub(crate) fn find(&self, costs: &[Cost]) -> Option<VectorId> {
        let same = |&id: &u32| self.vectors.get(id as usize).is_some_and(|v| *v.costs == *costs);
        if self.latest.is_some_and(|latest| same(&latest.0)) {
            return self.latest;
        }
        self.by_costs.find(hash(costs), same).copied().map(VectorId)
    }

    /// The vector of these costs, for one more request.
    pub(crate) fn acquire(&mut self, costs: &[Cost]) -> VectorId {
        if let Some(id) = self.find(costs) {
            self.latest = Some(id);
            if let Some(vector) = self.vectors.get_mut(id.0 as usize) {
                if vector.users == 0 {
                    self.unused = self.unused.saturating_sub(1);
                }
                vector.users = vector.users.saturating_add(1);
            }
            return id;
        }
        let vector = Vector { costs: costs.into(), users: 1 };
        let id = match self.free.pop() {
            Some(id) => {
                if let Some(place) = self.vectors.get_mut(id as usize) {
                    *place = vector;
                }
                id
            }
            None => {
                self.vectors.push(vector);
                // As many vectors as 2^32 do not fit into memory.
                self.vectors.len().saturating_sub(1) as u32
            }
        };
        for cost in costs.iter().filter(|cost| cost.amount > 0.0) {
            let slot = cost.slot.0 as usize;
            if self.by_slot.len() <= slot {
                self.by_slot.resize_with(slot.saturating_add(1), Vec::new);
            }
            if let Some(users) = self.by_slot.get_mut(slot) {
                users.push(VectorId(id));
            }
        }
        self.latest = Some(VectorId(id));
        let vectors = &self.vectors;
        self.by_costs
            .insert_unique(hash(costs), id, |&id| vectors.get(id as usize).map_or(0, |v| hash(&v.costs)));
        VectorId(id)
    }

    /// One request fewer refers to the vector.
    pub(crate) fn release(&mut self, id: VectorId) {
        if let Some(vector) = self.vectors.get_mut(id.0 as usize) {
            vector.users = vector.users.saturating_sub(1);
            if vector.users == 0 {
                self.unused = self.unused.saturating_add(1);
            }
        }
        // More than are in use, so that sweeps are as rare as they are costly.
        let used = self.by_costs.len().saturating_sub(self.unused);
        if self.unused > used.max(SWEEP_ABOVE) {
            self.sweep();
        }
    }

    pub(crate) fn get(&self, id: VectorId) -> &[Cost] {
        self.vectors.get(id.0 as usize).map_or(&[], |vector| &vector.costs)
    }

    /// The vectors that cost something under the rule at a slot.
    pub(crate) fn using(&self, slot: Slot) -> &[VectorId] {
        self.by_slot.get(slot.0 as usize).map_or(&[], |users| users)
    }

    fn sweep(&mut self) {
        let vectors = &self.vectors;
        let is_used = |id: u32| vectors.get(id as usize).is_some_and(|v| v.users > 0);
        self.by_costs.retain(|&mut id| is_used(id));
        for users in &mut self.by_slot {
            users.retain(|id| is_used(id.0));
        }
        self.free.clear();
        for (id, vector) in (0u32..).zip(&mut self.vectors) {
            if vector.users == 0 {
                vector.costs = Box::default();
                self.free.push(id);
            }
        }
        self.unused = 0;
        self.latest = None;
    }
}

fn hash(costs: &[Cost]) -> u64 {
    let mut hasher = FxHasher::default();
    for cost in costs {
        cost.slot.hash(&mut hasher);
        cost.amount.to_bits().hash(&mut hasher);
    }
    hasher.finish()
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
    fn equal_costs_share_a_vector_also_after_nobody_waited_with_it() {
        let mut store = CostVectors::default();
        let a = store.acquire(costs(&[(0, 1.0), (1, 2.0)]).as_slice());
        let b = store.acquire(costs(&[(1, 2.0), (0, 1.0)]).as_slice());
        assert_eq!(a, b);
        store.release(a);
        store.release(b);
        assert_eq!(store.acquire(costs(&[(0, 1.0), (1, 2.0)]).as_slice()), a);
        assert_ne!(store.acquire(costs(&[(0, 1.5), (1, 2.0)]).as_slice()), a);
    }

    #[test]
    fn costs_can_be_built_anew() {
        let mut again = costs(&[(3, 1.0)]);
        again.clear();
        again.add(Slot::from_index(2), 1.0);
        assert_eq!(again, costs(&[(2, 1.0)]));
        assert_eq!(Slot::from_index(7).index(), 7);
    }

    /// A store of vectors 0 to `all`, of which the first `unused` are not used any more.
    fn store(unused: u32, all: u32) -> CostVectors {
        let mut store = CostVectors::default();
        let ids: Vec<VectorId> =
            (0..all).map(|n| store.acquire(costs(&[(0, f64::from(n + 1))]).as_slice())).collect();
        ids.into_iter().take(unused as usize).for_each(|id| store.release(id));
        store
    }

    #[test]
    fn unused_vectors_are_forgotten_when_they_are_many_and_the_most() {
        for (unused, all, forgotten) in [
            (1024, 1024, false),
            (1025, 1025, true),
            (1025, 2050, false),
            (1026, 2050, true),
            (1100, 3000, false),
        ] {
            let store = store(unused, all);
            let first = store.find(costs(&[(0, 1.0)]).as_slice());
            assert_eq!(first.is_none(), forgotten, "{unused} of {all}");
            // Those in use stay in any case.
            let last = store.find(costs(&[(0, f64::from(all))]).as_slice());
            assert_eq!(last.is_some(), unused < all || !forgotten, "{unused} of {all}");
        }
    }

    #[test]
    fn the_latest_vector_is_forgotten_with_the_others() {
        let mut store = store(1024, 1024);
        let none = store.acquire(&[]);
        store.release(none);
        assert_eq!((store.find(&[]), store.unused), (None, 0));
        // Not one whose place is free.
        assert_ne!(store.acquire(&[]), store.acquire(costs(&[(0, 1.0)]).as_slice()));
    }

    #[test]
    fn a_vector_that_is_used_again_is_not_unused() {
        let mut store = store(65, 65);
        for n in 0..65 {
            store.acquire(costs(&[(0, f64::from(n + 1))]).as_slice());
        }
        assert_eq!(store.unused, 0);
        store.acquire(costs(&[(0, 1.0)]).as_slice());
        assert_eq!(store.unused, 0);
        let id = store.find(costs(&[(0, 1.0)]).as_slice()).unwrap();
        store.release(id);
        assert_eq!(store.unused, 0);
        store.release(id);
        assert_eq!(store.unused, 1);
    }

    #[test]
    fn only_what_costs_something_is_used() {
        let mut store = CostVectors::default();
        let id = store.acquire(costs(&[(0, 1.0), (1, 0.0), (2, 3.0)]).as_slice());
        assert_eq!(store.using(Slot(0)), [id]);
        assert_eq!(store.using(Slot(1)), []);
        assert_eq!(store.using(Slot(2)), [id]);
    }

    #[test]
    fn memory_is_bounded_by_what_waits_at_once() {
        let mut store = CostVectors::default();
        let kept = store.acquire(costs(&[(7, 7.0)]).as_slice());
        for n in 0..100_000 {
            let id = store.acquire(costs(&[(0, f64::from(n))]).as_slice());
            assert_eq!(store.get(id), costs(&[(0, f64::from(n))]).as_slice());
            store.release(id);
        }
        assert!(store.vectors.len() < 2 * SWEEP_ABOVE, "{}", store.vectors.len());
        assert_eq!(store.get(kept), costs(&[(7, 7.0)]).as_slice());
        assert_eq!(store.using(Slot(7)), [kept]);
        assert!(store.using(Slot(0)).len() < 2 * SWEEP_ABOVE);
        assert_eq!(store.acquire(costs(&[(7, 7.0)]).as_slice()), kept);
    }
}
