//! The heads of lanes: which of them are checked again after a change.

use crate::support::{bucket, costs, engine, hold, poll_all, rule, wait};
use multi_throttler_engine::{Priority, RollingWindow};

/// A head that was checked again, ahead of the others, must not hide the heads behind it.
#[test]
fn cancelled_waiter_frees_a_later_head() {
    let mut engine = engine([
        rule("a", RollingWindow::new(10.0, 1000.0, 0.0).unwrap()),
        bucket("b", 10.0, 0.01, 5.0),
    ]);
    let unsent = hold(&mut engine, &[("a", 1.0)], 0.0);
    hold(&mut engine, &[("a", 9.0)], 0.0);
    let [five, six, three] =
        [("a", 5.0), ("b", 6.0), ("b", 3.0)].map(|cost| costs(&mut engine, &[cost]));
    wait(&mut engine, &five, Priority::Normal, 0.0);
    let middle = wait(&mut engine, &six, Priority::Normal, 0.0);
    let last = wait(&mut engine, &three, Priority::Normal, 0.0);
    // One token comes back, which is not enough for the first waiter.
    assert!(engine.release(unsent, true, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), []);
    assert!(engine.cancel(middle));
    assert_eq!(poll_all(&mut engine, 0.0), [(last, Ok(()))]);
}
