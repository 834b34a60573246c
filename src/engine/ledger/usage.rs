//! The count of one rule.
//!
//! Each claim counts whole in every window that it may touch while it is open; a settled one counts
//! with what was spent, at its last spending. At any instant the count is therefore an upper bound
//! of what the server may count (step 3 of docs/internals/shared-limits.md).

use super::Part;
use super::rule::{Counting, SharedRule};
use super::window::OpenedWindow;

/// The tokens that are used of one rule.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    rule: SharedRule,
    count: Count,
}

#[derive(Clone, Debug)]
enum Count {
    /// The used tokens by the index of the window.
    Fixed {
        interval: f64,
        windows: Vec<(f64, f64)>,
    },
    First(OpenedWindow),
    /// The claims that are not settled, and the settled amounts with the last instant at which each
    /// counts.
    Rolling {
        interval: f64,
        open: f64,
        log: Vec<(f64, f64)>,
    },
    /// The remaining tokens at `at`, besides those of open claims.
    Bucket {
        rate: f64,
        level: f64,
        open: f64,
        at: f64,
    },
    Concurrency {
        held: f64,
    },
}

impl Usage {
    /// A rule of which nothing is used.
    pub(super) fn new(rule: SharedRule, now: f64) -> Self {
        let count = match rule.counting {
            Counting::Fixed(interval) => Count::Fixed { interval, windows: Vec::new() },
            Counting::FirstRequest(interval) => {
                Count::First(OpenedWindow::new(interval, rule.jitter))
            }
            Counting::Rolling(interval) => Count::Rolling { interval, open: 0.0, log: Vec::new() },
            Counting::Bucket(rate) => {
                Count::Bucket { rate, level: rule.capacity(), open: 0.0, at: now }
            }
            Counting::Concurrency => Count::Concurrency { held: 0.0 },
        };
        Self { rule, count }
    }

    /// Forgets what no longer counts at `now`, and refills a bucket.
    pub(super) fn advance(&mut self, now: f64) {
        let rule = self.rule;
        match &mut self.count {
            Count::Fixed { interval, windows } => {
                let (first, _) = rule.windows(*interval, now, now);
                windows.retain(|(index, _)| *index >= first);
            }
            Count::First(window) => window.advance(now),
            Count::Rolling { log, .. } => log.retain(|(counts_until, _)| *counts_until >= now),
            Count::Bucket { rate, level, open, at } => {
                let room = rule.capacity() - *open;
                *level = (*level + *rate * (now - *at)).min(room.max(*level));
                *at = now;
            }
            Count::Concurrency { .. } => {}
        }
    }

    /// The tokens that count at `now`, the instant of the last [`advance`](Usage::advance).
    pub(super) fn used(&self, now: f64) -> f64 {
        match &self.count {
            Count::Fixed { interval, windows } => {
                let (first, last) = self.rule.windows(*interval, now, now);
                let touched = windows.iter().filter(|(at, _)| (first..=last).contains(at));
                touched.map(|(_, used)| *used).fold(0.0, f64::max)
            }
            Count::First(window) => window.used(self.rule.limit, now),
            Count::Rolling { open, log, .. } => {
                log.iter().map(|(_, used)| used).sum::<f64>() + open
            }
            Count::Bucket { level, .. } => self.rule.capacity() - level,
            Count::Concurrency { held } => *held,
        }
    }

    /// The end of a claim that is given at `now`.
    pub(super) fn until(&self, lease: f64, now: f64) -> f64 {
        let longest = now + self.rule.longest_claim(lease);
        match &self.count {
            Count::Fixed { interval, .. } => {
                // The set of windows that the claim may touch stays the same until then.
                let (first, last) = self.rule.windows(*interval, now, now);
                let left = (first + 1.0) * interval + self.rule.jitter;
                let entered = (last + 1.0) * interval - self.rule.jitter;
                longest.min(left).min(entered)
            }
            Count::First(window) => longest.min(window.claims_end(now)),
            _ => longest,
        }
    }

    /// Whether a spare amount may be given. A window is opened for requests that are sent at once.
    pub(super) fn allows_spares(&self) -> bool {
        match &self.count {
            Count::First(window) => !window.opens(),
            _ => true,
        }
    }

    /// Counts a claim that is given at `now`.
    pub(super) fn take(&mut self, amount: f64, until: f64, now: f64) {
        match &mut self.count {
            Count::Fixed { interval, windows } => {
                let (first, last) = self.rule.windows(*interval, now, now);
                add_to_windows(windows, first, last, amount);
            }
            Count::First(window) => window.take(amount, until, now),
            Count::Rolling { open, .. } => *open += amount,
            Count::Bucket { level, open, .. } => {
                *level -= amount;
                *open += amount;
            }
            Count::Concurrency { held } => *held += amount,
        }
    }

    /// Counts a claim as used in full that has ended without a word of its holder.
    pub(super) fn lapse(&mut self, amount: f64) {
        match &mut self.count {
            Count::Bucket { open, .. } => *open -= amount,
            Count::Concurrency { held } => *held -= amount,
            _ => {}
        }
    }

    /// Whether a claim that ended at `until` still counts, or can still be given back.
    pub(super) fn counts_lapsed(&self, until: f64, now: f64) -> bool {
        match &self.count {
            Count::Fixed { interval, .. } => {
                self.rule.windows(*interval, until, until).1
                    >= self.rule.windows(*interval, now, now).0
            }
            Count::First(window) => until + self.rule.jitter >= now || now <= window.end(),
            Count::Rolling { interval, .. } => until + interval + self.rule.jitter >= now,
            Count::Bucket { rate, .. } => until + self.rule.capacity() / rate >= now,
            Count::Concurrency { .. } => until > now,
        }
    }

    /// Forgets a lapsed claim that no longer counts.
    pub(super) fn forget(&mut self, amount: f64) {
        if let Count::Rolling { open, .. } = &mut self.count {
            *open -= amount;
        }
    }

    /// Replaces a claim by what was spent of it, until `spent_at`.
    pub(super) fn settle(&mut self, part: &Part, spent: f64, spent_at: f64, now: f64) {
        let unspent = part.amount - spent;
        match &mut self.count {
            Count::Fixed { interval, windows } => {
                let (first, last) = self.rule.windows(*interval, part.since, part.since);
                for (_, used) in
                    windows.iter_mut().filter(|(index, _)| (first..=last).contains(index))
                {
                    *used -= unspent;
                }
            }
            Count::First(window) => {
                window.settle(part.amount, spent, spent_at, part.since);
                // It may be over by what is known now.
                window.advance(now);
            }
            Count::Rolling { interval, open, log } => {
                *open -= part.amount;
                let counts_until = spent_at + *interval + self.rule.jitter;
                if spent > 0.0 && counts_until >= now {
                    log.push((counts_until, spent));
                }
            }
            Count::Bucket { level, open, .. } => {
                // The bucket may have refilled what a lapsed claim left unspent.
                if !part.has_lapsed {
                    *open -= part.amount;
                    let room = self.rule.capacity() - *open;
                    *level = (*level + unspent).min(room.max(*level));
                }
            }
            Count::Concurrency { held } => {
                if !part.has_lapsed {
                    *held -= part.amount;
                }
            }
        }
    }

    /// Counts what a process has spent from `from` to `to`, before a loss.
    pub(super) fn register(&mut self, from: f64, to: f64, amount: f64, now: f64) {
        match &mut self.count {
            Count::Fixed { interval, windows } => {
                let (first, last) = self.rule.windows(*interval, from, to);
                let (current, _) = self.rule.windows(*interval, now, now);
                add_to_windows(windows, first.max(current), last, amount);
            }
            Count::First(window) => window.register(to),
            Count::Rolling { interval, log, .. } => {
                log.push((to + *interval + self.rule.jitter, amount));
            }
            Count::Bucket { level, .. } => *level -= amount,
            Count::Concurrency { held } => *held += amount,
        }
    }

    /// The first instant after `now` at which less may count, if no claim is settled before: a
    /// lower bound, as the ledger is asked again then. `first_end` is the
    /// end of the open claim that ends first.
    pub(super) fn changes_at(&self, missing: f64, first_end: f64, now: f64) -> f64 {
        let jitter = self.rule.jitter;
        let after = |at: f64| at.max(now).next_up();
        match &self.count {
            Count::Fixed { interval, .. } => {
                let (first, _) = self.rule.windows(*interval, now, now);
                after((first + 1.0) * interval + jitter)
            }
            Count::First(window) => after(window.end()),
            Count::Rolling { interval, log, .. } => {
                let ends = log.iter().map(|(counts_until, _)| *counts_until);
                after(ends.fold(first_end + interval + jitter, f64::min))
            }
            Count::Bucket { rate, .. } => {
                let refilled = now + (missing.max(0.0) / rate).max(1.0);
                if first_end > now { refilled.min(first_end.max(now + 1.0)) } else { refilled }
            }
            Count::Concurrency { .. } => first_end,
        }
    }
}

/// Adds an amount to all windows from one index to another.
fn add_to_windows(windows: &mut Vec<(f64, f64)>, first: f64, last: f64, amount: f64) {
    let mut index = first;
    while index <= last {
        match windows.iter_mut().find(|(known, _)| *known == index) {
            Some((_, used)) => *used += amount,
            None => windows.push((index, amount)),
        }
        index += 1.0;
    }
}
