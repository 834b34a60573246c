//! Reservations of waiters, and requests that pass them.

use crate::support::{costs, engine, poll_all, rule, timeout, wait, with_config, within};
use multi_throttler_engine::{
    Concurrency, Config, Costs, Engine, FirstRequestWindow, FixedWindow, Options, Ordering,
    Priority, Rank, RollingWindow, Spacing, Submission, Ticket, TokenBucket,
};

const MINUTE: f64 = 60_000.0;

fn fixed() -> FixedWindow {
    FixedWindow::new(100.0, MINUTE, 0.0).unwrap()
}

fn submit(engine: &mut Engine, amounts: &[(&str, f64)], now: f64) -> Submission {
    let costs = costs(engine, amounts);
    engine.submit(&costs, Options::default(), now).unwrap()
}

fn waits(engine: &mut Engine, amounts: &[(&str, f64)], now: f64) -> Ticket {
    let costs = costs(engine, amounts);
    wait(engine, &costs, Priority::Normal, now)
}

#[test]
fn gap_before_a_waiter_for_the_next_window_is_filled() {
    let mut engine = engine([rule("a", fixed())]);
    assert_eq!(submit(&mut engine, &[("a", 60.0)], 0.0), Submission::Granted);
    let fifty = waits(&mut engine, &[("a", 50.0)], 1.0);
    for _ in 0..4 {
        assert_eq!(submit(&mut engine, &[("a", 10.0)], 2.0), Submission::Granted);
    }
    let ten = waits(&mut engine, &[("a", 10.0)], 3.0);
    assert_eq!(engine.due(), MINUTE);
    assert_eq!(poll_all(&mut engine, MINUTE), [(fifty, Ok(())), (ten, Ok(()))]);
}

#[test]
fn request_that_would_displace_a_waiter_waits() {
    let mut engine =
        engine([rule("a", RollingWindow::new(100.0, MINUTE, 0.0).unwrap()), rule("b", fixed())]);
    // Sixty are used from 0 to a minute; eighty are planned for the instant after.
    assert_eq!(submit(&mut engine, &[("a", 60.0)], 0.0), Submission::Granted);
    let eighty = waits(&mut engine, &[("a", 80.0)], 1.0);
    // These twenty still count then and fit; one more would not.
    assert_eq!(submit(&mut engine, &[("a", 20.0)], 2.0), Submission::Granted);
    let one = waits(&mut engine, &[("a", 1.0), ("b", 1.0)], 3.0);
    let instant = MINUTE.next_up();
    assert_eq!(engine.due(), instant);
    assert_eq!(poll_all(&mut engine, instant), [(eighty, Ok(()))]);
    // The twenty of 2 ms have to leave first.
    assert_eq!(engine.due(), (MINUTE + 2.0).next_up());
    assert_eq!(poll_all(&mut engine, (MINUTE + 2.0).next_up()), [(one, Ok(()))]);
}

#[test]
fn estimate_and_max_wait_know_reservations() {
    let mut engine = engine([rule("a", fixed())]);
    let at = |engine: &mut Engine, amount| {
        let costs = costs(engine, &[("a", amount)]);
        engine.estimate_wait(&costs, Priority::Normal, 1000.0)
    };
    assert_eq!(submit(&mut engine, &[("a", 60.0)], 0.0), Submission::Granted);
    waits(&mut engine, &[("a", 50.0)], 1000.0);
    assert_eq!(at(&mut engine, 40.0), Ok(0.0));
    // Fifty more fit into the next window, others into the one after it.
    assert_eq!(at(&mut engine, 50.0), Ok(MINUTE - 1000.0));
    assert_eq!(at(&mut engine, 51.0), Ok(2.0 * MINUTE - 1000.0));
    let large = costs(&mut engine, &[("a", 51.0)]);
    let (known, less) = (2.0 * MINUTE - 1000.0, 2.0 * MINUTE - 1001.0);
    assert_eq!(engine.submit(&large, within(less), 1000.0), Err(timeout(less, known)));
    let Ok(Submission::Waiting(large)) = engine.submit(&large, within(known), 1000.0) else {
        panic!("known to be in time")
    };
    assert_eq!(poll_all(&mut engine, MINUTE).len(), 1);
    assert_eq!(poll_all(&mut engine, 2.0 * MINUTE), [(large, Ok(()))]);
}

/// A waiter that gives up lets the one behind it go first, which takes what a third one was planned
/// for. The wait of the third is foreseen with that.
#[test]
fn max_wait_foresees_waiters_that_give_up_ahead_of_plans() {
    let mut engine = engine([rule("a", fixed())]);
    assert_eq!(submit(&mut engine, &[("a", 100.0)], 0.0), Submission::Granted);
    let impatient = costs(&mut engine, &[("a", 70.0)]);
    assert!(engine.submit(&impatient, within(70_000.0), 0.0).is_ok());
    waits(&mut engine, &[("a", 80.0)], 0.0);
    engine.pause(None, 80_000.0, 0.0).unwrap();
    // Seventy and thirty are planned for the end of the pause. The first waiter gives up before, so
    // eighty go then, and the thirty go with the next window.
    let thirty = costs(&mut engine, &[("a", 30.0)]);
    let known = 2.0 * MINUTE;
    assert_eq!(engine.submit(&thirty, within(90_000.0), 0.0), Err(timeout(90_000.0, known)));
    assert_eq!(engine.estimate_wait(&thirty, Priority::Normal, 0.0), Ok(known));
}

/// An exception of the proof: `b` is planned for the next window and so lets `c` pass. When `a` is
/// cancelled, which no order could foresee, `b` would have had its tokens in strict order.
#[test]
fn cancelled_waiter_may_leave_another_later_than_strict_fifo() {
    let granted_at = |ordering| {
        let config = Config { ordering, ..Config::default() };
        let slow = TokenBucket::new(1.0, 1e-4).unwrap().with_tokens(0.0).unwrap();
        let mut engine = with_config(config, [rule("window", fixed()), rule("slow", slow)]);
        assert_eq!(submit(&mut engine, &[("window", 60.0)], 0.0), Submission::Granted);
        // Planned for 10 000 ms, within this window.
        let a = waits(&mut engine, &[("window", 30.0), ("slow", 1.0)], 0.0);
        let b = waits(&mut engine, &[("window", 40.0)], 0.0);
        let c = submit(&mut engine, &[("window", 10.0)], 0.0);
        assert_eq!(c == Submission::Granted, ordering == Ordering::WorkConserving);
        assert!(engine.cancel(a));
        loop {
            let due = engine.due().max(5000.0);
            if poll_all(&mut engine, due).contains(&(b, Ok(()))) {
                return due;
            }
        }
    };
    assert_eq!(granted_at(Ordering::StrictFifo), 5000.0);
    assert_eq!(granted_at(Ordering::WorkConserving), MINUTE);
}

#[test]
fn waiter_for_a_permit_keeps_its_tokens() {
    let tasks = rule("tasks", Concurrency::new(1.0).unwrap());
    let mut engine = engine([rule("a", fixed()), tasks]);
    let permit = Options { permit: true, ..Options::default() };
    let task = costs(&mut engine, &[("tasks", 1.0), ("a", 20.0)]);
    let Ok(Submission::Held(held)) = engine.submit(&task, permit, 0.0) else { panic!("granted") };
    let Ok(Submission::Waiting(next)) = engine.submit(&task, permit, 0.0) else { panic!("waits") };
    // It is unknown when the permit is released, so twenty of the eighty that remain are kept.
    assert_eq!(submit(&mut engine, &[("a", 60.0)], 0.0), Submission::Granted);
    let one = waits(&mut engine, &[("a", 1.0)], 0.0);
    assert!(engine.release(held, false, 5.0));
    assert_eq!(poll_all(&mut engine, 5.0), [(next, Ok(()))]);
    assert_eq!(poll_all(&mut engine, MINUTE), [(one, Ok(()))]);
}

#[test]
fn important_request_is_planned_before_waiters_of_lower_classes() {
    let mut engine = engine([rule("a", fixed())]);
    assert_eq!(submit(&mut engine, &[("a", 60.0)], 0.0), Submission::Granted);
    let normal = waits(&mut engine, &[("a", 70.0)], 1.0);
    let ninety = costs(&mut engine, &[("a", 90.0)]);
    let critical = wait(&mut engine, &ninety, Priority::Critical, 2.0);
    assert_eq!(poll_all(&mut engine, 2.0), []);
    assert_eq!(poll_all(&mut engine, MINUTE), [(critical, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 2.0 * MINUTE), [(normal, Ok(()))]);
}

#[test]
fn waiters_beyond_the_last_reservation_pass_by_demand() {
    let config = Config { reservations: 2, ..Config::default() };
    let mut engine = with_config(config, [rule("a", fixed()), rule("b", fixed())]);
    assert_eq!(submit(&mut engine, &[("a", 60.0)], 0.0), Submission::Granted);
    let first = [50.0, 60.0].map(|amount| waits(&mut engine, &[("a", amount)], 1.0));
    // A third waiter has no reservation, so the demand ahead of it has to remain.
    let third = waits(&mut engine, &[("a", 5.0)], 2.0);
    assert_eq!(submit(&mut engine, &[("b", 5.0)], 2.0), Submission::Granted);
    assert_eq!(poll_all(&mut engine, 2.0), []);
    // It gets one when a waiter ahead of it leaves.
    assert!(engine.cancel(first[0]));
    assert_eq!(poll_all(&mut engine, 3.0), [(third, Ok(()))]);
}

/// Waits behind more than 256 waiters are bounded from below: 300 requests want nearly a window
/// each, and the small one passes those that are left when it gets a reservation.
#[test]
fn max_wait_behind_a_long_queue_allows_for_passing() {
    let mut engine = engine([rule("a", fixed())]);
    for n in 0..300 {
        let amounts = [("a", if n % 2 == 0 { 100.0 } else { 99.0 })];
        submit(&mut engine, &amounts, 0.0);
    }
    let one: Costs = costs(&mut engine, &[("a", 1.0)]);
    let estimate = engine.estimate_wait(&one, Priority::Normal, 0.0).unwrap();
    assert!((265.0..275.0).contains(&(estimate / MINUTE)), "{estimate}");
    let rejection = engine.submit(&one, within(200.0 * MINUTE), 0.0).unwrap_err();
    assert_eq!(rejection.code(), "WAIT_TIMEOUT");
    assert!(engine.submit(&one, within(estimate), 0.0).is_ok());
}

/// A request that passes opens a window earlier than planned. Waiters ahead of it that are planned
/// for the window after that one are planned again, as it begins earlier too.
#[test]
fn window_opened_early_replans_the_waiters_ahead() {
    let slow = TokenBucket::new(1.0, 1.0 / 150.0).unwrap().with_tokens(0.0).unwrap();
    let window = FirstRequestWindow::new(10.0, 100.0, 0.0).unwrap();
    let mut engine = engine([rule("a", window), rule("slow", slow)]);
    assert_eq!(submit(&mut engine, &[("a", 10.0)], 0.0), Submission::Granted);
    // It is planned to open a window at 150, and the next one for the window after that.
    let one = waits(&mut engine, &[("a", 1.0), ("slow", 1.0)], 0.0);
    let ten = waits(&mut engine, &[("a", 10.0)], 0.0);
    let nine = waits(&mut engine, &[("a", 9.0)], 0.0);
    let opened = 100.0_f64.next_up();
    assert_eq!(poll_all(&mut engine, opened), [(nine, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 150.0), [(one, Ok(()))]);
    let due = engine.due();
    assert!(due > 200.0 && due < 201.0, "{due}");
    assert_eq!(poll_all(&mut engine, due), [(ten, Ok(()))]);
}

/// An engine with two reservations. Its window may end 80 to 120 ms after the request that opened
/// it. Orders are paused until 150, so the first waiter is planned for 150 and may share a window
/// that is opened after 70. A second waiter is planned for just after 70.
fn planned_around_a_window() -> (Engine, [Ticket; 2]) {
    let window = FirstRequestWindow::new(10.0, 100.0, 20.0).unwrap();
    let config = Config { reservations: 2, ..Config::default() };
    let mut engine = with_config(config, [rule("a", window), rule("orders", fixed())]);
    engine.pause(Some(&["orders"]), 150.0, 0.0).unwrap();
    engine.pause(Some(&["a"]), MINUTE, 0.0).unwrap();
    let order = waits(&mut engine, &[("a", 1.0), ("orders", 1.0)], 0.0);
    let two = waits(&mut engine, &[("a", 2.0)], 0.0);
    (engine, [order, two])
}

/// Regression: the waiter that was submitted last was granted alone, at 50.
#[test]
fn waiter_without_reservation_follows_its_equals() {
    let (mut engine, [order, two]) = planned_around_a_window();
    let orders = waits(&mut engine, &[("a", 1.0), ("orders", 2.0)], 0.0);
    let equal = waits(&mut engine, &[("a", 2.0)], 0.0);
    engine.resume(Some(&["a"]), 50.0).unwrap();
    assert_eq!(poll_all(&mut engine, 50.0), []);
    let opened = 70.0_f64.next_up();
    assert_eq!(engine.due(), opened);
    // The two orders have the reservations then.
    assert_eq!(poll_all(&mut engine, opened), [(two, Ok(())), (equal, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 150.0), [(order, Ok(())), (orders, Ok(()))]);
}

#[test]
fn waiter_follows_an_equal_that_gives_up() {
    let (mut engine, [_, two]) = planned_around_a_window();
    let (equal, other) =
        (waits(&mut engine, &[("a", 2.0)], 0.0), costs(&mut engine, &[("a", 2.0)]));
    engine.resume(Some(&["a"]), 50.0).unwrap();
    assert_eq!(poll_all(&mut engine, 50.0), []);
    assert_eq!(engine.try_submit(&other, Priority::Normal, 50.0), Ok(false));
    // The third waiter gets the reservation of the second, and is planned for the same instant.
    assert!(engine.cancel(two));
    assert_eq!(poll_all(&mut engine, 60.0), []);
    let due = engine.due();
    assert_eq!(poll_all(&mut engine, due), [(equal, Ok(()))]);
}

/// Beside ranks, equal requests may wait behind a new one. Here one with a reservation is ahead.
#[test]
fn new_request_follows_an_equal_with_a_reservation_beside_ranks() {
    let (mut engine, [_, two]) = planned_around_a_window();
    let lower = Options { rank: Rank::LOWEST, ..Options::default() };
    let orders = costs(&mut engine, &[("a", 1.0), ("orders", 2.0)]);
    assert!(matches!(engine.submit(&orders, lower, 0.0), Ok(Submission::Waiting(_))));
    engine.resume(Some(&["a"]), 50.0).unwrap();
    assert_eq!(poll_all(&mut engine, 50.0), []);
    let equal = costs(&mut engine, &[("a", 2.0)]);
    assert_eq!(engine.try_submit(&equal, Priority::Normal, 50.0), Ok(false));
    let equal = waits(&mut engine, &[("a", 2.0)], 50.0);
    assert_eq!(poll_all(&mut engine, 60.0), []);
    let due = engine.due();
    assert_eq!(poll_all(&mut engine, due), [(two, Ok(())), (equal, Ok(()))]);
}

/// Regression: the second waiter was granted just after 70, though the window was open from 50 on.
#[test]
fn window_opened_without_reservation_replans_the_waiters_ahead() {
    let (mut engine, [order, two]) = planned_around_a_window();
    let three = waits(&mut engine, &[("a", 3.0)], 0.0);
    engine.resume(Some(&["a"]), 50.0).unwrap();
    assert_eq!(poll_all(&mut engine, 50.0), [(three, Ok(())), (two, Ok(()))]);
    // The window that was opened at 50 may end as late as 170.
    let ended = 170.0_f64.next_up();
    assert_eq!(engine.due(), ended);
    assert_eq!(poll_all(&mut engine, ended), [(order, Ok(()))]);
}

/// Regression: the last waiter was planned for later, with a window that others open. It
/// fits after 30: the second waiter is within its window then, and does not open a window that may
/// end as the third one is granted.
#[test]
fn window_is_opened_once_no_later_one_ends_at_a_plan() {
    let window = FirstRequestWindow::new(15.0, 242.0, 10.0).unwrap();
    let spacing = Spacing::new(10.0).unwrap();
    let mut engine = engine([rule("a", window), rule("spaced", spacing)]);
    engine.pause(Some(&["spaced"]), 101.0, 0.0).unwrap();
    // Planned for 101, 262 and 495. The first would not be in a window that the second opens.
    let spaced = [16.1, 23.3, 1.0].map(|n| waits(&mut engine, &[("a", 1.0), ("spaced", n)], 0.0));
    let one = waits(&mut engine, &[("a", 1.0)], 0.0);
    let opened = engine.due();
    assert!(opened > 30.0 && opened < 30.001, "{opened}");
    let mut granted = Vec::new();
    while engine.due() < f64::INFINITY {
        let now = engine.due();
        granted.extend(poll_all(&mut engine, now).into_iter().map(|(ticket, _)| (ticket, now)));
    }
    let at = [opened, 101.0, 262.0, 495.0];
    let tickets = [one, spaced[0], spaced[1], spaced[2]];
    assert_eq!(granted, std::iter::zip(tickets, at).collect::<Vec<_>>());
}

/// Regression: a waiter that left its lane and came back to it got no reservation any more.
#[test]
fn waiter_whose_priority_is_restored_gets_a_reservation() {
    let config = Config { reservations: 1, ..Config::default() };
    let mut engine = with_config(config, [rule("a", fixed())]);
    assert_eq!(submit(&mut engine, &[("a", 90.0)], 0.0), Submission::Granted);
    let first = waits(&mut engine, &[("a", 70.0)], 0.0);
    let second = waits(&mut engine, &[("a", 50.0)], 0.0);
    let third = waits(&mut engine, &[("a", 60.0)], 0.0);
    // The third gets the only reservation, and loses it to a critical request.
    assert!(engine.set_priority(second, Priority::Low, 1.0));
    assert!(engine.cancel(first));
    let eighty = costs(&mut engine, &[("a", 80.0)]);
    let critical = wait(&mut engine, &eighty, Priority::Critical, 1.0);
    assert!(engine.set_priority(second, Priority::Normal, 1.0));
    assert!(engine.cancel(critical));
    assert_eq!(poll_all(&mut engine, 1.0), []);
    assert_eq!(poll_all(&mut engine, MINUTE), [(second, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 2.0 * MINUTE), [(third, Ok(()))]);
}
