//! Windows that the first request opens, where the server counts down to their end: KuCoin's
//! `gw-ratelimit-reset`.

use crate::support::rng::Rng;
use crate::support::{costs, engine, hold, rule, tokens, try_take};
use multi_throttler_engine::{Engine, FirstRequestWindow, Priority, Report, Ticket, Usage};

const INTERVAL: f64 = 30_000.0;
const JITTER: f64 = 250.0;
/// Instants are differences here, so the first one after an end is rounded.
const TINY: f64 = 1e-6;

/// An engine with four requests per 30 s from the first one and a jitter of 250 ms.
fn four_per_window() -> Engine {
    engine([rule("a", FirstRequestWindow::new(4.0, INTERVAL, JITTER).unwrap())])
}

/// Reports the remaining requests, and in how many milliseconds the window ends.
fn report(engine: &mut Engine, permit: Option<Ticket>, remaining: f64, resets_in: f64, now: f64) {
    let usage = [Usage {
        rule: "a",
        remaining: Some(remaining),
        resets_in: Some(resets_in),
        ..Usage::default()
    }];
    engine
        .report(&Report { status: 200, permit, usage: &usage, ..Report::default() }, now)
        .unwrap();
}

fn wait(engine: &mut Engine) -> f64 {
    let one = costs(engine, &[("a", 1.0)]);
    let now = engine.now();
    engine.estimate_wait(&one, Priority::Normal, now).unwrap()
}

/// The window was opened before this engine began to count: by others, or before a restart.
#[test]
fn countdown_ends_a_window_that_was_open_before_the_first_grant() {
    let mut engine = four_per_window();
    let permit = hold(&mut engine, &[("a", 1.0)], 0.0);
    report(&mut engine, Some(permit), 0.0, 2200.0, 0.0);
    let wait = wait(&mut engine);
    assert!(wait > 2200.0 + JITTER && wait < 2200.0 + JITTER + TINY, "{wait}");
    assert_eq!(tokens(&mut engine, "a", 2200.0 + JITTER), 0.0);
    assert_eq!(tokens(&mut engine, "a", wait), 4.0);
}

#[test]
fn countdown_runs_from_the_response_at_the_latest() {
    let mut engine = four_per_window();
    let permit = hold(&mut engine, &[("a", 1.0)], 0.0);
    report(&mut engine, Some(permit), 0.0, 2200.0, 300.0);
    assert_eq!(tokens(&mut engine, "a", 2500.0 + JITTER), 0.0);
    assert_eq!(tokens(&mut engine, "a", 2500.0 + JITTER + TINY), 4.0);
}

/// A grant that may arrive after the reported end may have opened the next window.
#[test]
fn countdown_is_no_end_once_a_grant_may_have_opened_the_next_window() {
    let mut engine = four_per_window();
    let permit = hold(&mut engine, &[("a", 1.0)], 0.0);
    assert!(try_take(&mut engine, &[("a", 1.0)], 2000.0));
    report(&mut engine, Some(permit), 0.0, 2200.0, 2100.0);
    assert_eq!(tokens(&mut engine, "a", 10_000.0), 0.0);
    assert_eq!(tokens(&mut engine, "a", (INTERVAL + JITTER).next_up()), 4.0);
}

#[test]
fn countdown_without_a_permit_ends_no_window() {
    let mut engine = four_per_window();
    assert!(try_take(&mut engine, &[("a", 1.0)], 0.0));
    report(&mut engine, None, 0.0, 2200.0, 100.0);
    assert_eq!(tokens(&mut engine, "a", 10_000.0), 0.0);
}

#[test]
fn refund_after_a_countdown_leaves_the_window_of_others_open() {
    let mut engine = four_per_window();
    let first = hold(&mut engine, &[("a", 1.0)], 0.0);
    let unsent = hold(&mut engine, &[("a", 1.0)], 10.0);
    report(&mut engine, Some(first), 2.0, 2200.0, 100.0);
    assert!(engine.release(unsent, true, 150.0));
    assert!(tokens(&mut engine, "a", 200.0) <= 3.0);
    assert_eq!(tokens(&mut engine, "a", 2300.0 + JITTER + TINY), 4.0);
}

/// The server's counter: a request that arrives more than an interval after its opener opens the
/// next window.
#[derive(Default)]
struct Server {
    opened: Option<f64>,
    used: f64,
}

impl Server {
    /// Counts a request; the remaining requests and the countdown, or `None` if it is refused.
    fn count(&mut self, at: f64) -> Option<(f64, f64)> {
        if self.opened.is_none_or(|opened| at - opened > INTERVAL) {
            (self.opened, self.used) = (Some(at), 0.0);
        }
        self.used += 1.0;
        let ends = self.opened.unwrap_or(at) + INTERVAL;
        (self.used <= 4.0).then_some(((4.0 - self.used).max(0.0), ends - at))
    }
}

/// Another client opened the server's window before the engine starts, and sends nothing more.
/// Requests arrive within the jitter in any order, and responses come up to two seconds later.
#[test]
fn no_request_is_refused_beside_a_window_of_others() {
    let mut rng = Rng(7);
    let mut saved = 0.0;
    for _ in 0..3000 {
        let mut server = Server::default();
        let age = rng.ms(INTERVAL);
        assert!(server.count(-age).is_some());
        let mut engine = four_per_window();
        // Instants at which requests arrive and at which responses come, with what they carry.
        let mut arrivals: Vec<(f64, Ticket)> = Vec::new();
        let mut responses: Vec<(f64, Ticket, f64, f64)> = Vec::new();
        let (mut now, mut sent, mut is_answered) = (0.0, 0, false);
        while now < 3.0 * INTERVAL {
            arrivals.sort_by(|a, b| b.0.total_cmp(&a.0));
            while arrivals.last().is_some_and(|arrival| arrival.0 <= now) {
                let (at, ticket) = arrivals.pop().unwrap();
                let (remaining, countdown) =
                    server.count(at).expect("the server refused a request");
                responses.push((at + rng.ms(2000.0), ticket, remaining, countdown));
            }
            responses.sort_by(|a, b| b.0.total_cmp(&a.0));
            while responses.last().is_some_and(|response| response.0 <= now) {
                let (_, ticket, remaining, countdown) = responses.pop().unwrap();
                report(&mut engine, Some(ticket), remaining, countdown, now);
                is_answered = true;
            }
            // The engine learns of the other client's request by the first response. Until then
            // it sends no more than the rest of the limit.
            let may_send = sent < 3 || is_answered;
            if may_send && rng.one_in(3) && tokens(&mut engine, "a", now) >= 1.0 {
                let permit = hold(&mut engine, &[("a", 1.0)], now);
                arrivals.push((now + rng.ms(JITTER), permit));
                sent += 1;
            }
            now += rng.ms(400.0) + 1.0;
        }
        saved += f64::from(sent);
    }
    // Without the countdown, a window of others costs each run most of an interval.
    assert!(saved / 3000.0 > 9.0, "{}", saved / 3000.0);
}
