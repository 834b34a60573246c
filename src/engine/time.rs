//! Instants: their range and their order.

use std::cmp::Ordering;

/// Times range from -2^51 to 2^51 milliseconds, 70 000 years. Everything computed from two such
/// times is a number below 2^53, where the next whole number is still a different one. A later
/// instant counts as never.
pub(crate) const HORIZON: f64 = 2_251_799_813_685_248.0;

/// An instant that can be compared and sorted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderedTime(pub(crate) f64);

impl Ord for OrderedTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for OrderedTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OrderedTime {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OrderedTime {}

/// An instant of the engine, with what it takes to convert it to Unix time on the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Milliseconds on the engine's clock.
    pub(crate) now: f64,
    /// Unix time on the server minus the engine's time, in milliseconds.
    pub(crate) unix_offset: f64,
}
