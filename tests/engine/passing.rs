//! The instants before which an amount cannot have passed: what longest waits behind long queues are judged by.

use multi_throttler_engine::{
    Algorithm, AlignedWindow, Concurrency, FirstRequestWindow, Limit, RollingWindow, TokenBucket,
};

/// Just after.
fn after(at: f64) -> f64 {
    at.next_up()
}

fn check(mut limit: Limit, took: f64, expected: &[(f64, f64, f64)]) {
    limit.start(0.0);
    limit.take(took, 0.0);
    for &(amount, from, at) in expected {
        assert_eq!(limit.passed_at(amount, from), at, "{} of {}", amount, limit.algorithm());
    }
}

#[test]
fn a_bucket_passes_what_it_holds_and_then_what_comes_in() {
    let bucket = TokenBucket::new(3.0, 0.01).unwrap();
    check(
        bucket.into(),
        2.0,
        &[(1.0, 50.0, 50.0), (2.0, 0.0, 100.0), (2.0, 50.0, 100.0), (13.0, 0.0, 1200.0)],
    );
}

#[test]
fn a_bucket_that_does_not_refill_passes_what_it_holds() {
    let bucket = TokenBucket::new(3.0, 0.0).unwrap();
    check(bucket.into(), 2.0, &[(1.0, 50.0, 50.0), (1.5, 50.0, f64::INFINITY)]);
}

#[test]
fn a_rolling_window_passes_its_limit_in_each_span() {
    let window = RollingWindow::new(3.0, 1000.0, 50.0).unwrap();
    let expired = after(1050.0);
    check(
        window.into(),
        2.0,
        &[(1.0, 7.0, 7.0), (2.0, 7.0, expired), (4.0, 7.0, 7.0 + 1050.0), (6.0, 7.0, expired + 1050.0)],
    );
}

#[test]
fn an_aligned_window_passes_its_limit_after_each_edge() {
    // A request may count after the edge from 100 ms before it on.
    let window = AlignedWindow::new(3.0, 1000.0, 100.0).unwrap();
    check(
        window.into(),
        2.0,
        &[
            (1.0, 200.0, 200.0),
            (2.0, 200.0, 900.0),
            (4.0, 200.0, 900.0),
            (5.0, 200.0, 1900.0),
            (2.0, 950.0, 950.0),
        ],
    );
}

#[test]
fn edges_are_those_of_the_calendar() {
    let mut window = AlignedWindow::new(3.0, 1000.0, 100.0).unwrap();
    window.set_calendar(1_700_000_000_300.0, 0.0);
    window.take(2.0, 0.0);
    assert_eq!(window.passed_at(2.0, 100.0), 600.0);
}

#[test]
fn a_window_of_the_first_request_passes_its_limit_after_each_end() {
    let window = FirstRequestWindow::new(3.0, 1000.0, 100.0).unwrap();
    let ended = after(1100.0);
    check(
        window.into(),
        2.0,
        &[(1.0, 200.0, 200.0), (2.0, 200.0, ended), (4.0, 200.0, ended), (5.0, 200.0, ended + 1100.0)],
    );
}

#[test]
fn tasks_may_end_at_any_time() {
    check(Concurrency::new(3.0).unwrap().into(), 2.0, &[(1.0, 7.0, 7.0), (9.0, 7.0, 7.0)]);
}
