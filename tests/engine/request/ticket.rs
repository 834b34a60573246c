//! Tickets and their numbers.

use crate::support::{bucket, costs, engine, hold, rule, wait, with_config};
use multi_throttler_engine::{Concurrency, Config, Priority};

#[test]
fn ticket_of_a_permit_is_found_by_number() {
    let mut engine = engine([rule("a", Concurrency::new(1.0).unwrap())]);
    let held = hold(&mut engine, &[("a", 1.0)], 0.0);
    assert_eq!(engine.ticket(held.to_f64()), Some(held));
    engine.release(held, false, 0.0);
    assert_eq!(engine.ticket(held.to_f64()), None);
}

/// JavaScript has no other numbers: the ticket is an integer below 2^53 that finds its request and
/// never another.
#[test]
fn ticket_number_is_unique_and_holds_its_index() {
    let mut engine = with_config(Config::default(), [bucket("a", 1.0, 0.01, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let mut numbers = Vec::new();
    for round in 0..3 {
        let tickets = [0; 4].map(|_| wait(&mut engine, &one, Priority::Normal, f64::from(round)));
        for ticket in tickets {
            let number = ticket.to_f64();
            assert!(
                (0.0..9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0,
                "{number}"
            );
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
fn priority_names_are_those_of_the_options() {
    assert_eq!(Priority::ALL.map(Priority::name), ["critical", "normal", "low"]);
}
