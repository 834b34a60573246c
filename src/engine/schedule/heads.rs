//! The heads of lanes: which of them goes next, and when.

use super::lane::{Head, LaneId, is_current};
use super::{Outlook, Schedule, World};
use crate::config::Ordering;
use crate::queue::Turn;
use crate::request::Priority;
use crate::time::At;

/// So many instants that have become too early are worked out anew for a due time that is exact. A single rule seldom
/// has more; a due time that is early for more of them costs one look at the clock.
const TOO_EARLY: usize = 16;

impl Schedule {
    /// The first request that may go now.
    pub(crate) fn next(&mut self, world: &mut World) -> Option<u32> {
        self.look_at_freed(world);
        let now = world.now;
        while let Some((_, turn, id, _)) = {
            let Self { timed, lanes, .. } = self;
            timed.pop_if(|entry| is_current(lanes, entry.2, entry.3), |entry| entry.0.0 <= now)
        } {
            self.place(id, turn, Outlook::Now);
        }
        while let Some((turn, id)) = self.first_ready() {
            match self.outlook_of_head(id, turn, world) {
                Outlook::Now => return self.head(id, world.queue).map(|head| head.1),
                _ if self.ordering == Ordering::StrictFifo => return None,
                later => self.place(id, turn, later),
            }
        }
        None
    }

    /// When [`next`](Schedule::next) should be asked again.
    pub(crate) fn due(&mut self, world: &mut World) -> f64 {
        let now = world.now;
        if self.ordering == Ordering::StrictFifo {
            let Some((turn, id)) = self.first_ready() else { return f64::INFINITY };
            return match self.outlook_of_head(id, turn, world) {
                Outlook::Now => now,
                Outlook::At(at) => at,
                Outlook::Behind(_) => f64::INFINITY,
            };
        }
        for _ in 0..TOO_EARLY {
            if !self.freed.is_empty() || self.first_ready().is_some() {
                return now;
            }
            let Some((at, turn, id)) = self.first_timed() else { return f64::INFINITY };
            let delays = self.delays_of(turn.class());
            if self.lanes.get(id.0 as usize).is_none_or(|lane| lane.seen == delays) {
                return at;
            }
            let outlook = self.outlook_of_head(id, turn, world);
            self.place(id, turn, outlook);
        }
        self.first_timed().map_or(f64::INFINITY, |first| first.0)
    }

    fn first_ready(&mut self) -> Option<(Turn, LaneId)> {
        let Self { ready, lanes, .. } = self;
        ready.first(|entry| is_current(lanes, entry.1, entry.2)).map(|(turn, id, _)| (turn, id))
    }

    fn first_timed(&mut self) -> Option<(f64, Turn, LaneId)> {
        let Self { timed, lanes, .. } = self;
        let first = timed.first(|entry| is_current(lanes, entry.2, entry.3));
        first.map(|(at, turn, id, _)| (at.0, turn, id))
    }

    fn look_at_freed(&mut self, world: &World) {
        while let Some(slot) = self.freed.pop() {
            let Some(from) = self.rule_state(slot).and_then(|state| state.freed.take()) else { continue };
            for &vector in world.vectors.using(slot) {
                for class in Priority::ALL {
                    let id = LaneId::new(vector, class);
                    if let Some((turn, ..)) = self.head(id, world.queue).filter(|head| head.0 >= from) {
                        self.place(id, turn, Outlook::Now);
                    }
                }
            }
        }
    }

    /// Puts the head of a lane where it belongs by its outlook.
    pub(super) fn place(&mut self, id: LaneId, turn: Turn, outlook: Outlook) {
        let (busy, delays) = (self.busy, self.delays_of(turn.class()));
        let Some(lane) = self.lanes.get_mut(id.0 as usize) else { return };
        lane.stamp = lane.stamp.wrapping_add(1);
        lane.seen = delays;
        // Where it is the only one, those of before are forgotten.
        self.last_head = if busy > 1 { self.last_head.max(turn) } else { turn };
        let stamp = lane.stamp;
        let Self { lanes, ready, timed, rule_states, ordering, .. } = self;
        // In strict order the first of all is looked at, so all heads stand in the order of turns.
        let outlook = if *ordering == Ordering::StrictFifo { Outlook::Now } else { outlook };
        let is_current_head = |entry: Head| is_current(lanes, entry.1, entry.2);
        match outlook {
            Outlook::Now => ready.push((turn, id, stamp), busy, is_current_head),
            Outlook::At(at) if at < f64::INFINITY => {
                timed.push((At(at), turn, id, stamp), busy, |entry| is_current(lanes, entry.2, entry.3));
            }
            // Only what is freed can help.
            Outlook::At(_) => {}
            Outlook::Behind(slot) => {
                if let Some(state) = rule_states.get_mut(slot.0 as usize) {
                    state.parked.push((turn, id, stamp), busy, is_current_head);
                }
            }
        }
    }
}
