//! The rules of an engine: by id, by slot, and in the order in which they were added.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::cost::{Cost, Slot};
use crate::limit::{Algorithm, Limit};
use crate::rule::Rule;

/// All rules. A rule keeps its slot until it is removed; then the slot serves for the next new rule.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    slots: Vec<Option<Rule>>,
    by_id: HashTable<Slot>,
    order: Vec<Slot>,
    free: Vec<Slot>,
}

impl Rules {
    /// The slot of a rule.
    pub(crate) fn find(&self, id: &str) -> Option<Slot> {
        self.by_id.find(hash(id), |&slot| self.get(slot).is_some_and(|rule| rule.id == id)).copied()
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Rule> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    pub(crate) fn limit_mut(&mut self, slot: Slot) -> Option<&mut Limit> {
        Some(&mut self.slots.get_mut(slot.0 as usize)?.as_mut()?.limit)
    }

    /// All rules in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.order.iter().filter_map(|&slot| self.get(slot))
    }

    /// All limits, to work on or to play through what would happen.
    pub(crate) fn limits_mut(&mut self) -> impl Iterator<Item = &mut Limit> {
        self.slots.iter_mut().flatten().map(|rule| &mut rule.limit)
    }

    /// Adds a rule; one of the same id it replaces, in its place in the order.
    pub(crate) fn insert(&mut self, rule: Rule) {
        if let Some(slot) = self.find(&rule.id) {
            if let Some(place) = self.slots.get_mut(slot.0 as usize) {
                *place = Some(rule);
            }
            return;
        }
        let slot = self.free.pop().unwrap_or(Slot(self.slots.len() as u32));
        let hash = hash(&rule.id);
        match self.slots.get_mut(slot.0 as usize) {
            Some(place) => *place = Some(rule),
            None => self.slots.push(Some(rule)),
        }
        self.order.push(slot);
        let slots = &self.slots;
        self.by_id.insert_unique(hash, slot, |&slot| {
            slots.get(slot.0 as usize).and_then(Option::as_ref).map_or(0, |rule| self::hash(&rule.id))
        });
    }

    /// Removes a rule.
    pub(crate) fn remove(&mut self, slot: Slot) -> Option<Rule> {
        let rule = self.slots.get_mut(slot.0 as usize)?.take()?;
        if let Ok(entry) = self.by_id.find_entry(hash(&rule.id), |&other| other == slot) {
            entry.remove();
        }
        self.order.retain(|&other| other != slot);
        self.free.push(slot);
        Some(rule)
    }

    /// Whether all of `costs` are available at `now`. A cost of 0 always is.
    pub(crate) fn allow(&self, costs: &[Cost], now: f64) -> bool {
        costs.iter().all(|cost| {
            cost.amount == 0.0
                || self.get(cost.slot).is_some_and(|rule| rule.limit.available(now) >= cost.amount)
        })
    }

    /// Takes `costs`, all of which are available at `now`.
    pub(crate) fn take(&mut self, costs: &[Cost], now: f64) {
        for cost in costs {
            if let Some(limit) = self.limit_mut(cost.slot) {
                limit.take(cost.amount, now);
            }
        }
    }

    /// The first instant, not before `from`, at which all of `costs` are available together if nothing else is taken.
    pub(crate) fn ready_at(&self, costs: &[Cost], from: f64) -> f64 {
        let mut at = from;
        loop {
            let next = costs
                .iter()
                .filter(|cost| cost.amount > 0.0)
                .filter_map(|cost| Some(self.get(cost.slot)?.limit.ready_at(cost.amount, at)))
                .fold(at, f64::max);
            // Each limit is asked again from the latest answer, for what was left earlier may be gone by then.
            if next == at || next == f64::INFINITY {
                return next;
            }
            at = next;
        }
    }

    /// A copy to play through what would happen: counts as this one does, knows no ids.
    pub(crate) fn rehearsal(&self) -> Self {
        Self { slots: self.slots.clone(), ..Self::default() }
    }
}

fn hash(id: &str) -> u64 {
    FxBuildHasher.hash_one(id)
}
