//! Servers that count in tenths of a token, by a clock of their own.

/// The limit of both rules, in tenths of a token.
pub const LIMIT: u64 = 200;
pub const SECOND: f64 = 1000.0;
/// Unix time minus engine time.
pub const UNIX: f64 = 1_700_000_000_000.0;

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Fixed(f64),
    FirstRequest(f64),
}

/// The usage that a response reports.
#[derive(Clone, Copy, Debug)]
pub struct Reported {
    pub used: u64,
    pub read_at: f64,
    pub resets_at: Option<f64>,
}

#[derive(Clone, Debug)]
pub struct Counter {
    kind: Kind,
    /// The start of the window.
    since: f64,
    used: u64,
}

impl Counter {
    pub fn new(kind: Kind) -> Self {
        Self { kind, since: f64::NEG_INFINITY, used: 0 }
    }

    /// Counts a request. Returns `false` if the count exceeds the limit.
    pub fn arrive(&mut self, unix: f64, cost: u64) -> bool {
        let since = match self.kind {
            Kind::Fixed(interval) => (unix / interval).floor() * interval,
            Kind::FirstRequest(interval) if unix - self.since > interval => unix,
            Kind::FirstRequest(_) => self.since,
        };
        if since != self.since {
            (self.since, self.used) = (since, 0);
        }
        self.used += cost;
        self.used <= LIMIT
    }

    /// The current usage. `is_stale`: a window that has ended is still reported until the next
    /// request arrives.
    pub fn read(&mut self, unix: f64, is_stale: bool) -> Reported {
        let resets_at = match self.kind {
            Kind::FirstRequest(interval) if self.used > 0 => Some(self.since + interval),
            _ => None,
        };
        let is_over = match self.kind {
            Kind::Fixed(interval) => unix >= self.since + interval,
            Kind::FirstRequest(interval) => unix - self.since > interval && !is_stale,
        };
        Reported { used: if is_over { 0 } else { self.used }, read_at: unix, resets_at }
    }

    /// Takes something out of the count.
    pub fn lower(&mut self, by: u64) {
        self.used -= by % (self.used + 1);
    }
}
