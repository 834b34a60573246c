//! The estimate of a wait, by simulation.

use std::collections::VecDeque;

use super::Engine;
use crate::config::Ordering;
use crate::error::Rejection;
use crate::request::{Cost, Costs, Options, Standing, Ticket};
use crate::schedule::{Outlook, Position, Schedule};
use crate::stats::Counters;

/// The number of waiters and held permits above which a wait beyond its timeout is no longer
/// detected by simulating all of them.
const SIMULATED_AT_MOST: usize = 256;

/// The number of consecutive due times without any outcome after which an estimate stops at the
/// current one.
const FRUITLESS_POLLS: u32 = 10_000;

/// The behaviour of permits, and of waiters for one, in a simulation.
#[derive(Clone, Copy, PartialEq)]
enum Permits {
    /// No permit is released: the outcome if nothing happens.
    Kept,
    /// Each permit is released at once: a lower bound if no waiter gives up.
    Released,
    /// Each permit is released so late that all waiters with a deadline up to this instant have
    /// given up, as if they had never come.
    ReleasedAfter(f64),
}

impl Engine {
    /// Returns how many milliseconds a request would wait if nothing happened but the passing of
    /// time. Infinite if it could not be granted then: because of a pause without end or a permit
    /// that is held without a [timeout](Engine::lease), or never, as its cost exceeds the capacity
    /// of a rule.
    ///
    /// # Errors
    /// A cost names an unknown rule or is invalid.
    pub fn estimate_wait(
        &mut self,
        costs: &Costs,
        standing: impl Into<Standing>,
        now: f64,
    ) -> Result<f64, Rejection> {
        let now = self.observe(now);
        let (costs, standing) = (costs.as_slice(), standing.into());
        match self.outlook_aside(costs, standing, true, now) {
            Ok(Some(Outlook::Now)) => Ok(0.0),
            Err(Rejection::CostExceedsCapacity { .. }) => Ok(f64::INFINITY),
            Err(rejection) => Err(rejection),
            Ok(_) => Ok(self.simulate(costs, standing, None, Permits::Kept) - now),
        }
    }

    /// Rejects a wait that is known to exceed its timeout. Permits may be released at any time,
    /// also at once.
    pub(super) fn check_max_wait(
        &mut self,
        costs: &[Cost],
        options: Options,
        known: Option<Outlook>,
        dropped: Option<Ticket>,
    ) -> Result<(), Rejection> {
        let Options { priority, max_wait, .. } = options;
        let standing = options.standing();
        let position = Position::New(self.queue.next_turn(standing));
        let deadline = self.now + max_wait;
        let is_given = |cost: &Cost| cost.amount > 0.0 && self.rules.is_given(cost.slot);
        // Only a NaN is known to be too short where the ledger decides.
        if deadline == f64::INFINITY || (max_wait >= 0.0 && costs.iter().any(is_given)) {
            return Ok(());
        }
        let known = match self.ordering {
            Ordering::WorkConserving => known.unwrap_or_else(|| {
                let (schedule, mut context) = self.parts();
                schedule.outlook(costs, priority, position, &mut context)
            }),
            // The outlook ignores the waiters ahead.
            Ordering::StrictFifo => Outlook::At(f64::INFINITY),
        };
        // Waiters ahead can only leave sooner, so an outlook is never too early. The exceptions are
        // windows that open on use, a change of the mode, and a waiter that rises ahead.
        let unchanged_until = self.rules.mode_ends_at().min(self.queue.first_promotion());
        let is_sure = !costs.iter().any(|cost| self.rules.opens_on_use(cost.slot));
        // Where waiters have reservations, one that gives up may let others go first.
        let unchanged_until = match self.queue.first_deadline() {
            Some((first, _)) if self.schedule.is_backfilling() => unchanged_until.min(first),
            _ => unchanged_until,
        };
        if is_sure && matches!(known, Outlook::At(at) if at <= deadline && at < unchanged_until) {
            return Ok(());
        }
        let ready_at = if self.queue.len_with_held() <= SIMULATED_AT_MOST {
            self.simulate(costs, standing, dropped, Permits::Released)
        } else if self.queue.first_deadline().is_none() {
            let (schedule, mut context) = self.parts();
            schedule.earliest(costs, priority, position, &mut context)
        } else {
            // The number of waiters ahead that will give up is unknown.
            self.now
        };
        // A NaN deadline is missed too.
        if ready_at <= deadline
            || self.may_give_up(deadline, dropped)
                && self.simulate(costs, standing, dropped, Permits::ReleasedAfter(deadline))
                    <= deadline
        {
            return Ok(());
        }
        Err(Rejection::WaitTimeout { max_wait, estimated_wait: ready_at - self.now })
    }

    /// Whether waiters that give up by an instant depend on permits, whose release is unknown;
    /// `dropped` is about to leave.
    fn may_give_up(&mut self, by: f64, dropped: Option<Ticket>) -> bool {
        if self.queue.first_deadline().is_none_or(|(deadline, _)| deadline > by) {
            return false;
        }
        let is_held = |cost: &Cost| {
            cost.amount > 0.0
                && self.rules.get(cost.slot).is_some_and(|entry| entry.traits.needs_permit)
        };
        let mut waiting = self.queue.in_order().into_iter();
        waiting.any(|(ticket, vector)| {
            dropped != Some(ticket) && self.vectors.get(vector).iter().any(is_held)
        })
    }

    /// The instant at which a request would be granted if nothing happened but the passing of time,
    /// and `dropped` left for it.
    fn simulate(
        &self,
        costs: &[Cost],
        Standing { class: priority, rank }: Standing,
        dropped: Option<Ticket>,
        permits: Permits,
    ) -> f64 {
        let mut fork = self.fork();
        if permits != Permits::Kept {
            for (holder, _) in self.queue.held() {
                fork.release(holder, false, self.now);
            }
        }
        if let Permits::ReleasedAfter(instant) = permits {
            while let Some((_, ticket)) =
                fork.queue.first_deadline().filter(|(at, _)| *at <= instant)
            {
                fork.cancel(ticket);
            }
        }
        if let Some(dropped) = dropped {
            fork.cancel(dropped);
        }
        let (ticket, _) =
            fork.enqueue(costs, Options { priority, rank, ..Options::default() }, None);
        fork.update_due();
        let (mut at, mut tries) = (self.now, 0..FRUITLESS_POLLS);
        while tries.next().is_some() {
            while let Some((settled, _)) = fork.poll(at) {
                if settled == ticket {
                    return at;
                }
                if permits != Permits::Kept {
                    fork.release(settled, false, at);
                }
                tries = 0..FRUITLESS_POLLS;
            }
            if fork.due == f64::INFINITY {
                return f64::INFINITY;
            }
            at = at.max(fork.due);
        }
        at
    }

    /// A copy of the engine. The schedule is built anew, as copying one takes more code than its
    /// speed is worth.
    fn fork(&self) -> Engine {
        let mut fork = Engine {
            rules: self.rules.clone(),
            vectors: self.vectors.clone(),
            queue: self.queue.clone(),
            schedule: Schedule::new(self.ordering, 0),
            outbox: VecDeque::new(),
            backoff: self.backoff.clone(),
            counters: Counters::default(),
            ..*self
        };
        fork.rebuild_schedule(self.schedule.most_reservations());
        fork
    }
}
