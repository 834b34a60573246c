//! What no other test noticed when the engine was changed on purpose (`npm run mutants`).

use crate::support::{bucket, costs, poll_all, wait, with_config};
use multi_throttler::{Config, MaxWaiting, Options, Priority, Refusal, Submission};

/// A longest wait is checked by playing through what waits, but not where that is too much.
#[test]
fn a_wait_behind_more_than_256_is_judged_by_each_rule_by_itself() {
    let config = Config { max_waiting: MaxWaiting::Total(f64::INFINITY), ..Config::default() };
    let rules = [bucket("a", 10_000.0, 10.0, 10_000.0), bucket("slow", 1.0, 0.001, 0.0)];
    let mut engine = with_config(config, rules);
    let both = costs(&mut engine, &[("a", 1.0), ("slow", 1.0)]);
    for _ in 0..256 {
        wait(&mut engine, &both, Priority::Normal, 0.0);
    }
    // Those ahead want 256 of what there is at once, until 56 of them have gone, one in a second.
    let much = costs(&mut engine, &[("a", 9800.0)]);
    let options = Options { max_wait: 10_000.0, ..Options::default() };
    let refusal = engine.submit(&much, options, 0.0).unwrap_err();
    let Refusal::WaitTimeout { estimated_wait, .. } = refusal else { panic!("{refusal:?}") };
    assert_eq!(estimated_wait.floor(), 56_000.0);
    wait(&mut engine, &both, Priority::Normal, 0.0);
    assert!(matches!(engine.submit(&much, options, 0.0), Ok(Submission::Waiting(_))));
}

/// How long a permit was waited for, which a ticket of another kind does not tell.
#[test]
fn a_permit_knows_how_long_it_was_waited_for() {
    let mut engine = with_config(Config::default(), [bucket("a", 1.0, 0.01, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let permit = Options { permit: true, ..Options::default() };
    let Ok(Submission::Waiting(first)) = engine.submit(&one, permit, 20.0) else { panic!("it has to wait") };
    let second = wait(&mut engine, &one, Priority::Normal, 20.0);
    assert_eq!(engine.waited(first), None);
    assert_eq!(poll_all(&mut engine, 100.0), [(first, Ok(()))]);
    assert_eq!(engine.waited(first), Some(80.0));
    assert_eq!(engine.waited(second), None);
    assert!(engine.release(first, false, 150.0));
    assert_eq!(engine.waited(first), None);
    assert_eq!(engine.now(), 150.0);
}

#[test]
fn priorities_have_the_names_of_options() {
    assert_eq!(Priority::ALL.map(Priority::name), ["critical", "normal", "low"]);
}

/// For JavaScript, which has no other numbers: a whole one below 2^53 that finds the request and never another.
#[test]
fn a_ticket_is_a_number_whose_lower_half_is_its_index() {
    let mut engine = with_config(Config::default(), [bucket("a", 1.0, 0.01, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let mut numbers = Vec::new();
    for round in 0..3 {
        let tickets = [0; 4].map(|_| wait(&mut engine, &one, Priority::Normal, f64::from(round)));
        for ticket in tickets {
            let number = ticket.to_f64();
            assert!((0.0..9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0, "{number}");
            assert_eq!((number % 4_294_967_296.0) as u32, ticket.index());
            assert_eq!(engine.ticket(number), Some(ticket));
            assert!(!numbers.contains(&number));
            numbers.push(number);
        }
        assert_eq!(tickets.map(|ticket| ticket.index() < 4), [true; 4]);
        for ticket in tickets {
            assert!(engine.cancel(ticket));
            assert_eq!(engine.ticket(ticket.to_f64()), None);
        }
    }
    for number in [-1.0, 0.5, f64::NAN, f64::INFINITY] {
        assert_eq!(engine.ticket(number), None);
    }
}

#[test]
fn who_was_moved_up_and_gave_up_is_not_waited_for() {
    let mut engine = with_config(Config::default(), [bucket("a", 1.0, 0.01, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let [first, second] = [0; 2].map(|_| wait(&mut engine, &one, Priority::Low, 0.0));
    let normal = wait(&mut engine, &one, Priority::Normal, 0.0);
    for low in [first, second] {
        assert!(engine.set_priority(low, Priority::Normal, 0.0));
    }
    assert!(engine.cancel(second));
    assert_eq!(poll_all(&mut engine, 100.0), [(first, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 200.0), [(normal, Ok(()))]);
}
