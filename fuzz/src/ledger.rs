//! The books beside the engine: who waits, and what has to hold after each call.

use std::collections::HashMap;

use multi_throttler::{Engine, Priority, Refusal, RuleStatus, Settled, Ticket};

/// An engine under observation.
#[derive(Debug)]
pub struct Ledger {
    pub engine: Engine,
    /// What the clock says; the engine believes only what is not before its own time.
    pub clock: f64,
    /// Those that were told to wait and have not been settled.
    waiting: HashMap<Ticket, Priority>,
    /// Every ticket there ever was, for calls with one that means nothing any more.
    tickets: Vec<Ticket>,
    /// What was answered, boiled down: the same calls must give the same.
    pub answers: u64,
}

impl Ledger {
    pub fn new(engine: Engine) -> Self {
        Self { engine, clock: 0.0, waiting: HashMap::new(), tickets: Vec::new(), answers: 0 }
    }

    /// Notes an answer (FNV-1a, one word at a time).
    pub fn note(&mut self, answer: u64) {
        self.answers = (self.answers ^ answer).wrapping_mul(0x0100_0000_01b3);
    }

    pub fn waits(&mut self, ticket: Ticket, priority: Priority) {
        assert_eq!(self.waiting.insert(ticket, priority), None, "{ticket:?} was given twice");
        assert_eq!(self.engine.ticket(ticket.to_f64()), Some(ticket));
        self.tickets.push(ticket);
        self.note(ticket.to_f64().to_bits());
    }

    /// Whether the request of a ticket waits, as far as the books know.
    pub fn is_waiting(&self, ticket: Ticket) -> bool {
        self.waiting.contains_key(&ticket)
    }

    /// One of all tickets there were.
    pub fn any_ticket(&self, pick: u16) -> Option<Ticket> {
        self.tickets.get(usize::from(pick) % self.tickets.len().max(1)).copied()
    }

    /// Cancels one of all tickets there were; only one that waits can be.
    pub fn cancel(&mut self, pick: u16) {
        let Some(ticket) = self.any_ticket(pick) else { return };
        let waited = self.waiting.remove(&ticket).is_some();
        assert_eq!(self.engine.cancel(ticket), waited, "{ticket:?}");
    }

    pub fn settled(&mut self, (ticket, outcome): Settled) {
        assert!(self.waiting.remove(&ticket).is_some(), "{ticket:?} did not wait");
        self.note(ticket.to_f64().to_bits());
        self.note(u64::from(outcome.is_ok()));
        if let Err(refusal) = outcome {
            sane(&refusal);
        }
        assert_eq!(self.engine.ticket(ticket.to_f64()), None, "{ticket:?} is still known");
    }

    /// All that is settled now. Each round takes somebody out of the books, so this ends.
    pub fn poll(&mut self) -> usize {
        let mut count = 0;
        while let Some(settled) = self.engine.poll(self.clock) {
            self.settled(settled);
            count += 1;
        }
        // Else whoever sleeps until `due` would never sleep.
        let (due, now) = (self.engine.due(), self.engine.now());
        assert!(due > now, "nothing more to say at {now}, but due at {due}");
        count
    }

    /// From one due instant to the next, until nothing more happens.
    pub fn run_out(&mut self) {
        // A round that settles nothing is one where limits did not agree about the instant.
        let rounds = 8 * self.waiting.len() + 64;
        for _ in 0..rounds {
            let due = self.engine.due();
            if due == f64::INFINITY {
                return;
            }
            self.clock = due;
            self.poll();
            self.check();
        }
        assert_eq!(self.engine.due(), f64::INFINITY, "not done after {rounds} rounds: {:?}", self.engine);
    }

    /// What holds after every call.
    pub fn check(&mut self) {
        let engine = &self.engine;
        assert_eq!(engine.waiting(None), self.waiting.len());
        for class in Priority::ALL {
            let count = self.waiting.values().filter(|&&priority| priority == class).count();
            assert_eq!(engine.waiting(Some(class)), count, "{class:?}");
        }
        assert!(engine.now().is_finite());
        let due = engine.due();
        assert!(!due.is_nan());
        if self.waiting.is_empty() {
            assert_eq!(due, f64::INFINITY, "nothing waits");
        }
        // Of a copy, as asking may move something on.
        for rule in self.engine.clone().status(self.clock) {
            check_status(&rule);
        }
        self.note(due.to_bits());
    }
}

fn check_status(rule: &RuleStatus) {
    let RuleStatus { tokens, capacity, utilization, .. } = *rule;
    assert!(capacity > 0.0 && capacity.is_finite(), "{rule:?}");
    assert!(tokens >= 0.0 && tokens <= capacity, "{rule:?}");
    assert!((0.0..=1.0).contains(&utilization), "{rule:?}");
}

/// A refusal has words, and no number that is none.
pub fn sane(refusal: &Refusal) {
    assert!(!refusal.to_string().is_empty() && !refusal.code().is_empty());
    match refusal {
        Refusal::WaitTimeout { estimated_wait, .. } => {
            assert!(*estimated_wait >= 0.0, "{refusal:?}");
        }
        Refusal::CostExceedsCapacity { cost, capacity, .. } => assert!(cost > capacity, "{refusal:?}"),
        _ => {}
    }
}
