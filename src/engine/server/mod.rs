//! What a server answers, and how long to back off.

pub(crate) mod backoff;
mod clock;
mod report;

pub(crate) use clock::ServerClock;
pub(crate) use report::{BANNED, REFUSED};
pub use report::{Report, Usage};
