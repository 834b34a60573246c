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
//! | `request` | what is asked of the engine, and what it answers |
//! | `queue` | who waits, in which order, and whose permit is held |
//! | `schedule` | who of those that wait may go next |
//! | `claims` | what those ahead want of a rule |
//! | `limit` | how a rule counts: one file for each algorithm |
//! | `rules` | rules by id and by slot, families, whether costs can be granted |
//! | `quota` | how much of a limit may be used: share and modes |
//! | `feedback` | what a server answers, and how long to back off |
//! | `snapshot` | what is kept while a program is restarted |
//! | `lately` | how much was taken lately |
//! | `cost` | what requests cost; equal costs are stored once |
//! | `line` | lines of waiting requests |
//! | `pool` | places that stay where they are, however many there are |
//! | `heap` | heaps whose entries may have become void |
//! | `rate`, `sum` | refill rates as exact fractions, sums that keep what they round off |
//! | `fields` | rules and configuration before they are checked |
//! | `error` | every refusal and its text |
//! | `wasm` | the only place that knows JavaScript |
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

mod claims;
mod cost;
mod engine;
mod error;
mod feedback;
mod fields;
mod heap;
mod lately;
mod limit;
mod line;
mod pool;
mod queue;
mod quota;
mod rate;
mod request;
mod rule;
mod rules;
mod schedule;
mod snapshot;
mod sum;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use cost::{Costs, Slot};
pub use engine::Engine;
pub use error::{InvalidField, Refusal, UpdateError, Value};
pub use feedback::{BackOff, Report, Usage};
pub use fields::Fields;
pub use limit::*;
pub use queue::{Priority, Ticket};
pub use quota::Mode;
pub use request::{Config, MaxWaiting, Options, Ordering, Overflow, Settled, Submission};
pub use rule::Rule;
pub use rules::RuleStatus;
pub use snapshot::{SNAPSHOT_VERSION, SavedRule, Snapshot};
