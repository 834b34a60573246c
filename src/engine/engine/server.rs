//! What the engine learns from a server's answers.
//!
//! # Usage
//!
//! A server that says what it counts as used tells of all clients, but does not know what is still on its way. So what
//! is used here is made no less than what it says and what is in flight together:
//!
//! ```text
//! others = max(0, said + in_flight - own)        used = own + others
//! ```
//!
//! In flight is what was granted with a permit whose answer has not been told, and what was granted without one within
//! the last round trip, if one was measured. That is the most that can be, as each of those may have been counted
//! already. If its own answer comes later, it may turn out that it was; then `others` was too much by its cost:
//!
//! ```text
//! others = max(others - its cost, said + in_flight - own, 0)
//! ```
//!
//! For if it was counted before the earlier answer was given, the first is true; if it was counted after, the second. So
//! answers may come in any order, and what is left when all have come is what the latest of them showed.
//!
//! By that an answer never gives anything back. One that is [exact](Usage::exact) may, in fixed windows: then `others` may
//! become less than nothing, by what requests turned out not to cost. `limit/count.rs` says when, and why that is safe.

use super::Engine;
use crate::error::Rejection;
use crate::limit::{Evidence, ServerUsage};
use crate::numeric::MAX_SAFE;
use crate::queue::Held;
use crate::request::{Cost, Slot};
use crate::server::{BANNED, REFUSED, Report, Usage};

/// The clock in a header is cut to whole seconds.
const SECOND: f64 = 1000.0;

/// How long an answer may have been on its way where no round trip is known, as far as the server's clock is concerned.
const ROUND_TRIP: f64 = 10_000.0;

/// The request that an answer belongs to.
#[derive(Clone, Copy)]
struct AnsweredRequest {
    /// When it was granted at the earliest.
    at: f64,
    /// Whether that is known, as it has a permit.
    is_known: bool,
    /// Its permit, if its answer has not been told before.
    permit: Option<Held>,
}

impl Engine {
    /// Learns what the server answered to a request: its clock, its counts, and whether it refused.
    ///
    /// A refusal (429) or a ban (418) pauses the rules that the report names, or all, for as long as the server asks or
    /// else backs off; that extends a pause but never shortens one. Nothing that waits is lost. Any answer below 400 ends
    /// the row of refusals by which back-off grows.
    ///
    /// # Errors
    /// The report names a rule to pause that does not exist. Nothing has changed then.
    pub fn report(&mut self, report: &Report, now: f64) -> Result<(), Rejection> {
        let now = self.observe(now);
        let named = report.rules.map(|ids| self.rules.slots_of(ids, self.clock.at(now))).transpose()?;
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
        // Before a member of a family is made of which the usage tells: that is paused with its family.
        match report.status {
            REFUSED | BANNED => self.refused(report, named, held, now),
            status if status < 400 => {
                self.backoff.accepted();
                self.increase(permit);
            }
            _ => {}
        }
        for (told, usage) in report.usage.iter().enumerate() {
            // None for a rule that does not exist, or a family that has too many members for one more.
            let Ok(slot) = self.rules.slot(usage.rule, self.clock.at(now)) else { continue };
            // What is told twice of a rule has landed once.
            let is_first = report.usage.iter().take(told).all(|before| before.rule != usage.rule);
            let answered = AnsweredRequest { permit: permit.filter(|_| is_first), ..answered };
            let is_all = usage.exact && usage.used.is_some_and(|used| used >= 0.0);
            let evidence = if is_all && answered.is_known { Evidence::Complete } else { Evidence::AtLeast };
            self.apply_usage(slot, usage, report.date, answered, evidence);
            self.replan(&[slot]);
        }
        Ok(())
    }

    /// Learns what the server counts as used, by rule. With `exact` less may be used than was known; not within a jitter of
    /// [`restore`](Engine::restore), as what was in flight before that may still arrive.
    ///
    /// # Errors
    /// There is no such rule. Nothing has changed then.
    pub fn sync_usage(&mut self, usage: &[(&str, f64)], exact: bool, now: f64) -> Result<(), Rejection> {
        let now = self.observe(now);
        let slots = usage
            .iter()
            .map(|(id, _)| self.rules.slot(id, self.clock.at(now)))
            .collect::<Result<Vec<_>, _>>()?;
        for (slot, &(rule, used)) in slots.iter().zip(usage) {
            let usage = Usage { rule, used: Some(used), ..Usage::default() };
            let is_known = exact && self.rules.get(*slot).is_some_and(|entry| now >= entry.settled_at);
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

    /// Answers in a row that were refusals (429), and until when they and bans pause, on the engine's clock.
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
        // What both its clock and ours allow.
        let reported_within =
            match date.map(|date| (date.max(local), (date + SECOND).next_down().min(server))) {
                Some((first, last)) if first <= last => (first, last),
                Some(_) => date.map_or((local, server), |date| (date, (date + SECOND).next_down())),
                None => (local, server),
            };
        // It may have been worked out from the time at which the answer came, or from a clock cut to seconds.
        let resets_within = usage.resets_at.filter(|at| at.is_finite()).map(|at| {
            let at = at - unix_offset;
            (at - (now - answered.at), at + SECOND)
        });
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
        };
        if let Some(entry) = self.rules.get_mut(slot) {
            entry.state.sync(&server_usage, now);
        }
    }

    fn refused(&mut self, report: &Report, named: Option<Vec<Slot>>, held: Option<Held>, now: f64) {
        let granted_at = held.map(|held| held.granted_at);
        let (until, is_another) = self.backoff.refused(report, granted_at, now);
        if self.adaptive && is_another {
            let used = |held: Held| self.vectors.get(held.vector).iter().map(|cost| cost.slot).collect();
            let halved =
                named.clone().or_else(|| held.map(used)).unwrap_or_else(|| self.rules.all().to_vec());
            self.rules.halve(&halved, until, self.clock.at(now));
        }
        self.set_pause_of(named.as_deref(), Some(until));
    }

    /// What was cut climbs back by what a request cost that the server accepted, or by one token where that is not
    /// known.
    fn increase(&mut self, permit: Option<Held>) {
        if self.rules.is_reduced() {
            let costs = permit.map(|held| self.vectors.get(held.vector));
            self.rules
                .increase(|slot| costs.map_or(1.0, |costs| cost_of(costs, slot)), self.clock.at(self.now));
            self.replan_all();
        }
    }
}

fn cost_of(costs: &[Cost], slot: Slot) -> f64 {
    costs.iter().find(|cost| cost.slot == slot).map_or(0.0, |cost| cost.amount)
}
