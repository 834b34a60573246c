//! Heaps with lazy deletion.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An entry of a [`LazyHeap`], ordered by its key.
pub(crate) trait HeapEntry: Copy {
    type Key: Ord;

    fn key(self) -> Self::Key;
}

/// Compares by the reversed key, as a `BinaryHeap` has the greatest entry first.
#[derive(Clone, Copy, Debug)]
struct ByKey<T>(T);

impl<T: HeapEntry> Ord for ByKey<T> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.key().cmp(&self.0.key())
    }
}

impl<T: HeapEntry> PartialOrd for ByKey<T> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: HeapEntry> PartialEq for ByKey<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: HeapEntry> Eq for ByKey<T> {}

/// A heap with the smallest key first and with lazy deletion: entries that have become void stay in
/// it. The caller tells which entries hold; void ones are dropped when they reach the top, or all
/// at once when they are in the majority.
///
/// A cancelled request therefore costs its heaps nothing, and memory stays within a constant factor
/// of the live entries.
#[derive(Clone, Debug)]
pub(crate) struct LazyHeap<T: HeapEntry>(BinaryHeap<ByKey<T>>);

impl<T: HeapEntry> Default for LazyHeap<T> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

/// The number of void entries below which a sweep is not worth its time.
const SLACK: usize = 32;

impl<T: HeapEntry> LazyHeap<T> {
    /// Adds an entry to a heap in which at most `live` entries hold.
    pub(crate) fn push(&mut self, entry: T, live: usize, holds: impl Fn(T) -> bool) {
        if self.0.len() > live.saturating_mul(2).saturating_add(SLACK) {
            self.0.retain(|entry| holds(entry.0));
        }
        if self.0.capacity() == 0 {
            // Room for the slack and as much again, so that a rarely used heap does not keep
            // growing.
            self.0.reserve(SLACK.saturating_mul(2));
        }
        self.0.push(ByKey(entry));
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
        self.0.iter().map(|entry| entry.0)
    }

    /// The entry with the smallest key that holds.
    pub(crate) fn first(&mut self, holds: impl Fn(T) -> bool) -> Option<T> {
        while let Some(ByKey(entry)) = self.0.peek().copied() {
            if holds(entry) {
                return Some(entry);
            }
            self.0.pop();
        }
        None
    }

    /// Removes and returns the entry with the smallest key that holds, if `taken` says so.
    pub(crate) fn pop_if(
        &mut self,
        holds: impl Fn(T) -> bool,
        taken: impl Fn(T) -> bool,
    ) -> Option<T> {
        let entry = self.first(holds).filter(|&entry| taken(entry))?;
        self.0.pop();
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::OrderedTime;

    impl HeapEntry for i32 {
        type Key = i32;

        fn key(self) -> i32 {
            self
        }
    }

    impl HeapEntry for OrderedTime {
        type Key = OrderedTime;

        fn key(self) -> OrderedTime {
            self
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
