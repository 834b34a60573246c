//! The price of a wake-up, counted in checks. No test measures time.

use crate::{
    Config, Costs, Engine, MaxWaiting, Options, Priority, RollingWindow, Rule, Submission, Ticket,
    TokenBucket,
};
use std::cell::Cell;

thread_local! {
    /// The number of computed outlooks. Each thread has its own, and each test its own thread.
    pub(super) static LOOKS: Cell<usize> = const { Cell::new(0) };
    /// The number of those that were found for a reservation.
    pub(super) static PLANS: Cell<usize> = const { Cell::new(0) };
}

/// The number of outlooks while fifty waiters are granted one by one, out of `of_each` waiters with
/// each of `distinct` costs.
fn looks(distinct: usize, of_each: usize) -> usize {
    let config = Config { max_waiting: MaxWaiting::Total(f64::INFINITY), ..Config::default() };
    let mut engine = Engine::new(config).unwrap();
    let bucket = TokenBucket::new(1000.0, 0.1).unwrap().with_tokens(0.0).unwrap();
    engine.add_rule(Rule::new("a", bucket).unwrap(), 0.0);
    let slot = engine.slot("a", 0.0).unwrap();
    for n in 0..of_each * distinct {
        let mut costs = Costs::default();
        costs.add(slot, 1.0 + (n % distinct) as f64);
        assert!(matches!(
            engine.submit(&costs, Options::default(), 0.0),
            Ok(Submission::Waiting(_))
        ));
    }
    LOOKS.set(0);
    for _ in 0..50 {
        let due = engine.due();
        assert!(engine.poll(due).is_some_and(|(_, outcome)| outcome.is_ok()));
        assert_eq!(engine.poll(due), None);
    }
    LOOKS.get()
}

#[test]
fn wake_up_checks_at_most_each_distinct_cost() {
    for distinct in [1, 3, 10] {
        let few = looks(distinct, 60);
        assert_eq!(looks(distinct, 3000), few, "{distinct} distinct costs");
        assert!(
            (50..=50 * (distinct + 1)).contains(&few),
            "{few} looks for {distinct} distinct costs"
        );
    }
}

/// The largest number of outlooks and plans in a wake-up of a window in which `waiters` wait, each
/// with a cost of its own.
fn looks_in_a_window(waiters: usize) -> usize {
    let config = Config { max_waiting: MaxWaiting::Total(f64::INFINITY), ..Config::default() };
    let mut engine = Engine::new(config).unwrap();
    engine.add_rule(Rule::new("a", RollingWindow::new(20.0, 1000.0, 0.0).unwrap()).unwrap(), 0.0);
    let slot = engine.slot("a", 0.0).unwrap();
    for n in 0..waiters {
        let mut costs = Costs::default();
        costs.add(slot, 10.0 - n as f64 / 1024.0);
        let _ = engine.submit(&costs, Options::default(), 0.0).unwrap();
    }
    let most = (0..100).map(|_| {
        let due = engine.due();
        LOOKS.set(0);
        let granted = std::iter::from_fn(|| engine.poll(due)).count();
        assert!(granted > 0);
        LOOKS.get() / granted
    });
    most.max().unwrap()
}

#[test]
fn wake_up_plans_no_more_for_a_longer_queue() {
    let few = looks_in_a_window(300);
    assert!(few <= 4, "{few}");
    assert_eq!(looks_in_a_window(3000), few);
}

#[test]
fn waiters_of_equal_costs_soon_need_no_plan() {
    let config = Config { max_waiting: MaxWaiting::Total(f64::INFINITY), ..Config::default() };
    let mut engine = Engine::new(config).unwrap();
    for id in ["a", "b"] {
        let bucket = TokenBucket::new(1000.0, 0.1).unwrap().with_tokens(0.0).unwrap();
        engine.add_rule(Rule::new(id, bucket).unwrap(), 0.0);
    }
    let [one, two] = [1.0, 2.0].map(|amount| {
        let mut costs = Costs::default();
        for id in ["a", "b"] {
            costs.add(engine.slot(id, 0.0).unwrap(), amount);
        }
        costs
    });
    for costs in [&two, &one] {
        wait(&mut engine, costs, Priority::Normal);
    }
    for _ in 0..1000 {
        wait(&mut engine, &one, Priority::Normal);
    }
    let plans = |engine: &mut Engine, grants| {
        PLANS.set(0);
        for _ in 0..grants {
            let due = engine.due();
            assert!(engine.poll(due).is_some());
            assert_eq!(engine.poll(due), None);
        }
        PLANS.get()
    };
    for _ in 0..3 {
        // The waiter of other costs, and one for each reservation.
        assert!(plans(&mut engine, 33) >= 32);
        assert_eq!(plans(&mut engine, 100), 0);
        // Reservations are made again for a request of other costs.
        wait(&mut engine, &two, Priority::Critical);
    }
}

/// An engine with an exhausted bucket and a waiter of each class, and the costs of one.
fn three_classes() -> (Engine, Costs) {
    let mut engine = Engine::default();
    let bucket = TokenBucket::new(1000.0, 0.1).unwrap().with_tokens(0.0).unwrap();
    engine.add_rule(Rule::new("a", bucket).unwrap(), 0.0);
    let mut costs = Costs::default();
    costs.add(engine.slot("a", 0.0).unwrap(), 1.0);
    for priority in Priority::ALL {
        wait(&mut engine, &costs, priority);
    }
    LOOKS.set(0);
    (engine, costs)
}

fn wait(engine: &mut Engine, costs: &Costs, priority: Priority) -> Ticket {
    match engine.submit(costs, Options { priority, ..Options::default() }, 0.0) {
        Ok(Submission::Waiting(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn new_waiter_delays_only_lower_classes() {
    let (mut engine, costs) = three_classes();
    for priority in Priority::ALL {
        wait(&mut engine, &costs, priority);
    }
    assert_eq!((LOOKS.get(), engine.due()), (0, 10.0));
    // Waiters of lower classes wait longer, and so does the timer.
    assert!(engine.poll(10.0).is_some());
    assert!(engine.poll(20.0).is_some());
    let mut three = costs.clone();
    three.add(engine.slot("a", 20.0).unwrap(), 2.0);
    assert_eq!((engine.poll(20.0), engine.due()), (None, 30.0));
    wait(&mut engine, &three, Priority::Critical);
    assert_eq!(engine.due(), 50.0);
}

#[test]
fn cancelled_waiter_helps_only_those_behind() {
    let (mut engine, costs) = three_classes();
    let [critical, _, low] = Priority::ALL.map(|priority| wait(&mut engine, &costs, priority));
    engine.cancel(low);
    assert_eq!((LOOKS.get(), engine.due()), (0, 10.0));
    // The first waiters of the other classes are behind this one.
    engine.cancel(critical);
    assert_eq!(engine.due(), 0.0);
    assert_eq!((engine.poll(0.0), LOOKS.get(), engine.due()), (None, 2, 10.0));
}

#[test]
fn granted_head_is_not_checked_again() {
    let (mut engine, costs) = three_classes();
    // The last waiter is of the lowest class.
    while engine.poll(30.0).is_some() {}
    wait(&mut engine, &costs, Priority::Normal);
    let behind = wait(&mut engine, &costs, Priority::Normal);
    LOOKS.set(0);
    engine.cancel(behind);
    assert_eq!((LOOKS.get(), engine.due()), (0, 40.0));
}

/// The example of docs/internals/scheduling-proof.md.
#[test]
fn blocked_head_is_overtaken_without_delay() {
    let mut engine = Engine::default();
    let bucket = TokenBucket::new(10.0, 0.01).unwrap().with_tokens(3.0).unwrap();
    let orders = TokenBucket::new(1.0, 0.001).unwrap().with_tokens(0.0).unwrap();
    engine.add_rule(Rule::new("bucket", bucket).unwrap(), 0.0);
    engine.add_rule(Rule::new("ORDERS", orders).unwrap(), 0.0);
    let waiters = [(2.0, 1.0), (4.0, 0.0), (1.0, 0.0)].map(|(weight, orders)| {
        let mut costs = Costs::default();
        costs.add(engine.slot("bucket", 0.0).unwrap(), weight);
        costs.add(engine.slot("ORDERS", 0.0).unwrap(), orders);
        wait(&mut engine, &costs, Priority::Normal)
    });
    for (at, granted) in [(100.0, waiters[1]), (200.0, waiters[2]), (1000.0, waiters[0])] {
        assert_eq!(engine.due(), at);
        assert_eq!((engine.poll(at), engine.poll(at)), (Some((granted, Ok(()))), None));
    }
}

/// Submits random requests, and compares the due instant after each with one that is computed anew.
fn compare_due_instants(reservations: usize) {
    let mut seed = 1_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) as usize % below
    };
    let max_waiting = MaxWaiting::Total(f64::INFINITY);
    let mut engine =
        Engine::new(Config { max_waiting, reservations, ..Config::default() }).unwrap();
    engine.add_rule(Rule::new("a", TokenBucket::new(9.0, 0.3).unwrap()).unwrap(), 0.0);
    engine.add_rule(Rule::new("b", RollingWindow::new(9.0, 50.0, 0.0).unwrap()).unwrap(), 0.0);
    let [a, b] = ["a", "b"].map(|id| engine.slot(id, 0.0).unwrap());
    let (mut now, mut kept, mut compared) = (0.0, 0, 0);
    for n in 0..20_000 {
        now += random(40) as f64 / 10.0;
        while engine.poll(now).is_some() {}
        // Waiters of equal costs for a while, then of others.
        let kind = if n / 500 % 2 == 0 { 1 } else { random(3) };
        let mut costs = Costs::default();
        for (slot, amounts) in [(a, [1.0, 2.0, 0.0]), (b, [0.0, 1.0, 3.0])] {
            costs.add(slot, amounts[kind]);
        }
        let max_wait = if random(4) == 0 { random(2000) as f64 } else { f64::INFINITY };
        let options =
            Options { priority: Priority::ALL[random(3)], max_wait, ..Options::default() };
        let before = engine.due();
        let Ok(Submission::Waiting(ticket)) = engine.submit(&costs, options, now) else { continue };
        // A ticket that names nothing changes nothing, and makes the instant be computed.
        let mut other = engine.clone();
        assert!(!other.cancel(Ticket { arrival: ticket.arrival + 1, ..ticket }));
        assert_eq!(engine.due(), other.due(), "request {n}");
        kept += usize::from(engine.due() == before);
        compared += 1;
        // The queue neither ends nor grows without end.
        if engine.waiting(None) > 40 && random(2) == 0 {
            engine.cancel(ticket);
        }
    }
    assert!(kept > 1000 && compared > kept, "{kept} of {compared}");
}

#[test]
fn due_instant_is_as_computed_anew_without_reservations() {
    compare_due_instants(0);
}

#[test]
fn due_instant_is_as_computed_anew_with_reservations() {
    compare_due_instants(4);
}
