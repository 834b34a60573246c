//! Statistics of an engine.

use super::Engine;
use super::events::unnumbered;
use crate::error::Rejection;
use crate::event::EventKind;
use crate::stats::{Stats, throttle_factor};

impl Engine {
    /// The counts since the engine was made, and its state now. [`status`](Engine::status) has what
    /// belongs to one rule. Requests that a caller only tried in vain do not count.
    pub fn stats(&mut self, now: f64) -> Stats {
        let now = self.observe(now);
        let pause = self.rules.longest_pause();
        Stats {
            throttle_factor: throttle_factor(self.rules.utilization(now)),
            consecutive_429: self.backoff.refusals.unsigned_abs(),
            paused_until: if pause > now { pause } else { f64::NEG_INFINITY },
            ..self.counters.stats()
        }
    }

    /// How long the waiter that has waited longest has done so, in milliseconds, by the priority
    /// that it asked for; 0 where none waits. Takes time in proportion to the number of waiters and
    /// held permits.
    pub fn longest_waits(&mut self, now: f64) -> [f64; 3] {
        let now = self.observe(now);
        self.queue.oldest().map(|since| (now - since).max(0.0))
    }

    /// Continues the counts and the recorded events of an engine that is dropped.
    pub fn succeed(&mut self, predecessor: &mut Engine) {
        std::mem::swap(&mut self.counters, &mut predecessor.counters);
        self.rules.watch.0 = predecessor.rules.watch.0.take();
    }

    /// Counts a rejection of a request by its caller, such as one of a rule that
    /// [`slot`](Engine::slot) did not find. The engine counts its own rejections.
    #[cold]
    pub fn count_rejection(&mut self, rejection: &Rejection) {
        let code = rejection.code_index();
        self.counters.count_rejection(code);
        if let Some(watch) = &mut self.rules.watch.0 {
            let names = unnumbered(rejection.rule().as_slice());
            watch.push(EventKind::Reject, names, 0.0, code as u32);
        }
    }
}
