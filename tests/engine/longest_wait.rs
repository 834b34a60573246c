//! `max_wait`: refused at once where it is known to be missed, else at the deadline.

use crate::support::{
    costs, engine, limited, next_due, poll_all, rule, ten, timeout, wait, with_config, within,
};
use multi_throttler_engine::{
    Concurrency, Config, FirstRequestWindow, MaxWaiting, Mode, Options, Priority, Submission, TokenBucket,
};

#[test]
fn who_would_be_overtaken_by_its_elders_is_refused_at_once() {
    // The low one will be critical by the time that there is something for anybody.
    let config = Config { aging: 10.0, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    wait(&mut engine, &one, Priority::Low, 0.0);
    let options = Options { priority: Priority::Critical, max_wait: 150.0, permit: false };
    assert_eq!(engine.submit(&one, options, 0.0), Err(timeout(150.0, 200.0)));
}

#[test]
fn who_waits_for_a_window_that_others_will_have_opened_is_refused_at_once() {
    let slow = TokenBucket::new(1.0, 0.01).unwrap().with_tokens(0.0).unwrap();
    let window = FirstRequestWindow::new(10.0, 100.0, 30.0).unwrap();
    let mut engine = engine([rule("slow", slow), rule("window", window)]);
    let one = costs(&mut engine, &[("window", 1.0)]);
    let both = costs(&mut engine, &[("window", 1.0), ("slow", 1.0)]);
    engine.pause(Some(&["window"]), 20.0, 0.0).unwrap();
    wait(&mut engine, &one, Priority::Low, 0.0);
    // The low one opens it at 20. At 100, when something has come in for the other, it may be over or not; after 150
    // it is.
    let estimate = 150.0_f64.next_up();
    assert_eq!(engine.estimate_wait(&both, Priority::Normal, 0.0), Ok(estimate));
    assert_eq!(engine.submit(&both, within(120.0), 0.0), Err(timeout(120.0, estimate)));
}

#[test]
fn a_longest_wait_is_known_to_be_missed_when_a_mode_ends_that_allowed_more() {
    let normal = Mode { name: "normal".into(), buffer: 0.5, reserve: 0.0 };
    let keen = Mode { name: "keen".into(), buffer: 0.0, reserve: 0.0 };
    let config = Config { modes: vec![normal, keen], ..Config::default() };
    let mut engine = with_config(config, [ten("a", 10.0)]);
    engine.set_mode("keen", 50.0, 0.0).unwrap();
    let (ten, six) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 6.0)]));
    assert_eq!(engine.submit(&ten, Options::default(), 0.0), Ok(Submission::Granted));
    // Six of ten would be there at 600, but by then there are never more than five.
    assert_eq!(engine.submit(&six, within(700.0), 0.0), Err(timeout(700.0, f64::INFINITY)));
}

#[test]
fn where_many_hold_permits_only_what_each_rule_tells_by_itself_is_known() {
    for (holders, refused) in [(255, true), (256, false)] {
        let mut engine =
            engine([ten("a", 10.0), ten("b", 10.0), rule("free", Concurrency::new(1e6).unwrap())]);
        engine.pause(Some(&["b"]), 1000.0, 0.0).unwrap();
        let held = costs(&mut engine, &[("free", 1.0)]);
        for _ in 0..holders {
            let permit = Options { permit: true, ..Options::default() };
            assert!(matches!(engine.submit(&held, permit, 0.0), Ok(Submission::Held(_))));
        }
        // Takes all of `a` when `b` goes on, which is not to be seen in `a`.
        let ahead = costs(&mut engine, &[("a", 10.0), ("b", 1.0)]);
        wait(&mut engine, &ahead, Priority::Normal, 0.0);
        let one = costs(&mut engine, &[("a", 1.0)]);
        let answer = engine.submit(&one, within(500.0), 0.0);
        let expected = refused.then(|| timeout(500.0, 1100.0));
        assert_eq!(answer.err(), expected, "{holders} permits");
    }
}

#[test]
fn a_long_queue_is_not_played_through_but_summed_up() {
    let mut engine = limited(MaxWaiting::Total(1e9));
    engine.add_rule(ten("a", 0.0), 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for _ in 0..3000 {
        wait(&mut engine, &one, Priority::Normal, 0.0);
    }
    assert_eq!(engine.submit(&one, within(300_000.0), 0.0), Err(timeout(300_000.0, 300_100.0)));
    assert!(matches!(engine.submit(&one, within(300_100.0), 0.0), Ok(Submission::Waiting(_))));
}

#[test]
fn a_deadline_frees_what_was_kept_for_it() {
    let mut engine = engine([ten("a", 5.0), ten("b", 0.0)]);
    let (both, three) = (costs(&mut engine, &[("a", 3.0), ("b", 2.0)]), costs(&mut engine, &[("a", 3.0)]));
    let Ok(Submission::Waiting(first)) = engine.submit(&both, within(200.0), 0.0) else { panic!() };
    let second = wait(&mut engine, &three, Priority::Normal, 0.0);
    engine.pause(Some(&["b"]), 1000.0, 0.0).unwrap();
    // The second may pass as soon as there are six. The first is too late then.
    assert_eq!(next_due(&mut engine), 100.0);
    assert_eq!(poll_all(&mut engine, 100.0), [(second, Ok(()))]);
    let third = wait(&mut engine, &three, Priority::Normal, 100.0);
    assert_eq!(next_due(&mut engine), 200.0);
    let settled = poll_all(&mut engine, 200.0);
    assert_eq!(settled.iter().map(|settled| settled.0).collect::<Vec<_>>(), [first, third]);
    assert_eq!(settled[1].1, Ok(()));
}
