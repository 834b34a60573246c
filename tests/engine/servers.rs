//! The safety promise, attacked: what is granted is sent to models of the servers, each request delayed by up to the
//! jitter, at random or as badly as can be, in any order. None may be refused; and little may be lost.

use crate::support::{costs, poll_all};
use multi_throttler::{
    AlignedWindow, Engine, FirstRequestWindow, Limit, Options, RollingWindow, Rule, Submission, TokenBucket,
};
use proptest::prelude::*;

/// A server that counts.
trait Server {
    /// Whether it accepts a request that arrives at `at`. Called in the order of arrival.
    fn accept(&mut self, at: f64, cost: f64) -> bool;
}

struct Sliding {
    limit: f64,
    interval: f64,
    log: Vec<(f64, f64)>,
}

impl Server for Sliding {
    fn accept(&mut self, at: f64, cost: f64) -> bool {
        self.log.retain(|(time, _)| at - time <= self.interval);
        self.log.push((at, cost));
        self.log.iter().map(|(_, cost)| cost).sum::<f64>() <= self.limit
    }
}

struct Aligned {
    limit: f64,
    interval: f64,
    /// Unix time less the engine's.
    offset: f64,
    window: f64,
    used: f64,
}

impl Server for Aligned {
    fn accept(&mut self, at: f64, cost: f64) -> bool {
        let window = ((at + self.offset) / self.interval).floor();
        if window != self.window {
            (self.window, self.used) = (window, 0.0);
        }
        self.used += cost;
        self.used <= self.limit
    }
}

struct FromFirst {
    limit: f64,
    interval: f64,
    opened: f64,
    used: f64,
}

impl Server for FromFirst {
    fn accept(&mut self, at: f64, cost: f64) -> bool {
        if at - self.opened > self.interval {
            (self.opened, self.used) = (at, 0.0);
        }
        self.used += cost;
        self.used <= self.limit
    }
}

struct Bucket {
    capacity: f64,
    rate: f64,
    tokens: f64,
    filled: f64,
}

impl Server for Bucket {
    fn accept(&mut self, at: f64, cost: f64) -> bool {
        self.tokens = self.capacity.min(self.tokens + (at - self.filled) * self.rate);
        self.filled = at;
        self.tokens -= cost;
        self.tokens >= -1e-6
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Rolling,
    Aligned,
    FirstRequest,
    Bucket,
}

#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    limit: f64,
    interval: f64,
    jitter: f64,
    offset: f64,
    clock_error: f64,
}

impl Case {
    fn limit(&self) -> Limit {
        let Case { limit, interval, jitter, .. } = *self;
        match self.kind {
            Kind::Rolling => RollingWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Aligned => AlignedWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::FirstRequest => FirstRequestWindow::new(limit, interval, jitter).unwrap().into(),
            Kind::Bucket => {
                TokenBucket::new(limit, limit / interval).unwrap().with_jitter(jitter).unwrap().into()
            }
        }
    }

    fn server(&self) -> Box<dyn Server> {
        let Case { limit, interval, offset, .. } = *self;
        match self.kind {
            Kind::Rolling => Box::new(Sliding { limit, interval, log: Vec::new() }),
            Kind::Aligned => Box::new(Aligned { limit, interval, offset, window: -1.0, used: 0.0 }),
            Kind::FirstRequest => {
                Box::new(FromFirst { limit, interval, opened: f64::NEG_INFINITY, used: 0.0 })
            }
            Kind::Bucket => {
                Box::new(Bucket { capacity: limit, rate: limit / interval, tokens: limit, filled: 0.0 })
            }
        }
    }

    /// The longest way to the server, once the difference of the clocks is allowed for. A nanosecond less, since the
    /// sum of a time and the delay is rounded, which must not make the delay longer than the jitter.
    fn longest_delay(&self) -> f64 {
        (self.jitter - self.clock_error.abs() - 1e-6).max(0.0)
    }

    fn engine(&self) -> Engine {
        let mut engine = Engine::default();
        engine.set_calendar(self.offset + self.clock_error, 0.0);
        engine.add_rule(Rule::new("a", self.limit()).unwrap(), 0.0);
        engine
    }
}

/// Numbers of eighths, which floats hold exactly: the promise is not about the last bit of a clock.
fn case() -> impl Strategy<Value = Case> {
    let kind =
        prop_oneof![Just(Kind::Rolling), Just(Kind::Aligned), Just(Kind::FirstRequest), Just(Kind::Bucket)];
    (kind, 1u16..30, 64u32..4096, 0.0..0.499f64, 0u32..8192, -1.0..1.0f64).prop_map(
        |(kind, limit, interval, part, offset, error)| {
            let eighths = |n: f64| n.floor() / 8.0;
            let interval = f64::from(interval) / 8.0;
            let jitter = eighths(part * interval * 8.0);
            let clock_error = if matches!(kind, Kind::Aligned) { eighths(error * jitter * 4.0) } else { 0.0 };
            let offset = 1_700_000_000_000.0 + f64::from(offset) / 8.0;
            Case { kind, limit: f64::from(limit), interval, jitter, offset, clock_error }
        },
    )
}

#[derive(Clone, Debug)]
struct Arrival {
    gap: f64,
    cost: f64,
    /// As part of the longest delay; many are the extremes.
    delay: f64,
    /// How late the timer is.
    late: f64,
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let delay = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0f64];
    let gap = prop_oneof![3 => Just(0.0), 1 => 0.0..300.0f64];
    let late = prop_oneof![Just(0.0), 0.0..40.0f64];
    (gap, 0.0..1.0f64, delay, late).prop_map(|(gap, cost, delay, late)| Arrival { gap, cost, delay, late })
}

/// All that the engine grants of these requests: when, and for which of them.
fn grants(case: &Case, arrivals: &[Arrival]) -> Vec<(f64, usize, f64)> {
    let mut engine = case.engine();
    let capacity = engine.status(0.0)[0].capacity;
    let eighths = |n: f64| (n * 8.0).floor() / 8.0;
    let mut waiting = Vec::new();
    let mut granted = Vec::new();
    let mut now: f64 = 0.0;
    let mut drain =
        |engine: &mut Engine, waiting: &mut Vec<_>, granted: &mut Vec<_>, until: f64, late: f64| {
            while engine.due() <= until && engine.due() < f64::INFINITY {
                // A late timer, but never later than the next call.
                let at = (engine.due() + late).min(until).max(engine.due());
                for (ticket, outcome) in poll_all(engine, at) {
                    assert_eq!(outcome, Ok(()));
                    let position = waiting.iter().position(|(other, _, _)| *other == ticket).unwrap();
                    let (_, index, cost) = waiting.remove(position);
                    granted.push((at, index, cost));
                }
                now = now.max(at);
            }
        };
    let mut time = 0.0;
    for (index, arrival) in arrivals.iter().enumerate() {
        time += eighths(arrival.gap);
        drain(&mut engine, &mut waiting, &mut granted, time, eighths(arrival.late));
        let cost = (arrival.cost * capacity).ceil().min(capacity.floor());
        if cost < 1.0 {
            continue;
        }
        let costs = costs(&engine, &[("a", cost)]);
        match engine.submit(&costs, Options::default(), time).unwrap() {
            Submission::Granted => granted.push((time, index, cost)),
            Submission::Waiting(ticket) => waiting.push((ticket, index, cost)),
        }
    }
    drain(&mut engine, &mut waiting, &mut granted, f64::MAX, 0.0);
    assert!(waiting.is_empty(), "all are granted in the end");
    granted
}

/// Sends grants to the server, each after its delay, and returns the first that is refused.
fn first_refusal(case: &Case, mut sent: Vec<(f64, f64)>) -> Option<(f64, f64)> {
    let mut server = case.server();
    sent.sort_by(|a, b| a.0.total_cmp(&b.0));
    sent.into_iter().find(|&(at, cost)| !server.accept(at, cost))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30_000, ..ProptestConfig::default() })]

    #[test]
    fn no_server_ever_refuses(case in case(), arrivals in prop::collection::vec(arrival(), 1..60)) {
        let granted = grants(&case, &arrivals);
        let longest = case.longest_delay();
        let random = granted.iter().map(|&(at, index, cost)| (at + arrivals[index].delay * longest, cost)).collect();
        prop_assert_eq!(first_refusal(&case, random), None);
        // As badly as can be: everything up to an instant as late as possible, all after it at once, for each instant.
        for &(pivot, _, _) in &granted {
            let worst = granted.iter().map(|&(at, _, cost)| (if at < pivot { at + longest } else { at }, cost)).collect();
            prop_assert_eq!(first_refusal(&case, worst), None);
        }
    }

    /// A saturated rule passes at least `1 - 2 * jitter / interval` of what the server would have accepted.
    #[test]
    fn little_is_lost(case in case()) {
        let mut engine = case.engine();
        let one = costs(&engine, &[("a", 1.0)]);
        // A bucket of which the jitter leaves less than one token grants no such request at all.
        prop_assume!(engine.status(0.0)[0].capacity >= 1.0);
        let until = 50.0 * case.interval;
        let (mut now, mut passed) = (0.0, 0.0);
        while now <= until {
            match engine.submit(&one, Options::default(), now).unwrap() {
                Submission::Granted => passed += 1.0,
                Submission::Waiting(_) => {
                    now = engine.due();
                    passed += poll_all(&mut engine, now).len() as f64;
                }
            }
        }
        let possible = case.limit * 50.0;
        let promised = (1.0 - 2.0 * case.jitter / case.interval) * possible - case.limit;
        prop_assert!(passed >= promised, "{} of {}, promised {}", passed, possible, promised);
    }
}

#[test]
fn without_jitter_the_worst_case_is_refused() {
    // The attack has teeth: an engine that allows for less jitter than there is gets refused.
    for kind in [Kind::Rolling, Kind::Aligned, Kind::FirstRequest, Kind::Bucket] {
        let honest = Case {
            kind,
            limit: 10.0,
            interval: 1000.0,
            jitter: 100.0,
            offset: 1_700_000_000_000.0,
            clock_error: 0.0,
        };
        let careless = Case { jitter: 0.0, ..honest.clone() };
        let mut arrivals = vec![Arrival { gap: 0.0, cost: 0.1, delay: 0.0, late: 0.0 }; 60];
        // Just before an edge of the calendar.
        arrivals[0].gap = 950.0;
        let refused = |case: &Case| {
            let granted = grants(case, &arrivals);
            granted.iter().any(|&(pivot, _, _)| {
                let delayed = |at| if at < pivot { at + 100.0 } else { at };
                first_refusal(case, granted.iter().map(|&(at, _, cost)| (delayed(at), cost)).collect())
                    .is_some()
            })
        };
        assert!(refused(&careless), "{kind:?}");
        assert!(!refused(&honest), "{kind:?}");
    }
}
