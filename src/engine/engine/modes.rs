//! Modes.

use super::Engine;
use crate::error::{InvalidField, Value};

const DURATION: &str = "a number of milliseconds, 0 or more";

impl Engine {
    /// Turns a mode on for `duration` milliseconds, which may be infinite. Then the mode returns to
    /// `normal`.
    ///
    /// # Errors
    /// There is no such mode, or the duration is not a number of 0 or more.
    pub fn set_mode(&mut self, name: &str, duration: f64, now: f64) -> Result<(), InvalidField> {
        let now = self.observe(now);
        if duration < 0.0 || duration.is_nan() {
            return Err(InvalidField::new("durationMs", Value::Number(duration), DURATION));
        }
        self.rules.set_mode(name, now + duration, self.clock.at(now))?;
        self.replan_all();
        // A mode of no duration ends at once.
        self.observe(now);
        Ok(())
    }

    /// The name of the mode that is on.
    pub fn mode(&mut self, now: f64) -> &str {
        self.observe(now);
        self.rules.mode()
    }
}
