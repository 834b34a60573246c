//! The deadlines of waiting requests, earliest first: a binary heap that knows where each request stands in it.

/// Where a request stands that has no deadline.
const NOWHERE: u32 = u32::MAX;

/// Deadlines by the index of their request. Setting and removing cost O(log n), looking at the earliest O(1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    heap: Vec<(f64, u32)>,
    position: Vec<u32>,
}

impl Deadlines {
    /// The earliest deadline and its request.
    pub(crate) fn first(&self) -> Option<(f64, u32)> {
        self.heap.first().copied()
    }

    /// Notes a deadline for a request that has none.
    pub(crate) fn insert(&mut self, request: u32, deadline: f64) {
        let at = self.heap.len();
        self.heap.push((deadline, request));
        if self.position.len() <= request as usize {
            self.position.resize((request as usize).saturating_add(1), NOWHERE);
        }
        self.place(at, (deadline, request));
        self.rise(at);
    }

    /// Forgets the deadline of a request, if it has one.
    pub(crate) fn remove(&mut self, request: u32) {
        let Some(&at) = self.position.get(request as usize).filter(|&&at| at != NOWHERE) else {
            return;
        };
        if let Some(position) = self.position.get_mut(request as usize) {
            *position = NOWHERE;
        }
        let Some(last) = self.heap.pop() else { return };
        if last.1 != request {
            self.place(at as usize, last);
            self.sink(at as usize);
            self.rise(at as usize);
        }
    }

    fn place(&mut self, at: usize, entry: (f64, u32)) {
        if let (Some(place), Some(position)) =
            (self.heap.get_mut(at), self.position.get_mut(entry.1 as usize))
        {
            *place = entry;
            *position = at as u32;
        }
    }

    /// Exchanges the entries at `a` and `b` if the deadline at `a` is the earlier one.
    fn exchange_if_earlier(&mut self, a: usize, b: usize) -> bool {
        let (Some(&at_a), Some(&at_b)) = (self.heap.get(a), self.heap.get(b)) else {
            return false;
        };
        let earlier = at_a.0 < at_b.0;
        if earlier {
            self.place(a, at_b);
            self.place(b, at_a);
        }
        earlier
    }

    fn rise(&mut self, mut at: usize) {
        while at > 0 {
            let parent = at.saturating_sub(1) / 2;
            if !self.exchange_if_earlier(at, parent) {
                return;
            }
            at = parent;
        }
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let left = at.saturating_mul(2).saturating_add(1);
            let right = left.saturating_add(1);
            let deadline = |i: usize| self.heap.get(i).map_or(f64::INFINITY, |entry| entry.0);
            let child = if deadline(right) < deadline(left) { right } else { left };
            if !self.exchange_if_earlier(child, at) {
                return;
            }
            at = child;
        }
    }
}

// proptest is not there for wasm.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        /// Against a map that is searched for its least value.
        #[test]
        fn first_is_the_earliest(steps in prop::collection::vec((0u32..40, 0u16..1000, any::<bool>()), 1..300)) {
            let mut heap = Deadlines::default();
            let mut naive = HashMap::new();
            for (request, deadline, insert) in steps {
                heap.remove(request);
                naive.remove(&request);
                if insert {
                    heap.insert(request, f64::from(deadline));
                    naive.insert(request, deadline);
                }
                prop_assert_eq!(heap.heap.len(), naive.len());
                let least = naive.values().min().map(|&d| f64::from(d));
                prop_assert_eq!(heap.first().map(|first| first.0), least);
                if let Some((deadline, request)) = heap.first() {
                    prop_assert_eq!(naive.get(&request).map(|&d| f64::from(d)), Some(deadline));
                }
            }
        }
    }
}
