//! One process: its requests, its claims, and its calls.

use std::collections::BTreeSet;

use multi_throttler_engine::ledger::{Clocks, Cost, Demand, Given, Holder, Share, SharedRule};

use super::world::{Control, Event, World};
use crate::support::rng::Rng;

#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub class: usize,
    pub vector: usize,
    pub since: f64,
}

pub struct Process {
    name: u64,
    holder: Holder,
    waiting: Vec<Request>,
    /// The claims that were received.
    pub claims: BTreeSet<u64>,
    ask_at: f64,
    /// Whether a timer is set, and for when.
    woken_at: f64,
    /// When the call was sent last, and when the last answer came.
    sent_at: f64,
    heard_at: f64,
    /// The clocks are the true time plus these; sleeps make the monotonic one fall behind.
    monotonic: f64,
    wall: f64,
    pub stopped_until: f64,
    /// Mean time between requests, in milliseconds.
    pace: f64,
    copies: u64,
    /// The requests that the process has still to make.
    to_make: u64,
    /// The share that may be spent without the ledger.
    pub share: Option<Share>,
}

impl Process {
    /// A process that makes some requests, `busyness` times as many as usual.
    pub fn new(name: u64, rules: Vec<SharedRule>, busyness: u64, rng: &mut Rng) -> Self {
        Self {
            name,
            holder: Holder::new(name, rules),
            waiting: Vec::new(),
            claims: BTreeSet::new(),
            ask_at: 0.0,
            woken_at: f64::INFINITY,
            sent_at: 0.0,
            heard_at: 0.0,
            monotonic: -rng.ms(900_000.0),
            wall: rng.ms(1e6) - 5e5,
            stopped_until: 0.0,
            pace: [150.0, 400.0, 1500.0][rng.below(3) as usize] / busyness as f64,
            copies: 0,
            to_make: busyness * (8 + rng.below(16)),
            share: None,
        }
    }

    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn pause(&mut self, until: f64, slept: f64) {
        self.stopped_until = self.stopped_until.max(until);
        self.monotonic -= slept;
    }

    /// The reading of the monotonic clock at an instant.
    pub fn monotonic(&self, now: f64) -> f64 {
        now + self.monotonic
    }

    fn clocks(&self, world: &World) -> Clocks {
        let now = world.now + self.monotonic;
        let wall = if world.control == Some(Control::NoWallClock) { now } else { world.now };
        Clocks { now, wall: wall + self.wall }
    }

    pub fn handle(&mut self, event: Event, world: &mut World) {
        let clocks = self.clocks(world);
        self.holder.read_clocks(clocks);
        match event {
            Event::Request(_) => {
                if world.now < world.busy_until {
                    for _ in 0..(1 + world.rng.below(4)).min(self.to_make) {
                        let request = world.random_request();
                        self.waiting.push(request);
                        self.to_make -= 1;
                    }
                    let pause = if world.rng.one_in(8) { 3000.0 } else { self.pace * 2.0 };
                    let delay = world.rng.ms(pause) + 0.5;
                    world.push(delay, Event::Request(self.name));
                }
            }
            Event::Answer(_, answer) => {
                let was_calling = self.holder.is_calling();
                let changed = self.changed_answer(answer.clone(), world);
                let claims = self.holder.answer(&changed, clocks);
                if was_calling && !self.holder.is_calling() {
                    self.heard_at = world.now;
                    self.ask_at = answer.ask_at;
                }
                for given in claims {
                    self.use_claim(&given, clocks, world);
                }
            }
            Event::Published(_, epoch, given) => {
                let given = self.changed(given, world);
                if self.holder.published(epoch, &given, clocks) {
                    self.use_claim(&given, clocks, world);
                }
            }
            Event::Epoch(_, epoch) => self.holder.hear_epoch(epoch),
            Event::Recall(_, rule) => self.holder.give_back(rule),
            Event::Wake(_) => self.woken_at = f64::INFINITY,
            _ => unreachable!("not for a process"),
        }
        self.grant_in_order(clocks, world);
        self.grant_from_share(clocks, world);
        self.communicate(clocks, world);
    }

    fn changed_answer(
        &mut self,
        mut answer: multi_throttler_engine::ledger::Answer,
        world: &World,
    ) -> multi_throttler_engine::ledger::Answer {
        answer.claims = answer.claims.into_iter().map(|given| self.changed(given, world)).collect();
        answer
    }

    /// A claim as a process receives it that lacks a protection.
    fn changed(&mut self, mut given: Given, world: &World) -> Given {
        match world.control {
            Some(Control::NoEnds) => {
                given.until += 1e9;
                given.parts.iter_mut().for_each(|part| part.2 += 1e9);
            }
            Some(Control::ReceivedTwice) if self.claims.contains(&given.claim) => {
                self.copies += 1;
                given.claim += 1_000_000 * self.copies;
            }
            _ => {}
        }
        self.claims.insert(given.claim);
        given
    }

    fn costs(&self, request: Request, world: &World) -> Vec<Cost> {
        let vector = &world.vectors[request.vector];
        vector.iter().map(|&(rule, amount)| world.cost(rule, amount, request.class)).collect()
    }

    fn grant(&mut self, at: usize, clocks: Clocks, world: &mut World) {
        let request = self.waiting.remove(at);
        let costs = self.costs(request, world);
        self.holder.spend(&costs, clocks);
        world.max_wait = world.max_wait.max(world.now - request.since);
        let vector = world.vectors[request.vector].clone();
        world.send_request(&vector);
    }

    /// Grants the requests for which a claim was given, ahead of others.
    fn use_claim(&mut self, given: &Given, clocks: Clocks, world: &mut World) {
        let Some((lane, count)) = given.lane else { return };
        for _ in 0..count {
            let of_lane = |request: &Request| lane_of(*request) == lane;
            let Some(at) = self.waiting.iter().position(of_lane) else { return };
            if !self.holder.covers(&self.costs(self.waiting[at], world), clocks) {
                return;
            }
            self.grant(at, clocks, world);
        }
    }

    /// Grants from what is held, in order: the first that does not fit blocks the others.
    fn grant_in_order(&mut self, clocks: Clocks, world: &mut World) {
        loop {
            let classes = self.waiting.iter().enumerate();
            let Some((at, request)) = classes.min_by_key(|(_, request)| request.class) else {
                return;
            };
            let costs = self.costs(*request, world);
            if !self.holder.covers(&costs, clocks) {
                return;
            }
            self.grant(at, clocks, world);
        }
    }

    /// Grants from the share, in order, while a call is not answered. The share may be spent at any
    /// time, so it sometimes is although the ledger answers.
    fn grant_from_share(&mut self, clocks: Clocks, world: &mut World) {
        let Some(mut share) = self.share.take() else { return };
        let is_cut = self.holder.is_calling() && world.now >= self.sent_at + world.times.timeout;
        if is_cut || world.rng.one_in(10) {
            let mut waiting: Vec<usize> = (0..self.waiting.len()).collect();
            waiting.sort_by_key(|at| self.waiting[*at].class);
            let costs = |at: &usize| self.costs(self.waiting[*at], world);
            waiting.retain(|at| share.spend(&costs(at), clocks.now));
            waiting.sort_unstable();
            for at in waiting.into_iter().rev() {
                let request = self.waiting.remove(at);
                world.max_wait = world.max_wait.max(world.now - request.since);
                world.by_share += 1;
                let vector = world.vectors[request.vector].clone();
                world.send_request(&vector);
            }
        }
        self.share = Some(share);
    }

    fn demand(&self, world: &World) -> Vec<Demand> {
        let mut demand: Vec<Demand> = Vec::new();
        let mut waiting = self.waiting.clone();
        waiting.sort_by_key(|request| request.class);
        for request in waiting {
            let lane = lane_of(request);
            match demand.iter_mut().find(|demand| demand.lane == lane) {
                Some(demand) => demand.count += 1,
                None => demand.push(Demand {
                    class: request.class,
                    lane,
                    costs: self.costs(request, world),
                    count: 1,
                }),
            }
        }
        demand
    }

    fn communicate(&mut self, clocks: Clocks, world: &mut World) {
        if self.holder.is_calling() {
            if world.now >= self.sent_at + world.times.timeout
                && let Some(call) = self.holder.repeated().cloned()
            {
                self.sent_at = world.now;
                world.send_call(call);
            }
            self.wake_at(self.sent_at + world.times.timeout, world);
            return;
        }
        let beat = self.heard_at + world.times.recovery.max(2000.0) / 4.0;
        let must_hear =
            world.control != Some(Control::NoHeartbeat) && self.holder.must_hear_of_loss(clocks);
        let ask_at = self.ask_at.min(self.heard_at + 1000.0).max(self.heard_at + 15.0);
        let asks = !self.waiting.is_empty() && world.now >= ask_at;
        if asks || self.holder.has_news(clocks) || must_hear && world.now >= beat {
            let demand = self.demand(world);
            let wished = |rule| world.cost(rule, 3.0, 2);
            let wishes = (0..world.rules.len()).map(wished).collect();
            if let Some(call) = self.holder.call(demand, wishes, clocks) {
                self.sent_at = world.now;
                world.send_call(call);
            }
            self.wake_at(self.sent_at + world.times.timeout, world);
        } else if !self.waiting.is_empty() {
            self.wake_at(ask_at.min(beat), world);
        } else if must_hear {
            self.wake_at(beat, world);
        }
    }

    /// Sets a timer, unless an earlier one is set.
    fn wake_at(&mut self, at: f64, world: &mut World) {
        if at < self.woken_at {
            self.woken_at = at.max(world.now + 0.25);
            world.push(self.woken_at - world.now, Event::Wake(self.name));
        }
    }
}

fn lane_of(request: Request) -> u32 {
    (request.vector * 3 + request.class) as u32
}
