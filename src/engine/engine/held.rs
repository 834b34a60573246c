//! Amounts that a ledger gives, and the waiters that it asks for.

use super::Engine;
use crate::limit::{Holding, LimitState};
use crate::queue::Turn;
use crate::request::Priority;
use crate::schedule::{LaneId, WaitingLane};

/// A cost of the waiters of a lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaneCost<'a> {
    /// The id of the rule.
    pub rule: &'a str,
    /// The amount, in tokens.
    pub amount: f64,
    /// The tokens of the rule that requests of the class may use at most: the limit in force, less
    /// the reserve if the class is not critical.
    pub ceiling: f64,
}

/// Limits that several processes share. Their rules are [`Held`](crate::Held).
impl Engine {
    /// Sets how much the claim `claim` gives under a rule in all, and the instant from which on it
    /// can no longer be spent. An amount of 0 drops the claim. `false`: there is no held rule of
    /// this id.
    ///
    /// Grants nothing; [`grant_lane`](Engine::grant_lane) and [`poll`](Engine::poll) do.
    pub fn hold_claim(&mut self, id: &str, claim: f64, amount: f64, until: f64, now: f64) -> bool {
        let now = self.observe(now);
        let Ok(slot) = self.rules.slot(id, self.clock.at(now)) else { return false };
        let state = self.rules.get_mut(slot).map(|entry| &mut entry.state);
        let Some(LimitState::Held(held)) = state else { return false };
        held.give(claim, amount, until);
        self.schedule.free(slot, Turn::FIRST);
        self.update_due();
        true
    }

    /// Shows all claims with the ids of their rules; of a rule, in the order of their ends.
    pub fn for_each_claim(&self, show: &mut dyn FnMut(&str, Holding)) {
        for (id, state) in self.rules.states() {
            if let LimitState::Held(held) = state {
                held.for_each(|holding| show(id, holding));
            }
        }
    }

    /// Shows the waiters by class, rank and costs, in no order.
    pub fn for_each_lane(&mut self, show: &mut dyn FnMut(&Engine, WaitingLane)) {
        let mut at = 0;
        loop {
            let (schedule, context) = self.parts();
            let Some(lanes) = schedule.waiting_lane(at, context.queue) else { return };
            for lane in lanes {
                show(self, lane);
            }
            at = at.saturating_add(1);
        }
    }

    /// Shows the costs above 0 of each request of a lane that has waiters.
    pub fn for_each_lane_cost(&self, lane: WaitingLane, show: &mut dyn FnMut(LaneCost)) {
        for cost in self.vectors.get(LaneId(lane.lane).vector()) {
            if cost.amount > 0.0
                && let Some((rule, ceiling)) = self.rules.ceiling(cost.slot, lane.class)
            {
                show(LaneCost { rule, amount: cost.amount, ceiling });
            }
        }
    }

    /// The tokens of a rule that requests of a class may use at most, as in [`LaneCost::ceiling`].
    /// `None`: there is no such rule.
    pub fn ceiling(&mut self, id: &str, class: Priority, now: f64) -> Option<f64> {
        let now = self.observe(now);
        let slot = self.rules.slot(id, self.clock.at(now)).ok()?;
        self.rules.ceiling(slot, class).map(|(_, ceiling)| ceiling)
    }

    /// Grants up to `count` of the first waiters of a lane now, although others may be ahead of
    /// them, as far as what their rules have left covers them. Returns their number;
    /// [`poll`](Engine::poll) returns them.
    ///
    /// For a ledger that has chosen these waiters among those of all processes, and has given
    /// [claims](Engine::hold_claim) for just them.
    pub fn grant_lane(&mut self, lane: u32, count: usize, now: f64) -> usize {
        let now = self.observe(now);
        let mut granted = 0_usize;
        while granted < count {
            let (schedule, context) = self.parts();
            let first = schedule.first_of_lane(LaneId(lane), context.queue);
            let Some(ticket) = first else { break };
            let Some(&request) = self.queue.waiting(ticket) else { break };
            let (class, permit) = (request.turn.class(), request.asks_for_permit());
            let costs = self.vectors.get(request.vector);
            if self.rules.check(costs, class, permit, now) != Some(true) {
                break;
            }
            for cost in costs {
                // The tokens are taken out of turn.
                self.schedule.free(cost.slot, Turn::FIRST);
            }
            self.grant_waiter(ticket);
            self.outbox.push_back((ticket, Ok(())));
            granted = granted.saturating_add(1);
        }
        self.update_due();
        granted
    }
}
