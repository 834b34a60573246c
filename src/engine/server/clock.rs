//! The server's clock, as far as it is known.

use crate::numeric::MAX_SAFE;
use crate::time::{HORIZON, Moment};

/// The wall clock is read in whole milliseconds, so readings that differ by at most this are equal.
const SAME_READING: f64 = 2.0;

/// Converts the engine's time to Unix time on the server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerClock {
    /// The wall clock of this machine minus the engine's time, in milliseconds.
    wall: f64,
    /// The wall clock of the server minus that of this machine, in milliseconds.
    server_offset: f64,
    /// The duration of the last round trip, in milliseconds; 0 while unknown.
    round_trip: f64,
}

impl ServerClock {
    /// An instant of the engine, together with the offset of Unix time on the server.
    pub(crate) fn at(&self, now: f64) -> Moment {
        Moment { now, unix_offset: self.unix_offset() }
    }

    /// Unix time on the server minus the engine's time, in milliseconds.
    pub(crate) fn unix_offset(&self) -> f64 {
        self.wall + self.server_offset
    }

    /// Unix time on this machine at `now`.
    pub(crate) fn wall_time(&self, now: f64) -> f64 {
        now + self.wall
    }

    pub(crate) fn server_offset(&self) -> f64 {
        self.server_offset
    }

    pub(crate) fn round_trip(&self) -> f64 {
        self.round_trip
    }

    /// Records the duration of a round trip.
    pub(crate) fn set_round_trip(&mut self, ms: f64) {
        self.round_trip = ms.clamp(0.0, MAX_SAFE);
    }

    pub(crate) fn set_server_offset(&mut self, offset: f64) {
        self.server_offset = offset;
    }

    /// Records that the wall clock of this machine reads `unix_now` at `now`. `false`: nothing
    /// changed.
    pub(crate) fn set_wall(&mut self, unix_now: f64, now: f64) -> bool {
        let wall = unix_now - now;
        let correction = (wall - self.wall).abs();
        if unix_now.abs() > HORIZON || correction <= SAME_READING || correction.is_nan() {
            return false;
        }
        self.wall = wall;
        true
    }

    /// Sets the offset of the server's clock from a reading of it that arrived at `now`,
    /// `round_trip` milliseconds after it was requested. The reading is taken to be from the middle
    /// of that time. `false`: the reading was out of range.
    pub(crate) fn sync(&mut self, server_unix: f64, round_trip: Option<f64>, now: f64) -> bool {
        let round_trip = round_trip.filter(|ms| (0.0..=HORIZON).contains(ms));
        let offset = server_unix + round_trip.unwrap_or(0.0) / 2.0 - (now + self.wall);
        if offset.abs() > HORIZON || offset.is_nan() {
            return false;
        }
        self.round_trip = round_trip.unwrap_or(self.round_trip);
        self.server_offset = offset;
        true
    }

    /// Corrects the offset by a report that the server's clock stood within `reported` at some
    /// instant within `local` of the engine's time. The offset moves no further than the report
    /// proves it wrong, so each report makes it more exact. `false`: nothing changed.
    pub(crate) fn refine(&mut self, reported: (f64, f64), local: (f64, f64)) -> bool {
        let lowest = reported.0 - (local.1 + self.wall);
        let highest = reported.1 - (local.0 + self.wall);
        let offset = self.server_offset.max(lowest).min(highest);
        let is_correction = offset != self.server_offset && offset.abs() <= HORIZON;
        if is_correction {
            self.server_offset = offset;
        }
        is_correction
    }
}
