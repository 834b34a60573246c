//! Reports of a server: usage, refusals and its clock.
//!
//! # Usage
//!
//! A server counts the requests of all clients, but does not know those that are still in flight.
//! Usage is therefore raised to the reported usage plus the costs in flight:
//!
//! ```text
//! others = max(0, reported + in_flight - own)        used = own + others
//! ```
//!
//! Costs are in flight if they were granted with a permit whose response is not known yet, or
//! without a permit within the last measured round trip. Every such cost is added, as the server
//! may have counted none of them. The response to such a request may show that it had been counted;
//! then `others` was too high by its cost:
//!
//! ```text
//! others = max(others - its cost, reported + in_flight - own, 0)
//! ```
//!
//! If the request was counted before the earlier report, the first term is right; if it was counted
//! after it, the second one is. Responses may thus come in any order, and once all have come, usage
//! is what the latest of them reported.
//!
//! Such a report never gives anything back. A complete count ([`Usage::exact`]) may, in fixed
//! windows: `others` may then fall below zero by what requests turned out not to cost. The proof is
//! in docs/internals/exact-counts.md in the repository.

use super::Engine;
use crate::error::Rejection;
use crate::limit::{Evidence, ServerUsage};
use crate::numeric::MAX_SAFE;
use crate::queue::Held;
use crate::request::{Cost, Slot};
use crate::server::{BANNED, REFUSED, Report, Usage};

/// The resolution of the clock in the header `Date`, in milliseconds.
const SECOND: f64 = 1000.0;

/// The longest time of a response while no round trip is known, for the server's clock.
const ROUND_TRIP: f64 = 10_000.0;

/// The request that a response belongs to.
#[derive(Clone, Copy)]
struct AnsweredRequest {
    /// A lower bound of the instant of its grant.
    at: f64,
    /// Whether the instant is exact, as the request has a permit.
    is_known: bool,
    /// The permit, if no response was known for it before.
    permit: Option<Held>,
}

impl Engine {
    /// Learns from the response to a request: the server's clock, its usage, and a refusal.
    ///
    /// A refusal (429) or a ban (418) pauses the rules that the report names, or all, for as long
    /// as the server asks, or else by the back-off. Pauses are extended but never shortened, and
    /// waiters stay in the queue. Any response below 400 ends the series of refusals from which the
    /// back-off grows.
    ///
    /// # Errors
    /// The report names a rule to pause that does not exist. Nothing has changed then.
    pub fn report(&mut self, report: &Report, now: f64) -> Result<(), Rejection> {
        let now = self.observe(now);
        let named =
            report.rules.map(|ids| self.rules.slots_of(ids, self.clock.at(now))).transpose()?;
        let held = report.permit.and_then(|ticket| self.queue.permit(ticket));
        let permit = held.filter(|held| held.is_in_flight);
        if let (Some(ticket), Some(held)) = (report.permit, permit) {
            self.queue.mark_answered(ticket);
            self.mark_answered(&held);
            self.clock.set_round_trip(now - held.granted_at);
        }
        let granted_at = held.map(|held| held.granted_at);
        let at = granted_at.unwrap_or(now - self.clock.round_trip());
        let answered = AnsweredRequest { at, is_known: held.is_some(), permit };
        if let Some(date) = report.date {
            let at = granted_at.unwrap_or(now - self.clock.round_trip().max(ROUND_TRIP));
            if self.clock.refine((date, date + SECOND), (at, now)) {
                self.clock_corrected();
            }
        }
        // Refusals come before usage, which may make a member of a family: the member pauses with
        // its family.
        match report.status {
            REFUSED | BANNED => self.refused(report, named, held, now),
            status if status < 400 => {
                self.backoff.accepted();
                self.increase(permit);
            }
            _ => {}
        }
        for (told, usage) in report.usage.iter().enumerate() {
            // Fails for a rule that does not exist, and for a member beyond the largest number.
            let Ok(slot) = self.rules.slot(usage.rule, self.clock.at(now)) else { continue };
            // The cost of the request is subtracted once, even if the report names the rule twice.
            let is_first = report.usage.iter().take(told).all(|before| before.rule != usage.rule);
            let answered = AnsweredRequest { permit: permit.filter(|_| is_first), ..answered };
            let is_all = usage.exact && usage.used.is_some_and(|used| used >= 0.0);
            let evidence =
                if is_all && answered.is_known { Evidence::Complete } else { Evidence::AtLeast };
            self.apply_usage(slot, usage, report.date, answered, evidence);
            self.replan(&[slot]);
        }
        Ok(())
    }

    /// Sets usage manually, by rule. With `exact`, usage may also fall, except within a jitter
    /// after [`restore`](Engine::restore), as requests from before the restart may still arrive.
    ///
    /// # Errors
    /// There is no such rule. Nothing has changed then.
    pub fn sync_usage(
        &mut self,
        usage: &[(&str, f64)],
        exact: bool,
        now: f64,
    ) -> Result<(), Rejection> {
        let now = self.observe(now);
        let slots = usage
            .iter()
            .map(|(id, _)| self.rules.slot(id, self.clock.at(now)))
            .collect::<Result<Vec<_>, _>>()?;
        for (slot, &(rule, used)) in slots.iter().zip(usage) {
            let usage = Usage { rule, used: Some(used), ..Usage::default() };
            let is_known =
                exact && self.rules.get(*slot).is_some_and(|entry| now >= entry.settled_at);
            let evidence = if is_known { Evidence::Authoritative } else { Evidence::AtLeast };
            self.apply_usage(
                *slot,
                &usage,
                None,
                AnsweredRequest { at: now, is_known: false, permit: None },
                evidence,
            );
        }
        self.replan(&slots);
        Ok(())
    }

    /// The number of consecutive refusals (429), and the end of the pauses after refusals and bans,
    /// on the engine's clock.
    pub fn refusals(&self) -> (u32, f64) {
        (self.backoff.refusals.unsigned_abs(), self.backoff.paused_until)
    }

    fn apply_usage(
        &mut self,
        slot: Slot,
        usage: &Usage,
        date: Option<f64>,
        answered: AnsweredRequest,
        evidence: Evidence,
    ) {
        let (unix_offset, now) = (self.clock.unix_offset(), self.now);
        let cost = answered.permit.map_or(0.0, |held| cost_of(self.vectors.get(held.vector), slot));
        let (local, server) = (answered.at + unix_offset, now + unix_offset);
        // The times that both the server's clock and ours allow.
        let reported_within =
            match date.map(|date| (date.max(local), (date + SECOND).next_down().min(server))) {
                Some((first, last)) if first <= last => (first, last),
                Some(_) => date.map_or((local, server), |date| (date, (date + SECOND).next_down())),
                None => (local, server),
            };
        let countdown = usage.resets_in.filter(|ms| *ms >= 0.0 && ms.is_finite());
        // The server may have computed the reset from the time of its response, or from a clock in
        // whole seconds.
        let clock_time = usage.resets_at.filter(|at| at.is_finite()).map(|at| {
            let at = at - unix_offset;
            (at - (now - answered.at), at + SECOND)
        });
        let resets_within = countdown.map(|ms| (answered.at + ms, now + ms)).or(clock_time);
        let round_trip = self.clock.round_trip();
        let Some(entry) = self.rules.get_mut(slot) else { return };
        let Some((used, total)) = entry.used_by(usage) else { return };
        let recent = entry.recent.sum(now, round_trip);
        let server_usage = ServerUsage {
            used: (used + recent).min(MAX_SAFE),
            total: (total + recent).min(MAX_SAFE),
            answered_cost: cost,
            evidence,
            granted_at: answered.at,
            reported_within,
            resets_within,
            resets_by: countdown.filter(|_| answered.is_known).map(|ms| now + ms),
        };
        if let Some(entry) = self.rules.get_mut(slot) {
            entry.reported_at = now;
            entry.state.sync(&server_usage, now);
        }
        self.rules.look(slot, 0.0, now);
        self.record_sync(slot, total);
    }

    fn refused(&mut self, report: &Report, named: Option<Vec<Slot>>, held: Option<Held>, now: f64) {
        let granted_at = held.map(|held| held.granted_at);
        let (until, is_another) = self.backoff.refused(report, granted_at, now);
        if self.adaptive && is_another {
            let used =
                |held: Held| self.vectors.get(held.vector).iter().map(|cost| cost.slot).collect();
            let halved = named
                .clone()
                .or_else(|| held.map(used))
                .unwrap_or_else(|| self.rules.all().to_vec());
            self.rules.halve(&halved, until, self.clock.at(now));
        }
        self.change_pause(report.rules, named.as_deref(), Some(until), report.status.into());
    }

    /// Increases reduced limits by the cost of an accepted request, or by one token if the cost is
    /// unknown.
    fn increase(&mut self, permit: Option<Held>) {
        if self.rules.is_reduced() {
            let costs = permit.map(|held| self.vectors.get(held.vector));
            self.rules.increase(
                |slot| costs.map_or(1.0, |costs| cost_of(costs, slot)),
                self.clock.at(self.now),
            );
            self.replan_all();
        }
    }
}

fn cost_of(costs: &[Cost], slot: Slot) -> f64 {
    costs.iter().find(|cost| cost.slot == slot).map_or(0.0, |cost| cost.amount)
}
