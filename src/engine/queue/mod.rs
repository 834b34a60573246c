//! All requests that the engine keeps: waiters in the order of their turns, and held permits.

mod events;
mod request;
mod requests;
mod turn;

use crate::collections::cost_vectors::VectorId;
use crate::collections::lazy_heap::LazyHeap;
use crate::config::Overflow;
use crate::request::{Options, Priority, Standing, Ticket};
use crate::time::OrderedTime;
pub(crate) use events::Lease;
use events::{Deadline, Promotion, Victim};
use request::Permit;
pub(crate) use request::{Held, Request};
use requests::{Extra, Requests};
pub(crate) use turn::{QueueEntry, Turn};

/// All waiters and held permits, with heaps of the events that time brings.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    requests: Requests,
    /// The numbers of waiters, by the priority asked for.
    asked: [usize; 3],
    arrivals: u64,
    deadlines: LazyHeap<Deadline>,
    leases: LazyHeap<Lease>,
    /// The time that a waiter spends in a class before it rises to the next higher one.
    aging: f64,
    promotions: LazyHeap<Promotion>,
    overflow: Overflow,
    /// The waiters in the order in which a full queue drops them. Empty unless it drops any.
    victims: LazyHeap<Victim>,
}

impl Queue {
    pub(crate) fn new(aging: f64, overflow: Overflow) -> Self {
        Self {
            requests: Requests::default(),
            asked: [0; 3],
            arrivals: 0,
            deadlines: LazyHeap::default(),
            leases: LazyHeap::default(),
            aging,
            promotions: LazyHeap::default(),
            overflow,
            victims: LazyHeap::default(),
        }
    }

    /// The number of waiters.
    pub(crate) fn len(&self) -> usize {
        self.asked.iter().fold(0, |sum, &count| sum.saturating_add(count))
    }

    /// The number of waiters and held permits.
    pub(crate) fn len_with_held(&self) -> usize {
        self.requests.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.asked == [0; 3]
    }

    /// Whether there are neither waiters nor permits that are held for a limited time.
    #[inline(always)]
    pub(crate) fn is_idle(&self) -> bool {
        self.is_empty() && self.leases.is_empty()
    }

    /// The number of waiters that asked for this priority.
    pub(crate) fn len_of(&self, priority: Priority) -> usize {
        self.asked.get(priority as usize).copied().unwrap_or(0)
    }

    /// By priority asked for, the instant at which the waiter that has waited longest was
    /// submitted; infinite where none waits. Takes time in proportion to the number of requests.
    pub(crate) fn oldest(&self) -> [f64; 3] {
        let mut oldest = [f64::INFINITY; 3];
        for (_, request) in self.requests.iter().filter(|(_, each)| !each.permit.is_held()) {
            if let Some(since) = oldest.get_mut(request.priority as usize) {
                *since = since.min(request.since);
            }
        }
        oldest
    }

    /// The turn of the request that is pushed next.
    pub(crate) fn next_turn(&self, standing: Standing) -> Turn {
        Turn::new(standing, self.arrivals)
    }

    /// Adds a waiter behind those of its class and rank.
    pub(crate) fn push(
        &mut self,
        vector: VectorId,
        options: Options,
        now: f64,
    ) -> (Ticket, QueueEntry) {
        let Options { priority, max_wait, permit, .. } = options;
        let standing = options.standing();
        let permit = if permit { Permit::Asked } else { Permit::NotAsked };
        let turn = self.next_turn(standing);
        let ticket = self.insert(vector, standing, permit, now);
        self.count(priority, |count| count.saturating_add(1));
        let Ticket { index, arrival } = ticket;
        let Self { requests, deadlines, .. } = self;
        let live = requests.len();
        if max_wait < f64::INFINITY {
            requests.set_extra(index, Extra { max_wait, moves: 0 });
            let deadline = Deadline { at: OrderedTime(now + max_wait), arrival, index };
            deadlines.push(deadline, live, |entry| requests.is_waiting(entry.arrival, entry.index));
        }
        let entry = QueueEntry { turn, index, moves: 0 };
        self.add_victim(entry);
        self.age(index);
        (ticket, entry)
    }

    /// Adds a request that was granted at once and holds a permit.
    pub(crate) fn hold(&mut self, vector: VectorId, priority: Priority, now: f64) -> Ticket {
        let ticket = self.insert(vector, priority.into(), Permit::Held, now);
        self.requests.set_extra(ticket.index, Extra { max_wait: 0.0, moves: 0 });
        ticket
    }

    fn insert(
        &mut self,
        vector: VectorId,
        standing: Standing,
        permit: Permit,
        since: f64,
    ) -> Ticket {
        let Standing { class: priority, rank } = standing;
        let turn = self.next_turn(standing);
        self.arrivals = self.arrivals.wrapping_add(1);
        let request = Request { turn, since, vector, priority, permit, rank };
        Ticket { index: self.requests.insert(request), arrival: turn.arrival() }
    }

    fn count(&mut self, priority: Priority, change: fn(usize) -> usize) {
        if let Some(count) = self.asked.get_mut(priority as usize) {
            *count = change(*count);
        }
    }

    /// Registers when a waiter will rise.
    fn age(&mut self, index: u32) {
        let Self { requests, promotions, aging, .. } = self;
        if *aging == f64::INFINITY {
            return;
        }
        let Some(request) = requests.get(index) else { return };
        let at = request.promoted_at(*aging);
        if at < f64::INFINITY {
            let (arrival, moves) = (request.turn.arrival(), requests.extra(index).moves);
            let promotion = Promotion { at: OrderedTime(at), arrival, index, moves };
            promotions.push(promotion, requests.len(), |entry| will_be_promoted(requests, entry));
        }
    }

    /// Removes the waiter at an index. If it was granted and asked for a permit, it holds one from
    /// now on.
    pub(crate) fn leave(&mut self, index: u32, request: Request, granted_at: Option<f64>) {
        self.count(request.priority, |count| count.saturating_sub(1));
        match (request.permit, granted_at, self.requests.get_mut(index)) {
            (Permit::Asked, Some(now), Some(place)) => {
                let extra = Extra { max_wait: now - request.since, moves: 0 };
                *place = Request { permit: Permit::Held, since: now, ..request };
                self.requests.set_extra(index, extra);
            }
            _ => self.requests.remove(index),
        }
    }

    /// The held permit that a ticket names.
    pub(crate) fn permit(&self, ticket: Ticket) -> Option<Held> {
        let request = self.get(ticket).filter(|request| request.permit.is_held())?;
        let is_in_flight = request.permit == Permit::Held;
        Some(Held { vector: request.vector, granted_at: request.since, is_in_flight })
    }

    /// Records that the response to the request of a permit is known.
    pub(crate) fn mark_answered(&mut self, ticket: Ticket) {
        let request = self.requests.get_mut(ticket.index);
        if let Some(request) = request.filter(|request| request.permit.is_held()) {
            request.permit = Permit::Answered;
        }
    }

    /// Limits how long a permit is held: to `timeout` milliseconds from its grant. `false`: the
    /// ticket names no permit.
    pub(crate) fn lease(&mut self, ticket: Ticket, timeout: f64) -> bool {
        let Some(Held { granted_at, .. }) = self.permit(ticket) else { return false };
        let Self { requests, leases, .. } = self;
        let end = granted_at + timeout;
        // False for NaN too.
        if end < f64::INFINITY {
            let lease = Lease { end, ticket, timeout };
            leases.push(lease, requests.len(), |lease| requests.is_held(lease.ticket));
        }
        true
    }

    /// The lease that ends first.
    #[inline(always)]
    pub(crate) fn first_lease(&mut self) -> Option<Lease> {
        let Self { requests, leases, .. } = self;
        if leases.is_empty() {
            return None;
        }
        leases.first(|lease| requests.is_held(lease.ticket))
    }

    /// Releases a permit.
    pub(crate) fn release(&mut self, ticket: Ticket) -> Option<Held> {
        let held = self.permit(ticket)?;
        self.requests.remove(ticket.index);
        Some(held)
    }

    /// The class and the rank at `now` of a waiter that asks for others, which aging may have
    /// raised.
    pub(crate) fn standing_of(&self, request: &Request, asked: Standing, now: f64) -> Standing {
        let mut raised = request.asking(asked);
        while now >= raised.promoted_at(self.aging) {
            raised.turn = raised.turn.with(raised.risen());
        }
        raised.turn.standing()
    }

    /// A waiter that is due at `now` to rise.
    #[inline(always)]
    pub(crate) fn old_enough(&mut self, now: f64) -> Option<Ticket> {
        let Self { requests, promotions, .. } = self;
        if promotions.is_empty() {
            return None;
        }
        let first = promotions.first(|entry| will_be_promoted(requests, entry));
        let first = first.filter(|entry| entry.at.0 <= now);
        first.map(|Promotion { index, arrival, .. }| Ticket { index, arrival })
    }

    /// Lets a waiter rise.
    pub(crate) fn promote(&mut self, ticket: Ticket) {
        if let Some(&request) = self.waiting(ticket) {
            let asked = Standing { class: request.priority, rank: request.rank };
            self.reclass(ticket.index, asked, request.risen());
        }
    }

    /// The instant at which the next waiter rises.
    #[inline(always)]
    pub(crate) fn first_promotion(&mut self) -> f64 {
        let Self { requests, promotions, .. } = self;
        if promotions.is_empty() {
            return f64::INFINITY;
        }
        let first = promotions.first(|entry| will_be_promoted(requests, entry));
        first.map_or(f64::INFINITY, |entry| entry.at.0)
    }

    /// Gives a waiter another class and rank, asked for and in force.
    pub(crate) fn reclass(&mut self, index: u32, asked: Standing, in_force: Standing) {
        let Some(request) = self.requests.get_mut(index) else { return };
        let turn = request.turn.with(in_force);
        let new = Request { turn, ..request.asking(asked) };
        let old = std::mem::replace(request, new);
        let Extra { max_wait, moves } = self.requests.extra(index);
        let moves = moves.wrapping_add(1);
        self.requests.set_extra(index, Extra { max_wait, moves });
        self.count(old.priority, |count| count.saturating_sub(1));
        self.count(asked.class, |count| count.saturating_add(1));
        self.add_victim(QueueEntry { turn, index, moves });
        self.age(index);
    }

    fn get(&self, ticket: Ticket) -> Option<&Request> {
        self.requests.get(ticket.index).filter(|request| request.turn.arrival() == ticket.arrival)
    }

    /// The wait of the request that holds a permit, in milliseconds.
    pub(crate) fn waited(&self, ticket: Ticket) -> Option<f64> {
        self.requests.is_held(ticket).then(|| self.requests.extra(ticket.index).max_wait)
    }

    /// The timeout of a waiter, in milliseconds.
    pub(crate) fn max_wait(&self, ticket: Ticket) -> f64 {
        self.requests.extra(ticket.index).max_wait
    }

    /// The waiter that a ticket names.
    pub(crate) fn waiting(&self, ticket: Ticket) -> Option<&Request> {
        self.get(ticket).filter(|request| !request.permit.is_held())
    }

    /// The ticket and the turn of the waiter at an index.
    pub(crate) fn at(&self, index: u32) -> Option<(Ticket, Turn)> {
        let turn = self.requests.waiter(index)?.turn;
        Some((Ticket { index, arrival: turn.arrival() }, turn))
    }

    /// The entry of the waiter at an index.
    pub(crate) fn entry(&self, index: u32) -> Option<QueueEntry> {
        self.requests.entry(index)
    }

    /// Whether the waiter of an entry still waits at that turn.
    pub(crate) fn holds(&self, entry: QueueEntry) -> bool {
        self.requests.holds(entry)
    }

    /// The ticket that [`Ticket::to_f64`] converted to this number, if its request is still kept.
    pub(crate) fn find(&self, number: f64) -> Option<Ticket> {
        // The ticket found converts to another number where `as` cuts or saturates.
        let index = number as u64 as u32;
        let ticket = Ticket { index, arrival: self.requests.get(index)?.turn.arrival() };
        Some(ticket).filter(|ticket| ticket.to_f64() == number)
    }

    /// The earliest deadline and its waiter; among equal deadlines, the earlier arrival.
    #[inline(always)]
    pub(crate) fn first_deadline(&mut self) -> Option<(f64, Ticket)> {
        let Self { requests, deadlines, .. } = self;
        if deadlines.is_empty() {
            return None;
        }
        let first = deadlines.first(|entry| requests.is_waiting(entry.arrival, entry.index))?;
        Some((first.at.0, Ticket { index: first.index, arrival: first.arrival }))
    }

    /// Registers a waiter that a full queue may drop.
    fn add_victim(&mut self, entry: QueueEntry) {
        let Self { requests, victims, overflow, .. } = self;
        let place = match overflow {
            Overflow::Reject => return,
            Overflow::DropLowest => entry.turn.last_first(),
            Overflow::DropOldest => entry.turn.oldest_of_lowest_first(),
        };
        let victim = Victim { entry, place };
        victims.push(victim, requests.len(), |victim| requests.holds(victim.entry));
    }

    /// The waiter that a full queue drops for a new request.
    pub(crate) fn victim_for(&mut self, standing: Standing) -> Option<Ticket> {
        let Self { requests, victims, overflow, .. } = self;
        let Victim { entry, .. } = victims.first(|victim| requests.holds(victim.entry))?;
        let (level, new) = (entry.turn.level(), Turn::new(standing, 0).level());
        let is_below = level > new || level == new && *overflow == Overflow::DropOldest;
        self.at(entry.index).filter(|_| is_below).map(|(ticket, _)| ticket)
    }

    /// The wait after which a waiter rises, and what a full queue does.
    pub(crate) fn config(&self) -> (f64, Overflow) {
        (self.aging, self.overflow)
    }

    /// Changes the wait after which a waiter rises, and what a full queue does. Waiters that have
    /// risen stay where they are.
    pub(crate) fn configure(&mut self, aging: f64, overflow: Overflow) {
        (self.aging, self.overflow) = (aging, overflow);
        (self.promotions, self.victims) = (LazyHeap::default(), LazyHeap::default());
        for (ticket, _) in self.in_order() {
            if let Some(entry) = self.entry(ticket.index) {
                self.add_victim(entry);
                self.age(ticket.index);
            }
        }
    }

    /// All waiters, in the order of their turns.
    pub(crate) fn in_order(&self) -> Vec<(Ticket, VectorId)> {
        // Sorted by a heap that exists for other purposes: `sort` would add 5 KB of wasm.
        let mut heap = LazyHeap::default();
        for (ticket, _) in self.waiting_and_held(false) {
            if let Some(entry) = self.entry(ticket.index) {
                heap.push(entry, usize::MAX, |_| true);
            }
        }
        let in_order = std::iter::from_fn(|| heap.pop_if(|_| true, |_| true));
        let request =
            |QueueEntry { index, .. }| Some((self.at(index)?.0, self.requests.get(index)?.vector));
        in_order.filter_map(request).collect()
    }

    /// All held permits.
    pub(crate) fn held(&self) -> Vec<(Ticket, VectorId)> {
        self.waiting_and_held(true).collect()
    }

    fn waiting_and_held(&self, held: bool) -> impl Iterator<Item = (Ticket, VectorId)> {
        let all = self.requests.iter().filter(move |(_, request)| request.permit.is_held() == held);
        all.map(|(index, request)| {
            (Ticket { index, arrival: request.turn.arrival() }, request.vector)
        })
    }

    /// Changes the cost vector of a held permit.
    pub(crate) fn set_vector(&mut self, ticket: Ticket, vector: VectorId) {
        if let Some(request) = self.requests.get_mut(ticket.index) {
            request.vector = vector;
        }
    }
}

/// Whether a promotion is still due. It is void if the class was changed meanwhile.
fn will_be_promoted(requests: &Requests, promotion: Promotion) -> bool {
    let Promotion { arrival, index, moves, .. } = promotion;
    requests.is_waiting(arrival, index) && requests.extra(index).moves == moves
}
