//! Small cases against a planner that tries every schedule allowed by the promise.

use crate::schedule::ordering::ordered;
use crate::support::rng::Rng;
use crate::support::{costs, poll_all, rule};
use multi_throttler_engine::{FixedWindow, Options, Ordering, Submission, Ticket};
use std::collections::HashMap;

const LIMIT: u64 = 20;
const INTERVAL: f64 = 1000.0;

/// The number of the window in which each cost is granted, if all are submitted at 0.
fn windows(ordering: Ordering, amounts: &[u64]) -> Vec<usize> {
    let mut engine = ordered(ordering);
    engine.add_rule(rule("a", FixedWindow::new(LIMIT as f64, INTERVAL, 0.0).unwrap()), 0.0);
    let mut granted = vec![0; amounts.len()];
    let mut waiting: HashMap<Ticket, usize> = HashMap::new();
    for (index, &amount) in amounts.iter().enumerate() {
        let costs = costs(&mut engine, &[("a", amount as f64)]);
        if let Submission::Waiting(ticket) = engine.submit(&costs, Options::default(), 0.0).unwrap()
        {
            waiting.insert(ticket, index);
        }
        assert_eq!(poll_all(&mut engine, 0.0), []);
    }
    while engine.due() < f64::INFINITY {
        let due = engine.due();
        for (ticket, _) in poll_all(&mut engine, due) {
            granted[waiting[&ticket]] = (due / INTERVAL) as usize;
        }
    }
    granted
}

/// The most that the first `horizon` windows can be used for if no request is later than its
/// `latest` window: all assignments are tried.
fn best(amounts: &[u64], latest: &[usize], horizon: usize, left: &mut [u64]) -> Option<u64> {
    let (Some((&amount, amounts)), Some((&last, latest))) =
        (amounts.split_first(), latest.split_first())
    else {
        return Some(0);
    };
    let mut most = None;
    for window in 0..=last {
        if left[window] >= amount {
            left[window] -= amount;
            let gain = if window < horizon { amount } else { 0 };
            most = most.max(best(amounts, latest, horizon, left).map(|rest| rest + gain));
            left[window] += amount;
        }
    }
    most
}

fn used(amounts: &[u64], windows: &[usize], horizon: usize) -> u64 {
    amounts.iter().zip(windows).filter(|(_, window)| **window < horizon).map(|each| each.0).sum()
}

#[test]
fn backfilling_uses_nearly_as_much_as_the_best_schedule() {
    let mut rng = Rng(11);
    let (mut ours, mut strict_used, mut most) = (0, 0, 0);
    for _ in 0..400 {
        // Costs up to the whole limit, most of them small, as in the programs that mix them.
        let amounts: Vec<u64> = (0..9)
            .map(|_| if rng.one_in(3) { 5 + rng.below(LIMIT - 4) } else { 1 + rng.below(5) })
            .collect();
        let latest = windows(Ordering::StrictFifo, &amounts);
        let granted = windows(Ordering::WorkConserving, &amounts);
        assert!(granted.iter().zip(&latest).all(|(ours, strict)| ours <= strict), "{amounts:?}");
        let last = *latest.iter().max().unwrap();
        for horizon in 1..=last {
            let mut left = vec![LIMIT; last + 1];
            most += best(&amounts, &latest, horizon, &mut left).unwrap();
            ours += used(&amounts, &granted, horizon);
            strict_used += used(&amounts, &latest, horizon);
        }
    }
    let (ours, strict_used) = (ours as f64 / most as f64, strict_used as f64 / most as f64);
    println!("{ours} of the best, strict order {strict_used}");
    assert!(ours >= 0.97, "{ours} of the best, strict order {strict_used}");
    assert!(strict_used < 0.95, "{strict_used}");
}
