//! The peak of the used fraction of each rule, and the levels that it crosses on the way up.

use super::{Entry, Role, Rules};
use crate::event::{EventKind, LEVELS};
use crate::request::{Cost, Priority, Slot};

/// The largest used fraction of a rule so far.
///
/// Looking at the remaining tokens after each grant would take a tenth of its time. Instead, the
/// comparison that grants a request also tells whether it may lead to a new peak: the fast path
/// grants only what leaves the `marks`, as if they were the reserve. A mark lies below the tokens
/// that remained at the peak, by 1/256 of them, or a usage that rises steadily would leave the fast
/// path each time. Waiters are granted without that comparison; their costs are added up, and the
/// rule is looked at when they exceed another 1/256. A peak may thus be missed by 1/128 of the
/// tokens that remained, and by nothing where nothing remains. A bucket that allows debt is granted
/// before its cost is known to fit, so its peak may also be missed by the cost of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peak {
    /// The tokens that have to remain after a critical and any other request, unless its rule is
    /// looked at.
    marks: [f64; 2],
    /// The costs of waiters that were granted since the last look.
    after_wait: f64,
    utilization: f64,
    /// The number of levels that the used fraction has reached since it was below them.
    level: usize,
}

/// The part of the remaining tokens by which a mark is lower than those of the peak.
const STEP: f64 = 1.0 / 256.0;

/// Differences of used fractions up to this are rounding.
const ROUNDING: f64 = 1e-9;

impl Default for Peak {
    fn default() -> Self {
        Self { marks: [f64::INFINITY; 2], after_wait: 0.0, utilization: 0.0, level: 0 }
    }
}

impl Peak {
    /// The tokens that have to remain after a request of a class, reserve included, unless its rule
    /// is looked at.
    #[inline(always)]
    pub(super) fn mark_for(&self, class: Priority) -> f64 {
        let [critical, others] = self.marks;
        if class == Priority::Critical { critical } else { others }
    }

    /// The peak of a rule that is looked at after the next request, as its remaining tokens may
    /// have fallen.
    pub(super) fn looked_at_next(self) -> Self {
        Self { marks: [f64::INFINITY; 2], ..self }
    }
}

impl Rules {
    /// Looks at the used fraction of a rule after `cost` was taken or usage was changed.
    #[cold]
    pub(crate) fn look(&mut self, slot: Slot, cost: f64, now: f64) {
        let Self { slots, watch, .. } = self;
        let Some(entry) = slots.get_mut(slot.0 as usize).and_then(Option::as_mut) else { return };
        let (capacity, left) = (entry.state.capacity(), entry.state.available(now));
        if capacity <= 0.0 {
            return;
        }
        let Entry { id, peak, in_force, traits, .. } = entry;
        // The part that is given says nothing of what is used.
        if traits.is_held {
            peak.marks = [0.0; 2];
            return;
        }
        let utilization = 1.0 - left / capacity;
        peak.utilization = peak.utilization.max(utilization);
        peak.after_wait = 0.0;
        let Some(watch) = &mut watch.0 else {
            let mark = (1.0 - peak.utilization - ROUNDING) * capacity * (1.0 - STEP);
            peak.marks = [mark.max(0.0), mark.max(in_force.reserve)];
            return;
        };
        peak.marks = [f64::INFINITY; 2];
        // Each grant uses up the one token.
        if traits.spaces_grants {
            return;
        }
        peak.level = peak.level.min(level_of(utilization - cost / capacity));
        for &level in LEVELS.iter().skip(peak.level) {
            if utilization + ROUNDING < level {
                return;
            }
            peak.level = peak.level.saturating_add(1);
            watch.push(EventKind::Threshold, vec![(id.clone(), utilization)], level, 0);
        }
    }

    /// Looks at the rules of a request. A rule that has been used up before has no higher peak.
    pub(crate) fn look_at_costs(&mut self, costs: &[Cost], now: f64) {
        for &Cost { slot, amount } in costs {
            if self.get(slot).is_some_and(|entry| entry.peak.mark_for(Priority::Critical) > 0.0) {
                self.look(slot, amount, now);
            }
        }
    }

    /// Counts a waiter that was granted: `is_held` if it holds a permit from now on. Looks at its
    /// rules, if the time has come.
    pub(crate) fn count_granted(&mut self, costs: &[Cost], is_held: bool, now: f64) {
        for &Cost { slot, amount } in costs {
            let Some(entry) = self.get_mut(slot) else { continue };
            if is_held {
                entry.held = entry.held.saturating_add(1);
            } else {
                entry.users = entry.users.saturating_sub(1);
            }
            let peak = &mut entry.peak;
            let mark = peak.mark_for(Priority::Critical);
            peak.after_wait += amount;
            if mark > 0.0 && (mark == f64::INFINITY || peak.after_wait > mark * STEP) {
                self.look(slot, amount, now);
            }
        }
    }

    /// Counts the levels that are reached already, and looks at each rule after its next
    /// request.
    pub(crate) fn settle_levels(&mut self, now: f64) {
        for entry in self.slots.iter_mut().flatten() {
            let level = level_of(entry.utilization(now));
            entry.peak = Peak { level, ..entry.peak.looked_at_next() };
        }
    }

    /// Looks at all rules, and gives families the peaks of their members.
    pub(super) fn look_at_all(&mut self, now: f64) {
        for place in 0..self.order.len() {
            let Some(&slot) = self.order.get(place) else { return };
            self.look(slot, 0.0, now);
            self.keep_peak(slot);
        }
    }

    /// The largest used fraction now of the rules whose usage tells how near a refusal is: of all
    /// but those of concurrency and spacing.
    pub(crate) fn utilization(&mut self, now: f64) -> f64 {
        let entries = self.slots.iter_mut().flatten();
        let entries =
            entries.filter(|entry| !entry.traits.needs_permit && !entry.traits.spaces_grants);
        entries.map(|entry| entry.utilization(now)).fold(0.0, f64::max)
    }

    /// Keeps the peak of a member in its family.
    pub(super) fn keep_peak(&mut self, slot: Slot) {
        let Some((Role::Member(family), peak)) =
            self.get(slot).map(|member| (member.role, member.peak()))
        else {
            return;
        };
        if let Some(family) = self.get_mut(family) {
            family.peak.utilization = family.peak.utilization.max(peak);
        }
    }
}

impl Entry {
    pub(super) fn peak(&self) -> f64 {
        self.peak.utilization
    }

    /// The used fraction of the limit in force. If the mode leaves no capacity, all of it is used.
    pub(super) fn utilization(&mut self, now: f64) -> f64 {
        let capacity = self.state.capacity();
        if self.traits.is_held {
            return 0.0;
        }
        if capacity > 0.0 { 1.0 - self.state.available(now) / capacity } else { 1.0 }
    }
}

/// The number of levels that a used fraction has reached.
fn level_of(utilization: f64) -> usize {
    LEVELS.iter().filter(|level| utilization + ROUNDING >= **level).count()
}
