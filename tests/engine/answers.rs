//! What a server answers: limits that are cut and climb back, and the ways in which usage is told.

use crate::support::{capacity, costs, engine, next_due, poll_all, rule, ten, tokens, wait, with_config};
use multi_throttler_engine::{
    AlignedWindow, Concurrency, Config, Costs, Engine, FirstRequestWindow, Limit, Mode, Options, Priority,
    Report, RollingWindow, Submission, Ticket, TokenBucket, Usage,
};

fn rolling(id: &str, limit: f64) -> multi_throttler_engine::Rule {
    rule(id, RollingWindow::new(limit, 1000.0, 0.0).unwrap())
}

fn adaptive(rules: impl IntoIterator<Item = multi_throttler_engine::Rule>) -> Engine {
    with_config(Config { adaptive: true, ..Config::default() }, rules)
}

fn hold(engine: &mut Engine, costs: &Costs, now: f64) -> Ticket {
    match engine.submit(costs, Options { permit: true, ..Options::default() }, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

fn refuse(engine: &mut Engine, permit: Option<Ticket>, now: f64) {
    engine.report(&Report { status: 429, retry_after: Some(1.0), permit, ..Report::default() }, now).unwrap();
}

fn accept(engine: &mut Engine, permit: Option<Ticket>, now: f64) {
    engine.report(&Report { status: 200, permit, ..Report::default() }, now).unwrap();
}

fn capacities<const N: usize>(engine: &mut Engine, ids: [&str; N], now: f64) -> [f64; N] {
    ids.map(|id| capacity(engine, id, now))
}

#[test]
fn a_refusal_cuts_limits_in_half_but_not_below_one_nor_those_of_tasks() {
    let half = RollingWindow::new(0.5, 1000.0, 0.0).unwrap();
    let tasks = Concurrency::new(8.0).unwrap();
    let mut engine = adaptive([rolling("a", 9.0), rule("half", half), rule("tasks", tasks)]);
    let ids = ["a", "half", "tasks"];
    for (n, expected) in
        [[4.0, 0.5, 8.0], [2.0, 0.5, 8.0], [1.0, 0.5, 8.0], [1.0, 0.5, 8.0]].into_iter().enumerate()
    {
        refuse(&mut engine, None, n as f64);
        assert_eq!(capacities(&mut engine, ids, n as f64), expected);
    }
}

#[test]
fn limits_that_were_cut_climb_by_one_or_by_what_was_accepted_and_never_above_the_limit() {
    let mut engine = adaptive([rolling("a", 10.0), rolling("b", 4.0), rolling("c", 10.0)]);
    let cost = costs(&mut engine, &[("a", 2.0), ("b", 1.0)]);
    let permit = hold(&mut engine, &cost, 0.0);
    // Only what the refused request was under.
    refuse(&mut engine, Some(permit), 10.0);
    let ids = ["a", "b", "c"];
    assert_eq!(capacities(&mut engine, ids, 10.0), [5.0, 2.0, 10.0]);
    accept(&mut engine, None, 20.0);
    assert_eq!(capacities(&mut engine, ids, 20.0), [6.0, 3.0, 10.0]);
    let permit = hold(&mut engine, &cost, 2000.0);
    accept(&mut engine, Some(permit), 2010.0);
    assert_eq!(capacities(&mut engine, ids, 2010.0), [8.0, 4.0, 10.0]);
    // The one that is whole again does not climb on.
    for at in [2020.0, 2030.0, 2040.0] {
        accept(&mut engine, None, at);
    }
    assert_eq!(capacities(&mut engine, ids, 2040.0), [10.0, 4.0, 10.0]);
}

#[test]
fn a_minute_after_the_pause_of_the_last_cut_all_limits_are_whole_again() {
    let mut engine = adaptive([ten("a", 10.0)]);
    refuse(&mut engine, None, 0.0);
    let eight = costs(&mut engine, &[("a", 8.0)]);
    let ticket = wait(&mut engine, &eight, Priority::Normal, 0.0);
    refuse(&mut engine, None, 1000.0);
    assert_eq!(poll_all(&mut engine, 61_000.0), []);
    assert_eq!(next_due(&mut engine), 61_001.0);
    assert_eq!(poll_all(&mut engine, 61_001.0), [(ticket, Ok(()))]);
    assert_eq!(capacity(&mut engine, "a", 61_001.0), 10.0);
}

#[test]
fn limits_are_cut_from_what_the_mode_leaves_and_climb_no_higher() {
    let mode = Mode { name: "normal".into(), buffer: 0.5, reserve: 0.0 };
    let config = Config { adaptive: true, modes: vec![mode], ..Config::default() };
    let mut engine = with_config(config, [rolling("a", 20.0)]);
    refuse(&mut engine, None, 0.0);
    assert_eq!(capacity(&mut engine, "a", 0.0), 5.0);
    for n in 0..20 {
        accept(&mut engine, None, f64::from(n));
    }
    assert_eq!(capacity(&mut engine, "a", 20.0), 10.0);
}

#[test]
fn usage_is_told_as_used_or_as_remaining_of_a_limit_that_may_be_less() {
    let usage = Usage { rule: "a", ..Usage::default() };
    for (usage, left) in [
        (Usage { used: Some(30.0), ..usage }, 70.0),
        (Usage { remaining: Some(60.0), ..usage }, 60.0),
        (Usage { used: Some(30.0), remaining: Some(60.0), ..usage }, 60.0),
        (Usage { used: Some(50.0), remaining: Some(60.0), ..usage }, 50.0),
        // Twenty of ours are not there.
        (Usage { used: Some(30.0), limit: Some(80.0), ..usage }, 50.0),
        (Usage { used: Some(30.0), limit: Some(120.0), ..usage }, 70.0),
        (Usage { used: Some(-1.0), remaining: Some(f64::NAN), ..usage }, 100.0),
    ] {
        let mut engine = engine([rolling("a", 100.0)]);
        engine.report(&Report { status: 200, usage: &[usage], ..Report::default() }, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), left, "{usage:?}");
    }
}

#[test]
fn what_a_share_leaves_to_others_they_may_use() {
    let config = Config { share: 0.4, ..Config::default() };
    for (used, left) in [(50.0, 40.0), (60.0, 40.0), (70.0, 30.0), (100.0, 0.0)] {
        let mut engine = with_config(config.clone(), [rolling("a", 100.0)]);
        engine.sync_usage(&[("a", used)], false, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), left, "{used}");
    }
}

#[test]
fn what_was_granted_without_a_permit_is_on_its_way_for_a_round_trip_or_two() {
    let mut engine = engine([rule("a", TokenBucket::new(100.0, 0.0).unwrap())]);
    engine.sync_clock(0.0, Some(50.0), 0.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    assert_eq!(engine.submit(&ten, Options::default(), 100.0), Ok(Submission::Granted));
    engine.sync_usage(&[("a", 30.0)], false, 140.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 140.0), 60.0);
    // And at most for two, as what is on its way is no log.
    engine.sync_usage(&[("a", 45.0)], false, 201.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 201.0), 55.0);
}

#[test]
fn what_a_server_said_around_an_edge_is_of_nobody_knows_which_window() {
    let mut engine = engine([rule("a", AlignedWindow::new(100.0, 1000.0, 60.0).unwrap())]);
    engine.set_calendar(5_000_000.0, 0.0);
    engine.sync_clock(5_000_000.0, Some(100.0), 0.0);
    let usage = [Usage { rule: "a", used: Some(80.0), ..Usage::default() }];
    // It has just begun by this clock, which the server's is 50 ms ahead of, and the answer took up to 100 ms.
    let report = Report { status: 200, usage: &usage, ..Report::default() };
    engine.report(&report, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.0), 100.0);
    engine.report(&report, 100.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 100.0), 20.0);
}

#[test]
fn what_is_in_flight_is_added_to_what_the_server_shows() {
    let minute = 60_000.0;
    let limits: [Limit; 4] = [
        AlignedWindow::new(1000.0, minute, 0.0).unwrap().into(),
        RollingWindow::new(1000.0, minute, 0.0).unwrap().into(),
        FirstRequestWindow::new(1000.0, minute, 0.0).unwrap().into(),
        TokenBucket::new(1000.0, 0.0).unwrap().into(),
    ];
    for limit in limits {
        let name = limit.algorithm();
        let mut engine = engine([rule("a", limit)]);
        let [ten, twenty, five] = [10.0, 20.0, 5.0].map(|amount| costs(&mut engine, &[("a", amount)]));
        let (first, second) = (hold(&mut engine, &ten, 0.0), hold(&mut engine, &twenty, 0.0));
        let told = |engine: &mut Engine, used, permit, now| {
            let usage = [Usage { rule: "a", used: Some(used), ..Usage::default() }];
            let report = Report { status: 200, usage: &usage, permit: Some(permit), ..Report::default() };
            engine.report(&report, now).unwrap();
            tokens(engine, "a", now)
        };
        assert_eq!(told(&mut engine, 300.0, first, 100.0), 680.0, "{name}");
        engine.release(second, false, 100.0);
        let third = hold(&mut engine, &five, 100.0);
        assert_eq!(told(&mut engine, 325.0, third, 200.0), 675.0, "{name}");
        // The same answer once more changes nothing, nor does one of before.
        assert_eq!(told(&mut engine, 325.0, third, 300.0), 675.0, "{name}");
        assert_eq!(told(&mut engine, 300.0, first, 300.0), 675.0, "{name}");
    }
}

/// A hundred in a second from the first request, which take up to 50 ms; the engine's time is the server's.
fn from_the_first_request() -> Engine {
    let mut engine = engine([rule("a", FirstRequestWindow::new(100.0, 1000.0, 50.0).unwrap())]);
    engine.set_calendar(0.0, 0.0);
    engine
}

/// The server says that so much is used, and perhaps when its window ends, to about a second.
fn say(engine: &mut Engine, used: f64, resets_at: Option<f64>, now: f64) {
    let usage = [Usage { rule: "a", used: Some(used), resets_at, ..Usage::default() }];
    engine.report(&Report { status: 200, usage: &usage, ..Report::default() }, now).unwrap();
}

/// What is left at some instants, and from when on all is.
fn check(engine: &mut Engine, left: &[(f64, f64)], all_after: f64) {
    for &(at, expected) in left {
        assert_eq!(tokens(engine, "a", at), expected, "at {at}");
    }
    let all = costs(engine, &[("a", 100.0)]);
    let now = engine.now();
    let wait = engine.estimate_wait(&all, Priority::Normal, now).unwrap();
    assert_eq!((now + wait).max(all_after), all_after.next_up());
    assert_eq!(tokens(engine, "a", all_after), 0.0);
    assert_eq!(tokens(engine, "a", all_after.next_up()), 100.0);
}

#[test]
fn a_window_that_somebody_else_opened_ends_when_the_server_says() {
    let mut engine = from_the_first_request();
    say(&mut engine, 0.0, Some(1600.0), 900.0);
    assert_eq!(tokens(&mut engine, "a", 900.0), 100.0);
    // Opened at 600 at the earliest, and at the latest now.
    say(&mut engine, 30.0, Some(1600.0), 1000.0);
    check(&mut engine, &[(1000.0, 70.0), (1549.0, 70.0), (1550.0, 0.0)], 2050.0);
    // Opened at 200 at the latest; it may be over or not until that is sure.
    let mut engine = from_the_first_request();
    say(&mut engine, 30.0, Some(200.0), 1000.0);
    check(&mut engine, &[(1000.0, 0.0)], 1250.0);
}

#[test]
fn a_window_of_which_only_the_use_is_known_is_taken_to_be_opened_now() {
    for no_end in [None, Some(f64::NAN), Some(f64::NEG_INFINITY)] {
        let mut engine = from_the_first_request();
        say(&mut engine, 30.0, no_end, 1000.0);
        check(&mut engine, &[(1000.0, 70.0), (1949.0, 70.0), (1950.0, 0.0)], 2050.0);
    }
}

#[test]
fn a_window_whose_end_lies_more_than_a_second_behind_is_over() {
    for (resets_at, left) in [(-1.0, 100.0), (0.0, 100.0), (1.0, 0.0)] {
        let mut engine = from_the_first_request();
        say(&mut engine, 30.0, Some(resets_at), 1000.0);
        assert_eq!(tokens(&mut engine, "a", 1000.0), left, "{resets_at}");
    }
}

#[test]
fn a_window_that_is_open_may_end_sooner_or_later_than_was_believed() {
    let ten = |engine: &mut Engine| {
        let ten = costs(engine, &[("a", 10.0)]);
        assert_eq!(engine.submit(&ten, Options::default(), 0.0), Ok(Submission::Granted));
    };
    for (resets_at, left, all_after) in [
        // As was believed.
        (1000.0, &[(500.0, 90.0), (949.0, 90.0), (950.0, 0.0)][..], 1050.0),
        (1050.0, &[(949.0, 90.0), (950.0, 0.0)][..], 1050.0),
        // It ends at 800 at the latest, so what is granted now may count in the next.
        (-200.0, &[(500.0, 0.0)][..], 1050.0),
        // It ends at 1200 at the earliest, so it was opened after the first request here.
        (1200.0, &[(500.0, 90.0), (949.0, 90.0), (950.0, 0.0)][..], 1550.0),
    ] {
        let mut engine = from_the_first_request();
        ten(&mut engine);
        say(&mut engine, 10.0, Some(resets_at), 500.0);
        check(&mut engine, left, all_after);
    }
}

#[test]
fn a_window_that_ends_later_was_opened_an_interval_before_that_at_the_latest() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(100.0, 3000.0, 50.0).unwrap())]);
    engine.set_calendar(0.0, 0.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    assert_eq!(engine.submit(&ten, Options::default(), 0.0), Ok(Submission::Granted));
    say(&mut engine, 10.0, Some(3200.0), 2000.0);
    check(&mut engine, &[(2000.0, 90.0), (2949.0, 90.0), (2950.0, 0.0)], 4250.0);
}

#[test]
fn an_exact_count_lowers_the_oldest_first_and_raises_as_of_now() {
    let minute = 60_000.0;
    let mut engine =
        engine([rolling("other", 1.0), rule("a", RollingWindow::new(100.0, minute, 0.0).unwrap())]);
    for (amount, at) in [(10.0, 0.0), (20.0, 100.0)] {
        let some = costs(&mut engine, &[("a", amount)]);
        assert_eq!(engine.submit(&some, Options::default(), at), Ok(Submission::Granted));
    }
    engine.sync_usage(&[("a", 45.0)], false, 150.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 150.0), 55.0);
    // All of what was taken first, some of the second; then all that others used.
    engine.sync_usage(&[("a", 27.0)], true, 200.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", minute + 1.0), 73.0);
    assert_eq!(tokens(&mut engine, "a", minute + 101.0), 85.0);
    engine.sync_usage(&[("a", 40.0)], true, minute + 120.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", minute + 120.0), 60.0);
    assert_eq!(tokens(&mut engine, "a", minute + 151.0), 75.0);
    assert_eq!(tokens(&mut engine, "a", minute + minute + 121.0), 100.0);
}
