//! Leases and changes of the configuration, made on the engine and on the oracle.

use crate::model::oracle::calls::{self, Change, millis};
use crate::model::oracle::pair::{Pair, nth};

impl Pair {
    /// Limits how long a permit is held; the shortest of several limits counts.
    pub fn lease(&mut self, any: usize, ticks: i128) {
        let now = self.now();
        if let Some(waiter) = nth(&self.oracle.waiting, any) {
            assert!(!self.engine.lease(waiter.key, millis(ticks), now));
        }
        let Some(held) = nth(&self.oracle.held, any) else { return };
        assert!(self.engine.lease(held.key, millis(ticks), now));
        let held = self.oracle.held.iter_mut().find(|other| other.key == held.key).unwrap();
        let end = held.since + ticks;
        held.lease = Some(held.lease.map_or(end, |lease| lease.min(end)));
    }

    pub fn configure(&mut self, change: Change) {
        let mut settings = self.oracle.settings.clone();
        match change {
            Change::MaxWaiting(max_waiting) => settings.max_waiting = max_waiting,
            Change::Overflow(overflow) => settings.overflow = overflow,
            Change::Order(strict, reservations) => {
                (settings.strict, settings.reservations) = (strict, reservations);
            }
            Change::Aging(aging) => settings.aging = aging,
            // As a change of the mode, it rounds the deficit of a bucket.
            Change::Quota(..) if !self.dyadic => return,
            Change::Quota(share, modes) => (settings.share, settings.modes) = (share, modes),
        }
        self.engine.configure(calls::config(&settings), self.now()).unwrap();
        let classes: Vec<_> = self.oracle.waiting.iter().map(|r| self.oracle.class(r)).collect();
        for (waiter, class) in self.oracle.waiting.iter_mut().zip(classes) {
            waiter.risen = class;
        }
        let share = |oracle: &Self| -> Vec<i128> {
            let rules = oracle.oracle.rules.iter();
            rules.map(|rule| rule.as_ref().map_or(0, |r| oracle.oracle.share(r.limit))).collect()
        };
        let before = share(self);
        self.oracle.settings = settings;
        let after = share(self);
        for (index, shares) in before.into_iter().zip(after).enumerate() {
            if let Some(rule) = &mut self.oracle.rules[index] {
                rule.update(rule.kind.clone(), rule.limit, shares);
                self.evict_ungrantable(index);
            }
        }
    }
}
