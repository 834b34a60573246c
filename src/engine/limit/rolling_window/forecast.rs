//! The future of a rolling window for which costs are planned, without a copy of its log.

use super::super::forecast::Planned;
use super::super::instant::first_instant;
use super::RollingWindowState;
use crate::numeric::sum::Sum;

/// A [`RollingWindowState`] played forward: entries leave the log, planned costs enter it and leave
/// it in the same order. Instants only grow.
#[derive(Clone)]
pub(in super::super) struct RollingForecast<'a> {
    window: &'a RollingWindowState,
    /// The number of entries of the log that no longer count.
    expired: usize,
    planned: &'a [Planned],
    /// The numbers of planned costs that were taken, and of those that no longer count.
    taken: usize,
    gone: usize,
    /// The instant and the amount of one more cost, while it counts.
    inserted: Option<(f64, f64)>,
    used: Sum,
}

impl RollingWindowState {
    /// The future of this window, for which costs are planned, sorted by instant.
    pub(in super::super) fn forecast<'a>(&'a self, planned: &'a [Planned]) -> RollingForecast<'a> {
        RollingForecast {
            window: self,
            expired: self.expired,
            planned,
            taken: 0,
            gone: 0,
            inserted: None,
            used: self.used,
        }
    }
}

impl RollingForecast<'_> {
    /// Takes the planned costs of an instant, which add up to `cost`.
    pub(in super::super) fn take(&mut self, cost: f64, at: f64) {
        self.used.add(cost);
        while self.planned.get(self.taken).is_some_and(|planned| planned.at <= at) {
            self.taken = self.taken.saturating_add(1);
        }
    }

    pub(in super::super) fn insert(&mut self, cost: f64, at: f64) {
        self.used.add(cost);
        self.inserted = Some((at, cost));
    }

    pub(in super::super) fn available(&mut self, at: f64) -> f64 {
        while self.oldest().is_some_and(|oldest| at - oldest > self.window.span) {
            self.drop_oldest();
        }
        self.used.below(self.window.capacity).max(0.0)
    }

    pub(in super::super) fn ready_at(&mut self, amount: f64, from: f64) -> f64 {
        let (capacity, span) = (self.window.capacity, self.window.span);
        if amount > capacity {
            return f64::INFINITY;
        }
        self.available(from);
        let mut last = None;
        while self.used.below(capacity) < amount {
            let Some(oldest) = self.oldest() else { break };
            self.drop_oldest();
            last = Some(oldest);
        }
        let Some(last) = last else { return from };
        let at = first_instant(from, last + span, |at| at - last > span);
        self.available(at);
        at
    }

    /// The instant of the oldest cost that counts.
    fn oldest(&self) -> Option<f64> {
        let logged = self.window.log.get(self.expired).map(|entry| entry.at);
        let planned = self.planned.get(self.gone).filter(|_| self.gone < self.taken);
        logged.or_else(|| {
            let inserted = self.inserted.map(|inserted| inserted.0);
            planned.map(|planned| planned.at).into_iter().chain(inserted).reduce(f64::min)
        })
    }

    fn drop_oldest(&mut self) {
        let planned = self.planned.get(self.gone).filter(|_| self.gone < self.taken);
        if let Some(entry) = self.window.log.get(self.expired) {
            entry.leave(&mut self.used);
            self.expired = self.expired.saturating_add(1);
        } else if let Some((at, cost)) = self.inserted
            && planned.is_none_or(|planned| at <= planned.at)
        {
            self.used.add(-cost);
            self.inserted = None;
        } else if let Some(planned) = planned {
            self.used.add(-planned.cost);
            self.gone = self.gone.saturating_add(1);
        }
        if self.oldest().is_none() {
            self.used = Sum::default();
        }
    }
}
