//! The server: its reports, its clock, and the back-off after its refusals.

pub(crate) mod backoff;
mod clock;
mod report;

pub(crate) use clock::ServerClock;
pub(crate) use report::{BANNED, REFUSED};
pub use report::{Report, Usage};
