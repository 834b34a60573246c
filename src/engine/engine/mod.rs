//! The engine: state and time.

mod clocks;
mod configure;
mod estimate;
mod events;
mod held;
mod modes;
mod pauses;
mod permits;
mod persistence;
mod rules;
mod server;
mod stats;
mod submit;
mod waiting;

use std::collections::VecDeque;

use crate::collections::cost_vectors::CostVectors;
use crate::config::{Config, MaxWaiting, Ordering};
use crate::error::{InvalidField, Value};
use crate::queue::Queue;
use crate::request::{Priority, Settled, Ticket};
use crate::rules::Rules;
use crate::rules::quota::Quota;
use crate::schedule::{Context, Schedule};
use crate::server::ServerClock;
use crate::server::backoff::Backoff;
use crate::stats::Counters;
use crate::time::HORIZON;
pub use held::LaneCost;

const AGING: &str = "a number of milliseconds above 0";

/// Grants requests that take tokens from several rules atomically.
///
/// A request is granted once every rule that it names has enough tokens remaining, and takes all of
/// them at that instant; until then it takes none and waits. Waiters are served by [`Priority`],
/// then first in, first out. [`Ordering`] tells when one may overtake another.
///
/// # Driving the engine
///
/// The engine reads no clock and arms no timer. Each call that depends on time takes `now`, in
/// milliseconds of a monotonic clock. A `now` that is NaN, 70 000 years away from 0, or earlier
/// than before is treated as the latest valid one, so a clock that steps back neither adds nor
/// removes tokens.
///
/// 1. Submit requests, release permits and report responses as they happen.
/// 2. After each call, call [`poll`](Engine::poll) until it returns `None`.
/// 3. Sleep until [`due`](Engine::due), or until the next call.
///
/// Late polling delays grants and expires waiters whose deadline has passed; it never grants too
/// much.
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
/// // Three tokens remain; the bucket gains the other four in 400 ms.
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
    /// Settled waiters that `poll` has not returned yet.
    outbox: VecDeque<Settled>,
    max_waiting: MaxWaiting,
    ordering: Ordering,
    backoff: Backoff,
    clock: ServerClock,
    /// Whether refusals halve limits.
    adaptive: bool,
    now: f64,
    /// Whether the engine was told a time.
    started: bool,
    due: f64,
    counters: Counters,
}

impl Default for Engine {
    fn default() -> Self {
        Self::with(Quota::default(), Config::default())
    }
}

/// Setup.
impl Engine {
    /// Makes an engine without rules.
    ///
    /// # Errors
    /// A field of `config` is out of its range.
    pub fn new(config: Config) -> Result<Self, InvalidField> {
        Ok(Self::with(Self::check(&config)?, config))
    }

    /// Checks a configuration. Returns its share and modes.
    fn check(config: &Config) -> Result<Quota, InvalidField> {
        if config.aging <= 0.0 || config.aging.is_nan() {
            return Err(InvalidField::new("aging", Value::Number(config.aging), AGING));
        }
        config.backoff.check()?;
        Quota::new(config.share, &config.modes)
    }

    fn with(quota: Quota, config: Config) -> Self {
        let Config {
            max_waiting, ordering, reservations, overflow, aging, backoff, adaptive, ..
        } = config;
        Self {
            rules: Rules::new(quota),
            vectors: CostVectors::default(),
            queue: Queue::new(aging, overflow),
            schedule: Schedule::new(ordering, reservations),
            outbox: VecDeque::new(),
            max_waiting,
            ordering,
            backoff: Backoff::new(backoff),
            clock: ServerClock::default(),
            adaptive,
            now: 0.0,
            started: false,
            due: f64::INFINITY,
            counters: Counters::default(),
        }
    }
}

/// Time.
impl Engine {
    /// The ticket that [`Ticket::to_f64`] converted to this number, if its request still waits or
    /// holds a permit.
    pub fn ticket(&self, number: f64) -> Option<Ticket> {
        self.queue.find(number)
    }

    /// The number of waiters, in all or of one priority.
    pub fn waiting(&self, priority: Option<Priority>) -> usize {
        priority.map_or(self.queue.len(), |priority| self.queue.len_of(priority))
    }

    /// The latest time that the engine was told.
    pub fn now(&self) -> f64 {
        self.now
    }

    /// The next instant at which [`Engine::poll`] has something to do; infinite while time alone
    /// grants no waiter.
    pub fn due(&self) -> f64 {
        self.due
    }

    /// Advances the engine's time to `now` if that is later, and returns the engine's time.
    #[inline(always)]
    fn observe(&mut self, now: f64) -> f64 {
        if now.abs() <= HORIZON && (now > self.now || !self.started) {
            self.now = now;
            self.started = true;
        }
        while self.rules.has_expired(self.now) {
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

    /// The schedule, and the parts of the engine that it reads.
    fn parts(&mut self) -> (&mut Schedule, Context<'_>) {
        let Self { schedule, queue, vectors, rules, now, .. } = self;
        (schedule, Context { queue, vectors, rules, now: *now })
    }

    /// Computes the next due time.
    #[inline(always)]
    fn update_due(&mut self) {
        self.due = f64::INFINITY;
        if !self.outbox.is_empty() {
            self.due = self.now;
        } else if !self.queue.is_idle() {
            self.compute_due();
        }
    }

    #[inline(never)]
    fn compute_due(&mut self) {
        let lease = self.queue.first_lease().map_or(f64::INFINITY, |lease| lease.end);
        let mut due = f64::INFINITY;
        if !self.queue.is_empty() {
            let (schedule, mut context) = self.parts();
            due = schedule.due(&mut context).min(self.rules.expires_at());
        }
        self.due = due.min(lease);
        self.add_to_due();
    }

    /// Lets the due time include the first deadline and the first rise of a waiter.
    fn add_to_due(&mut self) {
        let deadline = self.queue.first_deadline().map_or(f64::INFINITY, |(deadline, _)| deadline);
        let due = self.due.min(deadline).min(self.queue.first_promotion());
        self.due = if due > HORIZON { f64::INFINITY } else { due };
    }
}
