//! Aging: waiters whose class rises with their wait.

use crate::support::{costs, is_granted, modes, poll_all, rule, ten, wait, with_config};
use multi_throttler_engine::{Config, Options, Ordering, Priority, TokenBucket};

#[test]
fn waiter_rises_one_class_per_aging_time() {
    let mut engine = with_config(Config { aging: 150.0, ..Config::default() }, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 20.0);
    // At 100 the normal waiter is granted. At 150 the low one becomes normal. At 200 it is granted
    // before a normal one that came later.
    let late = wait(&mut engine, &one, Priority::Normal, 120.0);
    assert_eq!(poll_all(&mut engine, 120.0), [(normal, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 200.0), [(low, Ok(()))]);
    assert_eq!(engine.waiting(Some(Priority::Normal)), 1);
    // At 270 the late one becomes critical, and a critical one that came later waits behind it.
    let critical = wait(&mut engine, &one, Priority::Critical, 250.0);
    assert_eq!(poll_all(&mut engine, 300.0), [(late, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 400.0), [(critical, Ok(()))]);
}

#[test]
fn raised_waiter_keeps_its_age() {
    let mut engine = with_config(Config { aging: 100.0, ..Config::default() }, [ten("a", 0.0)]);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    let low = wait(&mut engine, &ten, Priority::Low, 0.0);
    let normal = wait(&mut engine, &ten, Priority::Normal, 10.0);
    assert_eq!(poll_all(&mut engine, 150.0), []);
    // As a normal waiter since 0 it would be critical since 100; the other one is critical since
    // 110.
    assert!(engine.set_priority(low, Priority::Normal, 150.0));
    assert_eq!(poll_all(&mut engine, 1000.0), [(low, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 2000.0), [(normal, Ok(()))]);
}

#[test]
fn aging_prevents_starvation() {
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        let config = Config { ordering, aging: 1000.0, ..Config::default() };
        let mut engine =
            with_config(config, [rule("a", TokenBucket::new(1.0, 1.0 / 10.0).unwrap())]);
        let one = costs(&mut engine, &[("a", 1.0)]);
        let critical = Options { priority: Priority::Critical, ..Options::default() };
        // Critical requests come twice as fast as they can be granted.
        let (mut patient, mut granted_at) = (None, None);
        for n in 0..800 {
            let now = f64::from(n) * 5.0;
            if poll_all(&mut engine, now).iter().any(|settled| Some(settled.0) == patient) {
                granted_at = Some(now);
            }
            engine.submit(&one, critical, now).unwrap();
            if n == 1 {
                patient = Some(wait(&mut engine, &one, Priority::Low, now));
            }
        }
        // At 2005 the low waiter is critical, and the first to have arrived of all that wait then.
        assert_eq!(granted_at, Some(2010.0), "{ordering:?}");
    }
}

#[test]
fn aging_opens_the_reserve() {
    let config = Config { aging: 300.0, ..modes(&[("normal", 0.0, 0.5)]) };
    let mut engine = with_config(config, [rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert!(is_granted(&mut engine, Priority::Normal, 4.0, 0.0));
    let low = wait(&mut engine, &four, Priority::Low, 100.0);
    // Being normal after 300 ms does not open the reserve, being critical after 600 ms does.
    assert_eq!(engine.estimate_wait(&four, Priority::Critical, 100.0), Ok(0.0));
    assert_eq!(poll_all(&mut engine, 699.0), []);
    assert_eq!(engine.due(), 700.0);
    assert_eq!(poll_all(&mut engine, 700.0), [(low, Ok(()))]);
}
