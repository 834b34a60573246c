//! The safety promise, attacked: what is granted is sent to models of the servers, each request delayed by up to the
//! jitter, at random or as badly as can be, in any order. None may be refused; and little may be lost. Meanwhile modes
//! come and go, limits are changed, and requests that were never sent are given back.

use crate::server_models::{Sent, Server};
use crate::support::{cases, poll_all};
use multi_throttler::{
    AlignedWindow, Config, Costs, Engine, Fields, FirstRequestWindow, Limit, Mode, Options, Ordering,
    Priority, Refusal, RollingWindow, Rule, Submission, Ticket, TokenBucket, Value,
};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Rolling,
    Aligned,
    FirstRequest,
    Bucket,
}

const KINDS: [Kind; 4] = [Kind::Rolling, Kind::Aligned, Kind::FirstRequest, Kind::Bucket];
const IDS: [&str; 3] = ["a", "b", "c"];
const MODES: [&str; 3] = ["normal", "careful", "urgent"];

#[derive(Clone, Debug)]
struct Spec {
    kind: Kind,
    limit: f64,
    interval: f64,
}

#[derive(Clone, Debug)]
struct Case {
    rules: Vec<Spec>,
    /// Of all rules, so that one delay is right for all.
    jitter: f64,
    /// Unix time less the engine's, and by how much the engine is wrong about that.
    offset: f64,
    clock_error: f64,
    strict: bool,
    share: f64,
    modes: Vec<(f64, f64)>,
}

impl Spec {
    fn limit(&self, jitter: f64) -> Limit {
        let Spec { kind, limit, interval } = *self;
        match kind {
            Kind::Rolling => RollingWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Aligned => AlignedWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::FirstRequest => FirstRequestWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Bucket => {
                TokenBucket::new(limit, limit / interval).unwrap().with_jitter(jitter).unwrap().into()
            }
        }
    }
}

impl Case {
    fn simple(kind: Kind, limit: f64, interval: f64, jitter: f64) -> Self {
        let (rules, modes) = (vec![Spec { kind, limit, interval }], vec![(0.0, 0.0); 3]);
        let offset = 1_700_000_000_000.0;
        Case { rules, jitter, offset, clock_error: 0.0, strict: false, share: 1.0, modes }
    }

    fn server(&self, rule: usize) -> Server {
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
    fn longest_delay(&self) -> f64 {
        (self.jitter - self.clock_error.abs() - 1e-6).max(0.0)
    }

    /// How long after its grant it may turn out that a request was never sent. Where the first request opens the window,
    /// one that has neither arrived nor been given back within the jitter is believed to have opened it.
    fn longest_refund(&self) -> f64 {
        let is_opened = self.rules.iter().any(|rule| rule.kind == Kind::FirstRequest);
        if is_opened { self.longest_delay() } else { f64::INFINITY }
    }

    fn engine(&self) -> Engine {
        let mode =
            |(name, &(buffer, reserve)): (&&str, &(f64, f64))| Mode { name: (*name).into(), buffer, reserve };
        let mut engine = Engine::new(Config {
            ordering: if self.strict { Ordering::StrictFifo } else { Ordering::WorkConserving },
            share: self.share,
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

fn eighths(n: f64) -> f64 {
    (n * 8.0).floor() / 8.0
}

/// Numbers of eighths, which floats hold exactly: the promise is not about the last bit of a clock.
fn case() -> impl Strategy<Value = Case> {
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
            Case { rules, jitter, offset, clock_error, strict, share, modes }
        },
    )
}

#[derive(Clone, Debug)]
enum Act {
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
struct Event {
    gap: f64,
    /// How late the timer is.
    late: f64,
    act: Act,
}

fn event() -> impl Strategy<Value = Event> {
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
struct Grant {
    at: f64,
    delay: f64,
    costs: Vec<f64>,
    limits: Vec<f64>,
    never_sent: bool,
}

/// The engine at work.
struct Run {
    engine: Engine,
    longest_refund: f64,
    limits: Vec<f64>,
    waiting: Vec<(Ticket, Request)>,
    granted: Vec<Grant>,
    /// When which of those granted is given back.
    refunds: Vec<(f64, Ticket, usize)>,
}

impl Run {
    fn new(case: &Case) -> Self {
        let limits = case.rules.iter().map(|spec| spec.limit).collect();
        let (engine, longest_refund) = (case.engine(), case.longest_refund());
        let (waiting, granted, refunds) = (Vec::new(), Vec::new(), Vec::new());
        Self { engine, longest_refund, limits, waiting, granted, refunds }
    }

    fn grant(&mut self, ticket: Ticket, Request { costs, delay, refund }: Request, at: f64) {
        if let Some(after) = refund {
            self.refunds.push((at + eighths(after.min(self.longest_refund)), ticket, self.granted.len()));
        }
        self.granted.push(Grant { at, delay, costs, limits: self.limits.clone(), never_sent: false });
    }

    fn poll(&mut self, at: f64) {
        for (ticket, outcome) in poll_all(&mut self.engine, at) {
            let place = self.waiting.iter().position(|(other, _)| *other == ticket).unwrap();
            let (_, request) = self.waiting.remove(place);
            match outcome {
                Ok(()) => self.grant(ticket, request, at),
                Err(Refusal::CostExceedsCapacity { .. }) => (),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Time passes. The timer is late, but never later than the next thing that happens.
    fn advance(&mut self, until: f64, late: f64) {
        loop {
            let refund = self.refunds.iter().map(|refund| refund.0).fold(f64::INFINITY, f64::min);
            let due = self.engine.due();
            if due.min(refund) > until || due.min(refund) == f64::INFINITY {
                return;
            }
            let at = (due + late).min(until).max(due).min(refund);
            if let Some(place) = self.refunds.iter().position(|refund| refund.0 == at) {
                let (_, ticket, index) = self.refunds.remove(place);
                assert!(self.engine.release(ticket, true, at));
                self.granted[index].never_sent = true;
            }
            self.poll(at);
        }
    }

    fn act(&mut self, act: &Act, now: f64) {
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
                    Err(Refusal::CostExceedsCapacity { .. }) => (),
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
fn grants(case: &Case, events: &[Event]) -> Vec<Grant> {
    let mut run = Run::new(case);
    let mut now = 0.0;
    for Event { gap, late, act } in events {
        now += gap;
        run.advance(now, *late);
        match act {
            // Of a bucket that changes while requests are on their way nothing can be promised.
            Act::Limit { rule, .. } if case.rules.get(*rule).is_none_or(|spec| spec.kind == Kind::Bucket) => {
            }
            act => run.act(act, now),
        }
    }
    run.act(&Act::Mode { mode: 0, duration: f64::INFINITY }, now);
    run.advance(f64::MAX, 0.0);
    assert!(run.waiting.is_empty(), "all are granted in the end");
    run.granted
}

/// Sends what was granted, each after its delay, and returns the first that a server refuses.
fn first_refusal(
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
fn worst_refusal(case: &Case, granted: &[Grant], longest: f64) -> Option<(f64, usize, Sent)> {
    granted.iter().find_map(|pivot| {
        first_refusal(case, granted, |grant| if grant.at < pivot.at { longest } else { 0.0 })
    })
}

proptest! {
    #![proptest_config(cases(30_000))]

    #[test]
    fn no_server_ever_refuses(case in case(), events in prop::collection::vec(event(), 1..60)) {
        let granted = grants(&case, &events);
        let longest = case.longest_delay();
        let refusal = first_refusal(&case, &granted, |grant| grant.delay * longest);
        prop_assert!(refusal.is_none(), "{:?}", refusal);
        let refusal = worst_refusal(&case, &granted, longest);
        prop_assert!(refusal.is_none(), "{:?} {:?}", refusal, granted);
    }

    /// A saturated rule passes at least `1 - 2 * jitter / interval` of what the server would have accepted, and in a
    /// mode or for a share that part of what these leave.
    #[test]
    fn little_is_lost(case in case(), kind in 0usize..4, class in 0usize..3, mode in 0usize..3) {
        let spec = Spec { kind: KINDS[kind], ..case.rules[0].clone() };
        let case = Case { rules: vec![spec.clone()], ..case };
        let mut engine = case.engine();
        engine.set_mode(MODES[mode], f64::INFINITY, 0.0).unwrap();
        let mut one = Costs::default();
        one.add(engine.slot("a", 0.0).unwrap(), 1.0);
        let options = Options { priority: Priority::ALL[class], ..Options::default() };
        let (buffer, reserve) = case.modes[mode];
        let shared = if case.share < 1.0 { (spec.limit * case.share).floor().max(1.0) } else { spec.limit };
        let critical = if buffer > 0.0 { (shared * (1.0 - buffer)).floor() } else { shared };
        let limit = if class > 0 { critical - (critical * reserve).floor() } else { critical };
        // A bucket of which the jitter and the reserve leave less than one token grants no such request at all.
        if engine.status(0.0)[0].capacity - (critical - limit) < 1.0 {
            return Ok(());
        }
        let until = 50.0 * spec.interval;
        let (mut now, mut passed) = (0.0, 0.0);
        while now <= until {
            match engine.submit(&one, options, now).unwrap() {
                Submission::Waiting(_) => {
                    now = engine.due();
                    passed += poll_all(&mut engine, now).len() as f64;
                }
                _ => passed += 1.0,
            }
        }
        let promised = (1.0 - 2.0 * case.jitter / spec.interval) * limit * 50.0 - limit;
        prop_assert!(passed >= promised, "{} of {}, promised {}", passed, limit * 50.0, promised);
    }

    /// A bucket whose capacity and rate are changed, at the server and here at the same instant.
    #[test]
    fn a_bucket_that_changes_is_never_overdrawn(
        start in 1u16..30,
        changes in prop::collection::vec((0.0..500.0f64, 1u16..30, 1u16..300), 1..8),
    ) {
        let case = Case::simple(Kind::Bucket, f64::from(start), 256.0, 0.0);
        let mut run = Run::new(&case);
        let Server::Bucket { mut capacity, mut rate, mut tokens, mut filled } = case.server(0) else { panic!() };
        let mut now = 0.0;
        for (time, limit, seconds) in changes {
            for _ in 0..20 {
                run.act(&Act::Submit { costs: vec![0.3, 0.0, 0.0], class: 1, delay: 0.0, refund: None }, now);
            }
            now += eighths(time);
            run.advance(now, 0.0);
            let mut server = Server::Bucket { capacity, rate, tokens, filled };
            for (order, grant) in run.granted.drain(..).enumerate() {
                let sent = Sent { order, cost: grant.costs[0], limit: capacity };
                prop_assert!(server.accepts(grant.at, sent));
            }
            let Server::Bucket { tokens: left, filled: at, .. } = server else { panic!() };
            let (new, new_rate) = (f64::from(limit), f64::from(limit) / f64::from(seconds));
            tokens = capacity.min(left + (now - at) * rate).min(new);
            (capacity, rate, filled) = (new, new_rate, now);
            let patch = [("capacity", Value::Number(new)), ("refillRate", Value::Number(new_rate))];
            run.engine.update_rule("a", &Fields::from_iter(patch), now).unwrap();
            run.limits[0] = new;
            run.poll(now);
        }
    }
}

#[test]
fn without_jitter_the_worst_case_is_refused() {
    // The attack has teeth: an engine that allows for less jitter than there is gets refused.
    for kind in KINDS {
        let honest = Case::simple(kind, 10.0, 1000.0, 100.0);
        let careless = Case { jitter: 0.0, ..honest.clone() };
        let act = Act::Submit { costs: vec![0.1, 0.0, 0.0], class: 1, delay: 0.0, refund: None };
        let mut events = vec![Event { gap: 0.0, late: 0.0, act }; 60];
        // Just before an edge of the calendar.
        events[0].gap = 950.0;
        let refused = |case: &Case| worst_refusal(case, &grants(case, &events), 100.0).is_some();
        assert!(refused(&careless), "{kind:?}");
        assert!(!refused(&honest), "{kind:?}");
    }
}
