//! Lanes as a ledger sees them: how many wait in each, and the first of one.

use super::Schedule;
use super::lane::{LaneId, turns_of};
use crate::queue::{Queue, Turn};
use crate::request::{Priority, Rank, Ticket};

/// The waiters of one class and rank whose requests cost the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitingLane {
    /// Names the class and the costs while such requests wait. It names others later.
    pub lane: u32,
    /// The class in force, which aging may have raised above the priority.
    pub class: Priority,
    /// The rank in force.
    pub rank: Rank,
    /// The number of waiters; at least 1.
    pub count: usize,
    /// The number of requests that were submitted before the first of the waiters.
    pub arrival: u64,
}

impl Schedule {
    /// One of the lanes that have waiters, by its index among them, divided by ranks.
    pub(crate) fn waiting_lane(&mut self, at: usize, queue: &Queue) -> Option<Vec<WaitingLane>> {
        let &id = self.busy.get(at)?;
        let Ticket { index, arrival } = self.first_of_lane(id, queue)?;
        let (lane, turn) = (id.0, queue.at(index)?.1);
        let (class, rank) = (turn.class(), turn.rank());
        let count = self.lanes.get(id.0 as usize)?.length;
        let mut ranks = Vec::new();
        if self.has_ranks {
            let mut add = |turn: Turn| {
                let (rank, arrival) = (turn.rank(), turn.arrival());
                join(&mut ranks, WaitingLane { lane, class, rank, count: 1, arrival });
            };
            self.reservations.turns_of(id.vector(), class).for_each(&mut add);
            turns_of(&self.lanes, &self.links, id, queue).for_each(&mut add);
        } else {
            ranks.push(WaitingLane { lane, class, rank, count, arrival });
        }
        Some(ranks)
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

/// Adds waiters of a lane to those of the same rank.
#[inline(never)]
fn join(ranks: &mut Vec<WaitingLane>, new: WaitingLane) {
    let at = ranks.partition_point(|other| other.rank < new.rank);
    match ranks.get_mut(at).filter(|other| other.rank == new.rank) {
        Some(other) => {
            other.count = other.count.saturating_add(new.count);
            other.arrival = other.arrival.min(new.arrival);
        }
        None => ranks.insert(at, new),
    }
}
