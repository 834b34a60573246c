//! Recording events.

use super::Engine;
use crate::event::{Event, EventKind, Watch};
use crate::queue::Request;
use crate::request::{Cost, Priority, Slot};

impl Engine {
    /// Records events of these kinds from now on, and no others: the sum of their
    /// [bits](EventKind::bit). An engine that records none, as by default, pays nothing for them.
    ///
    /// ```
    /// use multi_throttler_engine::{Costs, Engine, EventKind, Options, RollingWindow, Rule};
    /// let mut engine = Engine::default();
    /// engine.add_rule(Rule::new("orders", RollingWindow::new(4.0, 1000.0, 0.0)?)?, 0.0);
    /// engine.watch(EventKind::Threshold.bit(), 0.0);
    /// let mut costs = Costs::default();
    /// costs.add(engine.slot("orders", 0.0)?, 3.0);
    /// engine.submit(&costs, Options::default(), 0.0)?;
    ///
    /// assert!(engine.has_events(0.0));
    /// let events = engine.take_events();
    /// assert_eq!((events[0].names[0].0.as_str(), events[0].value), ("orders", 0.75));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn watch(&mut self, kinds: u32, now: f64) {
        let now = self.observe(now);
        let before = self.rules.watch.0.take();
        self.rules.settle_levels(now);
        if kinds == 0 {
            return;
        }
        let mut watch = Watch::new(kinds);
        watch.was_busy = !self.queue.is_empty();
        watch.mode = self.rules.mode().to_owned();
        watch.paused = self.rules.paused(now);
        watch.events = before.map_or_else(Vec::new, |before| before.events);
        self.rules.watch.0 = Some(Box::new(watch));
    }

    /// Whether there are recorded events. To be called after the other calls: the change of a mode,
    /// the end of a pause and an empty queue are recorded here.
    pub fn has_events(&mut self, now: f64) -> bool {
        let now = if self.is_watched() { self.observe(now) } else { return false };
        let is_idle = self.queue.is_empty();
        let Some(mut watch) = self.rules.watch.0.take() else { return false };
        if watch.mode != self.rules.mode() {
            watch.mode = self.rules.mode().to_owned();
            watch.push(EventKind::Mode, vec![(watch.mode.clone(), 0.0)], 0.0, 0);
        }
        while let Some(at) = watch.paused.iter().position(|names| !self.rules.is_paused(names, now))
        {
            let names = watch.paused.swap_remove(at);
            watch.push(EventKind::Resume, names, 0.0, 0);
        }
        if watch.was_busy && is_idle {
            watch.was_busy = false;
            watch.push(EventKind::Idle, Vec::new(), 0.0, 0);
        }
        let has_events = !watch.events.is_empty();
        self.rules.watch.0 = Some(watch);
        has_events
    }

    /// The events that were recorded since the last call, in the order in which they occurred.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.rules.watch.0.as_mut().map_or_else(Vec::new, |watch| std::mem::take(&mut watch.events))
    }

    /// Whether events of any kind are recorded.
    #[inline(always)]
    pub(super) fn is_watched(&self) -> bool {
        self.rules.watch.0.is_some()
    }

    /// Counts the grant of a waiter that has left the queue.
    pub(super) fn count_grant_of(&mut self, request: &Request) {
        let waited = self.now - request.since;
        self.counters.count_grant(waited);
        if self.is_watched() {
            let costs = self.vectors.get(request.vector).to_vec();
            self.record_request(EventKind::Grant, &costs, request.priority, waited);
        }
    }

    /// Records that a request was granted or has begun to wait.
    #[cold]
    pub(super) fn record_request(
        &mut self,
        kind: EventKind,
        costs: &[Cost],
        priority: Priority,
        waited: f64,
    ) {
        let by_id = |cost: &Cost| (self.rules.id_of(cost.slot), cost.amount);
        let names = costs.iter().map(by_id).collect();
        if let Some(watch) = &mut self.rules.watch.0 {
            watch.was_busy |= kind == EventKind::Queue;
            watch.push(kind, names, waited, priority as u32);
        }
    }

    /// Records that the usage that the server reported was applied to a rule.
    pub(super) fn record_sync(&mut self, slot: Slot, used: f64) {
        if !self.is_watched() {
            return;
        }
        let name = self.rules.id_of(slot);
        if let Some(watch) = &mut self.rules.watch.0 {
            watch.push(EventKind::Sync, vec![(name, used)], 0.0, 0);
        }
    }

    /// Records a pause of the rules that the caller named, or of all, until an instant; or its end,
    /// if that is no later than now.
    #[cold]
    pub(super) fn record_pause(&mut self, ids: Option<&[&str]>, until: f64, status: u32) {
        let ids = ids.unwrap_or_default();
        let names = unnumbered(ids);
        let Some(mut watch) = self.rules.watch.0.take() else { return };
        let kind = if until > self.now { EventKind::Pause } else { EventKind::Resume };
        watch.paused.retain(|paused| *paused != names && self.rules.is_paused(paused, self.now));
        if kind == EventKind::Pause {
            watch.paused.push(names.clone());
        }
        watch.push(kind, names, until.max(0.0), status);
        self.rules.watch.0 = Some(watch);
    }
}

/// Ids as the names of an event that has no numbers for them.
#[inline(never)]
pub(super) fn unnumbered(ids: &[&str]) -> Vec<(String, f64)> {
    ids.iter().map(|id| ((*id).to_owned(), 0.0)).collect()
}
