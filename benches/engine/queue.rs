//! Joining and leaving a queue that is already long.

use criterion::Criterion;
use multi_throttler_engine::Ordering;

use crate::backlog::{Backlog, Shape, timed};
use crate::growth::series;

const LENGTHS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

pub fn bench(criterion: &mut Criterion) {
    for (vectors, name) in [(1, "1 vector"), (10_000, "10 000 vectors")] {
        let shape = Shape { ordering: Ordering::WorkConserving, rules: 1, each: 1, vectors };
        let prepare = |length| Backlog::new(shape, length);
        series(
            criterion,
            ("queue", &format!("submit, {name}")),
            &LENGTHS,
            prepare,
            |backlog, times| {
                let number = |backlog: &mut Backlog| backlog.any() % vectors;
                let cancel = |backlog: &mut Backlog, ticket| assert!(backlog.engine.cancel(ticket));
                timed(backlog, times, number, Backlog::submit, cancel)
            },
        );
        series(
            criterion,
            ("queue", &format!("cancel, {name}")),
            &LENGTHS,
            prepare,
            |backlog, times| {
                let cancel = |backlog: &mut Backlog, ticket| {
                    assert!(backlog.engine.cancel(ticket));
                    ticket
                };
                let replace = |backlog: &mut Backlog, left| {
                    let ticket = backlog.replace(left);
                    backlog.tickets.push(ticket);
                };
                timed(backlog, times, Backlog::pick, cancel, replace)
            },
        );
    }
}
