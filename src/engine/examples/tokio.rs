//! Drives the engine from a tokio task that sleeps until the next waiter is due.
//!
//! Any task may call [`Limiter::acquire`]. A request goes through a channel to the driver, which
//! owns the engine, so no lock is held while a task waits. The clock is tokio's, which tests pause.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use multi_throttler_engine::{
    Engine, Options, Rejection, RollingWindow, Rule, Submission, Ticket, TokenBucket,
};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

type Outcome = Result<(), Rejection>;

/// A rate limiter for tasks. The driver ends when all clones are dropped.
#[derive(Clone)]
struct Limiter(mpsc::UnboundedSender<Request>);

struct Request {
    costs: Vec<(String, f64)>,
    options: Options,
    outcome: oneshot::Sender<Outcome>,
}

impl Limiter {
    /// Starts the driver on the current runtime.
    fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut engine = Engine::default();
        rules.into_iter().for_each(|rule| engine.add_rule(rule, 0.0));
        let (sender, requests) = mpsc::unbounded_channel();
        let driver = Driver { engine, waiters: HashMap::new(), start: Instant::now() };
        tokio::spawn(driver.drive(requests));
        Self(sender)
    }

    /// Waits until a request with these costs is granted.
    async fn acquire(&self, costs: &[(&str, f64)], options: Options) -> Outcome {
        let (outcome, settled) = oneshot::channel();
        let costs = costs.iter().map(|&(id, amount)| (id.to_owned(), amount)).collect();
        self.0.send(Request { costs, options, outcome }).map_err(|_| Rejection::Closed)?;
        settled.await.unwrap_or(Err(Rejection::Closed))
    }
}

struct Driver {
    engine: Engine,
    waiters: HashMap<Ticket, oneshot::Sender<Outcome>>,
    start: Instant,
}

impl Driver {
    async fn drive(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        loop {
            let received = match self.due() {
                Some(due) => timeout_at(due, requests.recv()).await,
                None => Ok(requests.recv().await),
            };
            // Waiters that are due go before a new request.
            self.settle();
            match received {
                Ok(Some(request)) => self.submit(request),
                Ok(None) => return,
                // A waiter was due.
                Err(_) => {}
            }
        }
    }

    /// The instant at which the engine is due, rounded up, as it has nothing to do before.
    fn due(&self) -> Option<Instant> {
        let due = Some(self.engine.due()).filter(|due| due.is_finite())?;
        self.start.checked_add(Duration::from_nanos((due.max(0.0) * 1e6).ceil() as u64))
    }

    /// Milliseconds of a monotonic clock.
    fn now(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1000.0
    }

    fn submit(&mut self, Request { costs, options, outcome }: Request) {
        let now = self.now();
        let slots = costs.iter().map(|(id, amount)| Ok((self.engine.slot(id, now)?, *amount)));
        let submission = slots.collect::<Result<Vec<_>, _>>().and_then(|slots| {
            let mut costs = multi_throttler_engine::Costs::default();
            slots.into_iter().for_each(|(slot, amount)| costs.add(slot, amount));
            self.engine.submit(&costs, options, now)
        });
        match submission {
            Ok(Submission::Waiting(ticket)) => {
                self.waiters.insert(ticket, outcome);
            }
            Ok(_) => tell(outcome, Ok(())),
            Err(rejection) => tell(outcome, Err(rejection)),
        }
    }

    fn settle(&mut self) {
        while let Some((ticket, outcome)) = self.engine.poll(self.now()) {
            if let Some(waiter) = self.waiters.remove(&ticket) {
                tell(waiter, outcome);
            }
        }
    }
}

/// Tells a task its outcome. A task that was aborted does not need it.
fn tell(waiter: oneshot::Sender<Outcome>, outcome: Outcome) {
    let _ = waiter.send(outcome);
}

/// Sends four requests under two rules. Returns the times of their grants in milliseconds.
async fn run() -> Result<Vec<f64>, Box<dyn Error>> {
    let limiter = Limiter::new([
        // Two tokens at once, and one more every 10 ms.
        Rule::new("weight", TokenBucket::new(2.0, 0.1)?)?,
        // Three orders in any 40 ms.
        Rule::new("orders", RollingWindow::new(3.0, 40.0, 0.0)?)?,
    ]);
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let limiter = limiter.clone();
        tasks.spawn(async move {
            limiter.acquire(&[("weight", 1.0), ("orders", 1.0)], Options::default()).await?;
            Ok::<f64, Rejection>(start.elapsed().as_secs_f64() * 1000.0)
        });
    }
    let mut granted = Vec::new();
    while let Some(task) = tasks.join_next().await {
        granted.push(task??);
    }
    granted.sort_by(f64::total_cmp);
    Ok(granted)
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    for (number, at) in runtime.block_on(run())?.iter().enumerate() {
        println!("request {number} granted at {at:.1} ms");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_paused_clock<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Error>> {
        Ok(Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(future))
    }

    #[test]
    fn grants_follow_both_rules() -> Result<(), Box<dyn Error>> {
        let granted = on_paused_clock(run())??;
        // The first order counts for 40 ms, and tokio's timers have a resolution of 1 ms.
        assert_eq!(granted, [0.0, 0.0, 10.0, 41.0]);
        Ok(())
    }

    #[test]
    fn wait_beyond_the_timeout_is_rejected_at_once() -> Result<(), Box<dyn Error>> {
        let outcome = on_paused_clock(async {
            let limiter = Limiter::new([Rule::new("weight", TokenBucket::new(2.0, 0.1)?)?]);
            limiter.acquire(&[("weight", 2.0)], Options::default()).await?;
            let options = Options { max_wait: 5.0, ..Options::default() };
            Ok::<Outcome, Box<dyn Error>>(limiter.acquire(&[("weight", 1.0)], options).await)
        })??;
        assert!(matches!(outcome, Err(Rejection::WaitTimeout { .. })), "{outcome:?}");
        Ok(())
    }
}
