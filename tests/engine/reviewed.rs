//! What a review of the engine found: states in which it granted too much, lost a request, or kept what was gone.

use crate::support::{bucket, costs, engine, poll_all, rule, tokens, wait, with_config};
use multi_throttler_engine::{
    AlignedWindow, Config, Costs, Engine, Fields, FirstRequestWindow, MaxWaiting, Mode, Options, Overflow,
    Priority, RollingWindow, Submission, Ticket, TokenBucket, Value,
};

fn hold(engine: &mut Engine, costs: &Costs, now: f64) -> Ticket {
    match engine.submit(costs, Options { permit: true, ..Options::default() }, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

fn goes(engine: &mut Engine, costs: &Costs, now: f64) -> bool {
    engine.try_submit(costs, Priority::Normal, now).unwrap()
}

fn modes(modes: &[(&str, f64, f64)]) -> Config {
    let mode = |&(name, buffer, reserve): &(&str, f64, f64)| Mode { name: name.into(), buffer, reserve };
    Config { modes: modes.iter().map(mode).collect(), ..Config::default() }
}

#[test]
fn a_member_that_is_used_is_not_forgotten_in_a_mode_that_leaves_nothing() {
    let family = rule("k:*", RollingWindow::new(1.0, 1000.0, 0.0).unwrap());
    let mut engine = with_config(modes(&[("careful", 0.1, 0.0)]), [family]);
    let one = costs(&mut engine, &[("k:a", 1.0)]);
    assert!(goes(&mut engine, &one, 0.0));
    engine.set_mode("careful", f64::INFINITY, 1.0).unwrap();
    engine.status(2.0);
    engine.set_mode("normal", f64::INFINITY, 3.0).unwrap();
    let one = costs(&mut engine, &[("k:a", 1.0)]);
    assert!(!goes(&mut engine, &one, 4.0));
}

#[test]
fn a_pause_of_members_keeps_each_of_them() {
    let mut engine = engine([rule("k:*", RollingWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    for n in 0..64 {
        engine.slot(&format!("k:{n}"), 0.0).unwrap();
    }
    // Making one more looks for those that can be forgotten.
    engine.pause(Some(&["k:0", "k:new"]), 1000.0, 1.0).unwrap();
    let one = costs(&mut engine, &[("k:0", 1.0)]);
    assert!(!goes(&mut engine, &one, 2.0));
}

#[test]
fn a_refund_after_a_small_correction_comes_out_of_no_window_in_which_it_may_not_have_counted() {
    let mut engine = engine([rule("a", AlignedWindow::new(3.0, 1000.0, 100.0).unwrap())]);
    engine.set_calendar(1_000_000.0, 0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    let unsent = hold(&mut engine, &three, 850.0);
    engine.set_calendar(1_000_860.0 + 80.0, 860.0);
    assert!(goes(&mut engine, &three, 1100.0));
    engine.release(unsent, true, 1105.0);
    assert!(!goes(&mut engine, &three, 1110.0));
}

#[test]
fn a_window_whose_jitter_is_raised_knows_what_was_used_before_the_edge() {
    let mut engine = engine([rule("a", AlignedWindow::new(3.0, 1000.0, 0.0).unwrap())]);
    engine.set_calendar(1_000_000.0, 0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    assert!(goes(&mut engine, &three, 950.0));
    engine.update_rule("a", &Fields::from_iter([("jitter", Value::Number(100.0))]), 1050.0).unwrap();
    assert!(!goes(&mut engine, &three, 1050.0));
}

#[test]
fn a_calendar_that_steps_forth_and_back_leaves_what_was_used_in_its_window() {
    let mut engine = engine([rule("a", AlignedWindow::new(3.0, 1000.0, 100.0).unwrap())]);
    engine.set_calendar(1_000_300.0, 0.0);
    let three = costs(&mut engine, &[("a", 3.0)]);
    assert!(goes(&mut engine, &three, 0.0));
    engine.set_calendar(1_000_300.0 + 1.0 + 550.0, 1.0);
    // In the next window by the wrong time, still in the same by the right one.
    engine.set_calendar(1_000_300.0 + 260.0 + 550.0, 260.0);
    engine.set_calendar(1_000_300.0 + 260.0, 260.0);
    assert!(!goes(&mut engine, &three, 260.0));
}

#[test]
fn that_the_opener_was_never_sent_is_known_also_after_tokens_were_set() {
    let mut engine = engine([rule("a", FirstRequestWindow::new(3.0, 1000.0, 0.0).unwrap())]);
    let (one, three) = (costs(&mut engine, &[("a", 1.0)]), costs(&mut engine, &[("a", 3.0)]));
    let unsent = hold(&mut engine, &one, 0.0);
    // This one opened the server's window, up to 1500.
    assert!(goes(&mut engine, &one, 500.0));
    engine.set_tokens("a", 1.0, 600.0);
    engine.release(unsent, true, 700.0);
    assert!(!goes(&mut engine, &three, 1001.0));
}

#[test]
fn a_bucket_that_starts_with_less_misses_it_in_every_mode() {
    let mut engine =
        with_config(modes(&[("normal", 0.5, 0.0), ("burst", 0.0, 0.0)]), [bucket("a", 10.0, 0.001, 5.0)]);
    assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
    engine.set_mode("burst", f64::INFINITY, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.0), 5.0);
}

#[test]
fn however_many_wait_nobody_is_refused_who_would_be_in_time() {
    let config = Config { max_waiting: MaxWaiting::Total(1e5), ..Config::default() };
    let rules =
        [rule("a", TokenBucket::new(3000.0, 1.0).unwrap()), rule("b", TokenBucket::new(1e6, 1.0).unwrap())];
    let mut engine = with_config(config, rules);
    engine.pause(Some(&["b"]), 10.0, 0.0).unwrap();
    let both = costs(&mut engine, &[("a", 1.0), ("b", 1.0)]);
    for _ in 0..2049 {
        wait(&mut engine, &both, Priority::Normal, 0.0);
    }
    let large = costs(&mut engine, &[("a", 2000.0)]);
    let submission = engine.submit(&large, Options { max_wait: 2000.0, ..Options::default() }, 0.0);
    assert!(matches!(submission, Ok(Submission::Waiting(_))), "{submission:?}");
}

#[test]
fn who_will_be_dropped_is_not_waited_for() {
    let overflow = Overflow::DropLowest;
    let config = Config { max_waiting: MaxWaiting::Total(1.0), overflow, aging: 100.0, ..Config::default() };
    let mut engine = with_config(config, [bucket("a", 10.0, 0.01, 0.0)]);
    let ten = costs(&mut engine, &[("a", 10.0)]);
    wait(&mut engine, &ten, Priority::Low, 0.0);
    let submission = engine.submit(&ten, Options { max_wait: 1500.0, ..Options::default() }, 1.0);
    assert!(matches!(submission, Ok(Submission::Waiting(_))), "{submission:?}");
}

#[test]
fn a_priority_that_goes_to_and_fro_leaves_nothing_behind() {
    let config = Config { aging: 1e9, overflow: Overflow::DropLowest, ..Config::default() };
    let mut engine = with_config(config, [bucket("a", 10.0, 0.0, 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Normal, 0.0);
    let moved = wait(&mut engine, &one, Priority::Normal, 0.0);
    for _ in 0..20_000 {
        engine.set_priority(moved, Priority::Low, 0.0);
        engine.set_priority(moved, Priority::Normal, 0.0);
    }
    // All of its state, written out.
    let size = format!("{engine:?}").len();
    assert!(size < 50_000, "{size}");
}

#[test]
fn a_bucket_of_debt_whose_reserve_is_more_than_it_holds_refuses_at_once() {
    let debt = TokenBucket::new(10.0, 0.1).unwrap().with_jitter(20.0).unwrap().with_debt().unwrap();
    let mut engine = with_config(modes(&[("normal", 0.0, 0.9)]), [rule("a", debt)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert!(engine.submit(&one, Options::default(), 0.0).is_err());
    assert!(engine.submit(&costs(&mut Engine::default(), &[]), Options::default(), 0.0).is_ok());
}

#[test]
fn a_fraction_that_is_wanted_is_not_lost_beside_a_huge_amount() {
    let rules = [bucket("a", 9e15, 0.0, 31.25), bucket("b", 1.0, 0.0, 0.0)];
    let mut engine = engine(rules);
    let waits = |engine: &mut Engine, amount| {
        let costs = costs(engine, &[("a", amount), ("b", 1.0)]);
        wait(engine, &costs, Priority::Normal, 0.0)
    };
    waits(&mut engine, 0.25);
    let huge = waits(&mut engine, 4_503_599_627_370_496.0);
    for _ in 0..35 {
        waits(&mut engine, 1.0);
    }
    engine.cancel(huge);
    poll_all(&mut engine, 0.0);
    // 35.25 are wanted by those ahead.
    engine.set_tokens("a", 35.5, 0.0);
    let half = costs(&mut engine, &[("a", 0.5)]);
    assert!(!goes(&mut engine, &half, 0.0));
}
