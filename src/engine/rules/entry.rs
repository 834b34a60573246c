//! A rule at work.

use super::quota::Quota;
use super::rule::Scope;
use crate::limit::{InForce, Limit, LimitState, Traits};
use crate::numeric::recent_sum::RecentSum;
use crate::request::Slot;
use crate::server::Usage;
use crate::time::Moment;

/// A rule at work: its definition, what it has counted, and what of its limit is in force.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(super) id: String,
    pub(super) scope: Scope,
    pub(super) role: Role,
    pub(super) definition: Limit,
    pub(crate) traits: Traits,
    pub(crate) state: LimitState,
    /// How much of it may be used in the mode that is on.
    pub(super) in_force: InForce,
    /// No more than this, since the server has refused; infinite otherwise.
    pub(super) ceiling: f64,
    /// The most that a critical and that another request can ever be granted at once, in the most generous mode.
    pub(super) max_grantable: [f64; 2],
    /// What was taken without a permit within the last round trip.
    pub(crate) recent: RecentSum,
    /// Nothing is granted before this instant.
    pub(super) paused_until: f64,
    /// Before this instant requests may arrive of which only a snapshot tells.
    pub(crate) settled_at: f64,
    /// How many requests wait on it or hold a permit of it.
    pub(super) users: usize,
    /// When its slot was asked for: costs that are about to be submitted may name it, so it is not forgotten now.
    pub(super) asked_at: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Rule,
    /// Its id ends in `*`: not a rule, but what its members are made like.
    Family,
    /// Made when its id was used first, and forgotten when it is full again; with the slot of its family.
    Member(Slot),
}

impl Entry {
    /// A rule that begins to count.
    pub(super) fn new(id: String, definition: Limit, role: Role, quota: &Quota, at: Moment) -> Self {
        let in_force = quota.in_force(definition.limit());
        Self {
            id,
            scope: Scope::default(),
            role,
            traits: definition.traits(),
            state: started(&definition, in_force, at),
            in_force,
            ceiling: f64::INFINITY,
            max_grantable: quota.max_grantable(&*definition),
            recent: RecentSum::default(),
            paused_until: f64::NEG_INFINITY,
            settled_at: f64::NEG_INFINITY,
            users: 0,
            asked_at: at.now,
            definition,
        }
    }

    /// The same rule under a definition, which begins to count.
    pub(super) fn restarted(self, definition: Limit, quota: &Quota, at: Moment) -> Self {
        let in_force = quota.in_force(definition.limit()).below(self.ceiling);
        let state = started(&definition, in_force, at);
        Self {
            traits: definition.traits(),
            max_grantable: quota.max_grantable(&*definition),
            definition,
            state,
            in_force,
            ..self
        }
    }

    /// The same rule under a definition, its own or another, whose use goes on.
    pub(super) fn continued(self, definition: Limit, quota: &Quota, at: Moment) -> Self {
        let in_force = quota.in_force(definition.limit()).below(self.ceiling);
        let mut state = definition.continue_from(in_force, self.state, at.now);
        state.set_unix_offset(at.unix_offset, at.now);
        Self {
            traits: definition.traits(),
            max_grantable: quota.max_grantable(&*definition),
            definition,
            state,
            in_force,
            ..self
        }
    }

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

fn started(definition: &Limit, in_force: InForce, at: Moment) -> LimitState {
    let mut state = definition.start(in_force, at.now);
    state.set_unix_offset(at.unix_offset, at.now);
    state
}
