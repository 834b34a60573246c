//! Measures a call at several lengths of the queue, and the power of the length with which it
//! grows.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};

/// Nanoseconds of each sample, by group and series, then by length.
static SAMPLES: Mutex<BTreeMap<String, BTreeMap<usize, Vec<f64>>>> = Mutex::new(BTreeMap::new());

/// Measures `run`, which repeats an action the given number of times and keeps the length of the
/// queue.
pub fn series<S>(
    criterion: &mut Criterion,
    (group, series): (&str, &str),
    lengths: &[usize],
    prepare: impl Fn(usize) -> S,
    run: impl Fn(&mut S, u64) -> Duration,
) {
    let mut group_of = criterion.benchmark_group(group);
    for &length in lengths {
        // Prepared on first use, as a filter may exclude it, and only once, as that takes long.
        let mut state = None;
        group_of.bench_function(BenchmarkId::new(series, length), |bencher| {
            bencher.iter_custom(|times| {
                let took = run(state.get_or_insert_with(|| prepare(length)), times);
                note(&format!("{group}/{series}"), length, took.as_secs_f64() * 1e9 / times as f64);
                took
            });
        });
    }
    group_of.finish();
}

fn note(series: &str, length: usize, nanoseconds: f64) {
    let mut samples = SAMPLES.lock().unwrap();
    samples.entry(series.to_owned()).or_default().entry(length).or_default().push(nanoseconds);
}

/// Prints medians, and the exponent of each series: 0 means independent of the length, 1
/// proportional.
pub fn print() {
    let samples = SAMPLES.lock().unwrap();
    if samples.is_empty() {
        return;
    }
    println!(
        "Nanoseconds by number of waiters; e is the exponent of time ~ length^e, from first to last."
    );
    for (series, by_length) in samples.iter() {
        let medians: Vec<(usize, f64)> =
            by_length.iter().map(|(&n, all)| (n, median(all))).collect();
        let cells: Vec<String> = medians.iter().map(|(n, ns)| format!("{n}: {ns:.0}")).collect();
        let exponent = match (medians.first(), medians.last()) {
            (Some(first), Some(last)) if last.0 > first.0 => {
                format!(
                    "e = {:.2}",
                    (last.1 / first.1).ln() / (last.0 as f64 / first.0 as f64).ln()
                )
            }
            _ => String::new(),
        };
        println!("{series:<44} {:<64} {exponent}", cells.join("  "));
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
