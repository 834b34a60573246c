//! States for the unit tests of the algorithms.

use super::definition::{Definition, InForce};
use crate::error::InvalidField;

/// The state at 0 ms of a definition whose whole limit is in force.
pub(super) fn started<D: Definition>(definition: Result<D, InvalidField>) -> D::State {
    started_at(definition, 0.0)
}

/// The state at `now` of a definition whose whole limit is in force.
pub(super) fn started_at<D: Definition>(definition: Result<D, InvalidField>, now: f64) -> D::State {
    let definition = definition.unwrap();
    definition.start(InForce::whole(definition.limit()), now)
}
