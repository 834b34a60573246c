//! What is used of one window.

use super::Seen;
use crate::sum::Sum;

/// What was granted here, and what the server showed beyond that: see `engine::feedback`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    own: Sum,
    others: f64,
    /// How much of `own` is in flight.
    flying: f64,
}

impl Count {
    pub(super) fn of(used: f64) -> Self {
        Self { own: Sum::new(used), ..Self::default() }
    }

    pub(super) fn used(self) -> f64 {
        self.own.plus(self.others)
    }

    /// What is left of a capacity; below 0 if more is used.
    pub(super) fn below(self, capacity: f64) -> f64 {
        self.own.below(capacity - self.others)
    }

    pub(super) fn flying(self) -> f64 {
        self.flying
    }

    pub(super) fn take(&mut self, cost: f64) {
        self.own.add(cost);
    }

    /// No more than counts: since it was taken the server may have said that less is used.
    pub(super) fn give_back(&mut self, cost: f64) {
        self.own.add(-cost);
        if self.own.plus(0.0) < 0.0 {
            self.own = Sum::default();
        }
    }

    pub(super) fn depart(&mut self, cost: f64) {
        self.flying += cost;
    }

    pub(super) fn arrive(&mut self, cost: f64) {
        self.flying = (self.flying - cost).max(0.0);
    }

    /// Learns what the server counts, in the answer to a request that had cost `landed` and was in flight until now.
    pub(super) fn sync(&mut self, seen: &Seen, landed: f64) {
        let used = seen.used_with(self.flying, self.used());
        if seen.exact {
            (self.own, self.others) = (Sum::new(used), 0.0);
        } else {
            self.others = (self.others - landed).max(self.own.below(used)).max(0.0);
        }
    }
}
