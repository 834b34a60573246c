//! The engine again, as simply as it can be said: arrays, sums, whole numbers, one step for each tick of time.

/// Ticks in a millisecond.
pub const TICKS: i128 = 8;
/// Costs are multiples of a quarter of a token.
pub const QUARTERS: i128 = 4;

/// A bucket that gains `tokens` in `millis`. Amounts are kept in units of `1 / (TICKS * QUARTERS * millis)` tokens, in
/// which a tick's refill and a quarter of a token are whole numbers.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub tokens: i128,
    pub millis: i128,
    pub capacity: i128,
    pub level: i128,
}

impl Bucket {
    pub fn new(tokens: i128, millis: i128, capacity_quarters: i128, level_quarters: i128) -> Self {
        let quarter = TICKS * millis;
        Self { tokens, millis, capacity: capacity_quarters * quarter, level: level_quarters * quarter }
    }

    pub fn units(&self, quarters: i128) -> i128 {
        quarters * TICKS * self.millis
    }

    fn tick(&mut self) {
        self.level = self.capacity.min(self.level + self.tokens * QUARTERS);
    }
}

/// What one request costs: the index of a bucket and quarters of a token.
pub type Cost = (usize, i128);

#[derive(Clone, Debug)]
pub struct Request<K> {
    pub key: K,
    pub class: usize,
    pub arrival: usize,
    pub costs: Vec<Cost>,
    /// In ticks.
    pub deadline: Option<i128>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Granted,
    TimedOut,
}

/// Strict first come first served inside a class, classes in order.
#[derive(Clone, Debug)]
pub struct Oracle<K> {
    pub now: i128,
    pub buckets: Vec<Option<Bucket>>,
    pub waiting: Vec<Request<K>>,
    arrivals: usize,
}

impl<K: Clone + PartialEq> Oracle<K> {
    pub fn new(buckets: Vec<Bucket>) -> Self {
        Self { now: 0, buckets: buckets.into_iter().map(Some).collect(), waiting: Vec::new(), arrivals: 0 }
    }

    fn affordable(&self, costs: &[Cost]) -> bool {
        costs.iter().all(|&(rule, quarters)| {
            let bucket = self.buckets[rule].as_ref().unwrap();
            quarters == 0 || bucket.level >= bucket.units(quarters)
        })
    }

    fn take(&mut self, costs: &[Cost]) {
        for &(rule, quarters) in costs {
            let bucket = self.buckets[rule].as_mut().unwrap();
            bucket.level -= bucket.units(quarters);
        }
    }

    /// Whether a new request of `class` goes at once. It takes its costs if so.
    pub fn try_now(&mut self, class: usize, costs: &[Cost]) -> bool {
        let free = costs.iter().all(|cost| cost.1 == 0);
        let goes = free || (self.waiting.iter().all(|other| other.class > class) && self.affordable(costs));
        if goes {
            self.take(costs);
        }
        goes
    }

    pub fn wait(&mut self, key: K, class: usize, costs: Vec<Cost>, deadline: Option<i128>) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.waiting.push(Request { key, class, arrival, costs, deadline });
        self.waiting.sort_by_key(|request| (request.class, request.arrival));
    }

    /// What is settled now, in order.
    pub fn settle(&mut self) -> Vec<(K, Outcome)> {
        let mut settled = Vec::new();
        let mut late: Vec<_> =
            self.waiting.iter().filter(|r| r.deadline.is_some_and(|d| d < self.now)).cloned().collect();
        late.sort_by_key(|r| (r.deadline, r.arrival));
        for request in late {
            settled.push((request.key.clone(), Outcome::TimedOut));
            self.waiting.retain(|other| other.key != request.key);
        }
        loop {
            if let Some(first) = self.waiting.first().filter(|first| self.affordable(&first.costs)).cloned() {
                self.take(&first.costs);
                self.waiting.remove(0);
                settled.push((first.key, Outcome::Granted));
                continue;
            }
            let due = self.waiting.iter().filter(|r| r.deadline == Some(self.now)).min_by_key(|r| r.arrival);
            let Some(due) = due.cloned() else { return settled };
            self.waiting.retain(|other| other.key != due.key);
            settled.push((due.key, Outcome::TimedOut));
        }
    }

    pub fn tick(&mut self) {
        self.now += 1;
        self.buckets.iter_mut().flatten().for_each(Bucket::tick);
    }
}
