//! The peak of the used fraction, which is looked at only where it may rise.

use crate::support::{cases, costs, engine, poll_all, rule, set_number, status, ten};
use multi_throttler_engine::{
    Concurrency, Engine, FirstRequestWindow, FixedWindow, Limit, Options, RollingWindow,
    Submission, TokenBucket,
};
use proptest::prelude::*;

fn peak(engine: &mut Engine, id: &str, now: f64) -> f64 {
    status(engine, id, now).peak_utilization
}

fn limits() -> [Limit; 5] {
    [
        TokenBucket::new(100.0, 0.05).unwrap().into(),
        TokenBucket::new(100.0, 0.05).unwrap().with_debt().unwrap().into(),
        RollingWindow::new(100.0, 1000.0, 10.0).unwrap().into(),
        FixedWindow::new(100.0, 1000.0, 10.0).unwrap().into(),
        // With a jitter, nothing remains near the end of a window, though nothing was used.
        FirstRequestWindow::new(100.0, 1000.0, 0.0).unwrap().into(),
    ]
}

proptest! {
    #![proptest_config(cases(300))]
    #[test]
    fn peak_is_within_its_error_of_the_largest_use(
        limit in 0..5_usize,
        steps in prop::collection::vec((0.0..300.0_f64, 1..30_u32, any::<bool>()), 1..80),
    ) {
        let mut engine = engine([rule("a", limits()[limit].clone())]);
        // A copy is looked at after each step, so that its peak is exact.
        let mut exact = engine.clone();
        let (mut now, mut largest) = (0.0, 0.0_f64);
        let slot = engine.slot("a", 0.0).unwrap();
        for (pause, cost, is_fast) in steps {
            now += pause;
            let cost = f64::from(cost);
            let amounts = costs(&mut engine, &[("a", cost)]);
            let is_granted = is_fast
                && engine.grant([(slot, cost)].into_iter(), Default::default(), now);
            if !is_granted {
                engine.submit(&amounts, Options::default(), now).unwrap();
            }
            exact.submit(&amounts, Options::default(), now).unwrap();
            largest = largest.max(status(&mut exact, "a", now).utilization);
            if engine.due() < now + 50.0 {
                now += 50.0;
                prop_assert_eq!(poll_all(&mut engine, now).len(), poll_all(&mut exact, now).len());
                largest = largest.max(status(&mut exact, "a", now).utilization);
            }
        }
        let found = peak(&mut engine, "a", now);
        let debt = if limit == 1 { 0.3 } else { 0.0 };
        prop_assert!(found <= largest + 1e-6, "{} of {}", found, largest);
        prop_assert!(found >= largest - (1.0 - largest).max(0.0) / 128.0 - debt - 1e-6,
            "{} of {}", found, largest);
    }
}

#[test]
fn used_up_rule_has_a_peak_of_exactly_one() {
    let mut engine = engine([rule("a", RollingWindow::new(1000.0, 1000.0, 0.0).unwrap())]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let slot = engine.slot("a", 0.0).unwrap();
    for _ in 0..1000 {
        if !engine.grant([(slot, 1.0)].into_iter(), Default::default(), 0.0) {
            assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
        }
    }
    assert_eq!(peak(&mut engine, "a", 5000.0), 1.0);
}

#[test]
fn held_permits_have_a_peak() {
    let mut engine = engine([rule("a", Concurrency::new(4.0).unwrap())]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let options = Options { permit: true, ..Options::default() };
    let held = [(); 3].map(|()| engine.submit(&one, options, 0.0).unwrap());
    for submission in held {
        let Submission::Held(ticket) = submission else { panic!("{submission:?}") };
        engine.release(ticket, false, 0.0);
    }
    assert_eq!(peak(&mut engine, "a", 0.0), 0.75);
}

#[test]
fn lower_limit_raises_the_peak() {
    let mut engine = engine([rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let four = costs(&mut engine, &[("a", 4.0)]);
    engine.submit(&four, Options::default(), 0.0).unwrap();
    set_number(&mut engine, "a", "limit", 5.0, 0.0);
    assert_eq!(peak(&mut engine, "a", 0.0), 0.8);
}

#[test]
fn family_keeps_the_peaks_of_dropped_members() {
    let mut engine = engine([ten("k:*", 10.0)]);
    for (id, amount) in [("k:a", 6.0), ("k:b", 3.0)] {
        let costs = costs(&mut engine, &[(id, amount)]);
        engine.submit(&costs, Options::default(), 0.0).unwrap();
    }
    assert!((peak(&mut engine, "k:b", 0.0) - 0.3).abs() < 1e-9);
    assert_eq!(peak(&mut engine, "k:*", 0.0), 0.6);
    assert_eq!(engine.status(5000.0).len(), 1);
    assert_eq!(peak(&mut engine, "k:*", 5000.0), 0.6);
}
