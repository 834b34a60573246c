//! What no other test noticed when the engine was changed on purpose (`npm run mutants`).

use crate::support::{bucket, costs, engine, poll_all, tokens, wait, with_config};
use multi_throttler_engine::{Config, Engine, MaxWaiting, Options, Priority, Refusal, Submission, Ticket};

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

fn hold(engine: &mut Engine, amount: f64) -> Ticket {
    let some = costs(engine, &[("a", amount)]);
    match engine.submit(&some, Options { permit: true, ..Options::default() }, 0.0) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

/// Others may use all that the share leaves to them, so it is not known how much of what a bucket lacks is theirs.
#[test]
fn who_knows_what_is_used_of_a_bucket_of_a_share_leaves_its_own_use_as_it_is() {
    let config = Config { share: 0.5, ..Config::default() };
    let mut engine = with_config(config, [bucket("a", 20.0, 0.0, 20.0)]);
    let two = costs(&mut engine, &[("a", 2.0)]);
    assert_eq!(engine.submit(&two, Options::default(), 0.0), Ok(Submission::Granted));
    engine.sync_usage(&[("a", 8.0)], true, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.0), 8.0);
}

#[test]
fn an_answer_that_shows_what_is_known_takes_nothing_from_a_refund() {
    let mut engine = engine([bucket("a", 10.0, 0.01, 10.0)]);
    let six = costs(&mut engine, &[("a", 6.0)]);
    assert_eq!(engine.submit(&six, Options::default(), 0.0), Ok(Submission::Granted));
    let four = hold(&mut engine, 4.0);
    // Three have come in, and four are in flight.
    engine.sync_usage(&[("a", 3.0)], false, 300.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 300.0), 3.0);
    assert!(engine.release(four, true, 300.0));
    assert_eq!(tokens(&mut engine, "a", 300.0), 7.0);
}

/// Only where more is used than there is it is not known what of it comes first.
#[test]
fn of_a_bucket_that_others_have_just_emptied_what_was_never_sent_is_given_back() {
    for (used, left) in [(6.0, 4.0), (6.5, 0.0)] {
        let mut engine = engine([bucket("a", 10.0, 0.01, 10.0)]);
        let four = hold(&mut engine, 4.0);
        engine.sync_usage(&[("a", used)], false, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
        assert!(engine.release(four, true, 0.0));
        assert_eq!(tokens(&mut engine, "a", 0.0), left);
    }
}
