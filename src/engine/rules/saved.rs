//! Rules on their way into a snapshot and out of it.

use std::ops::Range;

use super::{Role, Rules};
use crate::error::{InvalidField, Value};
use crate::limit::LimitState;
use crate::request::Slot;
use crate::snapshot::SavedRule;
use crate::time::Moment;

const USED: &str = "what a snapshot of this algorithm says";

/// A saved rule with the state that it continues from.
pub(crate) struct Restored<'a> {
    saved: &'a SavedRule,
    state: LimitState,
}

impl Rules {
    /// The number of slots, in use or free. It never falls.
    pub(crate) fn slot_count(&self) -> usize {
        self.slots.len()
    }

    /// The states of the rules and members whose slots are in a range, in the order in which they
    /// were added.
    pub(crate) fn save(&mut self, range: &Range<usize>, now: f64) -> Vec<SavedRule> {
        self.drop_idle_members(now);
        let Self { slots, order, .. } = self;
        let save = |slot: &Slot| {
            let entry = slots.get_mut(slot.0 as usize)?.as_mut()?;
            Some(SavedRule {
                id: entry.id.clone(),
                algorithm: entry.definition.algorithm().to_owned(),
                used: entry.state.save(now),
                paused_for: (entry.paused_until - now).max(0.0),
            })
        };
        let is_in_range = |slot: &&Slot| range.contains(&(slot.0 as usize));
        order.iter().filter(is_in_range).filter_map(save).collect()
    }

    /// The states of the saved rules that still exist, aged by `age` milliseconds. Nothing changes
    /// yet.
    ///
    /// # Errors
    /// The saved numbers of a rule do not fit its algorithm.
    pub(crate) fn restored<'a>(
        &self,
        saved: &'a [SavedRule],
        age: f64,
        at: Moment,
    ) -> Result<Vec<Restored<'a>>, InvalidField> {
        let mut restored = Vec::new();
        for saved in saved {
            let rule = self.find(&saved.id).or_else(|| self.family_of(&saved.id));
            let Some(entry) = rule.and_then(|slot| self.get(slot)) else { continue };
            if entry.definition.algorithm() != saved.algorithm {
                continue;
            }
            let mut state = entry.state.clone();
            state.set_unix_offset(at.unix_offset, at.now);
            if saved.used.iter().any(|n| !n.is_finite())
                || state.restore(&saved.used, age, at.now).is_none()
            {
                let field = ["snapshot.rules.", &saved.id, ".used"].concat();
                return Err(InvalidField::new(field, Value::Other("other numbers"), USED));
            }
            restored.push(Restored { saved, state });
        }
        Ok(restored)
    }

    /// Continues the restored rules, also those whose mode has changed since. Returns their slots.
    pub(crate) fn put_back(
        &mut self,
        restored: Vec<Restored<'_>>,
        until: impl Fn(f64) -> f64,
        at: Moment,
    ) -> Vec<Slot> {
        let mut slots = Vec::new();
        for Restored { saved, state } in restored {
            // A member beyond the largest number is not restored.
            let family = self
                .find(&saved.id)
                .filter(|&slot| self.get(slot).is_some_and(|e| e.role == Role::Family));
            let Some(slot) = family.or_else(|| self.slot(&saved.id, at).ok()) else { continue };
            let Some((entry, quota)) = self.entry_and_quota(slot) else { continue };
            entry.state = state;
            entry.paused_until = until(saved.paused_for);
            entry.settled_at = at.now + entry.definition.jitter();
            entry.refresh(quota, at);
            slots.push(slot);
        }
        slots
    }
}
