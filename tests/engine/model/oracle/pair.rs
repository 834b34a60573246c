//! The engine beside the oracle: each call is made on both, and the results are compared.

use crate::model::oracle::calls::{End, MODES, Shape, Step, millis, tokens};
use crate::model::oracle::rules::Kind;
use crate::model::oracle::{Admission, Cost, Oracle, Outcome, Request};
use crate::support::poll_all;
use multi_throttler_engine::{
    Costs, Engine, Options, Priority, Rank, Rejection, Standing, Submission, Ticket,
};

pub struct Pair {
    pub engine: Engine,
    pub oracle: Oracle<Ticket>,
    /// The shape of each rule, as it was added or updated.
    pub shapes: Vec<Shape>,
    pub dyadic: bool,
    /// The end of the pause that covers rules added later.
    pub paused: i128,
    /// Waiters that were rejected since the last poll, with their codes.
    pub evicted: Vec<(Ticket, &'static str)>,
}

impl Pair {
    pub fn now(&self) -> f64 {
        millis(self.oracle.now)
    }

    /// Settles in both what is due, and compares. After a change the engine may not know yet that
    /// nothing is due, and a waiter that was due between two ticks may have to wait longer.
    fn settle(&mut self, changed: bool) {
        let now = self.now();
        let changed = changed || self.oracle.has_late_plan();
        let expected = self.oracle.settle();
        if self.oracle.is_tied.get() {
            return;
        }
        let evicted = std::mem::take(&mut self.evicted);
        let due = self.engine.due();
        let something = !expected.is_empty() || !evicted.is_empty();
        assert!(due <= now || !something, "{expected:?} at {now}, due at {due}");
        assert!(due > now || something || changed, "woken for nothing at {now}");
        let mut settled = Vec::new();
        let mut refused = Vec::new();
        for (ticket, outcome) in poll_all(&mut self.engine, now) {
            match outcome {
                Ok(()) => settled.push((ticket, Outcome::Granted)),
                Err(Rejection::WaitTimeout { .. }) => settled.push((ticket, Outcome::TimedOut)),
                Err(Rejection::HoldTimeout { .. }) => settled.push((ticket, Outcome::Expired)),
                Err(other) => refused.push((ticket, other.code())),
            }
        }
        assert_eq!(settled, expected, "at {now}");
        // The order among waiters rejected together is not promised.
        assert_eq!(refused.len(), evicted.len(), "{refused:?} {evicted:?}");
        assert!(evicted.iter().all(|each| refused.contains(each)), "{refused:?} {evicted:?}");
        assert!(self.engine.due() > now, "due {} at {now}", self.engine.due());
    }

    fn costs(&mut self, costs: &[Cost]) -> Option<Costs> {
        let mut engine_costs = Costs::default();
        for &(rule, atoms) in costs {
            match self.engine.slot(&rule.to_string(), self.now()) {
                Ok(slot) => engine_costs.add(slot, tokens(atoms)),
                Err(refusal) => {
                    assert_eq!(refusal.code(), "UNKNOWN_RULE");
                    assert!(self.oracle.rules[rule].is_none());
                    return None;
                }
            }
        }
        Some(engine_costs)
    }

    fn submit(
        &mut self,
        asked: (usize, i128),
        costs: Vec<Cost>,
        max_wait: Option<i128>,
        permit: bool,
    ) {
        let Standing { class, rank } = standing(asked);
        let priority = asked.0;
        let now = self.now();
        let Some(engine_costs) = self.costs(&costs) else { return };
        let max_wait_ms = max_wait.map_or(f64::INFINITY, millis);
        let options = Options { priority: class, rank, max_wait: max_wait_ms, permit };
        let before = self.engine.clone();
        let answer = self.oracle.ask(asked, &costs, permit);
        if self.oracle.is_tied.get() {
            return;
        }
        if answer == Admission::Goes && !permit {
            self.check_fast_path(before.clone(), &engine_costs, options);
        }
        match (self.engine.submit(&engine_costs, options, now), answer) {
            (Ok(Submission::Granted), Admission::Goes) if !permit => {
                self.oracle.grant_new(None, priority, costs)
            }
            (Ok(Submission::Held(ticket)), Admission::Goes) if permit => {
                self.oracle.grant_new(Some(ticket), priority, costs);
            }
            (Ok(Submission::Waiting(ticket)), Admission::Waits(dropped)) => {
                if let Some(dropped) = dropped {
                    self.oracle.leave(&dropped);
                    self.evicted.push((dropped, "QUEUE_OVERFLOW"));
                }
                let deadline = max_wait.map(|ticks| self.oracle.now + ticks);
                self.oracle.wait(ticket, asked, costs, permit, deadline);
                self.check_estimate(before, &engine_costs, options, ticket);
            }
            (Err(Rejection::WaitTimeout { estimated_wait, .. }), Admission::Waits(dropped)) => {
                // The request would really have been late.
                assert!(estimated_wait > max_wait_ms);
                if dropped.is_some() && self.oracle.settings.aging.is_some() {
                    // The waiter to be dropped may have come to be ahead, and then it is simulated
                    // as well.
                    return;
                }
                let mut patient = before;
                let options = Options { max_wait: f64::INFINITY, ..options };
                let Ok(Submission::Waiting(ticket)) = patient.submit(&engine_costs, options, now)
                else {
                    panic!("granted after all")
                };
                assert!(
                    self.soonest_without(patient.clone(), ticket, max_wait_ms) - now > max_wait_ms
                );
                assert_eq!(self.soonest(patient, ticket) - now, estimated_wait);
            }
            (Err(refusal), Admission::Refused(code)) => assert_eq!(refusal.code(), code),
            (got, expected) => panic!("{got:?} for {expected:?}"),
        }
    }

    /// Without waiters, `grant` takes what a submission grants at once, and leaves the same state,
    /// or takes nothing, where a peak is near.
    fn check_fast_path(&self, mut before: Engine, costs: &Costs, options: Options) {
        let now = self.now();
        let mut submitted = before.clone();
        let nobody_waits = before.waiting(None) == 0;
        let is_granted = before.grant(costs.iter(), options.priority, now);
        assert!(nobody_waits || !is_granted);
        if is_granted {
            submitted.submit(costs, options, now).unwrap();
        }
        assert_eq!(before.status(now), submitted.status(now));
    }

    /// The estimate is exact if nothing else happens.
    fn check_estimate(
        &mut self,
        mut before: Engine,
        costs: &Costs,
        options: Options,
        ticket: Ticket,
    ) {
        let now = self.now();
        let (granted_at, on_ticks) = time_of_grant(self.engine.clone(), ticket, false);
        if self.evicted.is_empty() {
            let estimate = {
                let standing = Standing { class: options.priority, rank: options.rank };
                before.estimate_wait(costs, standing, now).unwrap()
            };
            // A request that would time out waits only for a permit that may be released in time.
            let comes_true = if estimate <= options.max_wait { estimate } else { f64::INFINITY };
            assert_eq!(comes_true, granted_at - now);
        }
        let soonest = self.soonest(self.engine.clone(), ticket);
        assert!(
            soonest.min(self.soonest_without(self.engine.clone(), ticket, options.max_wait)) - now
                <= options.max_wait
        );
        // If nothing happens between two ticks, the oracle can be advanced to the same instant.
        if on_ticks && granted_at - now <= 40.0 {
            let mut oracle = self.oracle.clone();
            while !oracle.settle().contains(&(ticket, Outcome::Granted)) {
                if oracle.is_tied.get() {
                    return;
                }
                assert!(millis(oracle.now) < granted_at, "estimated at {granted_at}");
                oracle.tick();
            }
            assert_eq!(millis(oracle.now), granted_at);
        }
    }

    /// When a waiter is granted if each permit is released at once.
    fn soonest(&self, mut engine: Engine, ticket: Ticket) -> f64 {
        for holder in self.oracle.held.iter().map(|request| request.key) {
            engine.release(holder, false, self.now());
        }
        time_of_grant(engine, ticket, true).0
    }

    /// When a waiter is granted if each permit is released at once, and all waiters expire whose
    /// deadline is earlier and whose grant depends on permits.
    fn soonest_without(&self, mut engine: Engine, ticket: Ticket, max_wait: f64) -> f64 {
        let others = || self.oracle.waiting.iter().filter(|request| request.key != ticket);
        let holds = |&(rule, amount): &Cost| {
            amount > 0
                && self.oracle.rules[rule]
                    .as_ref()
                    .is_some_and(|rule| rule.kind == Kind::Concurrency)
        };
        if !others().any(|request| request.costs.iter().any(holds)) {
            return f64::INFINITY;
        }
        let gives_up = |deadline: i128| millis(deadline) <= self.now() + max_wait;
        for request in others().filter(|request| request.deadline.is_some_and(gives_up)) {
            engine.cancel(request.key);
        }
        self.soonest(engine, ticket)
    }

    fn release(&mut self, held: &Request<Ticket>, end: End) {
        let now = self.now();
        match end {
            End::Cost(quarters) if self.oracle.lower_is_exact(held) => {
                let costs = held.costs.iter().map(|&(rule, amount)| (rule, amount * quarters / 4));
                let costs: Vec<Cost> =
                    costs.filter(|cost| self.oracle.rules[cost.0].is_some()).collect();
                let actual = self.costs(&costs).unwrap();
                assert!(self.engine.release_at_cost(held.key, &actual, now));
                assert!(!self.engine.release_at_cost(held.key, &actual, now), "twice is once");
                self.oracle.lower(&held.key, &costs);
                self.oracle.release(&held.key, false);
            }
            end => {
                let refund = matches!(end, End::Unsent) && self.oracle.refund_is_exact(held);
                assert!(self.engine.release(held.key, refund, now));
                assert!(!self.engine.release(held.key, true, now), "twice is once");
                self.oracle.release(&held.key, refund);
            }
        }
    }

    pub fn step(&mut self, step: Step) {
        let now = self.now();
        match step {
            Step::Submit { standing, costs, max_wait, permit } => {
                self.submit(standing, costs, max_wait, permit)
            }
            Step::Try { standing: asked, costs } => {
                if let Some(engine_costs) = self.costs(&costs) {
                    let answer = self.oracle.ask(asked, &costs, false);
                    if self.oracle.is_tied.get() {
                        return;
                    }
                    let tried = self.engine.try_submit(&engine_costs, standing(asked), now);
                    match (tried, answer) {
                        (Ok(true), Admission::Goes) => self.oracle.grant_new(None, asked.0, costs),
                        (Ok(false), Admission::Waits(_) | Admission::Refused("QUEUE_OVERFLOW")) => {
                        }
                        (Err(refusal), Admission::Refused(code)) => {
                            assert_eq!(refusal.code(), code)
                        }
                        (got, expected) => panic!("{got:?} for {expected:?}"),
                    }
                }
            }
            Step::Cancel(any) => {
                if let Some(request) = nth(&self.oracle.waiting, any) {
                    assert!(self.engine.cancel(request.key));
                    self.oracle.leave(&request.key);
                }
            }
            Step::Release { who, end } => {
                if let Some(held) = nth(&self.oracle.held, who) {
                    self.release(&held, end);
                }
            }
            Step::SetPriority(any, asked) => {
                if let Some(request) = nth(&self.oracle.waiting, any) {
                    assert!(self.engine.set_priority(request.key, standing(asked), now));
                    let moved =
                        self.oracle.waiting.iter_mut().find(|other| other.key == request.key);
                    let moved = moved.unwrap();
                    ((moved.priority, moved.rank), moved.risen) = (asked, usize::MAX);
                }
            }
            Step::Pass(ticks) => {
                for _ in 0..ticks {
                    let mode = self.oracle.mode;
                    self.oracle.tick();
                    // An end of a mode, a promotion, or tokens that may expire are not simulated
                    // either.
                    let mut rules = self.oracle.rules.iter().flatten();
                    let closes = rules.any(|rule| matches!(rule.kind, Kind::FirstRequest { .. }));
                    self.settle(
                        mode != self.oracle.mode || self.oracle.settings.aging.is_some() || closes,
                    );
                }
            }
            // Each change of mode rounds the deficit of a bucket. Only a dyadic deficit stays
            // exact.
            Step::Mode(mode, ticks) if self.dyadic => {
                let ends = ticks.map_or(i128::MAX, |ticks| self.oracle.now + ticks);
                self.engine.set_mode(MODES[mode], millis(ticks.unwrap_or(i128::MAX)), now).unwrap();
                (self.oracle.mode, self.oracle.mode_ends) = (mode, ends);
            }
            Step::Clear => {
                let waiting = self.oracle.waiting.len();
                self.evict("CLEARED", |_, _| true);
                assert_eq!(self.engine.clear(&Rejection::Cleared), waiting);
            }
            Step::Pause(rule, ticks) => {
                self.pause(rule, ticks.map_or(i128::MAX, |ticks| self.oracle.now + ticks))
            }
            Step::Resume(rule) => self.resume(rule),
            Step::Lease(any, ticks) => self.lease(any, ticks),
            Step::Configure(change) => self.configure(change),
            Step::Mode(..) => (),
            rules => self.change_rules(rules),
        }
        // The step may have changed rules.
        self.oracle.plans = None;
        self.settle(true);
        if !self.oracle.is_tied.get() {
            self.compare();
        }
    }

    fn compare(&mut self) {
        let now = self.now();
        for (priority, &class) in Priority::ALL.iter().enumerate() {
            let waiting = self.oracle.waiting.iter().filter(|r| r.priority == priority).count();
            assert_eq!(self.engine.waiting(Some(class)), waiting);
        }
        assert_eq!(self.engine.waiting(None), self.oracle.waiting.len());
        assert_eq!(self.engine.mode(now), MODES[self.oracle.mode]);
        for status in self.engine.status(now) {
            let rule = self.oracle.rules[status.id.parse::<usize>().unwrap()].as_ref().unwrap();
            // Remaining tokens below zero are shown for debt, and for held permits.
            let remaining = self.oracle.remaining(rule);
            let exact = tokens(if rule.has_debt() || rule.is_concurrency() {
                remaining
            } else {
                remaining.max(0)
            });
            assert!((status.tokens - exact).abs() < 1e-9, "{status:?} {exact}");
            let capacity = tokens(rule.capacity(self.oracle.limit(rule.limit)));
            assert!((status.capacity - capacity).abs() < 1e-9, "{status:?} {capacity}");
        }
    }
}

fn standing((priority, rank): (usize, i128)) -> Standing {
    Standing { class: Priority::ALL[priority], rank: Rank::new(rank as f64).unwrap() }
}

pub fn nth<T: Clone>(list: &[T], any: usize) -> Option<T> {
    list.get(any % list.len().max(1)).cloned()
}

/// When a waiter is granted if nothing else happens: the engine is driven from due instant to due
/// instant. Also returns whether each of them is a tick. Permits are released at once, or never.
fn time_of_grant(mut engine: Engine, ticket: Ticket, releasing: bool) -> (f64, bool) {
    let mut on_ticks = true;
    while engine.due() < f64::INFINITY {
        let due = engine.due();
        on_ticks &= (due * 8.0).fract() == 0.0;
        while let Some(settled) = engine.poll(due) {
            if settled == (ticket, Ok(())) {
                return (due, on_ticks);
            }
            // The release comes before the next waiter is examined, which may need it and have no
            // time left.
            if releasing {
                engine.release(settled.0, false, due);
            }
        }
        assert!(engine.due() > due || releasing);
    }
    (f64::INFINITY, on_ticks)
}
