//! Monotonic time: steps back, invalid readings, and the horizon.

use crate::support::{bucket, costs, engine, next_due, poll_all, rule, ten, tokens, wait};
use multi_throttler_engine::{
    Costs, Engine, FixedWindow, Options, Priority, RollingWindow, Submission, TokenBucket,
};

/// The horizon: 2^51 milliseconds.
const LAST: f64 = 2_251_799_813_685_248.0;

#[test]
fn invalid_or_earlier_times_are_ignored() {
    let mut engine = engine([bucket("a", 10.0, 0.001, 0.0)]);
    assert_eq!(tokens(&mut engine, "a", 3000.0), 3.0);
    for odd in [0.0, -1e12, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(tokens(&mut engine, "a", odd), 3.0);
    }
    assert_eq!(tokens(&mut engine, "a", 4000.0), 4.0);
}

#[test]
fn invalid_first_time_is_ignored() {
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
fn times_up_to_the_horizon_are_accepted() {
    let mut engine = engine([rule("a", FixedWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    engine.set_wall_clock(LAST, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    // The horizon is 248 ms into its window.
    wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 752.0);
    engine.poll(LAST);
    assert_eq!(engine.now(), LAST);
    engine.poll(LAST + 1.0);
    assert_eq!(engine.now(), LAST);
}

#[test]
fn waits_beyond_the_horizon_never_end() {
    for (until, due) in [(LAST, LAST), (LAST + 1.0, f64::INFINITY)] {
        let mut paused = engine([ten("a", 10.0)]);
        paused.pause(None, until, 0.0).unwrap();
        let one = costs(&mut paused, &[("a", 1.0)]);
        assert_eq!(paused.estimate_wait(&one, Priority::Normal, 0.0), Ok(due));
        let ticket = wait(&mut paused, &one, Priority::Normal, 0.0);
        assert_eq!(next_due(&mut paused), due);
        let granted = if due == LAST { vec![(ticket, Ok(()))] } else { vec![] };
        assert_eq!(poll_all(&mut paused, LAST), granted);

        let used = |span: f64| rule("a", RollingWindow::new(1.0, span.next_down(), 0.0).unwrap());
        let mut used = engine([used(until)]);
        let one = costs(&mut used, &[("a", 1.0)]);
        assert_eq!(used.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
        assert_eq!(used.estimate_wait(&one, Priority::Normal, 0.0), Ok(due));
    }
}

/// Regression: at such times adding an interval changes nothing, so the search for the next window
/// never ended.
#[test]
fn times_beyond_the_horizon_are_ignored() {
    let mut engine = engine([rule("a", FixedWindow::new(1.0, 50.0, 5.0).unwrap())]);
    let cost = costs(&mut engine, &[("a", 1.0)]);
    wait_for_next_window(&mut engine, &cost, 0.0);
    engine.set_wall_clock(1e300, 0.0);
    engine.set_wall_clock(-1e17, 0.0);
    assert_eq!(poll_all(&mut engine, 1e267), []);
    assert_eq!((engine.now(), engine.due()), (0.0, 55.0));
}

/// Regression: a second rule that frees its tokens only beyond the horizon led the search for the
/// next window there.
#[test]
fn rules_that_free_tokens_beyond_the_horizon_never_do() {
    for blocked in [
        rule("b", RollingWindow::new(1.0, 50.0, 1e286).unwrap()),
        rule("b", TokenBucket::new(1.0, 1e-300).unwrap()),
    ] {
        let mut engine = engine([rule("a", FixedWindow::new(1.0, 50.0, 5.0).unwrap()), blocked]);
        let cost = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
        wait_for_next_window(&mut engine, &cost, 0.0);
        assert_eq!(engine.due(), f64::INFINITY);
        assert_eq!(engine.estimate_wait(&cost, Priority::Normal, 0.0), Ok(f64::INFINITY));
    }
}

/// Submits two requests, of which the second has to wait for the next window.
fn wait_for_next_window(engine: &mut Engine, cost: &Costs, now: f64) {
    assert_eq!(engine.submit(cost, Options::default(), now), Ok(Submission::Granted));
    wait(engine, cost, Priority::Normal, now);
}
