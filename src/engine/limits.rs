//! What changes the rules of a running engine, and what tells of them.

use super::{Engine, HORIZON};
use crate::cost::{Cost, Slot};
use crate::error::{InvalidField, Refusal, UpdateError, Value};
use crate::fields::Fields;
use crate::limit::Algorithm;
use crate::queue::Turn;
use crate::rule::Rule;
use crate::rules::RuleStatus;

/// Unix time is read in whole milliseconds, so readings that differ by no more than this mean the same.
const SAME_READING: f64 = 2.0;

const DURATION: &str = "a number of milliseconds, 0 or more";

impl Engine {
    /// Adds a rule, or replaces the rule of that id, its tokens too; of a family all members. Requests that wait for
    /// more than the new rule can ever grant are refused.
    pub fn add_rule(&mut self, rule: Rule, now: f64) {
        let now = self.observe(now);
        let replaced = self.rules.find(&rule.id).is_some();
        let slots = self.rules.add(rule, now);
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
        let slots = self.rules.update(slot, patch, now).map_err(UpdateError::Invalid)?;
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
        self.evict(|costs, _, _| {
            let mut ids =
                costs.iter().filter_map(|cost| removed.iter().find(|removed| removed.0 == cost.slot));
            ids.next().map(|(_, rule)| Refusal::RuleRemoved { rule: rule.clone() })
        });
        self.plan();
        true
    }

    /// Takes rules out of the costs of all permits, as their slots stand for others now.
    fn strip_permits(&mut self, slots: &[Slot]) {
        self.change_permits(slots, |_| None);
    }

    /// Changes the costs of all permits under the rules at some slots.
    fn change_permits(&mut self, slots: &[Slot], change: impl Fn(Cost) -> Option<Cost>) {
        for (ticket, vector) in self.queue.held() {
            let costs = self.vectors.get(vector);
            if costs.iter().any(|cost| slots.contains(&cost.slot)) {
                let change =
                    |&cost: &Cost| if slots.contains(&cost.slot) { change(cost) } else { Some(cost) };
                let changed: Vec<Cost> = costs.iter().filter_map(change).collect();
                self.rules.disengage(costs);
                self.rules.engage(&changed);
                let new = self.vectors.acquire(&changed);
                self.vectors.release(vector);
                self.queue.set_vector(ticket, new);
            }
        }
    }

    /// Refuses who waits for what can no longer be granted since rules have changed, and plans anew for all others.
    fn rules_changed(&mut self, slots: &[Slot]) {
        self.evict(|costs, request, rules| {
            let concerned = costs.iter().any(|cost| slots.contains(&cost.slot));
            let refusal = || rules.refusal_of(costs, request.turn().class(), request.asks_for_permit());
            concerned.then(refusal).flatten()
        });
        self.look_again(slots);
    }

    /// Plans anew for all that wait on some rules.
    pub(super) fn look_again(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|&slot| self.schedule.free(slot, Turn::FIRST));
        self.plan();
    }

    pub(super) fn look_again_at_all(&mut self) {
        let slots = self.rules.all().to_vec();
        self.look_again(&slots);
    }

    /// Makes every rule full again. What permits hold of a limit of concurrency stays held.
    pub fn reset(&mut self, now: f64) {
        let now = self.observe(now);
        for limit in self.rules.limits_mut() {
            limit.set_available(limit.capacity(), now);
        }
        let slots = self.rules.all().to_vec();
        self.forget_what_was_taken(&slots);
        self.look_again(&slots);
    }

    /// Makes `tokens`, cut to what the rule can hold, what is left of a rule; not of one that limits concurrency.
    /// `false`: there is no such rule, or `tokens` is NaN; nothing changed.
    pub fn set_tokens(&mut self, id: &str, tokens: f64, now: f64) -> bool {
        let now = self.observe(now);
        let Ok(slot) = self.rules.slot(id, now) else { return false };
        let Some(entry) = self.rules.get_mut(slot).filter(|_| !tokens.is_nan()) else { return false };
        entry.limit.set_available(tokens, now);
        self.forget_what_was_taken(&[slot]);
        self.look_again(&[slot]);
        true
    }

    /// Where it was said what is left, what was taken before does not count any more and cannot be given back. What is
    /// held of a limit of concurrency can.
    pub(super) fn forget_what_was_taken(&mut self, slots: &[Slot]) {
        let is_set = |slot: &Slot| self.rules.get(*slot).is_some_and(|entry| !entry.limit.needs_permit());
        let set: Vec<Slot> = slots.iter().copied().filter(is_set).collect();
        // Not taken out: that a request was never sent is worth knowing all the same.
        self.change_permits(&set, |cost| Some(Cost { amount: 0.0, ..cost }));
    }

    /// Lets nothing be granted that costs something under rules of these ids, or under any rule, also one that is added
    /// later, before the instant `until`: infinite for a pause up to [`resume`](Engine::resume). A pause that is longer
    /// already stays as long. Of a family all members pause.
    ///
    /// # Errors
    /// An id names no rule. Nothing has changed then.
    pub fn pause(&mut self, ids: Option<&[&str]>, until: f64, now: f64) -> Result<(), Refusal> {
        self.set_pause(ids, Some(until), now)
    }

    /// Ends the pauses of some rules, or of all.
    ///
    /// # Errors
    /// An id names no rule. Nothing has changed then.
    pub fn resume(&mut self, ids: Option<&[&str]>, now: f64) -> Result<(), Refusal> {
        self.set_pause(ids, None, now)
    }

    fn set_pause(&mut self, ids: Option<&[&str]>, until: Option<f64>, now: f64) -> Result<(), Refusal> {
        let now = self.observe(now);
        let named = ids.map(|ids| self.rules.named(ids, now)).transpose()?;
        self.set_pause_of(named.as_deref(), until);
        Ok(())
    }

    /// Pauses rules, or all, or ends their pauses.
    pub(super) fn set_pause_of(&mut self, slots: Option<&[Slot]>, until: Option<f64>) {
        self.rules.pause(slots, until);
        if until.is_none() {
            self.rules.lift_sooner(self.now);
            if slots.is_none() {
                self.feedback.paused_until = self.feedback.paused_until.min(self.now);
            }
        }
        match slots {
            Some(slots) => self.look_again(slots),
            None => self.look_again_at_all(),
        }
    }

    /// Turns a mode on, for so many milliseconds, which may be infinite; then it is `normal` again.
    ///
    /// # Errors
    /// There is no such mode, or the duration is no number of 0 or more.
    pub fn set_mode(&mut self, name: &str, duration: f64, now: f64) -> Result<(), InvalidField> {
        let now = self.observe(now);
        if duration < 0.0 || duration.is_nan() {
            return Err(InvalidField::new("durationMs", Value::Number(duration), DURATION));
        }
        self.rules.quota.set_mode(name, now + duration)?;
        self.mode_changed(now);
        // One that ends at once.
        self.observe(now);
        Ok(())
    }

    /// The name of the mode that is on.
    pub fn mode(&mut self, now: f64) -> &str {
        self.observe(now);
        self.rules.quota.mode()
    }

    /// Brings the mode that is on since `at` into force.
    pub(super) fn mode_changed(&mut self, at: f64) {
        self.rules.change_mode(at);
        self.look_again_at_all();
    }

    /// Whether a rule counts by the calendar, so that the engine has to be told Unix time: see
    /// [`set_calendar`](Engine::set_calendar).
    pub fn uses_calendar(&self) -> bool {
        self.rules.uses_calendar()
    }

    /// Tells the engine that `now` is the Unix time `unix_now`, in milliseconds, on this machine's clock. Best told
    /// whenever the time is; a step of that clock, also a large one, is put up with safely. How far the server's clock
    /// is from that [`sync_clock`](Engine::sync_clock) and [`report`](Engine::report) tell.
    pub fn set_calendar(&mut self, unix_now: f64, now: f64) {
        let now = self.observe(now);
        let wall = unix_now - now;
        let correction = (wall - self.rules.wall).abs();
        if unix_now.abs() > HORIZON || correction <= SAME_READING || correction.is_nan() {
            return;
        }
        self.rules.wall = wall;
        self.correct_calendar();
    }

    /// Brings it into force that this machine's clock or the server's has turned out to be another.
    pub(super) fn correct_calendar(&mut self) {
        let calendar = self.rules.wall + self.rules.server_offset;
        self.rules.calendar = calendar;
        let now = self.now;
        for limit in self.rules.limits_mut() {
            limit.set_calendar(calendar, now);
        }
        self.look_again_at_all();
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
    pub fn slot(&mut self, id: &str, now: f64) -> Result<Slot, Refusal> {
        let now = self.observe(now);
        self.rules.slot(id, now)
    }

    /// The refusal of a cost that names a rule which does not exist.
    pub fn unknown_rule(&self, id: &str) -> Refusal {
        self.rules.unknown(id)
    }

    /// What is left of every rule, in the order in which they were added. Of a family there are the members that are not
    /// full, and itself.
    pub fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        let now = self.observe(now);
        self.rules.status(now)
    }
}
