//! Permits: what is held until it is released, and what is given back.

use crate::support::{costs, engine, poll_all, rule, tokens, wait, with_config};
use multi_throttler_engine::{
    AlignedWindow, Concurrency, Config, Engine, Fields, FirstRequestWindow, Limit, MaxWaiting, Mode, Options,
    Priority, RollingWindow, Rule, Submission, Ticket, TokenBucket, Value,
};

const PERMIT: Options = Options { priority: Priority::Normal, max_wait: f64::INFINITY, permit: true };

/// A permit that is granted at once.
fn hold(engine: &mut Engine, amounts: &[(&str, f64)], now: f64) -> Ticket {
    let costs = costs(engine, amounts);
    match engine.submit(&costs, PERMIT, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("expected a permit, got {other:?}"),
    }
}

/// The ticket of a request that will be a permit.
fn wait_for(engine: &mut Engine, amounts: &[(&str, f64)], now: f64) -> Ticket {
    let costs = costs(engine, amounts);
    match engine.submit(&costs, PERMIT, now) {
        Ok(Submission::Waiting(ticket)) => ticket,
        other => panic!("expected to wait, got {other:?}"),
    }
}

#[test]
fn a_permit_is_held_until_it_is_released() {
    let mut engine = engine([rule("a", Concurrency::new(2.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    let second = hold(&mut engine, &[("a", 1.0)], 0.0);
    let third = wait_for(&mut engine, &[("a", 1.0)], 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), []);
    assert_eq!((engine.waiting(None), engine.due()), (1, f64::INFINITY));
    assert_eq!(poll_all(&mut engine, 1e9), []);
    assert!(engine.release(second, false, 1e9));
    assert_eq!(engine.due(), 1e9);
    assert_eq!(poll_all(&mut engine, 1e9), [(third, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 1e9), 0.0);
    for ticket in [third, first] {
        assert!(engine.release(ticket, false, 1e9));
    }
    assert_eq!(tokens(&mut engine, "a", 1e9), 2.0);
}

#[test]
fn a_permit_is_released_once() {
    let mut engine = engine([rule("a", Concurrency::new(5.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 2.0)], 0.0);
    hold(&mut engine, &[("a", 2.0)], 0.0);
    assert!(engine.release(first, false, 0.0));
    assert!(!engine.release(first, false, 0.0));
    assert!(!engine.release(first, true, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 3.0);
    // Nor by the ticket of whoever has its place now.
    let next = hold(&mut engine, &[("a", 1.0)], 0.0);
    assert!(!engine.release(first, true, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 2.0);
    assert!(engine.release(next, true, 0.0));
}

#[test]
fn what_waits_is_cancelled_and_what_is_held_is_released() {
    let mut engine = engine([rule("a", Concurrency::new(1.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 1.0)], 0.0);
    let waiting = wait_for(&mut engine, &[("a", 1.0)], 0.0);
    assert!(!engine.cancel(held));
    assert!(!engine.release(waiting, false, 0.0));
    assert!(!engine.set_priority(held, Priority::Critical, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
    assert!(engine.cancel(waiting));
    assert!(engine.release(held, false, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), []);
}

#[test]
fn concurrency_needs_a_permit() {
    let config = Config { max_waiting: MaxWaiting::Total(0.0), ..Config::default() };
    let mut engine = Engine::new(config).unwrap();
    engine.add_rule(rule("a", Concurrency::new(2.0).unwrap()), 0.0);
    engine.add_rule(rule("b", TokenBucket::new(2.0, 0.0).unwrap().with_tokens(0.0).unwrap()), 0.0);
    let mut code = |amounts: &[(&str, f64)]| {
        let costs = costs(&mut engine, amounts);
        let submitted = engine.submit(&costs, Options::default(), 0.0);
        let tried = engine.try_submit(&costs, Priority::Normal, 0.0);
        match (submitted, tried) {
            (Err(refusal), Err(other)) => {
                assert_eq!(refusal, other);
                refusal.code()
            }
            (Ok(Submission::Granted), Ok(true)) => "granted",
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code(&[("a", 1.0)]), "NEEDS_PERMIT");
    assert_eq!(code(&[("a", 0.0)]), "granted");
    // After what is too much, before a full queue.
    assert_eq!(code(&[("a", 1.0), ("b", 3.0)]), "COST_EXCEEDS_CAPACITY");
    assert_eq!(code(&[("a", 1.0), ("b", 1.0)]), "NEEDS_PERMIT");
    let both = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
    assert_eq!(engine.submit(&both, PERMIT, 0.0).unwrap_err().code(), "QUEUE_OVERFLOW");
    assert_eq!(engine.try_submit(&both, Priority::Normal, 0.0).unwrap_err().code(), "NEEDS_PERMIT");
}

#[test]
fn a_refund_gives_back_all_costs_at_once() {
    let mut engine = engine([
        rule("bucket", TokenBucket::new(10.0, 0.001).unwrap()),
        rule("rolling", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("aligned", AlignedWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("first", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("tasks", Concurrency::new(10.0).unwrap()),
    ]);
    let ids = ["bucket", "rolling", "aligned", "first", "tasks"];
    let all = ids.map(|id| (id, 7.0));
    let held = hold(&mut engine, &all, 0.0);
    let next = wait_for(&mut engine, &all, 0.0);
    assert!(engine.release(held, true, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), [(next, Ok(()))]);
    assert!(engine.release(next, true, 0.0));
    assert_eq!(ids.map(|id| tokens(&mut engine, id, 0.0)), [10.0; 5]);
}

#[test]
fn without_a_refund_only_concurrency_is_freed() {
    let mut engine = engine([
        rule("rolling", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("tasks", Concurrency::new(10.0).unwrap()),
    ]);
    let held = hold(&mut engine, &[("rolling", 7.0), ("tasks", 7.0)], 0.0);
    assert!(engine.release(held, false, 10.0));
    assert_eq!(["rolling", "tasks"].map(|id| tokens(&mut engine, id, 10.0)), [3.0, 10.0]);
}

#[test]
fn a_window_takes_a_refund_back_out_of_the_time_of_the_grant() {
    let mut engine = engine([
        rule("rolling", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        rule("aligned", AlignedWindow::new(10.0, 1000.0, 0.0).unwrap()),
    ]);
    let both = |amount| [("rolling", amount), ("aligned", amount)];
    let left = |engine: &mut Engine, now| ["rolling", "aligned"].map(|id| tokens(engine, id, now));
    let early = hold(&mut engine, &both(2.0), 100.0);
    let late = hold(&mut engine, &both(3.0), 900.0);
    let next = hold(&mut engine, &both(1.0), 1050.0);
    assert_eq!(left(&mut engine, 1050.0), [4.0, 9.0]);
    assert!(engine.release(late, true, 1050.0));
    // The aligned window of `late` is over: there is nothing to be given back.
    assert_eq!(left(&mut engine, 1050.0), [7.0, 9.0]);
    assert_eq!(left(&mut engine, 1101.0), [9.0, 9.0]);
    assert!(engine.release(early, true, 1101.0));
    assert_eq!(left(&mut engine, 1101.0), [9.0, 9.0]);
    assert!(engine.release(next, true, 1101.0));
    assert_eq!(left(&mut engine, 1101.0), [10.0, 10.0]);
}

#[test]
fn a_window_whose_first_request_was_never_sent_is_not_over_too_early() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(2.0, 1000.0, 0.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    hold(&mut engine, &[("a", 1.0)], 600.0);
    assert!(engine.release(first, true, 700.0));
    assert!(tokens(&mut engine, "a", 700.0) <= 1.0);
    // The server opened its window at 600: two more at 1001 would be refused.
    assert!(tokens(&mut engine, "a", 1001.0) <= 1.0);
    assert!(tokens(&mut engine, "a", 1600.0) <= 1.0);
    assert_eq!(tokens(&mut engine, "a", 1600.0_f64.next_up()), 2.0);
}

#[test]
fn whoever_opened_a_window_may_turn_out_not_to_have_been_sent_either() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(3.0, 1000.0, 100.0).unwrap())]);
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    let second = hold(&mut engine, &[("a", 1.0)], 10.0);
    assert!(engine.release(first, true, 50.0));
    hold(&mut engine, &[("a", 1.0)], 60.0);
    assert!(engine.release(second, true, 70.0));
    // Only the third was sent, at 60, so the server's window ends at 1160 at the latest.
    assert!(tokens(&mut engine, "a", 1110.5) <= 2.0);
    assert!(tokens(&mut engine, "a", 1160.0) <= 2.0);
    assert_eq!(tokens(&mut engine, "a", 1160.0_f64.next_up()), 3.0);
}

#[test]
fn a_bucket_gives_back_all_if_it_would_not_have_run_over() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.01).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 4.0)], 0.0);
    hold(&mut engine, &[("a", 6.0)], 0.0);
    assert_eq!(tokens(&mut engine, "a", 200.0), 2.0);
    assert!(engine.release(unsent, true, 200.0));
    assert_eq!(tokens(&mut engine, "a", 200.0), 6.0);
}

#[test]
fn a_bucket_that_would_have_run_over_gives_back_less() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.01).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 4.0)], 0.0);
    // Had it not been sent, the bucket would be full at 200 and hold 5 after this, where it holds 3.
    hold(&mut engine, &[("a", 5.0)], 200.0);
    assert_eq!(tokens(&mut engine, "a", 200.0), 3.0);
    assert!(engine.release(unsent, true, 200.0));
    let left = tokens(&mut engine, "a", 200.0);
    assert!((3.0..=5.0).contains(&left), "{left}");
    // Nor does it give back what came in again long ago.
    let unsent = hold(&mut engine, &[("a", 1.0)], 10_000.0);
    hold(&mut engine, &[("a", 5.0)], 20_000.0);
    assert!(engine.release(unsent, true, 20_000.0));
    assert_eq!(tokens(&mut engine, "a", 20_000.0), 5.0);
}

#[test]
fn a_bucket_gives_back_no_more_for_having_been_slowed_down_since() {
    let slow = Mode { name: "slow".into(), buffer: 0.9, reserve: 0.0 };
    let config = Config { modes: vec![slow], ..Config::default() };
    let mut engine = with_config(config, [rule("a", TokenBucket::new(10.0, 0.1).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 9.0)], 0.0);
    // The bucket was full again by then, so nothing of the first is missing.
    hold(&mut engine, &[("a", 9.0)], 90.0);
    engine.set_mode("slow", f64::INFINITY, 90.0).unwrap();
    assert!(engine.release(unsent, true, 100.0));
    engine.set_mode("normal", f64::INFINITY, 100.0).unwrap();
    // The server holds 2: 1 was left at 90, and 1 came in since.
    let left = tokens(&mut engine, "a", 100.0);
    assert!(left <= 2.0, "{left}");
}

#[test]
fn a_bucket_gives_back_nothing_that_was_cut_off_since() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    let unsent = hold(&mut engine, &[("a", 9.0)], 0.0);
    for (now, capacity) in [(10.0, 5.0), (20.0, 20.0)] {
        engine.update_rule("a", &Fields::from_iter([("capacity", Value::Number(capacity))]), now).unwrap();
    }
    assert!(engine.release(unsent, true, 30.0));
    // The server's bucket was full, then held 5 of 5, then 5 of 20.
    let left = tokens(&mut engine, "a", 30.0);
    assert!(left <= 5.0, "{left}");
}

#[test]
fn a_permit_outlives_its_rule_and_leaves_the_next_one_alone() {
    let mut engine =
        engine([rule("a", Concurrency::new(2.0).unwrap()), rule("b", Concurrency::new(2.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 1.0), ("b", 1.0)], 0.0);
    assert!(engine.remove_rule("a", 0.0));
    // In the place that was the old rule's.
    engine.add_rule(rule("c", Concurrency::new(2.0).unwrap()), 0.0);
    hold(&mut engine, &[("c", 1.0)], 0.0);
    assert!(engine.release(held, true, 0.0));
    assert_eq!(["b", "c"].map(|id| tokens(&mut engine, id, 0.0)), [2.0, 1.0]);
}

#[test]
fn a_rule_that_was_replaced_is_given_nothing_back() {
    let window = || rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap());
    let mut engine = engine([window()]);
    let held = hold(&mut engine, &[("a", 4.0)], 0.0);
    engine.add_rule(window(), 0.0);
    hold(&mut engine, &[("a", 6.0)], 0.0);
    assert!(engine.release(held, true, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 4.0);
}

#[test]
fn a_permit_that_costs_nothing_is_one_all_the_same() {
    let mut engine = engine([rule("a", Concurrency::new(1.0).unwrap())]);
    let held = hold(&mut engine, &[], 0.0);
    assert!(engine.release(held, true, 0.0));
    assert!(!engine.release(held, true, 0.0));
}

#[test]
fn a_permit_is_found_by_its_number() {
    let mut engine = engine([rule("a", Concurrency::new(1.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 1.0)], 0.0);
    assert_eq!(engine.ticket(held.to_f64()), Some(held));
    engine.release(held, false, 0.0);
    assert_eq!(engine.ticket(held.to_f64()), None);
}

#[test]
fn a_large_task_is_not_starved_by_small_ones() {
    let mut engine = engine([rule("a", Concurrency::new(3.0).unwrap())]);
    let small: Vec<_> = (0..3).map(|_| hold(&mut engine, &[("a", 1.0)], 0.0)).collect();
    let large = wait_for(&mut engine, &[("a", 3.0)], 0.0);
    let also_small = wait_for(&mut engine, &[("a", 1.0)], 0.0);
    for (n, ticket) in small.into_iter().enumerate() {
        assert_eq!(poll_all(&mut engine, n as f64), []);
        engine.release(ticket, false, n as f64);
    }
    assert_eq!(poll_all(&mut engine, 3.0), [(large, Ok(()))]);
    engine.release(large, false, 4.0);
    assert_eq!(poll_all(&mut engine, 4.0), [(also_small, Ok(()))]);
}

#[test]
fn a_lowered_limit_waits_for_those_that_are_held() {
    let mut engine = engine([rule("a", Concurrency::new(3.0).unwrap())]);
    let held: Vec<_> = (0..3).map(|_| hold(&mut engine, &[("a", 1.0)], 0.0)).collect();
    engine.update_rule("a", &Fields::from_iter([("limit", Value::Number(1.0))]), 0.0).unwrap();
    let one = costs(&mut engine, &[("a", 1.0)]);
    let Ok(Submission::Waiting(next)) = engine.submit(&one, PERMIT, 0.0) else { panic!() };
    for &ticket in &held[..2] {
        engine.release(ticket, false, 1.0);
        assert_eq!(poll_all(&mut engine, 1.0), []);
    }
    engine.release(held[2], false, 2.0);
    assert_eq!(poll_all(&mut engine, 2.0), [(next, Ok(()))]);
}

#[test]
fn a_refund_lets_go_what_waits() {
    let mut engine = engine([rule("a", RollingWindow::new(2.0, 1000.0, 0.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 2.0)], 0.0);
    let two = costs(&mut engine, &[("a", 2.0)]);
    let next = wait(&mut engine, &two, Priority::Normal, 10.0);
    assert!(engine.release(held, true, 20.0));
    assert_eq!(engine.due(), 20.0);
    assert_eq!(poll_all(&mut engine, 20.0), [(next, Ok(()))]);
}

#[test]
fn who_says_what_is_left_says_it_of_all_that_was_taken_before() {
    let limits: [Limit; 2] =
        [TokenBucket::new(10.0, 0.0).unwrap().into(), RollingWindow::new(10.0, 1000.0, 0.0).unwrap().into()];
    for limit in limits {
        let mut engine = engine([Rule::new("a", limit).unwrap()]);
        // All at the same instant: the order of the calls decides.
        let before = hold(&mut engine, &[("a", 4.0)], 5.0);
        engine.set_tokens("a", 2.0, 5.0);
        let after = hold(&mut engine, &[("a", 1.0)], 5.0);
        assert!(engine.release(before, true, 5.0));
        assert_eq!(tokens(&mut engine, "a", 5.0), 1.0);
        assert!(engine.release(after, true, 5.0));
        assert_eq!(tokens(&mut engine, "a", 5.0), 2.0);
    }
}
