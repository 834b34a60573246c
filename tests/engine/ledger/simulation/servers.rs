//! The servers: each counts what arrives, and tells what it would refuse.

use multi_throttler_engine::ledger::{Counting, SharedRule};

/// A server that counts under one rule.
pub struct Server {
    rule: SharedRule,
    arrivals: Vec<(f64, f64)>,
    window: f64,
    used: f64,
    level: f64,
    at: f64,
}

/// Rounding of fractional refills.
const ROUNDING: f64 = 1e-6;

impl Server {
    pub fn new(rule: SharedRule) -> Self {
        let (window, at) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        Self { rule, arrivals: Vec::new(), window, used: 0.0, level: rule.limit, at }
    }

    /// Counts a request that arrives at `now`. Returns by how much it exceeds the limit.
    pub fn receive(&mut self, amount: f64, now: f64) -> f64 {
        match self.rule.counting {
            Counting::Rolling(interval) => {
                // An entry of age exactly `interval` still counts.
                self.arrivals.retain(|(at, _)| *at >= now - interval);
                self.arrivals.push((now, amount));
                self.used = self.arrivals.iter().map(|(_, amount)| amount).sum();
            }
            Counting::Fixed(interval) => self.count_in((now / interval).floor(), amount),
            Counting::FirstRequest(interval) => {
                let window = if now >= self.window + interval { now } else { self.window };
                self.count_in(window, amount);
            }
            Counting::Bucket(rate) => {
                let gained = if self.at.is_finite() { rate * (now - self.at) } else { 0.0 };
                self.level = (self.level + gained).min(self.rule.limit) - amount;
                self.at = now;
                self.used = self.rule.limit - self.level;
            }
            Counting::Concurrency => unreachable!("permits are not simulated"),
        }
        (self.used - self.rule.limit - ROUNDING).max(0.0)
    }

    fn count_in(&mut self, window: f64, amount: f64) {
        if window != self.window {
            (self.window, self.used) = (window, 0.0);
        }
        self.used += amount;
    }
}
