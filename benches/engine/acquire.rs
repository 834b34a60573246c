//! Requests that are granted at once, as most requests are.

use std::hint::black_box;

use criterion::Criterion;
use multi_throttler_engine::{
    Concurrency, Costs, Engine, FirstRequestWindow, FixedWindow, Limit, Options, RollingWindow,
    Rule, Submission, TokenBucket,
};

/// A limit that is never reached.
const PLENTY: f64 = 1e15;
const MINUTE: f64 = 60_000.0;
/// Milliseconds from one request to the next.
const STEP: f64 = 0.01;

pub fn bench(criterion: &mut Criterion) {
    let limits: [(&str, Limit); 5] = [
        ("token bucket", TokenBucket::new(PLENTY, 1.0).unwrap().into()),
        ("rolling window", RollingWindow::new(PLENTY, MINUTE, 0.0).unwrap().into()),
        ("fixed window", FixedWindow::new(PLENTY, MINUTE, 0.0).unwrap().into()),
        ("first-request window", FirstRequestWindow::new(PLENTY, MINUTE, 0.0).unwrap().into()),
        ("concurrency", Concurrency::new(PLENTY).unwrap().into()),
    ];
    let mut group = criterion.benchmark_group("acquire");
    for (name, limit) in &limits {
        for (rules, count) in [(1, "1 rule"), (3, "3 rules")] {
            let (mut engine, costs) = engine(limit, rules);
            let mut now = 0.0;
            group.bench_function(format!("{name}, {count}"), |bencher| {
                bencher.iter(|| {
                    now += STEP;
                    acquire(&mut engine, &costs, *name == "concurrency", now)
                });
            });
        }
    }
    group.finish();
}

fn engine(limit: &Limit, rules: usize) -> (Engine, Costs) {
    let mut engine = Engine::default();
    let mut costs = Costs::default();
    for id in ["a", "b", "c"].into_iter().take(rules) {
        engine.add_rule(Rule::new(id, limit.clone()).unwrap(), 0.0);
        costs.add(engine.slot(id, 0.0).unwrap(), 1.0);
    }
    (engine, costs)
}

/// Submits a request, and releases its permit if it has one.
fn acquire(engine: &mut Engine, costs: &Costs, permit: bool, now: f64) {
    let options = Options { permit, ..Options::default() };
    match engine.submit(black_box(costs), options, now) {
        Ok(Submission::Granted) => {}
        Ok(Submission::Held(ticket)) => assert!(engine.release(ticket, false, now)),
        other => panic!("expected to be granted, got {other:?}"),
    }
}
