//! The bot of a random walk: its submissions, permits and reports, changes of rules, and restarts.

use crate::model::random_walk::server::{Kind, LIMIT, Reported, SECOND, UNIX};
use crate::model::random_walk::{Event, IDS, Sent, Walk, engine};
use crate::support::rng::Rng;
use multi_throttler_engine::{
    Costs, Fields, Options, Priority, Report, Submission, Ticket, Usage, Value,
};

impl Walk {
    pub fn release(&mut self, at: usize, refund: bool) {
        if let Some(ticket) = self.sent[at].ticket.take() {
            assert!(self.engine.release(ticket, refund, self.now));
            self.sent[at].is_untracked = true;
        }
    }

    pub fn report(&mut self, at: usize, reported: [Reported; 2]) {
        let exact = !self.rng.one_in(8);
        let ticket = self.sent[at].ticket;
        let mut usage = Vec::new();
        for (rule, reported) in reported.into_iter().enumerate() {
            let (used, remaining) =
                (reported.used as f64 / 10.0, (LIMIT - reported.used) as f64 / 10.0);
            let (used, remaining) = match self.rng.below(4) {
                0 => (None, Some(remaining)),
                1 => (Some(used), Some(remaining)),
                _ => (Some(used), None),
            };
            // A report of a window that has ended has to say so. Without an end it would be taken
            // for one of the open window.
            let has_to_say = |at: f64| ticket.is_none() || at < reported.read_at;
            let resets_at = reported.resets_at.filter(|&at| has_to_say(at) || self.rng.one_in(2));
            let one =
                Usage { rule: IDS[rule], used, remaining, resets_at, exact, ..Usage::default() };
            if !self.rng.one_in(6) {
                usage.push(one);
            }
            if self.rng.one_in(10) {
                usage.push(one);
            }
        }
        let date = self.has_date.then_some((reported[0].read_at / SECOND).floor() * SECOND);
        let report =
            Report { status: 200, date, permit: ticket, usage: &usage, ..Report::default() };
        let before = self.remaining();
        self.engine.report(&report, self.now).unwrap();
        let after = self.remaining();
        self.has_returned |= (0..2).any(|rule| after[rule] > before[rule]);
        match self.rng.below(6) {
            0 if ticket.is_some() => {
                let later = self.rng.ms(1000.0);
                self.after(later, Event::Release(at));
            }
            1 if ticket.is_some() => {}
            _ => self.release(at, false),
        }
    }

    fn remaining(&mut self) -> [f64; 2] {
        let status = self.engine.status(self.now);
        [status[0].tokens, status[1].tokens]
    }

    pub fn tick(&mut self) {
        let rule = self.rng.below(2) as usize;
        match self.rng.below(400) {
            0..8 => self.servers[rule].lower(self.rng.next()),
            8..14 => {
                let wall = self.now + UNIX + self.rng.ms(self.clock_error);
                self.engine.set_wall_clock(wall, self.now);
            }
            14..17 => {
                let mode = if self.rng.one_in(2) { "careful" } else { "normal" };
                let ms = self.rng.ms(3000.0);
                self.engine.set_mode(mode, ms, self.now).unwrap();
            }
            17..20 => self
                .change(rule, "limit", |rng| (LIMIT / 2 + rng.below(LIMIT / 2 + 1)) as f64 / 10.0),
            20..22 => {
                let jitter = self.jitter;
                self.change(rule, "jitter", |rng| jitter + rng.ms(jitter / 2.0));
            }
            // `set_tokens` on a window from the first request assumes that it opens the window, so
            // only fixed windows are set.
            22..24 if matches!(self.kinds[rule], Kind::Fixed(_)) => {
                let remaining = self.remaining()[rule].floor() * self.rng.below(5) as f64 / 4.0;
                // With nothing remaining, usage may exceed the limit in force.
                if remaining <= 0.0 {
                    return;
                }
                assert!(self.engine.set_tokens(IDS[rule], remaining.floor(), self.now));
                self.sent.iter_mut().for_each(|sent| sent.is_untracked = true);
            }
            24..30 => self.sync(rule),
            30 => self.restart(),
            _ => self.submit(),
        }
    }

    fn change(&mut self, rule: usize, field: &str, value: impl FnOnce(&mut Rng) -> f64) {
        let patch = Fields::from_iter([(field, Value::Number(value(&mut self.rng)))]);
        self.engine.update_rule(IDS[rule], &patch, self.now).unwrap();
    }

    /// Reports the server's exact count, if the engine knows of all requests in flight.
    fn sync(&mut self, rule: usize) {
        let flies = |sent: &Sent| !sent.never_sent && !sent.has_arrived;
        if self.sent.iter().rev().take(500).all(|sent| !flies(sent) || !sent.is_untracked) {
            let used = self.servers[rule].read(self.now + UNIX, false).used as f64 / 10.0;
            self.engine.sync_usage(&[(IDS[rule], used)], true, self.now).unwrap();
        }
    }

    /// Ends the program and starts another one, or restores a snapshot that was just taken.
    /// Requests that were never sent are refunded before.
    fn restart(&mut self) {
        for at in 0..self.sent.len() {
            if self.sent[at].never_sent {
                self.release(at, true);
            }
            self.sent[at].is_untracked = true;
        }
        let snapshot = self.engine.snapshot(self.now);
        if self.rng.one_in(2) {
            self.engine = engine(self.kinds, self.jitter, 1.0);
            let wall = self.now + UNIX + self.rng.ms(self.clock_error);
            self.engine.set_wall_clock(wall, self.now);
            self.sent.iter_mut().for_each(|sent| sent.ticket = None);
            self.waiting.clear();
        }
        self.engine.restore(&snapshot, self.now).unwrap();
    }

    fn submit(&mut self) {
        // Amounts are whole tokens, tenths, most of the limit, or nothing.
        let mut amount = || match self.rng.below(12) {
            0 => 0,
            1..5 => 1 + self.rng.below(9),
            5 => LIMIT / 2 + self.rng.below(LIMIT / 4),
            _ => 10 * (1 + self.rng.below(3)),
        };
        let amounts = [amount(), amount()];
        let permit = !self.rng.one_in(10);
        let mut costs = Costs::default();
        for (id, amount) in IDS.into_iter().zip(amounts) {
            costs.add(self.engine.slot(id, self.now).unwrap(), amount as f64 / 10.0);
        }
        let priority = Priority::ALL[self.rng.below(3) as usize];
        let options = Options { priority, permit, ..Options::default() };
        match self.engine.submit(&costs, options, self.now) {
            Ok(Submission::Held(ticket)) => self.granted(Some(ticket), amounts),
            Ok(Submission::Granted) => self.granted(None, amounts),
            Ok(Submission::Waiting(ticket)) if self.waiting.len() < 20 => {
                self.waiting.push((ticket, amounts, permit));
            }
            Ok(Submission::Waiting(ticket)) => assert!(self.engine.cancel(ticket)),
            Err(_) => {}
        }
    }

    pub fn poll(&mut self) {
        while let Some((ticket, outcome)) = self.engine.poll(self.now) {
            let index = self.waiting.iter().position(|waiting| waiting.0 == ticket).unwrap();
            let (_, amounts, permit) = self.waiting.remove(index);
            if outcome.is_ok() {
                self.granted(permit.then_some(ticket), amounts);
            }
        }
    }

    fn granted(&mut self, ticket: Option<Ticket>, costs: [u64; 2]) {
        let rng = &mut self.rng;
        let kind = rng.below(3);
        let counted = costs.map(|cost| match kind {
            0 => cost,
            1 => 0,
            _ => rng.below(cost + 1),
        });
        let never_sent = ticket.is_some() && rng.one_in(10);
        let (has_arrived, is_untracked) = (false, ticket.is_none());
        let at = self.sent.len();
        self.sent.push(Sent { costs, counted, ticket, has_arrived, is_untracked, never_sent });
        let longest = self.jitter - self.clock_error;
        if never_sent {
            // Later than this, the engine assumes that the request opened a window.
            let later = self.rng.ms(longest);
            self.after(later, Event::Refund(at));
            return;
        }
        let way = match self.rng.below(3) {
            0 => 0.0,
            1 => longest,
            _ => self.rng.ms(longest),
        };
        self.after(way, Event::Arrive(at));
        if self.rng.one_in(12) {
            let later = self.rng.ms(600.0);
            self.after(later, Event::Release(at));
        }
    }
}
