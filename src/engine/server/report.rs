//! What a server says: usage, refusals, bans, the time.

use crate::request::Ticket;

/// What a server answered to a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The HTTP status.
    pub status: u16,
    /// For how many milliseconds it asks to send nothing.
    pub retry_after: Option<f64>,
    /// Its clock, in Unix milliseconds, cut to whole seconds as in the header `Date`.
    pub date: Option<f64>,
    /// The rules that a refusal pauses, by id; all if they are not named.
    pub rules: Option<&'a [&'a str]>,
    /// The permit of the request.
    pub permit: Option<Ticket>,
    /// What it says of its counts.
    pub usage: &'a [Usage<'a>],
    /// A random number from 0 to below 1, by which clients that were refused together do not all come back together.
    pub random: f64,
}

/// What a server says of its count under one rule. Numbers that are none are not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage<'a> {
    /// The rule's id. One that there is no rule of is passed over, as a server may tell of more than is asked.
    pub rule: &'a str,
    /// What is used, in tokens.
    pub used: Option<f64>,
    /// What is left, in tokens.
    pub remaining: Option<f64>,
    /// How much there is in all, in tokens; of interest if that is less than the rule's limit.
    pub limit: Option<f64>,
    /// When it begins to count anew, in Unix milliseconds of its own clock, to about a second.
    pub resets_at: Option<f64>,
    /// Whether `used` is all that the server counted under the rule when it answered, the answered request included. Then
    /// fixed windows give back what requests turned out not to cost, if the report names the permit. What is left does not
    /// tell as much: the server's limit may be another than the rule's.
    pub exact: bool,
}

/// Too Many Requests (RFC 6585).
pub(crate) const REFUSED: u16 = 429;

/// What Binance, and those that copy its interface, answer to an address that is banned.
pub(crate) const BANNED: u16 = 418;
