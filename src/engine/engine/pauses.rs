//! Pauses of rules.

use super::Engine;
use crate::error::Rejection;
use crate::request::Slot;

impl Engine {
    /// Pauses the rules of these ids until the instant `until`, or all rules, including those that
    /// are added later. A request that costs tokens of a paused rule is not granted. Infinite
    /// pauses last until [`resume`](Engine::resume), a longer pause stays, and a family pauses with
    /// all its members.
    ///
    /// # Errors
    /// An id names no rule. Nothing has changed then.
    pub fn pause(&mut self, ids: Option<&[&str]>, until: f64, now: f64) -> Result<(), Rejection> {
        self.set_pause(ids, Some(until), now)
    }

    /// Ends the pauses of some rules, or of all.
    ///
    /// # Errors
    /// An id names no rule. Nothing has changed then.
    pub fn resume(&mut self, ids: Option<&[&str]>, now: f64) -> Result<(), Rejection> {
        self.set_pause(ids, None, now)
    }

    fn set_pause(
        &mut self,
        ids: Option<&[&str]>,
        until: Option<f64>,
        now: f64,
    ) -> Result<(), Rejection> {
        let now = self.observe(now);
        let named = ids.map(|ids| self.rules.slots_of(ids, self.clock.at(now))).transpose()?;
        self.change_pause(ids, named.as_deref(), until, 0);
        Ok(())
    }

    /// Pauses the rules at some slots, or all, or ends their pauses, and records that. The ids are
    /// those that the caller named; `status` is that of a response that led to the pause, or 0.
    pub(super) fn change_pause(
        &mut self,
        ids: Option<&[&str]>,
        slots: Option<&[Slot]>,
        until: Option<f64>,
        status: u32,
    ) {
        let is_recorded = self.is_watched()
            && match until {
                Some(until) => until > self.rules.first_pause_end(slots).max(self.now),
                // The pauses of single rules end with that of all.
                None if slots.is_none() => self.rules.longest_pause() > self.now,
                None => self.rules.pause_end(slots) > self.now,
            };
        self.set_pause_of(slots, until);
        if is_recorded {
            self.record_pause(ids, self.rules.pause_end(slots), status);
        }
    }

    /// Pauses some rules, or all, or ends their pauses.
    fn set_pause_of(&mut self, slots: Option<&[Slot]>, until: Option<f64>) {
        self.rules.pause(slots, until);
        if until.is_none() {
            self.rules.restore_sooner(self.now);
            if slots.is_none() {
                self.backoff.paused_until = self.backoff.paused_until.min(self.now);
            }
        }
        match slots {
            Some(slots) => self.replan(slots),
            None => self.replan_all(),
        }
    }
}
