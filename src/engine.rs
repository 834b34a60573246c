//! Who is granted when: the engine itself.

use crate::cost::{Cost, CostVectors, Costs, Slot, VectorId};
use crate::error::Refusal;
use crate::limit::Algorithm;
use crate::queue::{Priority, Queue, Request, Ticket};
use crate::request::{MaxWaiting, Options, Settled, Submission};
use crate::rule::Rule;
use crate::rules::{Limits, RuleStatus, Rules};

/// Unix time is read in whole milliseconds, so readings that differ by no more than this mean the same.
const SAME_READING: f64 = 2.0;

/// Grants requests that cost tokens under several rules at once, all or nothing, first come first served.
///
/// The engine knows no clock. Each call that depends on time takes `now`, in milliseconds on any clock that runs
/// steadily; a `now` that is before an earlier one, or not finite, counts as the latest there was, so a clock that
/// steps back neither adds nor takes anything. Whoever drives the engine calls [`poll`](Engine::poll) until it has
/// nothing more to say, then sleeps until [`due`](Engine::due). Polling too late harms nobody but who waits: grants are
/// late, and a request whose deadline has passed meanwhile is refused.
///
/// ```
/// use multi_throttler::{Costs, Engine, Options, Rule, Submission, TokenBucket};
///
/// let mut engine = Engine::default();
/// engine.add_rule(Rule::new("weight", TokenBucket::new(10.0, 1.0 / 100.0)?)?, 0.0);
/// let mut costs = Costs::default();
/// costs.add(engine.slot("weight").unwrap(), 7.0);
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
    max_waiting: MaxWaiting,
    now: f64,
    /// Whether a time was told.
    started: bool,
    due: f64,
    /// Unix time less the engine's, in milliseconds.
    calendar: f64,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(MaxWaiting::default())
    }
}

impl Engine {
    /// An engine without rules.
    pub fn new(max_waiting: MaxWaiting) -> Self {
        Self {
            rules: Rules::default(),
            vectors: CostVectors::default(),
            queue: Queue::new(),
            max_waiting,
            now: 0.0,
            started: false,
            due: f64::INFINITY,
            calendar: 0.0,
        }
    }

    /// Adds a rule, or replaces the rule of that id, its tokens too. Returns what no longer can be granted because
    /// it costs more than the new rule's capacity.
    pub fn add_rule(&mut self, mut rule: Rule, now: f64) -> Vec<Settled> {
        let now = self.observe(now);
        rule.limit.start(now);
        rule.limit.set_calendar(self.calendar, now);
        let capacity = rule.limit.capacity();
        let id = rule.id.clone();
        self.rules.insert(rule);
        let Some(slot) = self.rules.find(&id) else {
            return Vec::new();
        };
        self.evict(&|costs| {
            let cost = costs.iter().find(|cost| cost.slot == slot && cost.amount > capacity)?;
            Some(Refusal::CostExceedsCapacity { rule: id.clone(), cost: cost.amount, capacity })
        })
    }

    /// Removes a rule and whatever waits on it, which is returned. `None`: there is no such rule.
    pub fn remove_rule(&mut self, id: &str) -> Option<Vec<Settled>> {
        let slot = self.rules.remove(id)?;
        Some(self.evict(&|costs| {
            let waits_on_it = costs.iter().any(|cost| cost.slot == slot);
            waits_on_it.then(|| Refusal::RuleRemoved { rule: id.to_owned() })
        }))
    }

    /// Refuses all that wait.
    pub fn clear(&mut self, refusal: &Refusal) -> Vec<Settled> {
        self.evict(&|_| Some(refusal.clone()))
    }

    /// Makes every rule full again.
    pub fn reset(&mut self, now: f64) {
        let now = self.observe(now);
        for limit in self.rules.limits_mut() {
            limit.set_available(limit.capacity(), now);
        }
        self.plan();
    }

    /// Makes `tokens`, cut to what the rule can hold, what is left of a rule. `false`: there is no such rule, or
    /// `tokens` is NaN; nothing changed.
    pub fn set_tokens(&mut self, id: &str, tokens: f64, now: f64) -> bool {
        let now = self.observe(now);
        let Some(limit) = self.rules.find(id).and_then(|slot| self.rules.limit_mut(slot)) else {
            return false;
        };
        if tokens.is_nan() {
            return false;
        }
        limit.set_available(tokens, now);
        self.plan();
        true
    }

    /// Whether a rule counts by the calendar, so that the engine has to be told Unix time: see
    /// [`set_calendar`](Engine::set_calendar).
    pub fn uses_calendar(&self) -> bool {
        self.rules.iter().any(|rule| rule.limit.uses_calendar())
    }

    /// Tells the engine that `now` is the Unix time `unix_now`, in milliseconds, on the clock of the server that is
    /// limited by. Best told whenever the time is; a step of that clock, also a large one, is put up with safely.
    pub fn set_calendar(&mut self, unix_now: f64, now: f64) {
        let now = self.observe(now);
        let offset = unix_now - now;
        let correction = (offset - self.calendar).abs();
        if !(correction > SAME_READING && correction < f64::INFINITY) {
            return;
        }
        self.calendar = offset;
        for limit in self.rules.limits_mut() {
            limit.set_calendar(offset, now);
        }
        self.plan();
    }

    /// A number that changes whenever a [`Slot`] may have come to stand for another rule.
    pub fn rules_version(&self) -> u64 {
        self.rules.version()
    }

    /// Where the rule of an id is kept, for use in [`Costs`]. Valid until that rule is removed.
    pub fn slot(&self, id: &str) -> Option<Slot> {
        self.rules.find(id)
    }

    /// The refusal of a cost that names a rule which does not exist.
    pub fn unknown_rule(&self, id: &str) -> Refusal {
        self.rules.unknown(id)
    }

    /// What is left of every rule, in the order in which they were added.
    pub fn status(&mut self, now: f64) -> Vec<RuleStatus> {
        let now = self.observe(now);
        self.rules.status(now)
    }

    /// How many requests wait, in all classes or in one.
    pub fn waiting(&self, priority: Option<Priority>) -> usize {
        priority.map_or(self.queue.len(), |priority| self.queue.len_of(priority))
    }

    /// Grants a request at once, puts it into the queue, or refuses it.
    ///
    /// It is granted at once if all its costs are available and nothing of its class or a more important one waits,
    /// or if it costs nothing. Requests that are due and were not polled yet still wait, so poll first.
    ///
    /// # Errors
    /// Why it was refused, checked in this order: a slot without a rule, a cost that is not a finite number of 0 or
    /// more, a cost above its rule's capacity, a full queue, a wait known to be above `max_wait`.
    pub fn submit(&mut self, costs: &Costs, options: Options, now: f64) -> Result<Submission, Refusal> {
        let now = self.observe(now);
        let costs = costs.as_slice();
        let grantable = self.rules.check(costs, now)?;
        if self.queue.is_empty() {
            if grantable {
                self.rules.take(costs, now);
                return Ok(Submission::Granted);
            }
        } else if grantable && (!self.queue.is_blocked(options.priority) || is_free(costs)) {
            self.rules.take(costs, now);
            // What waits has less left now.
            self.plan();
            return Ok(Submission::Granted);
        }
        self.wait(costs, options, now).map(Submission::Waiting)
    }

    /// Takes a waiting request out of the queue, as if it had never been submitted. `false`: the ticket names none.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        let found = self.leave(ticket);
        self.plan();
        found
    }

    /// The next request that is granted or refused at `now`; `None` if there is no more to do until [`Engine::due`].
    pub fn poll(&mut self, now: f64) -> Option<Settled> {
        let now = self.observe(now);
        if now < self.due {
            return None;
        }
        // At its very deadline a request may still be granted, after it no more.
        let deadline = self.queue.first_deadline();
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline < now) {
            return Some(self.expire(ticket));
        }
        if let Some((ticket, request)) = self.queue.front() {
            let costs = self.vectors.get(request.vector);
            if self.rules.allow(costs, now) {
                self.rules.take(costs, now);
                self.leave(ticket);
                return Some((ticket, Ok(())));
            }
        }
        if let Some((_, ticket)) = deadline.filter(|(deadline, _)| *deadline <= now) {
            return Some(self.expire(ticket));
        }
        self.plan();
        None
    }

    /// The ticket that [`Ticket::to_f64`] made this number of, if its request still waits.
    pub fn ticket(&self, number: f64) -> Option<Ticket> {
        self.queue.find(number)
    }

    /// The latest time that the engine was told.
    pub fn now(&self) -> f64 {
        self.now
    }

    /// When [`Engine::poll`] has something to do next; infinite while nothing that waits can ever be granted.
    pub fn due(&self) -> f64 {
        self.due
    }

    /// How many milliseconds a request would wait if nothing else happened but time; infinite if it could never be
    /// granted.
    ///
    /// # Errors
    /// As for [`Engine::submit`], but a long wait and a full queue are no errors.
    pub fn estimate_wait(&mut self, costs: &Costs, priority: Priority, now: f64) -> Result<f64, Refusal> {
        let now = self.observe(now);
        let costs = costs.as_slice();
        self.rules.check(costs, now)?;
        Ok(if is_free(costs) { 0.0 } else { self.rehearse(costs, priority, None) - now })
    }

    /// Moves the engine's time on to `now` if that is later, and returns the engine's time.
    fn observe(&mut self, now: f64) -> f64 {
        if now.is_finite() && (now > self.now || !self.started) {
            self.now = now;
            self.started = true;
        }
        self.now
    }

    /// Puts a request of valid costs into the queue.
    fn wait(&mut self, costs: &[Cost], options: Options, now: f64) -> Result<Ticket, Refusal> {
        let Options { priority, max_wait } = options;
        let (waiting, max_capacity) = match self.max_waiting {
            MaxWaiting::Total(total) => (self.queue.len(), total),
            MaxWaiting::PerPriority(limits) => {
                (self.queue.len_of(priority), limits.get(priority as usize).copied().unwrap_or(0.0))
            }
        };
        if waiting as f64 >= max_capacity {
            return Err(Refusal::QueueOverflow { max_capacity });
        }
        let deadline = now + max_wait;
        if deadline != f64::INFINITY {
            let ready_at = self.rehearse(costs, priority, None);
            if ready_at > deadline || deadline.is_nan() {
                return Err(Refusal::WaitTimeout { max_wait, estimated_wait: ready_at - now });
            }
        }
        let vector = self.vectors.acquire(costs);
        let ticket = self.queue.push(vector, priority, deadline, max_wait);
        if self.queue.front().is_some_and(|(front, _)| front == ticket) {
            self.plan();
        }
        Ok(ticket)
    }

    /// Takes a request out of the queue; `due` has to be planned anew by the caller.
    fn leave(&mut self, ticket: Ticket) -> bool {
        let request = self.queue.remove(ticket);
        if let Some(request) = request {
            self.vectors.release(request.vector);
        }
        request.is_some()
    }

    /// Takes a request out of the queue whose deadline has passed.
    fn expire(&mut self, ticket: Ticket) -> Settled {
        let (mut max_wait, mut estimated_wait) = (0.0, 0.0);
        if let Some(request) = self.queue.get(ticket) {
            max_wait = request.max_wait;
            // Of those that expire together the ones ahead have left by now, so few are played through.
            let costs = self.vectors.get(request.vector);
            estimated_wait = self.rehearse(costs, request.priority, Some(ticket)) - self.now;
        }
        self.leave(ticket);
        (ticket, Err(Refusal::WaitTimeout { max_wait, estimated_wait }))
    }

    /// Takes out of the queue whatever is to be refused now.
    fn evict(&mut self, refusal: &dyn Fn(&[Cost]) -> Option<Refusal>) -> Vec<Settled> {
        let evicted: Vec<Settled> = self
            .queue
            .iter()
            .filter_map(|(ticket, request)| {
                refusal(self.vectors.get(request.vector)).map(|refusal| (ticket, Err(refusal)))
            })
            .collect();
        for (ticket, _) in &evicted {
            self.leave(*ticket);
        }
        self.plan();
        evicted
    }

    /// Sets `due`: the first waiting request blocks all behind it, so only it and the earliest deadline count.
    fn plan(&mut self) {
        let now = self.now;
        let front = self.queue.front().map(|(_, request)| request.vector);
        let ready = |vector: VectorId| self.rules.ready_at(self.vectors.get(vector), now);
        let deadline = self.queue.first_deadline().map_or(f64::INFINITY, |(deadline, _)| deadline);
        self.due = front.map_or(f64::INFINITY, ready).min(deadline);
    }

    /// Plays through what happens if nothing but time does, up to the grant of a request of these costs at the place
    /// of `ticket`, or without one at the end of its class. Returns the instant of that grant.
    fn rehearse(&self, costs: &[Cost], priority: Priority, ticket: Option<Ticket>) -> f64 {
        let mut limits = self.rules.rehearsal();
        let mut at = self.now;
        let is_ahead =
            |other: Ticket, request: &Request| Some(other) != ticket && request.priority <= priority;
        for (_, request) in self.queue.iter().take_while(|(other, request)| is_ahead(*other, request)) {
            let costs = self.vectors.get(request.vector);
            let ready = limits.ready_at(costs, at);
            if ready <= request.deadline {
                limits.take(costs, ready);
                at = ready;
            } else {
                at = at.max(request.deadline);
            }
            if at == f64::INFINITY {
                return at;
            }
        }
        limits.ready_at(costs, at)
    }
}

/// Whether a request takes nothing, and so has nobody to wait for.
fn is_free(costs: &[Cost]) -> bool {
    costs.iter().all(|cost| cost.amount == 0.0)
}
