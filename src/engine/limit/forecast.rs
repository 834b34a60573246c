//! The future of a rule for which costs are planned.

use super::LimitState;
use super::rolling_window::RollingForecast;

/// A cost that is planned to be taken at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    pub(crate) at: f64,
    pub(crate) cost: f64,
    /// The tokens that have to remain just before the cost is taken.
    pub(crate) need: f64,
}

/// A cost for which an instant is sought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sought {
    pub(crate) cost: f64,
    /// The tokens that have to remain just before the cost is taken.
    pub(crate) need: f64,
    /// The part of `need` that has to remain at every instant, as it is unknown when it is taken.
    pub(crate) claimed: f64,
}

/// Planned costs of one instant, in the order in which they are taken.
struct Batch<'a> {
    at: f64,
    cost: f64,
    /// The tokens that have to remain before the first of them is taken.
    need: f64,
    later: &'a [Planned],
}

/// A copy of the state of a rule that is played forward: instants only grow.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "a box would allocate for each look; sizes by target")]
enum Forecast<'a> {
    State(LimitState),
    /// A log is not copied.
    Log(RollingForecast<'a>),
}

impl LimitState {
    /// The first instant from `from` on at which a cost can be taken beside the planned ones: it
    /// fits then, and each planned cost still fits at its own instant. `planned` is sorted by
    /// instant; none of it was due before the last call that changed the state.
    ///
    /// The rule is the same for all algorithms: the planned costs are played forward on a copy of
    /// the state, first without the sought cost up to an instant at which it fits, then with it
    /// until it [no longer counts](State::counts_until).
    pub(crate) fn first_fit(&self, sought: Sought, planned: &[Planned], from: f64) -> f64 {
        if planned.is_empty() {
            return self.ready_at(sought.need, from);
        }
        self.fit_on(Forecast::new(self, planned), sought, planned, from)
    }

    fn fit_on(
        &self,
        mut forecast: Forecast,
        sought: Sought,
        planned: &[Planned],
        from: f64,
    ) -> f64 {
        let (mut from, mut later) = (from, planned);
        loop {
            while let Some(batch) = Batch::first(later).filter(|batch| batch.at <= from) {
                forecast.take(batch.cost, batch.at);
                later = batch.later;
            }
            let at = forecast.ready_at(sought.need, from);
            match later.first() {
                Some(next) if at < f64::INFINITY && next.at <= at => from = at,
                Some(_) if at < f64::INFINITY => {
                    match self.first_displaced(&forecast, sought, at, later) {
                        Some(displaced) => from = self.retry_at(at, displaced, later),
                        None => return at,
                    }
                }
                _ => return at,
            }
        }
    }

    /// The instant of the first planned cost that would not fit beside a cost taken at `at`.
    fn first_displaced(
        &self,
        forecast: &Forecast,
        sought: Sought,
        at: f64,
        later: &[Planned],
    ) -> Option<f64> {
        let until = self.counts_until(at, sought.cost);
        let mut next = Batch::first(later).filter(|batch| batch.at < until)?;
        let mut with = forecast.clone();
        with.insert(sought.cost, at);
        loop {
            // Claimed tokens have to remain after the planned costs too.
            let claimed = if sought.claimed > 0.0 { next.cost + sought.claimed } else { 0.0 };
            if with.available(next.at) < next.need.max(claimed) {
                return Some(next.at);
            }
            with.take(next.cost, next.at);
            next = Batch::first(next.later).filter(|batch| batch.at < until)?;
        }
    }
}

impl<'a> Batch<'a> {
    /// The costs of the first instant.
    fn first(planned: &'a [Planned]) -> Option<Self> {
        let at = planned.first()?.at;
        let (mut cost, mut need, mut count) = (0.0, 0.0_f64, 0_usize);
        for each in planned.iter().take_while(|each| each.at == at) {
            need = need.max(cost + each.need);
            cost += each.cost;
            count = count.saturating_add(1);
        }
        Some(Self { at, cost, need, later: planned.get(count..).unwrap_or(&[]) })
    }
}

impl<'a> Forecast<'a> {
    fn new(state: &'a LimitState, planned: &'a [Planned]) -> Self {
        match state {
            LimitState::RollingWindow(window) => Self::Log(window.forecast(planned)),
            other => Self::State(other.clone()),
        }
    }

    /// Takes the planned costs of an instant.
    #[inline(never)]
    fn take(&mut self, cost: f64, at: f64) {
        match self {
            Self::State(state) => state.take(cost, at),
            Self::Log(log) => log.take(cost, at),
        }
    }

    /// Takes a cost that is not planned; at most one.
    fn insert(&mut self, cost: f64, at: f64) {
        match self {
            Self::State(_) => self.take(cost, at),
            Self::Log(log) => log.insert(cost, at),
        }
    }

    fn available(&mut self, at: f64) -> f64 {
        match self {
            Self::State(state) => state.available(at),
            Self::Log(log) => log.available(at),
        }
    }

    fn ready_at(&mut self, amount: f64, from: f64) -> f64 {
        match self {
            Self::State(state) => state.ready_at(amount, from),
            Self::Log(log) => log.ready_at(amount, from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::{FixedWindow, InForce, Limit, RollingWindow, TokenBucket};

    fn started(definition: impl Into<Limit>) -> LimitState {
        let definition = definition.into();
        definition.start(InForce::whole(definition.limit()), 0.0)
    }

    fn planned(costs: &[(f64, f64)]) -> Vec<Planned> {
        costs.iter().map(|&(at, cost)| Planned { at, cost, need: cost }).collect()
    }

    fn first_fit(state: &LimitState, cost: f64, costs: &[(f64, f64)], from: f64) -> f64 {
        let sought = Sought { cost, need: cost, claimed: 0.0 };
        state.first_fit(sought, &planned(costs), from)
    }

    #[test]
    fn fixed_window_is_given_back_before_the_next_one() {
        let mut window = started(FixedWindow::new(100.0, 1000.0, 0.0).unwrap());
        window.take(60.0, 0.0);
        // Fifty wait for the next window, and forty of this one are free.
        let waiting = [(1000.0, 50.0)];
        assert_eq!(first_fit(&window, 40.0, &waiting, 10.0), 10.0);
        assert_eq!(first_fit(&window, 41.0, &waiting, 10.0), 1000.0);
        assert_eq!(first_fit(&window, 51.0, &waiting, 10.0), 2000.0);
    }

    #[test]
    fn rolling_window_counts_at_the_planned_instant_or_not() {
        let mut window = started(RollingWindow::new(100.0, 1000.0, 0.0).unwrap());
        window.take(60.0, 0.0);
        let gone = 1000.0_f64.next_up();
        // At 500, forty would still count at `gone`, beside the eighty planned then.
        assert_eq!(first_fit(&window, 20.0, &[(gone, 80.0)], 500.0), 500.0);
        assert_eq!(first_fit(&window, 40.0, &[(gone, 80.0)], 500.0), (gone + 1000.0).next_up());
        assert_eq!(first_fit(&window, 40.0, &[(1600.0, 80.0)], 500.0), 500.0);
    }

    #[test]
    fn bucket_refills_up_to_a_planned_cost() {
        let mut bucket = started(TokenBucket::new(10.0, 0.01).unwrap());
        bucket.take(4.0, 0.0);
        // Six remain, four are refilled by 400, and then all ten are wanted.
        assert_eq!(first_fit(&bucket, 3.0, &[(400.0, 10.0)], 0.0), 700.0);
        assert_eq!(first_fit(&bucket, 3.0, &[(800.0, 10.0)], 0.0), 0.0);
    }

    /// A rolling window without a copy of its log against one that is copied.
    #[test]
    fn forecast_of_a_log_equals_that_of_its_copy() {
        let mut seed = 1_u64;
        let mut random = move |below: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((seed >> 33) % below) as f64
        };
        for _ in 0..2000 {
            let mut window = started(RollingWindow::new(20.0, 50.0, random(2) * 7.0).unwrap());
            let mut now = 0.0;
            for _ in 0..8 {
                now += random(20);
                if window.available(now) >= 5.0 {
                    window.take(1.0 + random(5), now);
                }
            }
            let mut at = now;
            let costs: Vec<_> = (0..8)
                .map(|_| {
                    at += random(2) * random(40);
                    (at, 1.0 + random(6))
                })
                .collect();
            let costs = planned(&costs);
            for cost in [1.0, 4.0, 11.0, 20.0] {
                let sought = Sought { cost, need: cost, claimed: 0.0 };
                let log = Forecast::new(&window, &costs);
                assert!(matches!(log, Forecast::Log(_)));
                let copy = Forecast::State(window.clone());
                assert_eq!(
                    window.fit_on(log, sought, &costs, now),
                    window.fit_on(copy, sought, &costs, now),
                    "{costs:?}"
                );
            }
        }
    }
}
