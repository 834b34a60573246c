//! The fixed share of a process that cannot reach the ledger.
//!
//! A part of each limit is set aside, and the ledger gives claims of the rest alone. A process may
//! spend its share of that part at any time, and counts its spending by itself. While the shares
//! of all processes together are at most the part set aside, the server counts at most the limit
//! (docs/internals/shared-limits.md has the argument).

use super::message::Cost;
use super::rule::{Counting, SharedRule};

/// A rounding error of a product of a limit and a fraction.
const ROUNDING: f64 = 1e-9;

/// The part of each limit that the ledger does not give, and the part of a process, as fractions.
#[derive(Clone, Copy, Debug)]
pub struct SetAside {
    /// The fraction of each limit that is set aside, above 0 and below 1.
    pub reserve: f64,
    /// The fraction of each limit that one process may spend, at most `reserve`.
    pub share: f64,
}

impl SetAside {
    /// The number of processes whose shares are together at most what is set aside.
    pub fn processes(&self) -> f64 {
        (self.reserve / self.share + ROUNDING).floor()
    }

    /// The rule by which the ledger gives claims. The server's windows may be opened by requests
    /// that the ledger never hears of, so windows of their first request count as rolling ones.
    pub fn rest_of(&self, rule: &SharedRule) -> SharedRule {
        match rule.counting {
            Counting::Bucket(rate) => {
                let rest = 1.0 - self.reserve;
                let counting = Counting::Bucket(rate * rest);
                SharedRule { counting, limit: rule.limit * rest, ..*rule }
            }
            counting => {
                let counting = match counting {
                    Counting::FirstRequest(interval) => Counting::Rolling(interval),
                    counting => counting,
                };
                let aside = (rule.limit * self.reserve - ROUNDING).ceil();
                SharedRule { counting, limit: (rule.limit - aside).floor(), ..*rule }
            }
        }
    }

    /// The rule by which a process counts its share. No window of the server has more requests than
    /// some rolling one, and a rolling window needs no clock but that of the process.
    pub fn share_of(&self, rule: &SharedRule) -> SharedRule {
        let counting = match rule.counting {
            Counting::Bucket(rate) => {
                let counting = Counting::Bucket(rate * self.share);
                return SharedRule { counting, limit: rule.limit * self.share, ..*rule };
            }
            Counting::Fixed(interval) | Counting::FirstRequest(interval) => {
                Counting::Rolling(interval)
            }
            counting => counting,
        };
        let limit = (rule.limit * self.share + ROUNDING).floor();
        SharedRule { counting, limit, ..*rule }
    }
}

/// The share of one process, counted by its monotonic clock, in milliseconds.
#[derive(Clone, Debug)]
pub struct Share {
    used: Vec<(SharedRule, Used)>,
}

#[derive(Clone, Debug)]
enum Used {
    /// The amounts, with the last instant at which each counts.
    Rolling(f64, Vec<(f64, f64)>),
    /// The remaining tokens at an instant.
    Bucket(f64, f64, f64),
    Permits(f64),
}

impl Share {
    /// The share of a process that starts at `now`. All of it counts as spent at that instant: the
    /// process may have taken the place of one that spent its share and died.
    pub fn new(rules: &[SharedRule], aside: SetAside, now: f64) -> Self {
        let start = |rule: &SharedRule| {
            let rule = aside.share_of(rule);
            let used = match rule.counting {
                Counting::Bucket(rate) => Used::Bucket(rate, 0.0, now),
                Counting::Concurrency => Used::Permits(0.0),
                Counting::Fixed(interval)
                | Counting::FirstRequest(interval)
                | Counting::Rolling(interval) => {
                    let counts_until = now + interval + rule.jitter;
                    Used::Rolling(interval, vec![(counts_until, rule.limit)])
                }
            };
            (rule, used)
        };
        Self { used: rules.iter().map(start).collect() }
    }

    /// Spends costs if the share covers them at `now`. Returns whether it does.
    pub fn spend(&mut self, costs: &[Cost], now: f64) -> bool {
        if !costs.iter().all(|cost| self.left(cost.rule, now) >= cost.amount) {
            return false;
        }
        for cost in costs {
            let Some((rule, used)) = self.used.get_mut(cost.rule) else { continue };
            match used {
                Used::Rolling(interval, log) => {
                    log.push((now + *interval + rule.jitter, cost.amount));
                }
                Used::Bucket(_, level, _) => *level -= cost.amount,
                Used::Permits(held) => *held += cost.amount,
            }
        }
        true
    }

    /// Releases permits.
    pub fn release(&mut self, rule: usize, amount: f64) {
        if let Some((_, Used::Permits(held))) = self.used.get_mut(rule) {
            *held = (*held - amount).max(0.0);
        }
    }

    /// The tokens left of a rule at `now`.
    fn left(&mut self, rule: usize, now: f64) -> f64 {
        let Some((rule, used)) = self.used.get_mut(rule) else { return 0.0 };
        match used {
            Used::Rolling(_, log) => {
                log.retain(|(counts_until, _)| *counts_until >= now);
                rule.limit - log.iter().map(|(_, amount)| amount).sum::<f64>()
            }
            Used::Bucket(rate, level, at) => {
                *level = (*level + *rate * (now - *at)).min(rule.capacity());
                *at = now;
                *level
            }
            Used::Permits(held) => rule.limit - *held,
        }
    }
}
