//! The usage that a server reports, and the strength of that evidence.

/// The usage that a server reports for one rule in a response.
#[derive(Clone, Copy, Debug)]
pub struct ServerUsage {
    /// The usage of the limit in force, in tokens; 0 or more.
    pub used: f64,
    /// The usage of the whole limit, including what the share leaves to other programs.
    pub total: f64,
    /// The cost of the answered request under this rule, if it was in flight until now; else 0.
    pub answered_cost: f64,
    /// The strength of the evidence.
    pub evidence: Evidence,
    /// The instant at which the answered request was granted. The server read its count later.
    pub granted_at: f64,
    /// The first and the last instant, in Unix time of the server, at which it may have read its
    /// count.
    pub reported_within: (f64, f64),
    /// The first and the last instant, on the engine's clock, of the server's next reset, if the
    /// server reported it.
    pub resets_within: Option<(f64, f64)>,
    /// The instant by which the server resets its count, on the engine's clock, if it is certain:
    /// the report names the permit, and the server counted down, so no second clock is involved.
    pub resets_by: Option<f64>,
}

/// The strength of a report of usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A lower bound of usage.
    AtLeast,
    /// The complete count of the server, the answered request included, at some instant after that
    /// request was granted.
    Complete,
    /// The usage of now, except for costs in flight, from a source that knows it.
    Authoritative,
}

impl ServerUsage {
    /// The usage with costs in flight. An authoritative report keeps the `known` usage if that is
    /// lower than the server's whole count, as the usage of other programs within their share is
    /// unknown.
    pub(super) fn used_with(&self, in_flight: f64, known: f64) -> f64 {
        let ours = if self.evidence == Evidence::Authoritative {
            known.min(self.total + in_flight)
        } else {
            0.0
        };
        ours.max(self.used + in_flight)
    }
}
