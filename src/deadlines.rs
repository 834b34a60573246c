//! The deadlines of waiting requests, earliest first: a binary heap that knows where each request stands in it.

/// Where a request stands that has no deadline.
const NOWHERE: u32 = u32::MAX;

/// Deadlines by the index of their request; of equal ones that of the earlier arrival is the first. Setting and removing
/// cost O(log n), looking at the first O(1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    heap: Vec<Entry>,
    position: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    deadline: f64,
    arrival: u64,
    request: u32,
}

impl Entry {
    fn is_before(&self, other: &Entry) -> bool {
        self.deadline < other.deadline || (self.deadline == other.deadline && self.arrival < other.arrival)
    }
}

impl Deadlines {
    /// The earliest deadline and its request.
    pub(crate) fn first(&self) -> Option<(f64, u32)> {
        self.heap.first().map(|entry| (entry.deadline, entry.request))
    }

    /// Notes a deadline for a request that has none.
    pub(crate) fn insert(&mut self, request: u32, deadline: f64, arrival: u64) {
        let at = self.heap.len();
        let entry = Entry { deadline, arrival, request };
        self.heap.push(entry);
        if self.position.len() <= request as usize {
            self.position.resize((request as usize).saturating_add(1), NOWHERE);
        }
        self.place(at, entry);
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
        if last.request != request {
            self.place(at as usize, last);
            self.sink(at as usize);
            self.rise(at as usize);
        }
    }

    fn place(&mut self, at: usize, entry: Entry) {
        if let (Some(place), Some(position)) =
            (self.heap.get_mut(at), self.position.get_mut(entry.request as usize))
        {
            *place = entry;
            *position = at as u32;
        }
    }

    /// Exchanges the entries at `a` and `b` if that at `a` is the earlier one.
    fn exchange_if_earlier(&mut self, a: usize, b: usize) -> bool {
        let (Some(&at_a), Some(&at_b)) = (self.heap.get(a), self.heap.get(b)) else {
            return false;
        };
        let earlier = at_a.is_before(&at_b);
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
            let child = match (self.heap.get(left), self.heap.get(right)) {
                (Some(a), Some(b)) if b.is_before(a) => right,
                _ => left,
            };
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
        fn first_is_the_earliest(steps in prop::collection::vec((0u32..40, 0u16..20, any::<bool>()), 1..300)) {
            let mut heap = Deadlines::default();
            let mut naive = HashMap::new();
            for (arrival, (request, deadline, insert)) in (0..).zip(steps) {
                heap.remove(request);
                naive.remove(&request);
                if insert {
                    heap.insert(request, f64::from(deadline), arrival);
                    naive.insert(request, (deadline, arrival));
                }
                prop_assert_eq!(heap.heap.len(), naive.len());
                let least = naive.iter().min_by_key(|entry| entry.1);
                prop_assert_eq!(heap.first(), least.map(|(&request, entry)| (f64::from(entry.0), request)));
            }
        }
    }
}
