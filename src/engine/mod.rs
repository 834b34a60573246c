//! Who is granted when: the engine itself.

/// What the schedule has to know of the rest of an engine.
macro_rules! world {
    ($engine:ident) => {
        $crate::schedule::World {
            queue: &$engine.queue,
            vectors: &$engine.vectors,
            rules: &mut $engine.rules,
            now: $engine.now,
        }
    };
}

mod estimate;
mod feedback;
mod limits;
mod saving;

use std::collections::VecDeque;

use crate::claims::Standing;
use crate::cost::{Cost, CostVectors, Costs, Slot};
use crate::error::{InvalidField, Refusal, Value};
use crate::feedback::Feedback;
use crate::limit::Algorithm;
use crate::queue::{Held, Priority, Queue, Request, Ticket, Turn};
use crate::quota::{NORMAL, Quota};
use crate::request::{Config, MaxWaiting, Options, Ordering, Overflow, Settled, Submission};
use crate::rules::Rules;
use crate::schedule::{Leaving, Outlook, Schedule};

/// Times are from -2^51 to 2^51 milliseconds, 70 000 years: all that is worked out from two of them is a number below
/// 2^53, of which the next whole one is another. What would come later never comes.
pub(crate) const HORIZON: f64 = 2_251_799_813_685_248.0;

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
/// use multi_throttler::{Costs, Engine, Options, Rule, Submission, TokenBucket};
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
    feedback: Feedback,
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
        config.back_off.check()?;
        Ok(Self::with(Quota::new(config.share, &config.modes)?, config))
    }

    fn with(quota: Quota, config: Config) -> Self {
        let Config { max_waiting, ordering, overflow, aging, back_off, adaptive, .. } = config;
        Self {
            rules: Rules::new(quota),
            vectors: CostVectors::default(),
            queue: Queue::new(aging, overflow),
            schedule: Schedule::new(ordering),
            outbox: VecDeque::new(),
            max_waiting,
            ordering,
            overflow,
            feedback: Feedback::new(back_off),
            adaptive,
            now: 0.0,
            started: false,
            due: f64::INFINITY,
        }
    }
}

/// Requests.
impl Engine {
    /// Grants a request at once, puts it into the queue, or refuses it.
    ///
    /// It is granted at once if all its costs are left beside what those ahead of it want, or if it costs nothing.
    /// Requests that are due and were not polled yet still wait, so poll first.
    ///
    /// # Errors
    /// Why it was refused, checked in this order: a slot without a rule, a cost that is not a finite number of 0 or
    /// more, a cost above all that its rule can ever grant, a rule that needs a permit, a full queue, a wait known to be
    /// above `max_wait`.
    pub fn submit(&mut self, costs: &Costs, options: Options, now: f64) -> Result<Submission, Refusal> {
        let now = self.observe(now);
        let costs = costs.as_slice();
        match self.outlook(costs, options.priority, options.permit, now)? {
            Some(Outlook::Now) => Ok(self.grant_at_once(costs, options)),
            known => self.wait(costs, options, known).map(Submission::Waiting),
        }
    }

    /// Grants a request without a permit if nothing waits and all its costs are left: the short way of most requests, for
    /// which no [`Costs`] have to be put together. `false`: nothing was taken, and [`submit`](Engine::submit) grants it
    /// or tells why not. So it is too for costs of which two may name the same rule.
    #[inline(always)]
    pub fn grant<C>(&mut self, costs: C, priority: Priority, now: f64) -> bool
    where
        C: Iterator<Item = (Slot, f64)> + Clone,
    {
        let now = self.observe(now);
        let costs = costs.map(|(slot, amount)| Cost { slot, amount });
        // A bit for each slot, of which 64 are told apart: two of one bit are rare, and mostly not the same.
        let mut seen = 0_u64;
        let mut is_left = |cost: Cost| {
            let bit = 1_u64.wrapping_shl(cost.slot.0);
            let is_first = seen & bit == 0;
            seen |= bit;
            is_first && self.rules.allows(cost, priority, false, now) == Some(true)
        };
        let granted = self.queue.is_empty() && costs.clone().all(&mut is_left);
        if granted {
            self.rules.take(costs, false, now);
        }
        granted
    }

    /// Grants a request if [`submit`](Engine::submit) would grant it at once. `false`: it would wait; nothing was taken.
    ///
    /// # Errors
    /// As for [`submit`](Engine::submit), but nothing is put into the queue, so it cannot be full.
    pub fn try_submit(&mut self, costs: &Costs, priority: Priority, now: f64) -> Result<bool, Refusal> {
        let now = self.observe(now);
        let costs = costs.as_slice();
        let granted = self.outlook(costs, priority, false, now)? == Some(Outlook::Now);
        if granted {
            self.grant_at_once(costs, Options::default());
        }
        Ok(granted)
    }

    /// When a new request may go; `None` if nobody has to know as it is behind others that are waiting for the same.
    #[inline(always)]
    fn outlook(
        &mut self,
        costs: &[Cost],
        class: Priority,
        permit: bool,
        now: f64,
    ) -> Result<Option<Outlook>, Refusal> {
        match self.rules.check(costs, class, permit, now) {
            None => self.rules.refusal_of(costs, class, permit).map_or(Ok(None), Err),
            Some(true) if self.queue.is_empty() => Ok(Some(Outlook::Now)),
            _ if is_free(costs) => Ok(Some(Outlook::Now)),
            _ => Ok(self.outlook_behind(costs, class)),
        }
    }

    /// The same for costs that are in order, but not left to one that comes now.
    fn outlook_behind(&mut self, costs: &[Cost], class: Priority) -> Option<Outlook> {
        let behind = match self.ordering {
            Ordering::StrictFifo => self.queue.is_behind_some(class),
            Ordering::WorkConserving => {
                self.vectors.find(costs).is_some_and(|vector| self.schedule.is_waited_for(vector, class))
            }
        };
        (!behind).then(|| self.schedule.outlook(costs, class, Standing::Last, &mut world!(self)))
    }

    #[inline(always)]
    fn grant_at_once(&mut self, costs: &[Cost], options: Options) -> Submission {
        self.rules.take(costs.iter().copied(), options.permit, self.now);
        if !self.queue.is_empty() {
            // Who waits may have less left now.
            self.schedule.delay(|_| true);
            self.plan();
        }
        if options.permit { self.hold(costs, options.priority) } else { Submission::Granted }
    }

    /// Keeps the costs of a request that was granted at once until its permit is released.
    fn hold(&mut self, costs: &[Cost], priority: Priority) -> Submission {
        self.rules.engage(costs);
        let vector = self.vectors.acquire(costs);
        Submission::Held(self.queue.hold(vector, priority, self.now))
    }

    /// Puts a request of valid costs into the queue.
    fn wait(&mut self, costs: &[Cost], options: Options, known: Option<Outlook>) -> Result<Ticket, Refusal> {
        let dropped = self.room_for(options.priority)?;
        self.check_wait(costs, options, known, dropped)?;
        if let Some(dropped) = dropped {
            let max_capacity = self.max_capacity(options.priority);
            self.refuse(dropped, Refusal::QueueOverflow { max_capacity });
        }
        // Whoever was dropped may have been in the way; then it is looked at again.
        let ticket = self.enqueue(costs, options, known.filter(|_| dropped.is_none()));
        self.plan();
        Ok(ticket)
    }

    /// Whether one more request of a priority may wait, and who has to leave for it.
    fn room_for(&mut self, priority: Priority) -> Result<Option<Ticket>, Refusal> {
        let max_capacity = self.max_capacity(priority);
        let (waiting, last) = match self.max_waiting {
            MaxWaiting::Total(_) => (self.queue.len(), self.queue.last_below(priority)),
            MaxWaiting::PerPriority(_) => (self.queue.len_of(priority), None),
        };
        match (waiting as f64 >= max_capacity, self.overflow, last) {
            (false, ..) => Ok(None),
            (true, Overflow::DropLowest, Some(last)) => Ok(Some(last)),
            _ => Err(Refusal::QueueOverflow { max_capacity }),
        }
    }

    fn max_capacity(&self, priority: Priority) -> f64 {
        match self.max_waiting {
            MaxWaiting::Total(total) => total,
            MaxWaiting::PerPriority(limits) => limits.get(priority as usize).copied().unwrap_or(0.0),
        }
    }

    fn enqueue(&mut self, costs: &[Cost], options: Options, known: Option<Outlook>) -> Ticket {
        self.rules.engage(costs);
        let vector = self.vectors.acquire(costs);
        let turn = self.queue.next_turn(options.priority);
        let ticket = self.queue.push(vector, options, self.now);
        self.schedule.enter(vector, ticket.index(), turn, known, &world!(self));
        ticket
    }

    /// Takes a waiting request out of the queue, as if it had never been submitted. `false`: the ticket names none.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        let found = self.leave(ticket, Leaving::Ungranted).is_some();
        self.plan();
        found
    }

    /// Releases a permit: what it holds of limits of concurrency is given back. With `refund` the request was never
    /// sent, and all its costs are. `false`: the ticket names no permit; nothing changed.
    pub fn release(&mut self, ticket: Ticket, refund: bool, now: f64) -> bool {
        let now = self.observe(now);
        let Some(held) = self.queue.release(ticket) else { return false };
        if held.is_flying {
            self.land(&held);
        }
        let Held { vector, granted_at, .. } = held;
        let costs = self.vectors.get(vector);
        for cost in costs {
            let entry = self.rules.get_mut(cost.slot);
            if let Some(entry) = entry.filter(|entry| refund || entry.limit.needs_permit()) {
                entry.limit.give_back(cost.amount, granted_at, now);
                self.schedule.free(cost.slot, Turn::FIRST);
            }
        }
        self.rules.disengage(costs);
        self.vectors.release(vector);
        self.plan();
        true
    }

    /// Makes a waiting request one of another priority, as if it had been submitted with that. `false`: the ticket names
    /// none, or it could never be granted so; nothing changed.
    pub fn set_priority(&mut self, ticket: Ticket, priority: Priority, now: f64) -> bool {
        let now = self.observe(now);
        let Some(&request) = self.queue.waiting(ticket) else { return false };
        let class = self.queue.class_of(&request, priority, now);
        let costs = self.vectors.get(request.vector);
        if self.rules.refusal_of(costs, class, request.asks_for_permit()).is_some() {
            return false;
        }
        self.reclass(ticket, Leaving::Ungranted, |queue| queue.reclass(ticket.index(), priority, class));
        self.plan();
        true
    }

    /// Moves a waiting request to another turn.
    fn reclass(&mut self, ticket: Ticket, leaving: Leaving, change: impl FnOnce(&mut Queue)) {
        let Some(&request) = self.queue.waiting(ticket) else { return };
        self.schedule.leave(request.vector, request.place(ticket), leaving, &mut world!(self));
        change(&mut self.queue);
        if let Some(turn) = self.queue.waiting(ticket).map(Request::turn) {
            self.schedule.enter(request.vector, ticket.index(), turn, None, &world!(self));
            self.schedule.delay(|_| true);
        }
    }

    /// Refuses all that wait. Returns how many those were.
    pub fn clear(&mut self, refusal: &Refusal) -> usize {
        let waiting = self.queue.len();
        self.evict(|_, _, _| Some(refusal.clone()));
        self.plan();
        waiting
    }

    /// The next request that was granted or refused, or is at `now`; `None` if there is no more to do until
    /// [`Engine::due`].
    pub fn poll(&mut self, now: f64) -> Option<Settled> {
        let now = self.observe(now);
        if let Some(settled) = self.outbox.pop_front() {
            return Some(settled);
        }
        if now < self.due {
            return None;
        }
        while let Some(ticket) = self.queue.old_enough(now) {
            self.reclass(ticket, Leaving::Promoted, |queue| queue.promote(ticket));
        }
        // At its very deadline a request may still be granted, after it no more.
        let deadline = self.queue.first_deadline();
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline < now) {
            return self.expire(ticket);
        }
        let next = self.schedule.next(&mut world!(self));
        if let Some((ticket, _)) = next.and_then(|index| self.queue.at(index)) {
            let request = self.leave(ticket, Leaving::Granted)?;
            let permit = request.asks_for_permit();
            self.rules.take(self.vectors.get(request.vector).iter().copied(), permit, now);
            return Some((ticket, Ok(())));
        }
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline <= now) {
            return self.expire(ticket);
        }
        self.plan();
        None
    }

    /// Refuses a request whose deadline has come. How long it would still wait is known as far as each rule by itself
    /// tells.
    fn expire(&mut self, ticket: Ticket) -> Option<Settled> {
        let request = self.leave(ticket, Leaving::Ungranted)?;
        let costs: Vec<Cost> = self.vectors.get(request.vector).to_vec();
        let (turn, world) = (request.turn(), &mut world!(self));
        let ready_at = self.schedule.earliest(&costs, turn.class(), Standing::At(turn), world);
        let estimated_wait = ready_at - self.now;
        Some((ticket, Err(Refusal::WaitTimeout { max_wait: request.max_wait, estimated_wait })))
    }

    /// The ticket that [`Ticket::to_f64`] made this number of, if its request still waits or its permit is held.
    pub fn ticket(&self, number: f64) -> Option<Ticket> {
        self.queue.find(number)
    }

    /// How many requests wait, in all or of one priority.
    pub fn waiting(&self, priority: Option<Priority>) -> usize {
        priority.map_or(self.queue.len(), |priority| self.queue.len_of(priority))
    }

    /// How many milliseconds the request waited whose permit is held; `None` if the ticket names no such permit.
    pub fn waited(&self, ticket: Ticket) -> Option<f64> {
        self.queue.waited(ticket)
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
        while self.now >= self.rules.quota.ends() || self.now >= self.rules.lifts_at {
            self.end_what_was_for_a_time();
        }
        self.now
    }

    /// Ends the mode that is on, or lifts what was cut, whichever comes first.
    #[cold]
    fn end_what_was_for_a_time(&mut self) {
        let (ends, lifts_at) = (self.rules.quota.ends(), self.rules.lifts_at);
        if lifts_at <= ends {
            self.rules.lift(lifts_at);
            self.look_again_at_all();
        } else {
            self.rules.quota.set_normal();
            self.mode_changed(ends);
        }
    }

    /// Takes a request out of the queue. Of one whose permit is held from now on the costs are kept.
    fn leave(&mut self, ticket: Ticket, leaving: Leaving) -> Option<Request> {
        let request = *self.queue.waiting(ticket)?;
        self.schedule.leave(request.vector, request.place(ticket), leaving, &mut world!(self));
        let granted_at = (leaving == Leaving::Granted).then_some(self.now);
        if !self.queue.leave(ticket, granted_at) {
            self.rules.disengage(self.vectors.get(request.vector));
            self.vectors.release(request.vector);
        }
        Some(request)
    }

    /// Refuses a waiting request; `poll` will tell.
    fn refuse(&mut self, ticket: Ticket, refusal: Refusal) {
        if self.leave(ticket, Leaving::Ungranted).is_some() {
            self.outbox.push_back((ticket, Err(refusal)));
        }
    }

    /// Refuses all for which there is a refusal, in the order in which they are served.
    fn evict(&mut self, refusal_of: impl Fn(&[Cost], &Request, &Rules) -> Option<Refusal>) {
        for (ticket, vector) in self.queue.in_order() {
            let Some(request) = self.queue.waiting(ticket) else { continue };
            if let Some(refusal) = refusal_of(self.vectors.get(vector), request, &self.rules) {
                self.refuse(ticket, refusal);
            }
        }
    }

    /// Works out when something is to be done next.
    fn plan(&mut self) {
        self.due = if !self.outbox.is_empty() {
            self.now
        } else if self.queue.is_empty() {
            f64::INFINITY
        } else {
            let due = self.schedule.due(&mut world!(self));
            let deadline = self.queue.first_deadline().map_or(f64::INFINITY, |(deadline, _)| deadline);
            due.min(deadline)
                .min(self.queue.first_promotion())
                .min(self.rules.quota.ends())
                .min(self.rules.lifts_at)
        };
        if self.due > HORIZON {
            self.due = f64::INFINITY;
        }
    }
}

/// Whether nothing is asked of any rule.
fn is_free(costs: &[Cost]) -> bool {
    costs.iter().all(|cost| cost.amount == 0.0)
}
