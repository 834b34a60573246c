//! The ledger beside the engine: waiters, held permits, and the invariants after each call.

use std::collections::HashMap;

use multi_throttler_engine::{
    Costs, Engine, Options, Priority, Rejection, RuleStatus, Settled, Standing, Submission, Ticket,
};

/// An engine under observation.
#[derive(Debug)]
pub struct Ledger {
    pub engine: Engine,
    /// Time of the clock; the engine ignores times before its own.
    pub clock: f64,
    /// Whether a rule may have less than nothing remaining.
    pub debt: bool,
    /// Requests that wait and are not settled yet.
    waiting: HashMap<Ticket, Waiting>,
    /// Permits that are not released yet.
    held: HashMap<Ticket, Permit>,
    /// Every ticket ever given, for calls with a void one.
    tickets: Vec<Ticket>,
    /// Whether every settled request was polled, so that the ledger must agree with the engine.
    up_to_date: bool,
    answers: u64,
}

#[derive(Debug)]
struct Waiting {
    priority: Priority,
    permit: bool,
    costs: Costs,
}

#[derive(Debug)]
struct Permit {
    granted_at: f64,
    /// The shortest timeout; infinite if it has none.
    timeout: f64,
}

impl Permit {
    /// The end of the timeout; infinite if there is none, or beyond the times that engines know.
    fn ends_at(&self) -> f64 {
        let end = self.granted_at + self.timeout;
        if end <= HORIZON { end } else { f64::INFINITY }
    }
}

/// The latest time of an engine, in milliseconds: 2^51.
const HORIZON: f64 = 2_251_799_813_685_248.0;

impl Ledger {
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            clock: 0.0,
            debt: false,
            waiting: HashMap::new(),
            held: HashMap::new(),
            tickets: Vec::new(),
            up_to_date: true,
            answers: 0,
        }
    }

    /// A digest of all results so far.
    pub fn answers(&self) -> u64 {
        self.answers
    }

    /// Adds a result to the digest (FNV-1a, one word at a time).
    pub fn note(&mut self, answer: u64) {
        self.answers = (self.answers ^ answer).wrapping_mul(0x0100_0000_01b3);
    }

    pub fn submit(&mut self, costs: &Costs, options: Options) {
        let before = self.engine.waiting(None);
        match self.engine.submit(costs, options, self.clock) {
            Ok(Submission::Granted) => {
                assert!(!options.permit);
                self.note(1);
            }
            Ok(Submission::Held(ticket)) => {
                assert!(options.permit);
                self.is_new(ticket);
                self.hold(ticket);
            }
            Ok(Submission::Waiting(ticket)) => {
                // Its index may be that of a waiter that was dropped for it; the next poll reports
                // that one.
                self.up_to_date &= self.engine.waiting(None) > before;
                self.is_new(ticket);
                let Options { priority, permit, .. } = options;
                self.waiting.insert(ticket, Waiting { priority, permit, costs: costs.clone() });
            }
            Err(refusal) => {
                sane(&refusal);
                self.note(2);
            }
        }
        // Another waiter may have been dropped for it.
        self.up_to_date = false;
    }

    fn hold(&mut self, ticket: Ticket) {
        let permit = Permit { granted_at: self.engine.now(), timeout: f64::INFINITY };
        self.held.insert(ticket, permit);
    }

    fn is_new(&mut self, ticket: Ticket) {
        assert!(!self.tickets.contains(&ticket), "{ticket:?} was given twice");
        let twin = self
            .waiting
            .keys()
            .chain(self.held.keys())
            .find(|other| other.index() == ticket.index());
        // A dropped waiter may not have been polled yet.
        assert!(twin.is_none() || !self.up_to_date, "{ticket:?} has the place of {twin:?}");
        assert_eq!(self.engine.ticket(ticket.to_f64()), Some(ticket));
        self.tickets.push(ticket);
        self.note(ticket.to_f64().to_bits());
    }

    /// Notes a call that may have settled waiters.
    pub fn changed(&mut self) {
        self.up_to_date = false;
    }

    /// Any of the tickets ever given.
    pub fn any_ticket(&self, pick: u16) -> Option<Ticket> {
        self.tickets.get(usize::from(pick) % self.tickets.len().max(1)).copied()
    }

    /// Whether a ticket names a waiter or a held permit, by the ledger.
    pub fn is_known(&self, ticket: Ticket) -> bool {
        self.waiting.contains_key(&ticket) || self.held.contains_key(&ticket)
    }

    /// Cancels any of the tickets ever given; only a waiter can be cancelled.
    pub fn cancel(&mut self, pick: u16) {
        let Some(ticket) = self.any_ticket(pick) else { return };
        let done = self.engine.cancel(ticket);
        self.as_in_books(done, self.waiting.contains_key(&ticket), ticket);
        if done {
            self.waiting.remove(&ticket);
        }
    }

    /// Changes the priority of any of the tickets ever given. Only a waiter's can be changed, and
    /// only to one in which it can be granted.
    pub fn set_priority(&mut self, pick: u16, standing: Standing) {
        let Some(ticket) = self.any_ticket(pick) else { return };
        let done = self.engine.set_priority(ticket, standing, self.clock);
        let waiting = self.waiting.get(&ticket);
        let fits = |waiting: &Waiting| {
            let Standing { class: priority, rank } = standing;
            let options = Options { priority, rank, permit: true, ..Options::default() };
            let submission = self.engine.clone().submit(&waiting.costs, options, self.clock);
            matches!(submission, Ok(_) | Err(Rejection::QueueOverflow { .. }))
        };
        // A waiter that aged may fit, although a new request would not.
        self.as_in_books(done, waiting.is_some_and(|waiting| done || fits(waiting)), ticket);
        if let Some(waiting) = self.waiting.get_mut(&ticket).filter(|_| done) {
            waiting.priority = standing.class;
        }
    }

    /// Releases any of the tickets ever given; only a held permit can be released.
    pub fn release(&mut self, pick: u16, refund: bool) {
        let Some(ticket) = self.any_ticket(pick) else { return };
        let done = self.engine.release(ticket, refund, self.clock);
        assert_eq!(done, self.held.remove(&ticket).is_some(), "{ticket:?}");
    }

    /// Releases any of the tickets ever given at these costs. A second release changes nothing.
    pub fn release_at_cost(&mut self, pick: u16, actual: &Costs) {
        let Some(ticket) = self.any_ticket(pick) else { return };
        let done = self.engine.release_at_cost(ticket, actual, self.clock);
        assert_eq!(done, self.held.remove(&ticket).is_some(), "{ticket:?}");
        assert!(!self.engine.release_at_cost(ticket, actual, self.clock), "{ticket:?}");
    }

    /// Limits how long any of the tickets ever given is held; only a permit can be limited.
    pub fn lease(&mut self, pick: u16, timeout: f64) {
        let Some(ticket) = self.any_ticket(pick) else { return };
        let done = self.engine.lease(ticket, timeout, self.clock);
        let permit = self.held.get_mut(&ticket);
        assert_eq!(done, permit.is_some(), "{ticket:?}");
        if let Some(permit) = permit {
            permit.timeout = permit.timeout.min(timeout);
        }
    }

    fn as_in_books(&self, done: bool, known: bool, ticket: Ticket) {
        assert!(known || !done, "{ticket:?} does not wait");
        assert!(done || !known || !self.up_to_date, "{ticket:?} waits");
    }

    /// Notes that a permit was released as it was held for its timeout.
    fn expired(&mut self, ticket: Ticket, timeout: f64) {
        let permit = self.held.remove(&ticket).unwrap();
        assert_eq!(timeout, permit.timeout, "{ticket:?}");
        assert!(permit.ends_at() <= self.engine.now(), "{ticket:?} expired early: {permit:?}");
        assert_eq!(self.engine.ticket(ticket.to_f64()), None, "{ticket:?}");
        self.note(ticket.to_f64().to_bits());
    }

    fn settled(&mut self, (ticket, outcome): Settled) {
        if let Err(Rejection::HoldTimeout { timeout }) = outcome {
            return self.expired(ticket, timeout);
        }
        let Some(Waiting { permit, .. }) = self.waiting.remove(&ticket) else {
            panic!("{ticket:?} did not wait")
        };
        self.note(ticket.to_f64().to_bits());
        self.note(u64::from(outcome.is_ok()));
        if let Err(refusal) = &outcome {
            sane(refusal);
        }
        let holds = permit && outcome.is_ok();
        if holds {
            self.hold(ticket);
        }
        let waited = self.engine.waited(ticket);
        assert_eq!(waited.is_some(), holds, "{ticket:?}");
        assert!(waited.is_none_or(|waited| waited >= 0.0), "{waited:?}");
        assert_eq!(self.engine.ticket(ticket.to_f64()).is_some(), holds, "{ticket:?}");
    }

    /// Polls until no request is settled. Each round removes a waiter or a permit from the ledger,
    /// so this ends.
    pub fn poll(&mut self) {
        while let Some(settled) = self.engine.poll(self.clock) {
            self.settled(settled);
        }
        self.up_to_date = true;
        // Otherwise a driver that sleeps until `due` would never sleep.
        let (due, now) = (self.engine.due(), self.engine.now());
        assert!(due > now, "nothing more to say at {now}, but due at {due}");
        if !self.waiting.is_empty() {
            self.check_schedule();
        }
    }

    /// Checks that no waiter is forgotten: replanning all waiters finds none that can be granted
    /// now or before `due`. A pause that ended long ago changes nothing but forces the engine to
    /// replan.
    fn check_schedule(&self) {
        let mut anew = self.engine.clone();
        assert_eq!(anew.pause(None, f64::NEG_INFINITY, self.clock), Ok(()));
        let due = if anew.poll(self.clock).is_some() { anew.now() } else { anew.due() };
        // An instant computed before others were granted may be rounded differently.
        let early = 1e-9 * due.abs().max(1.0);
        assert!(
            self.engine.due() <= due + early,
            "due at {due}, but planned for {}",
            self.engine.due()
        );
    }

    /// Polls at one due instant after another, until time alone settles no more waiters.
    pub fn run_out(&mut self) {
        self.poll();
        // A round settles no waiter if rules did not agree about the instant, or if a waiter aged.
        let rounds = 16 * self.waiting.len() + self.held.len() + 64;
        for _ in 0..rounds {
            let due = self.engine.due();
            if due == f64::INFINITY {
                return;
            }
            self.clock = due;
            self.poll();
            self.check();
            self.check_rules();
        }
        assert_eq!(
            self.engine.due(),
            f64::INFINITY,
            "not done after {rounds} rounds: {:#?}",
            self.engine
        );
    }

    /// Clears the queue and releases all permits.
    pub fn end(&mut self) {
        let waiting = self.engine.waiting(None);
        assert_eq!(self.engine.clear(&Rejection::Closed), waiting);
        self.poll();
        for ticket in self.held.keys().copied().collect::<Vec<_>>() {
            assert!(self.engine.release(ticket, false, self.clock));
            assert!(!self.engine.release(ticket, false, self.clock));
        }
        self.held.clear();
        self.poll();
        self.check();
        self.engine.reset(self.clock);
        for rule in self.engine.status(self.clock) {
            // Held costs may have been added and subtracted with different roundings.
            assert!(rule.capacity - rule.tokens <= 1e-9 * rule.capacity, "not full: {rule:?}");
        }
    }

    /// Checks the invariants after every call.
    pub fn check(&mut self) {
        let engine = &self.engine;
        assert!(engine.now().is_finite());
        let due = engine.due();
        assert!(!due.is_nan());
        if self.up_to_date {
            assert_eq!(engine.waiting(None), self.waiting.len());
            for class in Priority::ALL {
                let count =
                    self.waiting.values().filter(|waiting| waiting.priority == class).count();
                assert_eq!(engine.waiting(Some(class)), count, "{class:?}");
            }
            let ends = self.held.values().map(Permit::ends_at);
            let lease = ends.fold(f64::INFINITY, f64::min);
            assert!(due <= lease, "due at {due}, but a permit expires at {lease}");
            assert!(due == lease || !self.waiting.is_empty(), "nothing waits, but due at {due}");
        } else {
            assert!(engine.waiting(None) <= self.waiting.len());
        }
        self.note(due.to_bits());
    }

    /// Checks the remaining tokens of each rule.
    pub fn check_rules(&self) {
        // A copy is asked, as asking may advance its state.
        for rule in self.engine.clone().status(self.clock) {
            self.check_status(&rule);
        }
    }

    fn check_status(&self, rule: &RuleStatus) {
        let RuleStatus { tokens, capacity, utilization, .. } = *rule;
        // A mode may leave a capacity of 0.
        assert!(capacity >= 0.0 && capacity.is_finite(), "{rule:?}");
        assert!(tokens <= capacity && tokens.is_finite(), "{rule:?}");
        assert!(utilization >= 0.0, "{rule:?}");
        assert!(self.debt || (tokens >= 0.0 && utilization <= 1.0), "{rule:?}");
    }
}

/// Checks that a rejection has a text, and consistent numbers.
pub fn sane(refusal: &Rejection) {
    assert!(!refusal.to_string().is_empty() && !refusal.code().is_empty());
    match refusal {
        Rejection::WaitTimeout { estimated_wait, .. } => {
            assert!(*estimated_wait >= 0.0, "{refusal:?}")
        }
        Rejection::CostExceedsCapacity { cost, capacity, .. } => {
            assert!(cost > capacity, "{refusal:?}")
        }
        _ => {}
    }
}
