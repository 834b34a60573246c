//! The name of a request that waits, or of a permit that is held.

/// Names a request that waits, or a permit that is held. Once the request was granted without a permit, was refused or
/// cancelled, or its permit was released, the ticket means nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    pub(crate) index: u32,
    pub(crate) arrival: u64,
}

/// So many values of an arrival number fit beside an index into an `f64`, which holds 53 bits exactly.
const ARRIVALS: u64 = 1 << 21;

impl Ticket {
    /// The ticket as a whole number from 0 to 2^53 - 1, for an interface that knows only numbers; see
    /// [`Engine::ticket`](crate::Engine::ticket). Its lower 32 bits are the ticket's [`index`](Ticket::index).
    pub fn to_f64(self) -> f64 {
        (self.arrival % ARRIVALS) as f64 * 4_294_967_296.0 + f64::from(self.index)
    }

    /// A small number that no other request has while this one is known: a place in an array kept beside the engine.
    pub fn index(self) -> u32 {
        self.index
    }
}
