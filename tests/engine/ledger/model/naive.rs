//! A ledger's count that is obviously right: a list of all claims, from which each window is summed
//! anew.

use multi_throttler_engine::ledger::{Counting, SharedRule};

pub struct Claim {
    pub id: u64,
    pub process: u64,
    pub rule: usize,
    pub amount: f64,
    pub since: f64,
    pub until: f64,
    /// When it was settled, what was spent, and when at last.
    pub settled: Option<(f64, f64, f64)>,
    /// How many were settled before it.
    pub settled_as: usize,
    /// The first call after its end, if it was not settled before.
    pub lapsed: Option<f64>,
    /// The window that it is of, if that is opened by its first request.
    window: usize,
}

#[derive(Default)]
pub struct Naive {
    pub rules: Vec<SharedRule>,
    pub claims: Vec<Claim>,
    /// By rule, the windows that were opened, and whether each is over.
    over: Vec<Vec<bool>>,
    pub began: f64,
}

impl Naive {
    pub fn new(rules: Vec<SharedRule>, began: f64) -> Self {
        let over = vec![Vec::new(); rules.len()];
        Self { rules, claims: Vec::new(), over, began }
    }

    /// Lets claims lapse and windows end, as each call does.
    pub fn advance(&mut self, now: f64) {
        for claim in &mut self.claims {
            if claim.settled.is_none() && claim.until <= now {
                claim.lapsed.get_or_insert(now);
            }
        }
        for rule in 0..self.rules.len() {
            for window in 0..self.over[rule].len() {
                self.over[rule][window] |= now > self.end_of(rule, window);
            }
        }
    }

    pub fn give(&mut self, id: u64, process: u64, part: (usize, f64, f64), now: f64) {
        let (rule, amount, until) = part;
        if self.over[rule].last().is_none_or(|over| *over) {
            self.over[rule].push(false);
        }
        let window = self.over[rule].len() - 1;
        self.claims.push(Claim {
            id,
            process,
            rule,
            amount,
            since: now,
            until,
            settled: None,
            settled_as: 0,
            lapsed: None,
            window,
        });
    }

    pub fn renew(&mut self, process: u64, until: f64) {
        let rules = &self.rules;
        let is_permit = |claim: &&mut Claim| {
            claim.process == process
                && claim.lapsed.is_none()
                && rules[claim.rule].counting == Counting::Concurrency
        };
        self.claims.iter_mut().filter(is_permit).for_each(|claim| claim.until = until);
    }

    fn of_window(&self, rule: usize, window: usize) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(move |claim| claim.rule == rule && claim.window == window)
    }

    /// The last instant at which a window can be open that was opened by its first request.
    fn end_of(&self, rule: usize, window: usize) -> f64 {
        let SharedRule { counting, jitter, .. } = self.rules[rule];
        let Counting::FirstRequest(interval) = counting else { return f64::INFINITY };
        let mut certain = f64::INFINITY;
        let (mut possible, mut is_void) = (f64::NEG_INFINITY, true);
        for claim in self.of_window(rule, window) {
            possible = possible.max(claim.until + jitter);
            match claim.settled {
                Some((_, spent, at)) if spent > 0.0 => {
                    certain = certain.min(at + jitter);
                    is_void = false;
                }
                Some(_) => {}
                None => is_void = false,
            }
        }
        let opened = if certain < f64::INFINITY { certain } else { possible };
        if is_void { f64::NEG_INFINITY } else { opened + interval }
    }

    /// The tokens that count under a rule at `now`, the instant of a call.
    pub fn used(&self, rule: usize, now: f64) -> f64 {
        let SharedRule { counting, jitter, limit } = self.rules[rule];
        let claims = || self.claims.iter().filter(|claim| claim.rule == rule);
        let counted = |claim: &Claim| claim.settled.map_or(claim.amount, |(_, spent, _)| spent);
        match counting {
            Counting::Fixed(interval) => {
                let touch = |at: f64| {
                    let (first, last) = ((at - jitter) / interval, (at + jitter) / interval);
                    first.floor() as i64..=last.floor() as i64
                };
                let sum = |window: i64| {
                    let touches = claims().filter(|claim| touch(claim.since).contains(&window));
                    touches.map(counted).sum::<f64>()
                };
                touch(now).map(sum).fold(0.0, f64::max)
            }
            Counting::Rolling(interval) => {
                let last = |claim: &Claim| claim.settled.map_or(claim.until, |(.., at)| at);
                let counts = claims().filter(|claim| last(claim) + interval + jitter >= now);
                counts.map(counted).sum()
            }
            Counting::FirstRequest(interval) => {
                let Some(window) = self.over[rule].len().checked_sub(1) else { return 0.0 };
                if self.over[rule][window] || now > self.end_of(rule, window) {
                    return 0.0;
                }
                let used: f64 = self.of_window(rule, window).map(counted).sum();
                let from = self.of_window(rule, window).map(|claim| claim.since);
                let is_doubtful = now >= from.fold(f64::INFINITY, f64::min) + interval - jitter;
                if is_doubtful { used.max(limit) } else { used }
            }
            Counting::Bucket(rate) => self.rules[rule].capacity() - self.level(rule, rate, now),
            Counting::Concurrency => claims()
                .filter(|claim| claim.settled.is_none() && claim.lapsed.is_none())
                .map(|claim| claim.amount)
                .sum(),
        }
    }

    /// The level of a bucket, from the whole history.
    fn level(&self, rule: usize, rate: f64, now: f64) -> f64 {
        let capacity = self.rules[rule].capacity();
        // Instant, order within the instant, change of the level, change of the open claims.
        const SETTLED: usize = 2;
        let given = usize::MAX;
        let mut events = Vec::new();
        for claim in self.claims.iter().filter(|claim| claim.rule == rule) {
            events.push((claim.since, given, -claim.amount, claim.amount));
            if let Some(at) = claim.lapsed {
                events.push((at, 1, 0.0, -claim.amount));
            }
            if let Some((at, spent, _)) = claim.settled.filter(|_| claim.lapsed.is_none()) {
                events.push((at, SETTLED + claim.settled_as, claim.amount - spent, -claim.amount));
            }
        }
        events.push((now, given, 0.0, 0.0));
        events.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut level, mut open, mut last) = (capacity, 0.0, self.began);
        for (at, order, change, opened) in events {
            level = (level + rate * (at - last)).min((capacity - open).max(level));
            (last, open) = (at, open + opened);
            level += change;
            if (SETTLED..given).contains(&order) {
                level = level.min(capacity - open);
            }
        }
        level
    }
}
