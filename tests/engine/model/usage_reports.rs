//! Usage reports of a server that counts: responses in any order, with and without other clients.

use crate::support::{cases, costs, engine, rule, tokens};
use multi_throttler_engine::{
    Engine, FirstRequestWindow, FixedWindow, Limit, Options, Priority, Rank, Report, RollingWindow,
    Submission, Ticket, Usage,
};
use proptest::prelude::*;

const PERMIT: Options = Options {
    priority: Priority::Normal,
    rank: Rank::DEFAULT,
    max_wait: f64::INFINITY,
    permit: true,
};
const LIMIT: f64 = 1000.0;
const INTERVAL: f64 = 5000.0;
const JITTER: f64 = 200.0;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Fixed,
    Rolling,
    FirstRequest,
}

impl Kind {
    fn limit(self) -> Limit {
        match self {
            Kind::Fixed => FixedWindow::new(LIMIT, INTERVAL, JITTER).unwrap().into(),
            Kind::Rolling => RollingWindow::new(LIMIT, INTERVAL, JITTER).unwrap().into(),
            Kind::FirstRequest => FirstRequestWindow::new(LIMIT, INTERVAL, JITTER).unwrap().into(),
        }
    }
}

/// A request of the bot or of another client. Its fields are the time since the one before, its
/// cost, and the times to the server and back.
#[derive(Clone, Copy, Debug)]
struct Sending {
    gap: u16,
    cost: u8,
    /// The part of the cost that the server counts, at which the permit is released.
    counted: u8,
    /// Whether the response has the usage.
    reports: bool,
    there: u16,
    back: u16,
    own: bool,
}

/// Sendings, with other clients or without. With `at_cost` requests may turn out to cost less than
/// they were charged, and responses may have no usage.
fn sendings(others: bool, at_cost: bool) -> impl Strategy<Value = Vec<Sending>> {
    let gap = prop_oneof![3 => Just(0), 3 => 0_u16..100, 1 => 0_u16..3000];
    let counted = (0_u8..8, any::<bool>());
    let one = (gap, 1_u8..4, counted, 0..JITTER as u16, 0_u16..1500, any::<bool>());
    let one = one.prop_map(move |(gap, cost, (counted, reports), there, back, own)| Sending {
        gap,
        cost,
        // The twin would not open a window for nothing.
        counted: if at_cost { counted.clamp(1, cost) } else { cost },
        reports: reports || !at_cost,
        there,
        back,
        own: own || !others,
    });
    prop::collection::vec(one, 1..60)
}

#[derive(Clone, Debug)]
enum Event {
    Send(Sending),
    Arrive(Sending, Option<Ticket>),
    Response { sending: Sending, ticket: Ticket, used: f64, responded_at: f64 },
}

/// The usage that the server counts.
#[derive(Debug)]
struct Counter {
    kind: Kind,
    log: Vec<(f64, f64)>,
    opened: f64,
}

impl Counter {
    fn count(&mut self, cost: f64, at: f64) -> f64 {
        match self.kind {
            Kind::Fixed => {
                self.log.retain(|(time, _)| (time / INTERVAL).floor() == (at / INTERVAL).floor())
            }
            Kind::Rolling => self.log.retain(|(time, _)| at - time <= INTERVAL),
            Kind::FirstRequest if at - self.opened > INTERVAL => {
                self.opened = at;
                self.log.clear();
            }
            Kind::FirstRequest => {}
        }
        self.log.push((at, cost));
        self.log.iter().map(|entry| entry.1).sum()
    }
}

struct Simulation {
    engine: Engine,
    twin: Engine,
    counter: Counter,
    events: Vec<(f64, usize, Event)>,
    /// Tickets and costs that are in flight.
    in_flight: Vec<(Ticket, f64)>,
    scheduled: usize,
}

impl Simulation {
    fn new(kind: Kind, sendings: &[Sending]) -> Self {
        let mut simulation = Self {
            engine: engine([rule("w", kind.limit())]),
            twin: engine([rule("w", kind.limit())]),
            counter: Counter { kind, log: Vec::new(), opened: f64::NEG_INFINITY },
            events: Vec::new(),
            in_flight: Vec::new(),
            scheduled: 0,
        };
        let mut at = 0.0;
        for &sending in sendings {
            at += f64::from(sending.gap);
            simulation.at(at, Event::Send(sending));
        }
        simulation
    }

    fn at(&mut self, at: f64, event: Event) {
        self.scheduled += 1;
        self.events.push((at, self.scheduled, event));
        self.events.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    }

    /// Handles the next event. Returns the usage that the server reported, and when, if it is a
    /// response.
    fn step(&mut self, now: f64, event: Event) -> Option<(f64, f64)> {
        match event {
            // At the edge of a window from the first request no request can be sent.
            Event::Send(sending) if sending.own && remaining(&mut self.engine, now) < 10.0 => None,
            Event::Send(sending) => {
                let ticket = sending.own.then(|| {
                    let counted = costs(&mut self.twin, &[("w", f64::from(sending.counted))]);
                    let costs = costs(&mut self.engine, &[("w", f64::from(sending.cost))]);
                    assert_eq!(
                        self.twin.submit(&counted, Options::default(), now),
                        Ok(Submission::Granted)
                    );
                    match self.engine.submit(&costs, PERMIT, now) {
                        Ok(Submission::Held(ticket)) => ticket,
                        other => panic!("{other:?}"),
                    }
                });
                self.in_flight.extend(ticket.map(|ticket| (ticket, f64::from(sending.cost))));
                self.at(now + f64::from(sending.there), Event::Arrive(sending, ticket));
                None
            }
            Event::Arrive(sending, ticket) => {
                let used = self.counter.count(f64::from(sending.counted), now);
                if let Some(ticket) = ticket {
                    let answer = Event::Response { sending, ticket, used, responded_at: now };
                    self.at(now + f64::from(sending.back), answer);
                }
                None
            }
            Event::Response { sending, ticket, used, responded_at } => {
                let reported = sending.reports.then_some(used);
                let usage = [Usage { rule: "w", used: reported, ..Usage::default() }];
                let date = Some((responded_at / 1000.0).floor() * 1000.0);
                let report = Report {
                    status: 200,
                    date,
                    permit: Some(ticket),
                    usage: &usage,
                    ..Report::default()
                };
                self.engine.report(&report, now).unwrap();
                self.in_flight.retain(|entry| entry.0 != ticket);
                let counted = costs(&mut self.engine, &[("w", f64::from(sending.counted))]);
                assert!(self.engine.release_at_cost(ticket, &counted, now));
                reported.map(|used| (used, responded_at))
            }
        }
    }
}

/// Plays all events and calls `check` after each. No request waits here: only the remaining tokens
/// are of interest.
fn play(
    kind: Kind,
    sendings: &[Sending],
    mut check: impl FnMut(&mut Simulation, f64, Option<(f64, f64)>),
) {
    let mut simulation = Simulation::new(kind, sendings);
    while let Some((now, _, event)) = simulation.events.pop() {
        let reported = simulation.step(now, event);
        check(&mut simulation, now, reported);
    }
}

fn remaining(engine: &mut Engine, now: f64) -> f64 {
    tokens(engine, "w", now)
}

proptest! {
    #![proptest_config(cases(2000))]

    /// The engine assumes no more usage than what was granted plus, once more, what is in flight.
    #[test]
    fn reports_cost_nothing_without_others(
        kind in prop_oneof![Just(Kind::Fixed), Just(Kind::Rolling), Just(Kind::FirstRequest)],
        sendings in sendings(false, false),
    ) {
        play(kind, &sendings, |simulation, now, _| {
            let in_flight: f64 = simulation.in_flight.iter().map(|entry| entry.1).sum();
            let (remaining, alone) = (remaining(&mut simulation.engine, now), remaining(&mut simulation.twin, now));
            assert!(remaining <= alone, "{remaining} remain, {alone} without reports");
            assert!(remaining >= alone - in_flight, "{remaining} remain, {alone} without reports, {in_flight} are in flight");
        });
    }

    /// While the window of a report lasts, no more remains than it showed, whatever comes after.
    #[test]
    fn remaining_never_exceeds_the_report(
        kind in prop_oneof![Just(Kind::Fixed), Just(Kind::FirstRequest)],
        sendings in sendings(true, true),
    ) {
        let mut reported_in_window: Option<(f64, f64)> = None;
        play(kind, &sendings, |simulation, now, reported| {
            if let (Kind::Fixed, Some((used, responded_at))) = (kind, reported) {
                let window = (responded_at / INTERVAL).floor();
                let most = reported_in_window.filter(|last| last.0 == window).map_or(used, |last| last.1.max(used));
                reported_in_window = reported_in_window.filter(|last| last.0 > window).or(Some((window, most)));
            }
            if let Some((window, used)) = reported_in_window.filter(|last| last.0 == (now / INTERVAL).floor()) {
                let remaining = remaining(&mut simulation.engine, now);
                assert!(remaining <= LIMIT - used, "{remaining} remain, {used} were reported in {window}");
            }
            let (remaining, alone) = (remaining(&mut simulation.engine, now), remaining(&mut simulation.twin, now));
            assert!(remaining <= alone, "{remaining} remain, {alone} with the actual costs alone");
        });
    }

    /// After all responses, and with the others silent, the engine knows the server's count to the
    /// last token.
    #[test]
    fn usage_equals_the_server_count_after_all_responses(sendings in sendings(true, false)) {
        // All requests fall into the same window.
        let mut early: Vec<Sending> = sendings.iter().map(|sending| Sending { gap: sending.gap % 40, ..*sending }).collect();
        early.retain(|sending| sending.there < 200);
        early.push(Sending { gap: 200, cost: 1, counted: 1, reports: true, there: 0, back: 0, own: true });
        let total: f64 = early.iter().map(|sending| f64::from(sending.cost)).sum();
        let mut simulation = Simulation::new(Kind::Fixed, &early);
        let mut now = JITTER;
        while let Some((at, _, event)) = simulation.events.pop() {
            now = at;
            simulation.step(at, event);
        }
        prop_assert!(now < INTERVAL - JITTER);
        prop_assert_eq!(remaining(&mut simulation.engine, now), LIMIT - total);
    }
}
