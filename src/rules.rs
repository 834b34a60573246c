//! The rules of an engine: by id, by slot, and in the order in which they were added.

use crate::cost::{Cost, Slot};
use crate::error::{InvalidField, Refusal, Value};
use crate::fields::Fields;
use crate::limit::{Algorithm, Limit};
use crate::queue::Priority;
use crate::quota::{InForce, Quota};
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

/// A rule at work.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    /// What was added, as it was before it began to count.
    definition: Limit,
    pub(crate) limit: Limit,
    /// What of it is kept for critical requests.
    reserve: f64,
    /// The most that a critical and that another request can ever be granted at once, in the most generous mode.
    most: [f64; 2],
    /// Nothing is granted before this instant.
    paused_until: f64,
    /// How many requests wait on it or hold a permit of it.
    users: usize,
    /// When its slot was asked for: costs that are about to be submitted may name it, so it is not forgotten now.
    asked_at: f64,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Rule,
    /// Its id ends in `*`: not a rule, but what its members are made like.
    Family,
    /// Made when its id was used first, and forgotten when it is full again; with the slot of its family.
    Member(Slot),
}

/// So many members may all families have together.
const MEMBERS: usize = 10_000;

const NOT_A_MEMBER: &str = "the id of a rule or of a whole family";

/// Below this many members a sweep is not worth its time.
const SWEEP_ABOVE: usize = 64;

/// All rules. A rule keeps its slot until it is removed; then the slot serves for the next new rule.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    slots: Vec<Option<Entry>>,
    /// In the order of their ids. Looking one up is no hot path: who submits often keeps the slot.
    by_id: Vec<Slot>,
    /// In the order in which they were added.
    order: Vec<Slot>,
    free: Vec<Slot>,
    families: usize,
    members: usize,
    /// With so many members the next one looks for those that can be forgotten.
    sweep_at: usize,
    removals: u64,
    pub(crate) quota: Quota,
    /// The pause of all rules, for those that are added later.
    paused_until: f64,
    /// Unix time less the engine's, in milliseconds.
    pub(crate) calendar: f64,
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
            calendar: 0.0,
        }
    }

    /// The slot of a rule, of a family, or of a member that is there.
    pub(crate) fn find(&self, id: &str) -> Option<Slot> {
        self.search(id).ok().and_then(|at| self.by_id.get(at)).copied()
    }

    /// The slot under which costs of an id are counted: that of its rule, or of a member that is made if it belongs to
    /// a family.
    ///
    /// # Errors
    /// There is no such rule, or its family has as many members as may be.
    pub(crate) fn slot(&mut self, id: &str, now: f64) -> Result<Slot, Refusal> {
        if let Some(slot) = self.find(id) {
            if let Some(entry) = self.get_mut(slot).filter(|entry| entry.role != Role::Family) {
                entry.asked_at = now;
                return Ok(slot);
            }
        }
        let Some(family) = self.family_of(id) else { return Err(self.unknown(id)) };
        if self.members >= self.sweep_at || self.members >= MEMBERS {
            self.forget(now);
            self.sweep_at = self.members.saturating_mul(2).max(SWEEP_ABOVE);
        }
        if self.members >= MEMBERS {
            let cost = Value::Other("one key more than the 10000 that families may have in use");
            return Err(Refusal::InvalidCost { rule: Some(id.into()), cost });
        }
        let Some(parent) = self.get(family) else { return Err(self.unknown(id)) };
        let (definition, paused_until) = (parent.definition.clone(), parent.paused_until);
        let slot = self.insert(id.into(), definition, Role::Member(family), now);
        if let Some(member) = self.get_mut(slot) {
            member.paused_until = paused_until;
        }
        Ok(slot)
    }

    /// The family of an id: that of the longest prefix.
    fn family_of(&self, id: &str) -> Option<Slot> {
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

    /// Forgets all members that are full and that nobody waits on or holds a permit of: a new one would be the same.
    fn forget(&mut self, now: f64) {
        if self.members == 0 {
            return;
        }
        let idle: Vec<Slot> = self
            .order
            .iter()
            .copied()
            .filter(|&slot| {
                self.get(slot).is_some_and(|entry| {
                    matches!(entry.role, Role::Member(_))
                        && entry.users == 0
                        && entry.paused_until <= now
                        && entry.asked_at < now
                })
            })
            .collect();
        for slot in idle {
            let full = self.get_mut(slot).is_some_and(|e| e.limit.available(now) >= e.limit.capacity());
            if full {
                self.take_out(slot);
            }
        }
        let Self { order, by_id, slots, .. } = self;
        for list in [order, by_id] {
            list.retain(|slot| slots.get(slot.0 as usize).is_some_and(Option::is_some));
        }
    }

    /// Empties a slot. It stays in the lists, from which the caller takes it.
    fn take_out(&mut self, slot: Slot) {
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

    /// The place of an id in `by_id`, or else the place where it belongs.
    fn search(&self, id: &str) -> Result<usize, usize> {
        self.by_id.binary_search_by(|&slot| self.get(slot).map_or("", |entry| &entry.id).cmp(id))
    }

    /// How often a rule was removed or forgotten.
    pub(crate) fn version(&self) -> u64 {
        self.removals
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Entry> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.slots.get_mut(slot.0 as usize)?.as_mut()
    }

    /// All slots in use.
    pub(crate) fn all(&self) -> &[Slot] {
        &self.order
    }

    /// All limits.
    pub(crate) fn limits_mut(&mut self) -> impl Iterator<Item = &mut Limit> {
        self.slots.iter_mut().flatten().map(|entry| &mut entry.limit)
    }

    pub(crate) fn uses_calendar(&self) -> bool {
        self.slots.iter().flatten().any(|entry| entry.limit.uses_calendar())
    }

    /// What is left of all rules and of the members of families, in the order in which they were added.
    pub(crate) fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        self.forget(now);
        let Self { slots, order, .. } = self;
        let mut status = |slot: &Slot| {
            let Entry { id, limit, .. } = slots.get_mut(slot.0 as usize)?.as_mut()?;
            let (tokens, capacity) = (limit.available(now), limit.capacity());
            // Of a limit of which the mode leaves nothing all is used.
            let utilization = if capacity > 0.0 { 1.0 - tokens / capacity } else { 1.0 };
            Some(RuleStatus { id: id.clone(), tokens, capacity, utilization })
        };
        order.iter().filter_map(&mut status).collect()
    }

    /// Adds a rule; one of the same id it replaces, in its place in the order, and the members of a family with it.
    /// Returns all slots that count anew.
    pub(crate) fn add(&mut self, rule: Rule, now: f64) -> Vec<Slot> {
        let Rule { id, limit } = rule;
        let role = if id.ends_with('*') { Role::Family } else { Role::Rule };
        // A rule that is named like a member is one of its own from now on.
        let slot = self.insert(id, limit.clone(), role, now);
        let members = self.members_of(slot);
        for &member in &members {
            self.renew(member, limit.clone(), now, |new, _| new.start(now));
        }
        [vec![slot], members].concat()
    }

    fn insert(&mut self, id: String, definition: Limit, role: Role, now: f64) -> Slot {
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
        let (users, paused_until) = old.map_or((0, self.paused_until), |old| (old.users, old.paused_until));
        let limit = definition.clone();
        let entry = Entry {
            id,
            definition: limit.clone(),
            limit,
            reserve: 0.0,
            most: [0.0; 2],
            paused_until,
            users,
            asked_at: now,
            role,
        };
        match self.slots.get_mut(slot.0 as usize) {
            Some(place) => *place = Some(entry),
            None => self.slots.push(Some(entry)),
        }
        if let Err(at) = place {
            self.by_id.insert(at, slot);
            self.order.push(slot);
        }
        self.renew(slot, definition, now, |new, _| new.start(now));
        slot
    }

    /// Gives a rule another definition, or the same under other limits; `begin` makes the new limit count.
    fn renew(&mut self, slot: Slot, definition: Limit, now: f64, begin: impl FnOnce(&mut Limit, &mut Limit)) {
        let nominal = definition.limit();
        let restricted = |force: InForce| {
            let mut limit = definition.clone();
            limit.restrict(force.limit);
            limit
        };
        let mut most = [0.0_f64; 2];
        for force in self.quota.in_all_modes(nominal) {
            let capacity = restricted(force).capacity();
            for (most, reserve) in most.iter_mut().zip([0.0, force.reserve]) {
                *most = most.max(capacity - reserve);
            }
        }
        if definition.allows_debt() {
            most = [f64::INFINITY; 2];
        }
        let force = self.quota.in_force(nominal);
        let mut limit = restricted(force);
        let calendar = self.calendar;
        if let Some(entry) = self.get_mut(slot) {
            begin(&mut limit, &mut entry.limit);
            limit.set_calendar(calendar, now);
            (entry.definition, entry.limit) = (definition, limit);
            (entry.most, entry.reserve) = (most, force.reserve);
        }
    }

    /// Brings all rules under the limits that are in force since the mode has changed.
    pub(crate) fn change_mode(&mut self, now: f64) {
        for at in 0..self.order.len() {
            if let Some(entry) = self.order.get(at).and_then(|&slot| Some((slot, self.get(slot)?))) {
                let (slot, definition) = (entry.0, entry.1.definition.clone());
                self.renew(slot, definition, now, |new, old| new.inherit(old, now));
            }
        }
    }

    /// Changes fields of a rule, or of a family and all its members, whose use goes on. Returns the slots.
    ///
    /// # Errors
    /// A field that the rule does not have or that cannot be changed, or a value that it cannot have.
    pub(crate) fn update(&mut self, slot: Slot, patch: &Fields, now: f64) -> Result<Vec<Slot>, InvalidField> {
        let Some(entry) = self.get(slot) else { return Ok(Vec::new()) };
        if matches!(entry.role, Role::Member(_)) {
            return Err(InvalidField::new("id", Value::Text(entry.id.clone()), NOT_A_MEMBER));
        }
        let definition = entry.definition.patched(patch).map_err(|error| error.of_rule(&entry.id))?;
        let tokens = match patch.get("tokens") {
            Some(Value::Number(tokens)) => Some(*tokens),
            _ => None,
        };
        let changed = [vec![slot], self.members_of(slot)].concat();
        for &slot in &changed {
            self.renew(slot, definition.clone(), now, |new, old| {
                new.inherit(old, now);
                if let Some(tokens) = tokens {
                    new.set_available(tokens, now);
                }
            });
        }
        Ok(changed)
    }

    /// Removes a rule, or a family and all its members. Returns their slots and ids.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Vec<(Slot, String)>> {
        let slot = self.find(id)?;
        let slots = [vec![slot], self.members_of(slot)].concat();
        let removed = slots.iter().filter_map(|&slot| Some((slot, self.get(slot)?.id.clone()))).collect();
        let Self { order, by_id, .. } = self;
        for list in [order, by_id] {
            list.retain(|slot| !slots.contains(slot));
        }
        slots.into_iter().for_each(|slot| self.take_out(slot));
        Some(removed)
    }

    /// The members of the family at a slot.
    fn members_of(&self, family: Slot) -> Vec<Slot> {
        let is_member = |&slot: &Slot| self.get(slot).is_some_and(|entry| entry.role == Role::Member(family));
        match self.members {
            0 => Vec::new(),
            _ => self.order.iter().copied().filter(is_member).collect(),
        }
    }

    /// Lets nothing be granted by some rules, or by all and those that are added later, before `until`, unless a pause
    /// is longer already; or ends all pauses of theirs. Returns their slots.
    ///
    /// # Errors
    /// An id names no rule and no family.
    pub(crate) fn pause(
        &mut self,
        ids: Option<&[&str]>,
        until: Option<f64>,
        now: f64,
    ) -> Result<Vec<Slot>, Refusal> {
        let change = |paused: &mut f64| *paused = until.map_or(f64::NEG_INFINITY, |until| paused.max(until));
        let slots = match ids {
            None => {
                change(&mut self.paused_until);
                self.order.clone()
            }
            Some(ids) => {
                // First all are looked up, so that an unknown one leaves everything as it was.
                let slots: Result<Vec<Slot>, Refusal> =
                    ids.iter().map(|id| self.find(id).map_or_else(|| self.slot(id, now), Ok)).collect();
                let slots = slots?;
                slots.iter().flat_map(|&slot| [vec![slot], self.members_of(slot)].concat()).collect()
            }
        };
        for &slot in &slots {
            if let Some(entry) = self.get_mut(slot) {
                change(&mut entry.paused_until);
            }
        }
        Ok(slots)
    }

    /// One more request waits on the rules of `costs` or holds a permit of theirs.
    pub(crate) fn engage(&mut self, costs: &[Cost]) {
        self.count_users(costs, |users| users.saturating_add(1));
    }

    /// One fewer does.
    pub(crate) fn disengage(&mut self, costs: &[Cost]) {
        self.count_users(costs, |users| users.saturating_sub(1));
    }

    fn count_users(&mut self, costs: &[Cost], change: fn(usize) -> usize) {
        for cost in costs {
            if let Some(entry) = self.get_mut(cost.slot) {
                entry.users = change(entry.users);
            }
        }
    }

    /// Whether all of `costs` are left at `now` for a request of a class ahead of which nobody waits.
    ///
    /// # Errors
    /// A slot without a rule, a cost that is not a finite number of 0 or more, a cost above all that its rule can ever
    /// grant, a cost of a rule that needs a permit where there is none.
    pub(crate) fn check(
        &mut self,
        costs: &[Cost],
        class: Priority,
        permit: bool,
        now: f64,
    ) -> Result<bool, Refusal> {
        let mut left = true;
        for cost in costs {
            match self.get_mut(cost.slot) {
                // False for NaN too.
                Some(entry)
                    if cost.amount >= 0.0
                        && cost.amount < f64::INFINITY
                        && cost.amount <= entry.most_for(class)
                        && (permit || cost.amount == 0.0 || !entry.limit.needs_permit()) =>
                {
                    left &= cost.amount == 0.0
                        || entry.left(now) >= entry.limit.need(0.0, cost.amount) + entry.reserve_for(class);
                }
                _ => return self.refusal_of(costs, class, permit).map_or(Ok(false), Err),
            }
        }
        Ok(left)
    }

    /// Why costs are refused, if they are: first what is unknown, then what is invalid, then what is too much, then what
    /// needs a permit.
    #[cold]
    fn refusal_of(&self, costs: &[Cost], class: Priority, permit: bool) -> Option<Refusal> {
        let (mut invalid, mut too_much, mut needs_permit) = (None, None, None);
        for &Cost { slot, amount } in costs {
            let Some(entry) = self.get(slot) else {
                return Some(self.unknown(&["slot ", &slot.index().to_string()].concat()));
            };
            let (rule, capacity) = (|| entry.id.clone(), entry.most_for(class));
            if !(0.0..f64::INFINITY).contains(&amount) {
                invalid.get_or_insert_with(|| Refusal::InvalidCost {
                    rule: Some(rule()),
                    cost: Value::Number(amount),
                });
            } else if amount > capacity {
                too_much.get_or_insert_with(|| Refusal::CostExceedsCapacity {
                    rule: rule(),
                    cost: amount,
                    capacity,
                });
            } else if amount > 0.0 && !permit && entry.limit.needs_permit() {
                needs_permit.get_or_insert_with(|| Refusal::NeedsPermit { rule: rule() });
            }
        }
        invalid.or(too_much).or(needs_permit)
    }

    /// Why costs of which someone waits can no longer be granted.
    pub(crate) fn too_much(&self, costs: &[Cost], class: Priority) -> Option<Refusal> {
        self.refusal_of(costs, class, true)
    }

    /// The refusal of a cost that names a rule which does not exist.
    pub(crate) fn unknown(&self, id: &str) -> Refusal {
        let known = self.order.iter().filter_map(|&slot| self.get(slot));
        let available = known.filter(|entry| !matches!(entry.role, Role::Member(_)));
        Refusal::UnknownRule { rule: id.into(), available: available.map(|entry| entry.id.clone()).collect() }
    }

    /// Takes `costs`, all of which are left at `now`.
    pub(crate) fn take(&mut self, costs: &[Cost], now: f64) {
        for cost in costs {
            if let Some(entry) = self.get_mut(cost.slot) {
                entry.limit.take(cost.amount, now);
            }
        }
    }

    /// The first instant, not before `from`, at which all of `needs` are left together if nothing else is taken.
    pub(crate) fn ready_at(&mut self, needs: &[Cost], from: f64) -> f64 {
        let mut at = from;
        // Each limit is asked again from the latest answer, for what was left earlier may be gone by then. Should
        // they never agree, the answer is too early, and whoever goes by it asks again then.
        for _ in 0..ROUNDS {
            let mut next = at;
            for need in needs {
                if let Some(entry) = self.get_mut(need.slot) {
                    next = next.max(entry.limit.ready_at(need.amount, at.max(entry.paused_until)));
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

impl Entry {
    /// What is left at `now`: less than nothing while it is paused.
    fn left(&mut self, now: f64) -> f64 {
        if now < self.paused_until { f64::NEG_INFINITY } else { self.limit.available(now) }
    }

    /// An instant before which nobody can be granted `cost` after others were granted `ahead`: whatever passes in
    /// between, in each period no more does than the capacity.
    pub(crate) fn earliest(&mut self, ahead: f64, cost: f64, class: Priority, now: f64) -> f64 {
        let (need, capacity) =
            (self.limit.need(ahead, cost) + self.reserve_for(class), self.limit.capacity());
        let periods = (need / capacity).ceil() - 1.0;
        // Of a limit of which the mode leaves nothing.
        if !periods.is_finite() {
            return f64::INFINITY;
        }
        let periods = periods.max(0.0);
        let from = now.max(self.paused_until);
        let period = if periods > 0.0 { periods * self.limit.period() } else { 0.0 };
        self.limit.ready_at(need - periods * capacity, from) + period
    }

    /// What is kept from requests of a class.
    pub(crate) fn reserve_for(&self, class: Priority) -> f64 {
        InForce { limit: 0.0, reserve: self.reserve }.reserve_for(class)
    }

    fn most_for(&self, class: Priority) -> f64 {
        let [critical, others] = self.most;
        if class == Priority::Critical { critical } else { others }
    }
}
