//! The state of an engine that outlives a restart of the program.

use crate::error::{InvalidField, Value};

/// The version of the snapshots that [`Engine::snapshot`](crate::Engine::snapshot) makes.
pub const SNAPSHOT_VERSION: f64 = 1.0;

/// The usage of each rule, windows, pauses, the mode and back-off; never waiters or permits. Costs
/// in flight count as used. All times are relative to `saved_at`, so a snapshot means the same to
/// an engine whose clock began elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The wall clock of this machine, in Unix milliseconds.
    pub saved_at: f64,
    /// The wall clock of the server minus that of this machine, in milliseconds.
    pub clock_offset: f64,
    /// The name of the mode that is on.
    pub mode: String,
    /// The time until the mode ends, in milliseconds; infinite if it does not end.
    pub mode_ends_in: f64,
    /// The time until the pause of all rules ends, in milliseconds. It applies to rules that are
    /// added later too.
    pub paused_for: f64,
    /// The number of consecutive refusals (429).
    pub refusals: u32,
    /// The number of consecutive bans (418).
    pub bans: u32,
    /// The time until the pauses of refusals and bans end, in milliseconds.
    pub backoff_for: f64,
    /// The rules, and the members of families that are not full, in the order in which they were
    /// added.
    pub rules: Vec<SavedRule>,
}

/// The state of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedRule {
    /// The id of the rule.
    pub id: String,
    /// The name of its algorithm.
    pub algorithm: String,
    /// The numbers from which the algorithm continues; each defines its own.
    pub used: Vec<f64>,
    /// The time until its pause ends, in milliseconds.
    pub paused_for: f64,
}

const DURATION: &str = "a number of milliseconds, 0 or more";
const TIME: &str = "a number of milliseconds";

/// The largest time, in either direction.
const FARTHEST: f64 = crate::time::HORIZON;

impl Snapshot {
    /// Checks everything but `used`, which only the algorithms can check.
    ///
    /// # Errors
    /// A value cannot come from [`Engine::snapshot`](crate::Engine::snapshot).
    pub(crate) fn check(&self) -> Result<(), InvalidField> {
        let wrong = |field: &str, value: f64, expected| {
            Err(InvalidField::new(field, Value::Number(value), expected))
        };
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
                return wrong(
                    &["snapshot.rules.", id, ".pausedFor"].concat(),
                    *paused_for,
                    DURATION,
                );
            }
        }
        Ok(())
    }
}
