//! The engine again, as simple as possible: a list of requests, sums, integers, one step per tick.

mod calls;
mod pair;
mod pair_rules;
mod pair_settings;
mod plan;
mod random_calls;
mod rules;

use crate::model::oracle::plan::GRAINS;
use crate::model::oracle::rules::{Rule, TOKEN};
use multi_throttler_engine::Overflow;
use std::cell::Cell;

/// One cost of a request: the index of a rule and an amount in atoms.
pub type Cost = (usize, i128);

/// The class of a request, and its negative rank.
type Standing = (usize, i128);

/// A mode, with its parts in eighths.
#[derive(Clone, Debug)]
pub struct Mode {
    pub buffer: i128,
    pub reserve: i128,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub strict: bool,
    /// The number of waiters that have a reservation.
    pub reservations: usize,
    /// The limit of the queue: in total, or for each priority.
    pub max_waiting: Result<usize, [usize; 3]>,
    pub overflow: Overflow,
    pub aging: Option<i128>,
    /// The share in eighths.
    pub share: i128,
    /// The modes, of which the first is the start mode.
    pub modes: Vec<Mode>,
}

#[derive(Clone, Debug)]
pub struct Request<K> {
    pub key: K,
    pub priority: usize,
    pub rank: i128,
    pub costs: Vec<Cost>,
    pub permit: bool,
    pub deadline: Option<i128>,
    /// When the request was submitted, or when it was granted.
    pub since: i128,
    /// The class to which the waiter had risen when the aging was changed.
    pub risen: usize,
    /// The end of the shortest lease of the permit.
    pub lease: Option<i128>,
    arrival: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Granted,
    TimedOut,
    /// The lease of a permit has ended.
    Expired,
}

/// The outcome of a submission.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission<K> {
    Goes,
    /// The request waits, and this waiter is dropped for it.
    Waits(Option<K>),
    Refused(&'static str),
}

#[derive(Clone, Debug)]
pub struct Oracle<K> {
    pub now: i128,
    pub settings: Settings,
    pub rules: Vec<Option<Rule<K>>>,
    pub waiting: Vec<Request<K>>,
    /// Held permits.
    pub held: Vec<Request<K>>,
    pub mode: usize,
    pub mode_ends: i128,
    /// The instants for which the first waiters are planned; `None` after a change.
    pub plans: Option<Vec<Option<i128>>>,
    /// Whether an answer depended on a tie that floats cannot decide.
    pub is_tied: Cell<bool>,
    arrivals: usize,
}

impl<K: Clone + PartialEq> Oracle<K> {
    pub fn new(settings: Settings, rules: Vec<Option<Rule<K>>>) -> Self {
        let (waiting, held) = (Vec::new(), Vec::new());
        Self {
            now: 0,
            settings,
            rules,
            waiting,
            held,
            mode: 0,
            mode_ends: i128::MAX,
            plans: None,
            is_tied: Cell::new(false),
            arrivals: 0,
        }
    }

    /// The limit and the reserve in force in a mode.
    fn in_mode(&self, limit: i128, mode: usize) -> (i128, i128) {
        let Mode { buffer, reserve } = self.settings.modes[mode].clone();
        let shared = self.share(limit);
        let buffered = shared.min(TOKEN.max(whole(shared * (8 - buffer) / 8)));
        let critical = if buffer > 0 { buffered } else { shared };
        (critical, whole(critical * reserve / 8))
    }

    /// The share of a limit.
    pub fn share(&self, limit: i128) -> i128 {
        let share = self.settings.share;
        if share < 8 { limit.min(TOKEN.max(whole(limit * share / 8))) } else { limit }
    }

    /// The limit in force.
    pub fn limit(&self, limit: i128) -> i128 {
        self.in_mode(limit, self.mode).0
    }

    /// The most that a request can ever be granted: what the share leaves, in any mode.
    pub fn ceiling(&self, rule: &Rule<K>) -> i128 {
        if rule.takes_any_cost() { i128::MAX } else { rule.capacity(self.share(rule.limit)) }
    }

    pub fn remaining(&self, rule: &Rule<K>) -> i128 {
        rule.remaining(self.limit(rule.limit), self.now)
    }

    /// The class in force of a waiter.
    pub fn class(&self, waiter: &Request<K>) -> usize {
        self.standing(waiter).0
    }

    /// The class in force of a waiter, and the negative rank, so that a lower standing goes first.
    fn standing(&self, waiter: &Request<K>) -> Standing {
        let Request { priority, rank, since, risen, .. } = *waiter;
        let raised = self.settings.aging.map_or(0, |aging| (self.now - since) / aging);
        match priority.saturating_sub(raised as usize).min(risen) {
            class if class < priority => (class, 0),
            class => (class, -rank),
        }
    }

    fn sort(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        let key = |request: &Request<K>| (self.standing(request), request.arrival);
        let order = |waiting: &[Request<K>]| waiting.iter().map(key).collect::<Vec<_>>();
        let before = order(&waiting);
        waiting.sort_by_key(key);
        if order(&waiting) != before || self.settings.aging.is_some() {
            self.plans = None;
        }
        self.waiting = waiting;
    }

    /// Whether a planned instant between two ticks has passed.
    pub fn has_late_plan(&self) -> bool {
        let is_late = |plan: &Option<i128>| plan.is_some_and(|at| at < self.now * GRAINS);
        self.plans.as_ref().is_some_and(|plans| plans.iter().any(is_late))
    }

    /// Computes the plans if something has changed, or a planned instant has passed.
    fn update_plans(&mut self) {
        if self.plans.is_some() && !self.has_late_plan() {
            return;
        }
        let first = self.settings.reservations.min(self.waiting.len());
        self.plans = Some(self.plans(&self.waiting[..first]));
    }

    /// Whether the waiter at an index can be granted.
    fn is_grantable(&mut self, at: usize) -> bool {
        if !self.settings.strict {
            self.update_plans();
            if let Some(plan) = self.plans.as_ref().unwrap().get(at) {
                return *plan == Some(self.now * GRAINS);
            }
        }
        let request = &self.waiting[at];
        let class = self.class(request);
        self.can_be_granted(class, &request.costs, &self.waiting[..at])
    }

    /// Whether a new request can be granted with these waiters ahead of it.
    fn new_can_be_granted(&self, class: usize, costs: &[Cost], ahead: &[Request<K>]) -> bool {
        if self.settings.strict || ahead.len() >= self.settings.reservations {
            return self.can_be_granted(class, costs, ahead);
        }
        self.plan_behind(ahead, &self.plans(ahead), class, costs) == Some(self.now * GRAINS)
    }

    /// Whether a request without a reservation can be granted with these waiters ahead of it.
    fn can_be_granted(&self, class: usize, costs: &[Cost], ahead: &[Request<K>]) -> bool {
        let wanted = |rule| {
            ahead
                .iter()
                .flat_map(|other| &other.costs)
                .filter(|cost| cost.0 == rule)
                .map(|c| c.1)
                .sum::<i128>()
        };
        let mut paid = costs.iter().filter(|cost| cost.1 > 0);
        let is_equal = |other: &Request<K>| self.class(other) == class && other.costs == costs;
        let blocked =
            if self.settings.strict { !ahead.is_empty() } else { ahead.iter().any(is_equal) };
        paid.clone().count() == 0
            || !blocked
                && paid.all(|&(index, cost)| {
                    let rule = self.rules[index].as_ref().unwrap();
                    let reserve = if class > 0 { self.in_mode(rule.limit, self.mode).1 } else { 0 };
                    let capacity = rule.capacity(self.limit(rule.limit));
                    let wanted = wanted(index);
                    let own = if rule.has_debt() && wanted == 0 { 0 } else { cost };
                    // A request that is larger than all that may be used goes alone.
                    let need = match rule.is_spacing() {
                        true if wanted > 0 => i128::MAX,
                        true => capacity,
                        false => wanted + (own + reserve).min(capacity),
                    };
                    self.remaining(rule) >= need && self.now >= rule.paused
                })
    }

    /// The outcome of a submission that may wait forever. Changes nothing.
    pub fn ask(
        &self,
        (priority, rank): (usize, i128),
        costs: &[Cost],
        permit: bool,
    ) -> Admission<K> {
        let rules = || costs.iter().map(|&(index, cost)| (self.rules[index].as_ref(), cost));
        if rules().any(|(rule, _)| rule.is_none()) {
            return Admission::Refused("UNKNOWN_RULE");
        }
        if rules().any(|(rule, cost)| cost > self.ceiling(rule.unwrap())) {
            return Admission::Refused("COST_EXCEEDS_CAPACITY");
        }
        if !permit && rules().any(|(rule, cost)| cost > 0 && rule.unwrap().is_concurrency()) {
            return Admission::Refused("NEEDS_PERMIT");
        }
        // The order is that of now, since settling sorts.
        let new = (priority, -rank);
        let ahead = self.waiting.iter().filter(|other| self.standing(other) <= new).count();
        if self.new_can_be_granted(priority, costs, &self.waiting[..ahead]) {
            return Admission::Goes;
        }
        let full = match self.settings.max_waiting {
            Ok(total) => self.waiting.len() >= total,
            Err(limits) => {
                self.waiting.iter().filter(|other| other.priority == priority).count()
                    >= limits[priority]
            }
        };
        match self.victim(new) {
            _ if !full => Admission::Waits(None),
            Some(victim) => Admission::Waits(Some(victim.key.clone())),
            None => Admission::Refused("QUEUE_OVERFLOW"),
        }
    }

    /// The waiter that a full queue drops for a new request of this standing.
    fn victim(&self, new: Standing) -> Option<&Request<K>> {
        let last = self.waiting.last().filter(|_| self.settings.max_waiting.is_ok())?;
        let lowest = self.standing(last);
        match self.settings.overflow {
            Overflow::DropLowest if lowest > new => Some(last),
            Overflow::DropOldest if lowest >= new => {
                self.waiting.iter().find(|other| self.standing(other) == lowest)
            }
            _ => None,
        }
    }

    /// Grants a new request. `key` is that of its permit, if it gets one.
    pub fn grant_new(&mut self, key: Option<K>, priority: usize, costs: Vec<Cost>) {
        match key {
            Some(key) => {
                let request = self.request(key, (priority, 0), costs, true, None);
                self.grant(request);
            }
            None => self.take(None, &costs),
        }
    }

    fn grant(&mut self, request: Request<K>) {
        let by = request.permit.then(|| request.key.clone());
        self.take(by, &request.costs);
        if request.permit {
            self.held.push(Request { since: self.now, ..request });
        }
    }

    fn take(&mut self, by: Option<K>, costs: &[Cost]) {
        for &(rule, cost) in costs {
            self.rules[rule].as_mut().unwrap().take(by.clone(), cost, self.now);
        }
    }

    /// A new request, which arrives now.
    fn request(
        &mut self,
        key: K,
        (priority, rank): (usize, i128),
        costs: Vec<Cost>,
        permit: bool,
        deadline: Option<i128>,
    ) -> Request<K> {
        self.arrivals += 1;
        let (since, arrival) = (self.now, self.arrivals);
        let (risen, lease) = (usize::MAX, None);
        Request { key, priority, rank, costs, permit, deadline, since, risen, lease, arrival }
    }

    pub fn wait(
        &mut self,
        key: K,
        asked: (usize, i128),
        costs: Vec<Cost>,
        permit: bool,
        deadline: Option<i128>,
    ) {
        let request = self.request(key, asked, costs, permit, deadline);
        self.plans = None;
        self.waiting.push(request);
        self.sort();
    }

    pub fn leave(&mut self, key: &K) {
        self.plans = None;
        self.waiting.retain(|other| other.key != *key);
    }

    pub fn refund_is_exact(&self, held: &Request<K>) -> bool {
        let mut rules = held.costs.iter().filter_map(|cost| self.rules[cost.0].as_ref());
        rules.all(|rule| rule.refund_is_exact(&held.key, held.since, self.now))
    }

    pub fn lower_is_exact(&self, held: &Request<K>) -> bool {
        let mut rules = held.costs.iter().filter_map(|cost| self.rules[cost.0].as_ref());
        rules.all(|rule| rule.lower_is_exact(held.since, self.now))
    }

    /// Lowers the costs of a request that was sent.
    pub fn lower(&mut self, key: &K, costs: &[Cost]) {
        for &(rule, amount) in costs {
            if let Some(rule) = &mut self.rules[rule] {
                rule.lower(key, amount);
            }
        }
    }

    pub fn release(&mut self, key: &K, refund: bool) {
        self.plans = None;
        self.held.retain(|other| other.key != *key);
        for rule in self.rules.iter_mut().flatten() {
            if refund {
                rule.give_back(key);
            } else {
                rule.release(key);
            }
        }
    }

    /// The permit whose lease has ended first, if any has.
    fn first_expired(&self) -> Option<K> {
        let expired = self.held.iter().filter(|held| held.lease.is_some_and(|end| end <= self.now));
        expired.min_by_key(|held| (held.lease, held.arrival)).map(|held| held.key.clone())
    }

    /// Settles all that is due now, in order.
    pub fn settle(&mut self) -> Vec<(K, Outcome)> {
        self.sort();
        let mut settled = Vec::new();
        while let Some(expired) = self.first_expired() {
            self.release(&expired, false);
            settled.push((expired, Outcome::Expired));
        }
        let mut late: Vec<_> = self
            .waiting
            .iter()
            .filter(|r| r.deadline.is_some_and(|d| d < self.now))
            .cloned()
            .collect();
        late.sort_by_key(|r| (r.deadline, r.arrival));
        for request in late {
            settled.push((request.key.clone(), Outcome::TimedOut));
            self.leave(&request.key);
        }
        loop {
            if let Some(at) = (0..self.waiting.len()).find(|&at| self.is_grantable(at)) {
                self.plans = None;
                let request = self.waiting.remove(at);
                settled.push((request.key.clone(), Outcome::Granted));
                self.grant(request);
                continue;
            }
            let due = self
                .waiting
                .iter()
                .filter(|r| r.deadline == Some(self.now))
                .min_by_key(|r| r.arrival);
            let Some(due) = due.cloned() else { return settled };
            self.leave(&due.key);
            settled.push((due.key, Outcome::TimedOut));
        }
    }

    pub fn tick(&mut self) {
        self.now += 1;
        for at in 0..self.rules.len() {
            let limit = self.rules[at].as_ref().map_or(0, |rule| self.limit(rule.limit));
            if let Some(rule) = &mut self.rules[at] {
                rule.tick(limit, self.now);
            }
        }
        if self.now >= self.mode_ends {
            self.plans = None;
            (self.mode, self.mode_ends) = (0, i128::MAX);
        }
    }
}

/// The whole tokens in some atoms.
fn whole(atoms: i128) -> i128 {
    atoms / TOKEN * TOKEN
}
