//! Families of rules, whose members come and go.

use super::{Entry, Role, Rules, SWEEP_ABOVE};
use crate::error::Rejection;
use crate::request::Slot;
use crate::time::Moment;

/// The largest number of members of all families together.
const MEMBERS: usize = 10_000;

impl Rules {
    /// The slot under which costs of an id are counted: the slot of its rule, or of a member, which
    /// is made if the id belongs to a family.
    ///
    /// # Errors
    /// There is no such rule, or families have their largest number of members in use.
    pub(crate) fn slot(&mut self, id: &str, at: Moment) -> Result<Slot, Rejection> {
        let known = self.find(id).and_then(|slot| Some((slot, self.get_mut(slot)?)));
        if let Some((slot, entry)) = known.filter(|(_, entry)| entry.role != Role::Family) {
            entry.asked_at = at.now;
            return Ok(slot);
        }
        let Some(family) = self.family_of(id) else { return Err(self.unknown(id)) };
        if self.members >= self.sweep_at || self.members >= MEMBERS {
            self.drop_idle_members(at.now);
            self.sweep_at = self.members.saturating_mul(2).max(SWEEP_ABOVE);
        }
        if self.members >= MEMBERS {
            return Err(Rejection::TooManyMembers { rule: id.into(), most: MEMBERS as f64 });
        }
        let Some(parent) = self.get(family) else { return Err(self.unknown(id)) };
        let (definition, paused_until, scope) =
            (parent.definition.clone(), parent.paused_until, parent.scope);
        let slot = self.insert(id.into(), definition, Role::Member(family), at);
        if let Some(member) = self.get_mut(slot) {
            (member.paused_until, member.scope) = (paused_until, scope);
        }
        Ok(slot)
    }

    /// The family of an id. If several prefixes match, the longest one wins.
    pub(super) fn family_of(&self, id: &str) -> Option<Slot> {
        if self.families == 0 || id.ends_with('*') {
            return None;
        }
        let families = self.order.iter().copied().filter(|&slot| {
            let entry = self.get(slot).filter(|entry| entry.role == Role::Family);
            let prefix = entry.and_then(|entry| entry.id.strip_suffix('*'));
            prefix.is_some_and(|prefix| id.len() > prefix.len() && id.starts_with(prefix))
        });
        families.max_by_key(|&slot| self.get(slot).map_or(0, |entry| entry.id.len()))
    }

    /// Drops all members that are idle, full, and equal to a new member.
    pub(super) fn drop_idle_members(&mut self, now: f64) {
        if self.members == 0 {
            return;
        }
        for at in 0..self.order.len() {
            let Some(&slot) = self.order.get(at) else { return };
            if self.get_mut(slot).is_some_and(|entry| entry.is_as_new(now)) {
                self.keep_peak(slot);
                self.vacate(slot);
            }
        }
        let Self { order, by_id, slots, .. } = self;
        for list in [order, by_id] {
            list.retain(|slot| slots.get(slot.0 as usize).is_some_and(Option::is_some));
        }
    }

    /// The members of the family at a slot.
    pub(super) fn members_of(&self, family: Slot) -> Vec<Slot> {
        let is_member =
            |&slot: &Slot| self.get(slot).is_some_and(|entry| entry.role == Role::Member(family));
        self.order.iter().copied().filter(is_member).collect()
    }
}

impl Entry {
    pub(super) fn is_family(&self) -> bool {
        self.role == Role::Family
    }

    /// Whether the rule is an idle member that equals a new one.
    fn is_as_new(&mut self, now: f64) -> bool {
        matches!(self.role, Role::Member(_))
            && self.users == 0
            && self.paused_until <= now
            && self.ceiling == f64::INFINITY
            && self.asked_at < now
            && !self.traits.starts_below_capacity
            // If the mode leaves no capacity, usage is invisible.
            && self.state.capacity() > 0.0
            && (self.state.available(now) >= self.state.capacity() || self.traits.is_held)
            // An open window is different, even if its requests turned out to be free. So is a rule
            // with claims.
            && (!(self.traits.opens_on_use || self.traits.is_held)
                || self.state.save(now).is_empty())
    }
}
