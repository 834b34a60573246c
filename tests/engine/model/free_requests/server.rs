//! A server whose requests may turn out to cost less than was charged for them, a bot that takes all it is given, and
//! answers that come when they like.

use crate::model::free_requests::case::{Case, Ends, Happens, INTERVAL};
use crate::support::{costs, rule, with_config};
use multi_throttler_engine::{Config, Engine, Options, Priority, Report, Submission, Ticket, Usage};

const PERMIT: Options = Options { priority: Priority::Normal, max_wait: f64::INFINITY, permit: true };

/// The server's count.
#[derive(Clone, Debug, Default)]
struct Counter {
    /// The number of its window.
    window: f64,
    opened: f64,
    used: f64,
    /// How much others have used of it.
    others: f64,
}

impl Counter {
    /// Brings it to an instant of the server's Unix time. `arrives`: a request does.
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

/// When a request of the bot arrived, in the order of all that happened, in which window, and what was counted.
pub type Arrived = (usize, f64, f64);

/// An answer that was told.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// When it was read, in the order of all that happened, and in which window.
    pub read: usize,
    pub window: f64,
    pub used: f64,
    /// Whether the bot can know for sure which window that was.
    pub is_certain: bool,
}

/// A request on its way.
#[derive(Clone, Copy, Debug)]
struct Trip {
    /// Its place among those that were granted.
    own: usize,
    asked_at: f64,
    ticket: Option<Ticket>,
    counted: f64,
    ends: Ends,
    work: f64,
    back: f64,
}

enum Next {
    Happens(Happens),
    Arrives(Trip),
    Read(Trip),
    Told(Trip, Shown, Option<f64>),
    Ends(Trip),
}

pub struct World {
    pub case: Case,
    pub engine: Engine,
    counter: Counter,
    next: Vec<(f64, usize, Next)>,
    made: usize,
    /// How much has happened.
    pub order: usize,
    /// What was granted to the bot; without more if it has not arrived.
    pub own: Vec<Option<Arrived>>,
    pub told: Vec<Shown>,
    /// For each grant how many answers had been told before it.
    pub known: Vec<usize>,
    /// The largest count there was.
    pub most: f64,
    /// How much the bot could not send.
    pub refused: usize,
}

impl World {
    pub fn new(case: &Case) -> Self {
        let config = Config { share: case.share, ..Config::default() };
        let mut engine = with_config(config, [rule("w", case.limit())]);
        engine.set_calendar(case.offset + 1_700_000_000_000.0, 0.0);
        let counter = Counter { opened: f64::NEG_INFINITY, ..Counter::default() };
        let (own, told, known) = (Vec::new(), Vec::new(), Vec::new());
        let mut world = Self {
            case: case.clone(),
            engine,
            counter,
            next: Vec::new(),
            made: 0,
            order: 0,
            own,
            told,
            known,
            most: 0.0,
            refused: 0,
        };
        let mut at = 0.0;
        for &(gap, happens) in &case.events {
            at += gap;
            world.at(at, Next::Happens(happens));
        }
        world
    }

    fn at(&mut self, at: f64, next: Next) {
        self.made += 1;
        self.next.push((at, self.made, next));
        self.next.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    }

    fn unix(&self, now: f64) -> f64 {
        now + self.case.offset + 1_700_000_000_000.0 + self.case.skew()
    }

    /// What the server counts.
    pub fn used(&mut self, now: f64) -> f64 {
        let unix = self.unix(now);
        self.counter.pass(&self.case.clone(), unix, false);
        self.counter.used
    }

    /// Lets all happen. Returns when the last of it did.
    pub fn play(&mut self) -> f64 {
        let mut now = 0.0;
        while let Some((at, _, next)) = self.next.pop() {
            now = at;
            self.order += 1;
            self.step(at, next);
            self.most = self.most.max(self.counter.used);
        }
        now
    }

    fn step(&mut self, now: f64, next: Next) {
        let unix = self.unix(now);
        match next {
            Next::Happens(Happens::Request { cost, counted, there, work, back, ends }) => {
                let (own, asked_at, ticket) = (self.own.len(), now, None);
                self.send(cost, there, Trip { own, asked_at, ticket, counted, ends, work, back });
            }
            Next::Happens(Happens::Other { cost }) => {
                self.counter.pass(&self.case.clone(), unix, true);
                if self.counter.others + cost <= self.case.others {
                    self.counter.others += cost;
                    self.counter.used += cost;
                }
            }
            Next::Happens(Happens::Falls { by }) => {
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
                let shown = Shown { read: self.order, window, used, is_certain: self.case.dated };
                let date = self.case.dated.then_some((unix / 1000.0).floor() * 1000.0);
                self.at(now + trip.back, Next::Told(trip, shown, date));
            }
            Next::Told(Trip { ends: Ends::Released(_) | Ends::Refunded(_), .. }, ..) => {}
            Next::Told(trip, shown, date) => self.tell(trip, shown, date, now),
            Next::Ends(Trip { ends, ticket, .. }) => {
                let refund = matches!(ends, Ends::Refunded(_));
                assert!(ticket.is_none_or(|ticket| self.engine.release(ticket, refund, now)));
            }
        }
    }

    fn tell(&mut self, Trip { ends, ticket, asked_at, .. }: Trip, shown: Shown, date: Option<f64>, now: f64) {
        let exact = matches!(ends, Ends::Exact | Ends::NoPermit);
        let used = (ends != Ends::Silent).then_some(shown.used);
        let usage = [Usage { rule: "w", used, exact, ..Usage::default() }];
        let report = Report { status: 200, date, permit: ticket, usage: &usage, ..Report::default() };
        self.engine.report(&report, now).unwrap();
        if let Some(ticket) = ticket {
            assert!(self.engine.release(ticket, false, now));
        }
        let window = |at: f64| ((at + self.case.offset) / INTERVAL).floor();
        let may_be_of_two = window(asked_at - self.case.jitter) != window(now + self.case.jitter);
        if ends == Ends::Exact {
            self.told.push(Shown { is_certain: shown.is_certain || !may_be_of_two, ..shown });
        }
    }

    /// Sends a request if it is granted at once.
    fn send(&mut self, cost: f64, there: f64, trip: Trip) {
        let (now, ends) = (trip.asked_at, trip.ends);
        let asked = costs(&mut self.engine, &[("w", cost)]);
        let options = if ends == Ends::NoPermit { Options::default() } else { PERMIT };
        let ticket = match self.engine.submit(&asked, options, now) {
            Ok(Submission::Held(ticket)) => Some(ticket),
            Ok(Submission::Granted) => None,
            Ok(Submission::Waiting(ticket)) => {
                assert!(self.engine.cancel(ticket));
                self.refused += 1;
                return;
            }
            // More than the share.
            Err(_) => return,
        };
        let trip = Trip { ticket, ..trip };
        self.known.push(self.told.len());
        self.own.push(None);
        if let Ends::Released(after) | Ends::Refunded(after) = ends {
            self.at(now + after, Next::Ends(trip));
        }
        if !matches!(ends, Ends::Refunded(_)) {
            let longest = self.case.jitter - self.case.skew().abs();
            self.at(now + (there * longest).floor(), Next::Arrives(trip));
        }
    }
}
