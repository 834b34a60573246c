//! Answers at odd moments: what they must not make the engine forget, give back or let through.

use crate::support::{capacity, costs, engine, next_due, poll_all, rule, tokens, wait, with_config};
use multi_throttler_engine::{
    AlignedWindow, Config, Engine, FirstRequestWindow, Mode, Options, Priority, Report, RollingWindow, Rule,
    Submission, Ticket, TokenBucket, Usage,
};

fn hold(engine: &mut Engine, id: &str, cost: f64, now: f64) -> Ticket {
    let costs = costs(engine, &[(id, cost)]);
    match engine.submit(&costs, Options { permit: true, ..Options::default() }, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

/// The server's answer: what it counts under a rule, to the request of a permit if that is known.
fn answer(engine: &mut Engine, rule: &str, used: f64, permit: Option<Ticket>, now: f64) {
    let usage = [Usage { rule, used: Some(used), ..Usage::default() }];
    let report = Report { status: 200, permit, usage: &usage, ..Report::default() };
    engine.report(&report, now).unwrap();
}

fn refuse(engine: &mut Engine, status: u16, permit: Option<Ticket>, now: f64) {
    engine.report(&Report { status, permit, ..Report::default() }, now).unwrap();
}

fn exactly(engine: &mut Engine, rule: &str, used: f64, now: f64) {
    engine.sync_usage(&[(rule, used)], true, now).unwrap();
}

fn adaptive(rules: impl IntoIterator<Item = Rule>) -> Engine {
    with_config(Config { adaptive: true, ..Config::default() }, rules)
}

fn day() -> Rule {
    rule("a", AlignedWindow::new(10.0, 86_400_000.0, 100.0).unwrap())
}

#[test]
fn a_request_that_was_answered_gives_nothing_back_of_a_count_that_was_told_since() {
    let rules = [
        day(),
        rule("a", FirstRequestWindow::new(10.0, 60_000.0, 100.0).unwrap()),
        rule("a", RollingWindow::new(10.0, 60_000.0, 100.0).unwrap()),
    ];
    for rule in rules {
        let mut engine = engine([rule]);
        engine.set_calendar(1_700_000_000_000.0, 0.0);
        let ticket = hold(&mut engine, "a", 5.0, 0.0);
        hold(&mut engine, "a", 1.0, 1.0);
        answer(&mut engine, "a", 5.0, Some(ticket), 10.0);
        exactly(&mut engine, "a", 0.0, 20.0);
        assert!(engine.release(ticket, true, 30.0));
        let left = tokens(&mut engine, "a", 30.0);
        assert!(left <= 10.0, "{left}");
    }
}

#[test]
fn what_is_in_flight_when_the_clock_turns_out_to_be_another_still_is() {
    let mut engine = engine([day()]);
    engine.set_calendar(1_700_000_000_000.0, 0.0);
    let flying = hold(&mut engine, "a", 5.0, 0.0);
    engine.sync_clock(1_700_000_002_000.0, None, 10.0);
    exactly(&mut engine, "a", 0.0, 20.0);
    assert_eq!(tokens(&mut engine, "a", 20.0), 5.0);
    answer(&mut engine, "a", 5.0, Some(flying), 30.0);
    exactly(&mut engine, "a", 5.0, 40.0);
    assert_eq!(tokens(&mut engine, "a", 40.0), 5.0);
}

#[test]
fn what_is_granted_in_the_instant_of_a_restart_lands_too() {
    let mut engine = engine([day()]);
    engine.set_calendar(1_700_000_000_000.0, 0.0);
    let snapshot = engine.snapshot(0.0);
    engine.restore(&snapshot, 10.0).unwrap();
    let ticket = hold(&mut engine, "a", 5.0, 10.0);
    answer(&mut engine, "a", 5.0, Some(ticket), 20.0);
    answer(&mut engine, "a", 5.0, None, 30.0);
    assert_eq!(tokens(&mut engine, "a", 30.0), 5.0);
}

#[test]
fn what_a_bucket_has_in_flight_is_forgotten_with_what_was_taken() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    let ticket = hold(&mut engine, "a", 5.0, 0.0);
    engine.reset(1.0);
    answer(&mut engine, "a", 0.0, Some(ticket), 2.0);
    assert_eq!(tokens(&mut engine, "a", 2.0), 10.0);
}

#[test]
fn an_answer_that_took_longer_than_a_bucket_to_fill_leaves_others_in_flight() {
    let mut engine = engine([rule("a", TokenBucket::new(100.0, 1.0).unwrap())]);
    let slow = hold(&mut engine, "a", 50.0, 0.0);
    hold(&mut engine, "a", 1.0, 150.0);
    hold(&mut engine, "a", 40.0, 249.0);
    hold(&mut engine, "a", 1.0, 251.0);
    answer(&mut engine, "a", 0.0, Some(slow), 252.0);
    exactly(&mut engine, "a", 0.0, 252.0);
    let left = tokens(&mut engine, "a", 252.0);
    assert!(left <= 59.0, "{left} are left while 41 are in flight");
}

#[test]
fn a_bucket_that_others_have_emptied_gives_nothing_back() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    for now in [0.0, 1.0] {
        let unsent = hold(&mut engine, "a", 5.0, now);
        answer(&mut engine, "a", 10.0, None, now);
        assert!(engine.release(unsent, true, 100.0));
        assert_eq!(tokens(&mut engine, "a", 100.0), 0.0);
        engine.reset(100.0);
    }
}

#[test]
fn an_exact_count_gives_no_more_than_the_share() {
    let rules = [
        rule("a", TokenBucket::new(100.0, 0.0).unwrap()),
        day(),
        rule("a", RollingWindow::new(100.0, 60_000.0, 0.0).unwrap()),
    ];
    for rule in rules {
        let mut engine = with_config(Config { share: 0.5, ..Config::default() }, [rule]);
        engine.set_calendar(1_700_000_000_000.0, 0.0);
        let share = capacity(&mut engine, "a", 0.0);
        let ticket = hold(&mut engine, "a", 3.0, 0.0);
        answer(&mut engine, "a", 3.0, Some(ticket), 1.0);
        // All of the three may be ours.
        exactly(&mut engine, "a", 3.0, 2.0);
        assert_eq!(tokens(&mut engine, "a", 2.0), share - 3.0);
        exactly(&mut engine, "a", 1.0, 3.0);
        assert_eq!(tokens(&mut engine, "a", 3.0), share - 1.0);
    }
}

#[test]
fn what_the_server_showed_last_is_not_what_an_early_answer_takes_back() {
    let mut engine = engine([rule("a", RollingWindow::new(100.0, 1000.0, 0.0).unwrap())]);
    let slow = hold(&mut engine, "a", 5.0, 0.0);
    // It has been counted, of which nobody can be sure.
    answer(&mut engine, "a", 5.0, None, 10.0);
    // Others have used five.
    answer(&mut engine, "a", 10.0, None, 500.0);
    answer(&mut engine, "a", 5.0, Some(slow), 600.0);
    assert_eq!(tokens(&mut engine, "a", 1200.0), 95.0);
}

#[test]
fn bans_of_requests_that_were_on_their_way_together_are_one() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 1.0).unwrap())]);
    let tickets = [0; 5].map(|_| hold(&mut engine, "a", 1.0, 0.0));
    refuse(&mut engine, 429, Some(tickets[0]), 10.0);
    for ticket in &tickets[1..] {
        refuse(&mut engine, 418, Some(*ticket), 20.0);
    }
    assert_eq!(engine.refusals(), (1, 240_020.0));
}

#[test]
fn a_limit_that_was_cut_is_so_still_when_a_long_pause_is_over() {
    let mut engine = adaptive([rule("a", TokenBucket::new(10.0, 1.0).unwrap())]);
    let report = Report { status: 429, retry_after: Some(300_000.0), ..Report::default() };
    engine.report(&report, 0.0).unwrap();
    assert_eq!(capacity(&mut engine, "a", 300_000.0), 5.0);
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let ticket = wait(&mut engine, &eight, Priority::Normal, 300_000.0);
    assert_eq!(next_due(&mut engine), 360_000.0);
    assert_eq!(poll_all(&mut engine, 360_000.0), [(ticket, Ok(()))]);
}

#[test]
fn a_limit_that_was_cut_lets_all_go_some_time_after_a_pause_was_ended() {
    let mut engine = adaptive([rule("a", TokenBucket::new(10.0, 1.0).unwrap())]);
    let report = Report { status: 429, retry_after: Some(1e9), ..Report::default() };
    engine.report(&report, 0.0).unwrap();
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let ticket = wait(&mut engine, &eight, Priority::Normal, 0.0);
    engine.resume(None, 1000.0).unwrap();
    assert_eq!(next_due(&mut engine), 61_000.0);
    assert_eq!(poll_all(&mut engine, 61_000.0), [(ticket, Ok(()))]);
}

#[test]
fn a_careful_mode_hides_no_cut_that_has_not_climbed_back() {
    let modes = vec![Mode { name: "careful".into(), buffer: 0.9, reserve: 0.0 }];
    let mut engine = with_config(
        Config { adaptive: true, modes, ..Config::default() },
        [rule("a", TokenBucket::new(100.0, 1.0).unwrap())],
    );
    refuse(&mut engine, 429, None, 0.0);
    assert_eq!(capacity(&mut engine, "a", 0.0), 50.0);
    engine.set_mode("careful", f64::INFINITY, 1.0).unwrap();
    refuse(&mut engine, 200, None, 2.0);
    engine.set_mode("normal", f64::INFINITY, 3.0).unwrap();
    assert_eq!(capacity(&mut engine, "a", 3.0), 51.0);
}

#[test]
fn a_mode_that_ends_after_a_cut_was_lifted_does_so_in_that_order() {
    let modes = vec![Mode { name: "careful".into(), buffer: 0.5, reserve: 0.0 }];
    let run = |polls: &[f64]| {
        let mut engine = with_config(
            Config { adaptive: true, modes: modes.clone(), ..Config::default() },
            [rule("a", TokenBucket::new(1_000_000.0, 1.0).unwrap())],
        );
        let ticket = hold(&mut engine, "a", 500_000.0, 0.0);
        engine.set_mode("careful", 90_000.0, 0.0).unwrap();
        let report =
            Report { status: 429, retry_after: Some(0.0), permit: Some(ticket), ..Report::default() };
        engine.report(&report, 0.0).unwrap();
        polls.iter().for_each(|&now| drop(engine.status(now)));
        tokens(&mut engine, "a", 100_000.0)
    };
    assert_eq!(run(&[]), run(&[60_000.0, 90_000.0]));
}

#[test]
fn a_member_of_which_the_refusal_itself_tells_first_is_paused_with_its_family() {
    let mut engine = engine([rule("k:*", TokenBucket::new(10.0, 1.0).unwrap())]);
    let usage = [Usage { rule: "k:new", used: Some(1.0), ..Usage::default() }];
    let report = Report {
        status: 429,
        retry_after: Some(1000.0),
        rules: Some(&["k:*"]),
        usage: &usage,
        ..Report::default()
    };
    engine.report(&report, 0.0).unwrap();
    let one = costs(&mut engine, &[("k:new", 1.0)]);
    assert_eq!(engine.try_submit(&one, Priority::Normal, 10.0), Ok(false));
}

#[test]
fn a_pause_of_all_goes_on_after_a_restart_for_new_rules_too() {
    let bucket = |id| rule(id, TokenBucket::new(10.0, 1.0).unwrap());
    let mut old = engine([bucket("a"), bucket("b")]);
    refuse(&mut old, 418, None, 0.0);
    old.resume(Some(&["b"]), 0.0).unwrap();
    let mut new = engine([bucket("a"), bucket("b"), bucket("new")]);
    new.restore(&old.snapshot(0.0), 0.0).unwrap();
    let goes = ["a", "b", "new"].map(|id| {
        let one = costs(&mut new, &[(id, 1.0)]);
        new.try_submit(&one, Priority::Normal, 100.0).unwrap()
    });
    assert_eq!(goes, [false, true, false]);
}

#[test]
fn a_window_that_the_server_says_ends_late_is_saved_and_no_refund_ends_it_sooner() {
    for is_open in [true, false] {
        let mut engine = engine([rule("a", FirstRequestWindow::new(10.0, 10_000.0, 100.0).unwrap())]);
        let now = if is_open { 0.0 } else { 20_000.0 };
        let unsent = hold(&mut engine, "a", 2.0, 0.0);
        hold(&mut engine, "a", 1.0, 0.0);
        let usage =
            [Usage { rule: "a", used: Some(5.0), resets_at: Some(now + 11_500.0), ..Usage::default() }];
        engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, now + 2000.0).unwrap();
        let all = costs(&mut engine, &[("a", 10.0)]);
        wait(&mut engine, &all, Priority::Normal, now + 2000.0);
        let due = next_due(&mut engine);
        assert!(due > now + 11_500.0, "{due}");
        assert!(engine.release(unsent, true, now + 2000.0));
        assert_eq!(next_due(&mut engine), due);
        let snapshot = engine.snapshot(now + 2000.0);
        assert_eq!(engine.restore(&snapshot, now + 2000.0), Ok(()));
    }
}

#[test]
fn a_window_in_which_nothing_was_granted_can_be_saved() {
    let mut engine = engine([day()]);
    let snapshot = engine.snapshot(0.0);
    assert_eq!(engine.restore(&snapshot, 0.0), Ok(()));
}

#[test]
fn after_resume_no_refusal_pauses_any_more() {
    let mut engine = engine([rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    engine.report(&Report { status: 418, ..Report::default() }, 0.0).unwrap();
    engine.resume(None, 50.0).unwrap();
    assert_eq!(engine.refusals().1, 50.0);
    assert_eq!(engine.snapshot(50.0).backoff_for, 0.0);
}

#[test]
fn a_slow_answer_without_a_permit_does_not_move_the_clock() {
    let mut engine = engine([rule("a", AlignedWindow::new(1.0, 10_000.0, 0.0).unwrap())]);
    engine.set_calendar(1_700_000_000_000.0, 0.0);
    // It was said at 0.5 s and came 9 s later.
    let report = Report { status: 200, date: Some(1_700_000_000_000.0), ..Report::default() };
    engine.report(&report, 9500.0).unwrap();
    assert_eq!(engine.snapshot(9500.0).clock_offset, 0.0);
}
