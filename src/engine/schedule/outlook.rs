//! Outlooks: when a request can be granted.

use super::lane::{ClassTurns, LaneId};
use super::{Context, Position, Schedule};
use crate::config::Ordering;
use crate::queue::{Queue, Turn};
use crate::request::{Cost, Priority, Slot};

/// The time at which a request can be granted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outlook {
    Now,
    /// Not before this instant; infinite if only a change can help.
    At(f64),
    /// Not before waiters ahead are granted: together they want more than the capacity of the rule
    /// at this slot.
    Behind(Slot),
}

impl Schedule {
    /// The outlook of a request of `costs`.
    pub(crate) fn outlook(
        &mut self,
        costs: &[Cost],
        class: Priority,
        position: Position,
        context: &mut Context,
    ) -> Outlook {
        #[cfg(test)]
        super::tests::LOOKS.set(super::tests::LOOKS.get().saturating_add(1));
        if let (Position::New(turn), Ordering::WorkConserving) = (position, self.ordering) {
            self.prepare_to_pass(costs, context);
            if let Some(outlook) = self.outlook_of_new(costs, turn, context) {
                return outlook;
            }
        }
        self.needs.clear();
        let now = context.now;
        let mut at = now;
        for &Cost { slot, amount } in costs.iter().filter(|cost| cost.amount > 0.0) {
            let ahead = self.ahead(slot, class, position, context.queue);
            let Some(entry) = context.rules.get(slot) else { continue };
            let need = entry.need(ahead, amount, class);
            if need > entry.state.capacity() {
                return Outlook::Behind(slot);
            }
            at = at.max(entry.ready_at(need, now));
            self.needs.push(Cost { slot, amount: need });
        }
        if at <= now {
            return Outlook::Now;
        }
        Outlook::At(context.rules.ready_at(&self.needs, at))
    }

    /// The outlook of the head of a lane.
    #[inline(always)]
    pub(super) fn outlook_of_head(
        &mut self,
        id: LaneId,
        turn: Turn,
        context: &mut Context,
    ) -> Outlook {
        let costs = context.vectors.get(id.vector());
        match self.outlook(costs, turn.class(), Position::First(turn), context) {
            Outlook::Now if self.is_backfilling => self.outlook_behind_its_lane(id, turn),
            outlook => outlook,
        }
    }

    /// A lower bound of the instant at which a request of `costs` is granted if all waiters ahead
    /// are, except those that it may overtake, as far as each rule by itself tells.
    pub(crate) fn earliest(
        &mut self,
        costs: &[Cost],
        class: Priority,
        position: Position,
        context: &mut Context,
    ) -> f64 {
        let mut at = context.now;
        for &Cost { slot, amount } in costs.iter().filter(|cost| cost.amount > 0.0) {
            let ahead = self.ahead(slot, class, position, context.queue);
            let largest = self.rule_state(slot).map_or(0.0, |state| state.demand.largest(class));
            let ahead = (ahead - self.most_passed(largest)).max(0.0);
            if let Some(entry) = context.rules.get_mut(slot) {
                at = at.max(entry.earliest((ahead, largest), amount, class, context.now));
            }
        }
        at
    }

    /// The demand for a rule ahead of a request.
    pub(super) fn ahead(
        &mut self,
        slot: Slot,
        class: Priority,
        position: Position,
        queue: &Queue,
    ) -> f64 {
        let Self { rule_states, lanes, links, reservations, .. } = self;
        let turns = ClassTurns { class, lanes, links, reservations, queue };
        rule_states
            .get_mut(slot.0 as usize)
            .map_or(0.0, |state| state.demand.ahead(class, position, &turns))
    }
}
