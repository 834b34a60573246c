//! Reports: responses of a server, as far as they concern the engine.

use crate::request::Ticket;

/// The response of a server to a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The time in milliseconds for which the server asks to send nothing.
    pub retry_after: Option<f64>,
    /// The server's clock in Unix milliseconds, truncated to whole seconds as in the header `Date`.
    pub date: Option<f64>,
    /// The ids of the rules that a refusal pauses; `None` for all.
    pub rules: Option<&'a [&'a str]>,
    /// The permit of the request.
    pub permit: Option<Ticket>,
    /// The usage that the server reports.
    pub usage: &'a [Usage<'a>],
    /// A random number from 0 to below 1, which spreads the return of clients that were refused
    /// together.
    pub random: f64,
}

/// The usage that a server reports for one rule. NaN and negative numbers are ignored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage<'a> {
    /// The id of the rule. A rule that does not exist is skipped, as a server may report more than
    /// is asked for.
    pub rule: &'a str,
    /// The usage, in tokens.
    pub used: Option<f64>,
    /// The remaining tokens.
    pub remaining: Option<f64>,
    /// The server's limit, in tokens. It matters if it is lower than the rule's limit.
    pub limit: Option<f64>,
    /// The instant of the server's next reset, in Unix milliseconds of its own clock, to about a
    /// second.
    pub resets_at: Option<f64>,
    /// The time until the server's next reset, in milliseconds from the instant of its response. It
    /// is more exact than `resets_at`, which depends on two clocks, and takes precedence over it.
    pub resets_in: Option<f64>,
    /// Whether `used` is the complete count of the rule when the server responded, the request
    /// included. If the report also names the permit, fixed windows then give back what requests
    /// turned out not to cost. `remaining` is no such count, as the server's limit may differ from
    /// the rule's.
    pub exact: bool,
}

/// Too Many Requests (RFC 6585).
pub(crate) const REFUSED: u16 = 429;

/// The response of Binance, and of servers that copy its interface, to a banned address.
pub(crate) const BANNED: u16 = 418;
