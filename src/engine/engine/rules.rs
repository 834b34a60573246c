//! What changes the rules of a running engine, and what tells of them.

use super::Engine;
use crate::error::{Rejection, UpdateError};
use crate::fields::Fields;
use crate::queue::Turn;
use crate::request::Slot;
use crate::rules::{Rule, RuleStatus};

impl Engine {
    /// Adds a rule, or replaces the rule of that id, its tokens too; of a family all members. Requests that wait for
    /// more than the new rule can ever grant are refused.
    pub fn add_rule(&mut self, rule: Rule, now: f64) {
        let now = self.observe(now);
        let replaced = self.rules.find(&rule.id).is_some();
        let slots = self.rules.add(rule, self.clock.at(now));
        // On a new one nobody waits.
        if replaced {
            self.strip_permits(&slots);
            self.rules_changed(&slots);
        }
    }

    /// Changes fields of a rule, or of a family and all its members: any that made it, but its id and algorithm. What
    /// was used counts on. Requests that wait for more than the rule can ever grant now are refused.
    ///
    /// # Errors
    /// There is no such rule, or a field cannot have that value. Nothing has changed then.
    pub fn update_rule(&mut self, id: &str, patch: &Fields, now: f64) -> Result<(), UpdateError> {
        let now = self.observe(now);
        let slot = self.rules.find(id).ok_or_else(|| UpdateError::Unknown(self.rules.unknown(id)))?;
        let slots = self.rules.update(slot, patch, self.clock.at(now)).map_err(UpdateError::Invalid)?;
        self.rules_changed(&slots);
        Ok(())
    }

    /// Removes a rule, or a family and all its members. Requests that wait on it are refused. `false`: there is no such
    /// rule.
    pub fn remove_rule(&mut self, id: &str, now: f64) -> bool {
        self.observe(now);
        let Some(removed) = self.rules.remove(id) else { return false };
        let slots: Vec<Slot> = removed.iter().map(|removed| removed.0).collect();
        self.strip_permits(&slots);
        self.reject_where(|costs, _, _| {
            let mut ids =
                costs.iter().filter_map(|cost| removed.iter().find(|removed| removed.0 == cost.slot));
            ids.next().map(|(_, rule)| Rejection::RuleRemoved { rule: rule.clone() })
        });
        self.update_due();
        true
    }

    /// Refuses who waits for what can no longer be granted since rules have changed, and plans anew for all others.
    fn rules_changed(&mut self, slots: &[Slot]) {
        self.reject_where(|costs, request, rules| {
            let concerned = costs.iter().any(|cost| slots.contains(&cost.slot));
            let rejection = || rules.rejection_of(costs, request.turn().class(), request.asks_for_permit());
            concerned.then(rejection).flatten()
        });
        self.replan(slots);
    }

    /// Plans anew for all that wait on some rules.
    pub(super) fn replan(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|&slot| self.schedule.free(slot, Turn::FIRST));
        self.update_due();
    }

    pub(super) fn replan_all(&mut self) {
        let slots = self.rules.all().to_vec();
        self.replan(&slots);
    }

    /// Makes every rule full again. What permits hold of a limit of concurrency stays held.
    pub fn reset(&mut self, now: f64) {
        let now = self.observe(now);
        self.rules.fill(now);
        let slots = self.rules.all().to_vec();
        self.void_prior_costs(&slots);
        self.replan(&slots);
    }

    /// Makes `tokens`, cut to what the rule can hold, what is left of a rule; not of one that limits concurrency.
    /// `false`: there is no such rule, or `tokens` is NaN; nothing changed.
    pub fn set_tokens(&mut self, id: &str, tokens: f64, now: f64) -> bool {
        let now = self.observe(now);
        let Ok(slot) = self.rules.slot(id, self.clock.at(now)) else { return false };
        let Some(entry) = self.rules.get_mut(slot).filter(|_| !tokens.is_nan()) else { return false };
        entry.state.set_available(tokens, now);
        self.void_prior_costs(&[slot]);
        self.replan(&[slot]);
        true
    }

    /// A number that changes whenever a [`Slot`] may have come to stand for another rule.
    pub fn rules_version(&self) -> u64 {
        self.rules.version()
    }

    /// Where the rule of an id is kept, for use in [`Costs`](crate::Costs); for an id that belongs to a family, a rule of its own is
    /// made if there is none. Valid until [`rules_version`](Engine::rules_version) changes.
    ///
    /// # Errors
    /// There is no such rule, or families have as many members in use as may be.
    pub fn slot(&mut self, id: &str, now: f64) -> Result<Slot, Rejection> {
        let now = self.observe(now);
        self.rules.slot(id, self.clock.at(now))
    }

    /// The refusal of a cost that names a rule which does not exist.
    pub fn unknown_rule(&self, id: &str) -> Rejection {
        self.rules.unknown(id)
    }

    /// What is left of every rule, in the order in which they were added. Of a family there are the members that are not
    /// full, and itself.
    pub fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        let now = self.observe(now);
        self.rules.status(now)
    }
}
