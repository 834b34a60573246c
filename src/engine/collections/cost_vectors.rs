//! The store of cost vectors that waiters share.

use crate::request::{Cost, Slot};

/// Names a vector in a [`CostVectors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VectorId(pub(crate) u32);

/// Interned cost vectors: each is stored once, however many requests refer to it.
///
/// A trading program has few distinct costs and many requests. A waiter therefore holds four bytes
/// in place of its costs, and recurring costs find their vector without an allocation: unused
/// vectors are kept until they outnumber the used ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct CostVectors {
    vectors: Vec<Vector>,
    by_costs: Table,
    /// The vectors with a cost above 0 under the rule at a slot.
    by_slot: Vec<Vec<VectorId>>,
    unused: usize,
    free: Vec<u32>,
    /// The vector that was acquired last. Most requests cost the same as the one before, so nothing
    /// has to be hashed for them.
    latest: Option<VectorId>,
}

#[derive(Clone, Debug)]
struct Vector {
    costs: Box<[Cost]>,
    /// The number of requests that refer to the vector.
    users: usize,
}

/// The number of unused vectors that are kept in any case, as their costs may recur.
const SWEEP_ABOVE: usize = 1024;

impl CostVectors {
    /// The vector of these costs, if it is stored.
    pub(crate) fn find(&self, costs: &[Cost]) -> Option<VectorId> {
        let same = |&id: &u32| self.vectors.get(id as usize).is_some_and(|v| *v.costs == *costs);
        if self.latest.is_some_and(|latest| same(&latest.0)) {
            return self.latest;
        }
        self.by_costs.find(hash(costs), same).map(VectorId)
    }

    /// The vector of these costs, with one more user.
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
                // No memory holds 2^32 vectors.
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
        let Self { by_costs, vectors, .. } = self;
        by_costs.insert(id, vectors);
        VectorId(id)
    }

    /// Removes one user from a vector.
    pub(crate) fn release(&mut self, id: VectorId) {
        if let Some(vector) = self.vectors.get_mut(id.0 as usize) {
            vector.users = vector.users.saturating_sub(1);
            if vector.users == 0 {
                self.unused = self.unused.saturating_add(1);
            }
        }
        // Unused vectors outnumber the used ones, so sweeps are as rare as they are expensive.
        let used = self.by_costs.len.saturating_sub(self.unused);
        if self.unused > used.max(SWEEP_ABOVE) {
            self.sweep();
        }
    }

    pub(crate) fn get(&self, id: VectorId) -> &[Cost] {
        self.vectors.get(id.0 as usize).map_or(&[], |vector| &vector.costs)
    }

    /// The vectors with a cost above 0 under the rule at a slot.
    pub(crate) fn using(&self, slot: Slot) -> &[VectorId] {
        self.by_slot.get(slot.0 as usize).map_or(&[], |users| users)
    }

    fn sweep(&mut self) {
        let vectors = &self.vectors;
        let is_used = |id: u32| vectors.get(id as usize).is_some_and(|v| v.users > 0);
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
        self.by_costs = Table::default();
        for (id, vector) in (0..).zip(&self.vectors) {
            if vector.users > 0 {
                self.by_costs.insert(id, &self.vectors);
            }
        }
    }
}

/// A hash table of vectors, by their costs. Vectors are added one by one, and removed only by
/// building the table anew; a general table takes five times the code.
#[derive(Clone, Debug, Default)]
struct Table {
    /// The number of a vector, or [`NOTHING`], at the place of its hash or one of those after it.
    /// There are at least twice as many places as vectors.
    places: Vec<u32>,
    len: usize,
}

const NOTHING: u32 = u32::MAX;

impl Table {
    fn find(&self, hash: u32, is_sought: impl Fn(&u32) -> bool) -> Option<u32> {
        let mut at = self.start(hash);
        // A half of the places is free.
        while let Some(id) = self.places.get(at).filter(|id| **id != NOTHING) {
            if is_sought(id) {
                return Some(*id);
            }
            at = self.after(at);
        }
        None
    }

    /// Adds a vector that is not in the table.
    fn insert(&mut self, id: u32, vectors: &[Vector]) {
        self.len = self.len.saturating_add(1);
        if self.len.saturating_mul(2) > self.places.len() {
            let places = vec![NOTHING; self.places.len().saturating_mul(2).max(8)];
            for old in std::mem::replace(&mut self.places, places) {
                self.put(old, vectors);
            }
        }
        self.put(id, vectors);
    }

    fn put(&mut self, id: u32, vectors: &[Vector]) {
        let Some(vector) = vectors.get(id as usize) else { return };
        let mut at = self.start(hash(&vector.costs));
        while self.places.get(at).is_some_and(|id| *id != NOTHING) {
            at = self.after(at);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = id;
        }
    }

    /// The place for a hash: by its upper bits, on which amounts that are whole numbers differ.
    fn start(&self, hash: u32) -> usize {
        (u64::from(hash).wrapping_mul(self.places.len() as u64) >> 32) as usize
    }

    fn after(&self, at: usize) -> usize {
        let next = at.saturating_add(1);
        if next < self.places.len() { next } else { 0 }
    }
}

/// A hash whose upper bits depend on all costs. Costs come from the program itself, so none are
/// chosen to collide.
fn hash(costs: &[Cost]) -> u32 {
    let mut hash = 0_u64;
    for cost in costs {
        for part in [u64::from(cost.slot.0), cost.amount.to_bits()] {
            // The golden ratio, as a fraction of 2^64.
            hash = (hash.rotate_left(5) ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Costs;

    fn costs(pairs: &[(u32, f64)]) -> Costs {
        let mut costs = Costs::default();
        for &(slot, amount) in pairs {
            costs.add(Slot(slot), amount);
        }
        costs
    }

    #[test]
    fn equal_costs_share_a_vector_also_after_release() {
        let mut store = CostVectors::default();
        let a = store.acquire(costs(&[(0, 1.0), (1, 2.0)]).as_slice());
        let b = store.acquire(costs(&[(1, 2.0), (0, 1.0)]).as_slice());
        assert_eq!(a, b);
        store.release(a);
        store.release(b);
        assert_eq!(store.acquire(costs(&[(0, 1.0), (1, 2.0)]).as_slice()), a);
        assert_ne!(store.acquire(costs(&[(0, 1.5), (1, 2.0)]).as_slice()), a);
    }

    /// A store of the vectors 0 to `all`, of which the first `unused` have no users any more.
    fn store(unused: u32, all: u32) -> CostVectors {
        let mut store = CostVectors::default();
        let ids: Vec<VectorId> =
            (0..all).map(|n| store.acquire(costs(&[(0, f64::from(n + 1))]).as_slice())).collect();
        ids.into_iter().take(unused as usize).for_each(|id| store.release(id));
        store
    }

    #[test]
    fn many_unused_vectors_are_dropped_when_in_majority() {
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
            // Vectors in use stay in any case.
            let last = store.find(costs(&[(0, f64::from(all))]).as_slice());
            assert_eq!(last.is_some(), unused < all || !forgotten, "{unused} of {all}");
        }
    }

    #[test]
    fn latest_vector_is_dropped_with_the_others() {
        let mut store = store(1024, 1024);
        let none = store.acquire(&[]);
        store.release(none);
        assert_eq!((store.find(&[]), store.unused), (None, 0));
        // A vector whose place is free is not returned.
        assert_ne!(store.acquire(&[]), store.acquire(costs(&[(0, 1.0)]).as_slice()));
    }

    #[test]
    fn reused_vector_counts_as_used() {
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
    fn whole_amounts_and_powers_of_two_lie_apart() {
        for amounts in [|n| f64::from(n) + 1.0, |n| 2_f64.powi(n - 500), |n| f64::from(n) / 16.0] {
            let mut store = CostVectors::default();
            for n in 0..1000 {
                store.acquire(costs(&[(0, amounts(n))]).as_slice());
            }
            let Table { places, .. } = &store.by_costs;
            let full = places.split(|id| *id == NOTHING).map(<[u32]>::len).max().unwrap_or(0);
            assert!(full < 64, "{full} of {} places in a row are taken", places.len());
        }
    }

    #[test]
    fn zero_costs_use_no_slot() {
        let mut store = CostVectors::default();
        let id = store.acquire(costs(&[(0, 1.0), (1, 0.0), (2, 3.0)]).as_slice());
        assert_eq!(store.using(Slot(0)), [id]);
        assert_eq!(store.using(Slot(1)), []);
        assert_eq!(store.using(Slot(2)), [id]);
    }

    #[test]
    fn memory_is_bounded_by_vectors_in_use() {
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
