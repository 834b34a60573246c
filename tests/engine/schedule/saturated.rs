//! Saturated rules with mixed costs: one request in ten costs half of the limit, the others 1 to 5
//! percent of it. A constant number of requests waits.

use crate::support::rng::Rng;
use crate::support::{poll_all, rule};
use multi_throttler_engine::{
    Config, Costs, Engine, FirstRequestWindow, FixedWindow, Limit, MaxWaiting, Options, Ordering,
    RollingWindow, Submission, Ticket, TokenBucket,
};
use std::collections::HashMap;

const MINUTE: f64 = 60_000.0;
const LIMIT: f64 = 100.0;

fn costs(engine: &mut Engine, rules: usize, amount: f64) -> Costs {
    let mut costs = Costs::default();
    for (index, id) in ["window", "requests"].into_iter().take(rules).enumerate() {
        let slot = engine.slot(id, engine.now()).unwrap();
        costs.add(slot, if index == 0 { amount } else { 1.0 });
    }
    costs
}

fn engine(limits: &[Limit], ordering: Ordering, reservations: usize) -> Engine {
    let max_waiting = MaxWaiting::Total(f64::INFINITY);
    let config = Config { ordering, reservations, max_waiting, ..Config::default() };
    let mut engine = Engine::new(config).unwrap();
    for (limit, id) in limits.iter().zip(["window", "requests"]) {
        engine.add_rule(rule(id, limit.clone()), 0.0);
    }
    engine
}

/// The instants of arrival and of the grant, and the cost.
type Served = Vec<(f64, f64, f64)>;

/// Serves requests for some minutes while `waiting` others wait.
fn closed_loop(limits: &[Limit], waiting: usize, reservations: usize, minutes: f64) -> Served {
    let mut rng = Rng(7);
    let mut engine = engine(limits, Ordering::WorkConserving, reservations);
    let (mut served, mut queue) = (Served::new(), HashMap::<Ticket, usize>::new());
    let mut now = 0.0;
    while now < minutes * MINUTE {
        while engine.waiting(None) < waiting {
            let amount = if rng.one_in(10) { LIMIT / 2.0 } else { 1.0 + rng.below(5) as f64 };
            let costs = costs(&mut engine, limits.len(), amount);
            let at = served.len();
            match engine.submit(&costs, Options::default(), now).unwrap() {
                Submission::Waiting(ticket) => {
                    queue.insert(ticket, at);
                    served.push((now, f64::INFINITY, amount));
                }
                _ => served.push((now, now, amount)),
            }
        }
        now = engine.due();
        for (ticket, outcome) in poll_all(&mut engine, now) {
            assert_eq!(outcome, Ok(()));
            served[queue.remove(&ticket).unwrap()].1 = now;
        }
    }
    served
}

/// The instants at which strict FIFO grants the same arrivals.
fn in_strict_order(limits: &[Limit], arrivals: &Served) -> Vec<f64> {
    let mut engine = engine(limits, Ordering::StrictFifo, 0);
    let mut granted = vec![f64::INFINITY; arrivals.len()];
    let mut queue = HashMap::new();
    let advance = |engine: &mut Engine,
                   queue: &mut HashMap<Ticket, usize>,
                   granted: &mut [f64],
                   until: f64| {
        while engine.due() <= until && engine.due() < f64::INFINITY {
            let due = engine.due();
            for (ticket, _) in poll_all(engine, due) {
                granted[queue.remove(&ticket).unwrap()] = due;
            }
        }
    };
    for (index, &(at, _, amount)) in arrivals.iter().enumerate() {
        advance(&mut engine, &mut queue, &mut granted, at);
        let costs = costs(&mut engine, limits.len(), amount);
        match engine.submit(&costs, Options::default(), at).unwrap() {
            Submission::Waiting(ticket) => drop(queue.insert(ticket, index)),
            _ => granted[index] = at,
        }
    }
    advance(&mut engine, &mut queue, &mut granted, f64::MAX);
    granted
}

/// The part of the limit that was used after the first two minutes.
fn used(served: &Served, minutes: f64) -> f64 {
    let counts = |granted: f64| granted >= 2.0 * MINUTE && granted < minutes * MINUTE;
    let sum: f64 = served.iter().filter(|each| counts(each.1)).map(|each| each.2).sum();
    sum / (LIMIT * (minutes - 2.0))
}

fn fixed() -> Limit {
    FixedWindow::new(LIMIT, MINUTE, 0.0).unwrap().into()
}

fn rolling() -> Limit {
    RollingWindow::new(LIMIT, MINUTE, 0.0).unwrap().into()
}

fn requests() -> Limit {
    RollingWindow::new(40.0, 10_000.0, 0.0).unwrap().into()
}

const MINUTES: f64 = 62.0;

/// The part of the window that is used, and the number of requests granted later than in strict
/// order.
fn saturate(limits: &[Limit], waiting: usize) -> (f64, usize) {
    let served = closed_loop(limits, waiting, Config::RESERVATIONS, MINUTES);
    let strict = in_strict_order(limits, &served);
    let is_later = |(each, strict): &(&(f64, f64, f64), &f64)| each.1 > **strict + 1e-6;
    // Those still waiting at the end were not served in full.
    let until = MINUTES * MINUTE;
    let known = served.iter().zip(&strict).filter(|(each, _)| each.1 < until);
    (used(&served, MINUTES), known.filter(is_later).count())
}

#[test]
fn saturated_windows_are_used_in_full_and_delay_no_request() {
    for waiting in [60, 500] {
        for limits in
            [vec![fixed()], vec![rolling()], vec![fixed(), requests()], vec![rolling(), requests()]]
        {
            let (used, later) = saturate(&limits, waiting);
            assert!(used >= 0.97, "{used} of {limits:?} with {waiting} waiting");
            assert_eq!(later, 0, "{limits:?} with {waiting} waiting");
        }
    }
}

#[test]
fn saturated_windows_beside_a_bucket_and_with_jitter() {
    let slow = || -> Limit { TokenBucket::new(10.0, 0.01).unwrap().into() };
    let fixed_with_jitter: Limit = FixedWindow::new(LIMIT, MINUTE, 200.0).unwrap().into();
    // The bucket spreads the entries of a rolling window, so half of it is seldom free at once.
    for (limits, least) in [
        (vec![fixed(), slow()], 0.97),
        (vec![fixed_with_jitter, slow()], 0.97),
        (vec![rolling(), slow()], 0.92),
    ] {
        let (used, later) = saturate(&limits, 60);
        assert!(used >= least, "{used} of {limits:?}");
        assert_eq!(later, 0, "{limits:?}");
    }
    // The promise does not cover windows that their first request opens.
    let first = [FirstRequestWindow::new(LIMIT, MINUTE, 0.0).unwrap().into()];
    assert!(used(&closed_loop(&first, 60, Config::RESERVATIONS, MINUTES), MINUTES) >= 0.97);
}

/// The figures of the rule without reservations, which show that the test above can fail.
#[test]
fn windows_are_wasted_without_reservations() {
    for limits in [vec![fixed()], vec![rolling()]] {
        let used = used(&closed_loop(&limits, 60, 0, MINUTES), MINUTES);
        assert!((0.75..0.85).contains(&used), "{used}");
    }
}
