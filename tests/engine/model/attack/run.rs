//! An engine at work while modes begin and end, limits are changed, and requests that were never
//! sent are refunded.

use crate::model::attack::case::{Act, Case, Event, IDS, Kind, MODES, eighths};
use crate::support::poll_all;
use multi_throttler_engine::{
    Costs, Engine, Fields, Options, Priority, Rejection, Submission, Ticket, Value,
};

struct Request {
    costs: Vec<f64>,
    delay: f64,
    refund: Option<f64>,
}

#[derive(Debug)]
pub struct Grant {
    pub at: f64,
    pub delay: f64,
    pub costs: Vec<f64>,
    pub limits: Vec<f64>,
    /// The permit, while the program that was granted it runs.
    pub ticket: Option<Ticket>,
    pub never_sent: bool,
}

/// An engine at work.
pub struct Run {
    pub engine: Engine,
    longest_refund: f64,
    pub limits: Vec<f64>,
    waiting: Vec<(Ticket, Request)>,
    pub granted: Vec<Grant>,
    /// The times at which permits are refunded.
    refunds: Vec<(f64, Ticket)>,
}

impl Run {
    pub fn new(case: &Case) -> Self {
        let limits = case.rules.iter().map(|spec| spec.limit).collect();
        let (engine, longest_refund) = (case.engine(), case.longest_refund());
        let (waiting, granted, refunds) = (Vec::new(), Vec::new(), Vec::new());
        Self { engine, longest_refund, limits, waiting, granted, refunds }
    }

    fn grant(&mut self, ticket: Ticket, Request { costs, delay, refund }: Request, at: f64) {
        if let Some(after) = refund {
            self.refunds.push((at + eighths(after.min(self.longest_refund)), ticket));
        }
        let (limits, never_sent) = (self.limits.clone(), refund.is_some());
        self.granted.push(Grant { at, delay, costs, limits, ticket: Some(ticket), never_sent });
    }

    pub fn poll(&mut self, at: f64) {
        for (ticket, outcome) in poll_all(&mut self.engine, at) {
            let index = self.waiting.iter().position(|(other, _)| *other == ticket).unwrap();
            let (_, request) = self.waiting.remove(index);
            match outcome {
                Ok(()) => self.grant(ticket, request, at),
                Err(Rejection::CostExceedsCapacity { .. }) => (),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Lets time pass. The timer is late, but never later than the next event.
    pub fn advance(&mut self, until: f64, late: f64) {
        loop {
            let refund = self.refunds.iter().map(|refund| refund.0).fold(f64::INFINITY, f64::min);
            let due = self.engine.due();
            if due.min(refund) > until || due.min(refund) == f64::INFINITY {
                return;
            }
            let at = (due + late).min(until).max(due).min(refund);
            if let Some(index) = self.refunds.iter().position(|refund| refund.0 == at) {
                let (_, ticket) = self.refunds.remove(index);
                assert!(self.engine.release(ticket, true, at));
            }
            self.poll(at);
        }
    }

    /// Ends the program after it has refunded the requests that it never sent. Another program
    /// continues from its snapshot once all requests in flight have arrived. Waiters are gone.
    pub fn restart(&mut self, case: &Case, now: f64) {
        for (_, ticket) in self.refunds.drain(..) {
            assert!(self.engine.release(ticket, true, now));
        }
        self.waiting.clear();
        self.granted.iter_mut().for_each(|grant| grant.ticket = None);
        let snapshot = self.engine.snapshot(now);
        self.engine = case.engine();
        for (rule, &limit) in
            self.limits.iter().enumerate().filter(|(at, _)| case.rules[*at].kind != Kind::Bucket)
        {
            let patch = Fields::from_iter([("limit", Value::Number(limit))]);
            self.engine.update_rule(IDS[rule], &patch, now).unwrap();
        }
        assert_eq!(self.engine.restore(&snapshot, now + case.jitter), Ok(()), "{snapshot:?}");
    }

    pub fn act(&mut self, act: &Act, now: f64) {
        match act {
            Act::Submit { costs, class, delay, refund } => {
                let amounts: Vec<f64> = self
                    .limits
                    .iter()
                    .zip(costs)
                    .map(|(limit, part)| (part * limit).ceil())
                    .collect();
                let mut costs = Costs::default();
                for (id, &amount) in IDS.iter().zip(&amounts) {
                    costs.add(self.engine.slot(id, now).unwrap(), amount);
                }
                let options =
                    Options { priority: Priority::ALL[*class], permit: true, ..Options::default() };
                let request = Request { costs: amounts, delay: *delay, refund: *refund };
                match self.engine.submit(&costs, options, now) {
                    Ok(Submission::Held(ticket)) => self.grant(ticket, request, now),
                    Ok(Submission::Waiting(ticket)) => self.waiting.push((ticket, request)),
                    Ok(Submission::Granted) => panic!("granted without the permit"),
                    Err(Rejection::CostExceedsCapacity { .. }) => (),
                    Err(other) => panic!("{other}"),
                }
            }
            Act::Mode { mode, duration } => {
                self.engine.set_mode(MODES[*mode], *duration, now).unwrap()
            }
            Act::Limit { rule, limit } => {
                let patch = Fields::from_iter([("limit", Value::Number(*limit))]);
                self.engine.update_rule(IDS[*rule], &patch, now).unwrap();
                self.limits[*rule] = *limit;
            }
        }
        self.poll(now);
    }
}

/// All grants of the engine.
pub fn grants(case: &Case, events: &[Event]) -> Vec<Grant> {
    let mut run = Run::new(case);
    let mut now = 0.0;
    for Event { gap, late, act } in events {
        now += gap;
        run.advance(now, *late);
        match act {
            act if case.rules_out(act) => {}
            act => run.act(act, now),
        }
    }
    run.advance(f64::MAX, 0.0);
    assert!(run.waiting.is_empty(), "all are granted in the end, whatever the mode");
    run.granted
}
