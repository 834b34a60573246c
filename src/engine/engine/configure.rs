//! Changing the configuration of a running engine.

use super::Engine;
use crate::config::Config;
use crate::error::InvalidField;
use crate::schedule::Schedule;

impl Engine {
    /// The configuration in force.
    pub fn config(&self) -> Config {
        let (aging, overflow) = self.queue.config();
        Config {
            max_waiting: self.max_waiting,
            ordering: self.ordering,
            reservations: self.schedule.most_reservations(),
            overflow,
            aging,
            share: self.rules.quota.share(),
            modes: self.rules.quota.modes().to_vec(),
            backoff: self.backoff.config(),
            adaptive: self.adaptive,
        }
    }

    /// Changes the configuration. Usage, waiters, pauses and the series of refusals stay, and so
    /// does the mode, if there still is one of its name. Waiters beyond a lower limit of the queue
    /// stay too; those that can never be granted now are rejected.
    ///
    /// # Errors
    /// A field is out of its range. Nothing has changed then.
    ///
    /// ```
    /// use multi_throttler_engine::{Config, Engine, Overflow};
    /// let mut engine = Engine::default();
    /// let config = Config { overflow: Overflow::DropOldest, ..engine.config() };
    /// engine.configure(config, 0.0)?;
    /// # Ok::<(), multi_throttler_engine::InvalidField>(())
    /// ```
    pub fn configure(&mut self, config: Config, now: f64) -> Result<(), InvalidField> {
        let now = self.observe(now);
        let quota = Self::check(&config)?;
        let is_reordered = self.ordering != config.ordering
            || self.schedule.most_reservations() != config.reservations;
        self.max_waiting = config.max_waiting;
        self.ordering = config.ordering;
        self.adaptive = config.adaptive;
        self.backoff.configure(config.backoff);
        self.queue.configure(config.aging, config.overflow);
        self.rules.set_quota(quota, self.clock.at(now));
        if is_reordered {
            self.rebuild_schedule(config.reservations);
        }
        let slots = self.rules.all().to_vec();
        self.rules_changed(&slots);
        Ok(())
    }

    /// Builds the schedule of all waiters anew.
    pub(super) fn rebuild_schedule(&mut self, reservations: usize) {
        self.schedule = Schedule::new(self.ordering, reservations);
        for (ticket, vector) in self.queue.in_order() {
            if let Some(entry) = self.queue.entry(ticket.index()) {
                let (schedule, context) = self.parts();
                schedule.enter(vector, entry, None, &context);
            }
        }
    }
}
