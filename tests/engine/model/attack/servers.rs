//! Servers that count, and refuse.

/// A request on its way. `order` is that of the grants, and `limit` the rule's at the grant.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub order: usize,
    pub cost: f64,
    pub limit: f64,
}

/// What a window has counted. Where a limit was changed on the way, nobody can ask of a request that it obeys one that
/// was set after its grant: all that is counted has to be within the limit under which the last of it was granted.
#[derive(Clone, Debug, Default)]
pub struct Count(Vec<Sent>);

impl Count {
    fn is_within_limit(&self) -> bool {
        let limit = self.0.iter().max_by_key(|sent| sent.order).map_or(f64::INFINITY, |sent| sent.limit);
        self.0.iter().map(|sent| sent.cost).sum::<f64>() <= limit
    }
}

#[derive(Clone, Debug)]
pub enum Server {
    Sliding {
        interval: f64,
        log: Vec<(f64, Sent)>,
    },
    /// `offset`: Unix time less the engine's.
    Aligned {
        interval: f64,
        offset: f64,
        window: f64,
        count: Count,
    },
    FromFirst {
        interval: f64,
        opened: f64,
        count: Count,
    },
    Bucket {
        capacity: f64,
        rate: f64,
        tokens: f64,
        filled: f64,
    },
}

impl Server {
    pub fn sliding(interval: f64) -> Self {
        Server::Sliding { interval, log: Vec::new() }
    }

    pub fn aligned(interval: f64, offset: f64) -> Self {
        Server::Aligned { interval, offset, window: f64::NEG_INFINITY, count: Count::default() }
    }

    pub fn from_first(interval: f64) -> Self {
        Server::FromFirst { interval, opened: f64::NEG_INFINITY, count: Count::default() }
    }

    pub fn bucket(capacity: f64, rate: f64) -> Self {
        Server::Bucket { capacity, rate, tokens: capacity, filled: 0.0 }
    }

    /// What it counts as used at `at`, after all that has arrived by then.
    pub fn used(&self, at: f64) -> f64 {
        let count = |count: &Count| count.0.iter().map(|sent| sent.cost).sum();
        match self {
            Server::Sliding { interval, log } => {
                log.iter().filter(|(time, _)| at - time <= *interval).map(|(_, sent)| sent.cost).sum()
            }
            Server::Aligned { interval, offset, window, count: counted } => {
                if ((at + *offset) / *interval).floor() == *window { count(counted) } else { 0.0 }
            }
            Server::FromFirst { interval, opened, count: counted } => {
                if at - *opened <= *interval {
                    count(counted)
                } else {
                    0.0
                }
            }
            Server::Bucket { capacity, rate, tokens, filled } => {
                *capacity - capacity.min(*tokens + (at - *filled) * *rate)
            }
        }
    }

    /// When it begins to count anew, if it says that.
    pub fn resets_at(&self) -> Option<f64> {
        match self {
            Server::FromFirst { interval, opened, .. } => Some(*opened + *interval),
            _ => None,
        }
    }

    /// Whether it accepts a request that arrives at `at`. Called in the order of arrival.
    pub fn accepts(&mut self, at: f64, sent: Sent) -> bool {
        match self {
            Server::Sliding { interval, log } => {
                log.retain(|(time, _)| at - time <= *interval);
                log.push((at, sent));
                Count(log.iter().map(|entry| entry.1).collect()).is_within_limit()
            }
            Server::Aligned { interval, offset, window, count } => {
                let arrives_in = ((at + *offset) / *interval).floor();
                if arrives_in != *window {
                    (*window, count.0) = (arrives_in, Vec::new());
                }
                count.0.push(sent);
                count.is_within_limit()
            }
            Server::FromFirst { interval, opened, count } => {
                if at - *opened > *interval {
                    (*opened, count.0) = (at, Vec::new());
                }
                count.0.push(sent);
                count.is_within_limit()
            }
            Server::Bucket { capacity, rate, tokens, filled } => {
                *tokens = capacity.min(*tokens + (at - *filled) * *rate);
                *filled = at;
                *tokens -= sent.cost;
                *tokens >= -1e-6
            }
        }
    }
}
