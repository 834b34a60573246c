//! The configuration of windows.

use crate::error::{InvalidField, Value};
use crate::fields::{Fields, counted_limit, is_amount, is_limit};
use crate::numeric::MAX_SAFE;

const LIMIT: &str = "a number above 0 and at most 2^53 - 1";
const INTERVAL: &str = "a number of milliseconds from 1 to 2^53 - 1";
const JITTER: &str = "a finite number of milliseconds, 0 or more";
const ANCHOR: &str = "one of: epoch first-request";
const SHORT_JITTER: &str = "less than half of the interval, in milliseconds";

/// The fields of every window.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowFields {
    pub(super) limit: f64,
    pub(super) interval: f64,
    pub(super) jitter: f64,
}

impl WindowFields {
    pub(super) fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let limit = counted_limit(fields.number("limit", LIMIT, is_limit)?);
        let interval = fields.number("interval", INTERVAL, |ms| (1.0..=MAX_SAFE).contains(&ms))?;
        let jitter = fields.optional_number("jitter", JITTER, is_amount)?.unwrap_or(0.0);
        Ok(Self { limit, interval, jitter })
    }

    /// The fields of a window with edges. Near an edge, `jitter` leaves open on which side a
    /// request will be counted; with a jitter of half the interval, no request could be sent
    /// safely.
    ///
    /// A field `anchor` may name the start of the windows, which the algorithm implies.
    pub(super) fn with_edges(fields: &Fields, anchor: &str) -> Result<Self, InvalidField> {
        if let Some(other) = fields.get("anchor")
            && *other != Value::Text(anchor.into())
        {
            return Err(InvalidField::new("anchor", other.clone(), ANCHOR));
        }
        let window = Self::from_fields(fields)?;
        if window.jitter < window.interval / 2.0 {
            Ok(window)
        } else {
            Err(InvalidField::new("jitter", Value::Number(window.jitter), SHORT_JITTER))
        }
    }

    pub(super) const NAMES: [&str; 3] = ["limit", "interval", "jitter"];

    /// The fields of windows with edges. The field `anchor` tells the two algorithms apart.
    pub(super) const NAMES_WITH_EDGES: [&str; 4] = ["limit", "interval", "jitter", "anchor"];

    pub(super) fn new(limit: f64, interval: f64, jitter: f64) -> Self {
        Self { limit, interval, jitter }
    }

    pub(super) fn fields(self) -> Fields {
        let Self { limit, interval, jitter } = self;
        let fields = [("limit", limit), ("interval", interval), ("jitter", jitter)];
        Fields::of(&fields.map(|(name, number)| (name, Some(Value::Number(number)))))
    }
}
