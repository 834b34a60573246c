//! Fixed window that the first request opens.

use super::definition::{Definition, InForce, Traits};
use super::evidence::ServerUsage;
use super::instant::{first_instant, windows_for};
use super::state::State;
use super::window_fields::WindowFields;
use super::window_usage::WindowUsage;
use crate::error::InvalidField;
use crate::fields::Fields;

/// At most `limit` tokens in a window of `interval` milliseconds, which the first request opens; after it the next
/// request opens the next one. (KuCoin: "fixed 30 s starting at the user's first request".)
///
/// # Server
///
/// A counter with the instant at which its window was opened. A request that arrives more than `interval` after that
/// instant opens a window and sets the counter to zero; then its cost is added, and it is refused if the counter comes
/// to more than `limit`.
///
/// # Why none is refused
///
/// Let `g` be the first grant of a window here. The server opens its window at the first arrival `s` of those granted
/// from then on; that is not before `g`, and not after `g + jitter`, when the first grant has arrived. So the
/// server's window ends within `[g + interval, g + interval + jitter]`. A request granted before `g + interval -
/// jitter` arrives before `g + interval <= s + interval`: it is counted in this window, of which no more than `limit`
/// is granted. One that is granted after `g + interval + jitter` arrives after `s + interval`: the server's window has
/// ended, and the first of these opens the next. Between the two nothing is granted, so each of the server's windows
/// holds the grants of just one window here.
///
/// A first grant that is given back did not open the server's window: one of the later ones did, nobody knows which.
/// Then `g` is any instant up to the last of them, and the time in which nothing is granted is longer by that. That holds
/// if it is given back before another window is opened here; later is too late, as by then others were granted in the
/// belief that the first one was sent.
///
/// Where an answer shows use while no window is open here, others have opened one, at some instant between its request and
/// its arrival. That is believed of every answer which does not say when the window ends, though one that was long on its way
/// and has no permit may tell of a window that has ended since; then the next request opens the server's window while it is
/// counted in none here, and the server may refuse. (Nothing would be granted for `interval + jitter` after each such answer
/// if none were believed.) Readers had better tell `resetAt`, and reports their `permit`.
///
/// # What it costs
///
/// Windows follow each other `interval + jitter` apart, so a saturated one passes `interval / (interval + jitter)` of
/// what the server would have accepted, at least `1 - jitter / interval`.
#[derive(Clone, Debug)]
pub struct FirstRequestWindow(WindowFields);

/// What is used under a [`FirstRequestWindow`] rule.
#[derive(Clone, Debug)]
pub struct FirstRequestWindowState {
    /// The limit in force.
    capacity: f64,
    interval: f64,
    jitter: f64,
    /// The first grant of the window.
    opened: f64,
    /// The last grant with which it may have been opened: the first one, unless that was given back.
    opened_by: f64,
    /// The last grant of the window, or of others with which it may have been opened.
    last: f64,
    /// What was taken from then on is counted here; what was taken before it is of another window.
    since: f64,
    /// Whether it was opened by others, or before a restart: then it is open whatever is given back.
    is_known: bool,
    count: WindowUsage,
}

impl FirstRequestWindow {
    /// At most `limit` tokens (above 0, at most 2^53 - 1) in a window of `interval` milliseconds (1 to 2^53 - 1)
    /// that the first request opens, where a request reaches the server up to `jitter` milliseconds (0 or more, below
    /// `interval / 2`) after its grant.
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
            // More than the limit may be used when that was lowered.
            self.count.below(self.capacity).max(0.0)
        } else {
            0.0
        }
    }

    /// Begins a window with a grant between two instants.
    fn open(&mut self, opened: f64, opened_by: f64) {
        (self.opened, self.opened_by, self.count) = (opened, opened_by, WindowUsage::default());
        (self.since, self.is_known) = (opened, false);
    }

    /// Whether a request that is granted at `now` surely opens a window.
    fn opens(&self, now: f64) -> bool {
        now - self.opened_by > self.interval + self.jitter
    }

    /// Whether a request that is granted at `now` is surely counted in the window that is open.
    fn belongs(&self, now: f64) -> bool {
        now - self.opened < self.interval - self.jitter
    }
}

impl Definition for FirstRequestWindow {
    type State = FirstRequestWindowState;

    fn from_fields(fields: &Fields) -> Result<Self, InvalidField> {
        WindowFields::with_edges(fields).map(Self)
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
            count: WindowUsage::default(),
        }
    }

    fn continue_from(
        &self,
        in_force: InForce,
        old: FirstRequestWindowState,
        _now: f64,
    ) -> FirstRequestWindowState {
        let WindowFields { interval, jitter, .. } = self.0;
        FirstRequestWindowState { capacity: in_force.limit, interval, jitter, ..old }
    }

    fn field_names(&self) -> &'static [&'static str] {
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
        Traits { opens_on_use: true, ..Traits::default() }
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

    fn take(&mut self, cost: f64, now: f64) {
        if cost == 0.0 {
            return;
        }
        if self.opens(now) {
            self.open(now, now);
        }
        self.last = now;
        self.count.take(cost);
    }

    fn give_back(&mut self, cost: f64, taken_at: f64, _now: f64) {
        if taken_at < self.since {
            return;
        }
        self.count.give_back(cost);
        if self.count.is_empty() && !self.is_known {
            self.open(f64::NEG_INFINITY, f64::NEG_INFINITY);
        } else if taken_at <= self.opened_by {
            self.opened_by = self.last;
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

    /// An answer to a request from before the window is of one that has ended, and so is one that says that it has. Where the server says that its window ends
    /// at another time than is believed (somebody else has opened it, or it was opened before this began to count), it
    /// may end anywhere from the one to the other.
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
            let (opened, opened_by) = resets_within.map_or((usage.granted_at, now), |(first, last)| {
                (first - self.interval, last - self.interval)
            });
            self.open(opened.min(now), opened_by.min(now));
            (self.last, self.since, self.is_known) = (now, now, true);
        } else if let Some((first, last)) = resets_within {
            if last < self.opened + self.interval {
                self.opened = first - self.interval;
            } else if first > self.opened_by + self.interval + self.jitter {
                self.opened_by = (last - self.interval).min(now);
                self.last = self.last.max(self.opened_by);
            }
        }
        let answered_cost = if usage.granted_at >= self.since { usage.answered_cost } else { 0.0 };
        self.count.sync(usage, answered_cost, now + self.jitter);
    }

    /// How long ago it was opened at the earliest and at the latest, and the last grant; and what is used.
    fn save(&self, now: f64) -> Vec<f64> {
        if self.opens(now) {
            return Vec::new();
        }
        vec![now - self.opened, now - self.opened_by, now - self.last, self.count.used()]
    }

    fn restore(&mut self, saved: &[f64], age: f64, now: f64) -> Option<()> {
        self.open(f64::NEG_INFINITY, f64::NEG_INFINITY);
        match *saved {
            [] => Some(()),
            [opened, opened_by, last, used] => {
                let then = now - age;
                self.open(then - opened, then - opened_by);
                self.last = then - last;
                (self.is_known, self.count) = (true, WindowUsage::of(used));
                (opened >= opened_by && opened_by >= last && last >= 0.0 && used >= 0.0).then_some(())
            }
            _ => None,
        }
    }

    /// A window that nobody knows to be open is taken to be opened now, unless all is left.
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
    fn the_first_request_opens_it_and_nothing_is_sent_around_its_end() {
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
    fn setting_what_is_left_keeps_a_window_that_is_open() {
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
    fn a_jitter_of_half_the_interval_is_refused() {
        let error = FirstRequestWindow::new(3.0, 1000.0, 500.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "jitter must be less than half of the interval, in milliseconds, got 500"
        );
    }
}
