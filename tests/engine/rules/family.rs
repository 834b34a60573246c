//! Families: a rule of its own for each key.

use crate::support::{
    adaptive, costs, engine, hold, modes, next_due, poll_all, respond, rule, set_number, tokens,
    try_costs, try_take, wait, with_config,
};
use multi_throttler_engine::{
    Concurrency, Config, Costs, Engine, Mode, Options, Priority, Report, RollingWindow, Submission,
    TokenBucket, Usage,
};

/// The largest number of members that may be in use at once.
const KEYS: usize = 10_000;

fn orders() -> Engine {
    engine([rule("order:*", TokenBucket::new(10.0, 0.01).unwrap())])
}

fn submit_with(engine: &mut Engine, id: &str, amount: f64, now: f64, permit: bool) -> Submission {
    let mut costs = Costs::default();
    costs.add(engine.slot(id, now).unwrap(), amount);
    engine.submit(&costs, Options { permit, ..Options::default() }, now).unwrap()
}

fn submit(engine: &mut Engine, id: &str, amount: f64, now: f64) -> Submission {
    submit_with(engine, id, amount, now, false)
}

/// Submits a request of one token for a permit.
fn acquire(engine: &mut Engine, id: &str, now: f64) -> Submission {
    submit_with(engine, id, 1.0, now, true)
}

#[test]
fn each_member_counts_separately() {
    let mut engine = orders();
    assert_eq!(submit(&mut engine, "order:BTC", 10.0, 0.0), Submission::Granted);
    assert!(matches!(submit(&mut engine, "order:BTC", 1.0, 0.0), Submission::Waiting(_)));
    assert_eq!(submit(&mut engine, "order:ETH", 10.0, 0.0), Submission::Granted);
    assert_eq!(next_due(&mut engine), 100.0);
    assert_eq!(tokens(&mut engine, "order:ETH", 50.0), 0.5);
}

#[test]
fn id_without_a_family_is_unknown() {
    let mut engine = orders();
    engine.add_rule(rule("a", TokenBucket::new(1.0, 0.0).unwrap()), 0.0);
    let rejection = engine.slot("cancel:BTC", 0.0).unwrap_err();
    assert_eq!(
        rejection.to_string(),
        "Unknown throttle rule: cancel:BTC. Available rules: order:*, a"
    );
}

#[test]
fn rule_of_the_same_id_precedes_the_family() {
    let mut engine = orders();
    engine.add_rule(rule("order:BTC", TokenBucket::new(3.0, 0.0).unwrap()), 0.0);
    assert_eq!(submit(&mut engine, "order:BTC", 3.0, 0.0), Submission::Granted);
    assert_eq!(tokens(&mut engine, "order:BTC", 1e9), 0.0);
}

#[test]
fn member_beyond_the_maximum_is_rejected() {
    let mut engine = orders();
    for key in 0..KEYS {
        submit(&mut engine, &format!("order:{key}"), 1.0, 0.0);
    }
    let error = engine.slot("order:x", 0.0).unwrap_err();
    assert_eq!(error.code(), "TOO_MANY_KEYS");
    assert_eq!(
        error.to_string(),
        "No rule for order:x: families have 10000 members in use, which is the most. Use fewer ids, or \
         wait until some are unused"
    );
    assert_eq!(engine.slot("order:x", 99.0).unwrap_err().code(), "TOO_MANY_KEYS");
    // Members in use are kept.
    assert_eq!(submit(&mut engine, "order:7", 9.0, 99.0), Submission::Granted);
    for key in 0..KEYS - 1 {
        submit(&mut engine, &format!("order:new {key}"), 1.0, 100.0);
    }
    // All other members are full again and were replaced.
    assert_eq!(tokens(&mut engine, "order:7", 100.0), 1.0);
    assert_eq!(engine.slot("order:x", 100.0).unwrap_err().code(), "TOO_MANY_KEYS");
}

#[test]
fn member_with_a_waiter_is_kept() {
    let mut engine = engine([
        rule("order:*", TokenBucket::new(10.0, 1.0).unwrap()),
        rule("slow", TokenBucket::new(1.0, 1e-6).unwrap().with_tokens(0.0).unwrap()),
    ]);
    let both = costs(&mut engine, &[("order:BTC", 10.0), ("slow", 1.0)]);
    let ticket = wait(&mut engine, &both, Priority::Normal, 0.0);
    // A hundred thousand other members come and go.
    for key in 0..10 * KEYS {
        submit(&mut engine, &format!("order:{key}"), 1.0, key as f64);
    }
    assert_eq!(poll_all(&mut engine, 1e6), [(ticket, Ok(()))]);
    assert_eq!(tokens(&mut engine, "order:BTC", 1e6), 0.0);
}

#[test]
fn member_with_a_held_permit_is_kept() {
    let mut engine = engine([rule("task:*", Concurrency::new(1.0).unwrap())]);
    let Submission::Held(held) = acquire(&mut engine, "task:BTC", 0.0) else { panic!() };
    for key in 0..3 * KEYS {
        let now = key as f64;
        let Submission::Held(other) = acquire(&mut engine, &format!("task:{key}"), now) else {
            panic!()
        };
        assert!(engine.release(other, false, now));
    }
    let Submission::Waiting(next) = acquire(&mut engine, "task:BTC", 1e9) else { panic!() };
    assert_eq!(poll_all(&mut engine, 1e9), []);
    assert!(engine.release(held, false, 1e9));
    assert_eq!(poll_all(&mut engine, 1e9), [(next, Ok(()))]);
}

#[test]
fn dropped_member_starts_full() {
    let mut engine = engine([rule("a:*", RollingWindow::new(2.0, 1000.0, 0.0).unwrap())]);
    submit(&mut engine, "a:x", 2.0, 0.0);
    let version = engine.rules_version();
    for key in 0..2 * KEYS {
        submit(&mut engine, &format!("a:{key}"), 1.0, 2000.0 * key as f64);
    }
    // Slots were reused, and the version tells holders of slots.
    assert_ne!(engine.rules_version(), version);
    assert_eq!(submit(&mut engine, "a:x", 2.0, 1e9), Submission::Granted);
}

#[test]
fn family_update_changes_all_members() {
    let mut engine = orders();
    submit(&mut engine, "order:BTC", 10.0, 0.0);
    let Submission::Waiting(ticket) = submit(&mut engine, "order:BTC", 5.0, 0.0) else { panic!() };
    engine.pause(Some(&["order:*"]), 2000.0, 0.0).unwrap();
    assert_eq!(poll_all(&mut engine, 1000.0), []);
    // The bucket has refilled all of its 10 tokens; now it holds one.
    set_number(&mut engine, "order:*", "capacity", 1.0, 1000.0);
    let settled = poll_all(&mut engine, 1000.0);
    assert_eq!((settled.len(), settled[0].0), (1, ticket));
    assert_eq!(settled[0].1.as_ref().unwrap_err().code(), "COST_EXCEEDS_CAPACITY");
    assert!(matches!(submit(&mut engine, "order:ETH", 1.0, 1000.0), Submission::Waiting(_)));
    assert_eq!(next_due(&mut engine), 2000.0);
    assert!(engine.remove_rule("order:*", 1500.0));
    assert_eq!(poll_all(&mut engine, 1500.0)[0].1.as_ref().unwrap_err().code(), "UNKNOWN_RULE");
    assert_eq!(engine.slot("order:BTC", 1500.0).unwrap_err().code(), "UNKNOWN_RULE");
}

#[test]
fn share_and_modes_apply_to_each_member() {
    let half = Mode { name: "half".into(), buffer: 0.5, reserve: 0.0 };
    let config = Config { share: 0.8, modes: vec![half], ..Config::default() };
    let mut engine =
        with_config(config, [rule("a:*", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    submit(&mut engine, "a:x", 1.0, 0.0);
    assert_eq!(tokens(&mut engine, "a:x", 0.0), 7.0);
    engine.set_mode("half", f64::INFINITY, 0.0).unwrap();
    submit(&mut engine, "a:y", 1.0, 0.0);
    assert_eq!(["a:x", "a:y"].map(|id| tokens(&mut engine, id, 0.0)), [3.0, 3.0]);
}

#[test]
fn member_belongs_to_the_longest_prefix() {
    let limit = |capacity| TokenBucket::new(capacity, 0.0).unwrap();
    for ids in [["a:*", "a:b:*"], ["a:b:*", "a:*"]] {
        let mut engine = engine(ids.map(|id| rule(id, limit(id.len() as f64))));
        for (id, capacity) in [("a:x", 3.0), ("a:b", 3.0), ("a:b:", 3.0), ("a:b:c", 5.0)] {
            engine.slot(id, 0.0).unwrap();
            assert_eq!(tokens(&mut engine, id, 0.0), capacity, "{id}");
        }
        for id in ["a", "a:", "a:b*", "b:a:x", "*"] {
            assert_eq!(engine.slot(id, 0.0).unwrap_err().code(), "UNKNOWN_RULE", "{id}");
        }
    }
}

#[test]
fn rule_that_replaces_a_member_is_no_member() {
    let mut engine = orders();
    for n in 0..=KEYS {
        let now = n as f64;
        submit(&mut engine, "order:BTC", 1.0, now);
        engine.add_rule(rule("order:BTC", TokenBucket::new(3.0, 0.0).unwrap()), now);
        assert!(engine.remove_rule("order:BTC", now));
    }
    assert_eq!(submit(&mut engine, "order:ETH", 10.0, 1e6), Submission::Granted);
}

#[test]
fn full_members_are_dropped_when_there_are_many() {
    let mut engine = orders();
    let version = engine.rules_version();
    for key in 0..64 {
        submit(&mut engine, &format!("order:{key}"), 1.0, 0.0);
    }
    engine.slot("order:64", 50.0).unwrap();
    // All members were in use, so the next sweep comes at twice as many.
    for key in 65..128 {
        engine.slot(&format!("order:{key}"), 100.0).unwrap();
    }
    assert_eq!(engine.rules_version(), version);
    engine.slot("order:128", 101.0).unwrap();
    assert_eq!(engine.rules_version(), version + 128);
    // The next sweep is due by the number of members that are left, not of those that there were.
    for key in 0..63 {
        engine.slot(&format!("order:{key}"), 102.0).unwrap();
    }
    engine.slot("order:x", 103.0).unwrap();
    assert_eq!(engine.rules_version(), version + 128 + 64);
}

#[test]
fn status_lists_members_that_are_in_use() {
    let ids = |engine: &mut Engine, now| -> Vec<String> {
        engine.status(now).into_iter().map(|rule| rule.id).collect()
    };
    let mut engine = orders();
    submit(&mut engine, "order:used", 1.0, 0.0);
    engine.slot("order:named", 0.0).unwrap();
    engine.pause(Some(&["order:paused"]), 150.0, 0.0).unwrap();
    // A member that was just created is about to be used.
    assert_eq!(ids(&mut engine, 0.0), ["order:*", "order:used", "order:named", "order:paused"]);
    assert_eq!(ids(&mut engine, 1.0), ["order:*", "order:used", "order:paused"]);
    assert_eq!(ids(&mut engine, 100.0), ["order:*", "order:paused"]);
    assert_eq!(ids(&mut engine, 150.0), ["order:*"]);
}

#[test]
fn member_above_its_initial_tokens_is_kept() {
    let limit = TokenBucket::new(10.0, 0.01).unwrap().with_tokens(3.0).unwrap();
    let mut engine = engine([rule("order:*", limit)]);
    submit(&mut engine, "order:BTC", 3.0, 0.0);
    assert_eq!(tokens(&mut engine, "order:BTC", 1e6), 10.0);
}

/// Regression: in a mode that left no capacity the member counted as full and was dropped.
#[test]
fn used_member_is_kept_across_modes() {
    let family = rule("k:*", RollingWindow::new(1.0, 1000.0, 0.0).unwrap());
    let mut engine = with_config(modes(&[("careful", 0.1, 0.0)]), [family]);
    let one = costs(&mut engine, &[("k:a", 1.0)]);
    assert!(try_costs(&mut engine, &one, 0.0));
    engine.set_mode("careful", f64::INFINITY, 1.0).unwrap();
    engine.status(2.0);
    engine.set_mode("normal", f64::INFINITY, 3.0).unwrap();
    let one = costs(&mut engine, &[("k:a", 1.0)]);
    assert!(!try_costs(&mut engine, &one, 4.0));
}

#[test]
fn paused_members_are_kept() {
    let mut engine = engine([rule("k:*", RollingWindow::new(1.0, 1000.0, 0.0).unwrap())]);
    for n in 0..64 {
        engine.slot(&format!("k:{n}"), 0.0).unwrap();
    }
    // Regression: creating the second member dropped the first, which was full and not yet paused.
    engine.pause(Some(&["k:0", "k:new"]), 1000.0, 1.0).unwrap();
    let one = costs(&mut engine, &[("k:0", 1.0)]);
    assert!(!try_costs(&mut engine, &one, 2.0));
}

/// Regression: the family was paused before the same report created the member.
#[test]
fn member_created_by_a_refusal_is_paused() {
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

/// A new member would have the whole limit.
#[test]
fn halved_member_is_kept() {
    let mut engine = adaptive([rule("k:*", RollingWindow::new(10.0, 1000.0, 0.0).unwrap())]);
    let refused = hold(&mut engine, &[("k:a", 1.0)], 0.0);
    respond(&mut engine, 429, Some(refused), 0.0);
    engine.release(refused, false, 0.0);
    for n in 0..200 {
        engine.slot(&format!("k:{n}"), 5000.0 + f64::from(n)).unwrap();
    }
    assert!(!try_take(&mut engine, &[("k:a", 6.0)], 6000.0));
    assert!(try_take(&mut engine, &[("k:a", 5.0)], 6000.0));
}
