//! Rate limiter engine: many limits at once, all or nothing.
//!
//! Exchanges limit their clients in several ways at the same time: requests, request weight, orders. A request may go
//! out when **all** limits allow it. [`Engine`] holds one [`Rule`] for each limit, takes requests with a cost for each
//! rule, and says which may go and when the next one may.
//!
//! # Shape
//!
//! The engine is pure. It reads no clock, starts no timer, spawns nothing: time is an argument, outcomes are values.
//! That makes it equally at home behind a JavaScript event loop (see the npm package of the same name), in a thread
//! that sleeps until [`Engine::due`], and in a test that plays a month in a second.
//!
//! | module | one idea |
//! | --- | --- |
//! | `engine` | who is granted when |
//! | `schedule` | who of those that wait may go next |
//! | `queue` | who waits, in which order, and whose permit is held |
//! | `rules` | rules by id and by slot, families, whether costs can be granted, share and modes |
//! | `limit` | how a rule counts: one file for each algorithm |
//! | `server` | what a server answers, and how long to back off |
//! | `collections` | pools, heaps, and the store of cost vectors |
//! | `request` | what is asked of the engine, and what it answers |
//! | `config` | how an engine is set up |
//! | `fields` | rules and configuration before they are checked |
//! | `snapshot` | what is kept while a program is restarted |
//! | `error` | every refusal and its text |
//! | `numeric` | refill rates as exact fractions, sums that keep what they round off |
//! | `time` | instants |
//!
//! # Numbers
//!
//! Times are milliseconds, amounts are tokens, both `f64`. Sums and products of whole numbers up to 2^53 are exact;
//! see [`TokenBucket`] for how other amounts are kept from drifting.
//!
//! # Panics
//!
//! None. In a wasm instance one panic would stop every throttler of the realm for good, so lints keep everything that
//! can panic out of this crate.
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
mod fields;
mod limit;
mod numeric;
mod queue;
mod request;
mod rules;
mod schedule;
mod server;
mod snapshot;
mod time;

pub use config::{BackoffConfig, Config, MaxWaiting, Mode, Ordering, Overflow};
pub use engine::Engine;
pub use error::{InvalidField, Rejection, UpdateError, Value};
pub use fields::Fields;
pub use limit::*;
pub use request::{Costs, Options, Priority, Settled, Slot, Submission, Ticket};
pub use rules::{Rule, RuleStatus, Scope};
pub use server::{Report, Usage};
pub use snapshot::{SNAPSHOT_VERSION, SavedRule, Snapshot};

/// The examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
