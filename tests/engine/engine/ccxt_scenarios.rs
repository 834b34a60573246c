//! The scenarios of ccxt's multi-throttle documents and the times that they take.

use crate::support::{bucket, costs, engine, limited, sequential};
use multi_throttler_engine::{MaxWaiting, Options, Submission};

#[test]
fn single_rule_takes_500_ms() {
    let mut engine = engine([bucket("weight", 10.0, 1.0 / 100.0, 10.0)]);
    assert_eq!(sequential(&mut engine, &[("weight", 1.0)], 15), 500.0);
}

#[test]
fn two_rules_take_600_ms() {
    let mut engine = engine([
        bucket("requests", 5.0, 1.0 / 200.0, 5.0),
        bucket("weight", 20.0, 1.0 / 100.0, 20.0),
    ]);
    assert_eq!(sequential(&mut engine, &[("requests", 1.0), ("weight", 2.0)], 8), 600.0);
}

#[test]
fn binance_weight_takes_2750_ms() {
    let rules = |orders| {
        engine([
            bucket("RAW_REQUESTS", 6000.0, 6000.0 / 60_000.0, 10.0),
            bucket("REQUEST_WEIGHT", 1200.0, 1200.0 / 60_000.0, 5.0),
            bucket("ORDERS", 100.0, 100.0 / 10_000.0, orders),
        ])
    };
    let amounts = [("RAW_REQUESTS", 1.0), ("REQUEST_WEIGHT", 10.0), ("ORDERS", 1.0)];
    assert_eq!(sequential(&mut rules(3.0), &amounts, 6), 2750.0);
    // Plenty of orders change nothing: the weight needs 6 * 10 - 5 tokens at one per 50 ms.
    assert_eq!(sequential(&mut rules(100.0), &amounts, 6), 2750.0);
    // Without the weight the run takes 300 ms, the time that ccxt's document names for it.
    assert_eq!(sequential(&mut rules(3.0), &[("RAW_REQUESTS", 1.0), ("ORDERS", 1.0)], 6), 300.0);
}

#[test]
fn strict_and_lenient_rules_take_1500_ms() {
    let mut engine = engine([
        bucket("strict", 3.0, 1.0 / 500.0, 3.0),
        bucket("lenient", 100.0, 1.0 / 10.0, 100.0),
    ]);
    assert_eq!(sequential(&mut engine, &[("strict", 1.0), ("lenient", 1.0)], 6), 1500.0);
}

#[test]
fn interval_types_take_200_ms() {
    let mut engine =
        engine([bucket("seconds", 2.0, 1.0 / 100.0, 2.0), bucket("minutes", 5.0, 1.0 / 50.0, 5.0)]);
    assert_eq!(sequential(&mut engine, &[("seconds", 1.0), ("minutes", 1.0)], 4), 200.0);
}

#[test]
fn full_queue_rejects_with_ccxts_text() {
    let mut engine = limited(MaxWaiting::Total(2.0));
    engine.add_rule(bucket("test", 1.0, 1.0 / 100.0, 1.0), 0.0);
    let one = costs(&mut engine, &[("test", 1.0)]);
    let outcomes: Vec<_> = (0..5).map(|_| engine.submit(&one, Options::default(), 0.0)).collect();
    assert_eq!(outcomes[0], Ok(Submission::Granted));
    assert!(matches!(outcomes[1..3], [Ok(Submission::Waiting(_)), Ok(Submission::Waiting(_))]));
    for rejected in &outcomes[3..] {
        assert_eq!(
            rejected.as_ref().unwrap_err().to_string(),
            "Throttle queue is over maxCapacity (2), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526"
        );
    }
}
