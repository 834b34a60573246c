//! Ten million grants over simulated months, compared with integer arithmetic.

use crate::support::{bucket, costs, engine, next_due, poll_all, rule, tokens};
use multi_throttler_engine::{
    FirstRequestWindow, FixedWindow, Limit, Options, RollingWindow, Spacing, Submission,
};

#[test]
fn ten_million_grants_leave_an_exact_bucket() {
    // The bucket gains 7 tokens per 1300 ms, so a request of 2.375 tokens is granted every 441 ms,
    // for 51 days. In units of 1 / 10 400 token, a millisecond adds 56 and a request takes 24 700.
    let (capacity, unit) = (50.0, 10_400.0);
    let mut engine = engine([bucket("a", capacity, 7.0 / 1300.0, capacity)]);
    let cost = costs(&mut engine, &[("a", 2.375)]);
    let mut granted: i128 = 0;
    let mut now = 0.0;
    while granted < 10_000_000 {
        match engine.submit(&cost, Options::default(), now).unwrap() {
            Submission::Granted | Submission::Held(_) => granted += 1,
            Submission::Waiting(_) => {
                // Timers fire late and at whole milliseconds.
                now = next_due(&mut engine).ceil() + f64::from((granted % 3) as u8);
                granted += poll_all(&mut engine, now).len() as i128;
            }
        }
    }
    assert!(now > 50.0 * 86_400_000.0, "{now}");
    let exact = (50 * 10_400 + 56 * (now as i128) - 24_700 * granted) as f64 / unit;
    let remaining = tokens(&mut engine, "a", now);
    assert!((remaining - exact).abs() < 1e-6, "{remaining} for {exact}");
    assert_eq!(tokens(&mut engine, "a", now + 1e9), capacity);
}

#[test]
fn ten_million_tenths_in_a_window_are_exact() {
    let (limit, day) = (2e6, 86_400_000.0);
    let windows: [Limit; 3] = [
        FixedWindow::new(limit, day, 0.0).unwrap().into(),
        FirstRequestWindow::new(limit, day, 0.0).unwrap().into(),
        RollingWindow::new(limit, day, 0.0).unwrap().into(),
    ];
    for window in windows {
        let name = window.algorithm();
        let mut engine = engine([rule("a", window)]);
        let tenth = costs(&mut engine, &[("a", 0.1)]);
        for n in 0..10_000_000 {
            engine.submit(&tenth, Options::default(), f64::from(n)).unwrap();
        }
        let remaining = tokens(&mut engine, "a", 10_000_000.0);
        assert!((remaining - 1e6).abs() < 1e-6, "{name}: {remaining}");
    }
}

#[test]
fn ten_million_spaced_grants_do_not_drift() {
    // A third of 100 ms is no float; each grant may be late by the distance of two of them.
    for (interval, late) in [(441.0, 0.0), (100.0 / 3.0, 1e-7)] {
        let mut engine = engine([rule("a", Spacing::new(interval).unwrap())]);
        let one = costs(&mut engine, &[("a", 1.0)]);
        engine.submit(&one, Options::default(), 0.0).unwrap();
        let mut now = 0.0;
        for _ in 0..10_000_000 {
            engine.submit(&one, Options::default(), now).unwrap();
            let due = engine.due();
            assert!(due - now >= interval, "{due} after {now}");
            assert_eq!(poll_all(&mut engine, due).len(), 1);
            now = due;
        }
        let drift = now - interval * 1e7;
        assert!((0.0..=late * 1e7).contains(&drift), "{drift} at {now}");
    }
}
