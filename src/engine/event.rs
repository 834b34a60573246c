//! Events: occurrences that a program may want to know, recorded if it asks for them.

/// An occurrence, recorded after the state of the engine has changed. The kind tells what the other
/// fields hold; those that it does not mention are empty or 0.
///
/// | kind | `names` | `value` | `detail` |
/// | --- | --- | --- | --- |
/// | `Grant` | the rules, with the costs | the wait in milliseconds | the priority asked for |
/// | `Queue` | the rules, with the costs | | the priority asked for |
/// | `Reject` | the rule that it is about, if there is one | | the index of its code in [`CODES`](crate::CODES) |
/// | `Mode` | the mode now in force | | |
/// | `Pause` | the rules that the caller named; none for all | the end on the engine's clock | 429 or 418 if a response led to it |
/// | `Resume` | the rules that the caller named in the pause; none for all | | |
/// | `Sync` | the rule, with the usage that the server reported | | |
/// | `Threshold` | the rule, with its used fraction | the level: one of [`LEVELS`] | |
/// | `Idle` | | | |
///
/// A priority is its index in [`Priority::ALL`](crate::Priority::ALL). One type for all kinds, as
/// an enum with fields of its own for each takes several kilobytes of wasm.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The kind of the event.
    pub kind: EventKind,
    /// Ids of rules, or the name of a mode, each with a number.
    pub names: Vec<(String, f64)>,
    /// A time or a level.
    pub value: f64,
    /// A priority, a code or a status.
    pub detail: u32,
}

/// The levels of [`EventKind::Threshold`]: fractions of the limit in force.
pub const LEVELS: [f64; 3] = [0.75, 0.9, 1.0];

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A request was granted.
    Grant,
    /// A request has to wait.
    Queue,
    /// A request was rejected: at once, or while it waited.
    Reject,
    /// Another mode came into force.
    Mode,
    /// Rules were paused, or their pause was extended.
    Pause,
    /// Rules were resumed, or their pause has ended.
    Resume,
    /// The usage that the server reported was applied to a rule.
    Sync,
    /// The used fraction of a rule has risen from below a level to the level or above it.
    Threshold,
    /// The last waiter has left the queue.
    Idle,
}

impl EventKind {
    /// The kind as one bit of the argument of [`Engine::watch`](crate::Engine::watch).
    pub fn bit(self) -> u32 {
        1_u32.wrapping_shl(self as u32)
    }
}

/// The kinds of events that are recorded, and the events that were not taken yet.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// One bit for each kind that is recorded.
    kinds: u32,
    pub(crate) events: Vec<Event>,
    /// The rules of recorded pauses, as the callers named them, until their end is recorded.
    pub(crate) paused: Vec<Vec<(String, f64)>>,
    /// The name of the mode that was recorded last.
    pub(crate) mode: String,
    /// Whether there were waiters since the last `Idle`.
    pub(crate) was_busy: bool,
}

/// The recorded events, if there are to be any. A copy of an engine records none, as most copies
/// are simulations.
#[derive(Debug, Default)]
pub(crate) struct Recorder(pub(crate) Option<Box<Watch>>);

impl Clone for Recorder {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl Watch {
    pub(crate) fn new(kinds: u32) -> Self {
        Self { kinds, events: Vec::new(), paused: Vec::new(), mode: String::new(), was_busy: false }
    }

    /// Whether events of a kind are recorded.
    pub(crate) fn wants(&self, kind: EventKind) -> bool {
        self.kinds & kind.bit() != 0
    }

    /// Records an event, if its kind is recorded.
    pub(crate) fn push(
        &mut self,
        kind: EventKind,
        names: Vec<(String, f64)>,
        value: f64,
        detail: u32,
    ) {
        if self.wants(kind) {
            self.events.push(Event { kind, names, value, detail });
        }
    }
}
