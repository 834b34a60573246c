//! Plain values, between JavaScript's and the engine's.
//!
//! `tape::read` makes them of arguments and `tape::value` makes results of them. All checks of
//! fields in between are plain Rust, which is a third of the code that handles of JavaScript values
//! take: each of those has to be freed, and each access may throw.

use multi_throttler_engine::{Fields, InvalidField, Value};

/// The value of an argument or a result.
#[derive(Clone, Debug, Default)]
pub(super) enum Data {
    #[default]
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// A text with lone surrogates, in place of which stand replacement characters. It is no id, as
    /// all of them would become the same one.
    BrokenText(String),
    /// A value of any other kind, in words.
    Other(&'static str),
    List(Vec<Data>),
    Object(Vec<(String, Data)>),
}

/// The lack of a property.
static UNDEFINED: Data = Data::Undefined;

impl Data {
    pub(super) fn text(text: &str) -> Self {
        Data::Text(text.into())
    }

    /// A value that an error shows.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Number(number) => Data::Number(*number),
            Value::Bool(bool) => Data::Bool(*bool),
            Value::Text(text) => Data::text(text),
            Value::Other(words) => Data::Other(words),
        }
    }

    /// A duration in milliseconds; an infinite one is `null`, as JSON has no infinity.
    pub(super) fn duration(ms: f64) -> Self {
        if ms < f64::INFINITY { Data::Number(ms) } else { Data::Null }
    }

    pub(super) fn object<const N: usize>(fields: [(&str, Data); N]) -> Self {
        Data::Object(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    pub(super) fn is_undefined(&self) -> bool {
        matches!(self, Data::Undefined)
    }

    /// The property of an object; undefined if it has none of this name, or is no object.
    pub(super) fn get(&self, name: &str) -> &Data {
        let fields = match self {
            Data::Object(fields) => fields.as_slice(),
            _ => &[],
        };
        fields.iter().find(|(key, _)| key == name).map_or(&UNDEFINED, |(_, value)| value)
    }

    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Data::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn as_finite(&self) -> Option<f64> {
        self.as_number().filter(|number| number.is_finite())
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Data::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// A text of whole characters.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The properties of an object, which all have a value.
    ///
    /// # Errors
    /// It is no object, which is what the field takes.
    pub(super) fn fields(
        &self,
        field: &str,
        expected: &'static str,
    ) -> Result<&[(String, Data)], InvalidField> {
        match self {
            Data::Object(fields) => Ok(fields),
            _ => Err(self.invalid(field, expected)),
        }
    }

    /// A number, whose range the engine checks.
    pub(super) fn number(&self, field: &str) -> Result<f64, InvalidField> {
        self.as_number().ok_or_else(|| self.invalid(field, "a number"))
    }

    pub(super) fn bool(&self, field: &str) -> Result<bool, InvalidField> {
        self.as_bool().ok_or_else(|| self.invalid(field, "true or false"))
    }

    /// The length of a stretch of time.
    pub(super) fn milliseconds(&self, field: &str) -> Result<f64, InvalidField> {
        let ms = self.as_number().filter(|&ms| ms >= 0.0);
        ms.ok_or_else(|| self.invalid(field, "a number of milliseconds, 0 or more"))
    }

    /// A text of whole characters.
    pub(super) fn id(&self, field: &str, expected: &'static str) -> Result<&str, InvalidField> {
        self.as_text().ok_or_else(|| self.invalid(field, expected))
    }

    /// The error that `field` must be what `expected` says.
    pub(super) fn invalid(&self, field: &str, expected: &'static str) -> InvalidField {
        InvalidField::new(field, self.to_value(), expected)
    }

    /// The error that `subject` has no field of this name, but those that `known` lists.
    pub(super) fn unknown(&self, field: &str, subject: &str, known: &str) -> InvalidField {
        InvalidField::unknown(field, self.to_value(), subject, known)
    }

    /// The value as an error shows it.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Data::Undefined => Value::Other("undefined"),
            Data::Null => Value::Other("null"),
            Data::Bool(bool) => Value::Bool(*bool),
            Data::Number(number) => Value::Number(*number),
            Data::Text(text) | Data::BrokenText(text) => Value::Text(text.clone()),
            Data::Other(words) => Value::Other(words),
            Data::List(_) => Value::Other("an array"),
            Data::Object(_) => Value::Other("an object"),
        }
    }

    /// The properties of an object as the engine's fields, unchecked.
    pub(super) fn to_fields(fields: &[(String, Data)]) -> Fields {
        let mut all = Fields::default();
        for (name, value) in fields {
            all.set(name, value.to_value());
        }
        all
    }
}
