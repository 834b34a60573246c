//! Estimates of the wait behind others. The queue is simulated, so an estimate costs as much as
//! serving all requests ahead.

use std::time::Instant;

use criterion::Criterion;
use multi_throttler_engine::{Options, Ordering, Priority};

use crate::backlog::{Backlog, Shape};
use crate::growth::series;

pub fn bench(criterion: &mut Criterion) {
    for (vectors, name) in [(1, "1 vector"), (10_000, "10 000 vectors")] {
        let shape = Shape { ordering: Ordering::WorkConserving, rules: 1, each: 1, vectors };
        let prepare = |length| Backlog::new(shape, length);
        let lengths = [10, 100, 1_000, 10_000];
        series(
            criterion,
            ("estimate", &format!("estimate_wait, {name}")),
            &lengths,
            prepare,
            |backlog, times| {
                let costs = backlog.costs(0).clone();
                let start = Instant::now();
                for _ in 0..times {
                    let wait = backlog.engine.estimate_wait(&costs, Priority::Normal, 0.0).unwrap();
                    assert!(wait > 0.0);
                }
                start.elapsed()
            },
        );
        // Rejected as it would wait too long, so the queue is unchanged. Up to 2048 waiters are
        // simulated.
        let lengths = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
        series(
            criterion,
            ("estimate", &format!("max_wait, {name}")),
            &lengths,
            prepare,
            |backlog, times| {
                let costs = backlog.costs(0).clone();
                let options = Options { max_wait: 0.5, ..Options::default() };
                let start = Instant::now();
                for _ in 0..times {
                    assert!(backlog.engine.submit(&costs, options, 0.0).is_err());
                }
                start.elapsed()
            },
        );
    }
}
