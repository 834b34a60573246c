//! Saving what the engine knows, and going on from it.

use super::Engine;
use crate::error::InvalidField;
use crate::rules::quota::NORMAL;
use crate::snapshot::Snapshot;

impl Engine {
    /// What is to be kept while a program is restarted.
    pub fn snapshot(&mut self, now: f64) -> Snapshot {
        let now = self.observe(now);
        let left = |until: f64| (until - now).max(0.0);
        Snapshot {
            saved_at: now + self.rules.wall,
            clock_offset: self.rules.server_offset,
            mode: self.rules.quota.mode().to_owned(),
            mode_ends_in: left(self.rules.quota.ends()),
            paused_for: left(self.rules.paused_until),
            refusals: self.backoff.refusals.unsigned_abs(),
            bans: self.backoff.bans.unsigned_abs(),
            backoff_for: left(self.backoff.paused_until),
            rules: self.rules.save(now),
        }
    }

    /// Goes on from a snapshot, which has aged by the Unix time that has passed since, if any has. What was used here so
    /// far is forgotten for it. What waits goes on waiting and is planned anew; what permits hold of limits of
    /// concurrency stays held.
    ///
    /// Rules that are gone, or have another algorithm by now, are passed over, and so is a mode that is. New ones are as
    /// they are.
    ///
    /// # Errors
    /// It is damaged: something in it is not what a snapshot says. Nothing has changed then.
    pub fn restore(&mut self, snapshot: &Snapshot, now: f64) -> Result<(), InvalidField> {
        let now = self.observe(now);
        snapshot.check()?;
        let age = (now + self.rules.wall - snapshot.saved_at).max(0.0);
        let calendar = self.rules.wall + snapshot.clock_offset;
        let restored = self.rules.restored(&snapshot.rules, calendar, age, now)?;

        self.rules.server_offset = snapshot.clock_offset;
        self.correct_calendar();
        let until = |ms: f64| if ms > age { now + (ms - age) } else { f64::NEG_INFINITY };
        let mode = if snapshot.mode_ends_in > age { snapshot.mode.as_str() } else { NORMAL };
        if self.rules.quota.set_mode(mode, until(snapshot.mode_ends_in)).is_ok() {
            self.mode_changed(now);
        }
        self.rules.paused_until = until(snapshot.paused_for);
        self.backoff.resume(snapshot.refusals, snapshot.bans, until(snapshot.backoff_for));
        // A pause of all is one of new rules too; those that were saved go by their own.
        self.rules.pause(None, Some(self.rules.paused_until));
        let slots = self.rules.put_back(restored, until, now);
        self.void_prior_costs(&slots);
        self.replan_all();
        Ok(())
    }
}
