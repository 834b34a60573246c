//! The rules that are shared.

/// How the server counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Counting {
    /// In windows of this length, aligned to Unix time.
    Fixed(f64),
    /// In windows of this length, each opened by its first request.
    FirstRequest(f64),
    /// In a log of this length. A minimum gap between requests is a log of that length whose limit
    /// is one request.
    Rolling(f64),
    /// In a bucket that gains this many tokens per millisecond.
    Bucket(f64),
    /// The requests that it works on at the same time.
    Concurrency,
}

/// A rule that is shared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharedRule {
    /// How the server counts.
    pub counting: Counting,
    /// The limit in tokens; the capacity of a bucket.
    pub limit: f64,
    /// The longest time between the grant of a request and its arrival at the server, error of the
    /// ledger's clock included, in milliseconds.
    pub jitter: f64,
}

impl SharedRule {
    /// The tokens that remain while nothing is used.
    pub fn capacity(&self) -> f64 {
        match self.counting {
            Counting::Bucket(rate) => (self.limit - rate * self.jitter).max(0.0),
            _ => self.limit,
        }
    }

    /// The longest time for which a claim is given, of which none is longer than `lease`. Claims of
    /// short windows are short, as a claim counts until its end and the window after it.
    pub(super) fn longest_claim(&self, lease: f64) -> f64 {
        match self.counting {
            Counting::Rolling(interval) | Counting::FirstRequest(interval) => {
                lease.min(interval / 8.0).max(50.0)
            }
            Counting::Concurrency => 3.0 * lease,
            _ => lease,
        }
    }

    /// The first and the last fixed window that a request may be counted in that is sent from
    /// `from` to `to`, by index.
    pub(super) fn windows(&self, interval: f64, from: f64, to: f64) -> (f64, f64) {
        (((from - self.jitter) / interval).floor(), ((to + self.jitter) / interval).floor())
    }
}
