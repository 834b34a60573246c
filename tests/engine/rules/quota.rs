//! The limit in force: share, buffer and reserve.

use crate::support::{
    capacity, costs, is_granted, modes, one_of_each, permit_of, poll_all, rule, set_number, status,
    tokens, wait, with_config,
};
use multi_throttler_engine::{
    Config, Options, Priority, RollingWindow, RuleStatus, Submission, TokenBucket,
};

#[test]
fn buffer_and_reserve_bound_each_priority() {
    for (buffer, reserve, critical, normal) in
        [(0.1, 0.2, 2160.0, 1728.0), (0.05, 0.1, 2280.0, 2052.0), (0.05, 0.05, 2280.0, 2166.0)]
    {
        for limit in one_of_each(2400.0) {
            let mut engine = with_config(modes(&[("m", buffer, reserve)]), [rule("a", limit)]);
            engine.set_mode("m", f64::INFINITY, 0.0).unwrap();
            assert_eq!(capacity(&mut engine, "a", 0.0), critical);
            assert!(is_granted(&mut engine, Priority::Normal, 1.0, 0.0));
            for class in [Priority::Normal, Priority::Low] {
                assert!(!is_granted(&mut engine, class, normal, 0.0));
            }
            assert!(is_granted(&mut engine, Priority::Normal, normal - 1.0, 0.0));
            assert!(!is_granted(&mut engine, Priority::Low, 1.0, 0.0));
            // The reserve bounds the total: usage of critical requests is gone for the others.
            let more = critical - normal + 1.0;
            assert!(!is_granted(&mut engine, Priority::Critical, more, 0.0), "{engine:?}");
            assert!(is_granted(&mut engine, Priority::Critical, critical - normal, 0.0));
            assert_eq!(tokens(&mut engine, "a", 0.0), 0.0);
        }
    }
}

#[test]
fn critical_usage_counts_against_the_rest() {
    let window = RollingWindow::new(100.0, 1000.0, 0.0).unwrap();
    let mut engine = with_config(modes(&[("normal", 0.0, 0.2)]), [rule("a", window)]);
    assert!(is_granted(&mut engine, Priority::Critical, 50.0, 0.0));
    assert!(!is_granted(&mut engine, Priority::Normal, 31.0, 0.0));
    assert!(is_granted(&mut engine, Priority::Normal, 30.0, 0.0));
}

#[test]
fn share_is_floored_but_never_to_zero() {
    for (limit, share, expected) in [
        (10.0, 0.5, 5.0),
        (10.0, 0.25, 2.0),
        (10.0, 0.01, 1.0),
        (0.5, 0.5, 0.5),
        (2.5, 1.0, 2.5),
        (2.5, 0.9, 2.0),
    ] {
        for limit in one_of_each(limit) {
            let config = Config { share, ..Config::default() };
            let mut engine = with_config(config, [rule("a", limit)]);
            assert_eq!(capacity(&mut engine, "a", 0.0), expected, "{share}");
            assert_eq!(tokens(&mut engine, "a", 0.0), expected, "{share}");
        }
    }
}

#[test]
fn share_applies_before_the_buffer() {
    // The share is 7.5 of 15, floored to 7; the buffer leaves 5.25, floored to 5; the reserve is
    // 2.5, floored to 2.
    let config = Config { share: 0.5, ..modes(&[("normal", 0.25, 0.5)]) };
    let mut engine =
        with_config(config, [rule("a", RollingWindow::new(15.0, 1000.0, 0.0).unwrap())]);
    assert_eq!(capacity(&mut engine, "a", 0.0), 5.0);
    assert!(is_granted(&mut engine, Priority::Normal, 3.0, 0.0));
    assert!(!is_granted(&mut engine, Priority::Normal, 1.0, 0.0));
    assert!(is_granted(&mut engine, Priority::Critical, 2.0, 0.0));
}

#[test]
fn refill_rate_scales_with_the_limit() {
    let mut engine = with_config(
        modes(&[("half", 0.5, 0.0)]),
        [rule("a", TokenBucket::new(10.0, 0.1).unwrap())],
    );
    assert!(is_granted(&mut engine, Priority::Normal, 10.0, 0.0));
    let one = costs(&mut engine, &[("a", 1.0)]);
    // Usage is 10 of 5. It falls to 4 after 6 / 0.05 ms.
    engine.set_mode("half", f64::INFINITY, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 60.0), 0.0);
    let ticket = wait(&mut engine, &one, Priority::Normal, 60.0);
    assert_eq!(poll_all(&mut engine, 60.0), []);
    assert_eq!(engine.due(), 120.0);
    assert_eq!(poll_all(&mut engine, 120.0), [(ticket, Ok(()))]);
    // The half that is empty refills in 100 ms.
    assert_eq!(tokens(&mut engine, "a", 170.0), 2.5);
    assert_eq!(tokens(&mut engine, "a", 220.0), 5.0);
}

#[test]
fn jitter_allowance_scales_with_the_rate() {
    // 10 tokens at 0.1 per ms with 20 ms of jitter leave a capacity of 8, and half of it is 4.
    let bucket = TokenBucket::new(10.0, 0.1).unwrap().with_jitter(20.0).unwrap();
    let mut engine = with_config(modes(&[("half", 0.5, 0.0)]), [rule("a", bucket)]);
    assert_eq!(tokens(&mut engine, "a", 0.0), 8.0);
    engine.set_mode("half", f64::INFINITY, 0.0).unwrap();
    assert_eq!(tokens(&mut engine, "a", 0.0), 4.0);
    assert!(is_granted(&mut engine, Priority::Normal, 4.0, 0.0));
}

#[test]
fn changed_capacity_caps_the_tokens_of_a_bucket() {
    let config = Config { share: 0.5, ..Config::default() };
    let mut engine = with_config(config, [rule("a", TokenBucket::new(10.0, 0.0).unwrap())]);
    assert!(is_granted(&mut engine, Priority::Normal, 1.0, 0.0));
    for (limit, in_force, remaining) in [(20.0, 10.0, 4.0), (6.0, 3.0, 3.0), (40.0, 20.0, 3.0)] {
        set_number(&mut engine, "a", "capacity", limit, 0.0);
        assert_eq!(
            (capacity(&mut engine, "a", 0.0), tokens(&mut engine, "a", 0.0)),
            (in_force, remaining)
        );
    }
}

#[test]
fn cost_is_too_large_only_above_the_share() {
    let config = Config { share: 0.5, ..modes(&[("normal", 0.1, 0.2), ("urgent", 0.05, 0.2)]) };
    for limit in one_of_each(200.0) {
        let mut engine = with_config(config.clone(), [rule("a", limit)]);
        let mut rejection = |priority, amount: f64| {
            let costs = costs(&mut engine, &[("a", amount)]);
            match engine.submit(&costs, permit_of(priority), 0.0) {
                Ok(Submission::Waiting(ticket)) => engine.cancel(ticket).to_string(),
                Ok(_) => "granted".into(),
                Err(rejection) => rejection.to_string(),
            }
        };
        let too_much = "Cost 101 of rule a exceeds its capacity (100): it could never be granted";
        for class in Priority::ALL {
            assert_eq!(rejection(class, 101.0), too_much);
        }
        assert_eq!(rejection(Priority::Low, 100.0), "granted");
        // Nothing remains.
        assert_eq!(rejection(Priority::Critical, 100.0), "true");
        assert_eq!(rejection(Priority::Normal, 1.0), "true");
    }
}

#[test]
fn utilization_is_usage_of_the_limit_in_force() {
    let debt = TokenBucket::new(10.0, 0.01).unwrap().with_debt().unwrap();
    let mut engine = with_config(modes(&[("least", 0.95, 0.0)]), [rule("a", debt)]);
    assert_eq!(status(&mut engine, "a", 0.0).utilization, 0.0);
    let some = costs(&mut engine, &[("a", 7.5)]);
    assert_eq!(engine.try_submit(&some, Priority::Normal, 0.0), Ok(true));
    assert_eq!(status(&mut engine, "a", 0.0).utilization, 0.75);
    assert_eq!(engine.try_submit(&some, Priority::Normal, 0.0), Ok(true));
    assert_eq!(status(&mut engine, "a", 0.0).utilization, 1.5);
    engine.set_mode("least", f64::INFINITY, 0.0).unwrap();
    // The mode leaves one token, of which fifteen times as much is used.
    let RuleStatus { capacity, utilization, .. } = status(&mut engine, "a", 0.0);
    assert_eq!((capacity, utilization), (1.0, 15.0));
}

#[test]
fn initial_tokens_are_capped_by_share_and_jitter() {
    let bucket = |tokens| {
        TokenBucket::new(10.0, 0.1).unwrap().with_jitter(20.0).unwrap().with_tokens(tokens)
    };
    // The share is five tokens, of which one refills within the jitter.
    for (tokens, held) in [(3.0, 3.0), (4.0, 4.0), (4.5, 4.0)] {
        let config = Config { share: 0.5, ..Config::default() };
        let mut engine = with_config(config, [rule("a", bucket(tokens).unwrap())]);
        let RuleStatus { tokens: remaining, capacity, .. } = status(&mut engine, "a", 0.0);
        assert_eq!((remaining, capacity), (held, 4.0));
    }
}

/// Regression: such a bucket never granted anything to requests that are not critical.
#[test]
fn debt_bucket_whose_reserve_exceeds_capacity_grants_when_full() {
    let debt = TokenBucket::new(10.0, 0.1).unwrap().with_jitter(20.0).unwrap().with_debt().unwrap();
    let mut engine = with_config(modes(&[("normal", 0.0, 0.9)]), [rule("a", debt)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(engine.submit(&one, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!(engine.estimate_wait(&one, Priority::Normal, 0.0), Ok(10.0));
    assert_eq!(engine.estimate_wait(&one, Priority::Critical, 0.0), Ok(0.0));
}
