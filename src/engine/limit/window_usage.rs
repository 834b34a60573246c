//! What is used of one window: what was granted here, and what the server showed.
//!
//! # Counts that are exact
//!
//! Some requests turn out to cost less than they were granted for: a Binance order weighs nothing if it succeeds, and
//! an order that is filled is taken out of the count of orders. So answers may lower what is used here, where they say
//! that they tell [all that the server counts](Evidence::Complete). They must never lower it below what the server counts
//! and what may still reach it. That holds for the following reason.
//!
//! Let `v` be what an answer shows. The server read it at some instant after it had counted that request. Of all answers
//! told so far let `l` be the one that was read last. Whatever happens to a counter, it grows by requests that arrive only;
//! so from that instant on
//!
//! ```text
//! counter <= v of l + all that arrives after l was read
//! ```
//!
//! *What has arrived before.* A request whose own answer was told did, since its answer was read no later than `l`. So did
//! one that was granted a jitter before `l`'s request was: it arrives within its jitter, and `l` was read after its request
//! was granted. These are proven; so with `own` for all that was granted here, `own - proven` is at least what may still
//! arrive.
//!
//! *Which is the last.* Nobody knows, as answers overtake each other, so the largest is taken of those that may be it. One
//! is out of the question when a request was sent after that had been told, and was answered.
//!
//! ```text
//! used = own + others,    others = largest v - proven, which may be below 0
//! ```
//!
//! This needs no assumption on how often the server resets or lowers its counter, on the order of answers, or on which of
//! the requests were free. What it needs is a permit, by which is known when a request was sent; a jitter that is true; and
//! answers that show all. An answer whose request is not known can only raise what is used.
//!
//! What is neither proven nor in flight (granted without a permit, released without an answer, answered without a count) may
//! be in `v` or not, so it counts twice until it is proven. Where that comes to more than is believed without looking
//! at it so closely (see `engine::server`), the answer is taken as any other: it raises what is used, and lowers nothing.
//!
//! No log is kept. There is a mark: what had been told by then, and what was not proven then and not in flight, all of
//! which has arrived a jitter later. The first answer to a request that was sent after that moves the mark on.
//!
//! Other clients are known as far as `l` shows them: what they send later nobody here can know.
//!
//! Rolling windows and buckets do not do this. There the past leaves the server's count bit by bit, and which bits of it
//! were free is not to be told from sums; a request that is believed to have left early would hide what others use.

use super::evidence::{Evidence, ServerUsage};
use crate::numeric::sum::Sum;

/// Costs that are no whole numbers may add up to sums that differ by so much.
const ROUNDING: f64 = 1e-9;

/// What was granted here, and what the server showed beyond that, or below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowUsage {
    own: Sum,
    others: f64,
    /// How much of `own` is in flight.
    in_flight: f64,
    /// How much of `own` has been counted by the server in all that is shown from now on.
    proven: f64,
    /// The largest that was shown since the mark, and between that and the mark before it.
    shown: f64,
    shown_before: f64,
    /// How much of `own` was neither proven nor in flight at the mark, and when all of that has arrived.
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

    /// Whether nothing was granted here that was not given back, and nothing shown.
    pub(super) fn is_empty(self) -> bool {
        self.own.plus(0.0) <= 0.0 && self.others <= 0.0
    }

    /// What is left of a capacity; below 0 if more is used.
    pub(super) fn below(self, capacity: f64) -> f64 {
        self.own.below(capacity - self.others)
    }

    pub(super) fn in_flight(self) -> f64 {
        self.in_flight
    }

    pub(super) fn take(&mut self, cost: f64) {
        self.own.add(cost);
    }

    /// No more than may never have been sent: since it was taken the server may have shown that it was counted, or that
    /// less is used.
    pub(super) fn give_back(&mut self, cost: f64) {
        self.own.add(-cost.min(self.not_in_flight() - self.proven).max(0.0));
    }

    pub(super) fn mark_sent(&mut self, cost: f64) {
        self.in_flight += cost;
    }

    pub(super) fn mark_answered(&mut self, cost: f64) {
        self.in_flight = (self.in_flight - cost).max(0.0);
    }

    /// What was granted and is not in flight.
    fn not_in_flight(self) -> f64 {
        self.own.plus(-self.in_flight)
    }

    /// Learns what the server counts, in the answer to a request that had cost `cost` here and was in flight until now.
    /// What was granted up to now arrives by `arrives_by`.
    pub(super) fn sync(&mut self, usage: &ServerUsage, cost: f64, arrives_by: f64) {
        if usage.evidence == Evidence::Authoritative {
            *self =
                Self { in_flight: self.in_flight, ..Self::of(usage.used_with(self.in_flight, self.used())) };
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
