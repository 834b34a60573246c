//! Snapshots that are rejected.

use super::restart::IDS;
use super::{elapsed, restart};
use crate::support::costs;
use multi_throttler_engine::{InvalidField, Options, Snapshot, Submission};

#[test]
fn times_beyond_the_horizon_are_rejected() {
    const LAST: f64 = 2_251_799_813_685_248.0;
    let mut engine = elapsed::started(0.0);
    let good = engine.snapshot(0.0);
    let restore = |change: &dyn Fn(&mut Snapshot)| -> Result<(), InvalidField> {
        let mut snapshot = good.clone();
        change(&mut snapshot);
        engine.clone().restore(&snapshot, 0.0)
    };
    for time in [LAST, -LAST, 0.0] {
        assert_eq!(restore(&|s| s.saved_at = time), Ok(()), "{time}");
        assert_eq!(restore(&|s| s.clock_offset = time), Ok(()), "{time}");
    }
    for time in [LAST.next_up(), -LAST.next_up(), f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(restore(&|s| s.saved_at = time).unwrap_err().field, "snapshot.savedAt");
        assert_eq!(restore(&|s| s.clock_offset = time).unwrap_err().field, "snapshot.clockOffset");
    }
    for ms in [0.0, 1e300, f64::INFINITY] {
        assert_eq!(restore(&|s| s.mode_ends_in = ms), Ok(()));
        assert_eq!(restore(&|s| s.paused_for = ms), Ok(()));
        assert_eq!(restore(&|s| s.backoff_for = ms), Ok(()));
        assert_eq!(restore(&|s| s.rules[0].paused_for = ms), Ok(()));
    }
    let error = restore(&|s| s.rules[1].paused_for = -0.5).unwrap_err().to_string();
    assert_eq!(
        error,
        "snapshot.rules.b.pausedFor must be a number of milliseconds, 0 or more, got -0.5"
    );
    for used in [vec![f64::INFINITY, 1.0], vec![1.0, f64::NAN]] {
        assert_eq!(
            restore(&|s| s.rules[0].used.clone_from(&used)).unwrap_err().field,
            "snapshot.rules.a.used"
        );
    }
}

#[test]
fn damaged_snapshot_is_rejected_and_changes_nothing() {
    let mut engine = restart::started(0.0);
    for id in IDS {
        let costs = costs(&mut engine, &[(id, 3.0)]);
        assert_eq!(engine.submit(&costs, Options::default(), 0.0), Ok(Submission::Granted));
    }
    let (good, before) = (engine.snapshot(0.0), engine.status(0.0));
    type Damage = (Box<dyn Fn(&mut Snapshot)>, &'static str);
    let mut damage: Vec<Damage> = vec![
        (Box::new(|s| s.saved_at = f64::NAN), "snapshot.savedAt"),
        (Box::new(|s| s.clock_offset = f64::INFINITY), "snapshot.clockOffset"),
        (Box::new(|s| s.mode_ends_in = -1.0), "snapshot.modeEndsIn"),
        (Box::new(|s| s.paused_for = f64::NAN), "snapshot.pausedFor"),
        (Box::new(|s| s.backoff_for = -5.0), "snapshot.backoffFor"),
        (Box::new(|s| s.rules[2].paused_for = f64::NAN), "snapshot.rules.rolling.pausedFor"),
    ];
    for (at, used) in [
        (0, vec![]),
        (0, vec![-1.0]),
        (0, vec![f64::NAN]),
        (0, vec![1.0, 1.0]),
        (2, vec![1.0]),
        (2, vec![-1.0, 1.0]),
        (2, vec![1.0, -1.0]),
        (2, vec![1.0, 1.0, 2.0, 1.0]),
        (3, vec![4000.0, 1.0, 0.0, 0.0]),
        (3, vec![0.0, 1.0, 0.0, 0.0, 0.0]),
        (3, vec![4000.0, 1.0, 0.0, -1.0, 0.0]),
        (4, vec![1.0, 2.0, 0.0, 1.0]),
        (4, vec![1.0, 1.0, 2.0, 1.0]),
        (4, vec![1.0, 1.0, -1.0, 1.0]),
        (4, vec![1.0, 1.0, 1.0, -1.0]),
        (4, vec![1.0]),
        // Without its usage.
        (4, vec![1.0, 2.0, 0.0]),
        (4, vec![1.0, 1.0, 2.0]),
        (4, vec![1.0, 1.0, -1.0]),
    ] {
        let field = ["bucket", "debt", "rolling", "minute", "first"][at];
        let field = Box::leak(format!("snapshot.rules.{field}.used").into_boxed_str());
        damage.push((Box::new(move |s| s.rules[at].used.clone_from(&used)), field));
    }
    for (damage, field) in damage {
        let mut damaged = good.clone();
        damage(&mut damaged);
        let error = engine.restore(&damaged, 0.0).unwrap_err();
        assert_eq!(error.field, field);
        assert_eq!(engine.status(0.0), before);
    }
    engine.restore(&good, 0.0).unwrap();
}
