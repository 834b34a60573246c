//! The rules of an engine: by id, by slot, and in the order in which they were added.

mod adaptive;
pub(crate) mod check;
mod edit;
mod entry;
mod family;
mod in_force;
mod peak;
pub(crate) mod quota;
mod rule;
mod saved;

use crate::error::Rejection;
use crate::event::Recorder;
use crate::limit::LimitState;
use crate::request::{Cost, Slot};
use crate::time::Moment;
pub(crate) use entry::Entry;
use entry::Role;
use quota::Quota;
pub use rule::{Rule, Scope};

/// The remaining tokens of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleStatus {
    /// The id of the rule.
    pub id: String,
    /// The remaining tokens.
    pub tokens: f64,
    /// The limit in force, minus the part that a token bucket gives up for its jitter.
    pub capacity: f64,
    /// `1 - tokens / capacity`.
    pub utilization: f64,
    /// The largest utilization so far. Exact at 1; below, it may be too low by 1/128 of the unused
    /// fraction. A family has the largest one of all its members.
    pub peak_utilization: f64,
    /// The clients whose requests the server counts under the rule.
    pub scope: Scope,
}

/// The numbers of waiters and of held permits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The number of waiters.
    pub waiting: usize,
    /// The number of held permits.
    pub held: usize,
}

/// The number of members below which a sweep is not worth its time.
const SWEEP_ABOVE: usize = 64;

/// All rules. A rule keeps its slot until it is removed; then a new rule may get the slot.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    slots: Vec<Option<Entry>>,
    /// Sorted by id. Lookup is no hot path, as frequent callers keep the slot.
    by_id: Vec<Slot>,
    /// In the order in which they were added.
    order: Vec<Slot>,
    free: Vec<Slot>,
    families: usize,
    members: usize,
    /// The number of members at which the next new member triggers a sweep.
    sweep_at: usize,
    removals: u64,
    pub(crate) quota: Quota,
    /// The end of the pause of all rules, for rules that are added later.
    paused_until: f64,
    /// The instant at which reduced limits are restored; infinite if none is reduced.
    restored_at: f64,
    /// Recorded events, if there are to be any.
    pub(crate) watch: Recorder,
    /// Whether the last request that was [checked](Rules::check) may lead to a new peak.
    pub(crate) is_peak: bool,
}

impl Rules {
    pub(crate) fn new(quota: Quota) -> Self {
        Self {
            slots: Vec::new(),
            by_id: Vec::new(),
            order: Vec::new(),
            free: Vec::new(),
            families: 0,
            members: 0,
            sweep_at: SWEEP_ABOVE,
            removals: 0,
            quota,
            paused_until: f64::NEG_INFINITY,
            restored_at: f64::INFINITY,
            watch: Recorder::default(),
            is_peak: false,
        }
    }

    /// The slot of a rule, a family, or an existing member.
    pub(crate) fn find(&self, id: &str) -> Option<Slot> {
        self.search(id).ok().and_then(|at| self.by_id.get(at)).copied()
    }

    /// Empties a slot. The caller removes it from the lists.
    fn vacate(&mut self, slot: Slot) {
        if let Some(entry) = self.slots.get_mut(slot.0 as usize).and_then(Option::take) {
            match entry.role {
                Role::Rule => {}
                Role::Family => self.families = self.families.saturating_sub(1),
                Role::Member(_) => self.members = self.members.saturating_sub(1),
            }
            self.free.push(slot);
            self.removals = self.removals.wrapping_add(1);
        }
    }

    /// The index of an id in `by_id`, or the index at which it belongs.
    fn search(&self, id: &str) -> Result<usize, usize> {
        self.by_id.binary_search_by(|&slot| self.get(slot).map_or("", |entry| &entry.id).cmp(id))
    }

    /// The number of rules that were removed or dropped.
    pub(crate) fn version(&self) -> u64 {
        self.removals
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Entry> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.slots.get_mut(slot.0 as usize)?.as_mut()
    }

    /// The id of the rule at a slot.
    pub(crate) fn id_of(&self, slot: Slot) -> String {
        self.get(slot).map(|entry| entry.id.clone()).unwrap_or_default()
    }

    /// Whether the first request opens the windows of a rule.
    pub(crate) fn opens_on_use(&self, slot: Slot) -> bool {
        self.get(slot).is_some_and(|entry| entry.traits.opens_on_use)
    }

    /// Whether amounts are given to a rule from outside, which may happen at any time.
    pub(crate) fn is_given(&self, slot: Slot) -> bool {
        self.get(slot).is_some_and(|entry| entry.traits.is_held)
    }

    /// All slots in use, in the order in which their rules were added.
    pub(crate) fn all(&self) -> &[Slot] {
        &self.order
    }

    /// The ids and states of all rules, in the order in which they were added.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&str, &LimitState)> {
        let entries = self.order.iter().filter_map(|&slot| self.get(slot));
        entries.map(|entry| (entry.id.as_str(), &entry.state))
    }

    /// The states of all rules.
    fn states_mut(&mut self) -> impl Iterator<Item = &mut LimitState> {
        self.slots.iter_mut().flatten().map(|entry| &mut entry.state)
    }

    /// Applies the offset of Unix time to all rules.
    pub(crate) fn set_unix_offset(&mut self, at: Moment) {
        for entry in self.slots.iter_mut().flatten() {
            entry.state.set_unix_offset(at.unix_offset, at.now);
            entry.peak = entry.peak.looked_at_next();
        }
    }

    /// Fills every rule. Tokens held under a concurrency rule stay held.
    pub(crate) fn fill(&mut self, now: f64) {
        for state in self.states_mut() {
            let capacity = state.capacity();
            state.set_available(capacity, now);
        }
    }

    pub(crate) fn uses_wall_clock(&self) -> bool {
        self.slots.iter().flatten().any(|entry| entry.traits.uses_wall_clock)
    }

    /// The remaining tokens of all rules and members, in the order in which they were added.
    pub(crate) fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        self.drop_idle_members(now);
        self.look_at_all(now);
        let Self { slots, order, .. } = self;
        let mut status = |slot: &Slot| {
            let entry = slots.get_mut(slot.0 as usize)?.as_mut()?;
            let (tokens, capacity) = (entry.state.available(now), entry.state.capacity());
            Some(RuleStatus {
                id: entry.id.clone(),
                tokens,
                capacity,
                utilization: entry.utilization(now),
                peak_utilization: entry.peak(),
                scope: entry.scope,
            })
        };
        order.iter().filter_map(&mut status).collect()
    }

    /// The slots of the rules of some ids; a family includes its members.
    ///
    /// # Errors
    /// An id names neither a rule nor a family.
    pub(crate) fn slots_of(&mut self, ids: &[&str], at: Moment) -> Result<Vec<Slot>, Rejection> {
        let mut slots = Vec::new();
        for id in ids {
            let known = self.find(id);
            let family = known.filter(|&slot| self.get(slot).is_some_and(Entry::is_family));
            slots.push(family.map_or_else(|| self.slot(id, at), Ok)?);
        }
        Ok(slots.iter().flat_map(|&slot| [vec![slot], self.members_of(slot)].concat()).collect())
    }

    /// Increments the number of users of each rule in `costs`; the counterpart of
    /// [`disengage`](Rules::disengage).
    pub(crate) fn engage(&mut self, costs: &[Cost]) {
        self.for_each(costs, |entry| entry.users = entry.users.saturating_add(1));
    }

    /// Decrements the number of users of each rule in `costs`; the counterpart of
    /// [`engage`](Rules::engage).
    pub(crate) fn disengage(&mut self, costs: &[Cost]) {
        self.for_each(costs, |entry| entry.users = entry.users.saturating_sub(1));
    }

    /// Counts a permit that is held under each rule in `costs`; the counterpart of
    /// [`count_released`](Rules::count_released).
    pub(crate) fn engage_held(&mut self, costs: &[Cost]) {
        self.for_each(costs, |entry| {
            entry.users = entry.users.saturating_add(1);
            entry.held = entry.held.saturating_add(1);
        });
    }

    /// Counts a permit that is held no more under each rule in `costs`.
    pub(crate) fn count_released(&mut self, costs: &[Cost]) {
        self.for_each(costs, Entry::count_released);
    }

    fn for_each(&mut self, costs: &[Cost], change: impl Fn(&mut Entry)) {
        for cost in costs {
            if let Some(entry) = self.get_mut(cost.slot) {
                change(entry);
            }
        }
    }

    /// The numbers of waiters and of held permits under the rule of an id, or under a family and
    /// all its members.
    pub(crate) fn load(&self, id: &str) -> Load {
        let mut load = Load::default();
        for slot in self.existing(id) {
            let Some(entry) = self.get(slot) else { continue };
            load.held = load.held.saturating_add(entry.held);
            load.waiting = load.waiting.saturating_add(entry.users.saturating_sub(entry.held));
        }
        load
    }

    /// The slots of the rule of an id, or of a family and all its members; none if the id is of a
    /// member that is not in use.
    pub(crate) fn existing(&self, id: &str) -> Vec<Slot> {
        let found = self.find(id);
        found.map_or_else(Vec::new, |slot| [vec![slot], self.members_of(slot)].concat())
    }

    /// The rejection of a cost under a rule that does not exist.
    pub(crate) fn unknown(&self, id: &str) -> Rejection {
        let known = self.order.iter().filter_map(|&slot| self.get(slot));
        let available = known.filter(|entry| !matches!(entry.role, Role::Member(_)));
        Rejection::UnknownRule {
            rule: id.into(),
            available: available.map(|entry| entry.id.clone()).collect(),
        }
    }

    /// Takes `costs`, all of which remain at `now`.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        costs: impl Iterator<Item = Cost> + Clone,
        permit: bool,
        round_trip: f64,
        now: f64,
    ) {
        for cost in costs.clone() {
            if let Some(entry) = self.get_mut(cost.slot) {
                entry.state.take(cost.amount, now);
            }
        }
        if permit || round_trip > 0.0 {
            self.mark_sent(costs, permit, round_trip, now);
        }
    }

    /// Records costs as in flight: with a permit until its response is known, without one for a
    /// round trip.
    #[inline(never)]
    fn mark_sent(
        &mut self,
        costs: impl Iterator<Item = Cost>,
        permit: bool,
        round_trip: f64,
        now: f64,
    ) {
        for cost in costs {
            match self.get_mut(cost.slot) {
                Some(entry) if permit => entry.state.mark_sent(cost.amount, now),
                Some(entry) => entry.recent.add(cost.amount, now, round_trip),
                None => {}
            }
        }
    }
}
