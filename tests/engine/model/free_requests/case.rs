//! What may happen between a bot and a server whose requests may turn out to cost less than was charged for them, or
//! nothing, and whose count may fall.

use multi_throttler_engine::{FirstRequestWindow, FixedWindow, Limit};
use proptest::prelude::*;

pub const INTERVAL: f64 = 5000.0;
/// How the bot learns of a request's fate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ends {
    /// Its answer tells all that is counted.
    Exact,
    /// Its answer tells as much, but does not say that it is all.
    Inexact,
    /// Its answer tells no count.
    Silent,
    /// The permit is released so long after the grant, whatever has become of the request.
    Released(f64),
    /// It had no permit, and its answer tells all.
    NoPermit,
    /// It was never sent.
    Refunded(f64),
}

/// What happens, so long after what happened before.
#[derive(Clone, Copy, Debug)]
pub enum Happens {
    /// The bot wants to send a request, with its way there, the time that it takes there, and its way back; of which the
    /// server counts so much.
    Request { cost: f64, counted: f64, there: f64, work: f64, back: f64, ends: Ends },
    /// Another client's request arrives.
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
    /// How far the server's clock is ahead, as a part of the jitter.
    pub skew: f64,
    pub dated: bool,
    pub offset: f64,
    /// How much other clients use of a window at most.
    pub others: f64,
    pub events: Vec<(f64, Happens)>,
}

impl Case {
    pub fn limit(&self) -> Limit {
        match self.from_first {
            true => FirstRequestWindow::new(self.limit, INTERVAL, self.jitter).unwrap().into(),
            false => FixedWindow::new(self.limit, INTERVAL, self.jitter).unwrap().into(),
        }
    }

    /// How far the server's clock is ahead, in milliseconds.
    pub fn skew(&self) -> f64 {
        if self.from_first { 0.0 } else { (self.skew * self.jitter).round() }
    }
}

fn ends(pure: bool) -> BoxedStrategy<Ends> {
    if pure {
        return Just(Ends::Exact).boxed();
    }
    let ms = || (0u16..400).prop_map(f64::from);
    prop_oneof![
        8 => Just(Ends::Exact),
        1 => Just(Ends::Inexact),
        1 => Just(Ends::Silent),
        1 => ms().prop_map(Ends::Released),
        1 => Just(Ends::NoPermit),
        1 => ms().prop_map(Ends::Refunded),
    ]
    .boxed()
}

fn happens(pure: bool, others: bool) -> BoxedStrategy<Happens> {
    // As late as can be, at once, or anything between: as parts of what may be.
    let way = || prop_oneof![1 => Just(0.0), 1 => Just(1.0), 2 => 0.0..1.0f64];
    let back = prop_oneof![2 => Just(0.0), 3 => 0.0..300.0f64, 1 => 0.0..4000.0f64].prop_map(f64::round);
    let work = prop_oneof![3 => Just(0.0), 1 => 0.0..500.0f64].prop_map(f64::round);
    let request = (1u8..5, 0u8..5, way(), work, back, ends(pure)).prop_map(
        |(cost, counted, there, work, back, ends)| {
            let cost = f64::from(cost);
            Happens::Request { cost, counted: f64::from(counted).min(cost), there, work, back, ends }
        },
    );
    let free = request.clone().prop_map(|request| match request {
        Happens::Request { cost, there, work, back, ends, .. } => {
            Happens::Request { cost, counted: 0.0, there, work, back, ends }
        }
        other => other,
    });
    let other = (1u8..5).prop_map(|cost| Happens::Other { cost: f64::from(cost) });
    let falls = (1u8..5).prop_map(|by| Happens::Falls { by: f64::from(by) });
    prop_oneof![6 => request, 6 => free, 1 => falls, (if others { 3 } else { 0 }) => other].boxed()
}

/// `pure`: all requests have permits, and their answers tell all. `others`: there are other clients.
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
        prop::collection::vec((gap, happens(pure, others)), 1..120),
    )
        .prop_map(move |(from_first, limit, jitter, skew, dated, offset, events)| Case {
            // Others would open windows of which nobody here can know.
            from_first: from_first && !others,
            limit: f64::from(limit),
            share: 1.0,
            jitter,
            skew,
            dated,
            offset: f64::from(offset),
            others: f64::INFINITY,
            events,
        })
}
