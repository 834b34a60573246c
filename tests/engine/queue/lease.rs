//! Timeouts of held permits.

use crate::support::{cases, costs, engine, poll_all, rule, ten, tokens, wait};
use multi_throttler_engine::{
    Concurrency, Costs, Engine, Options, Priority, Rejection, Submission, Ticket,
};
use proptest::prelude::*;

fn places(limit: f64) -> (Engine, Costs) {
    let mut engine = engine([rule("c", Concurrency::new(limit).unwrap()), ten("a", 10.0)]);
    let one = costs(&mut engine, &[("c", 1.0)]);
    (engine, one)
}

fn expired(timeout: f64) -> Result<(), Rejection> {
    Err(Rejection::HoldTimeout { timeout })
}

#[test]
fn expired_permit_makes_room_for_a_waiter() {
    let (mut engine, one) = places(1.0);
    let first = engine.try_acquire(&one, Priority::Normal, 0.0).unwrap().unwrap();
    let options = Options { permit: true, ..Options::default() };
    let Ok(Submission::Waiting(second)) = engine.submit(&one, options, 0.0) else { panic!() };
    assert!(engine.lease(first, 300.0, 0.0));
    assert_eq!(engine.due(), 300.0);
    assert_eq!(poll_all(&mut engine, 300.0), [(first, expired(300.0)), (second, Ok(()))]);
    assert!(!engine.release(first, false, 300.0) && !engine.lease(first, 5.0, 300.0));
    assert!(engine.waited(second).is_some());
}

#[test]
fn released_permit_does_not_expire() {
    let (mut engine, one) = places(1.0);
    let first = engine.try_acquire(&one, Priority::Normal, 0.0).unwrap().unwrap();
    engine.lease(first, 300.0, 0.0);
    engine.release(first, false, 100.0);
    assert_eq!(engine.due(), f64::INFINITY);
    let second = engine.try_acquire(&one, Priority::Normal, 100.0).unwrap().unwrap();
    assert_eq!(poll_all(&mut engine, 1000.0), []);
    assert!(engine.release(second, false, 1000.0));
}

#[test]
fn waiter_has_no_lease() {
    let (mut engine, _) = places(1.0);
    let eleven = costs(&mut engine, &[("a", 10.0)]);
    engine.submit(&eleven, Options::default(), 0.0).unwrap();
    let ticket = wait(&mut engine, &eleven, Priority::Normal, 0.0);
    assert!(!engine.lease(ticket, 5.0, 0.0));
    assert_eq!(engine.due(), 1000.0);
}

#[test]
fn expired_permit_names_the_timeout_as_given() {
    let (mut engine, one) = places(1.0);
    let now = 1234.5678;
    let ticket = engine.try_acquire(&one, Priority::Normal, now).unwrap().unwrap();
    engine.lease(ticket, 1000.0, now);
    let end = engine.due();
    assert_eq!(poll_all(&mut engine, end), [(ticket, expired(1000.0))]);
}

#[test]
fn timeout_without_an_end_is_no_lease() {
    let (mut engine, one) = places(3.0);
    let [nan, endless, ends] =
        [(); 3].map(|()| engine.try_acquire(&one, Priority::Normal, 0.0).unwrap().unwrap());
    assert!(engine.lease(nan, -f64::NAN, 0.0));
    assert!(engine.lease(endless, f64::INFINITY, 0.0));
    engine.lease(ends, 300.0, 0.0);
    assert_eq!(engine.due(), 300.0);
    assert_eq!(poll_all(&mut engine, 300.0), [(ends, expired(300.0))]);
    assert_eq!(engine.due(), f64::INFINITY);
}

#[test]
fn earliest_of_several_leases_counts() {
    let (mut engine, one) = places(1.0);
    let ticket = engine.try_acquire(&one, Priority::Normal, 0.0).unwrap().unwrap();
    for timeout in [500.0, 300.0, 400.0] {
        engine.lease(ticket, timeout, 100.0);
    }
    assert_eq!(poll_all(&mut engine, 1000.0), [(ticket, expired(300.0))]);
}

#[test]
fn estimate_counts_on_the_end_of_a_lease() {
    let (mut engine, one) = places(1.0);
    let ticket = engine.try_acquire(&one, Priority::Normal, 0.0).unwrap().unwrap();
    assert_eq!(engine.estimate_wait(&one, Priority::Normal, 0.0), Ok(f64::INFINITY));
    engine.lease(ticket, 300.0, 0.0);
    assert_eq!(engine.estimate_wait(&one, Priority::Normal, 100.0), Ok(200.0));
}

proptest! {
    #![proptest_config(cases(300))]
    /// A list of held permits with their ends says which ones expire, and when.
    #[test]
    fn leases_end_as_in_a_list(
        steps in prop::collection::vec((0..4_u8, 1..200_u32, any::<prop::sample::Index>()), 1..60),
    ) {
        let (mut engine, one) = places(5.0);
        let mut held: Vec<(Ticket, f64, f64)> = Vec::new();
        let mut now = 0.0;
        for (call, number, at) in steps {
            let ms = f64::from(number);
            match call {
                0 | 1 => {
                    let ticket = engine.try_acquire(&one, Priority::Normal, now).unwrap();
                    prop_assert_eq!(ticket.is_some(), held.len() < 5);
                    if let Some(ticket) = ticket {
                        let end = if call == 0 { now + ms } else { f64::INFINITY };
                        prop_assert!(call == 1 || engine.lease(ticket, ms, now));
                        held.push((ticket, now, end));
                    }
                }
                2 if !held.is_empty() => {
                    let (ticket, ..) = held.remove(at.index(held.len()));
                    prop_assert!(engine.release(ticket, false, now));
                }
                _ => {
                    now += ms;
                    let mut ended: Vec<_> =
                        held.iter().copied().filter(|lease| lease.2 <= now).collect();
                    ended.sort_by(|a, b| a.2.total_cmp(&b.2));
                    held.retain(|lease| lease.2 > now);
                    let expected =
                        ended.into_iter().map(|(ticket, from, end)| (ticket, expired(end - from)));
                    prop_assert_eq!(poll_all(&mut engine, now), expected.collect::<Vec<_>>());
                }
            }
            let next = held.iter().map(|lease| lease.2).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(engine.due(), next);
            prop_assert_eq!(tokens(&mut engine, "c", now), 5.0 - held.len() as f64);
        }
    }
}
