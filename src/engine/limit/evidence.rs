//! What a server said of its count, and how far that may be relied on.

/// What a server said of its count under one rule, in the answer to a request.
#[derive(Clone, Copy, Debug)]
pub struct ServerUsage {
    /// What it counts as used of the limit in force, in tokens, 0 or more.
    pub used: f64,
    /// What it counts in all: that and what the share leaves to others.
    pub total: f64,
    /// What the request that it answers cost under this rule, if it was in flight until now; else 0.
    pub answered_cost: f64,
    /// How far it may be relied on.
    pub evidence: Evidence,
    /// When that request was granted: the server said this later.
    pub granted_at: f64,
    /// The first and the last instant of the server's Unix time at which it may have said so.
    pub reported_within: (f64, f64),
    /// The first and the last instant on the engine's clock at which the server may begin to count anew, if it said so.
    pub resets_within: Option<(f64, f64)>,
}

/// How far what a server said of its count may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// No less is used.
    AtLeast,
    /// It is all that the server counts, the request that it answers included, at some instant after that was granted.
    Complete,
    /// It is what is used now, but for what is in flight: somebody who knows says so.
    Authoritative,
}

impl ServerUsage {
    /// What is used where so much is in flight, and so much was known to be used. If it is known no more than that, and
    /// than all that the server counts: how much of that others have used within their share is not known.
    pub(super) fn used_with(&self, in_flight: f64, known: f64) -> f64 {
        let ours =
            if self.evidence == Evidence::Authoritative { known.min(self.total + in_flight) } else { 0.0 };
        ours.max(self.used + in_flight)
    }
}
