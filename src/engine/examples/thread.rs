//! Drives the engine from a thread that sleeps until the next waiter is due.
//!
//! Any thread may call [`Limiter::acquire`], which blocks until the request is granted. The driver
//! thread sleeps on a condition variable until the engine is due or a call has changed that.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use multi_throttler_engine::{
    Costs, Engine, Options, Rejection, Rule, Submission, Ticket, TokenBucket,
};

type Outcome = Result<(), Rejection>;

/// A rate limiter for threads.
struct Limiter {
    shared: Arc<Shared>,
    driver: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Notified when the engine may be due earlier than before, or the limiter was dropped.
    changed: Condvar,
    start: Instant,
}

struct State {
    engine: Engine,
    waiters: HashMap<Ticket, mpsc::Sender<Outcome>>,
    is_dropped: bool,
}

impl Limiter {
    fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut engine = Engine::default();
        rules.into_iter().for_each(|rule| engine.add_rule(rule, 0.0));
        let state = State { engine, waiters: HashMap::new(), is_dropped: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            start: Instant::now(),
        });
        let driver = Arc::clone(&shared);
        Self { shared, driver: Some(thread::spawn(move || driver.drive())) }
    }

    /// Blocks until a request with these costs is granted.
    fn acquire(&self, costs: &[(&str, f64)]) -> Outcome {
        let mut state = self.shared.lock();
        let now = self.shared.now();
        let mut vector = Costs::default();
        for &(id, amount) in costs {
            vector.add(state.engine.slot(id, now)?, amount);
        }
        // Waiters that are due go first.
        state.settle(now);
        let Submission::Waiting(ticket) = state.engine.submit(&vector, Options::default(), now)?
        else {
            return Ok(());
        };
        let (sender, receiver) = mpsc::channel();
        state.waiters.insert(ticket, sender);
        drop(state);
        self.shared.changed.notify_one();
        receiver.recv().unwrap_or(Err(Rejection::Closed))
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.shared.lock().is_dropped = true;
        self.shared.changed.notify_one();
        if let Some(driver) = self.driver.take() {
            // The driver does not panic, so there is no error to pass on.
            let _ = driver.join();
        }
    }
}

impl Shared {
    /// Milliseconds of a monotonic clock.
    fn now(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1000.0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drive(&self) {
        let mut state = self.lock();
        while !state.is_dropped {
            state.settle(self.now());
            let sleep = state.engine.due() - self.now();
            state = if sleep.is_finite() {
                // Rounded up, as the engine has nothing to do before it is due.
                let sleep = Duration::from_nanos((sleep.max(0.0) * 1e6).ceil() as u64);
                self.changed
                    .wait_timeout(state, sleep)
                    .map_or_else(|error| error.into_inner().0, |woken| woken.0)
            } else {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }
}

impl State {
    /// Tells all waiters that are settled by `now` their outcome.
    fn settle(&mut self, now: f64) {
        while let Some((ticket, outcome)) = self.engine.poll(now) {
            if let Some(waiter) = self.waiters.remove(&ticket) {
                // A receiver lives until it has an outcome.
                let _ = waiter.send(outcome);
            }
        }
    }
}

/// Two tokens at once, and one more every 10 ms.
fn limiter() -> Result<Limiter, Box<dyn Error>> {
    Ok(Limiter::new([Rule::new("orders", TokenBucket::new(2.0, 0.1)?)?]))
}

/// Sends four requests from four threads. Returns the times of their grants in milliseconds.
fn run() -> Result<Vec<f64>, Box<dyn Error>> {
    let limiter = limiter()?;
    let mut granted = thread::scope(|scope| {
        let request = || limiter.acquire(&[("orders", 1.0)]).map(|()| limiter.shared.now());
        let threads = [0; 4].map(|_| scope.spawn(request));
        threads.map(|thread| thread.join().map_err(|_| "a thread has panicked"))
    })
    .into_iter()
    .map(|granted| Ok(granted??))
    .collect::<Result<Vec<f64>, Box<dyn Error>>>()?;
    granted.sort_by(f64::total_cmp);
    Ok(granted)
}

fn main() -> Result<(), Box<dyn Error>> {
    for (number, at) in run()?.iter().enumerate() {
        println!("request {number} granted at {at:.1} ms");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_follow_the_rate() -> Result<(), Box<dyn Error>> {
        let granted = run()?;
        // Timers fire late, never early.
        let earliest = [0.0, 0.0, 10.0, 20.0];
        assert_eq!(granted.len(), earliest.len());
        assert!(granted.iter().zip(earliest).all(|(at, earliest)| *at >= earliest), "{granted:?}");
        Ok(())
    }

    #[test]
    fn costs_that_can_never_be_granted_are_rejected_at_once() -> Result<(), Box<dyn Error>> {
        let outcome = limiter()?.acquire(&[("orders", 3.0)]);
        assert!(matches!(outcome, Err(Rejection::CostExceedsCapacity { .. })), "{outcome:?}");
        Ok(())
    }
}
