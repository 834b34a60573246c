//! Limits that are cut where a server refuses, and climb back: additive increase, multiplicative decrease.

use super::{Entry, Rules};
use crate::limit::InForce;
use crate::request::Slot;
use crate::time::{HORIZON, Moment};

/// What was cut and has not climbed back is in force again so many milliseconds after the pause that came with the last
/// cut: without it, a limit that was cut below the cost of all that wait would let nothing pass by which it could climb.
const RESTORED_AFTER: f64 = 60_000.0;

impl Rules {
    /// Cuts some limits in half, but not below one token. What is used still counts. They pause until an instant.
    pub(crate) fn halve(&mut self, slots: &[Slot], paused_until: f64, at: Moment) {
        for &slot in slots {
            let Some(entry) = self.get(slot).filter(|entry| !entry.traits.needs_permit) else { continue };
            let limit = self.quota.in_force(entry.definition.limit()).limit.min(entry.ceiling);
            self.set_ceiling(slot, (limit / 2.0).floor().max(limit.min(1.0)), at);
        }
        // Also after a pause without end, which may be ended all the same.
        self.restored_at = paused_until.max(at.now).min(HORIZON) + RESTORED_AFTER;
    }

    /// Whether a limit is reduced.
    pub(crate) fn is_reduced(&self) -> bool {
        self.restored_at < f64::INFINITY
    }

    /// A pause was ended: what was cut is in force again as if it had lasted up to now.
    pub(crate) fn restore_sooner(&mut self, now: f64) {
        if self.restored_at < f64::INFINITY {
            self.restored_at = self.restored_at.min(now + RESTORED_AFTER);
        }
    }

    /// Lets what was cut climb by so much.
    pub(crate) fn increase(&mut self, by: impl Fn(Slot) -> f64, at: Moment) {
        let mut all = true;
        for place in 0..self.order.len() {
            let Some(&slot) = self.order.get(place) else { break };
            let Some(entry) = self.get(slot).filter(|entry| entry.ceiling < f64::INFINITY) else { continue };
            let ceiling = entry.ceiling + by(slot);
            // In no mode it is more.
            let limit = self.quota.in_force(entry.definition.limit()).share;
            let ceiling = if ceiling >= limit { f64::INFINITY } else { ceiling };
            all &= ceiling == f64::INFINITY;
            self.set_ceiling(slot, ceiling, at);
        }
        if all {
            self.restored_at = f64::INFINITY;
        }
    }

    /// Brings all limits into force again that were cut.
    pub(crate) fn restore(&mut self, at: Moment) {
        self.increase(|_| f64::INFINITY, at);
    }

    fn set_ceiling(&mut self, slot: Slot, ceiling: f64, at: Moment) {
        let Some(entry) = self.get_mut(slot) else { return };
        entry.ceiling = ceiling;
        self.refresh(slot, at);
    }

    /// How much of a rule may be used now.
    pub(super) fn limit_in_force(&self, entry: &Entry) -> InForce {
        self.quota.in_force(entry.definition.limit()).below(entry.ceiling)
    }
}
