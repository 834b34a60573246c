//! The engine behind a JavaScript event loop: the only place that knows JavaScript.
//!
//! | module | one idea |
//! | --- | --- |
//! | `throttler` | the exported class: what JavaScript can ask for |
//! | `driver` | the engine brought together with a clock, one timer and the promises of those who wait |
//! | `buffer` | where a host writes what a request costs |
//! | `clock` | time and timers |
//! | `promises` | who is told what became of a waiting request |
//! | `input` | JavaScript values into rules, costs and options |
//! | `feedback` | the same class: what it learns from a server's answers |
//! | `saving` | the same class: snapshots |
//! | `output` | status and errors into JavaScript values |

mod buffer;
mod clock;
mod driver;
mod feedback;
mod input;
mod output;
mod promises;
mod saving;
mod throttler;

pub use throttler::MultiThrottler;

/// The standard allocator takes 8 KB of code, this one 1: as quick, and as close with memory as queues go up and down.
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();
