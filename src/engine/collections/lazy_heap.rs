//! Heaps whose entries may have become void.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An entry of a [`LazyHeap`], which stands in the heap in the order of its key.
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

/// A heap with the least entry first, in which entries are not removed when they become void. Who takes from it says
/// which entries still hold; those that do not are dropped when they come up, or all at once when they are the most.
///
/// So a request that is cancelled costs its heaps nothing, and memory stays within a constant factor of what is live.
#[derive(Clone, Debug)]
pub(crate) struct LazyHeap<T: HeapEntry>(BinaryHeap<ByKey<T>>);

impl<T: HeapEntry> Default for LazyHeap<T> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

/// So many void entries are not worth a sweep.
const SLACK: usize = 32;

impl<T: HeapEntry> LazyHeap<T> {
    /// Adds an entry to a heap of which at most `live` entries hold.
    pub(crate) fn push(&mut self, entry: T, live: usize, holds: impl Fn(T) -> bool) {
        if self.0.len() > live.saturating_mul(2).saturating_add(SLACK) {
            self.0.retain(|entry| holds(entry.0));
        }
        if self.0.capacity() == 0 {
            // For the slack and as much again: a heap that is seldom used is not to grow for long.
            self.0.reserve(SLACK.saturating_mul(2));
        }
        self.0.push(ByKey(entry));
    }

    /// All entries, in no order, those that do not hold included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.0.iter().map(|entry| entry.0)
    }

    /// The least entry that holds.
    pub(crate) fn first(&mut self, holds: impl Fn(T) -> bool) -> Option<T> {
        while let Some(ByKey(entry)) = self.0.peek().copied() {
            if holds(entry) {
                return Some(entry);
            }
            self.0.pop();
        }
        None
    }

    /// Takes the least entry out, if it holds and is to be `taken`.
    pub(crate) fn pop_if(&mut self, holds: impl Fn(T) -> bool, taken: impl Fn(T) -> bool) -> Option<T> {
        let entry = self.first(holds).filter(|&entry| taken(entry))?;
        self.0.pop();
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::At;

    impl HeapEntry for i32 {
        type Key = i32;

        fn key(self) -> i32 {
            self
        }
    }

    impl HeapEntry for At {
        type Key = At;

        fn key(self) -> At {
            self
        }
    }

    #[test]
    fn void_entries_are_passed_over_and_swept() {
        let mut heap = LazyHeap::default();
        for n in 0..10_000 {
            // Only the last one holds.
            heap.push(n, 1, |entry| entry + 1 >= n);
        }
        assert!(heap.0.len() < 100, "{}", heap.0.len());
        assert_eq!(heap.first(|entry| entry == 9_999), Some(9_999));
        assert_eq!(heap.pop_if(|_| true, |entry| entry > 9_999), None);
        assert_eq!(heap.pop_if(|_| true, |entry| entry == 9_999), Some(9_999));
        assert_eq!(heap.first(|_| true), None);
    }

    #[test]
    fn sweeps_are_seldom_and_leave_about_what_holds_also_when_that_becomes_less() {
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
    fn instants_are_in_the_order_of_time() {
        let mut heap = LazyHeap::default();
        for at in [5.0, f64::INFINITY, -1.0, 0.0] {
            heap.push(At(at), 4, |_| true);
        }
        let order: Vec<f64> = std::iter::from_fn(|| heap.pop_if(|_| true, |_| true)).map(|at| at.0).collect();
        assert_eq!(order, [-1.0, 0.0, 5.0, f64::INFINITY]);
        assert!(At(1.0) == At(1.0) && At(1.0) != At(2.0));
    }
}
