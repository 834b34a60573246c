//! A rolling window as simply as it can be said: all that was ever taken, and sums over it.

/// What was taken at one instant.
#[derive(Clone, Copy, Debug)]
struct Taken {
    at: f64,
    own: f64,
    /// What the server showed beyond that.
    others: f64,
    /// How much of `own` is in flight.
    flying: f64,
    /// Whether it no longer counted when the interval was another.
    is_gone: bool,
}

#[derive(Clone, Debug)]
pub struct RollingLog {
    pub limit: f64,
    interval: f64,
    jitter: f64,
    taken: Vec<Taken>,
    settled_at: f64,
    /// The latest instant of which nothing counts any more, now and when it was last known what is used.
    gone_at: f64,
    known_from: f64,
}

/// Age and amount of all that counts.
pub type Saved = Vec<(f64, f64)>;

impl RollingLog {
    pub fn new(limit: f64, interval: f64, jitter: f64) -> Self {
        let never = f64::NEG_INFINITY;
        let (settled_at, gone_at, known_from) = (never, never, never);
        Self { limit, interval, jitter, taken: Vec::new(), settled_at, gone_at, known_from }
    }

    fn span(&self) -> f64 {
        self.interval + self.jitter
    }

    /// For so long an answer can tell of what was taken.
    fn kept(&self) -> f64 {
        self.span() + self.span().min(5000.0)
    }

    fn counts(&self, taken: &Taken, now: f64) -> bool {
        !taken.is_gone && now - taken.at <= self.span()
    }

    fn sum(&self, now: f64, part: impl Fn(&Taken) -> f64) -> f64 {
        self.taken.iter().filter(|taken| self.counts(taken, now)).map(part).sum()
    }

    pub fn used(&self, now: f64) -> f64 {
        self.sum(now, |taken| taken.own + taken.others)
    }

    pub fn left(&self, now: f64) -> f64 {
        (self.limit - self.used(now)).max(0.0)
    }

    pub fn flying(&self, now: f64) -> f64 {
        self.sum(now, |taken| taken.flying)
    }

    /// The instant up to which so much is not left.
    pub fn too_little_until(&self, amount: f64, now: f64) -> f64 {
        let ends = self.taken.iter().filter(|taken| self.counts(taken, now)).map(|t| t.at + self.span());
        let enough = |at: f64| self.limit - self.used(at.next_up()) >= amount;
        if self.limit - self.used(now) >= amount {
            now
        } else {
            ends.into_iter().find(|&at| enough(at)).unwrap()
        }
    }

    fn add(&mut self, own: f64, others: f64, flying: f64, now: f64) {
        let last = self.taken.last_mut().filter(|taken| taken.at == now && !taken.is_gone);
        match last {
            Some(last) => {
                (last.own, last.others, last.flying) =
                    (last.own + own, last.others + others, last.flying + flying);
            }
            None => self.taken.push(Taken { at: now, own, others, flying, is_gone: false }),
        }
    }

    /// Of a request with a permit: it is in flight.
    pub fn take(&mut self, cost: f64, now: f64) {
        self.add(cost, 0.0, cost, now);
    }

    /// What counts of what was taken at an instant.
    fn of(&mut self, at: f64, now: f64) -> Option<&mut Taken> {
        let place = self.taken.iter().position(|taken| taken.at == at && self.counts(taken, now))?;
        self.taken.get_mut(place)
    }

    pub fn land(&mut self, cost: f64, taken_at: f64, now: f64) {
        if let Some(taken) = self.of(taken_at, now) {
            taken.flying = (taken.flying - cost).max(0.0);
        }
    }

    pub fn give_back(&mut self, cost: f64, taken_at: f64, now: f64) {
        if let Some(taken) = self.of(taken_at, now) {
            taken.own = (taken.own - cost).max(0.0);
        }
    }

    pub fn set(&mut self, tokens: f64, now: f64) {
        self.taken.clear();
        self.gone_at = now;
        self.add(self.limit - tokens.clamp(0.0, self.limit), 0.0, 0.0, now);
    }

    /// What others used is no less than what was known of it, less the request that is answered now, as that may have been
    /// taken for theirs; and no less than what is said goes beyond all that was granted here and that the server may count.
    pub fn answer(&mut self, used: f64, landed: f64, asked_at: f64, now: f64) {
        let may_count = |taken: &&Taken| {
            self.counts(taken, now) || asked_at - taken.at <= self.span() && now - taken.at <= self.kept()
        };
        let own: f64 = self.taken.iter().filter(may_count).map(|taken| taken.own).sum();
        let known = self.sum(now, |taken| taken.others);
        let landed = if asked_at <= self.known_from { 0.0 } else { landed };
        let others = (known - landed).max(used + self.flying(now) - own).max(0.0);
        if others > known {
            self.add(0.0, others - known, 0.0, now);
        } else {
            self.lower(known - others, asked_at, false, now);
        }
    }

    /// Somebody who knows says what is used.
    pub fn know(&mut self, used: f64, now: f64) {
        if now < self.settled_at {
            return self.answer(used, 0.0, now, now);
        }
        self.go(now);
        self.known_from = self.gone_at;
        let known = self.used(now);
        let used = used + self.flying(now);
        if used > known {
            self.add(0.0, used - known, 0.0, now);
        } else {
            self.lower(known - used, f64::NEG_INFINITY, true, now);
        }
    }

    /// The oldest first, of others and then perhaps of this program.
    fn lower(&mut self, mut amount: f64, since: f64, own_too: bool, now: f64) {
        for at in 0..self.taken.len() {
            if !self.counts(&self.taken[at], now) || self.taken[at].at < since {
                continue;
            }
            let taken = &mut self.taken[at];
            let others = taken.others.min(amount);
            let own = if own_too { taken.own.min(amount - others) } else { 0.0 };
            (taken.others, taken.own) = (taken.others - others, taken.own - own);
            amount -= others + own;
        }
    }

    fn go(&mut self, now: f64) {
        let gone = self.taken.iter().filter(|taken| !self.counts(taken, now)).map(|taken| taken.at);
        self.gone_at = gone.fold(self.gone_at, f64::max);
    }

    /// What counts no more by now never does again, whatever the interval becomes.
    pub fn change_interval(&mut self, interval: f64, now: f64) {
        self.go(now);
        let (span, kept) = (self.span(), self.kept());
        self.taken.retain(|taken| now - taken.at <= kept);
        self.taken.iter_mut().for_each(|taken| taken.is_gone |= now - taken.at > span);
        self.interval = interval;
    }

    pub fn save(&self, now: f64) -> Saved {
        let counting = self.taken.iter().filter(|taken| self.counts(taken, now));
        counting.map(|taken| (now - taken.at, taken.own + taken.others)).collect()
    }

    pub fn restore(&mut self, saved: &Saved, age: f64, now: f64) {
        let taken = |&(since, own): &(f64, f64)| {
            let at = now - age - since;
            Taken { at, own, others: 0.0, flying: 0.0, is_gone: now - at > self.span() }
        };
        self.taken = saved.iter().map(taken).collect();
        self.gone_at = now;
        self.settled_at = now + self.jitter;
    }
}
