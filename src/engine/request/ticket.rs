//! The names of waiters and held permits.

/// Names a waiter or a held permit. A ticket is void once its request was granted without a permit,
/// rejected or cancelled, or its permit was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    pub(crate) index: u32,
    pub(crate) arrival: u64,
}

/// The number of arrival numbers that fit beside an index into an `f64`, which holds 53 bits
/// exactly.
const ARRIVALS: u64 = 1 << 21;

impl Ticket {
    /// The ticket as a whole number from 0 to 2^53 - 1, for an interface that knows only numbers;
    /// see [`Engine::ticket`](crate::Engine::ticket). The lower 32 bits are its
    /// [`index`](Ticket::index).
    pub fn to_f64(self) -> f64 {
        (self.arrival % ARRIVALS) as f64 * 4_294_967_296.0 + f64::from(self.index)
    }

    /// A small number that no other waiter or held permit has: a place in an array that is kept
    /// beside the engine.
    pub fn index(self) -> u32 {
        self.index
    }
}
