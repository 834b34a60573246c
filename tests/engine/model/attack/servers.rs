//! Servers that count and refuse.

/// A request in flight. `order` is that of the grants, and `limit` that of the rule at the grant.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub order: usize,
    pub cost: f64,
    pub limit: f64,
}

/// Requests that a window has counted. A request cannot obey a limit that is set after its grant,
/// so the count has to be within the limit under which the last of the requests was granted.
#[derive(Clone, Debug, Default)]
pub struct Count(Vec<Sent>);

impl Count {
    fn is_within_limit(&self) -> bool {
        let limit =
            self.0.iter().max_by_key(|sent| sent.order).map_or(f64::INFINITY, |sent| sent.limit);
        self.0.iter().map(|sent| sent.cost).sum::<f64>() <= limit
    }
}

#[derive(Clone, Debug)]
pub enum Server {
    Sliding {
        interval: f64,
        log: Vec<(f64, Sent)>,
    },
    /// A fixed window. `offset` is Unix time minus engine time.
    Fixed {
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
    /// Expects the interval times the cost after each request.
    Spacing {
        interval: f64,
        free_at: f64,
    },
}

impl Server {
    pub fn rolling(interval: f64) -> Self {
        Server::Sliding { interval, log: Vec::new() }
    }

    pub fn fixed(interval: f64, offset: f64) -> Self {
        Server::Fixed { interval, offset, window: f64::NEG_INFINITY, count: Count::default() }
    }

    pub fn first_request(interval: f64) -> Self {
        Server::FromFirst { interval, opened: f64::NEG_INFINITY, count: Count::default() }
    }

    pub fn bucket(capacity: f64, rate: f64) -> Self {
        Server::Bucket { capacity, rate, tokens: capacity, filled: 0.0 }
    }

    pub fn spacing(interval: f64) -> Self {
        Server::Spacing { interval, free_at: f64::NEG_INFINITY }
    }

    /// Usage at `at`, after all requests that arrive by then.
    pub fn used(&self, at: f64) -> f64 {
        let count = |count: &Count| count.0.iter().map(|sent| sent.cost).sum();
        match self {
            Server::Sliding { interval, log } => log
                .iter()
                .filter(|(time, _)| at - time <= *interval)
                .map(|(_, sent)| sent.cost)
                .sum(),
            Server::Fixed { interval, offset, window, count: counted } => {
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
            Server::Spacing { interval, free_at } => ((*free_at - at) / *interval).max(0.0),
        }
    }

    /// When the count starts anew, if the server tells.
    pub fn resets_at(&self) -> Option<f64> {
        match self {
            Server::FromFirst { interval, opened, .. } => Some(*opened + *interval),
            _ => None,
        }
    }

    /// Whether the server accepts a request that arrives at `at`. Has to be called in the order of
    /// arrival.
    pub fn accepts(&mut self, at: f64, sent: Sent) -> bool {
        match self {
            Server::Sliding { interval, log } => {
                log.retain(|(time, _)| at - time <= *interval);
                log.push((at, sent));
                Count(log.iter().map(|entry| entry.1).collect()).is_within_limit()
            }
            Server::Fixed { interval, offset, window, count } => {
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
            // A request that costs nothing is not counted.
            Server::Spacing { .. } if sent.cost == 0.0 => true,
            Server::Spacing { interval, free_at } => {
                // Reports of its usage are rounded.
                let is_free = at >= *free_at - 1e-6;
                *free_at = at + sent.cost * *interval;
                is_free
            }
        }
    }
}
