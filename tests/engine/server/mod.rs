//! Reports of the server: usage, clock and refusals.

mod backoff;
pub mod clock;
mod exact_counts;
mod in_flight;
mod report_window;
mod usage;
