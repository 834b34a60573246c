//! The rules of an engine: by id, by slot, and in the order in which they were added.

use crate::cost::{Cost, Slot};
use crate::error::{Refusal, Value};
use crate::limit::{Algorithm, Limit};
use crate::rule::Rule;

/// What is left of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleStatus {
    /// The rule's id.
    pub id: String,
    /// Tokens that are left now.
    pub tokens: f64,
    /// The limit in force.
    pub capacity: f64,
    /// `1 - tokens / capacity`.
    pub utilization: f64,
}

/// All rules. A rule keeps its slot until it is removed; then the slot serves for the next new rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    slots: Vec<Option<Rule>>,
    /// In the order of their ids. Looking one up is no hot path: who submits often keeps the slot.
    by_id: Vec<Slot>,
    /// In the order in which they were added.
    order: Vec<Slot>,
    free: Vec<Slot>,
    removals: u64,
}

impl Rules {
    /// The slot of a rule.
    pub(crate) fn find(&self, id: &str) -> Option<Slot> {
        self.search(id).ok().and_then(|at| self.by_id.get(at)).copied()
    }

    /// The place of an id in `by_id`, or else the place where it belongs.
    fn search(&self, id: &str) -> Result<usize, usize> {
        self.by_id.binary_search_by(|&slot| self.get(slot).map_or("", |rule| &rule.id).cmp(id))
    }

    /// How often a rule was removed.
    pub(crate) fn version(&self) -> u64 {
        self.removals
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Rule> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    /// All rules in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.order.iter().filter_map(|&slot| self.get(slot))
    }

    /// What is left of all rules, in the order in which they were added.
    pub(crate) fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        let Self { slots, order, .. } = self;
        let mut status = |slot: &Slot| {
            let Rule { id, limit } = slots.get_mut(slot.0 as usize)?.as_mut()?;
            let (tokens, capacity) = (limit.available(now), limit.capacity());
            Some(RuleStatus { id: id.clone(), tokens, capacity, utilization: 1.0 - tokens / capacity })
        };
        order.iter().filter_map(&mut status).collect()
    }

    /// All limits.
    pub(crate) fn limits_mut(&mut self) -> impl Iterator<Item = &mut Limit> {
        self.slots.iter_mut().flatten().map(|rule| &mut rule.limit)
    }

    /// Adds a rule; one of the same id it replaces, in its place in the order. Returns the slot of one that it replaced.
    pub(crate) fn insert(&mut self, rule: Rule) -> Option<Slot> {
        let place = self.search(&rule.id);
        let known = place.ok().and_then(|at| self.by_id.get(at)).copied();
        let slot = known.or_else(|| self.free.pop()).unwrap_or(Slot(self.slots.len() as u32));
        match self.slots.get_mut(slot.0 as usize) {
            Some(place) => *place = Some(rule),
            None => self.slots.push(Some(rule)),
        }
        if let Err(at) = place {
            self.by_id.insert(at, slot);
            self.order.push(slot);
        }
        known
    }

    /// Removes a rule. Returns the slot that it had.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Slot> {
        let at = self.search(id).ok()?;
        let slot = self.by_id.remove(at);
        self.order.retain(|&other| other != slot);
        *self.slots.get_mut(slot.0 as usize)? = None;
        self.free.push(slot);
        self.removals = self.removals.wrapping_add(1);
        Some(slot)
    }

    /// Whether all of `costs` are available at `now`.
    ///
    /// # Errors
    /// A slot without a rule, a cost that is not a finite number of 0 or more, a cost above its rule's capacity.
    pub(crate) fn check(&mut self, costs: &[Cost], now: f64) -> Result<bool, Refusal> {
        let mut available = true;
        for cost in costs {
            match self.limit_mut(cost.slot) {
                // False for NaN too.
                Some(limit) if cost.amount >= 0.0 && cost.amount <= limit.capacity() => {
                    available &= cost.amount == 0.0 || limit.available(now) >= cost.amount;
                }
                _ => return self.refusal_of(costs).map_or(Ok(false), Err),
            }
        }
        Ok(available)
    }

    /// Why costs are refused, if they are: first what is unknown, then what is invalid, then what is too much.
    #[cold]
    fn refusal_of(&self, costs: &[Cost]) -> Option<Refusal> {
        let mut invalid = None;
        let mut too_much = None;
        for &Cost { slot, amount } in costs {
            let Some(rule) = self.get(slot) else {
                return Some(self.unknown(&["slot ", &slot.index().to_string()].concat()));
            };
            let (id, capacity) = (|| rule.id.clone(), rule.limit.capacity());
            if !(0.0..f64::INFINITY).contains(&amount) {
                invalid.get_or_insert_with(|| Refusal::InvalidCost {
                    rule: Some(id()),
                    cost: Value::Number(amount),
                });
            } else if amount > capacity {
                too_much.get_or_insert_with(|| Refusal::CostExceedsCapacity {
                    rule: id(),
                    cost: amount,
                    capacity,
                });
            }
        }
        invalid.or(too_much)
    }

    /// The refusal of a cost that names a rule which does not exist.
    pub(crate) fn unknown(&self, id: &str) -> Refusal {
        Refusal::UnknownRule {
            rule: id.to_owned(),
            available: self.iter().map(|rule| rule.id.clone()).collect(),
        }
    }

    /// Limits to play through what would happen with.
    pub(crate) fn rehearsal(&self) -> Rehearsal<'_> {
        Rehearsal { rules: self, copies: Vec::new() }
    }
}

impl Limits for Rules {
    fn limit_mut(&mut self, slot: Slot) -> Option<&mut Limit> {
        Some(&mut self.slots.get_mut(slot.0 as usize)?.as_mut()?.limit)
    }
}

/// What can be asked of the limits of several rules together.
pub(crate) trait Limits {
    /// The limit of the rule at a slot.
    fn limit_mut(&mut self, slot: Slot) -> Option<&mut Limit>;

    /// Whether all of `costs` are available at `now`. A cost of 0 always is.
    fn allow(&mut self, costs: &[Cost], now: f64) -> bool {
        costs.iter().all(|cost| {
            cost.amount == 0.0
                || self.limit_mut(cost.slot).is_some_and(|limit| limit.available(now) >= cost.amount)
        })
    }

    /// Takes `costs`, all of which are available at `now`.
    fn take(&mut self, costs: &[Cost], now: f64) {
        for cost in costs {
            if let Some(limit) = self.limit_mut(cost.slot) {
                limit.take(cost.amount, now);
            }
        }
    }

    /// The first instant, not before `from`, at which all of `costs` are available together if nothing else is taken.
    fn ready_at(&mut self, costs: &[Cost], from: f64) -> f64 {
        let mut at = from;
        // Each limit is asked again from the latest answer, for what was left earlier may be gone by then. Should
        // they never agree, the answer is too early, and whoever goes by it asks again then.
        for _ in 0..ROUNDS {
            let mut next = at;
            for cost in costs.iter().filter(|cost| cost.amount > 0.0) {
                if let Some(limit) = self.limit_mut(cost.slot) {
                    next = next.max(limit.ready_at(cost.amount, at));
                }
            }
            if next == at || next == f64::INFINITY {
                return next;
            }
            at = next;
        }
        at
    }
}

/// How often limits may differ about the next instant. Two windows of 10 s and of a day settle within a few rounds.
const ROUNDS: usize = 1000;

/// Copies of limits, each made when it is needed first.
pub(crate) struct Rehearsal<'a> {
    rules: &'a Rules,
    /// In the order of slots.
    copies: Vec<(Slot, Limit)>,
}

impl Limits for Rehearsal<'_> {
    fn limit_mut(&mut self, slot: Slot) -> Option<&mut Limit> {
        let at = match self.copies.binary_search_by_key(&slot, |copy| copy.0) {
            Ok(at) => at,
            Err(at) => {
                self.copies.insert(at, (slot, self.rules.get(slot)?.limit.clone()));
                at
            }
        };
        self.copies.get_mut(at).map(|copy| &mut copy.1)
    }
}
