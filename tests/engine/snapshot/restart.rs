//! Snapshots: a restarted engine continues the old one.

use crate::support::{cases, costs, poll_all, rule, tokens, wait, with_config};
use multi_throttler_engine::{
    Config, Engine, FirstRequestWindow, FixedWindow, Mode, Options, Priority, Report,
    RollingWindow, Rule, Submission, TokenBucket, Usage,
};
use proptest::prelude::*;

const UNIX: f64 = 1_700_000_000_000.0;

pub fn rules() -> Vec<Rule> {
    vec![
        rule("bucket", TokenBucket::new(50.0, 0.01).unwrap().with_jitter(100.0).unwrap()),
        rule("debt", TokenBucket::new(10.0, 0.01).unwrap().with_debt().unwrap()),
        rule("rolling", RollingWindow::new(40.0, 3000.0, 50.0).unwrap()),
        rule("minute", FixedWindow::new(60.0, 4000.0, 200.0).unwrap()),
        rule("first", FirstRequestWindow::new(50.0, 3500.0, 100.0).unwrap()),
        rule("family:*", RollingWindow::new(20.0, 2000.0, 0.0).unwrap()),
    ]
}

pub const IDS: [&str; 6] = ["bucket", "debt", "rolling", "minute", "first", "family:a"];

fn config() -> Config {
    let modes = vec![
        Mode { name: "normal".into(), buffer: 0.0, reserve: 0.0 },
        Mode { name: "careful".into(), buffer: 0.5, reserve: 0.0 },
    ];
    Config { modes, ..Config::default() }
}

/// An engine whose time 0 is `later` milliseconds after `UNIX`.
pub fn started(later: f64) -> Engine {
    let mut engine = with_config(config(), []);
    engine.set_wall_clock(UNIX + later, 0.0);
    for rule in rules() {
        engine.add_rule(rule, 0.0);
    }
    engine
}

#[derive(Clone, Debug)]
enum Step {
    Take { id: usize, amount: u8, permit: bool },
    Pass(u16),
    Mode(bool, u16),
    Pause(u16),
    Report(usize, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..IDS.len(), 1_u8..12, any::<bool>()).prop_map(|(id, amount, permit)| Step::Take { id, amount, permit }),
        4 => (0_u16..2500).prop_map(Step::Pass),
        1 => (any::<bool>(), 0_u16..5000).prop_map(|(careful, ms)| Step::Mode(careful, ms)),
        1 => (0_u16..2000).prop_map(Step::Pause),
        1 => (0..IDS.len(), 0_u8..60).prop_map(|(id, used)| Step::Report(id, used)),
    ]
}

fn apply(engine: &mut Engine, step: &Step, now: &mut f64) {
    match *step {
        Step::Take { id, amount, permit } => {
            let costs = costs(engine, &[(IDS[id], f64::from(amount))]);
            let options = Options { permit, max_wait: 0.0, ..Options::default() };
            // A request that would have to wait is rejected, as a snapshot has no waiters.
            let _granted_or_refused = engine.submit(&costs, options, *now);
            poll_all(engine, *now);
        }
        Step::Pass(ms) => *now += f64::from(ms),
        Step::Mode(careful, ms) => {
            engine
                .set_mode(if careful { "careful" } else { "normal" }, f64::from(ms), *now)
                .unwrap();
        }
        Step::Pause(ms) => engine.pause(Some(&["rolling"]), *now + f64::from(ms), *now).unwrap(),
        Step::Report(id, used) => {
            let usage = [Usage { rule: IDS[id], used: Some(f64::from(used)), ..Usage::default() }];
            let report = Report { status: 200, usage: &usage, ..Report::default() };
            engine.report(&report, *now).unwrap();
        }
    }
    // A member of a family is created full on its first use.
    engine.slot("family:a", *now).unwrap();
}

proptest! {
    #![proptest_config(cases(2000))]

    /// On a clock with another origin, some time later, the remaining tokens are those of the old
    /// engine.
    #[test]
    fn restored_engine_continues_the_old_one(
        steps in prop::collection::vec(step(), 0..30),
        off in 0_u16..6000,
        later in prop::collection::vec(0_u16..3000, 1..6),
    ) {
        let mut before = started(0.0);
        let mut now = 0.0;
        for step in &steps {
            apply(&mut before, step, &mut now);
        }
        let snapshot = before.snapshot(now);
        let began = now + f64::from(off);
        let mut after = started(began);
        after.restore(&snapshot, 0.0).unwrap();
        let mut passed = 0.0;
        for ms in later {
            let (then, since) = (began + passed, passed);
            prop_assert_eq!(after.mode(since), before.mode(then));
            for id in IDS {
                before.slot(id, then).unwrap();
                after.slot(id, since).unwrap();
                let (a, b) = (tokens(&mut after, id, since), tokens(&mut before, id, then));
                // In a mode with a buffer a bucket refills slower than the server's, but not while
                // no program runs.
                let most = if ["bucket", "debt"].contains(&id) { 0.005 * f64::from(off) } else { 0.0 };
                prop_assert!(a >= b - 1e-6 && a <= b + most + 1e-6, "{} of {} remain, not {}, after {} ms", a, id, b, since);
                // Tokens that only the restarted engine has must not be granted.
                let granted_from = if id == "debt" { 0.0 } else { 1.0 };
                if b < granted_from && a >= granted_from {
                    continue;
                }
                for engine in [(&mut before, then), (&mut after, since)] {
                    let (engine, now) = engine;
                    let costs = costs(engine, &[(id, 1.0)]);
                    let options = Options { max_wait: 0.0, ..Options::default() };
                    let _granted_or_refused = engine.submit(&costs, options, now);
                    poll_all(engine, now);
                }
            }
            passed += f64::from(ms);
        }
    }

    /// On the same engine, at the same instant, restoring changes nothing.
    #[test]
    fn restoring_at_once_changes_nothing(steps in prop::collection::vec(step(), 0..30)) {
        let mut engine = started(0.0);
        let mut now = 0.0;
        for step in &steps {
            apply(&mut engine, step, &mut now);
        }
        let (before, snapshot) = (engine.status(now), engine.snapshot(now));
        engine.restore(&snapshot, now).unwrap();
        let after = engine.status(now);
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(&before.id, &after.id);
            prop_assert!((before.tokens - after.tokens).abs() < 1e-9, "{:?} {:?}", before, after);
        }
        prop_assert_eq!(engine.snapshot(now).mode, snapshot.mode);
    }
}

#[test]
fn backoff_continues_counting_refusals() {
    let mut old = started(0.0);
    for _ in 0..3 {
        old.report(&Report { status: 429, ..Report::default() }, 0.0).unwrap();
    }
    let mut new = started(1000.0);
    new.restore(&old.snapshot(0.0), 0.0).unwrap();
    assert_eq!(new.refusals(), (3, 7000.0));
    let costs = costs(&mut new, &[("bucket", 1.0)]);
    wait(&mut new, &costs, Priority::Normal, 0.0);
    assert_eq!(new.due(), 7000.0);
    new.report(&Report { status: 429, ..Report::default() }, 0.0).unwrap();
    assert_eq!(new.refusals(), (4, 16_000.0));
}

#[test]
fn clock_set_back_frees_nothing() {
    for id in IDS {
        let mut old = started(0.0);
        let costs = costs(&mut old, &[(id, 8.0)]);
        assert_eq!(old.submit(&costs, Options::default(), 0.0), Ok(Submission::Granted));
        let remaining = tokens(&mut old, id, 0.0);
        for back in [1.0, 5000.0, 1e9] {
            let mut new = started(-back);
            new.restore(&old.snapshot(0.0), 0.0).unwrap();
            new.slot(id, 0.0).unwrap();
            assert_eq!(tokens(&mut new, id, 0.0), remaining, "{id}");
        }
    }
}
