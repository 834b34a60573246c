//! How rules count, as simple as possible: a list of all that was taken, and sums over it.

/// Ticks in a millisecond.
pub const TICKS: i128 = 8;
/// Atoms in a token: a multiple of all numbers up to 30, of a large power of two, and of the odd
/// part of the grains in a tick, so that every amount in these tests is an integer number of atoms,
/// and every sum is exact.
pub const TOKEN: i128 = 65_536 * 2_329_089_562_800 * 1575;
/// The unit of costs: a quarter of a token.
pub const QUARTER: i128 = TOKEN / 4;

/// The kind of a rule. Times and intervals are ticks.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A bucket that gains `refill` atoms per tick, where the whole limit is in force.
    Bucket {
        refill: i128,
        debt: bool,
    },
    Rolling {
        interval: i128,
    },
    Fixed {
        interval: i128,
    },
    FirstRequest {
        interval: i128,
    },
    Concurrency,
    /// Grants so many ticks apart for each token of their costs.
    Spacing {
        interval: i128,
    },
}

/// An amount that one grant took from the rule. Usage that `set_tokens` set is by no grant.
#[derive(Clone, Debug)]
struct Taken<K> {
    by: Option<K>,
    at: i128,
    amount: i128,
    /// Whether the usage was set, and no grant has taken the amount.
    is_set: bool,
}

#[derive(Clone, Debug)]
pub struct Rule<K> {
    pub kind: Kind,
    /// The limit of the definition in atoms, before `share` and modes.
    pub limit: i128,
    pub jitter: i128,
    /// The end of the pause.
    pub paused: i128,
    /// When the remaining tokens were last set.
    pub set_at: i128,
    /// Amounts taken. A bucket keeps those of this very tick only, which are all that can be
    /// refunded exactly.
    taken: Vec<Taken<K>>,
    /// The deficit of a bucket.
    missing: i128,
}

impl<K: Clone + PartialEq> Rule<K> {
    pub fn new(kind: Kind, limit: i128, jitter: i128) -> Self {
        Self {
            kind,
            limit,
            jitter,
            paused: i128::MIN,
            set_at: i128::MIN,
            taken: Vec::new(),
            missing: 0,
        }
    }

    pub fn has_debt(&self) -> bool {
        matches!(self.kind, Kind::Bucket { debt: true, .. })
    }

    /// The deficit of a bucket.
    pub fn missing(&self) -> i128 {
        self.missing
    }

    /// Whether a request of any cost is granted.
    pub fn takes_any_cost(&self) -> bool {
        self.has_debt() || self.is_spacing()
    }

    pub fn is_spacing(&self) -> bool {
        matches!(self.kind, Kind::Spacing { .. })
    }

    /// The time between two grants of which the first one costs so much, in units of which there
    /// are `ticks` in a tick.
    pub fn gap(&self, amount: i128, ticks: i128) -> i128 {
        let Kind::Spacing { interval } = self.kind else { panic!("{:?}", self.kind) };
        if amount > 0 { amount * interval * ticks / TOKEN + self.jitter * ticks } else { 0 }
    }

    /// The instants and amounts of all that was taken. Usage that was set has no jitter, so it was
    /// taken that much earlier.
    pub fn taken(&self) -> impl Iterator<Item = (i128, i128)> {
        let earlier = if self.is_spacing() { self.jitter } else { 0 };
        let at = move |taken: &Taken<K>| taken.at - if taken.is_set { earlier } else { 0 };
        self.taken.iter().map(move |taken| (at(taken), taken.amount))
    }

    pub fn is_concurrency(&self) -> bool {
        self.kind == Kind::Concurrency
    }

    /// The refill per tick where `limit` is in force, which is less in proportion.
    pub fn refill(&self, limit: i128) -> i128 {
        match self.kind {
            Kind::Bucket { refill, .. } => refill * (limit / QUARTER) / (self.limit / QUARTER),
            _ => 0,
        }
    }

    /// The most that can remain where `limit` is in force.
    pub fn capacity(&self, limit: i128) -> i128 {
        limit - self.refill(limit) * self.jitter
    }

    /// Remaining at `now` where `limit` is in force; below zero if more is used than that.
    pub fn remaining(&self, limit: i128, now: i128) -> i128 {
        let jitter = self.jitter;
        let used = |counts: &dyn Fn(i128) -> bool| {
            self.taken.iter().filter(|t| counts(t.at)).map(|t| t.amount).sum::<i128>()
        };
        match self.kind {
            Kind::Bucket { .. } => self.capacity(limit) - self.missing,
            Kind::Rolling { interval } => limit - used(&|at| now - at <= interval + jitter),
            Kind::Fixed { interval } => {
                let windows = |at: i128| {
                    (at - jitter).div_euclid(interval)..=(at + jitter).div_euclid(interval)
                };
                let fullest =
                    windows(now).map(|window| used(&|at| windows(at).contains(&window))).max();
                limit - fullest.unwrap()
            }
            Kind::FirstRequest { interval } => match self.taken.first().map(|first| now - first.at)
            {
                Some(age) if age < interval - jitter => limit - used(&|_| true),
                Some(age) if age <= interval + jitter => 0,
                _ => limit,
            },
            Kind::Concurrency => limit - used(&|_| true),
            // The token comes back in the time between two grants, of which a tick has 16 parts, as
            // an amount may be a quarter of a quarter. Usage that was set comes back at
            // a token each interval.
            Kind::Spacing { interval } => {
                let part = |taken: &Taken<K>| match (now - taken.at, taken.is_set) {
                    (elapsed, true) => limit - taken.amount + limit * elapsed / interval,
                    (elapsed, false) => match self.gap(taken.amount, 16) {
                        gap if elapsed * 16 >= gap => limit,
                        gap => limit * elapsed * 16 / gap,
                    },
                };
                self.taken.iter().map(part).min().unwrap_or(limit).min(limit)
            }
        }
    }

    pub fn take(&mut self, by: Option<K>, amount: i128, now: i128) {
        if amount == 0 {
            return;
        }
        if self.has_ended(now) {
            self.taken.clear();
        }
        if self.is_spacing() {
            // The time of all other grants has passed.
            self.taken.retain(|taken| taken.is_set);
        }
        self.taken.push(Taken { by, at: now, amount, is_set: false });
        self.missing += amount;
    }

    /// Whether the window that the first request opened has surely ended.
    fn has_ended(&self, now: i128) -> bool {
        match self.kind {
            Kind::FirstRequest { interval } => {
                self.taken.first().is_none_or(|first| now - first.at > interval + self.jitter)
            }
            _ => false,
        }
    }

    /// Refunds a grant, as if it had never been.
    pub fn give_back(&mut self, by: &K) {
        let is_theirs = |taken: &Taken<K>| taken.by.as_ref() == Some(by);
        self.missing -= self.taken.iter().filter(|t| is_theirs(t)).map(|t| t.amount).sum::<i128>();
        self.missing = self.missing.max(0);
        self.taken.retain(|taken| !is_theirs(taken));
    }

    /// Sets the remaining tokens where `limit` is in force. Held permits stay held.
    pub fn set(&mut self, tokens: i128, limit: i128, now: i128) {
        if self.is_concurrency() {
            return;
        }
        let used = self.capacity(limit) - tokens.clamp(0, self.capacity(limit));
        // A window that its first request opened and that may not have ended keeps its end.
        let at = match self.kind {
            Kind::FirstRequest { interval } => self
                .taken
                .first()
                .map(|first| first.at)
                .filter(|at| now - at < interval - self.jitter),
            _ => None,
        };
        self.taken.clear();
        (self.missing, self.set_at) = (0, now);
        match self.kind {
            Kind::Spacing { .. } => {
                self.taken.push(Taken { by: None, at: now, amount: used, is_set: true });
            }
            _ => self.take(None, used, at.unwrap_or(now)),
        }
    }

    /// Sets a new limit and refill. A server's bucket keeps its tokens, so the deficit grows with
    /// its share of the limit; other rules keep their usage.
    pub fn update(&mut self, kind: Kind, limit: i128, shares: (i128, i128)) {
        (self.kind, self.limit) = (kind, limit);
        self.missing = (self.missing + shares.1 - shares.0).max(0);
    }

    /// Whether a refund now is exactly as if the grant of `granted_at` had never been. Three cases
    /// are not: a bucket may have overflowed since, which is not replayed here; tokens set at the
    /// instant of the grant do not tell whether they include it; and the opener of a window that
    /// its first request did not open is unknown.
    pub fn refund_is_exact(&self, by: &K, granted_at: i128, now: i128) -> bool {
        let others = self.taken.iter().any(|taken| taken.by.as_ref() != Some(by))
            || self.set_at >= granted_at;
        let opened_it = others && self.taken.first().is_some_and(|first| first.at == granted_at);
        self.set_at != granted_at
            && match self.kind {
                Kind::Bucket { .. } => granted_at == now,
                Kind::FirstRequest { .. } => !opened_it,
                _ => true,
            }
    }

    /// Lowers the amount of a request that was sent. A window that it opened stays open.
    pub fn lower(&mut self, by: &K, actual: i128) {
        for taken in self.taken.iter_mut().filter(|taken| taken.by.as_ref() == Some(by)) {
            let lower = actual.min(taken.amount);
            self.missing -= taken.amount - lower;
            taken.amount = lower;
        }
        self.missing = self.missing.max(0);
    }

    /// Whether a lower cost now is exactly as if the request of `granted_at` had been charged that.
    pub fn lower_is_exact(&self, granted_at: i128, now: i128) -> bool {
        let is_bucket = matches!(self.kind, Kind::Bucket { .. });
        self.set_at != granted_at && (!is_bucket || granted_at == now)
    }

    /// Advances by one tick, up to `now`, in which `limit` was in force.
    pub fn tick(&mut self, limit: i128, now: i128) {
        self.missing = (self.missing - self.refill(limit)).max(0);
        let jitter = self.jitter;
        match self.kind {
            Kind::Bucket { .. } => self.taken.clear(),
            // Long expired entries are dropped only to keep the lists short.
            Kind::Rolling { interval } => self.taken.retain(|t| now - t.at <= interval + jitter),
            Kind::Fixed { interval } => self.taken.retain(|t| now - t.at <= 2 * interval),
            Kind::FirstRequest { .. } | Kind::Concurrency | Kind::Spacing { .. } => (),
        }
    }

    /// Ends a request, whose permit is released.
    pub fn release(&mut self, by: &K) {
        if self.kind == Kind::Concurrency {
            self.give_back(by);
        }
    }
}
