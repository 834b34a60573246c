//! The usage of one window: costs granted here, and usage that the server reported.
//!
//! A complete count of the server may lower usage, as some requests turn out to cost less than they
//! were charged. Usage must not fall below the server's count plus what may still arrive:
//!
//! ```text
//! usage = own + others,    others = (largest count that may be the latest) - proven
//! ```
//!
//! `proven` is the part of `own` that had certainly arrived when the latest count was read:
//! requests with a response, and requests granted at least a jitter before the request of that
//! count. The proof, an example and the role of the mark are in docs/internals/exact-counts.md in
//! the repository.

use super::evidence::{Evidence, ServerUsage};
use crate::numeric::sum::Sum;

/// The rounding error that sums of fractional costs may have.
const ROUNDING: f64 = 1e-9;

/// Costs granted here, and the usage that the server reported beyond them or below them.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowUsage {
    own: Sum,
    others: f64,
    /// The part of `own` that is in flight.
    in_flight: f64,
    /// The part of `own` that every count reported from now on includes.
    proven: f64,
    /// The largest counts reported since the mark, and between the mark before and that one.
    shown: f64,
    shown_before: f64,
    /// The part of `own` that was neither proven nor in flight at the mark, and the instant by
    /// which all of it has arrived.
    pending: f64,
    arrived_at: f64,
}

impl Default for WindowUsage {
    fn default() -> Self {
        Self::of(0.0)
    }
}

impl WindowUsage {
    pub(super) fn of(used: f64) -> Self {
        Self {
            own: Sum::new(used),
            others: 0.0,
            in_flight: 0.0,
            proven: 0.0,
            shown: 0.0,
            shown_before: 0.0,
            pending: 0.0,
            arrived_at: f64::NEG_INFINITY,
        }
    }

    pub(super) fn used(self) -> f64 {
        self.own.plus(self.others).max(0.0)
    }

    /// Whether nothing was granted here that was not given back, and nothing was reported.
    pub(super) fn is_empty(self) -> bool {
        self.own.plus(0.0) <= 0.0 && self.others <= 0.0
    }

    /// The remaining tokens of a capacity; below 0 if usage exceeds it.
    pub(super) fn below(self, capacity: f64) -> f64 {
        self.own.below(capacity - self.others)
    }

    pub(super) fn in_flight(self) -> f64 {
        self.in_flight
    }

    pub(super) fn take(&mut self, cost: f64) {
        self.own.add(cost);
    }

    /// Gives back at most the costs that may never have been sent. Since the grant, the server may
    /// have reported that the cost was counted, or that usage is lower.
    pub(super) fn give_back(&mut self, cost: f64) {
        self.own.add(-cost.min(self.not_in_flight() - self.proven).max(0.0));
    }

    pub(super) fn mark_sent(&mut self, cost: f64) {
        self.in_flight += cost;
    }

    pub(super) fn mark_answered(&mut self, cost: f64) {
        self.in_flight = (self.in_flight - cost).max(0.0);
    }

    /// The part of `own` that is not in flight.
    fn not_in_flight(self) -> f64 {
        self.own.plus(-self.in_flight)
    }

    /// Learns the server's count from the response to a request of `cost`, which was in flight
    /// until now. All costs granted up to now arrive by `arrives_by`.
    pub(super) fn sync(&mut self, usage: &ServerUsage, cost: f64, arrives_by: f64) {
        if usage.evidence == Evidence::Authoritative {
            *self = Self {
                in_flight: self.in_flight,
                ..Self::of(usage.used_with(self.in_flight, self.used()))
            };
            return;
        }
        self.shown = self.shown.max(usage.total);
        let as_told = self.own.below(usage.used + self.in_flight);
        let raised = (self.others - cost).max(as_told).max(self.others.min(0.0));
        if usage.evidence == Evidence::AtLeast {
            self.others = raised;
            return;
        }
        let is_past_mark = usage.granted_at > self.arrived_at;
        let (shown, arrived) = match is_past_mark {
            true => (self.shown, self.pending),
            false => (self.shown.max(self.shown_before), 0.0),
        };
        let proven = (self.proven + cost + arrived).min(self.not_in_flight());
        if shown - proven <= raised + ROUNDING {
            (self.others, self.proven) = (shown - proven, proven);
        } else {
            self.others = raised;
        }
        if is_past_mark {
            (self.shown, self.shown_before) = (0.0, self.shown);
            (self.pending, self.arrived_at) = (self.not_in_flight() - self.proven, arrives_by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(count: f64, granted_at: f64) -> ServerUsage {
        ServerUsage {
            used: count,
            total: count,
            answered_cost: 10.0,
            evidence: Evidence::Complete,
            granted_at,
            reported_within: (0.0, 0.0),
            resets_within: None,
            resets_by: None,
        }
    }

    /// Usage after each of two responses, and the costs in flight between them: the example of
    /// docs/internals/exact-counts.md.
    fn usage_after([first, second]: [(f64, f64); 2]) -> [f64; 2] {
        let mut usage = WindowUsage::default();
        for _ in 0..2 {
            usage.take(10.0);
            usage.mark_sent(10.0);
        }
        [(first, 60.0), (second, 70.0)].map(|((count, granted_at), now)| {
            usage.mark_answered(10.0);
            usage.sync(&complete(count, granted_at), 10.0, now + 100.0);
            usage.used()
        })
    }

    #[test]
    fn complete_counts_give_back_a_free_cost_in_any_order() {
        let (free, counted) = ((0.0, 0.0), (10.0, 10.0));
        assert_eq!(usage_after([free, counted]), [10.0, 10.0]);
        assert_eq!(usage_after([counted, free]), [20.0, 10.0]);
    }
}
