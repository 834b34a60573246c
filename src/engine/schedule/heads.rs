//! The heads of lanes: the one to be granted next, and when.

use super::lane::{Head, LaneId, TimedHead, is_current};
use super::{Context, Outlook, Schedule};
use crate::config::Ordering;
use crate::queue::Turn;
use crate::request::Priority;
use crate::time::OrderedTime;

/// The number of outdated instants that are computed again to make a due time exact. A single rule
/// rarely has more; a due time that is early because of more of them costs one extra poll.
const TOO_EARLY: usize = 16;

impl Schedule {
    /// The first waiter that can be granted now.
    pub(crate) fn next(&mut self, context: &mut Context) -> Option<u32> {
        self.requeue_freed(context);
        if self.is_backfilling {
            self.update_backfilling(context);
            if self.is_backfilling
                && let Some(index) = self.next_reserved(context)
            {
                return Some(index);
            }
        }
        let now = context.now;
        while let Some(TimedHead { head, .. }) = {
            let Self { timed, lanes, .. } = self;
            timed.pop_if(|entry| is_current(lanes, entry.head), |entry| entry.at.0 <= now)
        } {
            self.place(head.lane, head.turn, Outlook::Now);
        }
        while let Some(Head { turn, lane, .. }) = self.first_ready() {
            match self.outlook_of_head(lane, turn, context) {
                Outlook::Now => return self.head(lane, context.queue).map(|head| head.index),
                _ if self.ordering == Ordering::StrictFifo => return None,
                later => self.place(lane, turn, later),
            }
        }
        None
    }

    /// The instant at which [`next`](Schedule::next) should be called again.
    pub(crate) fn due(&mut self, context: &mut Context) -> f64 {
        let now = context.now;
        self.due_turn = Turn::FIRST;
        if self.ordering == Ordering::StrictFifo {
            let Some(Head { turn, lane, .. }) = self.first_ready() else { return f64::INFINITY };
            return match self.outlook_of_head(lane, turn, context) {
                Outlook::Now => now,
                Outlook::At(at) => at,
                Outlook::Behind(_) => f64::INFINITY,
            };
        }
        if self.is_backfilling {
            return self.due_beside_reservations(context);
        }
        self.due_of_heads(context)
    }

    /// The instant at which [`next`](Schedule::next) should be called again, while the first
    /// waiters have reservations.
    #[cold]
    fn due_beside_reservations(&mut self, context: &mut Context) -> f64 {
        self.update_backfilling(context);
        let reserved =
            if self.is_backfilling { self.due_of_reserved(context) } else { f64::INFINITY };
        // A waiter that has lost its reservation to another one can seldom be granted now.
        for _ in 0..TOO_EARLY {
            let Some(Head { turn, lane, .. }) = self.first_ready() else { break };
            match self.outlook_of_head(lane, turn, context) {
                Outlook::Now => return context.now,
                later => self.place(lane, turn, later),
            }
        }
        let of_heads = self.due_of_heads(context);
        if reserved <= of_heads {
            self.due_turn = Turn::FIRST;
        }
        reserved.min(of_heads)
    }

    /// Whether a new waiter that is no head leaves the last [due](Schedule::due) instant as it is.
    /// Such a waiter delays those behind it, and none that decided the instant may be among them.
    /// Waiters with reservations are all ahead of it.
    pub(crate) fn keeps_due(&self, new: Turn) -> bool {
        let Self { reservations, freed, ready, .. } = self;
        let is_planned = !self.is_backfilling
            || !reservations.is_stale && reservations.valid == reservations.list.len();
        self.due_turn < new && is_planned && freed.is_empty() && ready.is_empty()
    }

    /// The instant at which a head has to be checked next.
    #[inline(always)]
    fn due_of_heads(&mut self, context: &mut Context) -> f64 {
        let now = context.now;
        for _ in 0..TOO_EARLY {
            if !self.freed.is_empty() || self.first_ready().is_some() {
                return now;
            }
            let Some(TimedHead { at, head }) = self.first_timed() else { return f64::INFINITY };
            let delays = self.delays_of(head.turn.class());
            self.due_turn = head.turn;
            if self.lanes.get(head.lane.0 as usize).is_none_or(|lane| lane.seen == delays) {
                return at.0;
            }
            let outlook = self.outlook_of_head(head.lane, head.turn, context);
            self.place(head.lane, head.turn, outlook);
        }
        let Some(TimedHead { at, head }) = self.first_timed() else { return f64::INFINITY };
        self.due_turn = head.turn;
        at.0
    }

    pub(super) fn first_ready(&mut self) -> Option<Head> {
        let Self { ready, lanes, .. } = self;
        ready.first(|head| is_current(lanes, head))
    }

    fn first_timed(&mut self) -> Option<TimedHead> {
        let Self { timed, lanes, .. } = self;
        timed.first(|entry| is_current(lanes, entry.head))
    }

    fn requeue_freed(&mut self, context: &Context) {
        while let Some(slot) = self.freed.pop() {
            let Some(from) = self.rule_state(slot).and_then(|state| state.freed.take()) else {
                continue;
            };
            for &vector in context.vectors.using(slot) {
                for class in Priority::ALL {
                    let id = LaneId::new(vector, class);
                    if let Some(head) =
                        self.head(id, context.queue).filter(|head| head.turn >= from)
                    {
                        self.place(id, head.turn, Outlook::Now);
                    }
                }
            }
        }
    }

    /// Files the head of a lane under its outlook.
    pub(super) fn place(&mut self, id: LaneId, turn: Turn, outlook: Outlook) {
        let (busy, delays) = (self.busy.len(), self.delays_of(turn.class()));
        let Some(lane) = self.lanes.get_mut(id.0 as usize) else { return };
        lane.stamp = lane.stamp.wrapping_add(1);
        lane.seen = delays;
        // With one busy lane, earlier heads no longer matter.
        self.last_head = if busy > 1 { self.last_head.max(turn) } else { turn };
        let head = Head { turn, lane: id, stamp: lane.stamp };
        let Self { lanes, ready, timed, rule_states, ordering, .. } = self;
        // Under strict FIFO only the first of all heads is checked, so all stand in the order of
        // turns.
        let outlook = if *ordering == Ordering::StrictFifo { Outlook::Now } else { outlook };
        let is_current_head = |head: Head| is_current(lanes, head);
        match outlook {
            Outlook::Now => ready.push(head, busy, is_current_head),
            Outlook::At(at) if at < f64::INFINITY => {
                timed.push(TimedHead { at: OrderedTime(at), head }, busy, |entry| {
                    is_current(lanes, entry.head)
                });
            }
            // Only a change that frees tokens can help.
            Outlook::At(_) => {}
            Outlook::Behind(slot) => {
                if let Some(state) = rule_states.get_mut(slot.0 as usize) {
                    state.parked.push(head, busy, is_current_head);
                }
            }
        }
        if self.is_backfilling {
            self.queue_for_reservation(id, turn);
        }
    }
}
