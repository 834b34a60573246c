//! Changing the rules of a running engine, and their status.

use super::Engine;
use crate::error::{Rejection, UpdateError};
use crate::fields::Fields;
use crate::queue::Turn;
use crate::request::Slot;
use crate::rules::{Rule, RuleStatus};

impl Engine {
    /// Adds a rule, or replaces the rule of the same id including its tokens; a family with all its
    /// members. Waiters whose cost the new rule can never grant are rejected.
    pub fn add_rule(&mut self, rule: Rule, now: f64) {
        let now = self.observe(now);
        let replaced = self.rules.find(&rule.id).is_some();
        let slots = self.rules.add(rule, self.clock.at(now));
        // A new rule has no waiters.
        if replaced {
            self.strip_permits(&slots);
            self.rules_changed(&slots);
        }
    }

    /// Changes fields of a rule, or of a family and all its members: any but the id and the
    /// algorithm. Usage counts on. Waiters whose cost the changed rule can never grant are
    /// rejected. A member of a family becomes a rule of its own, which keeps the change.
    ///
    /// # Errors
    /// There is no such rule, or a field does not exist or has a value that is not allowed. Nothing
    /// has changed then.
    pub fn update_rule(&mut self, id: &str, patch: &Fields, now: f64) -> Result<(), UpdateError> {
        let now = self.observe(now);
        let known = self.rules.find(id).map_or_else(|| self.rules.slot(id, self.clock.at(now)), Ok);
        let slot = known.map_err(UpdateError::Unknown)?;
        let slots =
            self.rules.update(slot, patch, self.clock.at(now)).map_err(UpdateError::Invalid)?;
        self.rules_changed(&slots);
        Ok(())
    }

    /// Removes a rule, or a family and all its members. Their waiters are rejected. `false`: there
    /// is no such rule.
    pub fn remove_rule(&mut self, id: &str, now: f64) -> bool {
        self.observe(now);
        let Some(removed) = self.rules.remove(id) else { return false };
        let slots: Vec<Slot> = removed.iter().map(|removed| removed.0).collect();
        self.strip_permits(&slots);
        self.reject_where(|costs, _, _| {
            let mut ids = costs
                .iter()
                .filter_map(|cost| removed.iter().find(|removed| removed.0 == cost.slot));
            ids.next().map(|(_, rule)| Rejection::RuleRemoved { rule: rule.clone() })
        });
        self.update_due();
        true
    }

    /// Rejects the waiters that the changed rules can never grant, and replans the others.
    pub(super) fn rules_changed(&mut self, slots: &[Slot]) {
        self.reject_where(|costs, request, rules| {
            let concerned = costs.iter().any(|cost| slots.contains(&cost.slot));
            let rejection = || rules.rejection_of(costs, request.asks_for_permit());
            concerned.then(rejection).flatten()
        });
        let (schedule, context) = self.parts();
        schedule.recount_planned_lanes(&context);
        self.replan(slots);
    }

    /// Computes again when waiters for some rules can be granted.
    pub(super) fn replan(&mut self, slots: &[Slot]) {
        for &slot in slots {
            self.schedule.free(slot, Turn::FIRST);
            if self.is_watched() {
                self.rules.look(slot, 0.0, self.now);
            }
        }
        self.update_due();
    }

    pub(super) fn replan_all(&mut self) {
        let slots = self.rules.all().to_vec();
        self.replan(&slots);
    }

    /// Fills every rule. Tokens held under concurrency rules stay held.
    pub fn reset(&mut self, now: f64) {
        let now = self.observe(now);
        self.rules.fill(now);
        let slots = self.rules.all().to_vec();
        self.void_prior_costs(&slots);
        self.replan(&slots);
    }

    /// Sets the remaining tokens of a rule, capped at its capacity. Has no effect on concurrency
    /// rules. `false`: there is no such rule, or `tokens` is NaN, and nothing changed.
    pub fn set_tokens(&mut self, id: &str, tokens: f64, now: f64) -> bool {
        let now = self.observe(now);
        let Ok(slot) = self.rules.slot(id, self.clock.at(now)) else { return false };
        let Some(entry) = self.rules.get_mut(slot).filter(|_| !tokens.is_nan()) else {
            return false;
        };
        entry.state.set_available(tokens, now);
        self.rules.look(slot, 0.0, now);
        self.void_prior_costs(&[slot]);
        self.replan(&[slot]);
        true
    }

    /// Adds tokens to what remains of a rule, capped at its capacity; a negative number removes
    /// some. Has no effect on concurrency rules. `false`: there is no such rule, or `tokens` is
    /// NaN, and nothing changed.
    pub fn add_tokens(&mut self, id: &str, tokens: f64, now: f64) -> bool {
        let now = self.observe(now);
        let slot = self.rules.slot(id, self.clock.at(now)).ok();
        let entry = slot.and_then(|slot| self.rules.get_mut(slot));
        let Some(left) = entry.map(|entry| entry.state.available(now)) else { return false };
        self.set_tokens(id, left + tokens, now)
    }

    /// A number that changes whenever a [`Slot`] may stand for another rule.
    pub fn rules_version(&self) -> u64 {
        self.rules.version()
    }

    /// The slot of a rule, for use in [`Costs`](crate::Costs). An id that belongs to a family gets
    /// a rule of its own if it has none. Valid until [`rules_version`](Engine::rules_version)
    /// changes.
    ///
    /// # Errors
    /// There is no such rule, or families have their largest number of members in use.
    pub fn slot(&mut self, id: &str, now: f64) -> Result<Slot, Rejection> {
        let now = self.observe(now);
        self.rules.slot(id, self.clock.at(now))
    }

    /// The rejection of a cost under a rule that does not exist.
    pub fn unknown_rule(&self, id: &str) -> Rejection {
        self.rules.unknown(id)
    }

    /// The remaining tokens of every rule, in the order in which they were added; of a family, its
    /// own entry and the members that are not idle and full.
    pub fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        let now = self.observe(now);
        self.rules.status(now)
    }
}
