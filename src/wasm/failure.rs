//! The reasons why a call fails.

use wasm_bindgen::prelude::*;

use super::encode;
use multi_throttler_engine::{InvalidField, Rejection, UpdateError};

/// The reason why a call fails, before it becomes a JavaScript value: that must wait until nothing
/// of the throttler is borrowed.
pub(super) enum Failure {
    /// An exception of a getter, a clock or a host.
    Thrown(JsValue),
    Rejected(Rejection),
    /// A rule or a patch is invalid.
    Rule(InvalidField),
    /// Any other argument is invalid.
    Argument(InvalidField),
}

impl From<JsValue> for Failure {
    fn from(thrown: JsValue) -> Self {
        Failure::Thrown(thrown)
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Failure::Rejected(rejection)
    }
}

impl From<InvalidField> for Failure {
    fn from(invalid: InvalidField) -> Self {
        Failure::Argument(invalid)
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        match error {
            UpdateError::Unknown(rejection) => Failure::Rejected(rejection),
            UpdateError::Invalid(invalid) => Failure::Rule(invalid),
        }
    }
}

/// The exception that JavaScript sees.
impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Thrown(thrown) => thrown,
            Failure::Rejected(rejection) => encode::rejection(&rejection),
            Failure::Rule(invalid) => encode::invalid_rule(&invalid),
            Failure::Argument(invalid) => encode::invalid_config(&invalid),
        }
    }
}
