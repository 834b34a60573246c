//! Lanes as a ledger sees them: how many wait in each, and the first of one.

use super::Schedule;
use super::lane::LaneId;
use crate::queue::{Queue, Turn};
use crate::request::{Priority, Ticket};

/// The waiters of one class whose requests cost the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitingLane {
    /// Names the class and the costs while such requests wait. It names others later.
    pub lane: u32,
    /// The class in force, which aging may have raised above the priority.
    pub class: Priority,
    /// The number of waiters; at least 1.
    pub count: usize,
    /// The number of requests that were submitted before the first of the waiters.
    pub arrival: u64,
}

impl Schedule {
    /// One of the lanes that have waiters, by its index among them.
    pub(crate) fn waiting_lane(&mut self, at: usize, queue: &Queue) -> Option<WaitingLane> {
        let &id = self.busy.get(at)?;
        let first = self.first_of_lane(id, queue)?;
        let count = self.lanes.get(id.0 as usize)?.length;
        let class = queue.at(first.index)?.1.class();
        Some(WaitingLane { lane: id.0, class, count, arrival: first.arrival })
    }

    /// The first waiter of a lane. Those with a reservation are ahead of the others.
    pub(crate) fn first_of_lane(&mut self, id: LaneId, queue: &Queue) -> Option<Ticket> {
        let is_of_lane = |turn: Turn, vector| LaneId::new(vector, turn.class()) == id;
        let mut reserved = self.reservations.list.iter();
        let reserved = reserved.find(|each| is_of_lane(each.turn, each.vector));
        let index = match reserved {
            Some(reserved) => reserved.index,
            None => self.head(id, queue)?.index,
        };
        queue.at(index).map(|(ticket, _)| ticket)
    }
}
