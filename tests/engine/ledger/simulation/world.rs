//! Processes, ledger, network and servers on virtual time. Each random step follows from the seed.

use std::collections::{BTreeMap, BinaryHeap};

use multi_throttler_engine::ledger::{
    Answer, Call, Cost, Counting, Given, Ledger, SetAside, Settlement, Share, SharedRule, Times,
};

use super::process::{Process, Request};
use super::servers::Server;
use crate::support::rng::Rng;

/// A protection that is switched off, so that the run has to exceed a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Claims end only when they are spent.
    NoEnds,
    /// Claims are dead by the monotonic clock alone.
    NoWallClock,
    /// A claim that is received twice gives twice.
    ReceivedTwice,
    /// The claims of a dead process are given back as unspent.
    ForgottenClaims,
    /// The ledger gives at once after a loss.
    NoRecovery,
    /// Spending before a loss is not told.
    NoRegistration,
    /// Idle processes do not ask whether the ledger has lost its data, and no message tells them.
    NoHeartbeat,
    /// Requests take longer than the jitter of the rules.
    NoJitter,
    /// The ledger gives whole limits, beside the shares of processes.
    NoReserve,
    /// A process that starts has its share at once.
    FullShareAtStart,
    /// The shares of all processes add up to more than what is set aside.
    TooManyShares,
    /// The ledger counts windows from their first requests, of which it does not know all.
    WindowsOfFirstRequest,
}

/// The faults of a run.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    /// Messages are lost, doubled and late.
    pub network: bool,
    /// Processes crash and start anew.
    pub crashes: bool,
    /// Processes are stopped for a while, or their machines sleep.
    pub pauses: bool,
    /// The ledger loses its data.
    pub losses: bool,
    /// The ledger cannot be reached, by one process or by all. Processes have shares.
    pub outages: bool,
}

pub enum Event {
    Request(u64),
    Call(Call),
    Answer(u64, Answer),
    Published(u64, f64, Given),
    Epoch(u64, f64),
    Recall(u64, usize),
    /// A timer of a process: it repeats its call, or asks again.
    Wake(u64),
    Arrive(usize, f64),
    Crash(u64),
    Pause(u64, f64, bool),
    Loss,
    /// Messages of a process, or of all, are lost for a time.
    Outage(Option<u64>, f64),
}

struct Entry(f64, u64, Event);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.total_cmp(&self.0).then(other.1.cmp(&self.1))
    }
}

pub struct World {
    pub rng: Rng,
    pub now: f64,
    /// When processes stop to make requests, and faults end.
    pub busy_until: f64,
    pub rules: Vec<SharedRule>,
    pub control: Option<Control>,
    pub faults: Faults,
    pub times: Times,
    pub vectors: Vec<Vec<(usize, f64)>>,
    queue: BinaryHeap<Entry>,
    pushed: u64,
    ledger: Ledger,
    servers: Vec<Server>,
    processes: BTreeMap<u64, Process>,
    /// Whether the last message from or to a process was lost: of two in a row, one arrives.
    lost: BTreeMap<u64, bool>,
    names: u64,
    /// The instant at which messages of a process arrive again; of all: under 0.
    cut_until: BTreeMap<u64, f64>,
    /// The rules of the servers, and the part set aside, if processes have shares.
    shared: Vec<SharedRule>,
    pub aside: Option<SetAside>,
    /// The number of requests that were granted from shares.
    pub by_share: u64,
    pub excess: f64,
    pub granted: u64,
    pub max_wait: f64,
    pub calls: u64,
}

/// Stands for all processes where messages are lost.
const ALL: u64 = 0;

/// The longest time that the slowest message takes.
fn slowest(faults: Faults) -> f64 {
    if faults.losses { 60.0 } else { 3000.0 }
}

impl World {
    pub fn new(seed: u64, faults: Faults, control: Option<Control>) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9).wrapping_add(77));
        let shared: Vec<SharedRule> =
            (0..=rng.below(2)).map(|_| random_rule(control, faults, &mut rng)).collect();
        let aside = faults.outages.then(|| random_part(&mut rng));
        let rules: Vec<SharedRule> =
            shared.iter().map(|rule| rest_of(rule, aside, control)).collect();
        let vectors = (0..3).map(|_| random_costs(&rules, &mut rng)).collect();
        let mut times = Times::new(1000.0, 250.0);
        if control == Some(Control::NoRecovery) {
            times.recovery = 0.0;
        }
        let servers = shared.iter().map(|rule| Server::new(*rule)).collect();
        let mut world = Self {
            now: 1_000_000.0 + rng.ms(5000.0),
            busy_until: 0.0,
            ledger: Ledger::new(rules.clone(), times),
            servers,
            rules,
            control,
            faults,
            times,
            vectors,
            queue: BinaryHeap::new(),
            pushed: 0,
            processes: BTreeMap::new(),
            lost: BTreeMap::new(),
            names: 0,
            cut_until: BTreeMap::new(),
            shared,
            aside,
            by_share: 0,
            excess: 0.0,
            granted: 0,
            max_wait: 0.0,
            calls: 0,
            rng,
        };
        world.busy_until = world.now + 10_000.0;
        let processes = 2 + world.rng.below(4);
        if let Some(aside) = &mut world.aside {
            let too_many = if control == Some(Control::TooManyShares) { 2.0 } else { 1.0 };
            aside.share = (too_many * aside.reserve / processes as f64).min(1.0);
        }
        for _ in 0..processes {
            world.start_process();
        }
        world.plan_faults();
        world
    }

    pub fn push(&mut self, delay: f64, event: Event) {
        self.pushed += 1;
        self.queue.push(Entry(self.now + delay, self.pushed, event));
    }

    fn start_process(&mut self) {
        self.names += 1;
        // An excess shows where limits are exhausted.
        let busyness = if self.control.is_some() { 12 } else { 1 };
        let mut process = Process::new(self.names, self.rules.clone(), busyness, &mut self.rng);
        if let Some(aside) = self.aside {
            let early = if self.control == Some(Control::FullShareAtStart) { 1e9 } else { 0.0 };
            let now = process.monotonic(self.now);
            process.share = Some(Share::new(&self.shared, aside, now - early));
        }
        self.processes.insert(self.names, process);
        self.push(0.0, Event::Request(self.names));
    }

    fn plan_faults(&mut self) {
        let span = self.busy_until - self.now - 2000.0;
        // Few processes hold an amount when their machine falls asleep.
        let no_wall_clock = self.control == Some(Control::NoWallClock);
        let faults = if no_wall_clock { 80 } else { 15 };
        for _ in 0..if self.control.is_some() { faults } else { 3 } {
            let (at, name) = (2500.0 + self.rng.ms(span - 2500.0), 1 + self.rng.below(self.names));
            if self.faults.crashes {
                self.push(at, Event::Crash(name));
            }
            if self.faults.pauses {
                let longest = if self.faults.losses { 200.0 } else { 4000.0 };
                let (length, sleeps) = (self.rng.ms(longest), self.rng.one_in(2));
                // A shorter sleep than this is not noticed.
                let length = if sleeps { length + 51.0 } else { length };
                self.push(at, Event::Pause(name, length, sleeps));
            }
        }
        if self.faults.losses && self.faults.outages {
            // A loss within an outage: no process is silent for longer than the recovery.
            let (at, length) = (2500.0 + self.rng.ms(3000.0), 500.0 + self.rng.ms(3000.0));
            self.push(at, Event::Outage(None, length));
            let lost_at = at + self.rng.ms(length);
            self.push(lost_at, Event::Loss);
        } else if self.faults.losses {
            for _ in 0..=self.rng.below(2) {
                let at = 2500.0 + self.rng.ms(span - 2500.0);
                self.push(at, Event::Loss);
            }
        } else if self.faults.outages {
            for _ in 0..2 {
                let at = 2500.0 + self.rng.ms(span - 2500.0);
                let name = self.rng.one_in(2).then(|| 1 + self.rng.below(self.names));
                let length = 500.0 + self.rng.ms(3000.0);
                self.push(at, Event::Outage(name, length));
            }
        }
    }

    /// Sends a message of or to a process. It may be late, lost or doubled.
    fn send(&mut self, name: u64, make: impl Fn() -> Event) {
        let is_cut = |of: &u64| self.cut_until.get(of).is_some_and(|until| self.now < *until);
        if is_cut(&name) || is_cut(&ALL) {
            return;
        }
        let quick = self.rng.ms(20.0) + 0.25;
        if !self.faults.network || self.now > self.busy_until {
            self.push(quick, make());
            return;
        }
        let lost = self.lost.entry(name).or_default();
        *lost = !*lost && self.rng.one_in(10);
        if *lost {
            return;
        }
        let slow = self.rng.ms(slowest(self.faults));
        let delay = if self.rng.one_in(12) { slow } else { quick };
        self.push(delay, make());
        if self.rng.one_in(12) {
            let again = self.rng.ms(slowest(self.faults));
            self.push(again, make());
        }
    }

    /// Sends a granted request to the servers: it arrives within the jitter of each.
    pub fn send_request(&mut self, costs: &[(usize, f64)]) {
        self.granted += 1;
        for &(rule, amount) in costs {
            let mut jitter = self.rules[rule].jitter;
            if self.control == Some(Control::NoJitter) {
                jitter += 200.0;
            }
            let travel = match self.rng.below(3) {
                0 => 0.0,
                1 => jitter,
                _ => self.rng.ms(jitter),
            };
            self.push(travel, Event::Arrive(rule, amount));
        }
    }

    pub fn send_call(&mut self, mut call: Call) {
        self.calls += 1;
        if self.control == Some(Control::NoRegistration) {
            call.spent.clear();
        }
        self.send(call.process, || Event::Call(call.clone()));
    }

    /// Runs until nothing waits, at most until `latest` after the busy time. Returns whether all
    /// requests were granted.
    pub fn run(&mut self, latest: f64) -> bool {
        while let Some(Entry(at, _, event)) = self.queue.pop() {
            self.now = at;
            if self.now > self.busy_until + latest {
                break;
            }
            self.handle(event);
            let is_over = self.now > self.busy_until + 100.0;
            if is_over && self.processes.values().all(Process::is_idle) {
                return true;
            }
        }
        self.processes.values().all(Process::is_idle)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Arrive(rule, amount) => {
                let excess = self.servers[rule].receive(amount, self.now);
                self.excess = self.excess.max(excess);
            }
            Event::Call(call) => self.take_call(&call),
            Event::Loss => self.ledger = Ledger::new(self.rules.clone(), self.times),
            Event::Crash(name) => self.crash(name),
            Event::Outage(name, length) => {
                self.cut_until.insert(name.unwrap_or(ALL), self.now + length);
            }
            Event::Pause(name, length, sleeps) => {
                let until = self.now + length;
                if let Some(process) = self.processes.get_mut(&name) {
                    process.pause(until, if sleeps { length } else { 0.0 });
                }
            }
            Event::Request(name)
            | Event::Answer(name, _)
            | Event::Published(name, ..)
            | Event::Epoch(name, _)
            | Event::Recall(name, _)
            | Event::Wake(name) => self.deliver(name, event),
        }
    }

    /// Lets a process handle an event, later if it is stopped.
    fn deliver(&mut self, name: u64, event: Event) {
        let Some(mut process) = self.processes.remove(&name) else { return };
        if process.stopped_until > self.now {
            let delay = process.stopped_until - self.now;
            self.push(delay, event);
        } else {
            process.handle(event, self);
        }
        self.processes.insert(name, process);
    }

    fn take_call(&mut self, call: &Call) {
        let outcome = self.ledger.call(call, self.now);
        let (epoch, answer) = (self.ledger.epoch(), outcome.answer);
        self.send(call.process, || Event::Answer(call.process, answer.clone()));
        for (name, given) in outcome.published {
            self.send(name, || Event::Published(name, epoch, given.clone()));
        }
        let names: Vec<u64> = self.processes.keys().copied().collect();
        for name in names {
            if outcome.new_epoch.is_some() && self.control != Some(Control::NoHeartbeat) {
                self.send(name, || Event::Epoch(name, epoch));
            }
            for &rule in &outcome.recall {
                self.send(name, || Event::Recall(name, rule));
            }
        }
        for rule in 0..self.rules.len() {
            let used = self.ledger.used(rule);
            assert!(
                call.epoch != epoch
                    || !call.spent.is_empty()
                    || self.faults.losses
                    || used <= self.rules[rule].limit + 1e-6,
                "the ledger counts {used}"
            );
        }
    }

    fn crash(&mut self, name: u64) {
        let Some(process) = self.processes.remove(&name) else { return };
        if self.control == Some(Control::ForgottenClaims) {
            let settlement = |claim| {
                (0..self.rules.len()).map(move |rule| Settlement {
                    claim,
                    rule,
                    spent: 0.0,
                    spent_at: f64::NEG_INFINITY,
                })
            };
            let settlements = process.claims.iter().flat_map(|&claim| settlement(claim)).collect();
            let forged = Call {
                process: name,
                number: u64::MAX,
                epoch: self.ledger.epoch(),
                spent: Vec::new(),
                settlements,
                demand: Vec::new(),
                wishes: Vec::new(),
            };
            self.ledger.call(&forged, self.now);
        }
        self.start_process();
    }

    pub fn cost(&self, rule: usize, amount: f64, class: usize) -> Cost {
        let limit = self.rules[rule].capacity();
        let ceiling = if class == 0 { limit } else { (limit * 0.8).floor().max(1.0) };
        Cost { rule, amount, ceiling }
    }

    pub fn random_request(&mut self) -> Request {
        let class = [0, 1, 1, 1, 2][self.rng.below(5) as usize];
        let vector = self.rng.below(self.vectors.len() as u64) as usize;
        Request { class, vector, since: self.now }
    }
}

/// A part to set aside; the number of processes sets their shares.
fn random_part(rng: &mut Rng) -> SetAside {
    let reserve = [0.3, 0.5, 0.6][rng.below(3) as usize];
    SetAside { reserve, share: reserve }
}

/// The rule of the ledger.
fn rest_of(rule: &SharedRule, aside: Option<SetAside>, control: Option<Control>) -> SharedRule {
    let Some(aside) = aside else { return *rule };
    let rest = aside.rest_of(rule);
    match control {
        Some(Control::NoReserve) => SharedRule { counting: rest.counting, ..*rule },
        Some(Control::WindowsOfFirstRequest) => SharedRule { counting: rule.counting, ..rest },
        _ => rest,
    }
}

fn random_rule(control: Option<Control>, faults: Faults, rng: &mut Rng) -> SharedRule {
    let longest = if control.is_some() { 2500.0 } else { 500.0 };
    let interval = [250.0, longest, 1000.0][rng.below(3) as usize];
    // Shares are parts of limits.
    let limit = (8.0 + rng.ms(26.0)) * if faults.outages { 3.0 } else { 1.0 };
    let jitter = [0.0, 5.0, 40.0][rng.below(3) as usize];
    let first = control == Some(Control::WindowsOfFirstRequest);
    let counting = match if first { 1 } else { rng.below(4) } {
        0 => Counting::Fixed(interval),
        1 => Counting::FirstRequest(interval),
        2 => Counting::Rolling(interval),
        _ => Counting::Bucket(limit / interval),
    };
    SharedRule { counting, limit, jitter }
}

/// Costs under one rule or all, each within what any class may use.
fn random_costs(rules: &[SharedRule], rng: &mut Rng) -> Vec<(usize, f64)> {
    let alone = rng.one_in(2).then(|| rng.below(rules.len() as u64) as usize);
    let rules = rules.iter().enumerate().filter(|(at, _)| alone.is_none_or(|alone| alone == *at));
    rules
        .map(|(at, rule)| {
            let most = (rule.capacity() * 0.8).floor().max(1.0);
            let amount = if rng.one_in(4) { most } else { 1.0 + rng.ms(2.0).min(most - 1.0) };
            (at, amount)
        })
        .collect()
}
