//! Random configurations, rules and calls for the engine and the oracle.

use crate::model::oracle::rules::{Kind, QUARTER, Rule as ModelRule, TICKS, TOKEN};
use crate::model::oracle::{Cost, Mode, Settings};
use multi_throttler_engine::{
    Concurrency, Config, FirstRequestWindow, FixedWindow, Limit, MaxWaiting, Mode as EngineMode,
    Ordering, Overflow, RollingWindow, Rule, Spacing, TokenBucket,
};
use proptest::prelude::*;

pub const RULES: usize = 3;
/// Names of the modes. The first one is the start mode.
pub const MODES: [&str; 3] = ["normal", "careful", "urgent"];

/// A rule before it is decided whether amounts may be any fraction.
#[derive(Clone, Debug)]
pub struct Shape {
    kind: u8,
    /// Tokens that a bucket gains in `millis`.
    tokens: i128,
    millis: i128,
    /// The limit in quarters of a token.
    limit: i128,
    /// The interval in ticks.
    interval: i128,
    jitter: i128,
}

pub fn shape() -> impl Strategy<Value = Shape> {
    (0u8..9, 0i128..6, 1i128..30, 1i128..40, 8i128..300, 0i128..60).prop_map(
        |(kind, tokens, millis, limit, interval, jitter)| Shape {
            kind,
            tokens,
            millis,
            limit,
            interval,
            jitter,
        },
    )
}

impl Shape {
    /// Makes the jitter sound: a bucket keeps some capacity, in whole floats, and a window more
    /// than its edges.
    pub fn sound(self) -> Self {
        let jitter = match self.kind {
            0..=2 if self.fits(self.jitter / 4) && self.millis & (self.millis - 1) == 0 => {
                self.jitter / 4
            }
            8 => self.jitter,
            0..=2 | 7.. => 0,
            _ => self.jitter.min((self.interval - 1) / 2),
        };
        Self { jitter, ..self }
    }

    /// Whether a bucket is not full again within this time.
    fn fits(&self, jitter: i128) -> bool {
        self.refill() * jitter < self.limit * QUARTER
    }

    /// Makes amounts powers of two. Modes and shares scale refills, and only these keep floats
    /// exact: the engine is compared with integers and not tested for its last bit.
    pub fn dyadic(&self) -> Self {
        let power = |n: i128| 1 << (127 - n.leading_zeros());
        Self { millis: power(self.millis), limit: power(self.limit).max(4), ..self.clone() }
    }

    /// A rule of the same kind with the numbers of another shape, as far as `update_rule` is
    /// tested. `None` if the jitter leaves it no capacity.
    pub fn updated(&self, other: &Shape) -> Option<Self> {
        let updated =
            Self { tokens: other.tokens, millis: other.millis, limit: other.limit, ..self.clone() };
        let interval = if self.is_spacing() { other.interval } else { self.interval };
        let updated = Self { interval, ..updated };
        Some(updated).filter(|updated| !updated.is_bucket() || updated.fits(updated.jitter))
    }

    fn refill(&self) -> i128 {
        self.tokens * TOKEN / (self.millis * TICKS)
    }

    pub fn model_rule<K: Clone + PartialEq>(&self) -> ModelRule<K> {
        let interval = self.interval;
        let kind = match self.kind {
            0..=1 => Kind::Bucket { refill: self.refill(), debt: false },
            2 => Kind::Bucket { refill: self.refill(), debt: true },
            3..=4 => Kind::Rolling { interval },
            5 => Kind::Fixed { interval },
            6 => Kind::FirstRequest { interval },
            7 => Kind::Concurrency,
            _ => Kind::Spacing { interval },
        };
        let limit = if self.is_spacing() { TOKEN } else { self.limit * QUARTER };
        ModelRule::new(kind, limit, self.jitter)
    }

    pub fn rate(&self) -> f64 {
        self.tokens as f64 / self.millis as f64
    }

    pub fn limit(&self) -> f64 {
        self.limit as f64 / 4.0
    }

    pub fn rule(&self, index: usize) -> Rule {
        let (limit, interval, jitter) = (self.limit(), millis(self.interval), millis(self.jitter));
        let bucket = || TokenBucket::new(limit, self.rate()).unwrap().with_jitter(jitter).unwrap();
        let limit: Limit = match self.kind {
            0..=1 => bucket().into(),
            2 => bucket().with_debt().unwrap().into(),
            3..=4 => RollingWindow::new(limit, interval, jitter).unwrap().into(),
            5 => FixedWindow::new(limit, interval, jitter).unwrap().into(),
            6 => FirstRequestWindow::new(limit, interval, jitter).unwrap().into(),
            7 => Concurrency::new(limit).unwrap().into(),
            _ => Spacing::new(interval).unwrap().with_jitter(jitter).unwrap().into(),
        };
        Rule::new(index.to_string(), limit).unwrap()
    }

    pub fn is_spacing(&self) -> bool {
        self.kind == 8
    }

    /// The interval in milliseconds.
    pub fn interval(&self) -> f64 {
        millis(self.interval)
    }

    /// Whether the limit is called capacity.
    pub fn is_bucket(&self) -> bool {
        self.kind < 3
    }
}

/// Milliseconds of some ticks, which a float holds exactly.
pub fn millis(ticks: i128) -> f64 {
    if ticks == i128::MAX { f64::INFINITY } else { ticks as f64 / TICKS as f64 }
}

/// Tokens of some atoms. The fraction is reduced first, as a float does not hold all atoms.
pub fn tokens(atoms: i128) -> f64 {
    let (mut divisor, mut rest) = (TOKEN, atoms.abs());
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (atoms / divisor) as f64 / (TOKEN / divisor) as f64
}

/// The outcome of a request whose permit is released.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// The request cost as much as it was charged.
    Charged,
    Unsent,
    /// The request cost so many quarters of its charge.
    Cost(i128),
}

/// A call. Indices of rules and requests are taken modulo how many there are.
#[derive(Clone, Debug)]
pub enum Step {
    Submit {
        standing: (usize, i128),
        costs: Vec<Cost>,
        max_wait: Option<i128>,
        permit: bool,
    },
    Try {
        standing: (usize, i128),
        costs: Vec<Cost>,
    },
    Cancel(usize),
    Release {
        who: usize,
        end: End,
    },
    SetPriority(usize, (usize, i128)),
    Pass(i128),
    SetTokens(usize, i128),
    Reset,
    Replace(usize, Shape),
    Update(usize, Shape),
    Remove(usize),
    Clear,
    /// Pauses one rule or all, without an end if there is no time.
    Pause(Option<usize>, Option<i128>),
    Resume(Option<usize>),
    Mode(usize, Option<i128>),
    /// Limits how long a permit is held, in ticks from its grant.
    Lease(usize, i128),
    Configure(Change),
}

/// A class and a rank, most often the default one.
fn standing() -> impl Strategy<Value = (usize, i128)> {
    (0usize..3, prop_oneof![4 => Just(0), 2 => -2i128..=2, 1 => Just(-1000), 1 => Just(1000)])
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        2 => Just(End::Charged),
        2 => Just(End::Unsent),
        2 => (0i128..=5).prop_map(End::Cost),
    ]
}

pub fn step() -> impl Strategy<Value = Step> {
    let cost = (0..RULES, 0i128..12);
    let costs = || prop::collection::vec(cost.clone(), 0..4).prop_map(merged);
    let max_wait = prop::option::weighted(0.3, 0i128..400);
    let one_or_all = || prop::option::weighted(0.7, 0..RULES);
    let time = || prop::option::weighted(0.8, 1i128..300);
    prop_oneof![
        16 => (standing(), costs(), max_wait, any::<bool>())
            .prop_map(|(standing, costs, max_wait, permit)| Step::Submit { standing, costs, max_wait, permit }),
        2 => (standing(), costs()).prop_map(|(standing, costs)| Step::Try { standing, costs }),
        8 => (1i128..120).prop_map(Step::Pass),
        3 => any::<usize>().prop_map(Step::Cancel),
        4 => (any::<usize>(), end()).prop_map(|(who, end)| Step::Release { who, end }),
        2 => (any::<usize>(), standing()).prop_map(|(who, standing)| Step::SetPriority(who, standing)),
        1 => (0..RULES, 0i128..50).prop_map(|(rule, quarters)| Step::SetTokens(rule, quarters)),
        1 => Just(Step::Reset),
        2 => (0..RULES, shape()).prop_map(|(rule, shape)| Step::Replace(rule, shape)),
        2 => (0..RULES, shape()).prop_map(|(rule, shape)| Step::Update(rule, shape)),
        1 => (0..RULES).prop_map(Step::Remove),
        1 => Just(Step::Clear),
        1 => (one_or_all(), time()).prop_map(|(rule, ticks)| Step::Pause(rule, ticks)),
        1 => one_or_all().prop_map(Step::Resume),
        2 => (0..MODES.len(), time()).prop_map(|(mode, ticks)| Step::Mode(mode, ticks)),
        2 => (any::<usize>(), 0i128..300).prop_map(|(who, ticks)| Step::Lease(who, ticks)),
        2 => change().prop_map(Step::Configure),
    ]
}

/// Merges costs so that each rule occurs once, as in an object with its id as the key.
fn merged(costs: Vec<(usize, i128)>) -> Vec<Cost> {
    let sum = |rule| {
        costs.iter().filter(|cost| cost.0 == rule).map(|cost| cost.1 * QUARTER).sum::<i128>()
    };
    (0..RULES)
        .filter(|&rule| costs.iter().any(|cost| cost.0 == rule))
        .map(|rule| (rule, sum(rule)))
        .collect()
}

fn max_waiting() -> impl Strategy<Value = Result<usize, [usize; 3]>> {
    prop_oneof![
        3 => (0usize..20).prop_map(Ok),
        1 => [0usize..8, 0usize..8, 0usize..8].prop_map(Err),
    ]
}

fn overflow() -> impl Strategy<Value = Overflow> {
    prop_oneof![Just(Overflow::Reject), Just(Overflow::DropLowest), Just(Overflow::DropOldest)]
}

/// Whether the order is strict, and the number of reservations.
fn order() -> impl Strategy<Value = (bool, usize)> {
    (prop::bool::weighted(0.3), prop_oneof![2 => Just(64_usize), 1 => 0usize..6])
}

fn aging() -> impl Strategy<Value = Option<i128>> {
    prop::option::weighted(0.3, 1i128..200)
}

/// A share and modes.
fn quota() -> impl Strategy<Value = (i128, Vec<Mode>)> {
    let mode = (0i128..6, 0i128..6).prop_map(|(buffer, reserve)| Mode { buffer, reserve });
    (1i128..=8, prop::collection::vec(mode, MODES.len()))
}

/// Settings, and whether amounts are dyadic.
pub fn settings() -> impl Strategy<Value = (Settings, bool)> {
    let none = Just(vec![Mode { buffer: 0, reserve: 0 }; MODES.len()]);
    let plain = (Just(8), none).prop_map(|quota| (quota, false));
    let quota = prop_oneof![plain, quota().prop_map(|quota| (quota, true))];
    (order(), max_waiting(), overflow(), aging(), quota).prop_map(
        |((strict, reservations), max_waiting, overflow, aging, ((share, modes), dyadic))| {
            let settings =
                Settings { strict, reservations, max_waiting, overflow, aging, share, modes };
            (settings, dyadic)
        },
    )
}

/// A change of some settings.
#[derive(Clone, Debug)]
pub enum Change {
    MaxWaiting(Result<usize, [usize; 3]>),
    Overflow(Overflow),
    Order(bool, usize),
    Aging(Option<i128>),
    Quota(i128, Vec<Mode>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        max_waiting().prop_map(Change::MaxWaiting),
        overflow().prop_map(Change::Overflow),
        order().prop_map(|(strict, reservations)| Change::Order(strict, reservations)),
        aging().prop_map(Change::Aging),
        quota().prop_map(|(share, modes)| Change::Quota(share, modes)),
    ]
}

/// The configuration of an engine with these settings.
pub fn config(settings: &Settings) -> Config {
    let modes = MODES.iter().zip(&settings.modes).map(|(name, mode)| EngineMode {
        name: (*name).into(),
        buffer: mode.buffer as f64 / 8.0,
        reserve: mode.reserve as f64 / 8.0,
    });
    Config {
        max_waiting: match settings.max_waiting {
            Ok(total) => MaxWaiting::Total(total as f64),
            Err(limits) => MaxWaiting::PerPriority(limits.map(|limit| limit as f64)),
        },
        ordering: if settings.strict { Ordering::StrictFifo } else { Ordering::WorkConserving },
        reservations: settings.reservations,
        overflow: settings.overflow,
        aging: settings.aging.map_or(f64::INFINITY, millis),
        share: settings.share as f64 / 8.0,
        modes: modes.collect(),
        ..Config::default()
    }
}
