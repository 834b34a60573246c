//! What an engine knows, to be kept while a program is restarted.

use crate::error::{InvalidField, Value};

/// The version of what [`Engine::snapshot`](crate::Engine::snapshot) makes.
pub const SNAPSHOT_VERSION: f64 = 1.0;

/// What is used of each rule, windows, pauses, the mode and back-off; never what waits, and no permits. What is in flight
/// counts as used. All times are relative to `saved_at`, so that it means the same to an engine whose clock began
/// elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// This machine's Unix time, in milliseconds.
    pub saved_at: f64,
    /// The server's clock less this machine's, in milliseconds.
    pub clock_offset: f64,
    /// The mode that is on.
    pub mode: String,
    /// For how many milliseconds more; infinite if it does not end.
    pub mode_ends_in: f64,
    /// For how many milliseconds more all rules are paused, also such as are added later.
    pub paused_for: f64,
    /// Refusals (429) in a row.
    pub refusals: u32,
    /// Bans (418) in a row.
    pub bans: u32,
    /// For how many milliseconds more refusals and bans pause.
    pub backoff_for: f64,
    /// The rules, and the members of families that are not full, in the order in which they were added.
    pub rules: Vec<SavedRule>,
}

/// What is used of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedRule {
    /// Its id.
    pub id: String,
    /// The name of its algorithm.
    pub algorithm: String,
    /// What that has to know to go on.
    pub used: Vec<f64>,
    /// For how many milliseconds more it is paused.
    pub paused_for: f64,
}

const DURATION: &str = "a number of milliseconds, 0 or more";
const TIME: &str = "a number of milliseconds";

/// Farther away than this is no time.
const FARTHEST: f64 = crate::time::HORIZON;

impl Snapshot {
    /// Whether it can be one that was made by [`Engine::snapshot`](crate::Engine::snapshot), but for what its algorithms
    /// say.
    pub(crate) fn check(&self) -> Result<(), InvalidField> {
        let wrong =
            |field: &str, value: f64, expected| Err(InvalidField::new(field, Value::Number(value), expected));
        for (field, time) in
            [("snapshot.savedAt", self.saved_at), ("snapshot.clockOffset", self.clock_offset)]
        {
            if time.abs() > FARTHEST || time.is_nan() {
                return wrong(field, time, TIME);
            }
        }
        let durations = [
            ("snapshot.modeEndsIn", self.mode_ends_in),
            ("snapshot.pausedFor", self.paused_for),
            ("snapshot.backoffFor", self.backoff_for),
        ];
        for (field, ms) in durations {
            if ms < 0.0 || ms.is_nan() {
                return wrong(field, ms, DURATION);
            }
        }
        for SavedRule { id, paused_for, .. } in &self.rules {
            if *paused_for < 0.0 || paused_for.is_nan() {
                return wrong(&["snapshot.rules.", id, ".pausedFor"].concat(), *paused_for, DURATION);
            }
        }
        Ok(())
    }
}
