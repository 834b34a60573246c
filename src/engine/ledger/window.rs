//! The window that its first request opens.

/// A window of the server that claims may have opened.
///
/// Its first claim is given at `from`, so the server opens its window then or later. Each claim
/// ends so early that its requests arrive before `from + interval`, thus in that window. The window
/// is over for certain an interval after the last instant at which it can have been opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenedWindow {
    interval: f64,
    jitter: f64,
    /// When its first claim was given; `None` if there is no window.
    from: Option<f64>,
    used: f64,
    /// By when a request has certainly arrived, if one was certainly sent; else infinite.
    opened_by: f64,
    /// By when the last request of all claims has arrived, if any was sent.
    last_arrival: f64,
    /// The end of windows from before a loss.
    closed_until: f64,
}

impl OpenedWindow {
    pub(super) fn new(interval: f64, jitter: f64) -> Self {
        let never = f64::NEG_INFINITY;
        Self {
            interval,
            jitter,
            from: None,
            used: 0.0,
            opened_by: f64::INFINITY,
            last_arrival: never,
            closed_until: never,
        }
    }

    /// The last instant at which the server's window can be open.
    pub(super) fn end(&self) -> f64 {
        let opened =
            if self.opened_by < f64::INFINITY { self.opened_by } else { self.last_arrival };
        let end = if self.from.is_some() { opened + self.interval } else { f64::NEG_INFINITY };
        end.max(self.closed_until)
    }

    /// Drops a window that is over.
    pub(super) fn advance(&mut self, now: f64) {
        if self.from.is_some() && now > self.end() {
            let closed_until = self.closed_until;
            *self = Self { closed_until, ..Self::new(self.interval, self.jitter) };
        }
    }

    /// Whether a claim that is given now opens a window.
    pub(super) fn opens(&self) -> bool {
        self.from.is_none()
    }

    /// The used tokens; `limit` where it is doubtful whether the window is over.
    pub(super) fn used(&self, limit: f64, now: f64) -> f64 {
        let is_doubtful = self.from.is_some_and(|from| now >= from + self.interval - self.jitter);
        if is_doubtful || now <= self.closed_until { limit.max(self.used) } else { self.used }
    }

    /// The end of claims that are given now.
    pub(super) fn claims_end(&self, now: f64) -> f64 {
        self.from.unwrap_or(now) + self.interval - self.jitter
    }

    pub(super) fn take(&mut self, amount: f64, until: f64, now: f64) {
        self.from.get_or_insert(now);
        self.used += amount;
        self.last_arrival = self.last_arrival.max(until + self.jitter);
    }

    /// Counts what was spent of a claim that was given at `since`. A claim of a window that is over
    /// changes nothing.
    pub(super) fn settle(&mut self, amount: f64, spent: f64, spent_at: f64, since: f64) {
        if self.from.is_none_or(|from| since < from) {
            return;
        }
        self.used -= amount - spent;
        if spent > 0.0 {
            self.opened_by = self.opened_by.min(spent_at + self.jitter);
        }
        if self.used <= 0.0 {
            // Nothing was sent, so no window is open.
            let closed_until = self.closed_until;
            *self = Self { closed_until, ..Self::new(self.interval, self.jitter) };
        }
    }

    /// Counts requests that were sent before a loss, the last of them at `to`.
    pub(super) fn register(&mut self, to: f64) {
        self.closed_until = self.closed_until.max(to + self.jitter + self.interval);
    }
}
