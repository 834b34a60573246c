//! Heaps with lazy deletion.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::marker::PhantomData;

use crate::time::OrderedTime;

/// An entry of a [`LazyHeap`]. All kinds are kept in one form, so that there is one code for their
/// heaps.
pub(crate) trait HeapEntry: Copy {
    fn pack(self) -> Packed;
    /// Returns the entry that [`pack`](HeapEntry::pack) has packed.
    fn unpack(packed: Packed) -> Self;
}

/// An entry, ordered by `at`, then by `order`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    /// 0 if time does not matter.
    pub(crate) at: OrderedTime,
    pub(crate) order: u64,
    /// Parts of the entry that are not compared.
    pub(crate) more: u64,
    pub(crate) index: u32,
    pub(crate) number: u32,
}

impl Packed {
    /// An entry that is ordered by a number alone.
    pub(crate) fn by_order(order: u64, index: u32, number: u32) -> Self {
        Self { at: OrderedTime(0.0), order, more: 0, index, number }
    }
}

/// Compares in reverse, as a `BinaryHeap` has the greatest entry first.
impl Ord for Packed {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at).then(other.order.cmp(&self.order))
    }
}

impl PartialOrd for Packed {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Packed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Packed {}

/// A heap with the smallest entry first and with lazy deletion: entries that have become void stay
/// in it. The caller tells which entries hold; void ones are dropped when they reach the top, or
/// all at once when they are in the majority.
///
/// A cancelled request therefore costs its heaps nothing, and memory stays within a constant factor
/// of the live entries.
#[derive(Clone, Debug)]
pub(crate) struct LazyHeap<T: HeapEntry>(BinaryHeap<Packed>, PhantomData<T>);

impl<T: HeapEntry> Default for LazyHeap<T> {
    fn default() -> Self {
        Self(BinaryHeap::new(), PhantomData)
    }
}

/// The number of void entries below which a sweep is not worth its time.
const SLACK: usize = 32;

impl<T: HeapEntry> LazyHeap<T> {
    /// Adds an entry to a heap in which at most `live` entries hold.
    pub(crate) fn push(&mut self, entry: T, live: usize, holds: impl Fn(T) -> bool) {
        push(&mut self.0, entry.pack(), live, &|packed| holds(T::unpack(packed)));
    }

    /// Whether there are no entries, not even void ones.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes all entries, and keeps their memory.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// All entries in no order, void ones included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.0.iter().map(|&packed| T::unpack(packed))
    }

    /// The smallest entry that holds.
    pub(crate) fn first(&mut self, holds: impl Fn(T) -> bool) -> Option<T> {
        while let Some(&packed) = self.0.peek() {
            let entry = T::unpack(packed);
            if holds(entry) {
                return Some(entry);
            }
            pop(&mut self.0);
        }
        None
    }

    /// Removes and returns the smallest entry that holds, if `taken` says so.
    pub(crate) fn pop_if(
        &mut self,
        holds: impl Fn(T) -> bool,
        taken: impl Fn(T) -> bool,
    ) -> Option<T> {
        let entry = self.first(holds).filter(|&entry| taken(entry))?;
        pop(&mut self.0);
        Some(entry)
    }
}

#[inline(never)]
fn push(heap: &mut BinaryHeap<Packed>, entry: Packed, live: usize, holds: &dyn Fn(Packed) -> bool) {
    if heap.len() > live.saturating_mul(2).saturating_add(SLACK) {
        heap.retain(|&entry| holds(entry));
    }
    if heap.capacity() == 0 {
        // Room for the slack and as much again, so that a rarely used heap does not keep growing.
        heap.reserve(SLACK.saturating_mul(2));
    }
    heap.push(entry);
}

#[inline(never)]
fn pop(heap: &mut BinaryHeap<Packed>) {
    heap.pop();
}

#[cfg(test)]
mod tests {
    use super::*;

    impl HeapEntry for i32 {
        fn pack(self) -> Packed {
            Packed::by_order(self as u64, 0, 0)
        }

        fn unpack(packed: Packed) -> Self {
            packed.order as i32
        }
    }

    impl HeapEntry for OrderedTime {
        fn pack(self) -> Packed {
            Packed { at: self, ..Packed::by_order(0, 0, 0) }
        }

        fn unpack(packed: Packed) -> Self {
            packed.at
        }
    }

    #[test]
    fn void_entries_are_skipped_and_swept() {
        let mut heap = LazyHeap::default();
        for n in 0..10_000 {
            // Only the last entry holds.
            heap.push(n, 1, |entry| entry + 1 >= n);
        }
        assert!(heap.0.len() < 100, "{}", heap.0.len());
        assert_eq!(heap.first(|entry| entry == 9_999), Some(9_999));
        assert_eq!(heap.pop_if(|_| true, |entry| entry > 9_999), None);
        assert_eq!(heap.pop_if(|_| true, |entry| entry == 9_999), Some(9_999));
        assert_eq!(heap.first(|_| true), None);
    }

    #[test]
    fn sweeps_are_rare_and_bound_the_heap() {
        let asked = std::cell::Cell::new(0);
        let mut heap = LazyHeap::default();
        let mut push = |n: i32, live: usize| {
            heap.push(n, live, |entry| {
                asked.set(asked.get() + 1);
                entry + live as i32 >= n
            });
            heap.0.len()
        };
        assert!((0..10_000).all(|n| push(n, 100) <= 2 * 100 + SLACK + 1));
        push(10_000, 1);
        assert!((10_001..10_100).all(|n| push(n, 1) <= 2 + SLACK + 1));
        assert!(asked.get() < 3 * 10_000, "{}", asked.get());
    }

    #[test]
    fn instants_are_ordered_by_time() {
        let mut heap = LazyHeap::default();
        for at in [5.0, f64::INFINITY, -1.0, 0.0] {
            heap.push(OrderedTime(at), 4, |_| true);
        }
        let order: Vec<f64> =
            std::iter::from_fn(|| heap.pop_if(|_| true, |_| true)).map(|at| at.0).collect();
        assert_eq!(order, [-1.0, 0.0, 5.0, f64::INFINITY]);
        assert!(OrderedTime(1.0) == OrderedTime(1.0) && OrderedTime(1.0) != OrderedTime(2.0));
    }
}
