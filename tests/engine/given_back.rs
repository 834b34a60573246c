//! What exact answers give back, and what they do not.

use crate::support::{costs, engine, rule, tokens, with_config};
use multi_throttler_engine::{
    AlignedWindow, Config, Engine, FirstRequestWindow, Options, Report, RollingWindow, Submission, Ticket,
    TokenBucket, Usage,
};

const JITTER: f64 = 100.0;

/// Ten in a minute. The engine's time is the server's, and begins with a window.
fn window() -> Engine {
    engine([rule("a", AlignedWindow::new(10.0, 60_000.0, JITTER).unwrap())])
}

fn hold(engine: &mut Engine, cost: f64, now: f64) -> Ticket {
    let costs = costs(engine, &[("a", cost)]);
    match engine.submit(&costs, Options { permit: true, ..Options::default() }, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

fn usage(used: f64, exact: bool) -> Usage<'static> {
    Usage { rule: "a", used: Some(used), exact, ..Usage::default() }
}

fn tell(engine: &mut Engine, usage: &[Usage], permit: Option<Ticket>, now: f64) -> f64 {
    engine.report(&Report { status: 200, permit, usage, ..Report::default() }, now).unwrap();
    tokens(engine, "a", now)
}

/// The exact answer to a permit's request. Returns what is left then.
fn answer(engine: &mut Engine, used: f64, permit: Ticket, now: f64) -> f64 {
    tell(engine, &[usage(used, true)], Some(permit), now)
}

#[test]
fn what_turned_out_to_be_free_is_given_back_however_many_are_in_flight() {
    let first_request = FirstRequestWindow::new(10.0, 60_000.0, JITTER).unwrap();
    for mut engine in [window(), engine([rule("a", first_request)])] {
        let permits = [0; 10].map(|_| hold(&mut engine, 1.0, 1000.0));
        assert_eq!(tokens(&mut engine, "a", 1000.0), 0.0);
        for (n, permit) in (1..).zip(permits) {
            assert_eq!(answer(&mut engine, 0.0, permit, 1050.0), f64::from(n));
        }
    }
}

#[test]
fn a_count_that_was_shown_stays_whatever_older_answers_say() {
    let mut engine = window();
    let permits = [0; 4].map(|_| hold(&mut engine, 1.0, 1000.0));
    // The second was counted, the others were free; two come late.
    assert_eq!(answer(&mut engine, 1.0, permits[1], 1010.0), 6.0);
    assert_eq!(answer(&mut engine, 0.0, permits[0], 1020.0), 7.0);
    assert_eq!(answer(&mut engine, 1.0, permits[3], 1030.0), 8.0);
    assert_eq!(answer(&mut engine, 1.0, permits[2], 1040.0), 9.0);
}

#[test]
fn a_count_that_fell_is_believed_of_a_request_sent_after_all_that_showed_more() {
    let mut engine = window();
    let first = hold(&mut engine, 1.0, 1000.0);
    assert_eq!(answer(&mut engine, 5.0, first, 1010.0), 5.0);
    // Sent before that was told by more than a jitter, so nobody knows which was read last.
    let early = hold(&mut engine, 1.0, 1110.0);
    assert_eq!(answer(&mut engine, 2.0, early, 1120.0), 5.0);
    let late = hold(&mut engine, 1.0, 1110.0_f64.next_up());
    assert_eq!(answer(&mut engine, 2.0, late, 1130.0), 8.0);
}

#[test]
fn others_are_told_apart_from_what_was_free() {
    let mut engine = window();
    let (first, second) = (hold(&mut engine, 2.0, 1000.0), hold(&mut engine, 3.0, 1000.0));
    assert_eq!(answer(&mut engine, 4.0, first, 1010.0), 3.0);
    assert_eq!(answer(&mut engine, 4.0, second, 1020.0), 6.0);
}

#[test]
fn what_was_released_without_an_answer_is_given_back_by_one_that_was_asked_a_jitter_later() {
    let mut engine = window();
    let lost = hold(&mut engine, 4.0, 1000.0);
    let first = hold(&mut engine, 1.0, 1000.0);
    engine.release(lost, false, 1001.0);
    // It may be on its way.
    assert_eq!(answer(&mut engine, 0.0, first, 1010.0), 6.0);
    let second = hold(&mut engine, 1.0, 1110.0);
    assert_eq!(answer(&mut engine, 0.0, second, 1120.0), 6.0);
    let third = hold(&mut engine, 1.0, 1111.0);
    assert_eq!(answer(&mut engine, 0.0, third, 1120.0), 10.0);
}

#[test]
fn what_had_no_permit_stays_charged_until_an_answer_of_one_that_has_was_asked_a_jitter_later() {
    let mut engine = window();
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 1000.0), Ok(Submission::Granted));
    assert_eq!(tell(&mut engine, &[usage(0.0, true)], None, 1010.0), 6.0);
    // The first answer sets the mark, the second was asked for when all had arrived that was granted before it.
    let first = hold(&mut engine, 1.0, 2000.0);
    assert_eq!(answer(&mut engine, 0.0, first, 2010.0), 6.0);
    let second = hold(&mut engine, 1.0, 3000.0);
    assert_eq!(answer(&mut engine, 0.0, second, 3010.0), 10.0);
}

#[test]
fn an_answer_without_its_request_raises_only_and_is_not_forgotten() {
    let mut engine = window();
    let first = hold(&mut engine, 1.0, 1000.0);
    assert_eq!(tell(&mut engine, &[usage(5.0, true)], None, 1010.0), 4.0);
    // Which of the two was read last nobody knows.
    assert_eq!(answer(&mut engine, 3.0, first, 1020.0), 5.0);
    let second = hold(&mut engine, 1.0, 1200.0);
    assert_eq!(answer(&mut engine, 3.0, second, 1210.0), 7.0);
}

#[test]
fn where_much_is_not_proven_an_answer_only_raises() {
    let mut engine = window();
    let four = costs(&mut engine, &[("a", 4.0)]);
    assert_eq!(engine.submit(&four, Options::default(), 1000.0), Ok(Submission::Granted));
    let permit = hold(&mut engine, 1.0, 1000.0);
    // That may be those of ours, or four of others while ours are on their way.
    assert_eq!(answer(&mut engine, 5.0, permit, 1010.0), 5.0);
    assert_eq!(tell(&mut engine, &[usage(7.0, true)], None, 1020.0), 3.0);
}

#[test]
fn what_counts_in_two_windows_is_given_back_where_it_was_shown() {
    let mut engine = window();
    let first = hold(&mut engine, 4.0, 59_950.0);
    assert_eq!(answer(&mut engine, 0.0, first, 59_990.0), 6.0);
    assert_eq!(tokens(&mut engine, "a", 60_150.0), 6.0);
    // That of the new window: the first answer sets the mark there.
    for (at, left) in [(60_200.0, 6.0), (60_400.0, 10.0)] {
        let permit = hold(&mut engine, 1.0, at);
        assert_eq!(answer(&mut engine, 0.0, permit, at + 10.0), left);
    }
}

#[test]
fn an_answer_of_a_window_in_which_its_request_did_not_count_gives_nothing_of_it_back() {
    let mut engine = window();
    let slow = hold(&mut engine, 4.0, 59_000.0);
    let free = hold(&mut engine, 2.0, 60_200.0);
    let shown = [usage(0.0, true)];
    let report = |engine: &mut Engine, permit, now| {
        let date = Some(60_000.0);
        let report = Report { status: 200, date, permit, usage: &shown, ..Report::default() };
        engine.report(&report, now).unwrap();
        tokens(engine, "a", now)
    };
    assert_eq!(report(&mut engine, Some(slow), 60_300.0), 8.0);
    assert_eq!(report(&mut engine, Some(free), 60_300.0), 10.0);
}

#[test]
fn what_is_told_twice_of_a_rule_has_landed_once() {
    let mut engine = window();
    let lost = hold(&mut engine, 4.0, 1000.0);
    let first = hold(&mut engine, 2.0, 1000.0);
    engine.release(lost, false, 1001.0);
    assert_eq!(tell(&mut engine, &[usage(0.0, true); 3], Some(first), 1010.0), 6.0);
}

#[test]
fn what_was_shown_to_have_been_sent_is_not_given_back_as_unsent() {
    let mut engine = window();
    let (first, second) = (hold(&mut engine, 2.0, 1000.0), hold(&mut engine, 3.0, 1000.0));
    assert_eq!(answer(&mut engine, 2.0, first, 1010.0), 5.0);
    assert!(engine.release(first, true, 1010.0));
    assert_eq!(tokens(&mut engine, "a", 1010.0), 5.0);
    assert!(engine.release(second, true, 1010.0));
    assert_eq!(tokens(&mut engine, "a", 1010.0), 8.0);
}

#[test]
fn a_window_whose_requests_were_all_free_stays_open() {
    let mut engine = engine([rule("a*", FirstRequestWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let permits = [0.0, 500.0].map(|now| {
        let costs = costs(&mut engine, &[("a1", 1.0)]);
        match engine.submit(&costs, Options { permit: true, ..Options::default() }, now) {
            Ok(Submission::Held(ticket)) => ticket,
            other => panic!("{other:?}"),
        }
    });
    let usage = [Usage { rule: "a1", ..usage(0.0, true) }];
    let report = Report { status: 200, permit: Some(permits[0]), usage: &usage, ..Report::default() };
    engine.report(&report, 600.0).unwrap();
    engine.release(permits[0], false, 600.0);
    // Never sent: but the first was, so the server's window is the same.
    engine.release(permits[1], true, 600.0);
    let left = |engine: &mut Engine, now| {
        engine.status(now).into_iter().find(|rule| rule.id == "a1").map(|rule| rule.tokens)
    };
    assert_eq!(left(&mut engine, 900.0), Some(10.0));
    assert_eq!(left(&mut engine, 1000.0), Some(0.0));
    assert_eq!(left(&mut engine, 1001.0), None);
}

#[test]
fn buckets_and_rolling_windows_give_nothing_back() {
    let rolling = RollingWindow::new(10.0, 60_000.0, JITTER).unwrap();
    for rule in [rule("a", rolling), rule("a", TokenBucket::new(10.0, 0.0).unwrap())] {
        let mut engine = engine([rule]);
        for (at, left) in [(1000.0, 9.0), (2000.0, 8.0)] {
            let permit = hold(&mut engine, 1.0, at);
            assert_eq!(answer(&mut engine, 0.0, permit, at + 10.0), left);
        }
    }
}

#[test]
fn fractions_are_given_back_too() {
    let mut engine = window();
    for n in 0..1000 {
        let at = 1000.0 + f64::from(n);
        let permit = hold(&mut engine, 0.1, at);
        let left = answer(&mut engine, 0.0, permit, at + 0.5);
        assert!((10.0 - left).abs() < 1e-9, "{left}");
    }
}

/// A gap that is known: see `RollingWindow`.
#[test]
fn what_expired_while_an_answer_came_hides_as_much_of_what_others_used_until_the_next() {
    let mut engine = engine([rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    hold(&mut engine, 5.0, 0.0);
    let slow = hold(&mut engine, 1.0, 990.0);
    // Five of others, which the server counted when ours had expired there.
    assert_eq!(answer(&mut engine, 6.0, slow, 1100.0), 9.0);
    let next = hold(&mut engine, 1.0, 1200.0);
    assert_eq!(answer(&mut engine, 7.0, next, 1210.0), 3.0);
}

#[test]
fn what_was_sent_lately_may_be_ours_beside_what_the_share_leaves_to_others() {
    let window = AlignedWindow::new(100.0, 60_000.0, 0.0).unwrap();
    let mut engine = with_config(Config { share: 0.5, ..Config::default() }, [rule("a", window)]);
    engine.sync_clock(0.0, Some(100.0), 0.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    for at in [0.0, 1000.0] {
        assert_eq!(engine.submit(&ten, Options::default(), at), Ok(Submission::Granted));
    }
    // All of the fifteen may be ours, and the ten that were just sent on their way.
    engine.sync_usage(&[("a", 15.0)], true, 1050.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1050.0), 30.0);
}

/// Paid for are all; the one without a permit was granted before the second was sent, and arrives after its answer.
#[test]
fn what_was_granted_since_a_mark_is_not_taken_for_what_had_arrived_by_then() {
    let first_request = FirstRequestWindow::new(10.0, 60_000.0, JITTER).unwrap();
    for mut engine in [window(), engine([rule("a", first_request)])] {
        let first = hold(&mut engine, 2.0, 1000.0);
        assert_eq!(answer(&mut engine, 2.0, first, 1010.0), 8.0);
        let three = costs(&mut engine, &[("a", 3.0)]);
        assert_eq!(engine.submit(&three, Options::default(), 1150.0), Ok(Submission::Granted));
        let second = hold(&mut engine, 1.0, 1200.0);
        // Three are counted, three are on their way.
        assert!(answer(&mut engine, 3.0, second, 1210.0) <= 4.0);
    }
}
