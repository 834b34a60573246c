//! Who of those that wait may go next, and when.
//!
//! Requests of the same costs and the same class form a *lane*; inside it the first is always the first to go. So only
//! the heads of lanes are looked at, and there are no more of those than distinct costs, however many requests wait.
//!
//! A head may go when each of its rules has left what it [needs](crate::limit::Algorithm::need): what all requests
//! ahead of it still want of that rule, and its own cost. What those ahead want is a sum over turns, kept by
//! [`Claims`]. Let one of them go, and it takes from what is left just what it no longer wants: the difference, and with
//! it the instant at which a head further back may go, stays what it was. That is why an instant needs to be worked out
//! only once for each head:
//!
//! - **ready**: to be looked at now. Who takes the first of them in the order of turns goes through those that wait
//!   in order.
//! - **timed**: may go at a known instant.
//! - **parked**: needs more of a rule than that can ever have left at once. The first whose need sinks to the capacity
//!   is the first in the order of turns, as each needs all that those before it need; so a grant looks at one of them.
//!
//! # Nobody is granted later than in one line
//!
//! For buckets, rolling windows and windows of the calendar in any mix, where all requests are of one class: no request
//! is granted later than under strict first come, first served. By induction over turns: let strict order grant `q` at
//! `t`. All ahead of `q` have gone by then there, so here too, and `q` needs just its own cost. Take any rule of `q`.
//!
//! - If some request behind `q` took from the rule, look at the last one that did, at `s`. It left all that those ahead
//!   of it wanted, the cost of `q` included. Since then only requests ahead of `q` took from the rule, no more than they
//!   wanted, and time only adds to what is left. So the cost of `q` is left at `t`.
//! - If none did, the same requests took from the rule as in strict order, none of them later. A bucket from which is
//!   taken earlier runs over less, a window forgets earlier what it counted earlier. So no less is left at `t` than
//!   there, which was enough.
//!
//! It does not hold for a window that its first request opens, as opening it earlier moves its end; for concurrency,
//! whose tasks end when they like; nor against a more important request that comes later and finds taken what a less
//! important one was given meanwhile.
//!
//! # Changes
//!
//! What makes more room than was foreseen (a cancelled request, a permit that is released, a rule that is changed) is
//! noted as *freed*, and the heads behind it are looked at again. What makes less (a more important request that comes
//! later) leaves instants too early, which is found out when they come up first.

use std::iter::zip;

use crate::claims::{Claims, Standing};
use crate::cost::{Cost, CostVectors, Slot, VectorId};
use crate::heap::{At, Heap};
use crate::limit::Algorithm;
use crate::line::{Line, Links};
use crate::queue::{Place, Priority, Queue, Turn};
use crate::request::Ordering;
use crate::rules::Rules;

/// Everything that decides when a waiting request may go.
pub(crate) struct World<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) vectors: &'a CostVectors,
    pub(crate) rules: &'a mut Rules,
    pub(crate) now: f64,
}

/// Why a request is no longer at its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It was granted.
    Granted,
    /// It waits no longer, or further back.
    Ungranted,
    /// It waits further ahead.
    Promoted,
}

/// When a request may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outlook {
    Now,
    /// Not before this instant; infinite if only a change can help.
    At(f64),
    /// Not before some of those ahead have gone: together they want more than the rule at this slot can have left.
    Behind(Slot),
}

/// Requests of one cost vector and one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LaneId(u32);

impl LaneId {
    fn new(vector: VectorId, class: Priority) -> Self {
        Self(vector.0.saturating_mul(3).saturating_add(class as u32))
    }

    fn vector(self) -> VectorId {
        VectorId(self.0 / 3)
    }
}

#[derive(Clone, Debug, Default)]
struct Lane {
    line: Line,
    /// Those who came to the lane later than others who came after them, as their class was changed.
    moved: Heap<Place>,
    length: usize,
    /// Of all entries that name the lane in the heaps below, that with this stamp holds.
    stamp: u32,
    /// The number of delays of its class when it was placed.
    seen: u64,
}

impl Lane {
    /// The first request: of those that were moved, the first that still holds.
    fn first(&mut self, holds: impl Fn(Place) -> bool, queue: &Queue) -> Option<Place> {
        let first = self.line.first().and_then(|first| queue.place(first));
        let moved = self.moved.first(holds);
        first.into_iter().chain(moved).min()
    }
}

/// A head in the order of turns, with its lane and the lane's stamp.
type Head = (Turn, LaneId, u32);

/// What waiting requests want of one rule.
#[derive(Clone, Debug, Default)]
struct Demand {
    claims: Claims,
    parked: Heap<Head>,
    /// The first turn for which there may be more room than was foreseen.
    freed: Option<Turn>,
}

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    ordering: Ordering,
    lanes: Vec<Lane>,
    links: Links,
    /// Lanes in which somebody waits.
    busy: usize,
    /// While somebody waits, no head of a lane is behind this turn.
    last_head: Turn,
    ready: Heap<Head>,
    timed: Heap<(At, Turn, LaneId, u32)>,
    /// By slot.
    demands: Vec<Demand>,
    freed: Vec<Slot>,
    /// How often something left less room than was foreseen, for requests of each class.
    delays: [u64; 3],
    needs: Vec<Cost>,
}

/// So many instants that have become too early are worked out anew for a due time that is exact. A single rule seldom
/// has more; a due time that is early for more of them costs one look at the clock.
const TOO_EARLY: usize = 16;

impl Schedule {
    pub(crate) fn new(ordering: Ordering) -> Self {
        Self {
            ordering,
            lanes: Vec::new(),
            links: Links::default(),
            busy: 0,
            last_head: Turn::FIRST,
            ready: Heap::default(),
            timed: Heap::default(),
            demands: Vec::new(),
            freed: Vec::new(),
            delays: [0; 3],
            needs: Vec::new(),
        }
    }

    /// When a request of `costs` may go.
    pub(crate) fn outlook(
        &mut self,
        costs: &[Cost],
        class: Priority,
        standing: Standing,
        world: &mut World,
    ) -> Outlook {
        #[cfg(test)]
        tests::LOOKS.set(tests::LOOKS.get().saturating_add(1));
        self.needs.clear();
        for &Cost { slot, amount } in costs.iter().filter(|cost| cost.amount > 0.0) {
            let ahead = self.ahead(slot, class, standing, world.queue);
            let Some(entry) = world.rules.get(slot) else { continue };
            let need = entry.limit.need(ahead, amount) + entry.reserve_for(class);
            if need > entry.limit.capacity() {
                return Outlook::Behind(slot);
            }
            self.needs.push(Cost { slot, amount: need });
        }
        let at = world.rules.ready_at(&self.needs, world.now);
        if at <= world.now { Outlook::Now } else { Outlook::At(at) }
    }

    /// When the head of a lane may go.
    fn outlook_of_head(&mut self, id: LaneId, turn: Turn, world: &mut World) -> Outlook {
        let vector = id.vector();
        self.outlook(world.vectors.get(vector), turn.class(), Standing::First(turn), world)
    }

    /// An instant before which a request of `costs` cannot go if all ahead of it do, as far as each rule by itself tells.
    pub(crate) fn earliest(
        &mut self,
        costs: &[Cost],
        class: Priority,
        standing: Standing,
        world: &mut World,
    ) -> f64 {
        let mut at = world.now;
        for &Cost { slot, amount } in costs.iter().filter(|cost| cost.amount > 0.0) {
            let ahead = self.ahead(slot, class, standing, world.queue);
            if let Some(entry) = world.rules.get_mut(slot) {
                at = at.max(entry.earliest(ahead, amount, class, world.now));
            }
        }
        at
    }

    /// What those want of a rule that are ahead of a request.
    fn ahead(&mut self, slot: Slot, class: Priority, standing: Standing, queue: &Queue) -> f64 {
        let Self { demands, lanes, links, .. } = self;
        let turns = |vector| turns_of(lanes, links, LaneId::new(vector, class), queue);
        demands.get_mut(slot.0 as usize).map_or(0.0, |demand| demand.claims.ahead(class, standing, turns))
    }

    /// Whether requests of this vector wait in this class.
    pub(crate) fn is_waited_for(&self, vector: VectorId, class: Priority) -> bool {
        self.lanes.get(LaneId::new(vector, class).0 as usize).is_some_and(|lane| lane.length > 0)
    }

    /// Adds a waiting request. With what is known of it, or else it is looked at if it is the head of its lane.
    pub(crate) fn enter(
        &mut self,
        vector: VectorId,
        index: u32,
        turn: Turn,
        known: Option<Outlook>,
        world: &World,
    ) {
        let id = LaneId::new(vector, turn.class());
        let all = (vector.0 as usize).saturating_add(1).saturating_mul(3);
        if self.lanes.len() < all {
            self.lanes.resize_with(all, Lane::default);
        }
        if let (Some(lane), Some(place)) = (self.lanes.get_mut(id.0 as usize), world.queue.place(index)) {
            let last = lane.line.last().and_then(|last| world.queue.place(last));
            match last.is_none_or(|last| last.0 < turn) {
                true => lane.line.push(index, &mut self.links),
                false => lane.moved.push(place, lane.length, |place| holds(world.queue, place)),
            }
            self.busy = self.busy.saturating_add(usize::from(lane.length == 0));
            lane.length = lane.length.saturating_add(1);
        }
        if self.ordering == Ordering::WorkConserving {
            let Self { demands, lanes, links, .. } = self;
            let turns = |vector| turns_of(lanes, links, LaneId::new(vector, turn.class()), world.queue);
            for &Cost { slot, amount } in world.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0) {
                if let Some(demand) = demand_at(demands, slot) {
                    demand.claims.insert(turn, vector, amount, turns);
                }
            }
            self.delay(|class| class > turn.class());
        }
        if self.head(id, world.queue).is_some_and(|head| head.0 == turn) {
            self.place(id, turn, known.unwrap_or(Outlook::Now));
        }
    }

    /// Takes a request from its turn; to be called while the queue still knows it there.
    pub(crate) fn leave(
        &mut self,
        vector: VectorId,
        (turn, index, _): Place,
        leaving: Leaving,
        world: &mut World,
    ) {
        let id = LaneId::new(vector, turn.class());
        let head = self.head(id, world.queue);
        if let Some(lane) = self.lanes.get_mut(id.0 as usize) {
            lane.line.remove(index, &mut self.links);
            lane.length = lane.length.saturating_sub(1);
            self.busy = self.busy.saturating_sub(usize::from(lane.length == 0));
            if head.is_some_and(|head| head.0 == turn) {
                // Nothing in the heaps names this head any more.
                lane.stamp = lane.stamp.wrapping_add(1);
                if let Some((next, ..)) =
                    lane.first(|place| place.0 != turn && holds(world.queue, place), world.queue)
                {
                    self.place(id, next, Outlook::Now);
                }
            }
        }
        if self.ordering == Ordering::StrictFifo {
            return;
        }
        for &Cost { slot, .. } in world.vectors.get(vector).iter().filter(|cost| cost.amount > 0.0) {
            if let Some(demand) = self.demand(slot) {
                demand.claims.remove(turn);
            }
            let indebted = world.rules.get(slot).is_some_and(|entry| entry.limit.allows_debt());
            match leaving {
                Leaving::Granted if !indebted => self.unpark(slot, world),
                // Who is behind it is so still.
                Leaving::Promoted => {}
                _ => self.free(slot, turn),
            }
        }
    }

    /// Looks again at the parked heads of a rule that no longer need more than it can have left.
    fn unpark(&mut self, slot: Slot, world: &World) {
        loop {
            let Self { demands, lanes, .. } = self;
            let parked = demands.get_mut(slot.0 as usize).map(|demand| &mut demand.parked);
            let first = parked.and_then(|heads| heads.first(|entry| is_current(lanes, entry.1, entry.2)));
            let Some((turn, id, _)) = first else { return };
            let (class, vector) = (turn.class(), id.vector());
            let costs = world.vectors.get(vector);
            let cost = costs.iter().find(|cost| cost.slot == slot).map_or(0.0, |cost| cost.amount);
            let ahead = self.ahead(slot, class, Standing::First(turn), world.queue);
            let fits = world.rules.get(slot).is_none_or(|entry| {
                entry.limit.need(ahead, cost) + entry.reserve_for(class) <= entry.limit.capacity()
            });
            if !fits {
                return;
            }
            self.place(id, turn, Outlook::Now);
        }
    }

    /// Notes that requests from `turn` on may find more left of a rule than was foreseen.
    pub(crate) fn free(&mut self, slot: Slot, turn: Turn) {
        // Whoever comes to the head of a lane later is looked at in any case.
        if self.busy == 0 || turn > self.last_head {
            return;
        }
        let Some(demand) = self.demand(slot) else { return };
        let earlier = demand.freed;
        demand.freed = Some(earlier.map_or(turn, |earlier| earlier.min(turn)));
        if earlier.is_none() {
            self.freed.push(slot);
        }
    }

    /// Notes that requests of some classes may find less left than was foreseen.
    pub(crate) fn delay(&mut self, whom: impl Fn(Priority) -> bool) {
        for (class, delays) in zip(Priority::ALL, &mut self.delays) {
            *delays = delays.wrapping_add(u64::from(whom(class)));
        }
    }

    fn delays_of(&self, class: Priority) -> u64 {
        self.delays.get(class as usize).copied().unwrap_or(0)
    }

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
            let Some(from) = self.demand(slot).and_then(|demand| demand.freed.take()) else { continue };
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
    fn place(&mut self, id: LaneId, turn: Turn, outlook: Outlook) {
        let (busy, delays) = (self.busy, self.delays_of(turn.class()));
        let Some(lane) = self.lanes.get_mut(id.0 as usize) else { return };
        lane.stamp = lane.stamp.wrapping_add(1);
        lane.seen = delays;
        // Where it is the only one, those of before are forgotten.
        self.last_head = if busy > 1 { self.last_head.max(turn) } else { turn };
        let stamp = lane.stamp;
        let Self { lanes, ready, timed, demands, ordering, .. } = self;
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
                if let Some(demand) = demands.get_mut(slot.0 as usize) {
                    demand.parked.push((turn, id, stamp), busy, is_current_head);
                }
            }
        }
    }

    /// The first request of a lane.
    fn head(&mut self, id: LaneId, queue: &Queue) -> Option<Place> {
        self.lanes.get_mut(id.0 as usize)?.first(|place| holds(queue, place), queue)
    }

    fn demand(&mut self, slot: Slot) -> Option<&mut Demand> {
        demand_at(&mut self.demands, slot)
    }
}

/// What is wanted of a rule; there for every slot.
fn demand_at(demands: &mut Vec<Demand>, slot: Slot) -> Option<&mut Demand> {
    let at = slot.0 as usize;
    if demands.len() <= at {
        demands.resize_with(at.saturating_add(1), Demand::default);
    }
    demands.get_mut(at)
}

/// The turns of all who wait in a lane.
fn turns_of(lanes: &[Lane], links: &Links, id: LaneId, queue: &Queue) -> impl Iterator<Item = Turn> {
    lanes.get(id.0 as usize).into_iter().flat_map(|lane| {
        let inline = lane.line.iter(links).filter_map(|index| queue.place(index));
        let moved = lane.moved.iter().filter(|&place| holds(queue, place));
        inline.chain(moved).map(|place| place.0)
    })
}

/// Whether a request still waits where the entry of a lane's heap says.
fn holds(queue: &Queue, place: Place) -> bool {
    queue.place(place.1) == Some(place)
}

/// Whether an entry that was made with this stamp holds for its lane.
fn is_current(lanes: &[Lane], id: LaneId, stamp: u32) -> bool {
    lanes.get(id.0 as usize).is_some_and(|lane| lane.stamp == stamp)
}

#[cfg(test)]
mod tests;
