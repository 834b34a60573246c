//! A rule: an id and its limit.

use crate::error::{InvalidField, Value};
use crate::fields::Fields;
use crate::limit::Limit;

/// One limit under the id by which costs refer to it.
///
/// ```
/// use multi_throttler_engine::{Rule, TokenBucket};
/// let rule = Rule::new("REQUEST_WEIGHT", TokenBucket::new(1200.0, 1200.0 / 60_000.0)?)?;
/// # Ok::<(), multi_throttler_engine::InvalidField>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) id: String,
    pub(crate) limit: Limit,
    pub(crate) scope: Scope,
}

/// The clients whose requests a server counts together under a rule. The engine only stores it, for
/// programs in which several accounts share one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All clients of an IP address share the limit.
    #[default]
    Ip,
    /// The limit belongs to one account, whatever address its requests come from.
    Account,
}

impl Scope {
    /// The name by which a rule's field `scope` chooses it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Ip => "ip",
            Scope::Account => "account",
        }
    }

    /// The field `scope`, if there is one.
    pub(crate) fn from_fields(fields: &Fields) -> Result<Option<Self>, InvalidField> {
        let by_name = |value: &Value| match value {
            Value::Text(text) => {
                [Scope::Ip, Scope::Account].into_iter().find(|scope| scope.name() == text)
            }
            _ => None,
        };
        let invalid =
            |value: &Value| InvalidField::new("scope", value.clone(), "one of ip, account");
        fields.get("scope").map(|value| by_name(value).ok_or_else(|| invalid(value))).transpose()
    }
}

impl Rule {
    /// Makes a rule with an id that is not empty. An id that ends in `*` names a family: each id
    /// with that prefix gets a rule of its own on first use, which is dropped once it is idle and
    /// full again.
    ///
    /// # Errors
    /// The id is empty.
    pub fn new(id: impl Into<String>, limit: impl Into<Limit>) -> Result<Self, InvalidField> {
        let id = id.into();
        if id.is_empty() {
            return Err(InvalidField::new("id", Value::Text(id), ID));
        }
        Ok(Self { id, limit: limit.into(), scope: Scope::default() })
    }

    /// Returns the rule with another scope than the default, [`Scope::Ip`].
    ///
    /// ```
    /// use multi_throttler_engine::{Config, Engine, RollingWindow, Rule, Scope};
    /// let orders = Rule::new("orders:*", RollingWindow::new(10.0, 1000.0, 0.0)?)?;
    /// let mut engine = Engine::new(Config::default())?;
    /// engine.add_rule(orders.with_scope(Scope::Account), 0.0);
    /// engine.slot("orders:BTC", 0.0)?;
    /// assert!(engine.status(0.0).iter().all(|rule| rule.scope == Scope::Account));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Makes a rule from its named fields: `id`, `algorithm` (default: `token-bucket`), `scope`,
    /// and those of the algorithm. If `algorithm` is present, no other fields are allowed, as a
    /// mistyped limit would be no limit. A rule without it comes from ccxt: its other fields, such
    /// as `intervalType` and `intervalNum`, mean nothing to the engine and are not read.
    ///
    /// # Errors
    /// A field is missing, has a value that is not allowed, or is unknown. If one is missing and
    /// another one is unknown, the unknown one is named.
    pub fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        let id = fields.text("id", ID)?;
        let parts = || {
            let limit = Limit::from_fields(fields).map_err(|error| {
                // The missing field may be there, under a mistyped name.
                let is_missing = fields.get(&error.field).is_none();
                let mistyped = Limit::unknown_in(fields, &COMMON).filter(|_| is_missing);
                mistyped.unwrap_or(error)
            })?;
            let scope = Scope::from_fields(fields)?.unwrap_or_default();
            Limit::unknown_in(fields, &COMMON).map_or(Ok((limit, scope)), Err)
        };
        let (limit, scope) = parts().map_err(|error| error.of_rule(id))?;
        Ok(Self { id: id.into(), limit, scope })
    }
}

/// The fields of rules of any algorithm: id, scope, the choice of the algorithm, and ccxt's
/// description of a rate.
const COMMON: [&str; 5] = ["id", "algorithm", "scope", "intervalType", "intervalNum"];

const ID: &str = "a text that is not empty";

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &[(&str, Value)]) -> String {
        Rule::from_fields(&fields.iter().cloned().collect()).unwrap_err().to_string()
    }

    #[test]
    fn id_is_a_text_that_is_not_empty() {
        let id = |value| {
            [("id", value), ("capacity", Value::Number(1.0)), ("refillRate", Value::Number(1.0))]
        };
        let rule =
            Rule::from_fields(&id(Value::Text("weight".into())).into_iter().collect()).unwrap();
        assert_eq!((rule.id.as_str(), rule.limit.algorithm()), ("weight", "token-bucket"));
        assert_eq!(
            message(&id(Value::Text(String::new()))),
            "id must be a text that is not empty, got \"\""
        );
        assert_eq!(message(&id(Value::Number(7.0))), "id must be a text that is not empty, got 7");
        assert_eq!(message(&[]), "id must be a text that is not empty, got nothing");
    }

    #[test]
    fn error_of_a_field_names_the_rule() {
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(
            message(&[
                ("id", text("weight")),
                ("algorithm", text("concurrency")),
                ("limit", Value::Bool(true))
            ]),
            "Rule weight: limit must be a number above 0 and at most 2^53 - 1, got true"
        );
    }

    #[test]
    fn unknown_field_is_rejected_with_the_known_ones() {
        let text = |text: &str| Value::Text(text.into());
        let rule = |algorithm: &str, name: &str| {
            let limits = ["limit", "interval"].map(|name| (name, Value::Number(1.0)));
            let named =
                [("id", text("a")), ("algorithm", text(algorithm)), (name, Value::Number(3.0))];
            named.into_iter().chain(limits).collect::<Fields>()
        };
        let error = Rule::from_fields(&rule("rolling-window", "jiter")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Rule a: unknown field \"jiter\" for a rolling-window rule; \
             known fields: id, limit, interval, jitter, scope"
        );
        assert_eq!(error.field, "jiter");
        for (algorithm, name) in [
            ("fixed-window", "tokens"),
            ("concurrency", "jitter"),
            ("rolling-window", "anchor"),
            ("first-request-window", "anchor"),
        ] {
            assert_eq!(
                Rule::from_fields(&rule(algorithm, name)).unwrap_err().rule.as_deref(),
                Some("a")
            );
        }
        assert!(Rule::from_fields(&rule("fixed-window", "intervalNum")).is_ok());
    }

    #[test]
    fn mistyped_name_of_a_required_field_is_the_error() {
        let text = |text: &str| Value::Text(text.into());
        let rule = |name: &str, limit: Value| {
            let common = [("id", text("a")), ("algorithm", text("rolling-window"))];
            let own = [("interval", Value::Number(1.0)), (name, limit)];
            common.into_iter().chain(own).collect::<Fields>()
        };
        assert_eq!(
            Rule::from_fields(&rule("limits", Value::Number(5.0))).unwrap_err().to_string(),
            "Rule a: unknown field \"limits\" for a rolling-window rule; \
             known fields: id, limit, interval, jitter, scope"
        );
        assert_eq!(
            Rule::from_fields(&rule("scope", text("ip"))).unwrap_err().to_string(),
            "Rule a: limit must be a number above 0 and at most 2^53 - 1, got nothing"
        );
        // A value that is there and wrong is named before a field that is unknown.
        let mut fields = rule("limit", Value::Number(-1.0));
        fields.set("jiter", Value::Number(1.0));
        assert_eq!(Rule::from_fields(&fields).unwrap_err().field, "limit");
    }

    #[test]
    fn scope_is_ip_unless_set() {
        let rule = |scope: Option<Value>| {
            let bucket = [("capacity", Value::Number(1.0)), ("refillRate", Value::Number(1.0))];
            let fields = bucket.into_iter().chain([("id", Value::Text("a".into()))]);
            Rule::from_fields(&fields.chain(scope.map(|scope| ("scope", scope))).collect())
        };
        let text = |text: &str| Some(Value::Text(text.into()));
        assert_eq!(rule(None).unwrap().scope, Scope::Ip);
        assert_eq!(rule(text("ip")).unwrap().scope, Scope::Ip);
        assert_eq!(rule(text("account")).unwrap().scope, Scope::Account);
        for (scope, shown) in [(text("user"), "\"user\""), (Some(Value::Number(1.0)), "1")] {
            let error = rule(scope).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("Rule a: scope must be one of ip, account, got {shown}")
            );
            assert_eq!(error.field, "scope");
        }
    }

    #[test]
    fn rule_of_ccxt_may_have_other_fields() {
        let fields = [
            ("id", Value::Text("a".into())),
            ("capacity", Value::Number(1.0)),
            ("refillRate", Value::Number(1.0)),
            ("limit", Value::Number(1.0)),
            ("note", Value::Bool(true)),
        ];
        assert!(Rule::from_fields(&fields.into_iter().collect()).is_ok());
    }

    #[test]
    fn limit_without_algorithm_is_rejected() {
        assert_eq!(
            message(&[("id", Value::Text("a".into())), ("limit", Value::Number(5.0))]),
            "Rule a: algorithm must be one of: token-bucket rolling-window fixed-window first-request-window \
             concurrency spacing, got nothing"
        );
    }
}
