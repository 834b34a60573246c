//! From one due instant to the next: the timer fires, one request is granted, the next instant is
//! known.

use criterion::Criterion;
use multi_throttler_engine::{Ordering, Ticket};

use crate::backlog::{Backlog, Shape, timed};
use crate::growth::series;

const LENGTHS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Name, number of rules, number of rules per request, and number of distinct cost vectors. All
/// rules together refill one token per millisecond, so each of a thousand refills one per second.
const BACKLOGS: [(&str, usize, usize, usize); 5] = [
    ("1 vector", 1, 1, 1),
    ("10 000 vectors", 1, 1, 10_000),
    ("1 000 rules", 1_000, 1, 1_000),
    ("1 000 rules, 10 000 vectors", 1_000, 1, 10_000),
    ("1 000 rules, 10 000 vectors of 3", 1_000, 3, 10_000),
];

pub fn bench(criterion: &mut Criterion) {
    for (order, ordering) in
        [("work-conserving", Ordering::WorkConserving), ("strict", Ordering::StrictFifo)]
    {
        for (name, rules, each, vectors) in BACKLOGS {
            let prepare = |length| Backlog::new(Shape { ordering, rules, each, vectors }, length);
            let replace = |backlog: &mut Backlog, left| {
                backlog.replace(left);
            };
            series(
                criterion,
                ("wake-up", &format!("{order}, {name}")),
                &LENGTHS,
                prepare,
                |backlog, times| {
                    timed(backlog, times, |_| (), |backlog, ()| wake_up(backlog), replace)
                },
            );
        }
    }
}

fn wake_up(backlog: &mut Backlog) -> Ticket {
    let engine = &mut backlog.engine;
    loop {
        let now = engine.due();
        if let Some((ticket, _)) = engine.poll(now) {
            return ticket;
        }
    }
}
