//! The requests that wait, in the order in which they are served.

use slab::Slab;

use crate::cost::VectorId;
use crate::deadlines::Deadlines;

/// How important a request is. Critical requests are served before normal ones, normal ones before low ones; inside
/// a class the first come is the first served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Served before all others.
    Critical,
    /// The class of a request that names none.
    #[default]
    Normal,
    /// Served when nothing else waits.
    Low,
}

impl Priority {
    /// All classes, the most important first.
    pub const ALL: [Priority; 3] = [Priority::Critical, Priority::Normal, Priority::Low];

    /// The name in options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Priority::Critical => "critical",
            Priority::Normal => "normal",
            Priority::Low => "low",
        }
    }
}

/// Names a waiting request. Once the request was granted, refused or cancelled, its ticket means nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    index: u32,
    arrival: u64,
}

/// So many values of an arrival number fit beside an index into an `f64`, which holds 53 bits exactly.
const ARRIVALS: u64 = 1 << 21;

impl Ticket {
    /// The ticket as a whole number from 0 to 2^53 - 1, for an interface that knows only numbers; see
    /// [`Engine::ticket`](crate::Engine::ticket). Its lower 32 bits are the ticket's [`index`](Ticket::index).
    pub fn to_f64(self) -> f64 {
        (self.arrival % ARRIVALS) as f64 * 4_294_967_296.0 + f64::from(self.index)
    }

    /// A small number that no other request has while this one waits: a place in an array kept beside the engine.
    pub fn index(self) -> u32 {
        self.index
    }
}

/// One waiting request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) vector: VectorId,
    pub(crate) priority: Priority,
    /// The instant after which it is no longer wanted; infinite if there is none.
    pub(crate) deadline: f64,
    /// The longest wait that it asked for, from which the deadline was worked out.
    pub(crate) max_wait: f64,
    arrival: u64,
    before: u32,
    after: u32,
}

/// No request: the end of a line.
const END: u32 = u32::MAX;

/// A line of one class, linked through its requests.
#[derive(Clone, Copy, Debug)]
struct Line {
    first: u32,
    last: u32,
    length: usize,
}

/// The waiting requests: a line for each class, and their deadlines.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    requests: Slab<Request>,
    lines: [Line; 3],
    deadlines: Deadlines,
    arrivals: u64,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            requests: Slab::new(),
            lines: [Line { first: END, last: END, length: 0 }; 3],
            deadlines: Deadlines::default(),
            arrivals: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    pub(crate) fn len_of(&self, priority: Priority) -> usize {
        self.lines.get(priority as usize).map_or(0, |line| line.length)
    }

    /// Whether a new request of this class would find somebody ahead of it.
    pub(crate) fn is_blocked(&self, priority: Priority) -> bool {
        self.lines.iter().take((priority as usize).saturating_add(1)).any(|line| line.length > 0)
    }

    /// Adds a request at the end of its class.
    pub(crate) fn push(
        &mut self,
        vector: VectorId,
        priority: Priority,
        deadline: f64,
        max_wait: f64,
    ) -> Ticket {
        let arrival = self.arrivals;
        self.arrivals = self.arrivals.wrapping_add(1);
        let before = line_of(&mut self.lines, priority).last;
        let request = Request { vector, priority, deadline, max_wait, arrival, before, after: END };
        // As many requests as 2^32 do not fit into memory.
        let index = self.requests.insert(request) as u32;
        *self.next_of(before, priority) = index;
        *self.previous_of(END, priority) = index;
        let line = line_of(&mut self.lines, priority);
        line.length = line.length.saturating_add(1);
        if deadline < f64::INFINITY {
            self.deadlines.insert(index, deadline, arrival);
        }
        Ticket { index, arrival }
    }

    /// Takes a request out, wherever it stands.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Request> {
        self.get(ticket)?;
        let request = self.requests.try_remove(ticket.index as usize)?;
        *self.next_of(request.before, request.priority) = request.after;
        *self.previous_of(request.after, request.priority) = request.before;
        let line = line_of(&mut self.lines, request.priority);
        line.length = line.length.saturating_sub(1);
        self.deadlines.remove(ticket.index);
        Some(request)
    }

    pub(crate) fn get(&self, ticket: Ticket) -> Option<&Request> {
        self.requests.get(ticket.index as usize).filter(|request| request.arrival == ticket.arrival)
    }

    /// The ticket that [`Ticket::to_f64`] made this number of, if its request still waits.
    pub(crate) fn find(&self, number: f64) -> Option<Ticket> {
        // `as` cuts what does not fit, and then the number is not that of the ticket that is found.
        let index = (number % 4_294_967_296.0) as u32;
        let ticket = Ticket { index, arrival: self.requests.get(index as usize)?.arrival };
        Some(ticket).filter(|ticket| ticket.to_f64() == number)
    }

    /// The request that is served next.
    pub(crate) fn front(&self) -> Option<(Ticket, &Request)> {
        self.iter().next()
    }

    /// The earliest deadline and its request.
    pub(crate) fn first_deadline(&self) -> Option<(f64, Ticket)> {
        let (deadline, index) = self.deadlines.first()?;
        let request = self.requests.get(index as usize)?;
        Some((deadline, Ticket { index, arrival: request.arrival }))
    }

    /// All requests in the order in which they are served.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ticket, &Request)> {
        self.lines.iter().flat_map(|line| {
            let get = |index: u32| self.requests.get(index as usize).map(|request| (index, request));
            std::iter::successors(get(line.first), move |(_, request)| get(request.after))
                .map(|(index, request)| (Ticket { index, arrival: request.arrival }, request))
        })
    }

    /// The link that leads on from `index`; from the end of the line, that to its first request.
    fn next_of(&mut self, index: u32, priority: Priority) -> &mut u32 {
        let line = line_of(&mut self.lines, priority);
        self.requests.get_mut(index as usize).map_or(&mut line.first, |request| &mut request.after)
    }

    /// The link that leads back from `index`; from the end of the line, that to its last request.
    fn previous_of(&mut self, index: u32, priority: Priority) -> &mut u32 {
        let line = line_of(&mut self.lines, priority);
        self.requests.get_mut(index as usize).map_or(&mut line.last, |request| &mut request.before)
    }
}

fn line_of(lines: &mut [Line; 3], priority: Priority) -> &mut Line {
    let [critical, normal, low] = lines;
    match priority {
        Priority::Critical => critical,
        Priority::Normal => normal,
        Priority::Low => low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{CostVectors, Costs};

    fn order(queue: &Queue) -> Vec<f64> {
        queue.iter().map(|(_, request)| request.max_wait).collect()
    }

    #[test]
    fn serves_by_class_then_by_arrival_and_closes_gaps() {
        let mut queue = Queue::new();
        let vector = CostVectors::default().acquire(Costs::default().as_slice());
        let tickets: Vec<Ticket> = [Priority::Low, Priority::Normal, Priority::Critical, Priority::Normal]
            .into_iter()
            .zip([0.0, 1.0, 2.0, 3.0])
            .map(|(priority, name)| queue.push(vector, priority, f64::INFINITY, name))
            .collect();
        assert_eq!(order(&queue), [2.0, 1.0, 3.0, 0.0]);
        assert!(queue.remove(tickets[1]).is_some());
        assert_eq!(order(&queue), [2.0, 3.0, 0.0]);
        assert_eq!(queue.len_of(Priority::Normal), 1);

        // The place is used again; the old ticket does not name the new request.
        let again = queue.push(vector, Priority::Normal, f64::INFINITY, 4.0);
        assert_eq!(again.index(), tickets[1].index());
        assert!(queue.remove(tickets[1]).is_none());
        assert_eq!(queue.find(tickets[1].to_f64()), None);
        assert_eq!(order(&queue), [2.0, 3.0, 4.0, 0.0]);
    }

    #[test]
    fn a_ticket_survives_the_way_through_a_float() {
        let mut queue = Queue::new();
        let vector = CostVectors::default().acquire(Costs::default().as_slice());
        let first = queue.push(vector, Priority::Normal, f64::INFINITY, 0.0);
        // More arrivals than fit beside the index.
        for _ in 0..ARRIVALS + 5 {
            let ticket = queue.push(vector, Priority::Normal, f64::INFINITY, 0.0);
            assert!(ticket.to_f64() <= 9_007_199_254_740_991.0);
            assert_eq!(queue.find(ticket.to_f64()), Some(ticket));
            queue.remove(ticket);
        }
        assert_eq!(queue.find(first.to_f64()), Some(first));
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.5, 1e300] {
            assert_eq!(queue.find(odd), None);
        }
    }
}
