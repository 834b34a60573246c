//! The definition of a rule.

use super::state::State;
use crate::error::InvalidField;
use crate::fields::Fields;

/// An algorithm with its configuration. It makes the [`State`] of a rule.
///
/// Each algorithm has a model of the server that it satisfies, and a promise: **if each granted
/// request reaches the server within `jitter` milliseconds after its grant, in any order, the
/// server refuses none.** Each file gives the proof and the price.
///
/// A definition counts nothing itself:
///
/// ```
/// use multi_throttler_engine::{Definition, InForce, RollingWindow, State};
/// let window = RollingWindow::new(10.0, 1000.0, 0.0)?;
/// let mut state = window.start(InForce::whole(10.0), 0.0);
/// state.take(4.0, 0.0);
/// let lower = RollingWindow::new(5.0, 1000.0, 0.0)?;
/// lower.update(&mut state, InForce::whole(5.0), 100.0);
/// assert_eq!(state.available(100.0), 1.0);
/// # Ok::<(), multi_throttler_engine::InvalidField>(())
/// ```
///
/// ```compile_fail
/// use multi_throttler_engine::{RollingWindow, State};
/// RollingWindow::new(10.0, 1000.0, 0.0).unwrap().take(4.0, 0.0);
/// ```
pub trait Definition {
    /// The state of a rule of this definition.
    type State: State
    where
        Self: Sized;

    /// Makes a definition from the named fields of a rule.
    ///
    /// # Errors
    /// A field is missing or has a value that is not allowed.
    fn from_fields(fields: &Fields) -> Result<Self, InvalidField>
    where
        Self: Sized;

    /// Starts to count at `now` under a limit in force.
    fn start(&self, in_force: InForce, now: f64) -> Self::State
    where
        Self: Sized;

    /// Continues a state at `now` under this definition and a limit in force. Usage counts on.
    fn update(&self, state: &mut Self::State, in_force: InForce, now: f64)
    where
        Self: Sized;

    /// The names of all fields that [`from_fields`](Definition::from_fields) reads.
    fn field_names() -> &'static [&'static str]
    where
        Self: Sized;

    /// The fields from which [`from_fields`](Definition::from_fields) makes the same definition.
    fn fields(&self) -> Fields;

    /// The limit of the definition. Share and mode may put a lower one in force.
    fn limit(&self) -> f64;

    /// The longest time between the grant of a request and its arrival at the server, in
    /// milliseconds.
    fn jitter(&self) -> f64;

    /// The tokens that remain while nothing is used: the limit in force, minus the part given up
    /// for `jitter`.
    fn capacity(&self, in_force: InForce) -> f64 {
        in_force.limit
    }

    /// The traits of all rules of this definition.
    fn traits(&self) -> Traits {
        Traits::default()
    }
}

/// Properties of a definition that the engine has to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Whether a request of any cost can be granted, however small the capacity, and takes the
    /// remaining tokens below zero. Then the [need](State::need) of a waiter may fall by more than
    /// the cost of the waiter granted ahead of it.
    pub allows_debt: bool,
    /// Whether the first request opens a window, so that a grant moves the instant at which more
    /// remains, and [`ready_at`](State::ready_at) may be too early for waiters further back.
    pub opens_on_use: bool,
    /// Whether costs count for a time and then no longer, so that a request that waits for the
    /// next window can be overtaken without harm.
    pub counts_in_windows: bool,
    /// Whether a new rule has less than its capacity remaining.
    pub starts_below_capacity: bool,
    /// Whether tokens are held until they are given back, so that a request needs a permit.
    pub needs_permit: bool,
    /// Whether tokens are given from outside. Then the limit in force, its buffer and its reserve
    /// are kept by the giver.
    pub is_held: bool,
    /// Whether grants are kept apart in time, each for as long as its cost says: a request of any
    /// cost can be granted, and the used fraction tells nothing about how near a refusal is.
    pub spaces_grants: bool,
    /// Whether the state has to be told the offset of Unix time.
    pub uses_wall_clock: bool,
}

/// The limit in force of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InForce {
    /// The share of the rule's limit, in tokens.
    pub share: f64,
    /// The tokens that critical requests may use; may be 0.
    pub limit: f64,
    /// The tokens of `limit` that are reserved for critical requests.
    pub reserve: f64,
}

impl InForce {
    /// Puts a whole limit in force.
    pub fn whole(limit: f64) -> Self {
        Self { share: limit, limit, reserve: 0.0 }
    }

    /// The limit that counts here: of a held rule the whole share, as its giver keeps the rest.
    pub(crate) fn for_rule(self, traits: Traits) -> Self {
        if traits.is_held { Self::whole(self.share) } else { self }
    }

    /// Lowers the limit to a ceiling. The reserve shrinks in proportion.
    pub(crate) fn below(self, ceiling: f64) -> Self {
        if ceiling >= self.limit {
            return self;
        }
        Self { limit: ceiling, reserve: whole_part(self.reserve * (ceiling / self.limit)), ..self }
    }
}

/// The whole part of a product of a limit and a fraction: 29 % of 100 is 29, although the product
/// of the floats is slightly less.
pub(crate) fn whole_part(product: f64) -> f64 {
    (product * (1.0 + 4.0 * f64::EPSILON)).floor()
}
