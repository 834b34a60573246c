//! The rules of an engine: by id, by slot, and in the order in which they were added.

mod adaptive;
mod check;
mod family;
pub(crate) mod quota;
mod rule;
mod saved;

use crate::error::{InvalidField, Rejection, Value};
use crate::fields::Fields;
use crate::limit::{Algorithm, Limit};
use crate::numeric::recent_sum::RecentSum;
use crate::request::{Cost, Slot};
use crate::server::Usage;
use crate::time::Moment;
use quota::{InForce, Quota};
pub use rule::{Rule, Scope};

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
    /// Whose requests the server counts under it.
    pub scope: Scope,
}

/// A rule at work.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    /// What was added, as it was before it began to count.
    definition: Limit,
    pub(crate) limit: Limit,
    scope: Scope,
    /// How much of it may be used in the mode that is on.
    in_force: InForce,
    /// No more than this, since the server has refused; infinite otherwise.
    ceiling: f64,
    /// What was taken without a permit within the last round trip.
    pub(crate) recent: RecentSum,
    /// The most that a critical and that another request can ever be granted at once, in the most generous mode.
    max_grantable: [f64; 2],
    /// Nothing is granted before this instant.
    paused_until: f64,
    /// Before this instant requests may arrive of which only a snapshot tells.
    pub(crate) settled_at: f64,
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

/// Below this many members a sweep is not worth its time.
const SWEEP_ABOVE: usize = 64;

const NOT_A_MEMBER: &str = "the id of a rule or of a whole family";

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
    quota: Quota,
    /// The pause of all rules, for those that are added later.
    paused_until: f64,
    /// When limits that were cut are in force again.
    restored_at: f64,
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
        }
    }

    /// The slot of a rule, of a family, or of a member that is there.
    pub(crate) fn find(&self, id: &str) -> Option<Slot> {
        self.search(id).ok().and_then(|at| self.by_id.get(at)).copied()
    }

    /// Empties a slot. It stays in the lists, from which the caller takes it.
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

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.slots.get_mut(slot.0 as usize)?.as_mut()
    }

    /// Whether what is taken of a rule moves the instant at which more will be left.
    pub(crate) fn opens_on_use(&self, slot: Slot) -> bool {
        self.get(slot).is_some_and(|entry| entry.limit.opens_on_use())
    }

    /// All slots in use.
    pub(crate) fn all(&self) -> &[Slot] {
        &self.order
    }

    /// All limits.
    pub(crate) fn limits_mut(&mut self) -> impl Iterator<Item = &mut Limit> {
        self.slots.iter_mut().flatten().map(|entry| &mut entry.limit)
    }

    /// Applies the offset of Unix time to all rules.
    pub(crate) fn set_unix_offset(&mut self, at: Moment) {
        for limit in self.limits_mut() {
            limit.set_unix_offset(at.unix_offset, at.now);
        }
    }

    pub(crate) fn uses_wall_clock(&self) -> bool {
        self.slots.iter().flatten().any(|entry| entry.limit.uses_wall_clock())
    }

    /// What is left of all rules and of the members of families, in the order in which they were added.
    pub(crate) fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        self.drop_idle_members(now);
        let Self { slots, order, .. } = self;
        let mut status = |slot: &Slot| {
            let Entry { id, limit, scope, .. } = slots.get_mut(slot.0 as usize)?.as_mut()?;
            let (tokens, capacity) = (limit.available(now), limit.capacity());
            // Of a limit of which the mode leaves nothing all is used.
            let utilization = if capacity > 0.0 { 1.0 - tokens / capacity } else { 1.0 };
            Some(RuleStatus { id: id.clone(), tokens, capacity, utilization, scope: *scope })
        };
        order.iter().filter_map(&mut status).collect()
    }

    /// Adds a rule; one of the same id it replaces, in its place in the order, and the members of a family with it.
    /// Returns all slots that count anew.
    pub(crate) fn add(&mut self, rule: Rule, at: Moment) -> Vec<Slot> {
        let Rule { id, limit, scope } = rule;
        let role = if id.ends_with('*') { Role::Family } else { Role::Rule };
        // A rule that is named like a member is one of its own from now on.
        let slot = self.insert(id, limit.clone(), role, at);
        let members = self.members_of(slot);
        for &member in &members {
            self.renew(member, limit.clone(), at, |new, _| new.start(at.now));
        }
        let slots = [vec![slot], members].concat();
        self.set_scope(&slots, scope);
        slots
    }

    fn set_scope(&mut self, slots: &[Slot], scope: Scope) {
        for &slot in slots {
            if let Some(entry) = self.get_mut(slot) {
                entry.scope = scope;
            }
        }
    }

    fn insert(&mut self, id: String, definition: Limit, role: Role, at: Moment) -> Slot {
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
            scope: Scope::default(),
            in_force: self.quota.in_force(definition.limit()),
            ceiling: f64::INFINITY,
            recent: RecentSum::default(),
            max_grantable: [0.0; 2],
            paused_until,
            settled_at: f64::NEG_INFINITY,
            users,
            asked_at: at.now,
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
        self.renew(slot, definition, at, |new, _| new.start(at.now));
        slot
    }

    /// Gives a rule another definition, or the same under other limits; `begin` makes the new limit count.
    fn renew(
        &mut self,
        slot: Slot,
        definition: Limit,
        at: Moment,
        begin: impl FnOnce(&mut Limit, &mut Limit),
    ) {
        let nominal = definition.limit();
        let restricted = |in_force: InForce| {
            let mut limit = definition.clone();
            limit.restrict(in_force.share, in_force.limit);
            limit
        };
        let mut max_grantable = [f64::NEG_INFINITY; 2];
        for in_force in self.quota.in_all_modes(nominal) {
            let capacity = restricted(in_force).capacity();
            for (max_grantable, reserve) in max_grantable.iter_mut().zip([0.0, in_force.reserve]) {
                *max_grantable = max_grantable.max(capacity - reserve);
            }
        }
        let max_grantable = max_grantable.map(|max_grantable| match definition.allows_debt() {
            // Of any finite cost, unless what is kept for others is more than there can be.
            true if max_grantable >= 0.0 => f64::MAX,
            _ => max_grantable.max(0.0),
        });
        let ceiling = self.get(slot).map_or(f64::INFINITY, |entry| entry.ceiling);
        let in_force = self.quota.in_force(nominal).below(ceiling);
        let mut limit = restricted(in_force);
        if let Some(entry) = self.get_mut(slot) {
            begin(&mut limit, &mut entry.limit);
            limit.set_unix_offset(at.unix_offset, at.now);
            (entry.definition, entry.limit) = (definition, limit);
            (entry.max_grantable, entry.in_force) = (max_grantable, in_force);
        }
    }

    /// The name of the mode that is on.
    pub(crate) fn mode(&self) -> &str {
        self.quota.mode()
    }

    /// When the mode that is on ends.
    pub(crate) fn mode_ends_at(&self) -> f64 {
        self.quota.ends()
    }

    /// Turns a mode on, up to the instant `until`.
    ///
    /// # Errors
    /// There is no such mode.
    pub(crate) fn set_mode(&mut self, name: &str, until: f64, at: Moment) -> Result<(), InvalidField> {
        self.quota.set_mode(name, until)?;
        self.change_mode(at);
        Ok(())
    }

    /// When the mode that is on ends or reduced limits are restored, whichever comes first.
    #[inline(always)]
    pub(crate) fn expires_at(&self) -> f64 {
        self.quota.ends().min(self.restored_at)
    }

    /// Ends the mode that is on, or restores reduced limits, whichever comes first.
    pub(crate) fn expire_temporary_limits(&mut self, unix_offset: f64) {
        let now = self.expires_at();
        let at = Moment { now, unix_offset };
        if self.restored_at <= now {
            self.restore(at);
        } else {
            self.quota.set_normal();
            self.change_mode(at);
        }
    }

    /// The end of the pause of all rules.
    pub(crate) fn paused_until(&self) -> f64 {
        self.paused_until
    }

    /// Sets the end of the pause of all rules, also of those that are added later; a rule whose own
    /// pause is longer keeps it.
    pub(crate) fn pause_anew(&mut self, until: f64) {
        self.paused_until = until;
        self.pause(None, Some(until));
    }

    /// Brings all rules under the limits that are in force since the mode has changed.
    fn change_mode(&mut self, moment: Moment) {
        for at in 0..self.order.len() {
            let Some(&slot) = self.order.get(at) else { return };
            self.refresh(slot, moment);
        }
    }

    /// Brings a rule under the limit that is in force now. Where nothing changes nothing is rounded.
    fn refresh(&mut self, slot: Slot, at: Moment) {
        let Some(entry) = self.get(slot) else { return };
        if entry.in_force != self.limit_in_force(entry) {
            let definition = entry.definition.clone();
            self.renew(slot, definition, at, |new, old| new.inherit(old, at.now));
        }
    }

    /// Changes fields of a rule, or of a family and all its members, whose use goes on. Returns the slots.
    ///
    /// # Errors
    /// A field that the rule does not have or that cannot be changed, or a value that it cannot have.
    pub(crate) fn update(
        &mut self,
        slot: Slot,
        patch: &Fields,
        at: Moment,
    ) -> Result<Vec<Slot>, InvalidField> {
        let Some(entry) = self.get(slot) else { return Ok(Vec::new()) };
        if matches!(entry.role, Role::Member(_)) {
            return Err(InvalidField::new("id", Value::Text(entry.id.clone()), NOT_A_MEMBER));
        }
        let definition = entry.definition.patched(patch).map_err(|error| error.of_rule(&entry.id))?;
        let scope = Scope::from_fields(patch).map_err(|error| error.of_rule(&entry.id))?;
        let tokens = match patch.get("tokens") {
            Some(Value::Number(tokens)) => Some(*tokens),
            _ => None,
        };
        let changed = [vec![slot], self.members_of(slot)].concat();
        for &slot in &changed {
            self.renew(slot, definition.clone(), at, |new, old| {
                new.inherit(old, at.now);
                if let Some(tokens) = tokens {
                    new.set_available(tokens, at.now);
                }
            });
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
        let removed = slots.iter().filter_map(|&slot| Some((slot, self.get(slot)?.id.clone()))).collect();
        let Self { order, by_id, .. } = self;
        for list in [order, by_id] {
            list.retain(|slot| !slots.contains(slot));
        }
        slots.into_iter().for_each(|slot| self.vacate(slot));
        Some(removed)
    }

    /// The slots of the rules of some ids; for that of a family also those of its members.
    ///
    /// # Errors
    /// An id names no rule and no family.
    pub(crate) fn slots_of(&mut self, ids: &[&str], at: Moment) -> Result<Vec<Slot>, Rejection> {
        let mut slots = Vec::new();
        for id in ids {
            let known = self.find(id);
            let family = known.filter(|&slot| self.get(slot).is_some_and(Entry::is_family));
            slots.push(family.map_or_else(|| self.slot(id, at), Ok)?);
        }
        Ok(slots.iter().flat_map(|&slot| [vec![slot], self.members_of(slot)].concat()).collect())
    }

    /// Lets nothing be granted by some rules, or by all and those that are added later, before `until`, unless a pause
    /// is longer already; or ends all pauses of theirs.
    pub(crate) fn pause(&mut self, slots: Option<&[Slot]>, until: Option<f64>) {
        let change = |paused: &mut f64| *paused = until.map_or(f64::NEG_INFINITY, |until| paused.max(until));
        match slots {
            None => {
                change(&mut self.paused_until);
                self.slots.iter_mut().flatten().for_each(|entry| change(&mut entry.paused_until));
            }
            Some(slots) => {
                for &slot in slots {
                    if let Some(entry) = self.get_mut(slot) {
                        change(&mut entry.paused_until);
                    }
                }
            }
        }
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

    /// The refusal of a cost that names a rule which does not exist.
    pub(crate) fn unknown(&self, id: &str) -> Rejection {
        let known = self.order.iter().filter_map(|&slot| self.get(slot));
        let available = known.filter(|entry| !matches!(entry.role, Role::Member(_)));
        Rejection::UnknownRule {
            rule: id.into(),
            available: available.map(|entry| entry.id.clone()).collect(),
        }
    }

    /// Takes `costs`, all of which are left at `now`, of a request with or without a permit.
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
                entry.limit.take(cost.amount, now);
            }
        }
        if permit || round_trip > 0.0 {
            self.mark_sent(costs, permit, round_trip, now);
        }
    }

    /// Notes that what was taken is on its way: until the answer is told to a permit, or for a round trip.
    #[inline(never)]
    fn mark_sent(&mut self, costs: impl Iterator<Item = Cost>, permit: bool, round_trip: f64, now: f64) {
        for cost in costs {
            match self.get_mut(cost.slot) {
                Some(entry) if permit => entry.limit.mark_sent(cost.amount, now),
                Some(entry) => entry.recent.add(cost.amount, now, round_trip),
                None => {}
            }
        }
    }
}

impl Entry {
    /// How much of the limit in force is used by what a server says, if it says that, and how much of the whole limit.
    ///
    /// What the share leaves to others they may use: of that only counts what is beyond it.
    pub(crate) fn used_by(&self, usage: &Usage) -> Option<(f64, f64)> {
        let limit = self.definition.limit();
        let is_amount = |amount: &f64| *amount >= 0.0;
        let fewer = usage.limit.filter(is_amount).map_or(0.0, |theirs| (limit - theirs).max(0.0));
        let used = usage.used.filter(is_amount).map(|used| used + fewer);
        let by_remaining = usage.remaining.filter(is_amount).map(|remaining| limit - remaining);
        let total = used.into_iter().chain(by_remaining).reduce(f64::max)?;
        Some(((total - (limit - self.in_force.share)).max(0.0), total.max(0.0)))
    }
}
