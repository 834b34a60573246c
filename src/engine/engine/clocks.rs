//! Unix time: the wall clock of this machine and the server's clock.

use super::Engine;

impl Engine {
    /// Whether a rule counts by Unix time, so that the engine has to be told the wall clock: see
    /// [`set_wall_clock`](Engine::set_wall_clock).
    pub fn uses_wall_clock(&self) -> bool {
        self.rules.uses_wall_clock()
    }

    /// Tells the engine that the wall clock of this machine reads `unix_now`, in milliseconds, at
    /// `now`. Best called with every other call: a step of that clock, also a large one, is handled
    /// safely. The offset of the server's clock from it comes from
    /// [`sync_clock`](Engine::sync_clock) and [`report`](Engine::report).
    pub fn set_wall_clock(&mut self, unix_now: f64, now: f64) {
        let now = self.observe(now);
        if self.clock.set_wall(unix_now, now) {
            self.clock_corrected();
        }
    }

    /// Sets the server's clock from a reading of it that arrives at `now`, `round_trip`
    /// milliseconds after it was requested. If the round trip is known, the reading is taken to be
    /// from its middle. A reading out of range is ignored.
    pub fn sync_clock(&mut self, server_unix: f64, round_trip: Option<f64>, now: f64) {
        let now = self.observe(now);
        if self.clock.sync(server_unix, round_trip, now) {
            self.clock_corrected();
        }
    }

    /// Applies the corrected offset of Unix time to all rules.
    pub(super) fn clock_corrected(&mut self) {
        self.rules.set_unix_offset(self.clock.at(self.now));
        self.replan_all();
    }
}
