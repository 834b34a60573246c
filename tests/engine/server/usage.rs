//! Usage that the server reports: used, remaining, and what a share leaves to others.

use super::clock::minute;
use crate::support::{
    capacity, costs, day, engine, hold, report, rolling, rule, set_number, tokens, used,
    with_config,
};
use multi_throttler_engine::{
    Config, FixedWindow, Options, Report, RollingWindow, Submission, TokenBucket, Usage,
};

#[test]
fn usage_is_reported_as_used_or_remaining() {
    let usage = Usage { rule: "a", ..Usage::default() };
    for (usage, remaining) in [
        (Usage { used: Some(30.0), ..usage }, 70.0),
        (Usage { remaining: Some(60.0), ..usage }, 60.0),
        (Usage { used: Some(30.0), remaining: Some(60.0), ..usage }, 60.0),
        (Usage { used: Some(50.0), remaining: Some(60.0), ..usage }, 50.0),
        // The server's limit is twenty tokens lower than ours.
        (Usage { used: Some(30.0), limit: Some(80.0), ..usage }, 50.0),
        (Usage { used: Some(30.0), limit: Some(120.0), ..usage }, 70.0),
        (Usage { used: Some(-1.0), remaining: Some(f64::NAN), ..usage }, 100.0),
    ] {
        let mut engine = engine([rolling("a", 100.0)]);
        engine.report(&Report { status: 200, usage: &[usage], ..Report::default() }, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), remaining, "{usage:?}");
    }
}

#[test]
fn usage_of_others_within_their_share_costs_nothing() {
    let config = Config { share: 0.4, ..Config::default() };
    for (used, remaining) in [(50.0, 40.0), (60.0, 40.0), (70.0, 30.0), (100.0, 0.0)] {
        let mut engine = with_config(config.clone(), [rolling("a", 100.0)]);
        engine.sync_usage(&[("a", used)], false, 0.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 0.0), remaining, "{used}");
    }
}

#[test]
fn huge_count_leaves_nothing_until_corrected() {
    let mut engine = minute();
    engine.sync_usage(&[("a", f64::MAX)], true, 10.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 10.0), 0.0);
    assert_eq!(engine.snapshot(10.0).rules[0].used[3], 9_007_199_254_740_991.0);
    engine.sync_usage(&[("a", 40.0)], true, 20.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 20.0), 60.0);
}

/// Regression: part of the server's count was taken for usage of others, though all may be ours.
#[test]
fn exact_count_returns_no_more_than_the_share() {
    let rules = [
        rule("a", TokenBucket::new(100.0, 0.0).unwrap()),
        day(),
        rule("a", RollingWindow::new(100.0, 60_000.0, 0.0).unwrap()),
    ];
    for rule in rules {
        let mut engine = with_config(Config { share: 0.5, ..Config::default() }, [rule]);
        engine.set_wall_clock(1_700_000_000_000.0, 0.0);
        let share = capacity(&mut engine, "a", 0.0);
        let ticket = hold(&mut engine, &[("a", 3.0)], 0.0);
        report(&mut engine, &[used(3.0)], Some(ticket), 1.0);
        // All of the three may be ours.
        engine.sync_usage(&[("a", 3.0)], true, 2.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 2.0), share - 3.0);
        engine.sync_usage(&[("a", 1.0)], true, 3.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 3.0), share - 1.0);
    }
}

#[test]
fn recent_costs_may_be_ours_within_a_share() {
    let window = FixedWindow::new(100.0, 60_000.0, 0.0).unwrap();
    let mut engine = with_config(Config { share: 0.5, ..Config::default() }, [rule("a", window)]);
    engine.sync_clock(0.0, Some(100.0), 0.0);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    for at in [0.0, 1000.0] {
        assert_eq!(engine.submit(&ten, Options::default(), at), Ok(Submission::Granted));
    }
    // All of the fifteen may be ours, and the last ten may be in flight as well.
    engine.sync_usage(&[("a", 15.0)], true, 1050.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 1050.0), 30.0);
}

/// Regression: the remaining tokens were subtracted from the rule's limit, although the server's
/// limit is larger. The rule is raised to it afterwards.
#[test]
fn remaining_alone_lowers_no_usage() {
    for used in [None, Some(-1.0)] {
        let mut engine = engine([rule("a", FixedWindow::new(10.0, 10_000.0, 0.0).unwrap())]);
        let permit = hold(&mut engine, &[("a", 5.0)], 0.0);
        let usage =
            [Usage { rule: "a", used, remaining: Some(15.0), exact: true, ..Usage::default() }];
        let report =
            Report { status: 200, permit: Some(permit), usage: &usage, ..Report::default() };
        engine.report(&report, 10.0).unwrap();
        assert_eq!(tokens(&mut engine, "a", 10.0), 5.0);
        set_number(&mut engine, "a", "limit", 20.0, 20.0);
        assert_eq!(tokens(&mut engine, "a", 20.0), 15.0);
    }
}
