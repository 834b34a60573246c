//! Instants: their range and their order.

use std::cmp::Ordering;

/// Times are from -2^51 to 2^51 milliseconds, 70 000 years: all that is worked out from two of them is a number below
/// 2^53, of which the next whole one is another. What would come later never comes.
pub(crate) const HORIZON: f64 = 2_251_799_813_685_248.0;

/// An instant, in the order of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At(pub(crate) f64);

impl Ord for At {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for At {}

/// An instant of the engine, with what it takes to convert it to Unix time on the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Milliseconds on the engine's clock.
    pub(crate) now: f64,
    /// Unix time on the server minus the engine's time, in milliseconds.
    pub(crate) unix_offset: f64,
}
