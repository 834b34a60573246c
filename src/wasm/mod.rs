//! The engine behind a JavaScript event loop: the only place that knows JavaScript.
//!
//! | module | one idea |
//! | --- | --- |
//! | `class` | the exported class `MultiThrottler`: requests, rules, feedback, snapshots |
//! | `driver` | the engine together with a clock, one timer and the promises of waiters |
//! | `clock` | time and timers |
//! | `promises` | the promises of waiters, kept here or by a host |
//! | `protocol` | numbers that cross to the host: codes of answers, the buffer for costs |
//! | `data` | the value of an argument or a result, apart from JavaScript |
//! | `tape` | JavaScript values into data, and data into JavaScript values |
//! | `decode` | data into rules, configuration, costs and options |
//! | `encode` | status and errors into data |
//! | `failure` | the reasons why a call fails |

mod class;
mod clock;
mod data;
mod decode;
mod driver;
mod encode;
mod failure;
mod promises;
mod protocol;
mod tape;

pub use class::MultiThrottler;

/// A small allocator: 1 KB of code in place of 8, as quick as the standard one and as tight with
/// memory while queues grow and shrink.
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();
