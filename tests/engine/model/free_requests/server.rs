//! A server whose requests may turn out to cost less than they were charged, a bot that takes all
//! it is granted, and responses that come at any time.

use crate::model::free_requests::case::{Case, Event, INTERVAL, Outcome};
use crate::support::{costs, rule, with_config};
use multi_throttler_engine::{
    Config, Engine, Options, Priority, Rank, Report, Submission, Ticket, Usage,
};

const PERMIT: Options = Options {
    priority: Priority::Normal,
    rank: Rank::DEFAULT,
    max_wait: f64::INFINITY,
    permit: true,
};

/// The server's count.
#[derive(Clone, Debug, Default)]
struct Counter {
    /// The number of the window.
    window: f64,
    opened: f64,
    used: f64,
    /// Usage of other clients in the window.
    others: f64,
}

impl Counter {
    /// Advances the counter to the server's Unix time. `arrives`: a request arrives at that time.
    fn pass(&mut self, case: &Case, unix: f64, arrives: bool) {
        if !case.from_first {
            let window = (unix / INTERVAL).floor();
            if window != self.window {
                (self.window, self.used, self.others) = (window, 0.0, 0.0);
            }
        } else if arrives && unix - self.opened > INTERVAL {
            (self.window, self.opened, self.used) = (self.window + 1.0, unix, 0.0);
        }
    }
}

/// An arrival of a request of the bot: its number in the order of all events, its window, and the
/// counted cost.
pub type Arrived = (usize, f64, f64);

/// A count that was reported to the bot.
#[derive(Clone, Copy, Debug)]
pub struct Reported {
    /// When the count was read, in the order of all events.
    pub read: usize,
    pub window: f64,
    pub used: f64,
    /// Whether the bot can be sure of the window.
    pub is_certain: bool,
}

/// A request in flight.
#[derive(Clone, Copy, Debug)]
struct Trip {
    /// The index of its grant.
    own: usize,
    granted_at: f64,
    ticket: Option<Ticket>,
    counted: f64,
    outcome: Outcome,
    at_cost: bool,
    work: f64,
    back: f64,
}

enum Next {
    Event(Event),
    Arrives(Trip),
    Read(Trip),
    Report(Trip, Reported, Option<f64>),
    Release(Trip),
}

pub struct Simulation {
    pub case: Case,
    pub engine: Engine,
    counter: Counter,
    next: Vec<(f64, usize, Next)>,
    scheduled: usize,
    /// The number of events so far.
    pub order: usize,
    /// For each grant its arrival, if it has arrived.
    pub own: Vec<Option<Arrived>>,
    pub reports: Vec<Reported>,
    /// For each grant, how many counts had been reported before it.
    pub reports_before: Vec<usize>,
    /// The highest count so far.
    pub highest_count: f64,
    /// The number of requests that the bot could not send.
    pub rejected: usize,
}

impl Simulation {
    pub fn new(case: &Case) -> Self {
        let config = Config { share: case.share, ..Config::default() };
        let mut engine = with_config(config, [rule("w", case.limit())]);
        engine.set_wall_clock(case.offset + 1_700_000_000_000.0, 0.0);
        let counter = Counter { opened: f64::NEG_INFINITY, ..Counter::default() };
        let (own, reports, reports_before) = (Vec::new(), Vec::new(), Vec::new());
        let mut simulation = Self {
            case: case.clone(),
            engine,
            counter,
            next: Vec::new(),
            scheduled: 0,
            order: 0,
            own,
            reports,
            reports_before,
            highest_count: 0.0,
            rejected: 0,
        };
        let mut at = 0.0;
        for &(gap, event) in &case.events {
            at += gap;
            simulation.at(at, Next::Event(event));
        }
        simulation
    }

    fn at(&mut self, at: f64, next: Next) {
        self.scheduled += 1;
        self.next.push((at, self.scheduled, next));
        self.next.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    }

    fn unix(&self, now: f64) -> f64 {
        now + self.case.offset + 1_700_000_000_000.0 + self.case.skew()
    }

    /// The server's usage.
    pub fn used(&mut self, now: f64) -> f64 {
        let unix = self.unix(now);
        self.counter.pass(&self.case.clone(), unix, false);
        self.counter.used
    }

    /// Plays all events. Returns the time of the last one.
    pub fn play(&mut self) -> f64 {
        let mut now = 0.0;
        while let Some((at, _, next)) = self.next.pop() {
            now = at;
            self.order += 1;
            self.step(at, next);
            self.highest_count = self.highest_count.max(self.counter.used);
        }
        now
    }

    fn step(&mut self, now: f64, next: Next) {
        let unix = self.unix(now);
        match next {
            Next::Event(Event::Request { cost, counted, there, work, back, outcome, at_cost }) => {
                let (own, granted_at, ticket) = (self.own.len(), now, None);
                self.send(
                    cost,
                    there,
                    Trip { own, granted_at, ticket, counted, outcome, at_cost, work, back },
                );
            }
            Next::Event(Event::Other { cost }) => {
                self.counter.pass(&self.case.clone(), unix, true);
                if self.counter.others + cost <= self.case.others {
                    self.counter.others += cost;
                    self.counter.used += cost;
                }
            }
            Next::Event(Event::Falls { by }) => {
                self.counter.pass(&self.case.clone(), unix, false);
                self.counter.used = (self.counter.used - by).max(0.0);
            }
            Next::Arrives(trip) => {
                self.counter.pass(&self.case.clone(), unix, true);
                self.counter.used += trip.counted;
                self.own[trip.own] = Some((self.order, self.counter.window, trip.counted));
                self.at(now + trip.work, Next::Read(trip));
            }
            Next::Read(trip) => {
                self.counter.pass(&self.case.clone(), unix, false);
                let Counter { window, used, .. } = self.counter;
                let reported =
                    Reported { read: self.order, window, used, is_certain: self.case.has_date };
                let date = self.case.has_date.then_some((unix / 1000.0).floor() * 1000.0);
                self.at(now + trip.back, Next::Report(trip, reported, date));
            }
            Next::Report(Trip { outcome: Outcome::Released(_) | Outcome::Refunded(_), .. }, ..) => {
            }
            Next::Report(trip, reported, date) => self.report(trip, reported, date, now),
            Next::Release(Trip { outcome, ticket, .. }) => {
                let refund = matches!(outcome, Outcome::Refunded(_));
                assert!(ticket.is_none_or(|ticket| self.engine.release(ticket, refund, now)));
            }
        }
    }

    fn report(
        &mut self,
        Trip { outcome, at_cost, counted, ticket, granted_at, .. }: Trip,
        reported: Reported,
        date: Option<f64>,
        now: f64,
    ) {
        let exact = matches!(outcome, Outcome::Exact | Outcome::NoPermit);
        let used = (outcome != Outcome::Silent).then_some(reported.used);
        let usage = [Usage { rule: "w", used, exact, ..Usage::default() }];
        let report =
            Report { status: 200, date, permit: ticket, usage: &usage, ..Report::default() };
        self.engine.report(&report, now).unwrap();
        let counted = costs(&mut self.engine, &[("w", counted)]);
        if let Some(ticket) = ticket {
            let released = match at_cost {
                true => self.engine.release_at_cost(ticket, &counted, now),
                false => self.engine.release(ticket, false, now),
            };
            assert!(released);
        }
        let window = |at: f64| ((at + self.case.offset) / INTERVAL).floor();
        let may_be_of_two = window(granted_at - self.case.jitter) != window(now + self.case.jitter);
        if outcome == Outcome::Exact {
            self.reports
                .push(Reported { is_certain: reported.is_certain || !may_be_of_two, ..reported });
        }
    }

    /// Sends a request if it is granted at once.
    fn send(&mut self, cost: f64, there: f64, trip: Trip) {
        let (now, outcome) = (trip.granted_at, trip.outcome);
        let asked = costs(&mut self.engine, &[("w", cost)]);
        let options = if outcome == Outcome::NoPermit { Options::default() } else { PERMIT };
        let ticket = match self.engine.submit(&asked, options, now) {
            Ok(Submission::Held(ticket)) => Some(ticket),
            Ok(Submission::Granted) => None,
            Ok(Submission::Waiting(ticket)) => {
                assert!(self.engine.cancel(ticket));
                self.rejected += 1;
                return;
            }
            // The cost exceeds the share.
            Err(_) => return,
        };
        let trip = Trip { ticket, ..trip };
        self.reports_before.push(self.reports.len());
        self.own.push(None);
        if let Outcome::Released(after) | Outcome::Refunded(after) = outcome {
            self.at(now + after, Next::Release(trip));
        }
        if !matches!(outcome, Outcome::Refunded(_)) {
            let longest = self.case.jitter - self.case.skew().abs();
            self.at(now + (there * longest).floor(), Next::Arrives(trip));
        }
    }
}
