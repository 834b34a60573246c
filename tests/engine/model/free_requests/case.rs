//! Events between a bot and a server whose requests may turn out to cost less than they were
//! charged, or nothing, and whose count may fall.

use multi_throttler_engine::{FirstRequestWindow, FixedWindow, Limit};
use proptest::prelude::*;

pub const INTERVAL: f64 = 5000.0;
/// How a request ends for the bot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// The response has the complete count.
    Exact,
    /// The response has the same count, but is not marked as complete.
    Inexact,
    /// The response has no count.
    Silent,
    /// The permit is released this long after the grant, whatever the server does.
    Released(f64),
    /// The request has no permit, and its response has the complete count.
    NoPermit,
    /// The request is never sent and is refunded this long after the grant.
    Refunded(f64),
}

/// An event, some time after the one before.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// The bot wants to send a request. `there`, `work` and `back` are its times to the server, at
    /// the server and back; the server counts `counted` of its cost. With `at_cost` its permit is
    /// released at the counted cost when its response has come.
    Request {
        cost: f64,
        counted: f64,
        there: f64,
        work: f64,
        back: f64,
        outcome: Outcome,
        at_cost: bool,
    },
    /// A request of another client arrives.
    Other { cost: f64 },
    /// The server takes something out of its count.
    Falls { by: f64 },
}

#[derive(Clone, Debug)]
pub struct Case {
    pub from_first: bool,
    pub limit: f64,
    pub share: f64,
    pub jitter: f64,
    /// The lead of the server's clock, as a fraction of the jitter.
    pub skew: f64,
    pub has_date: bool,
    pub offset: f64,
    /// The largest usage of other clients per window.
    pub others: f64,
    pub events: Vec<(f64, Event)>,
}

impl Case {
    pub fn limit(&self) -> Limit {
        match self.from_first {
            true => FirstRequestWindow::new(self.limit, INTERVAL, self.jitter).unwrap().into(),
            false => FixedWindow::new(self.limit, INTERVAL, self.jitter).unwrap().into(),
        }
    }

    /// The lead of the server's clock in milliseconds.
    pub fn skew(&self) -> f64 {
        if self.from_first { 0.0 } else { (self.skew * self.jitter).round() }
    }
}

fn outcome(pure: bool) -> BoxedStrategy<Outcome> {
    if pure {
        return Just(Outcome::Exact).boxed();
    }
    let ms = || (0u16..400).prop_map(f64::from);
    prop_oneof![
        8 => Just(Outcome::Exact),
        1 => Just(Outcome::Inexact),
        1 => Just(Outcome::Silent),
        1 => ms().prop_map(Outcome::Released),
        1 => Just(Outcome::NoPermit),
        1 => ms().prop_map(Outcome::Refunded),
    ]
    .boxed()
}

fn event(pure: bool, others: bool) -> BoxedStrategy<Event> {
    // A fraction of the longest time: none, all, or anything between.
    let way = || prop_oneof![1 => Just(0.0), 1 => Just(1.0), 2 => 0.0..1.0f64];
    let back =
        prop_oneof![2 => Just(0.0), 3 => 0.0..300.0f64, 1 => 0.0..4000.0f64].prop_map(f64::round);
    let work = prop_oneof![3 => Just(0.0), 1 => 0.0..500.0f64].prop_map(f64::round);
    let request = (1u8..5, 0u8..5, way(), work, back, outcome(pure), any::<bool>()).prop_map(
        |(cost, counted, there, work, back, outcome, at_cost)| {
            let cost = f64::from(cost);
            Event::Request {
                cost,
                counted: f64::from(counted).min(cost),
                there,
                work,
                back,
                outcome,
                at_cost,
            }
        },
    );
    let free = request.clone().prop_map(|request| match request {
        Event::Request { cost, there, work, back, outcome, at_cost, .. } => {
            Event::Request { cost, counted: 0.0, there, work, back, outcome, at_cost }
        }
        other => other,
    });
    let other = (1u8..5).prop_map(|cost| Event::Other { cost: f64::from(cost) });
    let falls = (1u8..5).prop_map(|by| Event::Falls { by: f64::from(by) });
    prop_oneof![6 => request, 6 => free, 1 => falls, (if others { 3 } else { 0 }) => other].boxed()
}

/// Cases for the tests. `pure`: all requests have permits and responses with complete counts.
/// `others`: there are other clients.
pub fn case(pure: bool, others: bool) -> impl Strategy<Value = Case> {
    let gap = prop_oneof![4 => Just(0), 4 => 0u16..60, 1 => 0u16..600].prop_map(f64::from);
    let jitter = prop_oneof![Just(0.0), Just(100.0), Just(250.0)];
    (
        prop::bool::weighted(0.3),
        8u8..30,
        jitter,
        -1.0..1.0f64,
        any::<bool>(),
        0u16..5000,
        prop::collection::vec((gap, event(pure, others)), 1..120),
    )
        .prop_map(move |(from_first, limit, jitter, skew, has_date, offset, events)| Case {
            // Other clients would open windows that the bot cannot know of.
            from_first: from_first && !others,
            limit: f64::from(limit),
            share: 1.0,
            jitter,
            skew,
            has_date,
            offset: f64::from(offset),
            others: f64::INFINITY,
            events,
        })
}
