//! Adding, changing and removing rules.

use super::Rules;
use super::entry::{Entry, Role};
use super::quota::Quota;
use super::rule::{Rule, Scope};
use crate::error::{InvalidField, Value};
use crate::fields::Fields;
use crate::limit::Limit;
use crate::request::Slot;
use crate::time::Moment;

impl Rules {
    /// Adds a rule, or replaces the rule of the same id in its place, together with the members of
    /// a family. Returns the slots of all rules that start anew.
    pub(crate) fn add(&mut self, rule: Rule, at: Moment) -> Vec<Slot> {
        let Rule { id, limit, scope } = rule;
        let role = if id.ends_with('*') { Role::Family } else { Role::Rule };
        // A rule with the id of a member is a rule of its own from now on.
        let slot = self.insert(id, limit.clone(), role, at);
        let members = self.members_of(slot);
        for &member in &members {
            if let Some((entry, quota)) = self.entry_and_quota(member) {
                entry.define(limit.clone(), quota);
                entry.restart(quota, at);
            }
        }
        let slots = [vec![slot], members].concat();
        self.set_scope(&slots, scope);
        slots
    }

    pub(super) fn insert(&mut self, id: String, definition: Limit, role: Role, at: Moment) -> Slot {
        let place = self.search(&id);
        let known = place.ok().and_then(|at| self.by_id.get(at)).copied();
        let slot = known.or_else(|| self.free.pop()).unwrap_or(Slot(self.slots.len() as u32));
        let old = self.slots.get_mut(slot.0 as usize).and_then(Option::take);
        for (role, step) in [(old.as_ref().map(|old| old.role), -1), (Some(role), 1)] {
            match role {
                Some(Role::Family) => self.families = self.families.saturating_add_signed(step),
                Some(Role::Member(_)) => self.members = self.members.saturating_add_signed(step),
                _ => {}
            }
        }
        let (users, paused_until) =
            old.map_or((0, self.paused_until), |old| (old.users, old.paused_until));
        let entry =
            Entry { users, paused_until, ..Entry::new(id, definition, role, &self.quota, at) };
        match self.slots.get_mut(slot.0 as usize) {
            Some(place) => *place = Some(entry),
            None => self.slots.push(Some(entry)),
        }
        if let Err(at) = place {
            self.by_id.insert(at, slot);
            self.order.push(slot);
        }
        slot
    }

    /// The rule at a slot, and the quota that puts a part of its limit in force.
    pub(super) fn entry_and_quota(&mut self, slot: Slot) -> Option<(&mut Entry, &Quota)> {
        let entry = self.slots.get_mut(slot.0 as usize)?.as_mut()?;
        Some((entry, &self.quota))
    }

    fn set_scope(&mut self, slots: &[Slot], scope: Scope) {
        for &slot in slots {
            if let Some(entry) = self.get_mut(slot) {
                entry.scope = scope;
            }
        }
    }

    /// Changes fields of a rule, or of a family and all its members. Their usage continues. A
    /// member becomes a rule of its own, which is not dropped. Returns the slots.
    ///
    /// # Errors
    /// A field does not exist or cannot be changed, or its value is not allowed.
    pub(crate) fn update(
        &mut self,
        slot: Slot,
        patch: &Fields,
        at: Moment,
    ) -> Result<Vec<Slot>, InvalidField> {
        let Some(entry) = self.get(slot) else { return Ok(Vec::new()) };
        let was_member = matches!(entry.role, Role::Member(_));
        let definition =
            entry.definition.patched(patch).map_err(|error| error.of_rule(&entry.id))?;
        let scope = Scope::from_fields(patch).map_err(|error| error.of_rule(&entry.id))?;
        let tokens = match patch.get("tokens") {
            Some(Value::Number(tokens)) => Some(*tokens),
            _ => None,
        };
        if was_member && let Some(entry) = self.get_mut(slot) {
            // Dropped and made again, it would be as the family is.
            entry.role = Role::Rule;
            self.members = self.members.saturating_sub(1);
        }
        let changed = [vec![slot], self.members_of(slot)].concat();
        for &slot in &changed {
            let Some((entry, quota)) = self.entry_and_quota(slot) else { continue };
            entry.define(definition.clone(), quota);
            entry.refresh(quota, at);
            if let Some(tokens) = tokens {
                entry.state.set_available(tokens, at.now);
            }
        }
        if let Some(scope) = scope {
            self.set_scope(&changed, scope);
        }
        Ok(changed)
    }

    /// Removes a rule, or a family and all its members. Returns their slots and ids.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Vec<(Slot, String)>> {
        let slot = self.find(id)?;
        let slots = [vec![slot], self.members_of(slot)].concat();
        let removed =
            slots.iter().filter_map(|&slot| Some((slot, self.get(slot)?.id.clone()))).collect();
        let Self { order, by_id, .. } = self;
        for list in [order, by_id] {
            list.retain(|slot| !slots.contains(slot));
        }
        slots.into_iter().for_each(|slot| self.vacate(slot));
        Some(removed)
    }
}
