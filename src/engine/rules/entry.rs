//! A rule at work.

use super::peak::Peak;
use super::quota::Quota;
use super::rule::Scope;
use crate::limit::{InForce, Limit, LimitState, Traits};
use crate::numeric::recent_sum::RecentSum;
use crate::request::Slot;
use crate::server::Usage;
use crate::time::Moment;

/// A rule at work: its definition and state, and the limit in force.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(super) id: String,
    pub(super) scope: Scope,
    pub(super) role: Role,
    pub(super) definition: Limit,
    pub(crate) traits: Traits,
    pub(crate) state: LimitState,
    /// The limit in force in the current mode.
    pub(super) in_force: InForce,
    /// The upper bound of the limit after refusals; infinite if it is not reduced.
    pub(super) ceiling: f64,
    /// The largest cost that a request can ever be granted.
    pub(super) max_grantable: f64,
    pub(super) peak: Peak,
    /// The costs of requests without a permit that were granted within the last round trip.
    pub(crate) recent: RecentSum,
    /// The instant at which usage was last reported.
    pub(crate) reported_at: f64,
    /// The end of the pause.
    pub(super) paused_until: f64,
    /// The instant by which requests from before a restart have arrived.
    pub(crate) settled_at: f64,
    /// The number of waiters and held permits under the rule.
    pub(super) users: usize,
    /// The number of held permits among them.
    pub(super) held: usize,
    /// The instant at which the slot was last looked up. Costs that are about to be submitted may
    /// name it, so the member is not dropped at that instant.
    pub(super) asked_at: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Rule,
    /// A rule whose id ends in `*`: the pattern of its members.
    Family,
    /// A rule that was made when its id was first used, and is dropped when it is idle and full;
    /// with the slot of its family.
    Member(Slot),
}

impl Entry {
    /// A rule that starts.
    pub(super) fn new(
        id: String,
        definition: Limit,
        role: Role,
        quota: &Quota,
        at: Moment,
    ) -> Self {
        let in_force = quota.in_force(definition.limit()).for_rule(definition.traits());
        Self {
            id,
            scope: Scope::default(),
            role,
            traits: definition.traits(),
            state: started(&definition, in_force, at),
            in_force,
            ceiling: f64::INFINITY,
            max_grantable: quota.max_grantable(&*definition),
            peak: Peak::default(),
            recent: RecentSum::default(),
            reported_at: f64::NEG_INFINITY,
            paused_until: f64::NEG_INFINITY,
            settled_at: f64::NEG_INFINITY,
            users: 0,
            held: 0,
            asked_at: at.now,
            definition,
        }
    }

    /// Counts a permit that is held no more.
    #[inline(always)]
    pub(crate) fn count_released(&mut self) {
        self.users = self.users.saturating_sub(1);
        self.held = self.held.saturating_sub(1);
    }

    /// Gives the rule another definition, under which it is to [restart](Entry::restart) or to
    /// [continue](Entry::refresh).
    pub(super) fn define(&mut self, definition: Limit, quota: &Quota) {
        self.traits = definition.traits();
        self.max_grantable = quota.max_grantable(&*definition);
        self.definition = definition;
    }

    /// Restarts the rule.
    pub(super) fn restart(&mut self, quota: &Quota, at: Moment) {
        self.put_in_force(quota);
        self.state = started(&self.definition, self.in_force, at);
    }

    /// Continues the rule under the limit that is in force now. Usage counts on.
    pub(super) fn refresh(&mut self, quota: &Quota, at: Moment) {
        self.put_in_force(quota);
        self.definition.update(&mut self.state, self.in_force, at.now);
        self.state.set_unix_offset(at.unix_offset, at.now);
    }

    /// The limit in force in the current mode.
    pub(super) fn limit_in_force(&self, quota: &Quota) -> InForce {
        quota.in_force(self.definition.limit()).below(self.ceiling)
    }

    fn put_in_force(&mut self, quota: &Quota) {
        self.in_force = self.limit_in_force(quota).for_rule(self.traits);
        self.peak = self.peak.looked_at_next();
    }

    /// The usage of the limit in force and of the whole limit that a server reports, if it reports
    /// one.
    ///
    /// Other programs may use the tokens outside our share; only usage beyond those counts under
    /// the limit in force.
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
