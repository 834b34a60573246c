//! Properties that hold for any numbers, not only for those that a float holds exactly.

use crate::support::{bucket, costs, engine, poll_all, wait};
use multi_throttler_engine::{Engine, Options, Priority, Submission};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Arrival {
    gap: f64,
    costs: Vec<f64>,
    class: usize,
}

fn rule() -> impl Strategy<Value = (f64, f64)> {
    (0.5..1000.0f64, prop_oneof![1e-6..1e-3f64, 1e-3..1.0f64, 1.0..1e4f64])
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let gap = prop_oneof![Just(0.0), 0.0..1.0f64, 0.0..1e4f64];
    (gap, prop::collection::vec(0.0..1.0f64, 3), 0usize..3)
        .prop_map(|(gap, costs, class)| Arrival { gap, costs, class })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, ..ProptestConfig::default() })]

    /// A grant is due at the first instant at which it is possible, and the grants in any stretch
    /// of time stay within the burst and the refill of that stretch.
    #[test]
    fn buckets_grant_first_in_time_and_within_refill(
        rules in prop::collection::vec(rule(), 3),
        arrivals in prop::collection::vec(arrival(), 1..80),
    ) {
        let ids = ["a", "b", "c"];
        let mut engine = engine(
            rules.iter().zip(ids).map(|(&(capacity, rate), id)| bucket(id, capacity, rate, capacity)),
        );
        let mut taken: Vec<(f64, Vec<f64>)> = Vec::new();
        let mut waiting = Vec::new();
        let mut now = 0.0;
        let mut arrivals = arrivals.into_iter();
        loop {
            let next = arrivals.next();
            let until = next.as_ref().map_or(f64::INFINITY, |arrival| now + arrival.gap);
            while engine.due() <= until && engine.due() < f64::INFINITY {
                let due = engine.due();
                // The check is a microsecond earlier, in which even the slowest of these buckets
                // gains more than rounding.
                let before = due - 1e-3;
                let remaining = engine.clone().status(before);
                let settled = poll_all(&mut engine, due);
                // Rounding may make the grant due an instant later.
                let later = engine.due() - due;
                prop_assert!(!settled.is_empty() || later <= due * 1e-12, "nothing to do at {}", due);
                let mut first = true;
                for (ticket, outcome) in settled {
                    prop_assert_eq!(outcome, Ok(()));
                    let at = waiting.iter().position(|(waits, _)| *waits == ticket).unwrap();
                    let (_, amounts): (_, Vec<f64>) = waiting.remove(at);
                    // The engine had waited for the first of them.
                    if first && before > now {
                        let enough = amounts.iter().zip(&remaining).all(|(amount, rule)| rule.tokens >= *amount);
                        prop_assert!(!enough, "{:?} could have been granted before {}", amounts, due);
                    }
                    first = false;
                    taken.push((due, amounts));
                }
                now = due;
            }
            let Some(arrival) = next else { break };
            now = until;
            let amounts: Vec<f64> = arrival.costs.iter().zip(&rules).map(|(part, rule)| part * rule.0).collect();
            let named: Vec<_> = ids.into_iter().zip(amounts.iter().copied()).collect();
            let options = Options { priority: Priority::ALL[arrival.class], ..Options::default() };
            let costs = costs(&mut engine, &named);
            match engine.submit(&costs, options, now).unwrap() {
                Submission::Granted | Submission::Held(_) => taken.push((now, amounts)),
                Submission::Waiting(ticket) => waiting.push((ticket, amounts)),
            }
        }
        prop_assert!(waiting.is_empty(), "all are granted in the end");
        for (rule, &(capacity, rate)) in rules.iter().enumerate() {
            for (first, (start, _)) in taken.iter().enumerate() {
                let mut sum = 0.0;
                for (end, amounts) in &taken[first..] {
                    sum += amounts[rule];
                    let bound = capacity + rate * (end - start);
                    prop_assert!(sum <= bound * (1.0 + 1e-9) + 1e-9, "{} of {} in {}..{}", sum, bound, start, end);
                }
            }
        }
    }

    /// However late the polls are and however the clock jumps, grants stay within the bucket.
    #[test]
    fn late_polls_and_clock_jumps_never_exceed_the_bucket(
        (capacity, rate) in rule(),
        jumps in prop::collection::vec(prop_oneof![-1e6..1e6f64, 0.0..10.0f64, Just(f64::NAN)], 1..200),
    ) {
        let mut engine = engine([bucket("a", capacity, rate, capacity)]);
        let cost = costs(&mut engine, &[("a", capacity / 4.0)]);
        let (mut clock, mut latest) = (0.0, 0.0);
        let mut granted = 0.0;
        for jump in jumps {
            clock += if jump.is_nan() { 0.0 } else { jump };
            latest = f64::max(latest, clock);
            let now = if jump.is_nan() { f64::NAN } else { clock };
            granted += poll_all(&mut engine, now).len() as f64;
            if engine.submit(&cost, Options::default(), now) == Ok(Submission::Granted) {
                granted += 1.0;
            }
            let bound = capacity + rate * latest;
            prop_assert!(granted * capacity / 4.0 <= bound * (1.0 + 1e-9), "{} of {}", granted, bound);
        }
    }

    /// An engine with cancelled waiters grants the others like one that never had them.
    #[test]
    fn cancelled_waiters_leave_no_trace(
        (capacity, rate) in rule(),
        parts in prop::collection::vec((0.01..1.0f64, any::<bool>(), 0usize..3), 1..40),
    ) {
        // The bucket starts empty, so that all requests wait and no cancelled one delays another's
        // grant.
        let mut with = engine([bucket("a", capacity, rate, 0.0)]);
        let mut without = with.clone();
        let mut cancelled = Vec::new();
        for &(part, stays, class) in &parts {
            let cost = costs(&mut with, &[("a", part * capacity)]);
            let ticket = wait(&mut with, &cost, Priority::ALL[class], 0.0);
            if stays {
                wait(&mut without, &cost, Priority::ALL[class], 0.0);
            } else {
                cancelled.push(ticket);
            }
        }
        for ticket in cancelled {
            prop_assert!(with.cancel(ticket));
        }
        prop_assert_eq!(with.waiting(None), without.waiting(None));
        let (with, without) = (all_grants(with), all_grants(without));
        prop_assert_eq!(with.len(), without.len());
        for (&a, &b) in with.iter().zip(&without) {
            // Demand is summed in another order, and so rounded differently.
            prop_assert!((a - b).abs() <= a * 1e-12, "{} {}", a, b);
        }
    }
}

/// The instants at which the waiters are granted, one after the other.
fn all_grants(mut engine: Engine) -> Vec<f64> {
    let mut grants = Vec::new();
    while engine.due() < f64::INFINITY {
        let due = engine.due();
        grants.extend(poll_all(&mut engine, due).iter().map(|_| due));
    }
    grants
}
