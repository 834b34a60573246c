//! Small stories: those of ccxt's multi-throttle documents, and the corners of each promise.

use crate::support::{bucket, costs, engine, limited, next_due, poll_all, sequential, tokens, wait};
use multi_throttler_engine::{Costs, Engine, MaxWaiting, Options, Priority, Refusal, Submission, Value};

#[test]
fn ccxt_single_rule_takes_500_ms() {
    let mut engine = engine([bucket("weight", 10.0, 1.0 / 100.0, 10.0)]);
    assert_eq!(sequential(&mut engine, &[("weight", 1.0)], 15), 500.0);
}

#[test]
fn ccxt_two_rules_take_600_ms() {
    let mut engine =
        engine([bucket("requests", 5.0, 1.0 / 200.0, 5.0), bucket("weight", 20.0, 1.0 / 100.0, 20.0)]);
    assert_eq!(sequential(&mut engine, &[("requests", 1.0), ("weight", 2.0)], 8), 600.0);
}

#[test]
fn ccxt_binance_takes_2750_ms_because_of_the_weight() {
    let rules = |orders| {
        engine([
            bucket("RAW_REQUESTS", 6000.0, 6000.0 / 60_000.0, 10.0),
            bucket("REQUEST_WEIGHT", 1200.0, 1200.0 / 60_000.0, 5.0),
            bucket("ORDERS", 100.0, 100.0 / 10_000.0, orders),
        ])
    };
    let amounts = [("RAW_REQUESTS", 1.0), ("REQUEST_WEIGHT", 10.0), ("ORDERS", 1.0)];
    assert_eq!(sequential(&mut rules(3.0), &amounts, 6), 2750.0);
    // As long with plenty of orders: 6 times 10 less the 5 that are there, at 1 in 50 ms.
    assert_eq!(sequential(&mut rules(100.0), &amounts, 6), 2750.0);
    // The orders alone would take what the document says of them.
    assert_eq!(sequential(&mut rules(3.0), &[("RAW_REQUESTS", 1.0), ("ORDERS", 1.0)], 6), 300.0);
}

#[test]
fn ccxt_strict_and_lenient_take_1500_ms() {
    let mut engine =
        engine([bucket("strict", 3.0, 1.0 / 500.0, 3.0), bucket("lenient", 100.0, 1.0 / 10.0, 100.0)]);
    assert_eq!(sequential(&mut engine, &[("strict", 1.0), ("lenient", 1.0)], 6), 1500.0);
}

#[test]
fn ccxt_interval_types_take_200_ms() {
    let mut engine =
        engine([bucket("seconds", 2.0, 1.0 / 100.0, 2.0), bucket("minutes", 5.0, 1.0 / 50.0, 5.0)]);
    assert_eq!(sequential(&mut engine, &[("seconds", 1.0), ("minutes", 1.0)], 4), 200.0);
}

#[test]
fn ccxt_full_queue_refuses_with_the_known_text() {
    let mut engine = limited(MaxWaiting::Total(2.0));
    engine.add_rule(bucket("test", 1.0, 1.0 / 100.0, 1.0), 0.0);
    let one = costs(&mut engine, &[("test", 1.0)]);
    let outcomes: Vec<_> = (0..5).map(|_| engine.submit(&one, Options::default(), 0.0)).collect();
    assert_eq!(outcomes[0], Ok(Submission::Granted));
    assert!(matches!(outcomes[1..3], [Ok(Submission::Waiting(_)), Ok(Submission::Waiting(_))]));
    for refused in &outcomes[3..] {
        assert_eq!(
            refused.as_ref().unwrap_err().to_string(),
            "Throttle queue is over maxCapacity (2), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526"
        );
    }
}

#[test]
fn each_class_may_have_a_queue_limit_of_its_own() {
    let mut engine = limited(MaxWaiting::PerPriority([1.0, 0.0, f64::INFINITY]));
    engine.add_rule(bucket("a", 1.0, 0.001, 0.0), 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let submit = |engine: &mut Engine, priority| {
        engine.submit(&one, Options { priority, ..Options::default() }, 0.0).map(|_| ())
    };
    assert_eq!(submit(&mut engine, Priority::Critical), Ok(()));
    assert_eq!(submit(&mut engine, Priority::Critical), Err(Refusal::QueueOverflow { max_capacity: 1.0 }));
    assert_eq!(submit(&mut engine, Priority::Normal), Err(Refusal::QueueOverflow { max_capacity: 0.0 }));
    for _ in 0..5000 {
        assert_eq!(submit(&mut engine, Priority::Low), Ok(()));
    }
    assert_eq!(engine.waiting(Some(Priority::Low)), 5000);
    assert_eq!(engine.waiting(None), 5001);
}

#[test]
fn refills_while_idle() {
    let mut engine = engine([bucket("a", 100.0, 0.1, 100.0)]);
    let all = costs(&mut engine, &[("a", 100.0)]);
    assert_eq!(engine.submit(&all, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!(tokens(&mut engine, "a", 500.0), 50.0);
    let five = costs(&mut engine, &[("a", 5.0)]);
    assert_eq!(engine.submit(&five, Options::default(), 500.0), Ok(Submission::Granted));
}

#[test]
fn takes_from_all_rules_or_from_none() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 10.0), bucket("b", 10.0, 0.001, 3.0)]);
    let both = costs(&mut engine, &[("a", 4.0), ("b", 4.0)]);
    let ticket = wait(&mut engine, &both, Priority::Normal, 0.0);
    assert_eq!(tokens(&mut engine, "a", 0.0), 10.0);
    assert_eq!(next_due(&mut engine), 1000.0);
    assert_eq!(poll_all(&mut engine, 1000.0), [(ticket, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 1000.0), 6.0);
    assert_eq!(tokens(&mut engine, "b", 1000.0), 0.0);
}

#[test]
fn refuses_in_the_order_unknown_then_invalid_then_too_much_then_full() {
    let mut engine = limited(MaxWaiting::Total(0.0));
    engine.add_rule(bucket("a", 5.0, 0.0, 5.0), 0.0);
    engine.add_rule(bucket("b", 5.0, 0.0, 0.0), 0.0);
    let (a, b) = (engine.slot("a", 0.0).unwrap(), engine.slot("b", 0.0).unwrap());
    let gone = {
        engine.add_rule(bucket("c", 5.0, 0.0, 5.0), 0.0);
        let slot = engine.slot("c", 0.0).unwrap();
        assert!(engine.remove_rule("c", 0.0));
        slot
    };
    let mut refusal = |amounts: &[(multi_throttler_engine::Slot, f64)]| {
        let mut costs = multi_throttler_engine::Costs::default();
        amounts.iter().for_each(|(slot, amount)| costs.add(*slot, *amount));
        engine.submit(&costs, Options::default(), 0.0).unwrap_err().code()
    };
    assert_eq!(refusal(&[(a, 6.0), (b, f64::NAN), (gone, 1.0)]), "UNKNOWN_RULE");
    assert_eq!(refusal(&[(a, 6.0), (b, f64::NAN)]), "INVALID_COST");
    assert_eq!(refusal(&[(a, f64::INFINITY)]), "INVALID_COST");
    assert_eq!(refusal(&[(a, -1.0)]), "INVALID_COST");
    assert_eq!(refusal(&[(a, 6.0), (b, 1.0)]), "COST_EXCEEDS_CAPACITY");
    assert_eq!(refusal(&[(b, 1.0)]), "QUEUE_OVERFLOW");
    assert_eq!(tokens(&mut engine, "a", 0.0), 5.0);
}

#[test]
fn texts_name_the_rule_and_the_value() {
    let mut engine = engine([bucket("a", 5.0, 0.0, 5.0), bucket("b", 5.0, 0.0, 5.0)]);
    assert_eq!(
        engine.slot("X", 0.0).unwrap_err().to_string(),
        "Unknown throttle rule: X. Available rules: a, b"
    );
    let mut text = |amount| {
        let costs = costs(&mut engine, &[("a", amount)]);
        engine.clone().submit(&costs, Options::default(), 0.0).unwrap_err().to_string()
    };
    assert_eq!(text(-3.0), "Cost of rule a must be a finite number of 0 or more, got -3");
    assert_eq!(text(6.5), "Cost 6.5 of rule a exceeds its capacity (5): it could never be granted");
    let not_costs = Refusal::InvalidCost { rule: None, cost: Value::Text("x".into()) };
    assert_eq!(not_costs.to_string(), "Costs must be an object of rule ids and numbers, got \"x\"");
    assert!(engine.remove_rule("a", 0.0));
    assert_eq!((engine.clear(&Refusal::Closed), poll_all(&mut engine, 0.0)), (0, vec![]));
}

#[test]
fn serves_critical_before_normal_before_low() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 1.0);
    let critical = wait(&mut engine, &one, Priority::Critical, 2.0);
    let also_normal = wait(&mut engine, &one, Priority::Normal, 3.0);
    let order: Vec<_> =
        (1..=4).flat_map(|n| poll_all(&mut engine, f64::from(n) * 1000.0)).map(|s| s.0).collect();
    assert_eq!(order, [critical, normal, also_normal, low]);
}

#[test]
fn a_more_important_request_does_not_wait_for_less_important_ones() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 5.0)]);
    let (ten, one) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 1.0)]));
    wait(&mut engine, &ten, Priority::Normal, 0.0);
    let critical = Options { priority: Priority::Critical, ..Options::default() };
    assert_eq!(engine.submit(&one, critical, 0.0), Ok(Submission::Granted));
    // Of its own class, or below, everybody waits behind the first.
    wait(&mut engine, &one, Priority::Normal, 0.0);
    wait(&mut engine, &one, Priority::Low, 0.0);
}

#[test]
fn a_cost_of_zero_must_exist_and_is_never_waited_for() {
    let mut engine = engine([bucket("a", 1.0, 0.0, 0.0), bucket("b", 1.0, 0.0, 1.0)]);
    let free = costs(&mut engine, &[("a", 0.0), ("b", 1.0)]);
    assert_eq!(engine.submit(&free, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!(engine.submit(&Costs::default(), Options::default(), 0.0), Ok(Submission::Granted));
}

#[test]
fn cancelling_the_first_lets_the_next_one_go() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 5.0)]);
    let (ten, one) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 1.0)]));
    let first = wait(&mut engine, &ten, Priority::Normal, 0.0);
    let second = wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 5000.0);
    assert!(engine.cancel(first));
    assert!(!engine.cancel(first));
    assert_eq!(poll_all(&mut engine, 0.0), [(second, Ok(()))]);
    assert_eq!(tokens(&mut engine, "a", 0.0), 4.0);
}

#[test]
fn removing_a_rule_refuses_what_waits_on_it_and_plans_the_rest_anew() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0), bucket("b", 1.0, 0.001, 1.0)]);
    let both = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
    let only_b = costs(&mut engine, &[("b", 1.0)]);
    let on_a = wait(&mut engine, &both, Priority::Normal, 0.0);
    let on_b = wait(&mut engine, &only_b, Priority::Normal, 0.0);
    assert!(engine.remove_rule("a", 0.0));
    assert_eq!((engine.waiting(None), engine.due()), (1, 0.0));
    let removed = Refusal::RuleRemoved { rule: "a".into() };
    assert_eq!(removed.to_string(), "Unknown throttle rule: a");
    assert_eq!(poll_all(&mut engine, 0.0), [(on_a, Err(removed)), (on_b, Ok(()))]);
    assert!(!engine.remove_rule("a", 0.0));
    assert_eq!(
        engine.slot("a", 0.0).unwrap_err().to_string(),
        "Unknown throttle rule: a. Available rules: b"
    );
}

#[test]
fn replacing_a_rule_replaces_its_tokens_and_refuses_what_no_longer_fits() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 0.0), bucket("b", 1.0, 0.001, 1.0)]);
    let (ten, two) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 2.0)]));
    let first = wait(&mut engine, &ten, Priority::Normal, 0.0);
    let second = wait(&mut engine, &two, Priority::Normal, 0.0);
    engine.add_rule(bucket("a", 5.0, 0.001, 2.0), 0.0);
    let too_much = Refusal::CostExceedsCapacity { rule: "a".into(), cost: 10.0, capacity: 5.0 };
    assert_eq!(poll_all(&mut engine, 0.0), [(first, Err(too_much)), (second, Ok(()))]);
    let ids: Vec<_> = engine.status(0.0).into_iter().map(|rule| rule.id).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn a_slot_serves_again_after_its_rule_was_removed() {
    let mut engine = engine([bucket("a", 1.0, 0.0, 1.0), bucket("b", 2.0, 0.0, 2.0)]);
    engine.remove_rule("a", 0.0);
    engine.add_rule(bucket("c", 3.0, 0.0, 3.0), 0.0);
    engine.add_rule(bucket("a", 4.0, 0.0, 4.0), 0.0);
    let status: Vec<_> = engine.status(0.0).into_iter().map(|rule| (rule.id, rule.capacity)).collect();
    assert_eq!(status, [("b".into(), 2.0), ("c".into(), 3.0), ("a".into(), 4.0)]);
}

#[test]
fn a_wait_that_is_known_to_be_too_long_is_refused_at_once() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Normal, 0.0);
    let within = |max_wait| Options { max_wait, ..Options::default() };
    let refusal = engine.submit(&one, within(1999.0), 0.0).unwrap_err();
    assert_eq!(refusal, Refusal::WaitTimeout { max_wait: 1999.0, estimated_wait: 2000.0 });
    assert_eq!(engine.waiting(None), 1);
    let Ok(Submission::Waiting(ticket)) = engine.submit(&one, within(2000.0), 0.0) else { panic!() };
    assert_eq!(poll_all(&mut engine, 1000.0).len(), 1);
    // At its very deadline it is still in time.
    assert_eq!(poll_all(&mut engine, 2000.0), [(ticket, Ok(()))]);
}

#[test]
fn a_deadline_that_passes_refuses_even_if_the_timer_was_late() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let within = Options { max_wait: 1500.0, ..Options::default() };
    let Ok(Submission::Waiting(ticket)) = engine.submit(&one, within, 0.0) else { panic!() };
    // A more important one comes between: now it cannot be in time.
    let critical = wait(&mut engine, &one, Priority::Critical, 500.0);
    assert_eq!(poll_all(&mut engine, 1000.0), [(critical, Ok(()))]);
    assert_eq!(next_due(&mut engine), 1500.0);
    let settled = poll_all(&mut engine, 1700.0);
    assert_eq!(settled, [(ticket, Err(Refusal::WaitTimeout { max_wait: 1500.0, estimated_wait: 300.0 }))]);
    assert_eq!(next_due(&mut engine), f64::INFINITY);
}

#[test]
fn a_clock_that_steps_back_or_breaks_changes_nothing() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 0.0)]);
    assert_eq!(tokens(&mut engine, "a", 3000.0), 3.0);
    for odd in [0.0, -1e12, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(tokens(&mut engine, "a", odd), 3.0);
    }
    assert_eq!(tokens(&mut engine, "a", 4000.0), 4.0);
}

#[test]
fn a_late_timer_grants_what_is_due_and_no_more_than_the_capacity() {
    let mut engine = engine([bucket("a", 3.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..10 {
        wait(&mut engine, &one, Priority::Normal, 0.0);
    }
    // A laptop that slept for an hour.
    assert_eq!(poll_all(&mut engine, 3_600_000.0).len(), 3);
    assert_eq!(next_due(&mut engine), 3_601_000.0);
}

#[test]
fn set_tokens_and_reset_let_waiting_requests_go() {
    let mut engine = engine([bucket("a", 10.0, 0.0, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..20 {
        wait(&mut engine, &one, Priority::Normal, 0.0);
    }
    assert_eq!(next_due(&mut engine), f64::INFINITY);
    assert!(engine.set_tokens("a", 3.0, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0).len(), 3);
    assert!(engine.set_tokens("a", 1e9, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0).len(), 10);
    assert!(engine.set_tokens("a", -5.0, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
    assert!(!engine.set_tokens("nobody", 1.0, 0.0));
    assert!(!engine.set_tokens("a", f64::NAN, 0.0));
    engine.reset(0.0);
    assert_eq!(poll_all(&mut engine, 0.0).len(), 7);
}

#[test]
fn clearing_refuses_all_that_wait_and_takes_nothing() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 5.0)]);
    let six = costs(&mut engine, &[("a", 6.0)]);
    let tickets = [Priority::Low, Priority::Critical].map(|class| wait(&mut engine, &six, class, 0.0));
    assert_eq!(engine.clear(&Refusal::Cleared), 2);
    assert_eq!((engine.waiting(None), engine.due()), (0, 0.0));
    let cleared = poll_all(&mut engine, 0.0);
    assert_eq!(cleared, [(tickets[1], Err(Refusal::Cleared)), (tickets[0], Err(Refusal::Cleared))]);
    assert_eq!(next_due(&mut engine), f64::INFINITY);
    assert_eq!(tokens(&mut engine, "a", 0.0), 5.0);
}

#[test]
fn estimates_count_what_waits_ahead() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for class in [Priority::Critical, Priority::Normal, Priority::Low] {
        wait(&mut engine, &one, class, 0.0);
    }
    let estimates = Priority::ALL.map(|priority| engine.estimate_wait(&one, priority, 500.0).unwrap());
    assert_eq!(estimates, [1500.0, 2500.0, 3500.0]);
    engine.add_rule(bucket("never", 1.0, 0.0, 0.0), 500.0);
    let never = costs(&mut engine, &[("never", 1.0)]);
    assert_eq!(engine.estimate_wait(&never, Priority::Low, 500.0), Ok(f64::INFINITY));
    assert_eq!(engine.estimate_wait(&Costs::default(), Priority::Critical, 500.0), Ok(0.0));
}

#[test]
fn equal_deadlines_expire_in_the_order_of_arrival() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Critical, 0.0);
    let within = Options { max_wait: 10_000.0, ..Options::default() };
    let tickets: Vec<_> = (0..8)
        .map(|_| match engine.submit(&one, within, 0.0) {
            Ok(Submission::Waiting(ticket)) => ticket,
            other => panic!("{other:?}"),
        })
        .collect();
    let expired: Vec<_> = poll_all(&mut engine, 20_000.0).into_iter().map(|settled| settled.0).collect();
    assert_eq!(expired[..8], tickets);
}

#[test]
fn a_wait_of_just_the_estimate_is_accepted_and_in_time() {
    let mut engine = engine([bucket("a", 3.0, 1.0 / 189.0, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let mut now = 286.344_044_593_894_8;
    for _ in 0..1000 {
        now += 156.195_494_764_406_6;
        let max_wait = engine.estimate_wait(&one, Priority::Normal, now).unwrap();
        let options = Options { max_wait, ..Options::default() };
        if let Ok(Submission::Waiting(ticket)) = engine.submit(&one, options, now) {
            now = next_due(&mut engine);
            assert_eq!(poll_all(&mut engine, now), [(ticket, Ok(()))]);
        }
    }
}

#[test]
fn an_estimate_refuses_what_a_submission_refuses() {
    let mut engine = engine([bucket("a", 3.0, 0.001, 0.0)]);
    let code = |engine: &mut Engine, amount| {
        let costs = costs(engine, &[("a", amount)]);
        engine.estimate_wait(&costs, Priority::Normal, 0.0).unwrap_err().code()
    };
    assert_eq!(code(&mut engine, 3.5), "COST_EXCEEDS_CAPACITY");
    assert_eq!(code(&mut engine, f64::NAN), "INVALID_COST");
    let gone = costs(&mut engine, &[("a", 1.0)]);
    engine.remove_rule("a", 0.0);
    assert_eq!(engine.estimate_wait(&gone, Priority::Normal, 0.0).unwrap_err().code(), "UNKNOWN_RULE");
}

#[test]
fn a_wait_that_is_no_number_is_refused() {
    let mut engine = engine([bucket("a", 1.0, 0.001, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let options = Options { max_wait: f64::NAN, ..Options::default() };
    assert_eq!(engine.submit(&one, options, 0.0).unwrap_err().code(), "WAIT_TIMEOUT");
}

#[test]
fn a_first_reading_that_is_no_time_does_no_harm() {
    for first in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut engine = Engine::default();
        engine.add_rule(bucket("a", 1.0, 0.001, 0.0), first);
        assert_eq!(tokens(&mut engine, "a", 500.0), 0.5);
        let one = costs(&mut engine, &[("a", 1.0)]);
        wait(&mut engine, &one, Priority::Normal, f64::NAN);
        assert_eq!(next_due(&mut engine), 1000.0);
    }
}

#[test]
fn distinct_costs_that_come_and_go_do_not_pile_up() {
    let mut engine = engine([bucket("a", 1e9, 0.0, 0.0)]);
    let slot = engine.slot("a", 0.0).unwrap();
    for n in 0..100_000 {
        let cost = costs(&mut engine, &[("a", 1.0 + f64::from(n))]);
        let ticket = wait(&mut engine, &cost, Priority::Normal, 0.0);
        assert!(engine.cancel(ticket));
    }
    // What is kept shows in what is printed of it, the only way to look inside from here.
    assert!(format!("{engine:?}").len() < 1_000_000);
    engine.remove_rule("a", 0.0);
    engine.add_rule(bucket("b", 1.0, 0.0, 1.0), 0.0);
    assert_eq!(engine.slot("b", 0.0), Ok(slot), "the slot serves again");
}
