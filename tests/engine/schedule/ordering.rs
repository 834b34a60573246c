//! `work-conserving` compared with `strict-fifo` on the same arrivals.

use crate::support::{cases, costs, poll_all, rule};
use multi_throttler_engine::{
    Concurrency, Config, Costs, Engine, FirstRequestWindow, FixedWindow, Limit, MaxWaiting,
    Options, Ordering, Priority, RollingWindow, Rule, Spacing, Submission, Ticket, TokenBucket,
};
use proptest::prelude::*;
use std::collections::HashMap;

const IDS: [&str; 4] = ["a", "b", "c", "d"];

pub fn ordered(ordering: Ordering) -> Engine {
    with_reservations(ordering, Config::RESERVATIONS)
}

fn with_reservations(ordering: Ordering, reservations: usize) -> Engine {
    let max_waiting = MaxWaiting::Total(1e9);
    Engine::new(Config { ordering, reservations, max_waiting, ..Config::default() }).unwrap()
}

fn limit() -> impl Strategy<Value = Limit> {
    // Amounts are dyadic, so that sums are exact: rates are tokens per a power of two of
    // milliseconds, times are in eighths.
    let numbers = (0u8..6, 1u8..13, 1u8..9, 0u8..7, 8u16..800, 0u16..400);
    numbers.prop_map(|(kind, limit, tokens, power, interval, jitter)| {
        let (limit, interval) = (f64::from(limit), f64::from(interval) / 8.0);
        let jitter = f64::from(jitter).min(((interval * 8.0 - 1.0) / 2.0).floor()) / 8.0;
        let bucket =
            || TokenBucket::new(limit, f64::from(tokens) / f64::from(1u32 << power)).unwrap();
        match kind {
            0 => bucket().into(),
            1 => bucket().with_debt().unwrap().into(),
            2 | 3 => RollingWindow::new(limit, interval, jitter).unwrap().into(),
            4 => FixedWindow::new(limit, interval, jitter).unwrap().into(),
            _ => Spacing::new(interval).unwrap().with_jitter(jitter).unwrap().into(),
        }
    })
}

#[derive(Clone, Debug)]
struct Arrival {
    /// Time since the arrival before, in eighths of a millisecond.
    gap: u16,
    costs: [u8; 4],
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let cost = || prop_oneof![2 => Just(0u8), 3 => 1u8..13];
    let gap = prop_oneof![2 => Just(0u16), 1 => 0u16..80, 1 => 0u16..800];
    (gap, [cost(), cost(), cost(), cost()]).prop_map(|(gap, costs)| Arrival { gap, costs })
}

/// Returns when each arrival is granted; `None` if it never is or its cost is too large. Each
/// wake-up on the way has to grant something, since within one class nothing else can be due.
/// Rounding may wake an instant too early.
fn grants(
    ordering: Ordering,
    reservations: usize,
    limits: &[Limit],
    arrivals: &[Arrival],
) -> Vec<Option<f64>> {
    let mut engine = with_reservations(ordering, reservations);
    for (limit, id) in limits.iter().zip(IDS) {
        engine.add_rule(Rule::new(id, limit.clone()).unwrap(), 0.0);
    }
    let slots: Vec<_> =
        IDS[..limits.len()].iter().map(|id| engine.slot(id, 0.0).unwrap()).collect();
    let mut granted = vec![None; arrivals.len()];
    let mut waiting: HashMap<Ticket, usize> = HashMap::new();
    let mut now = 0.0;
    let run_to =
        |engine: &mut Engine, waiting: &mut HashMap<_, _>, granted: &mut Vec<_>, until: f64| {
            while engine.due() <= until && engine.due() < f64::INFINITY {
                let due = engine.due();
                let settled = poll_all(engine, due);
                let early = engine.due() - due;
                assert!(
                    !settled.is_empty() || (early > 0.0 && early < NEXT_INSTANT),
                    "woken for nothing at {due}, {early} early"
                );
                for (ticket, outcome) in settled {
                    assert_eq!(outcome, Ok(()));
                    granted[waiting.remove(&ticket).unwrap()] = Some(due);
                }
            }
        };
    for (index, Arrival { gap, costs: amounts }) in arrivals.iter().enumerate() {
        now += f64::from(*gap) / 8.0;
        run_to(&mut engine, &mut waiting, &mut granted, now);
        let mut costs = Costs::default();
        for (&slot, &amount) in slots.iter().zip(amounts) {
            costs.add(slot, f64::from(amount));
        }
        match engine.submit(&costs, Options::default(), now) {
            Ok(Submission::Granted) => granted[index] = Some(now),
            Ok(Submission::Waiting(ticket)) => drop(waiting.insert(ticket, index)),
            Ok(Submission::Held(_)) => panic!("no permit was asked for"),
            Err(rejection) => assert_eq!(rejection.code(), "COST_EXCEEDS_CAPACITY"),
        }
        // The last arrival grants no other, but polling computes what is due.
        assert_eq!(poll_all(&mut engine, now), []);
    }
    run_to(&mut engine, &mut waiting, &mut granted, f64::MAX);
    granted
}

/// A bound for one step of a clock that knows instants to the last bit. Windows count an entry for
/// exactly their length, and the next instant is the next number, whose distance depends on its
/// size.
const NEXT_INSTANT: f64 = 1e-6;

proptest! {
    #![proptest_config(cases(140_000))]

    #[test]
    fn work_conserving_grants_no_later_than_strict_fifo(
        limits in prop::collection::vec(limit(), 1..=4),
        arrivals in prop::collection::vec(arrival(), 1..40),
        reservations in prop_oneof![2 => Just(Config::RESERVATIONS), 1 => 0usize..8],
    ) {
        let strict = grants(Ordering::StrictFifo, 0, &limits, &arrivals);
        let conserving = grants(Ordering::WorkConserving, reservations, &limits, &arrivals);
        for (index, (strict, conserving)) in strict.iter().zip(&conserving).enumerate() {
            let (strict, conserving) = (strict.unwrap_or(f64::INFINITY), conserving.unwrap_or(f64::INFINITY));
            prop_assert!(conserving <= strict + NEXT_INSTANT, "{index}: {conserving} after {strict}");
        }
    }
}

/// Time of arrival, priority and costs of a request.
type Arriving<'a> = (f64, Priority, &'a [(&'a str, f64)]);

/// Submits requests at their times and returns when each is granted. `busy` returns for how long a
/// request holds its permit, given its index and the instant of its grant.
fn grants_of(
    ordering: Ordering,
    rules: &[Rule],
    requests: &[Arriving],
    busy: impl Fn(usize, f64) -> f64,
) -> Vec<f64> {
    let mut engine = ordered(ordering);
    rules.iter().for_each(|rule| engine.add_rule(rule.clone(), 0.0));
    let mut granted = vec![f64::INFINITY; requests.len()];
    let mut waiting: HashMap<Ticket, usize> = HashMap::new();
    let mut held: Vec<(f64, Ticket)> = Vec::new();
    let mut arrivals = requests.iter().enumerate().peekable();
    loop {
        let arrival = arrivals.peek().map_or(f64::INFINITY, |(_, request)| request.0);
        let released = held.iter().map(|held| held.0).fold(f64::INFINITY, f64::min);
        let now = arrival.min(released).min(engine.due());
        if now == f64::INFINITY {
            return granted;
        }
        if released == now {
            let place = held.iter().position(|held| held.0 == now).unwrap();
            assert!(engine.release(held.remove(place).1, false, now));
        } else if arrival == now {
            let (index, (_, priority, amounts)) = arrivals.next().unwrap();
            let costs = costs(&mut engine, amounts);
            let options = Options { priority: *priority, permit: true, ..Options::default() };
            match engine.submit(&costs, options, now).unwrap() {
                Submission::Held(ticket) => {
                    granted[index] = now;
                    held.push((now + busy(index, now), ticket));
                }
                Submission::Waiting(ticket) => drop(waiting.insert(ticket, index)),
                Submission::Granted => panic!("a permit was asked for"),
            }
        }
        for (ticket, outcome) in poll_all(&mut engine, now) {
            assert_eq!(outcome, Ok(()));
            let index = waiting.remove(&ticket).unwrap();
            granted[index] = now;
            held.push((now + busy(index, now), ticket));
        }
    }
}

#[test]
fn work_conserving_may_open_a_window_early() {
    // In strict order the second request waits for the first and opens a window at 50 that has room
    // for the third. By overtaking it opens one at 0, so the third opens the next at 101, which has
    // no room for the fourth.
    let slow = TokenBucket::new(1.0, 1.0 / 50.0).unwrap().with_tokens(0.0).unwrap();
    let rules =
        [rule("slow", slow), rule("window", FirstRequestWindow::new(2.0, 100.0, 0.0).unwrap())];
    let requests: [Arriving; 4] = [
        (0.0, Priority::Normal, &[("slow", 1.0)]),
        (0.0, Priority::Normal, &[("window", 1.0)]),
        (101.0, Priority::Normal, &[("window", 1.0)]),
        (151.0, Priority::Normal, &[("window", 2.0)]),
    ];
    let grants = |ordering| grants_of(ordering, &rules, &requests, |_, _| 1e6);
    assert_eq!(grants(Ordering::StrictFifo), [50.0, 50.0, 101.0, 151.0]);
    assert_eq!(grants(Ordering::WorkConserving), [50.0, 0.0, 101.0, 201.0_f64.next_up()]);
}

#[test]
fn work_conserving_may_hold_permits_longer() {
    let slow = TokenBucket::new(1.0, 1.0 / 50.0).unwrap().with_tokens(0.0).unwrap();
    let rules = [rule("slow", slow), rule("tasks", Concurrency::new(2.0).unwrap())];
    let requests: [Arriving; 3] = [
        (0.0, Priority::Normal, &[("slow", 1.0)]),
        (0.0, Priority::Normal, &[("tasks", 1.0)]),
        (10.0, Priority::Normal, &[("tasks", 2.0)]),
    ];
    // The server is slow at first: a task that starts at once takes 200 ms, a later one takes 10
    // ms.
    let busy = |_, start: f64| if start < 50.0 { 200.0 } else { 10.0 };
    let grants = |ordering| grants_of(ordering, &rules, &requests, busy);
    assert_eq!(grants(Ordering::StrictFifo), [50.0, 50.0, 60.0]);
    assert_eq!(grants(Ordering::WorkConserving), [50.0, 0.0, 200.0]);
}

#[test]
fn work_conserving_may_delay_a_later_priority() {
    let slow = TokenBucket::new(1.0, 1.0 / 50.0).unwrap().with_tokens(0.0).unwrap();
    let rules = [rule("slow", slow), rule("fast", TokenBucket::new(4.0, 1.0 / 10.0).unwrap())];
    let requests: [Arriving; 3] = [
        (0.0, Priority::Normal, &[("slow", 1.0)]),
        (0.0, Priority::Normal, &[("fast", 4.0)]),
        (5.0, Priority::Critical, &[("fast", 1.0)]),
    ];
    let grants = |ordering| grants_of(ordering, &rules, &requests, |_, _| 1e6);
    assert_eq!(grants(Ordering::StrictFifo), [50.0, 50.0, 5.0]);
    assert_eq!(grants(Ordering::WorkConserving), [50.0, 0.0, 10.0]);
}

#[test]
fn overtaking_keeps_the_demand_of_blocked_waiters() {
    let orders = TokenBucket::new(1.0, 1.0 / 100.0).unwrap().with_tokens(0.0).unwrap();
    let weight = TokenBucket::new(10.0, 1.0 / 1000.0).unwrap();
    let mut engine = ordered(Ordering::WorkConserving);
    engine.add_rule(rule("orders", orders), 0.0);
    engine.add_rule(rule("weight", weight), 0.0);
    let order = costs(&mut engine, &[("orders", 1.0), ("weight", 4.0)]);
    let data = costs(&mut engine, &[("weight", 2.0)]);
    let submit =
        |engine: &mut Engine, costs| engine.submit(costs, Options::default(), 0.0).unwrap();
    let Submission::Waiting(order) = submit(&mut engine, &order) else { panic!() };
    // Ten tokens are enough for three times two and for the four of the order.
    for _ in 0..3 {
        assert_eq!(submit(&mut engine, &data), Submission::Granted);
    }
    let Submission::Waiting(data) = submit(&mut engine, &data) else { panic!() };
    assert_eq!((poll_all(&mut engine, 0.0), engine.due()), (vec![], 100.0));
    assert_eq!(poll_all(&mut engine, 100.0), [(order, Ok(()))]);
    // Only the 0.1 that was refilled remains, so 1.9 are missing.
    assert_eq!(engine.due(), 2000.0);
    assert_eq!(poll_all(&mut engine, 2000.0), [(data, Ok(()))]);
}

#[test]
fn strict_fifo_blocks_all_behind_the_first() {
    let mut engine = ordered(Ordering::StrictFifo);
    engine.add_rule(
        rule("slow", TokenBucket::new(1.0, 0.01).unwrap().with_tokens(0.0).unwrap()),
        0.0,
    );
    engine.add_rule(rule("fast", TokenBucket::new(10.0, 1.0).unwrap()), 0.0);
    let (slow, fast) = (costs(&mut engine, &[("slow", 1.0)]), costs(&mut engine, &[("fast", 1.0)]));
    let mut submit = |costs, priority| {
        engine.submit(costs, Options { priority, ..Options::default() }, 0.0).unwrap()
    };
    assert!(matches!(submit(&slow, Priority::Normal), Submission::Waiting(_)));
    assert!(matches!(submit(&fast, Priority::Normal), Submission::Waiting(_)));
    assert!(matches!(submit(&fast, Priority::Low), Submission::Waiting(_)));
    assert_eq!(submit(&fast, Priority::Critical), Submission::Granted);
    assert_eq!(engine.due(), 100.0);
    assert_eq!(poll_all(&mut engine, 100.0).len(), 3);
}
