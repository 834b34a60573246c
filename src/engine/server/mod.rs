//! What a server answers, and how long to back off.

pub(crate) mod backoff;
mod report;

pub(crate) use report::{BANNED, REFUSED};
pub use report::{Report, Usage};
