//! The bounds of the offset between the ledger's clock and that of a process.

/// The rates of two clocks differ by at most this part.
const DRIFT: f64 = 0.001;

/// The bounds of the ledger's time minus the time of a process.
///
/// The ledger read its time between the sending of a call and the arrival of its answer, so `T -
/// sent` bounds the offset from above and `T - heard` from below. A call that is repeated was sent
/// when it was sent first: the ledger may have taken any of the copies. Bounds widen as they age.
#[derive(Clone, Copy, Debug)]
pub struct Offset {
    most: f64,
    least: f64,
    at: f64,
}

impl Default for Offset {
    fn default() -> Self {
        Self { most: f64::INFINITY, least: f64::NEG_INFINITY, at: 0.0 }
    }
}

impl Offset {
    /// Learns from an answer.
    pub fn learn(&mut self, sent: f64, ledger: f64, heard: f64) {
        self.most = self.most(heard).min(ledger - sent);
        self.least = self.least(heard).max(ledger - heard);
        self.at = heard;
    }

    /// Whether an answer was heard.
    pub fn is_known(&self) -> bool {
        self.most < f64::INFINITY
    }

    /// The upper bound at `now`.
    pub fn most(&self, now: f64) -> f64 {
        self.most + (now - self.at).max(0.0) * DRIFT
    }

    /// The lower bound at `now`.
    pub fn least(&self, now: f64) -> f64 {
        self.least - (now - self.at).max(0.0) * DRIFT
    }
}
