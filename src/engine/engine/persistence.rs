//! Snapshots: saving and restoring the state of an engine.

use std::ops::Range;

use super::Engine;
use crate::error::InvalidField;
use crate::rules::quota::NORMAL;
use crate::snapshot::Snapshot;

impl Engine {
    /// The state that outlives a restart of the program.
    pub fn snapshot(&mut self, now: f64) -> Snapshot {
        self.snapshot_of(&(0..usize::MAX), now)
    }

    /// A snapshot of the rules whose slots are in a range, so that many rules can be saved a few at
    /// a time: a rule keeps its slot. `None`: the range begins at no slot, and not at 0.
    ///
    /// Each part is of its own instant. Restoring one part after the other continues each rule from
    /// the instant of its part, and everything else from the last part.
    pub fn snapshot_part(&mut self, slots: &Range<usize>, now: f64) -> Option<Snapshot> {
        let has_part = slots.start == 0 || slots.start < self.rules.slot_count();
        has_part.then(|| self.snapshot_of(slots, now))
    }

    fn snapshot_of(&mut self, slots: &Range<usize>, now: f64) -> Snapshot {
        let now = self.observe(now);
        let left = |until: f64| (until - now).max(0.0);
        Snapshot {
            saved_at: self.clock.wall_time(now),
            clock_offset: self.clock.server_offset(),
            mode: self.rules.mode().to_owned(),
            mode_ends_in: left(self.rules.mode_ends_at()),
            paused_for: left(self.rules.paused_until()),
            refusals: self.backoff.refusals.unsigned_abs(),
            bans: self.backoff.bans.unsigned_abs(),
            backoff_for: left(self.backoff.paused_until),
            rules: self.rules.save(slots, now),
        }
    }

    /// Continues from a snapshot, aged by the Unix time that has passed since it was made, if any
    /// has. Earlier usage of this engine is dropped. Waiters keep waiting and are replanned; tokens
    /// held under concurrency rules stay held.
    ///
    /// Rules that no longer exist or have another algorithm are skipped, and so is a mode that no
    /// longer exists. New rules stay as they are.
    ///
    /// # Errors
    /// The snapshot is damaged: a value cannot come from [`snapshot`](Engine::snapshot). Nothing
    /// has changed then.
    pub fn restore(&mut self, snapshot: &Snapshot, now: f64) -> Result<(), InvalidField> {
        let now = self.observe(now);
        snapshot.check()?;
        let age = (self.clock.wall_time(now) - snapshot.saved_at).max(0.0);
        let mut clock = self.clock;
        clock.set_server_offset(snapshot.clock_offset);
        let restored = self.rules.restored(&snapshot.rules, age, clock.at(now))?;

        self.clock = clock;
        self.clock_corrected();
        let until = |ms: f64| if ms > age { now + (ms - age) } else { f64::NEG_INFINITY };
        let mode = if snapshot.mode_ends_in > age { snapshot.mode.as_str() } else { NORMAL };
        let at = self.clock.at(now);
        if self.rules.set_mode(mode, until(snapshot.mode_ends_in), at).is_ok() {
            self.replan_all();
        }
        self.backoff.resume(snapshot.refusals, snapshot.bans, until(snapshot.backoff_for));
        // The pause of all rules covers new rules too; saved rules keep their own.
        self.rules.pause_anew(until(snapshot.paused_for));
        let slots = self.rules.put_back(restored, until, at);
        self.void_prior_costs(&slots);
        self.replan_all();
        Ok(())
    }
}
