//! The ledger: one limit for several processes.
//!
//! A [`Ledger`] counts for all processes and gives them claims: so much of each rule, until an
//! instant. A process keeps its claims in a [`Holder`] and grants requests from them without
//! asking. The argument why no server refuses a request that was granted in this way is in
//! docs/internals/shared-limits.md in the repository; the comments here name its steps.
//!
//! Both sides are plain state: time is an argument, messages are values, and how these travel is
//! the business of the caller. They may be lost, doubled, delayed and reordered. All numbers are
//! `f64` and all state is small tables, as the same rules also run as a script inside Redis, where
//! numbers are doubles. No module of the engine uses this one, and the wasm does not link it.
//!
//! | module | one idea |
//! | --- | --- |
//! | `message` | the calls, answers and claims that travel |
//! | `rule` | the rules that are shared |
//! | `usage` | the count of one rule: claims, settlement, lapse |
//! | `window` | the window that its first request opens |
//! | `allocate` | the order of claims: classes, turns, fair parts, spares |
//! | `offset` | the bounds of the offset between two clocks |
//! | `holder` | the claims of one process |
//! | `share` | the part of a process that cannot reach the ledger |

mod allocate;
mod holder;
mod message;
mod offset;
mod rule;
mod share;
mod usage;
mod window;

use std::collections::BTreeMap;

pub use holder::{Clocks, Holder};
pub use message::{Answer, Call, Cost, Demand, Given, Outcome, Registered, Settlement};
pub use offset::Offset;
pub use rule::{Counting, SharedRule};
pub use share::{SetAside, Share};
use usage::Usage;

/// The times that ledger and holders agree on, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The longest time that a claim is given for.
    pub lease: f64,
    /// The time after which a process repeats a call that was not answered.
    pub timeout: f64,
    /// The time after a loss in which nothing is given: longer than any old claim lives, and than a
    /// process that is alive needs to hear of the loss and to tell what it has spent.
    pub recovery: f64,
}

impl Times {
    /// The usual recovery for a lease and a timeout.
    pub fn new(lease: f64, timeout: f64) -> Self {
        Self { lease, timeout, recovery: lease.max(4.0 * timeout + 1000.0) }
    }
}

/// The number of the claim of permits that a process held when data was lost.
const ADOPTED: u64 = 0;

/// A claim on record: what it gave under one rule.
#[derive(Clone, Copy, Debug)]
struct Part {
    claim: u64,
    process: u64,
    rule: usize,
    amount: f64,
    since: f64,
    until: f64,
    has_lapsed: bool,
    is_spare: bool,
}

/// The state of one process, as far as the ledger knows it.
#[derive(Clone, Debug, Default)]
struct Process {
    /// The number of its last call, and the claims of the answer.
    number: u64,
    claims: Vec<Given>,
    demand: Vec<Demand>,
    wishes: Vec<Cost>,
    /// By class: its place among the processes that wait.
    tickets: [u64; 3],
    /// When it is going to ask again.
    asks_at: f64,
}

/// Counts for all processes, and gives claims.
#[derive(Clone, Debug)]
pub struct Ledger {
    rules: Vec<SharedRule>,
    times: Times,
    epoch: f64,
    now: f64,
    /// The end of the recovery.
    gives_from: f64,
    usages: Vec<Usage>,
    parts: Vec<Part>,
    last_claim: u64,
    last_ticket: u64,
    recalled_at: f64,
    processes: BTreeMap<u64, Process>,
}

impl Ledger {
    /// An empty ledger, as after a loss: its first call begins an epoch.
    pub fn new(rules: Vec<SharedRule>, times: Times) -> Self {
        Self {
            rules,
            times,
            epoch: f64::NEG_INFINITY,
            now: f64::NEG_INFINITY,
            gives_from: f64::INFINITY,
            usages: Vec::new(),
            parts: Vec::new(),
            last_claim: 0,
            last_ticket: 0,
            recalled_at: f64::NEG_INFINITY,
            processes: BTreeMap::new(),
        }
    }

    /// The epoch, which begins with the first call and after each loss.
    pub fn epoch(&self) -> f64 {
        self.epoch
    }

    /// The tokens that count now under a rule, open claims included.
    pub fn used(&self, rule: usize) -> f64 {
        self.usages.get(rule).map_or(0.0, |usage| usage.used(self.now))
    }

    /// Takes a call of a process at `now`, milliseconds of the ledger's clock. A `now` before the
    /// last one counts as that.
    pub fn call(&mut self, call: &Call, now: f64) -> Outcome {
        if now > self.now {
            self.now = now;
        }
        let begins = self.epoch == f64::NEG_INFINITY || call.epoch > self.epoch;
        if begins {
            self.begin_epoch(call.epoch);
        }
        self.advance();
        let mut outcome = Outcome {
            answer: self.answer_to(call, Vec::new()),
            published: Vec::new(),
            new_epoch: begins.then_some(self.epoch),
            recall: Vec::new(),
        };
        // Ids of another epoch mean other claims.
        if call.epoch != self.epoch {
            return outcome;
        }
        let process = self.processes.entry(call.process).or_default();
        if call.number <= process.number {
            if call.number == process.number {
                outcome.answer.claims.clone_from(&process.claims);
                outcome.answer.ask_at = self.now;
                // The answer says so.
                self.renew(call.process);
            }
            return outcome;
        }
        process.number = call.number;
        self.register(&call.spent, call.process);
        for settlement in &call.settlements {
            self.settle(settlement, call.process);
        }
        self.renew(call.process);
        self.replace_demand(call);
        let mut given = self.allocate(call, &mut outcome);
        if let Some(process) = self.processes.get_mut(&call.process) {
            process.claims.clone_from(&given);
        }
        outcome.answer.claims.append(&mut given);
        outcome.answer.ask_at = self.ask_at(call.process);
        outcome
    }

    /// Counts a claim that another ledger has given at the instant of the last call, such as the
    /// script in Redis: for comparing the two.
    pub fn adopt(&mut self, claim: u64, process: u64, part: (usize, f64, f64)) {
        let (rule, amount, until) = part;
        let Some(usage) = self.usages.get_mut(rule) else { return };
        usage.take(amount, until, self.now);
        let (since, has_lapsed, is_spare) = (self.now, false, false);
        let part = Part { claim, process, rule, amount, since, until, has_lapsed, is_spare };
        self.parts.push(part);
    }

    fn answer_to(&self, call: &Call, claims: Vec<Given>) -> Answer {
        Answer {
            number: call.number,
            epoch: self.epoch,
            now: self.now,
            claims,
            ask_at: self.gives_from.max(self.now),
            permits_until: self.permits_until(),
        }
    }

    /// Forgets all, and gives nothing until the recovery is over. The number of the epoch is a
    /// time: a count would repeat itself if data is lost twice and only the first loss is known to
    /// the process that calls.
    fn begin_epoch(&mut self, known: f64) {
        let (rules, times, now) = (std::mem::take(&mut self.rules), self.times, self.now);
        let epoch = now.max(known + 1.0).max(self.epoch + 1.0);
        *self = Self { epoch, now, ..Self::new(rules, times) };
        self.gives_from = now + times.recovery;
        self.usages = self.rules.iter().map(|rule| Usage::new(*rule, now)).collect();
    }

    /// Lets claims lapse whose end has passed, and forgets those that no longer count.
    fn advance(&mut self) {
        let Self { usages, parts, now, .. } = self;
        for usage in usages.iter_mut() {
            usage.advance(*now);
        }
        parts.retain_mut(|part| {
            let Some(usage) = usages.get_mut(part.rule) else { return false };
            if !part.has_lapsed && part.until <= *now {
                part.has_lapsed = true;
                usage.lapse(part.amount);
            }
            let counts = usage.counts_lapsed(part.until, *now);
            if !counts {
                usage.forget(part.amount);
            }
            counts
        });
    }

    /// Counts what a process has spent before the loss.
    fn register(&mut self, spent: &[Registered], process: u64) {
        let until = self.permits_until();
        for each in spent {
            let Registered { rule, amount, .. } = *each;
            let counting = self.rules.get(rule).map(|rule| rule.counting);
            if counting == Some(Counting::Concurrency) {
                let (claim, since) = (ADOPTED, self.now);
                let (has_lapsed, is_spare) = (false, false);
                let part =
                    Part { claim, process, rule, amount, since, until, has_lapsed, is_spare };
                self.parts.push(part);
            }
            if let Some(usage) = self.usages.get_mut(each.rule) {
                usage.register(each.from, each.to, each.amount, self.now);
            }
        }
    }

    /// Ends a claim under one rule: it counts with what was spent, at its last spending.
    fn settle(&mut self, settlement: &Settlement, process: u64) {
        let Settlement { claim, rule, spent, spent_at } = *settlement;
        let is_meant =
            |part: &Part| part.claim == claim && part.rule == rule && part.process == process;
        let Some(at) = self.parts.iter().position(is_meant) else { return };
        let part = self.parts.swap_remove(at);
        if let Some(usage) = self.usages.get_mut(rule) {
            let spent = spent.max(0.0).min(part.amount);
            let spent_at = spent_at.min(part.until).max(part.since);
            usage.settle(&part, spent, spent_at, self.now);
        }
    }

    /// The end of permits that are renewed now: their holder is dead after three leases of silence.
    fn permits_until(&self) -> f64 {
        self.now + 3.0 * self.times.lease
    }

    fn renew(&mut self, process: u64) {
        let until = self.permits_until();
        for part in self.parts.iter_mut().filter(|part| part.process == process) {
            let rule = self.rules.get(part.rule);
            if rule.is_some_and(|rule| rule.counting == Counting::Concurrency) {
                part.until = until;
            }
        }
    }
}
