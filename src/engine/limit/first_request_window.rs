//! Fixed window that the first request opens.

use super::definition::{Definition, InForce, Traits};
use super::evidence::{Evidence, ServerUsage};
use super::forecast::Planned;
use super::instant::{first_instant, windows_for};
use super::state::State;
use super::window_fields::WindowFields;
use super::window_usage::WindowUsage;
use crate::error::InvalidField;
use crate::fields::Fields;

/// At most `limit` tokens in a window of `interval` milliseconds that the first request opens. The
/// first request after its end opens the next window. (KuCoin: "fixed 30 s starting at the user's
/// first request".)
///
/// # Server
///
/// A counter with the instant at which its window was opened. A request that arrives more than
/// `interval` after that instant opens a window and resets the counter. Then its cost is added, and
/// the request is refused if the counter exceeds `limit`.
///
/// # Why none is refused
///
/// Let `g` be the first grant of a window here, and `s` the first arrival at the server of the
/// requests granted from `g` on.
///
/// 1. `s` is not before `g`, and not after `g + jitter`, when the first grant has arrived. The
///    server opens its window at `s`, so that window ends within `[g + interval, g + interval +
///    jitter]`.
/// 2. A request granted before `g + interval - jitter` arrives before `g + interval <= s +
///    interval`. It is counted in this window, in which at most `limit` is granted.
/// 3. A request granted after `g + interval + jitter` arrives after `s + interval`. The server's
///    window has ended, and the first of these requests opens the next one.
/// 4. Nothing is granted between the two, so each window of the server holds the grants of one
///    window here.
///
/// If the first grant is given back, it did not open the server's window; one of the later grants
/// did, but it is unknown which. Then `g` is any instant up to the last grant, and the time without
/// grants is longer by that. This requires that the cost is given back before another window is
/// opened here. Later is too late, as other requests were granted on the assumption that the first
/// one was sent.
///
/// If a response reports usage while no window is open here, another client has opened one, at some
/// instant between the grant of the request and its response. Every response that does not report
/// the end of the window is believed. A late response without a permit may belong to a window that
/// has ended since; then the next request opens the server's window but is counted in none here,
/// and the server may refuse. (If no such response were believed, nothing would be granted for
/// `interval + jitter` after each.) Readers should therefore report `resetAt`, and reports should
/// name their `permit`.
///
/// # Price
///
/// Windows follow each other at a distance of `interval + jitter`. A saturated window therefore
/// passes `interval / (interval + jitter)` of what the server would have accepted, at least `1 -
/// jitter / interval`.
#[derive(Clone, Debug)]
pub struct FirstRequestWindow(WindowFields);

/// The usage under a [`FirstRequestWindow`] rule.
#[derive(Clone, Debug)]
pub struct FirstRequestWindowState {
    /// The limit in force.
    capacity: f64,
    interval: f64,
    jitter: f64,
    /// The first grant of the window.
    opened: f64,
    /// The last grant that may have opened the window: the first one, unless that was given back.
    opened_by: f64,
    /// The last grant of the window, including grants of other clients that may have opened it.
    last: f64,
    /// The start of the costs that are counted here. Earlier costs belong to another window.
    since: f64,
    /// Whether the window stays open whatever is given back: other clients opened it, it was opened
    /// before a restart, or a request that was certainly sent is counted in it.
    is_known: bool,
    /// Whether usage was set, so a count of 0 does not tell whether a request that was sent has
    /// opened the window.
    is_vague: bool,
    count: WindowUsage,
}

impl FirstRequestWindow {
    /// A window of at most `limit` tokens (above 0, at most 2^53 - 1) in `interval` milliseconds (1
    /// to 2^53 - 1) from its first request. A request reaches the server up to `jitter`
    /// milliseconds (0 or more, below `interval / 2`) after its grant.
    ///
    /// # Errors
    /// Names the field that is out of its range.
    pub fn new(limit: f64, interval: f64, jitter: f64) -> Result<Self, InvalidField> {
        Self::from_fields(&WindowFields::new(limit, interval, jitter).fields())
    }
}

impl FirstRequestWindowState {
    fn left(&self, now: f64) -> f64 {
        if self.opens(now) {
            self.capacity
        } else if self.belongs(now) {
            // Usage may exceed the limit after the limit was lowered.
            self.count.below(self.capacity).max(0.0)
        } else {
            0.0
        }
    }

    /// Whether no request may have been sent that opens the window.
    fn may_be_closed(&self) -> bool {
        self.is_vague && !self.is_known && self.count.is_empty()
    }

    /// Opens a window with a grant between two instants.
    fn open(&mut self, opened: f64, opened_by: f64) {
        (self.opened, self.opened_by, self.count) = (opened, opened_by, WindowUsage::default());
        (self.since, self.is_known, self.is_vague) = (opened, false, false);
    }

    /// Whether a request that is granted at `now` certainly opens a window.
    fn opens(&self, now: f64) -> bool {
        now - self.opened_by > self.interval + self.jitter
    }

    /// Whether a request that is granted at `now` is certainly counted in the open window.
    fn belongs(&self, now: f64) -> bool {
        now - self.opened < self.interval - self.jitter
    }
}

impl Definition for FirstRequestWindow {
    type State = FirstRequestWindowState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        WindowFields::with_edges(fields, "first-request").map(Self)
    }

    fn start(&self, in_force: InForce, _now: f64) -> FirstRequestWindowState {
        let WindowFields { interval, jitter, .. } = self.0;
        let never = f64::NEG_INFINITY;
        FirstRequestWindowState {
            capacity: in_force.limit,
            interval,
            jitter,
            opened: never,
            opened_by: never,
            last: never,
            since: never,
            is_known: false,
            is_vague: false,
            count: WindowUsage::default(),
        }
    }

    fn update(&self, state: &mut FirstRequestWindowState, in_force: InForce, _now: f64) {
        let WindowFields { interval, jitter, .. } = self.0;
        (state.capacity, state.interval, state.jitter) = (in_force.limit, interval, jitter);
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
        Traits { opens_on_use: true, counts_in_windows: true, ..Traits::default() }
    }
}

impl State for FirstRequestWindowState {
    fn capacity(&self) -> f64 {
        self.capacity
    }

    fn earliest_for(&self, amount: f64, from: f64) -> f64 {
        match windows_for(amount, self.left(from), self.capacity) {
            windows if windows >= 1.0 => {
                self.ready_at(self.capacity, from) + (windows - 1.0) * (self.interval + self.jitter)
            }
            _ => from,
        }
    }

    fn available(&mut self, now: f64) -> f64 {
        self.left(now)
    }

    fn ready_at(&self, amount: f64, from: f64) -> f64 {
        if self.left(from) >= amount {
            return from;
        }
        if amount > self.capacity {
            return f64::INFINITY;
        }
        first_instant(from, self.opened_by + self.interval + self.jitter, |at| self.opens(at))
    }

    /// A window that is opened later may have the planned cost within it, and not at its uncertain
    /// end. If the cost is planned for a later window, any cost planned before it may be within
    /// that window, and so not open the later one.
    fn retry_at(&self, at: f64, displaced: f64, later: &[Planned]) -> f64 {
        let certain = self.interval - self.jitter;
        let within = |planned: f64| {
            let start = first_instant(at, planned - certain, |at| planned - at < certain);
            if start > at { start.min(planned) } else { planned }
        };
        if displaced - at <= self.interval + self.jitter {
            return within(displaced);
        }
        later.iter().map(|planned| within(planned.at)).fold(displaced, f64::min)
    }

    fn take(&mut self, cost: f64, now: f64) {
        if cost == 0.0 {
            return;
        }
        if self.opens(now) {
            self.open(now, now);
        } else if self.may_be_closed() {
            // Either a request that was sent before has opened the server's window, or this one.
            self.opened_by = now;
        }
        self.last = now;
        self.count.take(cost);
    }

    fn give_back(&mut self, cost: f64, taken_at: f64, _now: f64) {
        if taken_at < self.since {
            return;
        }
        self.count.give_back(cost);
        if self.count.is_empty() && !self.is_known && !self.is_vague {
            self.open(f64::NEG_INFINITY, f64::NEG_INFINITY);
        } else if taken_at <= self.opened_by {
            self.opened_by = self.last;
        }
    }

    /// The request was sent, so the server's window stays open whatever it cost.
    fn give_back_part(&mut self, part: f64, taken_at: f64, _now: f64) {
        if taken_at >= self.since {
            self.count.give_back(part);
            self.is_known = true;
        }
    }

    fn mark_sent(&mut self, cost: f64, _now: f64) {
        self.count.mark_sent(cost);
    }

    fn mark_answered(&mut self, cost: f64, taken_at: f64) {
        if taken_at >= self.since {
            self.count.mark_answered(cost);
        }
    }

    /// A response is void if its request is older than the window, or if it reports that its window
    /// has ended. If the server reports another end than assumed (another client opened the window,
    /// or it was opened before this state started), the window may end anywhere between the two.
    ///
    /// There is one exception. Let the end be certain (`resets_by`), within `[first, last]`, and
    /// let the answered request be granted within this window, so that the server counted it in
    /// the window that ends there. If all grants up to now were made before `first - jitter`, they
    /// arrive before that end and are counted in that window too. No grant can then have opened
    /// another one, so the next window opens with a grant made after `last + jitter`, whatever end
    /// was assumed before.
    fn sync(&mut self, usage: &ServerUsage, now: f64) {
        let resets_within = usage.resets_within.filter(|(_, last)| *last > usage.granted_at);
        let is_open = !self.opens(now);
        if is_open && usage.granted_at < self.opened {
            return;
        }
        if !is_open {
            let is_over = usage.resets_within.is_some() && resets_within.is_none();
            if is_over || usage.granted_at - self.opened_by <= self.interval || usage.used == 0.0 {
                return;
            }
            let (opened, opened_by) = resets_within
                .map_or((usage.granted_at, now), |(first, last)| {
                    (first - self.interval, last - self.interval)
                });
            self.open(opened.min(now), opened_by.min(now));
            (self.last, self.since, self.is_known) = (now, now, true);
        } else if let Some((first, last)) = resets_within {
            // All grants so far arrive before that end, so none of them opened another window.
            let is_undivided = self.last < first - self.jitter && usage.granted_at >= self.since;
            if let Some(end) = usage.resets_by.filter(|_| is_undivided) {
                self.opened_by = self.opened_by.min(end - self.interval);
                self.is_known = true;
            }
            if last < self.opened + self.interval {
                self.opened = first - self.interval;
            } else if first > self.opened_by + self.interval + self.jitter {
                self.opened_by = (last - self.interval).min(now);
                self.last = self.last.max(self.opened_by);
            }
        }
        self.is_vague |= usage.evidence == Evidence::Authoritative;
        let answered_cost = if usage.granted_at >= self.since { usage.answered_cost } else { 0.0 };
        self.count.sync(usage, answered_cost, now + self.jitter);
    }

    /// The times since the first and the last grant that may have opened the window and since its
    /// last grant, and the usage; without the usage if the window may be closed.
    fn save(&self, now: f64) -> Vec<f64> {
        if self.opens(now) {
            return Vec::new();
        }
        let mut saved = vec![now - self.opened, now - self.opened_by, now - self.last];
        if !self.may_be_closed() {
            saved.push(self.count.used());
        }
        saved
    }

    fn restore(&mut self, saved: &[f64], age: f64, now: f64) -> Option<()> {
        self.open(f64::NEG_INFINITY, f64::NEG_INFINITY);
        let (opened, opened_by, last, used) = match *saved {
            [] => return Some(()),
            [opened, opened_by, last] => (opened, opened_by, last, None),
            [opened, opened_by, last, used] => (opened, opened_by, last, Some(used)),
            _ => return None,
        };
        let then = now - age;
        self.open(then - opened, then - opened_by);
        self.last = then - last;
        (self.is_known, self.is_vague) = (used.is_some(), used.is_none());
        let used = used.unwrap_or(0.0);
        self.count = WindowUsage::of(used);
        (opened >= opened_by && opened_by >= last && last >= 0.0 && used >= 0.0).then_some(())
    }

    /// Without an open window, one is assumed to open now, unless all tokens remain.
    fn set_available(&mut self, tokens: f64, now: f64) {
        let used = self.capacity - tokens.clamp(0.0, self.capacity);
        if used == 0.0 {
            self.open(f64::NEG_INFINITY, f64::NEG_INFINITY);
        } else if !self.belongs(now) {
            self.open(now, now);
        }
        self.count = WindowUsage::of(used);
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::started;
    use super::*;

    #[test]
    fn first_request_opens_window_and_end_is_avoided() {
        let mut window = started(FirstRequestWindow::new(3.0, 1000.0, 100.0));
        assert_eq!(window.available(0.0), 3.0);
        window.take(1.0, 500.0);
        assert_eq!(window.available(1399.0), 2.0);
        for around in [1400.0, 1500.0, 1600.0] {
            assert_eq!(window.available(around), 0.0);
        }
        assert_eq!(window.ready_at(3.0, 500.0), 1600.0_f64.next_up());
        assert_eq!(window.available(1600.0_f64.next_up()), 3.0);
        window.take(2.0, 2000.0);
        assert_eq!(window.available(2000.0), 1.0);
        assert_eq!(window.ready_at(2.0, 2000.0), 3100.0_f64.next_up());
        assert_eq!(window.ready_at(4.0, 2000.0), f64::INFINITY);
    }

    #[test]
    fn setting_tokens_keeps_an_open_window() {
        let mut window = started(FirstRequestWindow::new(3.0, 1000.0, 0.0));
        window.take(1.0, 0.0);
        window.set_available(0.0, 500.0);
        assert_eq!(window.ready_at(1.0, 500.0), 1000.0_f64.next_up());
        window.set_available(1.0, 1500.0);
        assert_eq!(window.ready_at(2.0, 1500.0), 2500.0_f64.next_up());
        window.set_available(3.0, 1600.0);
        assert_eq!(window.ready_at(3.0, 1600.0), 1600.0);
    }

    #[test]
    fn jitter_of_half_the_interval_is_rejected() {
        let error = FirstRequestWindow::new(3.0, 1000.0, 500.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "jitter must be less than half of the interval, in milliseconds, got 500"
        );
    }
}
