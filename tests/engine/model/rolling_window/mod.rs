//! The rolling window beside its log: permits, responses, counts, changes and restarts, in any
//! order.

mod log;

use crate::model::rolling_window::log::{RollingLog, Saved};
use crate::support::rng::Rng;
use crate::support::{cases, costs, engine, rule, tokens};
use multi_throttler_engine::{
    Engine, Fields, Options, Priority, Rejection, Report, RollingWindow, Snapshot, Submission,
    Ticket, Usage, Value,
};
use proptest::prelude::*;

const LIMIT: f64 = 40.0;

#[derive(Clone, Debug)]
enum Step {
    Pass(u16),
    Take(u8),
    /// The response to one of the permits reports this usage, perhaps not for the first time.
    Answer(usize, u8),
    Release(usize, bool),
    /// The request turned out to cost this.
    ReleaseAtCost(usize, u8),
    Set(u8),
    /// A count is set manually, and is perhaps exact.
    Sync(u8, bool),
    Interval(u16),
    Limit(u8),
    Save,
    Restore,
    /// Asks for the remaining tokens. This must change nothing, so not every step does it.
    Look(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let which = any::<usize>;
    prop_oneof![
        6 => prop_oneof![0_u16..30, 0_u16..900, Just(1000), Just(6000)].prop_map(Step::Pass),
        8 => (1_u8..40).prop_map(Step::Take),
        6 => (which(), 0_u8..200).prop_map(|(which, used)| Step::Answer(which, used)),
        3 => (which(), any::<bool>()).prop_map(|(which, refund)| Step::Release(which, refund)),
        3 => (which(), 0_u8..40).prop_map(|(which, cost)| Step::ReleaseAtCost(which, cost)),
        1 => (0_u8..200).prop_map(Step::Set),
        3 => (0_u8..200, any::<bool>()).prop_map(|(used, exact)| Step::Sync(used, exact)),
        1 => prop_oneof![Just(500), Just(1000), Just(2000), Just(8000)].prop_map(Step::Interval),
        1 => (1_u8..200).prop_map(Step::Limit),
        1 => Just(Step::Save),
        1 => Just(Step::Restore),
        6 => (1_u8..160).prop_map(Step::Look),
    ]
}

struct Held {
    ticket: Ticket,
    granted_at: f64,
    /// The cost that a refund gives back: zero once the remaining tokens were set.
    cost: f64,
    in_flight: bool,
}

struct Pair {
    engine: Engine,
    log: RollingLog,
    held: Vec<Held>,
    saved: Option<(Snapshot, Saved, f64)>,
    now: f64,
}

/// Amounts are quarters, so that sums are exact.
fn quarters(n: u8) -> f64 {
    f64::from(n) / 4.0
}

impl Pair {
    fn new(limit: f64, interval: f64, jitter: f64) -> Self {
        let engine = engine([rule("w", RollingWindow::new(limit, interval, jitter).unwrap())]);
        let log = RollingLog::new(limit, interval, jitter);
        Self { engine, log, held: Vec::new(), saved: None, now: 0.0 }
    }

    fn take(&mut self, cost: f64) {
        let (now, remaining) = (self.now, self.log.remaining(self.now));
        let some = costs(&mut self.engine, &[("w", cost)]);
        let options = Options { permit: true, max_wait: 0.0, ..Options::default() };
        match self.engine.submit(&some, options, now) {
            Ok(Submission::Held(ticket)) => {
                assert!(remaining >= cost, "{cost} of {remaining} at {now}");
                self.log.take(cost, now);
                self.held.push(Held { ticket, granted_at: now, cost, in_flight: true });
            }
            Err(Rejection::WaitTimeout { .. } | Rejection::CostExceedsCapacity { .. }) => {
                assert!(remaining < cost, "{cost} of {remaining} at {now}");
            }
            other => panic!("{other:?}"),
        }
    }

    /// Marks a request as answered. Returns its cost if it was in flight.
    fn mark_answered(&mut self, which: usize) -> f64 {
        let Held { granted_at, cost, in_flight, .. } = self.held[which];
        self.held[which].in_flight = false;
        let answered_cost = if in_flight { cost } else { 0.0 };
        self.log.mark_answered(answered_cost, granted_at, self.now);
        answered_cost
    }

    fn respond(&mut self, which: usize, used: f64) {
        let answered_cost = self.mark_answered(which);
        self.log.respond(used, answered_cost, self.held[which].granted_at, self.now);
        let usage = [Usage { rule: "w", used: Some(used), ..Usage::default() }];
        let permit = Some(self.held[which].ticket);
        self.engine
            .report(&Report { status: 200, usage: &usage, permit, ..Report::default() }, self.now)
            .unwrap();
    }

    fn release(&mut self, which: usize, refund: bool) {
        self.mark_answered(which);
        let Held { ticket, granted_at, cost, .. } = self.held.remove(which);
        if refund {
            self.log.give_back(cost, granted_at, self.now);
        }
        assert!(self.engine.release(ticket, refund, self.now));
    }

    /// A response that was reported had the usage, which then is the better knowledge.
    fn release_at_cost(&mut self, which: usize, actual: f64) {
        let in_flight = self.held[which].in_flight;
        self.mark_answered(which);
        let Held { ticket, granted_at, cost, .. } = self.held.remove(which);
        if in_flight {
            self.log.give_back((cost - actual).max(0.0), granted_at, self.now);
        }
        let actual = costs(&mut self.engine, &[("w", actual)]);
        assert!(self.engine.release_at_cost(ticket, &actual, self.now));
    }

    fn sync(&mut self, used: f64, exact: bool) {
        match exact {
            true => self.log.set_exact(used, self.now),
            false => self.log.respond(used, 0.0, self.now, self.now),
        }
        self.engine.sync_usage(&[("w", used)], exact, self.now).unwrap();
    }

    fn update(&mut self, field: &str, value: f64) {
        let patch = Fields::from_iter([(field, Value::Number(value))]);
        self.engine.update_rule("w", &patch, self.now).unwrap();
    }

    fn restore(&mut self) {
        if let Some((snapshot, saved, saved_at)) = &self.saved {
            self.engine.restore(snapshot, self.now).unwrap();
            self.log.restore(saved, self.now - saved_at, self.now);
            self.held.iter_mut().for_each(|held| held.cost = 0.0);
        }
    }

    fn step(&mut self, step: &Step) {
        let now = self.now;
        match *step {
            Step::Pass(ms) => self.now += f64::from(ms),
            Step::Take(cost) => self.take(quarters(cost)),
            Step::Answer(which, used) if !self.held.is_empty() => {
                self.respond(which % self.held.len(), quarters(used));
            }
            Step::Release(which, refund) if !self.held.is_empty() => {
                self.release(which % self.held.len(), refund);
            }
            Step::ReleaseAtCost(which, cost) if !self.held.is_empty() => {
                self.release_at_cost(which % self.held.len(), quarters(cost));
            }
            Step::Answer(..) | Step::Release(..) | Step::ReleaseAtCost(..) => {}
            Step::Set(tokens) => {
                self.log.set(quarters(tokens), now);
                self.held.iter_mut().for_each(|held| held.cost = 0.0);
                assert!(self.engine.set_tokens("w", quarters(tokens), now));
            }
            Step::Sync(used, exact) => self.sync(quarters(used), exact),
            Step::Interval(ms) => {
                self.log.set_interval(f64::from(ms), now);
                self.update("interval", f64::from(ms));
            }
            Step::Limit(limit) => {
                self.log.limit = quarters(limit);
                self.update("limit", quarters(limit));
            }
            Step::Save => self.saved = Some((self.engine.snapshot(now), self.log.save(now), now)),
            Step::Restore => self.restore(),
            Step::Look(amount) => self.look(quarters(amount)),
        }
    }

    fn look(&mut self, amount: f64) {
        let now = self.now;
        if amount <= self.log.limit {
            let some = costs(&mut self.engine, &[("w", amount)]);
            let ready_at = now + self.engine.estimate_wait(&some, Priority::Normal, now).unwrap();
            let expected = self.log.ready_at(amount, now);
            assert!((ready_at - expected).abs() < 1e-6, "{amount} at {ready_at}, not {expected}");
        }
        assert_eq!(tokens(&mut self.engine, "w", now), self.log.remaining(now), "at {now}");
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn rolling_window_agrees_with_its_log(
        interval in prop_oneof![Just(1000.0), Just(8000.0)],
        jitter in prop_oneof![Just(0.0), Just(50.0)],
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut pair = Pair::new(LIMIT, interval, jitter);
        for step in &steps {
            pair.step(step);
        }
        pair.look(0.25);
    }
}

/// Beyond 4096 instants, close ones are counted as one. That changes nothing while all of them
/// count; later they expire together, with the last of them.
#[test]
fn long_log_merges_close_entries() {
    let (limit, interval) = (1e6, 100_000.0);
    let late = interval / 2048.0;
    let mut pair = Pair::new(limit, interval, 0.0);
    let mut rng = Rng(1);
    for n in 0..6000 {
        pair.now += 1.0 + rng.ms(20.0);
        pair.take(quarters(1 + rng.below(40) as u8));
        let which = rng.below(pair.held.len() as u64) as usize;
        match rng.below(6) {
            0 => pair.release(which, true),
            1 => pair.release(which, false),
            2 => {
                let others = quarters(rng.below(100) as u8);
                pair.respond(
                    pair.held.len() - 1,
                    pair.log.used(pair.now) - pair.log.in_flight(pair.now) + others,
                );
            }
            _ => {}
        }
        if n % 100 == 0 {
            assert_eq!(
                tokens(&mut pair.engine, "w", pair.now),
                pair.log.remaining(pair.now),
                "after {n}"
            );
        }
    }
    assert!(pair.now < interval);
    while pair.now < 1.5 * interval {
        pair.now += rng.ms(1000.0);
        let (most, least) = (pair.log.remaining(pair.now), pair.log.remaining(pair.now - late));
        let remaining = tokens(&mut pair.engine, "w", pair.now);
        assert!(
            least <= remaining && remaining <= most,
            "{remaining} at {}, not {least} to {most}",
            pair.now
        );
    }
    // After an exact count, the remaining tokens show how much is in flight.
    pair.engine.sync_usage(&[("w", 1000.0)], true, pair.now).unwrap();
    let in_flight = limit - 1000.0 - tokens(&mut pair.engine, "w", pair.now);
    let (least, most) = (pair.log.in_flight(pair.now), pair.log.in_flight(pair.now - late));
    assert!(
        least > 0.0 && least <= in_flight && in_flight <= most,
        "{in_flight}, not {least} to {most}"
    );
    pair.now += interval + 1.0;
    assert_eq!(tokens(&mut pair.engine, "w", pair.now), limit);
}

/// The response to a request may include costs that expire while it comes, so these are known for
/// another interval.
#[test]
fn expired_cost_in_a_slow_report_is_ours() {
    for (reported_at, remaining) in [(2000.0, 39.0), (2000.5, 35.0)] {
        let mut pair = Pair::new(LIMIT, 1000.0, 0.0);
        pair.take(5.0);
        pair.now = 1000.0;
        pair.take(1.0);
        pair.now = reported_at;
        pair.respond(1, 6.0);
        pair.look(1.0);
        assert_eq!(tokens(&mut pair.engine, "w", reported_at), remaining);
    }
}
