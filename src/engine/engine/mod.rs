//! Who is granted when: the engine itself.

mod clocks;
mod estimate;
mod modes;
mod pauses;
mod permits;
mod persistence;
mod rules;
mod server;
mod submit;
mod waiting;

use std::collections::VecDeque;

use crate::collections::cost_vectors::CostVectors;
use crate::config::{Config, MaxWaiting, Ordering, Overflow};
use crate::error::{InvalidField, Value};
use crate::queue::Queue;
use crate::request::{Priority, Settled, Ticket};
use crate::rules::Rules;
use crate::rules::quota::Quota;
use crate::schedule::{Context, Schedule};
use crate::server::ServerClock;
use crate::server::backoff::Backoff;
use crate::time::HORIZON;

const AGING: &str = "a number of milliseconds above 0";

/// Grants requests that cost tokens under several rules at once, all or nothing: the most important first,
/// of those the first come first, and nobody kept waiting by what nobody can have.
///
/// The engine knows no clock. Each call that depends on time takes `now`, in milliseconds on any clock that runs
/// steadily; a `now` that is before an earlier one, no number, or 70 000 years away from 0, counts as the latest there
/// was, so a clock that steps back neither adds nor takes anything. Whoever drives the engine calls [`poll`](Engine::poll) until it has
/// nothing more to say, then sleeps until [`due`](Engine::due). Polling too late harms nobody but who waits: grants are
/// late, and a request whose deadline has passed meanwhile is refused.
///
/// ```
/// use multi_throttler_engine::{Costs, Engine, Options, Rule, Submission, TokenBucket};
///
/// let mut engine = Engine::default();
/// engine.add_rule(Rule::new("weight", TokenBucket::new(10.0, 1.0 / 100.0)?)?, 0.0);
/// let mut costs = Costs::default();
/// costs.add(engine.slot("weight", 0.0)?, 7.0);
///
/// assert_eq!(engine.submit(&costs, Options::default(), 0.0)?, Submission::Granted);
/// // Three are left; the other four take 400 ms to come in.
/// let Submission::Waiting(ticket) = engine.submit(&costs, Options::default(), 0.0)? else { panic!() };
/// assert_eq!(engine.due(), 400.0);
/// assert_eq!(engine.poll(399.9), None);
/// assert_eq!(engine.poll(400.0), Some((ticket, Ok(()))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    rules: Rules,
    vectors: CostVectors,
    queue: Queue,
    schedule: Schedule,
    /// What was settled and has not been told yet.
    outbox: VecDeque<Settled>,
    max_waiting: MaxWaiting,
    ordering: Ordering,
    overflow: Overflow,
    backoff: Backoff,
    clock: ServerClock,
    /// Whether limits are cut when the server refuses.
    adaptive: bool,
    now: f64,
    /// Whether a time was told.
    started: bool,
    due: f64,
}

impl Default for Engine {
    fn default() -> Self {
        Self::with(Quota::default(), Config::default())
    }
}

/// Setting up.
impl Engine {
    /// An engine without rules.
    ///
    /// # Errors
    /// A field of `config` is out of its range.
    pub fn new(config: Config) -> Result<Self, InvalidField> {
        if config.aging <= 0.0 || config.aging.is_nan() {
            return Err(InvalidField::new("aging", Value::Number(config.aging), AGING));
        }
        config.backoff.check()?;
        Ok(Self::with(Quota::new(config.share, &config.modes)?, config))
    }

    fn with(quota: Quota, config: Config) -> Self {
        let Config { max_waiting, ordering, overflow, aging, backoff, adaptive, .. } = config;
        Self {
            rules: Rules::new(quota),
            vectors: CostVectors::default(),
            queue: Queue::new(aging, overflow),
            schedule: Schedule::new(ordering),
            outbox: VecDeque::new(),
            max_waiting,
            ordering,
            overflow,
            backoff: Backoff::new(backoff),
            clock: ServerClock::default(),
            adaptive,
            now: 0.0,
            started: false,
            due: f64::INFINITY,
        }
    }
}

/// Requests.
impl Engine {
    /// The ticket that [`Ticket::to_f64`] made this number of, if its request still waits or its permit is held.
    pub fn ticket(&self, number: f64) -> Option<Ticket> {
        self.queue.find(number)
    }

    /// How many requests wait, in all or of one priority.
    pub fn waiting(&self, priority: Option<Priority>) -> usize {
        priority.map_or(self.queue.len(), |priority| self.queue.len_of(priority))
    }

    /// The latest time that the engine was told.
    pub fn now(&self) -> f64 {
        self.now
    }

    /// When [`Engine::poll`] has something to do next; infinite while nothing that waits can be granted by time alone.
    pub fn due(&self) -> f64 {
        self.due
    }

    /// Moves the engine's time on to `now` if that is later, and returns the engine's time.
    #[inline(always)]
    fn observe(&mut self, now: f64) -> f64 {
        if now.abs() <= HORIZON && (now > self.now || !self.started) {
            self.now = now;
            self.started = true;
        }
        while self.now >= self.rules.expires_at() {
            self.expire_temporary_limits();
        }
        self.now
    }

    /// Ends the mode that is on, or restores reduced limits, whichever comes first.
    #[cold]
    fn expire_temporary_limits(&mut self) {
        self.rules.expire_temporary_limits(self.clock.unix_offset());
        self.replan_all();
    }

    /// The schedule, and what it has to know of the rest of the engine.
    fn parts(&mut self) -> (&mut Schedule, Context<'_>) {
        let Self { schedule, queue, vectors, rules, now, .. } = self;
        (schedule, Context { queue, vectors, rules, now: *now })
    }

    /// Works out when something is to be done next.
    fn update_due(&mut self) {
        self.due = if !self.outbox.is_empty() {
            self.now
        } else if self.queue.is_empty() {
            f64::INFINITY
        } else {
            let (schedule, mut context) = self.parts();
            let due = schedule.due(&mut context);
            let deadline = self.queue.first_deadline().map_or(f64::INFINITY, |(deadline, _)| deadline);
            due.min(deadline).min(self.queue.first_promotion()).min(self.rules.expires_at())
        };
        if self.due > HORIZON {
            self.due = f64::INFINITY;
        }
    }
}
