//! A rate limiter engine: several limits at once, all or nothing.
//!
//! Exchanges limit their clients in several ways at the same time: requests, request weight,
//! orders. A request is granted when **all** limits that it names allow it. [`Engine`] holds one
//! [`Rule`] per limit, takes requests with a cost for each rule, and tells which requests are
//! granted and when to ask again.
//!
//! # Shape
//!
//! The engine is sans-IO. It reads no clock, arms no timer and spawns no thread: time is an
//! argument, outcomes are values. The same engine therefore runs behind a JavaScript event loop
//! (the npm package `multi-throttler`), in a thread that sleeps until [`Engine::due`], and in a
//! test that simulates a month in a second.
//!
//! | module | one idea |
//! | --- | --- |
//! | `engine` | the requests, rules and reports of a program; grants |
//! | `schedule` | the waiter to be granted next, and when |
//! | `queue` | waiters in order of turns, and held permits |
//! | `rules` | rules by id and by slot, families, share and modes, whether costs can be granted |
//! | `limit` | the algorithms, one file each |
//! | `server` | reports of a server: clock, usage, refusals and back-off |
//! | `collections` | pools, heaps, and the store of cost vectors |
//! | `request` | requests, their costs, and their outcomes |
//! | `config` | the configuration of an engine |
//! | [`ledger`] | one limit for several processes |
//! | `fields` | rules and configuration before validation |
//! | `snapshot` | the state that outlives a restart |
//! | `stats` | counts of grants and rejections, and the distribution of waits |
//! | `event` | occurrences that a program may ask for |
//! | `error` | every rejection and its text |
//! | `numeric` | refill rates as exact fractions, and sums that keep their rounding error |
//! | `time` | instants |
//!
//! # Numbers
//!
//! Times are milliseconds and amounts are tokens, both `f64`. Sums and products of whole numbers up
//! to 2^53 are exact; [`TokenBucket`] describes how other amounts are kept from drifting.
//!
//! # Panics
//!
//! None. One panic in a wasm instance would stop every throttler of the realm for good, so lints
//! forbid every operation that can panic.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod collections;
mod config;
mod engine;
mod error;
mod event;
mod fields;
pub mod ledger;
mod limit;
mod numeric;
mod queue;
mod request;
mod rules;
mod schedule;
mod server;
mod snapshot;
mod stats;
mod time;

pub use config::{BackoffConfig, Config, MaxWaiting, Mode, Ordering, Overflow};
pub use engine::{Engine, LaneCost};
pub use error::{CODES, FieldDetails, InvalidField, Problem, Rejection, UpdateError, Value};
pub use event::{Event, EventKind, LEVELS};
pub use fields::Fields;
pub use limit::*;
pub use request::{Costs, Options, Priority, Rank, Settled, Slot, Standing, Submission, Ticket};
pub use rules::{Load, Rule, RuleStatus, Scope};
pub use schedule::WaitingLane;
pub use server::{Report, Usage};
pub use snapshot::{SNAPSHOT_VERSION, SavedRule, Snapshot};
pub use stats::{Stats, WaitStats};

/// The examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
