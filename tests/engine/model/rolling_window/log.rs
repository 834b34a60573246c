//! A rolling window, as simple as possible: all that was ever taken, and sums over it.

/// Usage that was taken at one instant.
#[derive(Clone, Copy, Debug)]
struct Taken {
    at: f64,
    own: f64,
    /// Usage of others that the server reported.
    others: f64,
    /// The part of `own` that is in flight.
    in_flight: f64,
    /// Whether the entry had expired when the interval was changed.
    is_expired: bool,
}

#[derive(Clone, Debug)]
pub struct RollingLog {
    pub limit: f64,
    interval: f64,
    jitter: f64,
    taken: Vec<Taken>,
    /// The end of the jitter after a restore, before which an exact count only raises usage.
    settled_at: f64,
    /// The latest instant whose entries have expired.
    expired_at: f64,
    /// The value of `expired_at` at the last exact count, which includes no older cost.
    known_from: f64,
}

/// Age and amount of all entries that count.
pub type Saved = Vec<(f64, f64)>;

impl RollingLog {
    pub fn new(limit: f64, interval: f64, jitter: f64) -> Self {
        let never = f64::NEG_INFINITY;
        let (settled_at, expired_at, known_from) = (never, never, never);
        Self { limit, interval, jitter, taken: Vec::new(), settled_at, expired_at, known_from }
    }

    fn span(&self) -> f64 {
        self.interval + self.jitter
    }

    /// How long a response may include an entry.
    fn retention(&self) -> f64 {
        self.span() + self.span().min(5000.0)
    }

    fn counts(&self, taken: &Taken, now: f64) -> bool {
        !taken.is_expired && now - taken.at <= self.span()
    }

    fn sum(&self, now: f64, part: impl Fn(&Taken) -> f64) -> f64 {
        self.taken.iter().filter(|taken| self.counts(taken, now)).map(part).sum()
    }

    pub fn used(&self, now: f64) -> f64 {
        self.sum(now, |taken| taken.own + taken.others)
    }

    pub fn remaining(&self, now: f64) -> f64 {
        (self.limit - self.used(now)).max(0.0)
    }

    pub fn in_flight(&self, now: f64) -> f64 {
        self.sum(now, |taken| taken.in_flight)
    }

    /// The instant up to which less than `amount` remains.
    pub fn ready_at(&self, amount: f64, now: f64) -> f64 {
        let ends =
            self.taken.iter().filter(|taken| self.counts(taken, now)).map(|t| t.at + self.span());
        let enough = |at: f64| self.limit - self.used(at.next_up()) >= amount;
        if self.limit - self.used(now) >= amount {
            now
        } else {
            ends.into_iter().find(|&at| enough(at)).unwrap()
        }
    }

    fn add(&mut self, own: f64, others: f64, in_flight: f64, now: f64) {
        let last = self.taken.last_mut().filter(|taken| taken.at == now && !taken.is_expired);
        match last {
            Some(last) => {
                (last.own, last.others, last.in_flight) =
                    (last.own + own, last.others + others, last.in_flight + in_flight);
            }
            None => self.taken.push(Taken { at: now, own, others, in_flight, is_expired: false }),
        }
    }

    /// Takes the cost of a request with a permit, which is in flight.
    pub fn take(&mut self, cost: f64, now: f64) {
        self.add(cost, 0.0, cost, now);
    }

    /// The entry of an instant, if it counts.
    fn entry_at(&mut self, at: f64, now: f64) -> Option<&mut Taken> {
        let place =
            self.taken.iter().position(|taken| taken.at == at && self.counts(taken, now))?;
        self.taken.get_mut(place)
    }

    pub fn mark_answered(&mut self, cost: f64, taken_at: f64, now: f64) {
        if let Some(taken) = self.entry_at(taken_at, now) {
            taken.in_flight = (taken.in_flight - cost).max(0.0);
        }
    }

    pub fn give_back(&mut self, cost: f64, taken_at: f64, now: f64) {
        if let Some(taken) = self.entry_at(taken_at, now) {
            taken.own = (taken.own - cost).max(0.0);
        }
    }

    pub fn set(&mut self, tokens: f64, now: f64) {
        self.taken.clear();
        self.expired_at = now;
        self.add(self.limit - tokens.clamp(0.0, self.limit), 0.0, 0.0, now);
    }

    /// Takes in a response. Usage of others is at least what was known of it, minus the cost of the
    /// request that is answered, as that may have been taken for theirs; and at least the reported
    /// usage beyond all that was granted here and that the server may count.
    pub fn respond(&mut self, used: f64, answered_cost: f64, granted_at: f64, now: f64) {
        let may_count = |taken: &&Taken| {
            self.counts(taken, now)
                || granted_at - taken.at <= self.span() && now - taken.at <= self.retention()
        };
        let own: f64 = self.taken.iter().filter(may_count).map(|taken| taken.own).sum();
        let known = self.sum(now, |taken| taken.others);
        let answered_cost = if granted_at <= self.known_from { 0.0 } else { answered_cost };
        let others = (known - answered_cost).max(used + self.in_flight(now) - own).max(0.0);
        if others > known {
            self.add(0.0, others - known, 0.0, now);
        } else {
            self.lower(known - others, granted_at, false, now);
        }
    }

    /// Takes in an exact count.
    pub fn set_exact(&mut self, used: f64, now: f64) {
        if now < self.settled_at {
            return self.respond(used, 0.0, now, now);
        }
        self.expire(now);
        self.known_from = self.expired_at;
        let known = self.used(now);
        let used = used + self.in_flight(now);
        if used > known {
            self.add(0.0, used - known, 0.0, now);
        } else {
            self.lower(known - used, f64::NEG_INFINITY, true, now);
        }
    }

    /// Lowers usage, the oldest first: that of others, and then perhaps that of this program.
    fn lower(&mut self, mut amount: f64, since: f64, also_own: bool, now: f64) {
        for at in 0..self.taken.len() {
            if !self.counts(&self.taken[at], now) || self.taken[at].at < since {
                continue;
            }
            let taken = &mut self.taken[at];
            let others = taken.others.min(amount);
            let own = if also_own { taken.own.min(amount - others) } else { 0.0 };
            (taken.others, taken.own) = (taken.others - others, taken.own - own);
            amount -= others + own;
        }
    }

    fn expire(&mut self, now: f64) {
        let expired =
            self.taken.iter().filter(|taken| !self.counts(taken, now)).map(|taken| taken.at);
        self.expired_at = expired.fold(self.expired_at, f64::max);
    }

    /// Sets another interval. Entries that have expired by now never count again.
    pub fn set_interval(&mut self, interval: f64, now: f64) {
        self.expire(now);
        let (span, retention) = (self.span(), self.retention());
        self.taken.retain(|taken| now - taken.at <= retention);
        self.taken.iter_mut().for_each(|taken| taken.is_expired |= now - taken.at > span);
        self.interval = interval;
    }

    pub fn save(&self, now: f64) -> Saved {
        let counting = self.taken.iter().filter(|taken| self.counts(taken, now));
        counting.map(|taken| (now - taken.at, taken.own + taken.others)).collect()
    }

    pub fn restore(&mut self, saved: &Saved, age: f64, now: f64) {
        let taken = |&(since, own): &(f64, f64)| {
            let at = now - age - since;
            Taken { at, own, others: 0.0, in_flight: 0.0, is_expired: now - at > self.span() }
        };
        self.taken = saved.iter().map(taken).collect();
        self.expired_at = now;
        self.settled_at = now + self.jitter;
    }
}
