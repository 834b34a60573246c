//! Submission: a request is granted at once, waits, or is rejected.

use super::Engine;
use crate::config::{MaxWaiting, Ordering};
use crate::error::Rejection;
use crate::event::EventKind;
use crate::request::{Cost, Costs, Options, Priority, Slot, Standing, Submission, Ticket};
use crate::schedule::{Outlook, Position};

impl Engine {
    /// Grants a request at once, adds it to the queue, or rejects it.
    ///
    /// The request is granted at once if all its costs remain beside the demand of the waiters
    /// ahead of it, or if it costs nothing. Waiters that are due and were not polled yet still
    /// wait, so poll first.
    ///
    /// # Errors
    /// The first of these reasons that applies: a slot without a rule, a cost that is not a finite
    /// number of 0 or more, a cost above the most that its rule can ever grant, a rule that needs a
    /// permit, a full queue, a wait that is known to exceed `max_wait`.
    pub fn submit(
        &mut self,
        costs: &Costs,
        options: Options,
        now: f64,
    ) -> Result<Submission, Rejection> {
        let now = self.observe(now);
        let costs = costs.as_slice();
        let submission = match self.outlook(costs, options.standing(), options.permit, now) {
            Ok(Some(Outlook::Now)) => Ok(self.grant_at_once(costs, options)),
            Ok(known) => self.wait(costs, options, known).map(Submission::Waiting),
            Err(rejection) => Err(rejection),
        };
        submission.inspect_err(|rejection| self.count_rejection(rejection))
    }

    /// Grants a request without a permit if there are no waiters and all its costs remain. This is
    /// the fast path of most requests, which needs no [`Costs`]. `false`: nothing was taken, and
    /// [`submit`](Engine::submit) either grants the request or tells the reason. This includes
    /// costs of which two may name the same rule, requests that lead to a new peak of a rule, and
    /// all requests while events are [recorded](Engine::watch).
    #[inline(always)]
    pub fn grant<C>(&mut self, costs: C, priority: Priority, now: f64) -> bool
    where
        C: Iterator<Item = (Slot, f64)> + Clone,
    {
        let now = self.observe(now);
        let costs = costs.map(|(slot, amount)| Cost { slot, amount });
        // One bit per slot, modulo 64. Two slots of one request rarely share a bit.
        let mut seen = 0_u64;
        let mut is_left = |cost: Cost| {
            let bit = 1_u64.wrapping_shl(cost.slot.0);
            let is_first = seen & bit == 0;
            seen |= bit;
            is_first && self.rules.allows_below_peak(cost, priority, false, now) == Some(true)
        };
        let granted =
            self.queue.is_empty() && costs.clone().all(&mut is_left) && !self.is_watched();
        if granted {
            self.counters.granted = self.counters.granted.wrapping_add(1);
            self.rules.take(costs, false, self.clock.round_trip(), now);
        }
        granted
    }

    /// Grants a request if [`submit`](Engine::submit) would grant it at once. `false`: it would
    /// wait, and nothing was taken.
    ///
    /// # Errors
    /// The reasons of [`submit`](Engine::submit), except that the queue cannot be full.
    pub fn try_submit(
        &mut self,
        costs: &Costs,
        standing: impl Into<Standing>,
        now: f64,
    ) -> Result<bool, Rejection> {
        let now = self.observe(now);
        let costs = costs.as_slice();
        let Standing { class: priority, rank } = standing.into();
        let options = Options { priority, rank, ..Options::default() };
        Ok(self.try_with(costs, options, now)?.is_some())
    }

    /// Grants a request with a permit if [`submit`](Engine::submit) would grant it at once. `None`:
    /// it would wait, and nothing was taken.
    ///
    /// # Errors
    /// The reasons of [`submit`](Engine::submit), except that the queue cannot be full.
    pub fn try_acquire(
        &mut self,
        costs: &Costs,
        standing: impl Into<Standing>,
        now: f64,
    ) -> Result<Option<Ticket>, Rejection> {
        let now = self.observe(now);
        let Standing { class: priority, rank } = standing.into();
        let options = Options { priority, rank, permit: true, ..Options::default() };
        Ok(match self.try_with(costs.as_slice(), options, now)? {
            Some(Submission::Held(ticket)) => Some(ticket),
            _ => None,
        })
    }

    fn try_with(
        &mut self,
        costs: &[Cost],
        options: Options,
        now: f64,
    ) -> Result<Option<Submission>, Rejection> {
        match self.outlook_aside(costs, options.standing(), options.permit, now) {
            Ok(Some(Outlook::Now)) => Ok(Some(self.grant_at_once(costs, options))),
            Ok(_) => Ok(None),
            Err(rejection) => {
                self.count_rejection(&rejection);
                Err(rejection)
            }
        }
    }

    /// The outlook of a new request. `None`: not computed, as requests with the same costs already
    /// wait ahead of it.
    #[inline(always)]
    fn outlook(
        &mut self,
        costs: &[Cost],
        standing: Standing,
        permit: bool,
        now: f64,
    ) -> Result<Option<Outlook>, Rejection> {
        let remains = match self.queue.is_empty() {
            true => self.rules.check(costs, standing.class, permit, now),
            // Waiters may want what remains.
            false => self.rules.are_grantable(costs, permit, now).then_some(false),
        };
        self.outlook_of(costs, standing, permit, remains)
    }

    /// [`outlook`](Engine::outlook), in code of its own: for all requests but the most frequent
    /// ones.
    #[inline(never)]
    pub(super) fn outlook_aside(
        &mut self,
        costs: &[Cost],
        standing: Standing,
        permit: bool,
        now: f64,
    ) -> Result<Option<Outlook>, Rejection> {
        let remains = match self.queue.is_empty() {
            true => self.rules.check_aside(costs, standing.class, permit, now),
            false => self.rules.are_grantable(costs, permit, now).then_some(false),
        };
        self.outlook_of(costs, standing, permit, remains)
    }

    /// The outlook of a new request whose costs remain beside waiters or not; `None` if it is
    /// rejected.
    #[inline(always)]
    fn outlook_of(
        &mut self,
        costs: &[Cost],
        standing: Standing,
        permit: bool,
        remains: Option<bool>,
    ) -> Result<Option<Outlook>, Rejection> {
        match remains {
            None => self.rules.rejection_of(costs, permit).map_or(Ok(None), Err),
            Some(true) => Ok(Some(Outlook::Now)),
            Some(false) if is_free(costs) => Ok(Some(Outlook::Now)),
            Some(false) => Ok(self.outlook_behind(costs, standing)),
        }
    }

    /// The outlook of a new request with valid costs that has to wait. `None`: not computed, as
    /// requests with the same costs already wait ahead of it.
    fn outlook_behind(&mut self, costs: &[Cost], standing: Standing) -> Option<Outlook> {
        let turn = self.queue.next_turn(standing);
        let (schedule, mut context) = self.parts();
        let behind = match schedule.ordering() {
            Ordering::StrictFifo => schedule.is_behind_first(turn),
            Ordering::WorkConserving => context
                .vectors
                .find(costs)
                .is_some_and(|vector| schedule.is_waited_for(vector, turn, context.queue)),
        };
        (!behind).then(|| schedule.outlook(costs, turn.class(), Position::New(turn), &mut context))
    }

    #[inline(always)]
    fn grant_at_once(&mut self, costs: &[Cost], options: Options) -> Submission {
        if !self.queue.is_empty() {
            // Tells whether the request may lead to a new peak.
            self.rules.check_aside(costs, options.priority, options.permit, self.now);
        }
        self.rules.take(costs.iter().copied(), options.permit, self.clock.round_trip(), self.now);
        self.counters.granted = self.counters.granted.wrapping_add(1);
        if self.is_watched() {
            self.record_request(EventKind::Grant, costs, options.priority, 0.0);
        }
        if self.rules.is_peak {
            self.rules.look_at_costs(costs, self.now);
        }
        if !self.queue.is_empty() {
            self.granted_beside_waiters(costs);
        }
        if options.permit { self.hold(costs, options.priority) } else { Submission::Granted }
    }

    /// Replans the waiters, as less may remain for them now.
    #[inline(never)]
    fn granted_beside_waiters(&mut self, costs: &[Cost]) {
        let (schedule, context) = self.parts();
        schedule.granted_at_once(costs, &context);
        self.update_due();
    }

    /// Keeps the costs of a request that was granted at once until its permit is released.
    fn hold(&mut self, costs: &[Cost], priority: Priority) -> Submission {
        self.rules.engage_held(costs);
        let vector = self.vectors.acquire(costs);
        Submission::Held(self.queue.hold(vector, priority, self.now))
    }

    /// Adds a request with valid costs to the queue.
    fn wait(
        &mut self,
        costs: &[Cost],
        options: Options,
        known: Option<Outlook>,
    ) -> Result<Ticket, Rejection> {
        let dropped = self.room_for(options.standing())?;
        self.check_max_wait(costs, options, known, dropped)?;
        if let Some(dropped) = dropped {
            let max_capacity = self.max_capacity(options.priority);
            self.reject(dropped, Rejection::QueueOverflow { max_capacity });
        }
        let may_keep_due = known.is_none() && dropped.is_none() && self.keeps_due(options);
        // A dropped waiter may have been in the way, so the outlook is computed again.
        let (ticket, is_behind) = self.enqueue(costs, options, known.filter(|_| dropped.is_none()));
        if self.is_watched() {
            self.record_request(EventKind::Queue, costs, options.priority, 0.0);
        }
        if is_behind && may_keep_due {
            self.add_to_due()
        } else {
            self.update_due()
        }
        Ok(ticket)
    }

    /// Whether a new waiter behind others that have to be granted first adds instants of its own to
    /// the due time and changes no other.
    fn keeps_due(&self, options: Options) -> bool {
        self.ordering == Ordering::WorkConserving
            && self.due > self.now
            && !self.schedule.has_ranks()
            && self.schedule.keeps_due(self.queue.next_turn(options.standing()))
    }

    /// Whether one more request may wait, and the waiter that has to leave for it.
    fn room_for(&mut self, standing: Standing) -> Result<Option<Ticket>, Rejection> {
        let priority = standing.class;
        let max_capacity = self.max_capacity(priority);
        let (waiting, victim) = match self.max_waiting {
            MaxWaiting::Total(_) => (self.queue.len(), self.queue.victim_for(standing)),
            MaxWaiting::PerPriority(_) => (self.queue.len_of(priority), None),
        };
        match victim {
            _ if (waiting as f64) < max_capacity => Ok(None),
            Some(victim) => Ok(Some(victim)),
            None => Err(Rejection::QueueOverflow { max_capacity }),
        }
    }

    fn max_capacity(&self, priority: Priority) -> f64 {
        match self.max_waiting {
            MaxWaiting::Total(total) => total,
            MaxWaiting::PerPriority(limits) => {
                limits.get(priority as usize).copied().unwrap_or(0.0)
            }
        }
    }

    /// Adds a waiter. Returns its ticket, and whether it is behind others of its costs and class.
    pub(super) fn enqueue(
        &mut self,
        costs: &[Cost],
        options: Options,
        known: Option<Outlook>,
    ) -> (Ticket, bool) {
        self.rules.engage(costs);
        let vector = self.vectors.acquire(costs);
        let (ticket, entry) = self.queue.push(vector, options, self.now);
        let (schedule, context) = self.parts();
        let is_behind = schedule.enter(vector, entry, known, &context);
        (ticket, is_behind)
    }
}

/// Whether a request takes no tokens.
fn is_free(costs: &[Cost]) -> bool {
    costs.iter().all(|cost| cost.amount == 0.0)
}
