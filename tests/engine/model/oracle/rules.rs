//! How rules count, as simply as it can be said: a list of all that was taken, and sums over it.

/// Ticks in a millisecond.
pub const TICKS: i128 = 8;
/// Atoms in a token: a multiple of all numbers up to 30 and of a large power of two, so that every amount in these
/// tests is a whole number of atoms, and every sum is exact.
pub const TOKEN: i128 = 65_536 * 2_329_089_562_800;
/// Costs are multiples of a quarter of a token.
pub const QUARTER: i128 = TOKEN / 4;

/// Times and intervals are ticks.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `refill` atoms come in with each tick, where the whole limit is in force.
    Bucket {
        refill: i128,
        debt: bool,
    },
    Rolling {
        interval: i128,
    },
    Aligned {
        interval: i128,
    },
    FirstRequest {
        interval: i128,
    },
    Concurrency,
}

/// What one grant took from the rule. Nobody's is what `set_tokens` says to be used.
#[derive(Clone, Debug)]
struct Taken<K> {
    by: Option<K>,
    at: i128,
    amount: i128,
}

#[derive(Clone, Debug)]
pub struct Rule<K> {
    pub kind: Kind,
    /// In atoms, as the rule was made, before `share` and modes.
    pub limit: i128,
    pub jitter: i128,
    /// Nothing is granted before this instant.
    pub paused: i128,
    /// When it was last said what is left.
    pub set_at: i128,
    /// Of a bucket only what was taken in this very tick, which is all that can be given back exactly.
    taken: Vec<Taken<K>>,
    /// Of a bucket: what it lacks to be full.
    missing: i128,
}

impl<K: Clone + PartialEq> Rule<K> {
    pub fn new(kind: Kind, limit: i128, jitter: i128) -> Self {
        Self { kind, limit, jitter, paused: i128::MIN, set_at: i128::MIN, taken: Vec::new(), missing: 0 }
    }

    pub fn has_debt(&self) -> bool {
        matches!(self.kind, Kind::Bucket { debt: true, .. })
    }

    pub fn is_concurrency(&self) -> bool {
        self.kind == Kind::Concurrency
    }

    /// What comes in with each tick where `limit` is in force: less in the same proportion.
    fn refill(&self, limit: i128) -> i128 {
        match self.kind {
            Kind::Bucket { refill, .. } => refill * (limit / QUARTER) / (self.limit / QUARTER),
            _ => 0,
        }
    }

    /// The most that can be left where `limit` is in force.
    pub fn capacity(&self, limit: i128) -> i128 {
        limit - self.refill(limit) * self.jitter
    }

    /// What is left at `now` where `limit` is in force; below zero if more is used than that.
    pub fn left(&self, limit: i128, now: i128) -> i128 {
        let jitter = self.jitter;
        let used = |counts: &dyn Fn(i128) -> bool| {
            self.taken.iter().filter(|t| counts(t.at)).map(|t| t.amount).sum::<i128>()
        };
        match self.kind {
            Kind::Bucket { .. } => self.capacity(limit) - self.missing,
            Kind::Rolling { interval } => limit - used(&|at| now - at <= interval + jitter),
            Kind::Aligned { interval } => {
                let windows =
                    |at: i128| (at - jitter).div_euclid(interval)..=(at + jitter).div_euclid(interval);
                let fullest = windows(now).map(|window| used(&|at| windows(at).contains(&window))).max();
                limit - fullest.unwrap()
            }
            Kind::FirstRequest { interval } => match self.taken.first().map(|first| now - first.at) {
                Some(age) if age < interval - jitter => limit - used(&|_| true),
                Some(age) if age <= interval + jitter => 0,
                _ => limit,
            },
            Kind::Concurrency => limit - used(&|_| true),
        }
    }

    pub fn take(&mut self, by: Option<K>, amount: i128, now: i128) {
        if amount == 0 {
            return;
        }
        if self.has_ended(now) {
            self.taken.clear();
        }
        self.taken.push(Taken { by, at: now, amount });
        self.missing += amount;
    }

    /// Whether the window that the first request opened is over for sure.
    fn has_ended(&self, now: i128) -> bool {
        match self.kind {
            Kind::FirstRequest { interval } => {
                self.taken.first().is_none_or(|first| now - first.at > interval + self.jitter)
            }
            _ => false,
        }
    }

    /// As if it had never been sent.
    pub fn give_back(&mut self, by: &K) {
        let is_theirs = |taken: &Taken<K>| taken.by.as_ref() == Some(by);
        self.missing -= self.taken.iter().filter(|t| is_theirs(t)).map(|t| t.amount).sum::<i128>();
        self.missing = self.missing.max(0);
        self.taken.retain(|taken| !is_theirs(taken));
    }

    /// Makes `tokens` what is left where `limit` is in force; what permits hold stays held.
    pub fn set(&mut self, tokens: i128, limit: i128, now: i128) {
        if self.is_concurrency() {
            return;
        }
        let used = self.capacity(limit) - tokens.clamp(0, self.capacity(limit));
        // A window that its first request opened and that may not have ended keeps its end.
        let at = match self.kind {
            Kind::FirstRequest { interval } => {
                self.taken.first().map(|first| first.at).filter(|at| now - at < interval - self.jitter)
            }
            _ => None,
        };
        self.taken.clear();
        (self.missing, self.set_at) = (0, now);
        self.take(None, used, at.unwrap_or(now));
    }

    /// A new limit and refill. A server's bucket keeps its tokens, so what is missing grows with its share of the limit;
    /// others keep what is used.
    pub fn update(&mut self, kind: Kind, limit: i128, shares: (i128, i128)) {
        (self.kind, self.limit) = (kind, limit);
        self.missing = (self.missing + shares.1 - shares.0).max(0);
    }

    /// Whether a refund now is exactly as if a grant of that instant had never been. A bucket may have run over since,
    /// which is not played back here; who says what is left at the instant of the grant does not say whether that counts;
    /// and a window that was not opened by its first request is opened by nobody knows whom.
    pub fn refund_is_exact(&self, by: &K, granted_at: i128, now: i128) -> bool {
        let others =
            self.taken.iter().any(|taken| taken.by.as_ref() != Some(by)) || self.set_at >= granted_at;
        let opened_it = others && self.taken.first().is_some_and(|first| first.at == granted_at);
        self.set_at != granted_at
            && match self.kind {
                Kind::Bucket { .. } => granted_at == now,
                Kind::FirstRequest { .. } => !opened_it,
                _ => true,
            }
    }

    /// One tick of time passes, up to `now`, in which `limit` was in force.
    pub fn tick(&mut self, limit: i128, now: i128) {
        self.missing = (self.missing - self.refill(limit)).max(0);
        let jitter = self.jitter;
        match self.kind {
            Kind::Bucket { .. } => self.taken.clear(),
            // Long past; only that the lists stay short.
            Kind::Rolling { interval } => self.taken.retain(|t| now - t.at <= interval + jitter),
            Kind::Aligned { interval } => self.taken.retain(|t| now - t.at <= 2 * interval),
            Kind::FirstRequest { .. } | Kind::Concurrency => (),
        }
    }

    /// The end of a request: its permit goes back.
    pub fn release(&mut self, by: &K) {
        if self.kind == Kind::Concurrency {
            self.give_back(by);
        }
    }
}
