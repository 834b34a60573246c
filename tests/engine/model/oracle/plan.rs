//! The instants for which waiters are planned, as simple as possible: every instant at which
//! something changes is tried, and everything is counted anew for each.

use crate::model::oracle::rules::{Kind, Rule};
use crate::model::oracle::{Cost, Oracle, Request};
use std::cell::Cell;

/// Grains of time in a tick: a multiple of the denominators of the instants at which a bucket of
/// these tests has refilled, unless its rate was changed. "Just after an instant" is one grain
/// later.
pub const GRAINS: i128 = 50_400;

/// The costs of one rule in the order in which they are taken.
type Takes = Vec<Take>;

#[derive(Clone, Copy, Debug)]
struct Take {
    /// In grains.
    at: i128,
    cost: i128,
    /// The tokens that have to remain before it, for a planned cost.
    need: i128,
}

/// A rule with all that was taken from it and will be.
struct Ledger<'a, K> {
    rule: &'a Rule<K>,
    limit: i128,
    now: i128,
    taken: Takes,
    planned: Takes,
    claimed: i128,
    is_tied: &'a Cell<bool>,
}

impl<K: Clone + PartialEq> Ledger<'_, K> {
    fn span(&self, interval: i128) -> i128 {
        (interval + self.rule.jitter) * GRAINS
    }

    /// Remaining at `at` after these takes, all of which are made by then.
    fn remaining(&self, takes: &[Take], at: i128) -> i128 {
        let jitter = self.rule.jitter * GRAINS;
        let used = |counts: &dyn Fn(i128) -> bool| {
            takes.iter().filter(|take| counts(take.at)).map(|take| take.cost).sum::<i128>()
        };
        match self.rule.kind {
            Kind::Bucket { .. } => {
                let refilled = |grains: i128| self.rule.refill(self.limit) * grains / GRAINS;
                let (mut missing, mut since) = (self.rule.missing(), self.now);
                for take in takes.iter().filter(|take| take.need != i128::MIN) {
                    missing = (missing - refilled(take.at - since)).max(0) + take.cost;
                    since = take.at;
                }
                self.rule.capacity(self.limit) - (missing - refilled(at - since)).max(0)
            }
            Kind::Rolling { interval } => {
                self.limit - used(&|taken| at - taken <= self.span(interval))
            }
            Kind::Fixed { interval } => {
                let windows = |at: i128| {
                    let interval = interval * GRAINS;
                    (at - jitter).div_euclid(interval)..=(at + jitter).div_euclid(interval)
                };
                let fullest =
                    windows(at).map(|window| used(&|at| windows(at).contains(&window))).max();
                self.limit - fullest.unwrap()
            }
            Kind::FirstRequest { interval } => {
                let ends = |opened: i128, at: i128| at - opened > self.span(interval);
                let (mut opened, mut count) = (None, 0);
                for take in takes {
                    if opened.is_none_or(|opened| ends(opened, take.at)) {
                        (opened, count) = (Some(take.at), 0);
                    }
                    count += take.cost;
                }
                match opened {
                    Some(opened) if at - opened < interval * GRAINS - jitter => self.limit - count,
                    Some(opened) if !ends(opened, at) => 0,
                    _ => self.limit,
                }
            }
            Kind::Concurrency => self.limit - used(&|_| true),
            Kind::Spacing { .. } => {
                let counts = |take: &Take| at - take.at < self.rule.gap(take.cost, GRAINS);
                if takes.iter().any(counts) { 0 } else { self.limit }
            }
        }
    }

    /// All takes up to an instant, that of a planned one included or not.
    fn takes(&self, up_to: i128, included: bool) -> Takes {
        let counts = |take: &&Take| take.at < up_to || (included && take.at == up_to);
        self.taken.iter().chain(self.planned.iter().filter(counts)).copied().collect()
    }

    /// The first instant at which a cost taken at `at` certainly no longer counts.
    fn counts_until(&self, at: i128) -> i128 {
        let jitter = self.rule.jitter * GRAINS;
        match self.rule.kind {
            Kind::Rolling { interval } => at + self.span(interval) + 1,
            Kind::Fixed { interval } => {
                let interval = interval * GRAINS;
                ((at + jitter).div_euclid(interval) + 1) * interval + jitter
            }
            _ => i128::MAX,
        }
    }

    /// Notes if tokens of a bucket are all that is needed to less than two grains of its refill, at
    /// an instant that no float holds: the end of a refill of another bucket. The engine rounds
    /// such an instant, so it may find a little less.
    fn note_tie(&self, remaining: i128, need: i128, at: i128) {
        let refilled = 2 * self.rule.refill(self.limit) / GRAINS;
        let is_close = refilled > 0 && (0..=refilled).contains(&(remaining - need));
        if is_close && at % GRAINS != 0 {
            self.is_tied.set(true);
        }
    }

    /// Whether a planned cost does not fit beside a cost taken at `at`.
    fn is_displaced(&self, cost: i128, at: i128) -> bool {
        let mut later: Vec<i128> = self.planned.iter().map(|take| take.at).collect();
        later.retain(|&instant| instant > at && instant < self.counts_until(at));
        later.dedup();
        later.into_iter().any(|instant| {
            let mut takes = self.takes(at, true);
            takes.push(Take { at, cost, need: 0 });
            let between = |take: &&Take| take.at > at && take.at < instant;
            takes.extend(self.planned.iter().filter(between));
            let remaining = self.remaining(&takes, instant).max(0);
            let floor =
                if self.rule.has_debt() { self.remaining(&takes, instant) } else { remaining };
            let mut gone = 0;
            let mut batch = self.planned.iter().filter(|take| take.at == instant);
            let misses = batch.any(|take| {
                gone += take.cost;
                self.note_tie(floor - (gone - take.cost), take.need, instant);
                floor - (gone - take.cost) < take.need
            });
            let all: i128 =
                self.planned.iter().filter(|take| take.at == instant).map(|take| take.cost).sum();
            if self.claimed > 0 {
                self.note_tie(floor - all, self.claimed, instant);
            }
            misses || (self.claimed > 0 && floor - all < self.claimed)
        })
    }

    fn need(&self, cost: i128, reserve: i128) -> i128 {
        if self.rule.is_spacing() {
            return if self.claimed > 0 { i128::MAX } else { self.limit };
        }
        let is_free = self.rule.has_debt() && self.claimed == 0;
        // A request that is larger than all that may be used goes alone.
        let own = if is_free { 0 } else { cost };
        self.claimed + (own + reserve).min(self.rule.capacity(self.limit))
    }

    /// The instants from `from` on at which `need` may come to remain.
    fn candidates(&self, need: i128, from: i128) -> Vec<i128> {
        let all = self.takes(i128::MAX, true);
        let mut instants = vec![from];
        instants.extend(self.planned.iter().map(|take| take.at));
        match self.rule.kind {
            Kind::Rolling { interval } | Kind::FirstRequest { interval } => {
                instants.extend(all.iter().map(|take| take.at + self.span(interval) + 1));
                let certain = (interval - self.rule.jitter) * GRAINS;
                instants.extend(self.planned.iter().map(|take| take.at - certain + 1));
            }
            Kind::Fixed { interval } => {
                let (interval, jitter) = (interval * GRAINS, self.rule.jitter * GRAINS);
                let last = all.iter().map(|take| take.at).max().unwrap_or(from).max(from);
                for window in from.div_euclid(interval)..=last.div_euclid(interval) + 3 {
                    instants.extend([window * interval - jitter, window * interval + jitter]);
                }
            }
            Kind::Bucket { .. } => {
                let refill = self.rule.refill(self.limit);
                let starts = [self.now].into_iter().chain(self.planned.iter().map(|take| take.at));
                for start in starts.filter(|_| refill > 0) {
                    let short = need - self.remaining(&self.takes(start, true), start);
                    // Rounded up to a grain.
                    instants.push(start + (short.max(0) * GRAINS + refill - 1) / refill);
                }
            }
            Kind::Spacing { .. } => {
                instants.extend(all.iter().map(|take| take.at + self.rule.gap(take.cost, GRAINS)));
            }
            Kind::Concurrency => {}
        }
        instants.retain(|&at| at >= from);
        instants.sort_unstable();
        instants
    }

    /// The first instant from `from` on at which a cost fits beside all that is planned. `is_own`:
    /// this ledger gave the instant `from`.
    fn first_fit(&self, cost: i128, reserve: i128, from: i128, is_own: bool) -> Option<i128> {
        let from = from.max(self.rule.paused.saturating_mul(GRAINS));
        if from == i128::MAX {
            return None;
        }
        let need = self.need(cost, reserve);
        if !is_own {
            self.note_tie(self.remaining(&self.takes(from, true), from), need, from);
        }
        for at in self.candidates(need, from) {
            let remaining = self.remaining(&self.takes(at, true), at);
            let remaining = if self.rule.has_debt() { remaining } else { remaining.max(0) };
            if remaining < need {
                continue;
            }
            if !self.is_displaced(cost, at) {
                return Some(at);
            }
        }
        None
    }
}

impl<K: Clone + PartialEq> Oracle<K> {
    /// The instants in grains at which waiters are planned, in order. `None`: unknown.
    pub fn plans(&self, waiters: &[Request<K>]) -> Vec<Option<i128>> {
        let mut planned = Vec::new();
        for (index, request) in waiters.iter().enumerate() {
            let class = self.class(request);
            let at = self.plan_behind(&waiters[..index], &planned, class, &request.costs);
            planned.push(at);
        }
        planned
    }

    /// The instant at which a request can be granted beside waiters ahead and their plans.
    pub fn plan_behind(
        &self,
        ahead: &[Request<K>],
        plans: &[Option<i128>],
        class: usize,
        costs: &[Cost],
    ) -> Option<i128> {
        let paid: Vec<Cost> = costs.iter().copied().filter(|cost| cost.1 > 0).collect();
        let ledgers: Vec<_> = paid.iter().map(|cost| self.ledger(cost.0, ahead, plans)).collect();
        let mut at = self.now * GRAINS;
        let mut fits = vec![at; paid.len()];
        loop {
            let mut next = at;
            for ((ledger, &(rule, cost)), fit) in ledgers.iter().zip(&paid).zip(&mut fits) {
                *fit = ledger.first_fit(cost, self.reserve(rule, class), at, *fit == at)?;
                next = next.max(*fit);
            }
            if next == at {
                return Some(at);
            }
            at = next;
        }
    }

    /// The tokens of a rule that are reserved from requests of this class.
    fn reserve(&self, rule: usize, class: usize) -> i128 {
        let rule = self.rules[rule].as_ref().unwrap();
        if class > 0 { self.in_mode(rule.limit, self.mode).1 } else { 0 }
    }

    fn ledger(&self, rule: usize, ahead: &[Request<K>], plans: &[Option<i128>]) -> Ledger<'_, K> {
        let now = self.now * GRAINS;
        let of_rule = self.rules[rule].as_ref().unwrap();
        let past =
            of_rule.taken().map(|(at, cost)| Take { at: at * GRAINS, cost, need: i128::MIN });
        let mut ledger = Ledger {
            rule: of_rule,
            limit: self.limit(of_rule.limit),
            now,
            taken: past.collect(),
            planned: Vec::new(),
            claimed: 0,
            is_tied: &self.is_tied,
        };
        for (request, plan) in ahead.iter().zip(plans) {
            let class = self.class(request);
            let cost = request.costs.iter().find(|cost| cost.0 == rule).map_or(0, |cost| cost.1);
            match plan {
                _ if cost == 0 => {}
                Some(at) => {
                    let need = ledger.need(cost, self.reserve(rule, class));
                    let index = ledger.planned.partition_point(|take| take.at <= *at);
                    ledger.planned.insert(index, Take { at: *at, cost, need });
                }
                None => ledger.claimed += cost,
            }
        }
        ledger
    }
}
