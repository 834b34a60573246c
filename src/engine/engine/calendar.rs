//! Unix time: this machine's clock and the server's.

use super::Engine;
use crate::limit::Algorithm;
use crate::time::HORIZON;

/// Unix time is read in whole milliseconds, so readings that differ by no more than this mean the same.
const SAME_READING: f64 = 2.0;

impl Engine {
    /// Whether a rule counts by the calendar, so that the engine has to be told Unix time: see
    /// [`set_wall_clock`](Engine::set_wall_clock).
    pub fn uses_wall_clock(&self) -> bool {
        self.rules.uses_wall_clock()
    }

    /// Tells the engine that `now` is the Unix time `unix_now`, in milliseconds, on this machine's clock. Best told
    /// whenever the time is; a step of that clock, also a large one, is put up with safely. How far the server's clock
    /// is from that [`sync_clock`](Engine::sync_clock) and [`report`](Engine::report) tell.
    pub fn set_wall_clock(&mut self, unix_now: f64, now: f64) {
        let now = self.observe(now);
        let wall = unix_now - now;
        let correction = (wall - self.rules.wall).abs();
        if unix_now.abs() > HORIZON || correction <= SAME_READING || correction.is_nan() {
            return;
        }
        self.rules.wall = wall;
        self.correct_calendar();
    }

    /// Learns the server's clock from a reading of it. If it is known how many milliseconds before it arrived it had been
    /// asked for, it is taken to be of the middle of that time.
    pub fn sync_clock(&mut self, server_unix: f64, round_trip: Option<f64>, now: f64) {
        let now = self.observe(now);
        let round_trip = round_trip.filter(|ms| (0.0..=HORIZON).contains(ms));
        let offset = server_unix + round_trip.unwrap_or(0.0) / 2.0 - (now + self.rules.wall);
        if offset.abs() <= HORIZON {
            self.rules.round_trip = round_trip.unwrap_or(self.rules.round_trip);
            self.rules.server_offset = offset;
            self.correct_calendar();
        }
    }

    /// The server's clock stood within `said` while this one went over `seen`. What is believed of it moves no further
    /// than that proves it wrong, so each answer makes it more exact.
    pub(super) fn refine_offset(&mut self, said: (f64, f64), seen: (f64, f64)) {
        let wall = self.rules.wall;
        let (least, greatest) = (said.0 - (seen.1 + wall), said.1 - (seen.0 + wall));
        let offset = self.rules.server_offset.max(least).min(greatest);
        if offset != self.rules.server_offset && offset.abs() <= HORIZON {
            self.rules.server_offset = offset;
            self.correct_calendar();
        }
    }

    /// Brings it into force that this machine's clock or the server's has turned out to be another.
    pub(super) fn correct_calendar(&mut self) {
        let calendar = self.rules.wall + self.rules.server_offset;
        self.rules.calendar = calendar;
        let now = self.now;
        for limit in self.rules.limits_mut() {
            limit.set_unix_offset(calendar, now);
        }
        self.replan_all();
    }
}
