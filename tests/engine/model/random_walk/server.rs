//! Servers that count in tenths of a token, by a clock of their own.

/// All limits, in tenths.
pub const L: u64 = 200;
pub const SECOND: f64 = 1000.0;
/// Unix time less the engine's.
pub const UNIX: f64 = 1_700_000_000_000.0;

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Aligned(f64),
    FromFirst(f64),
}

/// What an answer shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub used: u64,
    pub read_at: f64,
    pub resets_at: Option<f64>,
}

#[derive(Clone, Debug)]
pub struct Counts {
    kind: Kind,
    /// When its window began.
    since: f64,
    used: u64,
}

impl Counts {
    pub fn new(kind: Kind) -> Self {
        Self { kind, since: f64::NEG_INFINITY, used: 0 }
    }

    /// `false`: more than the limit.
    pub fn arrive(&mut self, unix: f64, cost: u64) -> bool {
        let since = match self.kind {
            Kind::Aligned(interval) => (unix / interval).floor() * interval,
            Kind::FromFirst(interval) if unix - self.since > interval => unix,
            Kind::FromFirst(_) => self.since,
        };
        if since != self.since {
            (self.since, self.used) = (since, 0);
        }
        self.used += cost;
        self.used <= L
    }

    /// What it counts. `is_stale`: it still shows what it counted in a window that has ended, as long as nothing comes.
    pub fn show(&mut self, unix: f64, is_stale: bool) -> Shown {
        let resets_at = match self.kind {
            Kind::FromFirst(interval) if self.used > 0 => Some(self.since + interval),
            _ => None,
        };
        let is_over = match self.kind {
            Kind::Aligned(interval) => unix >= self.since + interval,
            Kind::FromFirst(interval) => unix - self.since > interval && !is_stale,
        };
        Shown { used: if is_over { 0 } else { self.used }, read_at: unix, resets_at }
    }

    /// Takes something out of what it counts.
    pub fn fall(&mut self, by: u64) {
        self.used -= by % (self.used + 1);
    }
}
