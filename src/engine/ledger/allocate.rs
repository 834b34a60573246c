//! The order in which claims are given.
//!
//! Classes are served in their order. In a class, processes take turns by ticket, each at most a
//! fair part of what fits, and only whole requests. One request is kept for each process whose
//! first requests do not fit, so that large requests do not starve, while others may pass. The
//! remaining demand of a class is kept from lower ones. A process goes to the back when its first
//! requests were served, not when others of it passed.

use super::message::{Call, Cost, Demand, Given, Outcome};
use super::{Ledger, Part};

/// Requests that are given a claim.
struct Grant {
    process: u64,
    demand: usize,
    count: f64,
}

/// The processes that wait in a class, in the order of their tickets.
struct Turn {
    process: u64,
    /// The demand of the process in the class, by index.
    demand: Vec<usize>,
    is_blocked: Vec<bool>,
}

impl Ledger {
    /// Replaces what a process wants. A class keeps its ticket while it is not served.
    pub(super) fn replace_demand(&mut self, call: &Call) {
        let Self { processes, last_ticket, now, .. } = self;
        let Some(process) = processes.get_mut(&call.process) else { return };
        process.asks_at = *now;
        process.demand.clone_from(&call.demand);
        process.wishes.clone_from(&call.wishes);
        for (class, ticket) in process.tickets.iter_mut().enumerate() {
            let waits = process.demand.iter().any(|demand| demand.class == class);
            if !waits {
                *ticket = 0;
            } else if *ticket == 0 {
                *last_ticket = last_ticket.saturating_add(1);
                *ticket = *last_ticket;
            }
        }
    }

    /// Gives claims to all processes that wait. Returns those of the caller, and adds those of the
    /// others to the outcome.
    pub(super) fn allocate(&mut self, call: &Call, outcome: &mut Outcome) -> Vec<Given> {
        if self.now < self.gives_from {
            return Vec::new();
        }
        self.drop_old_demand();
        let mut kept = vec![0.0; self.rules.len()];
        let mut grants = Vec::new();
        for class in 0..3 {
            self.allocate_class(class, &mut kept, &mut grants);
        }
        let mut given = Vec::new();
        for grant in grants {
            let process = grant.process;
            let Some(claim) = self.claim_for(&grant) else { continue };
            if process == call.process {
                given.push(claim);
            } else {
                outcome.published.push((process, claim));
            }
        }
        given.extend(self.spares(call.process, &kept));
        outcome.recall = self.recall(&kept);
        given
    }

    /// Drops the demand of processes that should have asked again long ago.
    fn drop_old_demand(&mut self) {
        let grace = 3.0 * self.times.lease;
        for process in self.processes.values_mut() {
            if process.asks_at + grace < self.now {
                process.demand.clear();
                process.wishes.clear();
                process.tickets = [0; 3];
            }
        }
    }

    fn turns(&self, class: usize) -> Vec<Turn> {
        let mut turns = Vec::new();
        for (&name, process) in &self.processes {
            let of_class = |(at, demand): (usize, &Demand)| {
                (demand.class == class && demand.count > 0).then_some(at)
            };
            let demand: Vec<usize> =
                process.demand.iter().enumerate().filter_map(of_class).collect();
            if !demand.is_empty() {
                let ticket = process.tickets.get(class).copied().unwrap_or(0);
                let is_blocked = vec![false; demand.len()];
                turns.push((ticket, Turn { process: name, demand, is_blocked }));
            }
        }
        turns.sort_by_key(|(ticket, _)| *ticket);
        turns.into_iter().map(|(_, turn)| turn).collect()
    }

    fn allocate_class(&mut self, class: usize, kept: &mut [f64], grants: &mut Vec<Grant>) {
        let mut turns = self.turns(class);
        let waiting = turns.len() as f64;
        let mut is_served = true;
        while is_served {
            is_served = false;
            for turn in &mut turns {
                is_served |= self.serve(class, turn, waiting, kept, grants);
            }
        }
        for turn in &turns {
            for &at in &turn.demand {
                if let Some(demand) = self.demand(turn.process, at) {
                    let count = demand.count as f64;
                    for cost in demand.costs.clone() {
                        if let Some(kept) = kept.get_mut(cost.rule) {
                            *kept += cost.amount * count;
                        }
                    }
                }
            }
        }
    }

    fn demand(&self, process: u64, at: usize) -> Option<&Demand> {
        self.processes.get(&process)?.demand.get(at)
    }

    /// Serves the first requests of a process that fit. Returns whether there are any.
    fn serve(
        &mut self,
        class: usize,
        turn: &mut Turn,
        waiting: f64,
        kept: &mut [f64],
        grants: &mut Vec<Grant>,
    ) -> bool {
        let keeps_one = turn.is_blocked.first() == Some(&true);
        for (place, &at) in turn.demand.iter().enumerate() {
            let Some(demand) = self.demand(turn.process, at) else { continue };
            let (wanted, costs) = (demand.count as f64, demand.costs.clone());
            let blocked = turn.is_blocked.get_mut(place);
            if wanted == 0.0 || blocked.as_ref().is_some_and(|blocked| **blocked) {
                continue;
            }
            let fitting = self.fitting(&costs, kept);
            if fitting < 1.0 {
                if let Some(blocked) = blocked {
                    *blocked = true;
                }
                if place == 0 && !keeps_one {
                    for cost in &costs {
                        if let Some(kept) = kept.get_mut(cost.rule) {
                            *kept += cost.amount;
                        }
                    }
                }
                continue;
            }
            let count = wanted.min((fitting / waiting).floor().max(1.0));
            for cost in &costs {
                self.count(cost.rule, cost.amount * count);
            }
            let Self { processes, last_ticket, .. } = self;
            if let Some(process) = processes.get_mut(&turn.process) {
                if let Some(demand) = process.demand.get_mut(at) {
                    demand.count = demand.count.saturating_sub(count as u64);
                }
                if place == 0
                    && let Some(ticket) = process.tickets.get_mut(class)
                {
                    *last_ticket = last_ticket.saturating_add(1);
                    *ticket = *last_ticket;
                }
            }
            let process = turn.process;
            match grants.iter_mut().find(|grant| grant.process == process && grant.demand == at) {
                Some(grant) => grant.count += count,
                None => grants.push(Grant { process, demand: at, count }),
            }
            return true;
        }
        false
    }

    /// How many requests of these costs can be given a claim now.
    fn fitting(&self, costs: &[Cost], kept: &[f64]) -> f64 {
        let mut most = f64::INFINITY;
        for cost in costs {
            let Some(usage) = self.usages.get(cost.rule) else { return 0.0 };
            if usage.until(self.times.lease, self.now) <= self.now {
                return 0.0;
            }
            let used = usage.used(self.now) + kept.get(cost.rule).copied().unwrap_or(0.0);
            most = most.min(self.room(cost, used));
        }
        most
    }

    /// How often a cost fits beside what is used. A cost above its ceiling fits where nothing is
    /// used.
    fn room(&self, cost: &Cost, used: f64) -> f64 {
        let Some(rule) = self.rules.get(cost.rule) else { return 0.0 };
        let capacity = rule.capacity();
        if cost.amount > cost.ceiling && cost.amount <= capacity {
            return if used <= 0.0 { 1.0 } else { 0.0 };
        }
        ((cost.ceiling.min(capacity) - used) / cost.amount).floor().max(0.0)
    }

    fn count(&mut self, rule: usize, amount: f64) {
        let (lease, now) = (self.times.lease, self.now);
        if let Some(usage) = self.usages.get_mut(rule) {
            let until = usage.until(lease, now);
            usage.take(amount, until, now);
        }
    }

    /// Puts the claim for granted requests, which are counted already, on record.
    fn claim_for(&mut self, grant: &Grant) -> Option<Given> {
        let demand = self.demand(grant.process, grant.demand)?;
        let (lane, costs) = (demand.lane, demand.costs.clone());
        let amounts: Vec<(usize, f64)> =
            costs.iter().map(|cost| (cost.rule, cost.amount * grant.count)).collect();
        let lane = Some((lane, grant.count as u64));
        Some(self.record(grant.process, lane, &amounts))
    }

    fn record(
        &mut self,
        process: u64,
        lane: Option<(u32, u64)>,
        amounts: &[(usize, f64)],
    ) -> Given {
        self.last_claim = self.last_claim.saturating_add(1);
        let (claim, now) = (self.last_claim, self.now);
        let mut given = Given { claim, until: f64::INFINITY, lane, parts: Vec::new() };
        for &(rule, amount) in amounts {
            let Some(usage) = self.usages.get(rule) else { continue };
            let until = usage.until(self.times.lease, now);
            given.until = given.until.min(until);
            given.parts.push((rule, amount, until));
            let (since, has_lapsed, is_spare) = (now, false, lane.is_none());
            let part = Part { claim, process, rule, amount, since, until, has_lapsed, is_spare };
            self.parts.push(part);
        }
        given
    }

    /// Gives the caller a part of what it expects to need, of rules that are not short.
    fn spares(&mut self, name: u64, kept: &[f64]) -> Option<Given> {
        let others = self.processes.len() as f64;
        let wishes = self.processes.get(&name)?.wishes.clone();
        let mut amounts = Vec::new();
        for wish in wishes {
            let Some(usage) = self.usages.get(wish.rule) else { continue };
            let is_short = kept.get(wish.rule).is_none_or(|kept| *kept > 0.0);
            if is_short || !usage.allows_spares() {
                continue;
            }
            let used = usage.used(self.now);
            let left = wish.ceiling.min(self.rules.get(wish.rule)?.capacity()) - used;
            let amount = wish.amount.min(left / (2.0 * others)).floor();
            if amount >= 1.0 && usage.until(self.times.lease, self.now) > self.now {
                self.count(wish.rule, amount);
                amounts.push((wish.rule, amount));
            }
        }
        (!amounts.is_empty()).then(|| self.record(name, None, &amounts))
    }

    /// The rules that are short while spare amounts lie in processes.
    fn recall(&mut self, kept: &[f64]) -> Vec<usize> {
        let spares = self.parts.iter().filter(|part| part.is_spare && !part.has_lapsed);
        let mut rules: Vec<usize> = spares.map(|part| part.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules.retain(|rule| kept.get(*rule).is_some_and(|kept| *kept > 0.0));
        if rules.is_empty() || self.now < self.recalled_at + RECALL {
            return Vec::new();
        }
        self.recalled_at = self.now;
        rules
    }

    /// The instant at which a process that still waits asks again: when less may count of one of
    /// its rules, at the latest after a lease. Recorded, as its demand is dropped long after it.
    pub(super) fn ask_at(&mut self, name: u64) -> f64 {
        let (now, latest) = (self.now, self.now + self.times.lease);
        let Some(process) = self.processes.get(&name) else { return f64::INFINITY };
        let mut at = f64::INFINITY;
        for demand in process.demand.iter().filter(|demand| demand.count > 0) {
            for cost in &demand.costs {
                let Some(usage) = self.usages.get(cost.rule) else { continue };
                let open = self.parts.iter().filter(|part| part.rule == cost.rule);
                let first_end = open.map(|part| part.until).fold(f64::INFINITY, f64::min);
                let missing = usage.used(now) + cost.amount - cost.ceiling;
                let changes = usage.changes_at(missing, first_end, now);
                at = at.min(if changes < f64::INFINITY { changes } else { latest });
            }
        }
        if at < f64::INFINITY && now < self.gives_from {
            at = self.gives_from;
        }
        if let Some(process) = self.processes.get_mut(&name) {
            process.asks_at = if at < f64::INFINITY { at } else { now };
        }
        at
    }
}

/// The least time between two recalls, in milliseconds.
const RECALL: f64 = 10.0;
