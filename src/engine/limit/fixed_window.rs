//! Fixed window aligned to Unix time.

use super::definition::{Definition, InForce, Traits};
use super::evidence::{Evidence, ServerUsage};
use super::instant::{first_instant, windows_for};
use super::state::State;
use super::window_fields::WindowFields;
use super::window_usage::WindowUsage;
use crate::error::InvalidField;
use crate::fields::Fields;

/// The usage of an unknown window: more than any limit.
const FULL: f64 = 1e16;

/// At most `limit` tokens between two multiples of `interval` milliseconds of Unix time. (Binance:
/// a limit of one minute is reset with each minute, and one of a day at 00:00 UTC.)
///
/// # Server
///
/// A counter that is reset when the wall clock reaches a multiple of `interval`. The cost of each
/// request is added at its arrival, and the request is refused if the counter exceeds `limit`.
///
/// # Why none is refused
///
/// Let a request be granted when this clock reads `s`. If `jitter` covers its travel time and the
/// difference of the clocks, the request reaches the server within `[s - jitter, s + jitter]` of
/// the server's time. It is counted here in **every** window that this span touches, and so also in
/// the one in which the server counts it. Each window is granted at most `limit`, so the server
/// counts at most that.
///
/// A cost that is given back was never sent, or is the part of a cost that the server does not
/// count, so no counter of the server includes it. It is removed from exactly those windows in
/// which it was counted here.
///
/// A [complete count](crate::Usage::exact) of the server may show that requests cost less than they
/// were charged. It lowers usage only as far as is certain; see docs/internals/exact-counts.md in
/// the repository.
///
/// # Price
///
/// Only requests within `jitter` of an edge are counted twice. A saturated window is used up within
/// the first of its `interval - 2 * jitter` milliseconds that touch no other window, so it loses
/// nothing. In the worst case, with all requests within `jitter` of edges, `2 * jitter / interval`
/// is lost.
#[derive(Clone, Debug)]
pub struct FixedWindow(WindowFields);

/// The usage under a [`FixedWindow`] rule.
#[derive(Clone, Debug)]
pub struct FixedWindowState {
    /// The limit in force.
    capacity: f64,
    interval: f64,
    jitter: f64,
    /// Unix time minus the engine's time, in milliseconds.
    offset: f64,
    /// The number of the latest window that a request may certainly fall into: Unix time divided by
    /// `interval`.
    window: f64,
    /// The usage of the window before that one, of that one, and of the one after it.
    counts: [WindowUsage; 3],
    /// The last reset of usage. Earlier costs cannot be given back.
    since: f64,
    /// The lowest and the highest offset since then.
    offsets: (f64, f64),
}

impl FixedWindow {
    /// A window of at most `limit` tokens (above 0, at most 2^53 - 1) per `interval` milliseconds
    /// (1 to 2^53 - 1) of Unix time. A request reaches the server within `jitter` milliseconds (0
    /// or more, below `interval / 2`) of its grant, the difference of the clocks included.
    ///
    /// # Errors
    /// Names the field that is out of its range.
    pub fn new(limit: f64, interval: f64, jitter: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&WindowFields::new(limit, interval, jitter).fields())
    }
}

impl FixedWindowState {
    /// The first and the last window in which a request granted at `now` may be counted: the same
    /// one, or neighbours, as `jitter` is less than half an interval.
    fn touched(&self, now: f64) -> (f64, f64) {
        let unix = now + self.offset;
        (
            ((unix - self.jitter) / self.interval).floor(),
            ((unix + self.jitter) / self.interval).floor(),
        )
    }

    /// The usage of a window. Windows long past are unknown and count as full.
    fn count_of(&self, window: f64) -> WindowUsage {
        let [before, current, after] = self.counts;
        match window - self.window {
            n if n < -1.0 => WindowUsage::of(FULL),
            -1.0 => before,
            0.0 => current,
            1.0 => after,
            _ => WindowUsage::default(),
        }
    }

    /// Advances to `window`, if that is later.
    fn advance(&mut self, window: f64) {
        if window > self.window {
            self.counts = [window - 1.0, window, window + 1.0].map(|each| self.count_of(each));
            self.window = window;
        }
    }

    /// Changes the windows that a request granted at `now` touches.
    fn touch(&mut self, now: f64, change: impl Fn(&mut WindowUsage)) {
        let (first, last) = self.touched(now);
        self.advance(first);
        change(self.count_mut(first));
        if last > first {
            change(self.count_mut(last));
        }
    }

    /// The usage of the current window, or of a neighbour.
    fn count_mut(&mut self, window: f64) -> &mut WindowUsage {
        let [before, current, after] = &mut self.counts;
        match window - self.window {
            -1.0 => before,
            0.0 => current,
            _ => after,
        }
    }

    /// Changes the windows from `first` to `last`, as far as they are known.
    fn change(&mut self, first: f64, last: f64, change: impl Fn(&mut WindowUsage)) {
        for (window, count) in
            [-1.0, 0.0, 1.0].map(|n| self.window + n).into_iter().zip(&mut self.counts)
        {
            if window >= first && window <= last {
                change(count);
            }
        }
    }

    /// The first and the last window in which every offset since the last reset counts a request
    /// granted at `taken_at`.
    fn counted(&self, taken_at: f64) -> (f64, f64) {
        let (least, greatest) = self.offsets;
        let first = ((taken_at + greatest - self.jitter) / self.interval).floor();
        (first, ((taken_at + least + self.jitter) / self.interval).floor())
    }

    /// Changes the windows in which every offset counts a request granted at `taken_at`.
    fn change_where_counted(&mut self, taken_at: f64, change: impl Fn(&mut WindowUsage)) {
        if taken_at >= self.since {
            let (first, last) = self.counted(taken_at);
            self.change(first, last, change);
        }
    }

    /// The remaining tokens of a window.
    fn left_of(&self, window: f64) -> f64 {
        self.count_of(window).below(self.capacity)
    }

    /// The remaining tokens of the fuller window that a request granted at `now` touches.
    fn left_at(&self, now: f64) -> f64 {
        let (first, last) = self.touched(now);
        self.left_of(first).min(self.left_of(last))
    }

    /// The usage of the fuller window that a request granted at `now` touches.
    fn used_at(&self, now: f64) -> f64 {
        let (first, last) = self.touched(now);
        self.count_of(first).used().max(self.count_of(last).used())
    }

    /// The costs in flight in the windows that a request granted at `now` touches; the larger one.
    fn in_flight_at(&self, now: f64) -> f64 {
        let (first, last) = self.touched(now);
        self.count_of(first).in_flight().max(self.count_of(last).in_flight())
    }

    /// Resets usage: all windows that a request granted at `now` touches get `used`.
    fn set_used(&mut self, used: f64, now: f64) {
        let (first, last) = self.touched(now);
        self.window = first;
        self.counts = [FULL, used, if last > first { used } else { 0.0 }].map(WindowUsage::of);
        self.since = now;
        self.offsets = (self.offset, self.offset);
    }
}

impl Definition for FixedWindow {
    type State = FixedWindowState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        WindowFields::with_edges(fields, "epoch").map(Self)
    }

    fn start(&self, in_force: InForce, _now: f64) -> FixedWindowState {
        let WindowFields { interval, jitter, .. } = self.0;
        FixedWindowState {
            capacity: in_force.limit,
            interval,
            jitter,
            offset: 0.0,
            window: f64::NEG_INFINITY,
            counts: [WindowUsage::default(); 3],
            since: f64::NEG_INFINITY,
            offsets: (0.0, 0.0),
        }
    }

    /// Windows of another length have other edges, so usage moves into the current ones.
    fn update(&self, state: &mut FixedWindowState, in_force: InForce, now: f64) {
        let WindowFields { interval, jitter, .. } = self.0;
        let (used, in_flight) = (state.used_at(now), state.in_flight_at(now));
        let is_as_long = interval == state.interval;
        let counts_elsewhere = jitter != state.jitter;
        (state.capacity, state.interval, state.jitter) = (in_force.limit, interval, jitter);
        if !is_as_long {
            state.set_used(used, now);
            state.mark_sent(in_flight, now);
        } else if counts_elsewhere {
            // With another jitter, requests touch other windows.
            (state.since, state.offsets) = (now.next_up(), (state.offset, state.offset));
        }
    }

    fn field_names() -> &'static [&'static str] {
        &WindowFields::NAMES_WITH_EDGES
    }

    fn fields(&self) -> Fields {
        self.0.fields()
    }

    fn limit(&self) -> f64 {
        self.0.limit
    }

    fn jitter(&self) -> f64 {
        self.0.jitter
    }

    fn traits(&self) -> Traits {
        Traits { uses_wall_clock: true, counts_in_windows: true, ..Traits::default() }
    }
}

impl State for FixedWindowState {
    fn capacity(&self) -> f64 {
        self.capacity
    }

    fn earliest_for(&self, amount: f64, from: f64) -> f64 {
        // Usage beyond the limit ends with its window.
        let windows = windows_for(amount, self.left_at(from).max(0.0), self.capacity);
        // The next window is open at the edge. One more interval may be lost where a request
        // touches two windows.
        let (first, _) = self.touched(from);
        let edge = (first + 1.0) * self.interval - self.offset - self.jitter;
        from.max(edge + (windows - 1.0) * self.interval)
    }

    fn available(&mut self, now: f64) -> f64 {
        // Usage may exceed the limit after the limit was lowered.
        self.left_at(now).max(0.0)
    }

    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        if amount > self.capacity {
            return f64::INFINITY;
        }
        let mut at = from;
        while self.left_at(at) < amount {
            let (_, last) = self.touched(at);
            // A full last window has to be left behind. If the last window is not full, the one
            // before it is.
            let goal = if self.left_of(last) < amount { last + 1.0 } else { last };
            let edge = goal * self.interval - self.offset + self.jitter;
            at = first_instant(at, edge, |at| self.touched(at).0 >= goal);
        }
        at
    }

    /// The last window that a request granted at `at` touches has certainly ended.
    fn counts_until(&self, at: f64, _cost: f64) -> f64 {
        let (_, last) = self.touched(at);
        let edge = (last + 1.0) * self.interval - self.offset + self.jitter;
        first_instant(at, edge, |at| self.touched(at).0 > last)
    }

    fn take(&mut self, cost: f64, now: f64) {
        self.touch(now, |count| count.take(cost));
    }

    fn give_back(&mut self, cost: f64, taken_at: f64, _now: f64) {
        self.change_where_counted(taken_at, |count| count.give_back(cost));
    }

    fn mark_sent(&mut self, cost: f64, now: f64) {
        self.touch(now, |count| count.mark_sent(cost));
    }

    /// The cost of a request taken before the last reset is in flight in the windows of that reset.
    fn mark_answered(&mut self, cost: f64, taken_at: f64) {
        self.change_where_counted(taken_at.max(self.since), |count| count.mark_answered(cost));
    }

    /// A report belongs to the window in which the server read its count, if that is certain. In
    /// the next window it is void.
    fn sync(&mut self, usage: &ServerUsage, now: f64) {
        let window_of = |unix: f64| (unix / self.interval).floor();
        let (earliest, latest) = usage.reported_within;
        let window = window_of(earliest);
        let (first, _) = self.touched(now);
        if window != window_of(latest) || window < first {
            return;
        }
        self.advance(first);
        // Only a cost that was counted here may have been added to an earlier report.
        let (from, to) = self.counted(usage.granted_at.max(self.since));
        let answered_cost = if (from..=to).contains(&window) { usage.answered_cost } else { 0.0 };
        // After a reset it is unknown which of the costs in flight are counted here.
        let evidence = match usage.evidence {
            Evidence::Complete if usage.granted_at < self.since => Evidence::AtLeast,
            evidence => evidence,
        };
        let (usage, arrives_by) = (ServerUsage { evidence, ..*usage }, now + self.jitter);
        self.change(window, window, |count| count.sync(&usage, answered_cost, arrives_by));
    }

    fn set_available(&mut self, tokens: f64, now: f64) {
        self.set_used(self.capacity - tokens.clamp(0.0, self.capacity), now);
    }

    /// The interval, the number of the window that a request certainly falls into, and the usage of
    /// the window before it, of that one, and of the one after it.
    fn save(&self, now: f64) -> Vec<f64> {
        // A window without grants has no number yet.
        let window = self.window.max(self.touched(now).0);
        let [before, current, after] = [-1.0, 0.0, 1.0].map(|n| self.count_of(window + n).used());
        vec![self.interval, window, before, current, after]
    }

    /// If the interval has changed, or the saved window lies ahead of a clock that was set back,
    /// usage moves into the current windows. In the second case that includes the usage before the
    /// edge across which the clock was set back.
    fn restore(&mut self, saved: &[f64], _age: f64, now: f64) -> Option<()> {
        let &[interval, window, before, current, after] = saved else { return None };
        if interval < 1.0 || [before, current, after].iter().any(|&used| used < 0.0) {
            return None;
        }
        let (first, _) = self.touched(now);
        if interval == self.interval && window <= first {
            (self.window, self.counts) = (window, [before, current, after].map(WindowUsage::of));
            self.advance(first);
            (self.since, self.offsets) = (now, (self.offset, self.offset));
        } else {
            let is_over = now + self.offset - self.jitter >= (window + 2.0) * interval;
            let before = if interval == self.interval && before < FULL { before } else { 0.0 };
            self.set_used(if is_over { 0.0 } else { current.max(after) + before }, now);
        }
        Some(())
    }

    /// A small correction moves the edges, for which `jitter` allows. After a large one (the clock
    /// was set, a laptop slept), or when small ones add up to more than the jitter, it is unknown
    /// in which windows the server counted. Usage then moves into the current windows; after a step
    /// back across an edge, so does the usage before that edge. Grants made while a clock is wrong
    /// by more than the jitter cannot be safe.
    fn set_unix_offset(&mut self, offset: f64, now: f64) {
        let (least, greatest) = (self.offsets.0.min(offset), self.offsets.1.max(offset));
        let (first, _) = self.touched(now);
        let (used, in_flight) = (self.used_at(now), self.in_flight_at(now));
        let before = Some(self.count_of(first - 1.0)).filter(|count| count.used() < FULL);
        self.offset = offset;
        if greatest - least > self.jitter {
            let before = before.filter(|_| self.touched(now).0 < first).unwrap_or_default();
            self.set_used(used + before.used(), now);
            self.mark_sent(in_flight + before.in_flight(), now);
        } else {
            self.offsets = (least, greatest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::started;
    use super::*;

    /// A window of a second. Engine time 0 is 300 ms into one.
    fn window(jitter: f64) -> FixedWindowState {
        let mut window = started(FixedWindow::new(3.0, 1000.0, jitter));
        window.set_unix_offset(1_700_000_000_300.0, 0.0);
        window
    }

    #[test]
    fn window_resets_at_the_multiple() {
        let mut window = window(0.0);
        window.take(3.0, 0.0);
        assert_eq!(window.available(699.9), 0.0);
        assert_eq!(window.ready_at(1.0, 0.0), 700.0);
        assert_eq!(window.available(700.0), 3.0);
        assert_eq!(window.ready_at(4.0, 0.0), f64::INFINITY);
    }

    #[test]
    fn request_near_an_edge_counts_on_both_sides() {
        let mut window = window(100.0);
        window.take(2.0, 599.0);
        window.take(1.0, 600.0);
        assert_eq!(window.available(650.0), 0.0);
        // From 100 ms after the edge on, only the new window counts, and it has one used.
        assert_eq!(window.ready_at(1.0, 650.0), 800.0);
        assert_eq!(window.available(800.0), 2.0);
        assert_eq!(window.ready_at(3.0, 800.0), 1800.0);
        window.take(2.0, 800.0);
        assert_eq!(window.ready_at(1.0, 800.0), 1800.0);
    }

    #[test]
    fn request_near_an_edge_must_fit_both_windows() {
        let mut window = window(100.0);
        // Three within the jitter of the edge fill both windows.
        window.take(3.0, 650.0);
        assert_eq!(window.available(650.0), 0.0);
        assert_eq!(window.ready_at(1.0, 650.0), 1800.0);
    }

    #[test]
    fn small_correction_moves_the_edge() {
        let mut window = window(100.0);
        window.take(3.0, 0.0);
        window.set_unix_offset(1_700_000_000_350.0, 10.0);
        assert_eq!(window.ready_at(1.0, 10.0), 750.0);
        assert_eq!(window.ready_at(1.0, 740.0), 750.0);
    }

    #[test]
    fn large_correction_moves_usage_into_the_current_window() {
        for jump in [-7_200_000.0, 7_200_000.0, -1400.0, 1400.0] {
            let mut window = window(100.0);
            window.take(2.0, 0.0);
            window.set_unix_offset(1_700_000_000_300.0 + jump, 10.0);
            assert_eq!(window.available(10.0), 1.0, "{jump}");
            let full = window.ready_at(3.0, 10.0);
            // At worst the step lands near an edge, and two windows are touched.
            assert!(full > 10.0 && full <= 1210.0, "{jump}: {full}");
        }
    }

    #[test]
    fn setting_tokens_affects_the_current_windows() {
        let mut window = window(100.0);
        window.set_available(1.0, 650.0);
        assert_eq!(
            (window.available(650.0), window.available(900.0), window.available(1900.0)),
            (1.0, 1.0, 3.0)
        );
        window.set_available(3.0, 1900.0);
        assert_eq!(window.available(1900.0), 3.0);
    }
}
