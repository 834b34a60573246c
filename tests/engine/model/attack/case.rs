//! Cases of the attack: rules with their servers, and the events that happen to an engine.

use crate::model::attack::servers::Server;
use multi_throttler_engine::{
    Config, Engine, FirstRequestWindow, FixedWindow, Limit, Mode, Ordering, RollingWindow, Rule,
    Spacing, TokenBucket,
};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Rolling,
    Fixed,
    FirstRequest,
    Bucket,
    Spacing,
}

pub const KINDS: [Kind; 5] =
    [Kind::Rolling, Kind::Fixed, Kind::FirstRequest, Kind::Bucket, Kind::Spacing];
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
    /// The jitter of all rules, so that one delay fits all.
    pub jitter: f64,
    /// Unix time minus engine time.
    pub offset: f64,
    /// Error of the engine's Unix time.
    pub clock_error: f64,
    pub strict: bool,
    pub share: f64,
    pub modes: Vec<(f64, f64)>,
    pub adaptive: bool,
}

impl Spec {
    /// Whether the rule has a field `limit`.
    pub fn has_limit(&self) -> bool {
        !matches!(self.kind, Kind::Bucket | Kind::Spacing)
    }

    fn limit(&self, jitter: f64) -> Limit {
        let Spec { kind, limit, interval } = *self;
        match kind {
            Kind::Rolling => RollingWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Fixed => FixedWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::FirstRequest => FirstRequestWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Bucket => TokenBucket::new(limit, limit / interval)
                .unwrap()
                .with_jitter(jitter)
                .unwrap()
                .into(),
            Kind::Spacing => Spacing::new(interval).unwrap().with_jitter(jitter).unwrap().into(),
        }
    }
}

impl Case {
    pub fn simple(kind: Kind, limit: f64, interval: f64, jitter: f64) -> Self {
        let (rules, modes) = (vec![Spec { kind, limit, interval }], vec![(0.0, 0.0); 3]);
        let offset = 1_700_000_000_000.0;
        Case {
            rules,
            jitter,
            offset,
            clock_error: 0.0,
            strict: false,
            share: 1.0,
            modes,
            adaptive: false,
        }
    }

    pub fn server(&self, rule: usize) -> Server {
        let Spec { kind, limit, interval } = self.rules[rule];
        match kind {
            Kind::Rolling => Server::rolling(interval),
            Kind::Fixed => Server::fixed(interval, self.offset),
            Kind::FirstRequest => Server::first_request(interval),
            Kind::Bucket => Server::bucket(limit, limit / interval),
            Kind::Spacing => Server::spacing(interval),
        }
    }

    /// The longest time to the server after allowing for the clock error. It is a nanosecond
    /// shorter, since the sum of a time and the delay is rounded, which must not make the delay
    /// longer than the jitter.
    pub fn longest_delay(&self) -> f64 {
        (self.jitter - self.clock_error.abs() - 1e-6).max(0.0)
    }

    /// The longest time after its grant at which a request may be refunded as unsent. Where the
    /// first request opens the window, a request that has neither arrived nor been refunded within
    /// the jitter is assumed to have opened it.
    pub fn longest_refund(&self) -> f64 {
        let is_opened = self.rules.iter().any(|rule| rule.kind == Kind::FirstRequest);
        if is_opened { self.longest_delay() } else { f64::INFINITY }
    }

    /// Whether an act is outside the promise: a bucket that changes while requests are in flight. A
    /// rule of spacing has no limit.
    pub fn rules_out(&self, act: &Act) -> bool {
        let has_no_limit = |rule: usize| self.rules.get(rule).is_none_or(|spec| !spec.has_limit());
        matches!(act, Act::Limit { rule, .. } if has_no_limit(*rule))
    }

    pub fn engine(&self) -> Engine {
        let mode = |(name, &(buffer, reserve)): (&&str, &(f64, f64))| Mode {
            name: (*name).into(),
            buffer,
            reserve,
        };
        let mut engine = Engine::new(Config {
            ordering: if self.strict { Ordering::StrictFifo } else { Ordering::WorkConserving },
            share: self.share,
            adaptive: self.adaptive,
            modes: MODES.iter().zip(&self.modes).map(mode).collect(),
            ..Config::default()
        })
        .unwrap();
        engine.set_wall_clock(self.offset + self.clock_error, 0.0);
        for (spec, id) in self.rules.iter().zip(IDS) {
            engine.add_rule(Rule::new(id, spec.limit(self.jitter)).unwrap(), 0.0);
        }
        engine
    }
}

pub fn eighths(n: f64) -> f64 {
    (n * 8.0).floor() / 8.0
}

/// All numbers are eighths, which floats hold exactly: the promise does not cover the last bit of a
/// clock.
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
            let is_fixed = rules.iter().any(|rule| rule.0 == Kind::Fixed);
            let clock_error = if is_fixed { eighths(error * jitter / 2.0) } else { 0.0 };
            let offset = 1_700_000_000_000.0 + f64::from(offset) / 8.0;
            let rules = rules
                .into_iter()
                .map(|(kind, limit, interval)| Spec { kind, limit, interval })
                .collect();
            Case { rules, jitter, offset, clock_error, strict, share, modes, adaptive: false }
        },
    )
}

/// The end of a request for the program.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// The permit is never released.
    Held,
    /// The request is not sent, and is refunded so many milliseconds after its grant.
    Unsent(f64),
    /// The server counts this part of its costs. The permit is released at that cost, so many
    /// milliseconds after the grant, but not before the request has arrived.
    Costs { part: f64, after: f64 },
}

#[derive(Clone, Debug)]
pub enum Act {
    /// Costs are fractions of the ceiling, and `delay` is a fraction of the longest delay.
    Submit {
        costs: Vec<f64>,
        class: usize,
        delay: f64,
        end: End,
    },
    Mode {
        mode: usize,
        duration: f64,
    },
    /// Sets a new limit of a window.
    Limit {
        rule: usize,
        limit: f64,
    },
}

#[derive(Clone, Debug)]
pub struct Event {
    pub gap: f64,
    /// How late the timer fires, in milliseconds.
    pub late: f64,
    pub act: Act,
}

pub fn event() -> impl Strategy<Value = Event> {
    let delay = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0f64];
    let gap = prop_oneof![3 => Just(0.0), 1 => 0.0..300.0f64];
    let late = prop_oneof![Just(0.0), 0.0..40.0f64];
    let cost = prop_oneof![1 => Just(0.0), 3 => 0.0..1.0f64];
    let after = || prop_oneof![Just(0.0), 0.0..700.0f64];
    let part = prop_oneof![1 => Just(0.0), 3 => 0.0..1.2f64];
    let end = prop_oneof![
        6 => Just(End::Held),
        2 => after().prop_map(End::Unsent),
        4 => (part, after()).prop_map(|(part, after)| End::Costs { part, after }),
    ];
    let act = prop_oneof![
        20 => (prop::collection::vec(cost, 3), 0usize..3, delay, end)
            .prop_map(|(costs, class, delay, end)| Act::Submit { costs, class, delay, end }),
        1 => (0usize..3, prop_oneof![Just(f64::INFINITY), 0.0..500.0f64])
            .prop_map(|(mode, duration)| Act::Mode { mode, duration: eighths(duration) }),
        1 => (0usize..3, 1u16..40).prop_map(|(rule, limit)| Act::Limit { rule, limit: f64::from(limit) }),
    ];
    (gap, late, act).prop_map(|(gap, late, act)| Event {
        gap: eighths(gap),
        late: eighths(late),
        act,
    })
}
