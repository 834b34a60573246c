//! What the safety promise is attacked with: rules with their servers, and an engine at work while modes come and go,
//! limits are changed, and requests that were never sent are given back.

mod grants;
mod reports;
mod servers;

use crate::model::attack::servers::{Sent, Server};
use crate::support::poll_all;
use multi_throttler_engine::{
    Config, Costs, Engine, Fields, FirstRequestWindow, FixedWindow, Limit, Mode, Options, Ordering, Priority,
    Rejection, RollingWindow, Rule, Submission, Ticket, TokenBucket, Value,
};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Rolling,
    Aligned,
    FirstRequest,
    Bucket,
}

pub const KINDS: [Kind; 4] = [Kind::Rolling, Kind::Aligned, Kind::FirstRequest, Kind::Bucket];
pub const IDS: [&str; 3] = ["a", "b", "c"];
pub const MODES: [&str; 3] = ["normal", "careful", "urgent"];

#[derive(Clone, Debug)]
pub struct Spec {
    pub kind: Kind,
    pub limit: f64,
    pub interval: f64,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub rules: Vec<Spec>,
    /// Of all rules, so that one delay is right for all.
    pub jitter: f64,
    /// Unix time less the engine's, and by how much the engine is wrong about that.
    pub offset: f64,
    pub clock_error: f64,
    pub strict: bool,
    pub share: f64,
    pub modes: Vec<(f64, f64)>,
    pub adaptive: bool,
}

impl Spec {
    fn limit(&self, jitter: f64) -> Limit {
        let Spec { kind, limit, interval } = *self;
        match kind {
            Kind::Rolling => RollingWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Aligned => FixedWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::FirstRequest => FirstRequestWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Bucket => {
                TokenBucket::new(limit, limit / interval).unwrap().with_jitter(jitter).unwrap().into()
            }
        }
    }
}

impl Case {
    pub fn simple(kind: Kind, limit: f64, interval: f64, jitter: f64) -> Self {
        let (rules, modes) = (vec![Spec { kind, limit, interval }], vec![(0.0, 0.0); 3]);
        let offset = 1_700_000_000_000.0;
        Case { rules, jitter, offset, clock_error: 0.0, strict: false, share: 1.0, modes, adaptive: false }
    }

    pub fn server(&self, rule: usize) -> Server {
        let Spec { kind, limit, interval } = self.rules[rule];
        match kind {
            Kind::Rolling => Server::sliding(interval),
            Kind::Aligned => Server::aligned(interval, self.offset),
            Kind::FirstRequest => Server::from_first(interval),
            Kind::Bucket => Server::bucket(limit, limit / interval),
        }
    }

    /// The longest way to the server, once the difference of the clocks is allowed for. A nanosecond less, since the
    /// sum of a time and the delay is rounded, which must not make the delay longer than the jitter.
    pub fn longest_delay(&self) -> f64 {
        (self.jitter - self.clock_error.abs() - 1e-6).max(0.0)
    }

    /// How long after its grant it may turn out that a request was never sent. Where the first request opens the window,
    /// one that has neither arrived nor been given back within the jitter is believed to have opened it.
    fn longest_refund(&self) -> f64 {
        let is_opened = self.rules.iter().any(|rule| rule.kind == Kind::FirstRequest);
        if is_opened { self.longest_delay() } else { f64::INFINITY }
    }

    /// Of a bucket that changes while requests are on their way nothing can be promised.
    pub fn rules_out(&self, act: &Act) -> bool {
        let of_bucket = |rule: usize| self.rules.get(rule).is_none_or(|spec| spec.kind == Kind::Bucket);
        matches!(act, Act::Limit { rule, .. } if of_bucket(*rule))
    }

    pub fn engine(&self) -> Engine {
        let mode =
            |(name, &(buffer, reserve)): (&&str, &(f64, f64))| Mode { name: (*name).into(), buffer, reserve };
        let mut engine = Engine::new(Config {
            ordering: if self.strict { Ordering::StrictFifo } else { Ordering::WorkConserving },
            share: self.share,
            adaptive: self.adaptive,
            modes: MODES.iter().zip(&self.modes).map(mode).collect(),
            ..Config::default()
        })
        .unwrap();
        engine.set_calendar(self.offset + self.clock_error, 0.0);
        for (spec, id) in self.rules.iter().zip(IDS) {
            engine.add_rule(Rule::new(id, spec.limit(self.jitter)).unwrap(), 0.0);
        }
        engine
    }
}

pub fn eighths(n: f64) -> f64 {
    (n * 8.0).floor() / 8.0
}

/// Numbers of eighths, which floats hold exactly: the promise is not about the last bit of a clock.
pub fn case() -> impl Strategy<Value = Case> {
    let rule = (prop::sample::select(KINDS.to_vec()), 1u16..30, 64u32..4096)
        .prop_map(|(kind, limit, interval)| (kind, f64::from(limit), f64::from(interval) / 8.0));
    let mode = || (prop_oneof![Just(0.0), 0.0..0.9f64], prop_oneof![Just(0.0), 0.0..0.9f64]);
    let rules = prop::collection::vec(rule, 1..=3);
    let modes = (mode(), mode()).prop_map(|modes| vec![(0.0, 0.0), modes.0, modes.1]);
    let share = prop_oneof![2 => Just(1.0), 1 => 0.01..1.0f64];
    (rules, 0.0..0.499f64, 0u32..8192, -1.0..1.0f64, any::<bool>(), share, modes).prop_map(
        |(rules, part, offset, error, strict, share, modes)| {
            let shortest = rules.iter().map(|rule| rule.2).fold(f64::INFINITY, f64::min);
            let jitter = eighths(part * shortest);
            let is_aligned = rules.iter().any(|rule| rule.0 == Kind::Aligned);
            let clock_error = if is_aligned { eighths(error * jitter / 2.0) } else { 0.0 };
            let offset = 1_700_000_000_000.0 + f64::from(offset) / 8.0;
            let rules =
                rules.into_iter().map(|(kind, limit, interval)| Spec { kind, limit, interval }).collect();
            Case { rules, jitter, offset, clock_error, strict, share, modes, adaptive: false }
        },
    )
}

#[derive(Clone, Debug)]
pub enum Act {
    /// Costs are parts of what is allowed. `delay` is a part of the longest, `refund` when it is given back unsent.
    Submit {
        costs: Vec<f64>,
        class: usize,
        delay: f64,
        refund: Option<f64>,
    },
    Mode {
        mode: usize,
        duration: f64,
    },
    /// A new limit, for windows.
    Limit {
        rule: usize,
        limit: f64,
    },
}

#[derive(Clone, Debug)]
pub struct Event {
    pub gap: f64,
    /// How late the timer is.
    pub late: f64,
    pub act: Act,
}

pub fn event() -> impl Strategy<Value = Event> {
    let delay = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0f64];
    let gap = prop_oneof![3 => Just(0.0), 1 => 0.0..300.0f64];
    let late = prop_oneof![Just(0.0), 0.0..40.0f64];
    let cost = prop_oneof![1 => Just(0.0), 3 => 0.0..1.0f64];
    let refund = prop::option::weighted(0.2, prop_oneof![Just(0.0), 0.0..700.0f64]);
    let act = prop_oneof![
        20 => (prop::collection::vec(cost, 3), 0usize..3, delay, refund)
            .prop_map(|(costs, class, delay, refund)| Act::Submit { costs, class, delay, refund }),
        1 => (0usize..3, prop_oneof![Just(f64::INFINITY), 0.0..500.0f64])
            .prop_map(|(mode, duration)| Act::Mode { mode, duration: eighths(duration) }),
        1 => (0usize..3, 1u16..40).prop_map(|(rule, limit)| Act::Limit { rule, limit: f64::from(limit) }),
    ];
    (gap, late, act).prop_map(|(gap, late, act)| Event { gap: eighths(gap), late: eighths(late), act })
}

struct Request {
    costs: Vec<f64>,
    delay: f64,
    refund: Option<f64>,
}

#[derive(Debug)]
pub struct Grant {
    pub at: f64,
    pub delay: f64,
    pub costs: Vec<f64>,
    pub limits: Vec<f64>,
    /// Its permit, as long as the program runs that was given it.
    pub ticket: Option<Ticket>,
    pub never_sent: bool,
}

/// The engine at work.
pub struct Run {
    pub engine: Engine,
    longest_refund: f64,
    pub limits: Vec<f64>,
    waiting: Vec<(Ticket, Request)>,
    pub granted: Vec<Grant>,
    /// When which of those granted is given back.
    refunds: Vec<(f64, Ticket)>,
}

impl Run {
    pub fn new(case: &Case) -> Self {
        let limits = case.rules.iter().map(|spec| spec.limit).collect();
        let (engine, longest_refund) = (case.engine(), case.longest_refund());
        let (waiting, granted, refunds) = (Vec::new(), Vec::new(), Vec::new());
        Self { engine, longest_refund, limits, waiting, granted, refunds }
    }

    fn grant(&mut self, ticket: Ticket, Request { costs, delay, refund }: Request, at: f64) {
        if let Some(after) = refund {
            self.refunds.push((at + eighths(after.min(self.longest_refund)), ticket));
        }
        let (limits, never_sent) = (self.limits.clone(), refund.is_some());
        self.granted.push(Grant { at, delay, costs, limits, ticket: Some(ticket), never_sent });
    }

    pub fn poll(&mut self, at: f64) {
        for (ticket, outcome) in poll_all(&mut self.engine, at) {
            let place = self.waiting.iter().position(|(other, _)| *other == ticket).unwrap();
            let (_, request) = self.waiting.remove(place);
            match outcome {
                Ok(()) => self.grant(ticket, request, at),
                Err(Rejection::CostExceedsCapacity { .. }) => (),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Time passes. The timer is late, but never later than the next thing that happens.
    pub fn advance(&mut self, until: f64, late: f64) {
        loop {
            let refund = self.refunds.iter().map(|refund| refund.0).fold(f64::INFINITY, f64::min);
            let due = self.engine.due();
            if due.min(refund) > until || due.min(refund) == f64::INFINITY {
                return;
            }
            let at = (due + late).min(until).max(due).min(refund);
            if let Some(place) = self.refunds.iter().position(|refund| refund.0 == at) {
                let (_, ticket) = self.refunds.remove(place);
                assert!(self.engine.release(ticket, true, at));
            }
            self.poll(at);
        }
    }

    /// The program ends, having given back what it never sent, and another one goes on from its snapshot once all has
    /// arrived that was on its way. Who waited is gone.
    pub fn restart(&mut self, case: &Case, now: f64) {
        for (_, ticket) in self.refunds.drain(..) {
            assert!(self.engine.release(ticket, true, now));
        }
        self.waiting.clear();
        self.granted.iter_mut().for_each(|grant| grant.ticket = None);
        let snapshot = self.engine.snapshot(now);
        self.engine = case.engine();
        for (rule, &limit) in
            self.limits.iter().enumerate().filter(|(at, _)| case.rules[*at].kind != Kind::Bucket)
        {
            let patch = Fields::from_iter([("limit", Value::Number(limit))]);
            self.engine.update_rule(IDS[rule], &patch, now).unwrap();
        }
        assert_eq!(self.engine.restore(&snapshot, now + case.jitter), Ok(()), "{snapshot:?}");
    }

    pub fn act(&mut self, act: &Act, now: f64) {
        match act {
            Act::Submit { costs, class, delay, refund } => {
                let amounts: Vec<f64> =
                    self.limits.iter().zip(costs).map(|(limit, part)| (part * limit).ceil()).collect();
                let mut costs = Costs::default();
                for (id, &amount) in IDS.iter().zip(&amounts) {
                    costs.add(self.engine.slot(id, now).unwrap(), amount);
                }
                let options = Options { priority: Priority::ALL[*class], permit: true, ..Options::default() };
                let request = Request { costs: amounts, delay: *delay, refund: *refund };
                match self.engine.submit(&costs, options, now) {
                    Ok(Submission::Held(ticket)) => self.grant(ticket, request, now),
                    Ok(Submission::Waiting(ticket)) => self.waiting.push((ticket, request)),
                    Ok(Submission::Granted) => panic!("granted without the permit"),
                    Err(Rejection::CostExceedsCapacity { .. }) => (),
                    Err(other) => panic!("{other}"),
                }
            }
            Act::Mode { mode, duration } => self.engine.set_mode(MODES[*mode], *duration, now).unwrap(),
            Act::Limit { rule, limit } => {
                let patch = Fields::from_iter([("limit", Value::Number(*limit))]);
                self.engine.update_rule(IDS[*rule], &patch, now).unwrap();
                self.limits[*rule] = *limit;
            }
        }
        self.poll(now);
    }
}

/// All that the engine grants.
pub fn grants(case: &Case, events: &[Event]) -> Vec<Grant> {
    let mut run = Run::new(case);
    let mut now = 0.0;
    for Event { gap, late, act } in events {
        now += gap;
        run.advance(now, *late);
        match act {
            act if case.rules_out(act) => {}
            act => run.act(act, now),
        }
    }
    run.act(&Act::Mode { mode: 0, duration: f64::INFINITY }, now);
    run.advance(f64::MAX, 0.0);
    assert!(run.waiting.is_empty(), "all are granted in the end");
    run.granted
}

/// Sends what was granted, each after its delay, and returns the first that a server refuses.
pub fn first_refusal(
    case: &Case,
    granted: &[Grant],
    delay: impl Fn(&Grant) -> f64,
) -> Option<(f64, usize, Sent)> {
    let mut sent: Vec<(f64, usize)> = granted
        .iter()
        .enumerate()
        .filter(|(_, grant)| !grant.never_sent)
        .map(|(order, grant)| (grant.at + delay(grant), order))
        .collect();
    sent.sort_by(|a, b| a.0.total_cmp(&b.0));
    (0..case.rules.len()).find_map(|rule| {
        let mut server = case.server(rule);
        sent.iter().find_map(|&(at, order)| {
            let (cost, limit) = (granted[order].costs[rule], granted[order].limits[rule]);
            let sent = Sent { order, cost, limit };
            (cost > 0.0 && !server.accepts(at, sent)).then_some((at, rule, sent))
        })
    })
}

/// Everything up to an instant as late as possible, all after it at once, for each instant: as badly as can be.
pub fn worst_refusal(case: &Case, granted: &[Grant], longest: f64) -> Option<(f64, usize, Sent)> {
    granted.iter().find_map(|pivot| {
        first_refusal(case, granted, |grant| if grant.at < pivot.at { longest } else { 0.0 })
    })
}
