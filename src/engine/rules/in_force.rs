//! The limits in force: modes and pauses.

use super::Rules;
use super::quota::Quota;
use crate::error::InvalidField;
use crate::limit::InForce;
use crate::request::{Priority, Slot};
use crate::time::Moment;

impl Rules {
    /// The name of the mode that is on.
    pub(crate) fn mode(&self) -> &str {
        self.quota.mode()
    }

    /// Puts another share and other modes in force. The mode that is on stays on if there is one of
    /// its name, or else the mode becomes `normal`.
    pub(crate) fn set_quota(&mut self, quota: Quota, at: Moment) {
        let old = std::mem::replace(&mut self.quota, quota);
        // Fails if there is no such mode any more; the new quota is in the mode `normal`.
        let _is_kept = self.quota.set_mode(old.mode(), old.ends()).is_ok();
        for place in 0..self.order.len() {
            let Some(&slot) = self.order.get(place) else { return };
            if let Some((entry, quota)) = self.entry_and_quota(slot) {
                entry.max_grantable = quota.max_grantable(&*entry.definition);
            }
            self.refresh(slot, at);
        }
    }

    /// The end of the mode that is on.
    pub(crate) fn mode_ends_at(&self) -> f64 {
        self.quota.ends()
    }

    /// Turns a mode on until the instant `until`.
    ///
    /// # Errors
    /// There is no such mode.
    pub(crate) fn set_mode(
        &mut self,
        name: &str,
        until: f64,
        at: Moment,
    ) -> Result<(), InvalidField> {
        self.quota.set_mode(name, until)?;
        self.change_mode(at);
        Ok(())
    }

    /// The end of the mode that is on, or the instant at which reduced limits are restored,
    /// whichever comes first.
    pub(crate) fn expires_at(&self) -> f64 {
        self.quota.ends().min(self.restored_at)
    }

    /// Whether the mode has ended at `now`, or reduced limits are to be restored. Two comparisons,
    /// as each grant asks: a minimum of floats takes more.
    #[inline(always)]
    pub(crate) fn has_expired(&self, now: f64) -> bool {
        now >= self.quota.ends() || now >= self.restored_at
    }

    /// Ends the mode that is on, or restores reduced limits, whichever comes first.
    pub(crate) fn expire_temporary_limits(&mut self, unix_offset: f64) {
        let now = self.expires_at();
        let at = Moment { now, unix_offset };
        if self.restored_at <= now {
            self.restore(at);
        } else {
            self.quota.set_normal();
            self.change_mode(at);
        }
    }

    /// Applies a change of the mode to all rules.
    fn change_mode(&mut self, moment: Moment) {
        for at in 0..self.order.len() {
            let Some(&slot) = self.order.get(at) else { return };
            self.refresh(slot, moment);
        }
    }

    /// Applies the limit in force to a rule. An unchanged limit is not applied, so nothing is
    /// rounded.
    pub(super) fn refresh(&mut self, slot: Slot, at: Moment) {
        let Some((entry, quota)) = self.entry_and_quota(slot) else { return };
        if entry.in_force != entry.limit_in_force(quota).for_rule(entry.traits) {
            entry.refresh(quota, at);
        }
    }

    /// The id of the rule at a slot, and the tokens that requests of a class may use at most: the
    /// limit in force, less the reserve if the class is not critical.
    pub(crate) fn ceiling(&self, slot: Slot, class: Priority) -> Option<(&str, f64)> {
        let entry = self.get(slot)?;
        let InForce { limit, reserve, .. } = entry.limit_in_force(&self.quota);
        let reserved = if class == Priority::Critical { 0.0 } else { reserve };
        Some((&entry.id, limit - reserved))
    }

    /// The end of the pause of all rules.
    pub(crate) fn paused_until(&self) -> f64 {
        self.paused_until
    }

    /// The end of the longest pause of the rules at some slots, or of the pause of all rules.
    pub(crate) fn pause_end(&self, slots: Option<&[Slot]>) -> f64 {
        let Some(slots) = slots else { return self.paused_until };
        self.pause_ends(slots).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The end of the shortest pause of the rules at some slots, or of the pause of all rules. An
    /// end that has passed counts too.
    pub(crate) fn first_pause_end(&self, slots: Option<&[Slot]>) -> f64 {
        let Some(slots) = slots else { return self.paused_until };
        self.pause_ends(slots).fold(f64::INFINITY, f64::min)
    }

    fn pause_ends(&self, slots: &[Slot]) -> impl Iterator<Item = f64> {
        slots.iter().filter_map(|&slot| self.get(slot)).map(|entry| entry.paused_until)
    }

    /// Whether one of the named rules is paused; without names, whether all are.
    pub(crate) fn is_paused(&self, names: &[(String, f64)], now: f64) -> bool {
        let is_paused = |slot: Slot| self.pause_end(Some(&[slot])) > now;
        match names {
            [] => self.paused_until > now,
            _ => names.iter().any(|(id, _)| self.find(id).is_some_and(is_paused)),
        }
    }

    /// The pauses in force, as [`is_paused`](Rules::is_paused) takes them.
    pub(crate) fn paused(&self, now: f64) -> Vec<Vec<(String, f64)>> {
        let longer = self
            .slots
            .iter()
            .flatten()
            .filter(|entry| entry.paused_until > now && entry.paused_until > self.paused_until);
        let mut paused: Vec<_> = longer.map(|entry| vec![(entry.id.clone(), 0.0)]).collect();
        if self.paused_until > now {
            paused.push(Vec::new());
        }
        paused
    }

    /// The end of the longest pause, of all rules or of one.
    pub(crate) fn longest_pause(&self) -> f64 {
        let ends = self.slots.iter().flatten().map(|entry| entry.paused_until);
        ends.fold(self.paused_until, f64::max)
    }

    /// Sets the end of the pause of all rules, also of rules that are added later. A longer pause
    /// of a rule stays.
    pub(crate) fn pause_anew(&mut self, until: f64) {
        self.paused_until = until;
        self.pause(None, Some(until));
    }

    /// Pauses some rules, or all rules including those that are added later, until `until`; longer
    /// pauses stay. `None` ends the pauses.
    pub(crate) fn pause(&mut self, slots: Option<&[Slot]>, until: Option<f64>) {
        let change =
            |paused: &mut f64| *paused = until.map_or(f64::NEG_INFINITY, |until| paused.max(until));
        match slots {
            None => {
                change(&mut self.paused_until);
                self.slots.iter_mut().flatten().for_each(|entry| change(&mut entry.paused_until));
            }
            Some(slots) => {
                for &slot in slots {
                    if let Some(entry) = self.get_mut(slot) {
                        change(&mut entry.paused_until);
                    }
                }
            }
        }
    }
}
