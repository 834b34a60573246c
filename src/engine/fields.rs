//! The named values that describe a rule or a configuration, before validation.

use crate::error::{InvalidField, Value};
use crate::numeric::MAX_SAFE;

/// Named, unchecked values, as they come from a JavaScript object, a file or a command line.
///
/// ```
/// use multi_throttler_engine::{Fields, Value};
/// let fields = Fields::from_iter([("capacity", Value::Number(-5.0))]);
/// let error = fields.number("capacity", "a number above 0", |n| n > 0.0).unwrap_err();
/// assert_eq!(error.to_string(), "capacity must be a number above 0, got -5");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, Value)>);

impl<K: Into<String>> FromIterator<(K, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl Fields {
    /// Collects the pairs that have a value. One function for all callers, as each generic copy of
    /// `from_iter` costs 200 bytes of wasm.
    pub(crate) fn of(fields: &[(&str, Option<Value>)]) -> Self {
        let mut all = Self::default();
        for (name, value) in fields {
            if let Some(value) = value {
                all.0.push(((*name).into(), value.clone()));
            }
        }
        all
    }

    /// The value of a field, if the field is present.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Sets a field, and replaces the one of that name if there is one.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some(field) => field.1 = value,
            None => self.0.push((name.into(), value)),
        }
    }

    /// All fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A required number for which `valid` holds.
    ///
    /// # Errors
    /// The field is missing, not a number, or not valid. The error says that it must be what
    /// `expected` says.
    pub fn number(
        &self,
        name: &str,
        expected: &'static str,
        valid: fn(f64) -> bool,
    ) -> Result<f64, InvalidField> {
        match self.get(name) {
            Some(Value::Number(n)) if valid(*n) => Ok(*n),
            Some(value) => Err(InvalidField::new(name, value.clone(), expected)),
            None => Err(InvalidField::new(name, Value::Other("nothing"), expected)),
        }
    }

    /// An optional number for which `valid` holds.
    ///
    /// # Errors
    /// The field is present, and is not a number or not valid.
    pub fn optional_number(
        &self,
        name: &str,
        expected: &'static str,
        valid: fn(f64) -> bool,
    ) -> Result<Option<f64>, InvalidField> {
        self.get(name).map(|_| self.number(name, expected, valid)).transpose()
    }

    /// A required text that is not empty.
    ///
    /// # Errors
    /// The field is missing, not a text, or empty.
    pub fn text(&self, name: &str, expected: &'static str) -> Result<&str, InvalidField> {
        match self.get(name) {
            Some(Value::Text(text)) if !text.is_empty() => Ok(text),
            Some(value) => Err(InvalidField::new(name, value.clone(), expected)),
            None => Err(InvalidField::new(name, Value::Other("nothing"), expected)),
        }
    }
}

/// Whether a number is allowed as a limit: above 0 and at most 2^53 - 1, up to which whole numbers
/// are exact, or infinite for none.
pub(crate) fn is_limit(n: f64) -> bool {
    n > 0.0 && n <= MAX_SAFE || n == f64::INFINITY
}

/// Returns a limit as it counts: an infinite one as 2^53 - 1.
pub(crate) fn counted_limit(n: f64) -> f64 {
    n.min(MAX_SAFE)
}

/// Whether a number is allowed as a rate, an amount or a time: 0 or more, and finite.
pub(crate) fn is_amount(n: f64) -> bool {
    n >= 0.0 && n.is_finite()
}
