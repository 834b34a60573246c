//! The claims of one process.

use std::collections::BTreeSet;

use super::ADOPTED;
use super::message::{Answer, Call, Cost, Demand, Given, Registered, Settlement};
use super::offset::Offset;
use super::rule::{Counting, SharedRule};

/// The clocks of a process: its monotonic clock, and the wall clock, both in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clocks {
    /// Stands still while the machine sleeps.
    pub now: f64,
    /// Goes on while the machine sleeps, and may be set.
    pub wall: f64,
}

/// A claim under one rule. It is dead by whichever clock comes first.
#[derive(Clone, Copy, Debug)]
struct Holding {
    claim: u64,
    rule: usize,
    left: f64,
    spent: f64,
    spent_at: f64,
    /// The end in the ledger's time, and on both clocks of the process.
    until: f64,
    ends: Clocks,
    /// Whether it is given back whatever is left.
    returns: bool,
}

/// An amount that was spent of a rule, from one instant to another.
#[derive(Clone, Copy, Debug)]
struct Spent {
    rule: usize,
    from: f64,
    to: f64,
    amount: f64,
}

/// The claims of one process, and what it has to tell the ledger.
#[derive(Clone, Debug)]
pub struct Holder {
    rules: Vec<SharedRule>,
    process: u64,
    epoch: f64,
    number: u64,
    /// The call that is not answered yet, and when it was sent first.
    pending: Option<(Call, f64)>,
    offset: Offset,
    holdings: Vec<Holding>,
    /// The claims of the epoch that were received: each counts once.
    received: BTreeSet<u64>,
    spent: Vec<Spent>,
    /// By rule, what this process by itself leaves a bucket below its capacity, and when.
    deficits: Vec<(f64, f64)>,
    has_registered: bool,
    /// By rule, the permits that are in use.
    in_use: Vec<f64>,
    /// Wall minus monotonic clock when they were last read.
    gap: Option<f64>,
}

/// A difference of the two clocks that grows by this much means that the machine slept, or that the
/// wall clock was set.
const SLEPT: f64 = 50.0;

/// Spendings within this time are recorded as one.
const MERGED: f64 = 10.0;

impl Holder {
    /// A process that has spent nothing. `process` is a name that no other process ever has.
    pub fn new(process: u64, rules: Vec<SharedRule>) -> Self {
        Self {
            deficits: vec![(0.0, 0.0); rules.len()],
            in_use: vec![0.0; rules.len()],
            rules,
            process,
            epoch: f64::NEG_INFINITY,
            number: 0,
            pending: None,
            offset: Offset::default(),
            holdings: Vec::new(),
            received: BTreeSet::new(),
            spent: Vec::new(),
            has_registered: false,
            gap: None,
        }
    }

    /// The epoch that the process knows.
    pub fn epoch(&self) -> f64 {
        self.epoch
    }

    /// Whether a call waits for its answer.
    pub fn is_calling(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether a call is due although nothing is wanted: claims have ended, or what was spent has
    /// not been told in this epoch.
    pub fn has_news(&self, clocks: Clocks) -> bool {
        !self.has_registered || self.holdings.iter().any(|holding| holding.is_over(clocks))
    }

    /// Whether the ledger would have to be told what was spent if it lost its data now. Such a
    /// process must hear of a loss within the recovery, although it has nothing to ask.
    pub fn must_hear_of_loss(&mut self, clocks: Clocks) -> bool {
        self.forget_old(clocks.now);
        let rules = self.rules.iter().zip(&self.deficits);
        let has_deficit = rules.into_iter().any(|(rule, (deficit, at))| match rule.counting {
            Counting::Bucket(rate) => deficit - rate * (clocks.now - at) > 0.0,
            _ => false,
        });
        has_deficit || !self.spent.is_empty() || self.in_use.iter().any(|amount| *amount > 0.0)
    }

    /// Notices that the machine slept: its claims are dead, and the bounds of the offset are void.
    pub fn read_clocks(&mut self, clocks: Clocks) {
        let gap = clocks.wall - clocks.now;
        let slept = gap - self.gap.unwrap_or(gap);
        if slept.abs() > SLEPT {
            self.offset = Offset::default();
            // The clock stood still after the call was sent, so its answer gives no upper bound.
            if let Some((_, sent)) = &mut self.pending {
                *sent = f64::NEG_INFINITY;
            }
            self.holdings.iter_mut().for_each(|holding| holding.returns = true);
            // The time of the sleep is missing in the age of what was spent.
            for spent in &mut self.spent {
                spent.from -= slept.max(0.0);
            }
        }
        if slept.abs() > SLEPT || self.gap.is_none() {
            self.gap = Some(gap);
        }
    }

    /// Whether all costs are held.
    pub fn covers(&self, costs: &[Cost], clocks: Clocks) -> bool {
        costs.iter().all(|cost| self.left(cost.rule, clocks) >= cost.amount)
    }

    /// The tokens left of a rule.
    pub fn left(&self, rule: usize, clocks: Clocks) -> f64 {
        let live = |holding: &&Holding| holding.rule == rule && holding.is_live(clocks);
        self.holdings.iter().filter(live).map(|holding| holding.left).sum()
    }

    /// Spends costs that are [covered](Holder::covers), at the instant at which they were found so.
    pub fn spend(&mut self, costs: &[Cost], clocks: Clocks) {
        for cost in costs {
            self.log(cost.rule, cost.amount, clocks.now);
            let at = clocks.now + self.offset.most(clocks.now);
            let mut rest = cost.amount;
            for holding in self.holdings.iter_mut().filter(|holding| holding.rule == cost.rule) {
                let part = if holding.is_live(clocks) { rest.min(holding.left) } else { 0.0 };
                if part > 0.0 {
                    holding.left -= part;
                    holding.spent += part;
                    holding.spent_at = at;
                    rest -= part;
                }
            }
        }
    }

    /// Releases permits: the tokens can be spent again, or go back with the next call.
    pub fn release(&mut self, rule: usize, amount: f64) {
        if let Some(in_use) = self.in_use.get_mut(rule) {
            *in_use = (*in_use - amount).max(0.0);
        }
        let mut rest = amount;
        for holding in self.holdings.iter_mut().filter(|holding| holding.rule == rule) {
            let part = rest.min(holding.spent);
            holding.spent -= part;
            holding.left += part;
            rest -= part;
        }
    }

    /// Marks all that is held of a rule beyond what is in use as to be given back.
    pub fn give_back(&mut self, rule: usize) {
        self.holdings
            .iter_mut()
            .filter(|holding| holding.rule == rule)
            .for_each(|holding| holding.returns = true);
    }

    /// Makes the next call, unless one waits for its answer.
    pub fn call(&mut self, demand: Vec<Demand>, wishes: Vec<Cost>, clocks: Clocks) -> Option<Call> {
        if self.pending.is_some() {
            return None;
        }
        self.number = self.number.saturating_add(1);
        let settlements = self.settlements(clocks);
        // Spending can be told only in the ledger's time.
        let (epoch, spent) = match (self.has_registered, self.offset.is_known()) {
            (true, _) => (self.epoch, Vec::new()),
            (false, true) => (self.epoch, self.registered(clocks.now)),
            (false, false) => (f64::NEG_INFINITY, Vec::new()),
        };
        let (process, number) = (self.process, self.number);
        let call = Call { process, number, epoch, spent, settlements, demand, wishes };
        self.pending = Some((call.clone(), clocks.now));
        Some(call)
    }

    /// The call that waits for its answer, to be sent again.
    pub fn repeated(&self) -> Option<&Call> {
        self.pending.as_ref().map(|(call, _)| call)
    }

    /// Takes an answer. Returns the claims that are new; one for waiting requests is theirs.
    pub fn answer(&mut self, answer: &Answer, clocks: Clocks) -> Vec<Given> {
        let Some((call, sent)) = self.pending.take_if(|(call, _)| call.number == answer.number)
        else {
            return Vec::new();
        };
        if answer.epoch != self.epoch {
            self.begin_epoch(answer.epoch);
        }
        self.offset.learn(sent, answer.now, clocks.now);
        if answer.epoch != call.epoch {
            return Vec::new();
        }
        if !self.has_registered {
            self.has_registered = true;
            self.adopt_permits(&call.spent, answer.permits_until, clocks);
        }
        for settled in &call.settlements {
            self.holdings
                .retain(|holding| holding.claim != settled.claim || holding.rule != settled.rule);
        }
        self.renew(answer.permits_until, clocks);
        let claims = answer.claims.iter();
        claims.filter(|given| self.receive(given, clocks)).cloned().collect()
    }

    /// Takes a claim that was published in an epoch. Returns whether it is new.
    pub fn published(&mut self, epoch: f64, given: &Given, clocks: Clocks) -> bool {
        epoch == self.epoch && self.receive(given, clocks)
    }

    /// Hears that an epoch has begun.
    pub fn hear_epoch(&mut self, epoch: f64) {
        if epoch > self.epoch {
            self.begin_epoch(epoch);
        }
    }

    /// Drops all claims: the new ledger does not know them.
    fn begin_epoch(&mut self, epoch: f64) {
        self.epoch = epoch;
        self.pending = None;
        self.holdings.clear();
        self.received.clear();
        self.has_registered = false;
        // The ledger may have moved to another clock.
        self.offset = Offset::default();
    }

    /// Makes a claim of the permits that the ledger has learned of.
    fn adopt_permits(&mut self, told: &[Registered], until: f64, clocks: Clocks) {
        for each in told.iter().copied() {
            if !self.is_permit(each.rule) {
                continue;
            }
            let spent = self.in_use.get(each.rule).copied().unwrap_or(0.0).min(each.amount);
            self.holdings.push(Holding {
                claim: ADOPTED,
                rule: each.rule,
                left: each.amount - spent,
                spent,
                spent_at: f64::NEG_INFINITY,
                until,
                ends: self.ends(until, clocks),
                returns: false,
            });
        }
    }

    fn receive(&mut self, given: &Given, clocks: Clocks) -> bool {
        if !self.received.insert(given.claim) {
            return false;
        }
        for &(rule, amount, until) in &given.parts {
            let until = if self.is_permit(rule) { until } else { until.min(given.until) };
            let ends = self.ends(until, clocks);
            self.holdings.push(Holding {
                claim: given.claim,
                rule,
                left: amount,
                spent: 0.0,
                spent_at: f64::NEG_INFINITY,
                until,
                ends,
                returns: false,
            });
        }
        true
    }

    fn is_permit(&self, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(|rule| rule.counting == Counting::Concurrency)
    }

    /// An instant of the ledger on the clocks of the process: by the upper bound of the offset, so
    /// it comes early.
    fn ends(&self, until: f64, clocks: Clocks) -> Clocks {
        let now = until - self.offset.most(clocks.now);
        Clocks { now, wall: clocks.wall + (now - clocks.now) }
    }

    fn renew(&mut self, until: f64, clocks: Clocks) {
        let ends = self.ends(until, clocks);
        let rules = &self.rules;
        let is_permit = |rule: usize| {
            rules.get(rule).is_some_and(|rule| rule.counting == Counting::Concurrency)
        };
        for holding in self.holdings.iter_mut().filter(|holding| is_permit(holding.rule)) {
            if holding.is_live(clocks) {
                (holding.until, holding.ends) = (until, ends);
            }
        }
    }

    fn settlements(&mut self, clocks: Clocks) -> Vec<Settlement> {
        let mut settlements = Vec::new();
        for holding in &mut self.holdings {
            let is_permit = self
                .rules
                .get(holding.rule)
                .is_some_and(|rule| rule.counting == Counting::Concurrency);
            if is_permit && holding.spent > 0.0 || !holding.is_over(clocks) {
                continue;
            }
            // Nothing of it is spent from now on: the call may be on its way for long.
            holding.left = 0.0;
            settlements.push(Settlement {
                claim: holding.claim,
                rule: holding.rule,
                spent: holding.spent,
                spent_at: holding.spent_at.min(holding.until),
            });
        }
        settlements
    }

    fn log(&mut self, rule: usize, amount: f64, now: f64) {
        if self.is_permit(rule) {
            if let Some(in_use) = self.in_use.get_mut(rule) {
                *in_use += amount;
            }
            return;
        }
        if let Some(Counting::Bucket(rate)) = self.rules.get(rule).map(|rule| rule.counting)
            && let Some((deficit, at)) = self.deficits.get_mut(rule)
        {
            *deficit = (*deficit - rate * (now - *at)).max(0.0) + amount;
            *at = now;
            return;
        }
        let same = |spent: &&mut Spent| spent.rule == rule && now - spent.from <= MERGED;
        match self.spent.iter_mut().rev().find(same) {
            Some(spent) => {
                spent.to = now;
                spent.amount += amount;
            }
            None => self.spent.push(Spent { rule, from: now, to: now, amount }),
        }
    }

    /// Forgets what can no longer count in any window.
    fn forget_old(&mut self, now: f64) {
        let rules = &self.rules;
        self.spent.retain(|spent| {
            rules.get(spent.rule).is_some_and(|rule| match rule.counting {
                Counting::Fixed(interval)
                | Counting::Rolling(interval)
                | Counting::FirstRequest(interval) => {
                    now <= spent.to + (interval + 2.0 * rule.jitter) * 1.01 + SLEPT
                }
                Counting::Bucket(_) | Counting::Concurrency => false,
            })
        });
    }

    /// The spent amounts, in the ledger's time.
    fn registered(&mut self, now: f64) -> Vec<Registered> {
        self.forget_old(now);
        let (least, most) = (self.offset.least(now), self.offset.most(now));
        let spent = self.spent.iter().map(|spent| {
            let Spent { rule, from, to, amount } = *spent;
            Registered { rule, from: from + least, to: to + most, amount }
        });
        let mut all: Vec<Registered> = spent.collect();
        for (rule, amount) in self.in_use.iter().enumerate() {
            if *amount > 0.0 {
                all.push(Registered { rule, from: now + least, to: now + most, amount: *amount });
            }
        }
        for (rule, (definition, (deficit, at))) in self.rules.iter().zip(&self.deficits).enumerate()
        {
            if let Counting::Bucket(rate) = definition.counting {
                let amount = deficit - rate * (now - at);
                if amount > 0.0 {
                    all.push(Registered { rule, from: now + least, to: now + most, amount });
                }
            }
        }
        all
    }
}

impl Holding {
    /// Whether it can be spent. Dead by either clock is dead.
    fn is_live(&self, clocks: Clocks) -> bool {
        !self.returns && clocks.now < self.ends.now && clocks.wall < self.ends.wall
    }

    /// Whether nothing of it is spent any more.
    fn is_over(&self, clocks: Clocks) -> bool {
        self.left <= 0.0 || !self.is_live(clocks)
    }
}
