//! What a rule is configured to be.

use super::state::State;
use crate::error::InvalidField;
use crate::fields::Fields;

/// An algorithm with its configuration, of which a rule's [`State`] is made.
///
/// Behind each algorithm stands a model of the server that it has to satisfy, and a promise: **if each granted request
/// reaches the server within `jitter` milliseconds after its grant, in any order, the server refuses none.** Each file
/// says why that holds and what it costs.
pub trait Definition {
    /// What a rule of this definition has counted.
    type State: State
    where
        Self: Sized;

    /// Makes one from the named fields of a rule.
    ///
    /// # Errors
    /// A field is missing or not what it must be.
    fn from_fields(fields: &Fields) -> Result<Self, InvalidField>
    where
        Self: Sized;

    /// Begins to count at `now`, under the limit in force.
    fn start(&self, in_force: InForce, now: f64) -> Self::State
    where
        Self: Sized;

    /// Goes on to count at `now` where `old` stops, under the limit in force: what was used there is used here.
    fn continue_from(&self, in_force: InForce, old: Self::State, now: f64) -> Self::State
    where
        Self: Sized;

    /// The names of all fields that [`from_fields`](Definition::from_fields) reads.
    fn field_names(&self) -> &'static [&'static str];

    /// The fields of which [`from_fields`](Definition::from_fields) makes the same definition.
    fn fields(&self) -> Fields;

    /// The limit of the definition, of which a share and a mode may leave less in force.
    fn limit(&self) -> f64;

    /// How many milliseconds after its grant a request may reach the server.
    fn jitter(&self) -> f64;

    /// The limit in force, less what `jitter` costs of it: what is left when nothing is used.
    fn capacity(&self, in_force: InForce) -> f64 {
        in_force.limit
    }

    /// What is true of all rules of this definition.
    fn traits(&self) -> Traits {
        Traits::default()
    }
}

/// What the engine has to know of a definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Whether a request of any cost can be granted, however small the capacity, and takes what is left below zero. Then
    /// what a request [needs](State::need) may fall by more than its costs when one ahead of it is granted.
    pub allows_debt: bool,
    /// Whether what is taken moves the instant at which more will be left, so that [`ready_at`](State::ready_at) may
    /// turn out too early for those further back.
    pub opens_on_use: bool,
    /// Whether it holds less when it starts than it can.
    pub starts_below_capacity: bool,
    /// Whether what is taken is held until it is given back, so that a request needs a permit.
    pub needs_permit: bool,
    /// Whether it has to know Unix time.
    pub uses_wall_clock: bool,
}

/// The limit in force for a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InForce {
    /// The share of the rule's limit.
    pub share: f64,
    /// What critical requests may use; may be 0.
    pub limit: f64,
    /// What of it is kept for them.
    pub reserve: f64,
}

impl InForce {
    /// A limit of which all is in force.
    pub fn whole(limit: f64) -> Self {
        Self { share: limit, limit, reserve: 0.0 }
    }

    /// The same, cut to a lower limit; what is kept for critical requests shrinks in the same proportion.
    pub(crate) fn below(self, ceiling: f64) -> Self {
        if ceiling >= self.limit {
            return self;
        }
        Self { limit: ceiling, reserve: whole_part(self.reserve * (ceiling / self.limit)), ..self }
    }
}

/// The whole part of a product of a limit and a fraction: 29 % of 100 is 29, though as floats it is a little less.
pub(crate) fn whole_part(product: f64) -> f64 {
    (product * (1.0 + 4.0 * f64::EPSILON)).floor()
}
