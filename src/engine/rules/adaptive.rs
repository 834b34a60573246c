//! Adaptive limits (AIMD): a refusal halves limits, and each success increases them again.

use super::Rules;
use crate::request::Slot;
use crate::time::{HORIZON, Moment};

/// The time in milliseconds after which reduced limits are restored, counted from the end of the
/// pause of the last refusal. Otherwise a limit below the costs of all waiters would grant nothing,
/// and so could never increase again.
const RESTORED_AFTER: f64 = 60_000.0;

impl Rules {
    /// Halves the limits of some rules, but not below one token, after a refusal that pauses until
    /// `paused_until`. Usage still counts.
    pub(crate) fn halve(&mut self, slots: &[Slot], paused_until: f64, at: Moment) {
        for &slot in slots {
            let Some(entry) = self.get(slot).filter(|entry| !entry.traits.needs_permit) else {
                continue;
            };
            let limit = self.quota.in_force(entry.definition.limit()).limit.min(entry.ceiling);
            self.set_ceiling(slot, (limit / 2.0).floor().max(limit.min(1.0)), at);
        }
        // A pause without end may still be ended by hand.
        self.restored_at = paused_until.max(at.now).min(HORIZON) + RESTORED_AFTER;
    }

    /// Whether any limit is reduced.
    pub(crate) fn is_reduced(&self) -> bool {
        self.restored_at < f64::INFINITY
    }

    /// Restores reduced limits as if the pause had lasted up to now, as it was ended by hand.
    pub(crate) fn restore_sooner(&mut self, now: f64) {
        if self.restored_at < f64::INFINITY {
            self.restored_at = self.restored_at.min(now + RESTORED_AFTER);
        }
    }

    /// Increases each reduced limit by an amount.
    pub(crate) fn increase(&mut self, by: impl Fn(Slot) -> f64, at: Moment) {
        let mut all = true;
        for place in 0..self.order.len() {
            let Some(&slot) = self.order.get(place) else { break };
            let Some(entry) = self.get(slot).filter(|entry| entry.ceiling < f64::INFINITY) else {
                continue;
            };
            let ceiling = entry.ceiling + by(slot);
            // The share is an upper bound in all modes.
            let limit = self.quota.in_force(entry.definition.limit()).share;
            let ceiling = if ceiling >= limit { f64::INFINITY } else { ceiling };
            all &= ceiling == f64::INFINITY;
            self.set_ceiling(slot, ceiling, at);
        }
        if all {
            self.restored_at = f64::INFINITY;
        }
    }

    /// Restores all reduced limits.
    pub(crate) fn restore(&mut self, at: Moment) {
        self.increase(|_| f64::INFINITY, at);
    }

    fn set_ceiling(&mut self, slot: Slot, ceiling: f64, at: Moment) {
        let Some(entry) = self.get_mut(slot) else { return };
        entry.ceiling = ceiling;
        self.refresh(slot, at);
    }
}
