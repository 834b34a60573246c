//! Counts that fall, in long random walks: two rules at once, a queue, permits of every fate,
//! responses that come twice, late and out of order, changes of rules and modes, corrected clocks
//! and restarts. The servers count truly and refuse nothing.

mod bot;
mod server;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::random_walk::server::{Counter, Kind, LIMIT, Reported, UNIX};
use crate::support::rng::Rng;
use multi_throttler_engine::{
    Config, Engine, FirstRequestWindow, FixedWindow, Limit, Mode, Rule, Ticket,
};

const IDS: [&str; 2] = ["a", "b"];

#[derive(Clone, Debug)]
struct Sent {
    costs: [u64; 2],
    counted: [u64; 2],
    /// The permit, while this program holds it.
    ticket: Option<Ticket>,
    has_arrived: bool,
    /// Whether the engine does not know that the request is in flight.
    is_untracked: bool,
    never_sent: bool,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Tick,
    Arrive(usize),
    Read(usize),
    Report(usize, [Reported; 2]),
    Release(usize),
    Refund(usize),
}

struct Walk {
    rng: Rng,
    kinds: [Kind; 2],
    /// The longest time to the server, clock error included.
    jitter: f64,
    /// The largest difference of the clocks.
    clock_error: f64,
    has_date: bool,
    engine: Engine,
    servers: [Counter; 2],
    sent: Vec<Sent>,
    waiting: Vec<(Ticket, [u64; 2], bool)>,
    events: BTreeMap<(Reverse<u64>, Reverse<u64>), Event>,
    scheduled: u64,
    now: f64,
    has_returned: bool,
}

fn engine(kinds: [Kind; 2], jitter: f64, share: f64) -> Engine {
    let mode = |name: &str, buffer, reserve| Mode { name: name.into(), buffer, reserve };
    let modes = vec![mode("normal", 0.0, 0.0), mode("careful", 0.3, 0.2)];
    let mut engine = Engine::new(Config { share, modes, ..Config::default() }).unwrap();
    engine.set_wall_clock(UNIX, 0.0);
    for (id, kind) in IDS.into_iter().zip(kinds) {
        let limit: Limit = match kind {
            Kind::Fixed(interval) => {
                FixedWindow::new(LIMIT as f64 / 10.0, interval, jitter).unwrap().into()
            }
            Kind::FirstRequest(interval) => {
                FirstRequestWindow::new(LIMIT as f64 / 10.0, interval, jitter).unwrap().into()
            }
        };
        engine.add_rule(Rule::new(id, limit).unwrap(), 0.0);
    }
    engine
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let jitter: f64 = [0.0, 100.0, 250.0][rng.below(3) as usize];
        let interval = |rng: &mut Rng| 1000.0 + 500.0 * rng.ms(8.0);
        let mut kind = |n: u64| match rng.below(n) {
            0 => Kind::FirstRequest(interval(&mut rng)),
            _ => Kind::Fixed(interval(&mut rng)),
        };
        let kinds = [kind(3), kind(3)];
        let clock_error = (jitter / 4.0).floor() * rng.below(2) as f64;
        let share = if rng.one_in(3) { 0.7 } else { 1.0 };
        let has_date = rng.one_in(2);
        let mut walk = Self {
            rng,
            kinds,
            jitter,
            clock_error,
            has_date,
            engine: engine(kinds, jitter, share),
            servers: kinds.map(Counter::new),
            sent: Vec::new(),
            waiting: Vec::new(),
            events: BTreeMap::new(),
            scheduled: 0,
            now: 0.0,
            has_returned: false,
        };
        walk.after(0.0, Event::Tick);
        walk
    }

    fn after(&mut self, ms: f64, event: Event) {
        self.scheduled += 1;
        self.events.insert((Reverse((self.now + ms) as u64), Reverse(self.scheduled)), event);
    }

    /// Plays this many events. Returns the time after them.
    fn play(&mut self, events: usize) -> f64 {
        for _ in 0..events {
            let ((Reverse(at), _), event) = self.events.pop_last().unwrap();
            self.now = at as f64;
            self.poll();
            self.step(event);
        }
        self.now
    }

    fn step(&mut self, event: Event) {
        let (now, unix) = (self.now, self.now + UNIX);
        match event {
            Event::Tick => {
                self.tick();
                let gap = match self.rng.below(10) {
                    0..5 => 0.0,
                    5..9 => self.rng.ms(40.0),
                    _ => self.rng.ms(600.0),
                };
                self.after(gap, Event::Tick);
            }
            Event::Arrive(at) => {
                self.sent[at].has_arrived = true;
                let (costs, counted) = (self.sent[at].costs, self.sent[at].counted);
                for (rule, server) in self.servers.iter_mut().enumerate() {
                    if costs[rule] > 0 {
                        assert!(server.arrive(unix, counted[rule]), "refused by {rule} at {now}");
                    }
                }
                let work = if self.rng.one_in(4) { self.rng.ms(500.0) } else { 0.0 };
                self.after(work, Event::Read(at));
            }
            Event::Read(at) => {
                let is_stale = self.rng.one_in(2);
                let reported = [0, 1].map(|rule| self.servers[rule].read(unix, is_stale));
                let back = match self.rng.below(8) {
                    0..3 => 0.0,
                    3..7 => self.rng.ms(300.0),
                    _ => self.rng.ms(5000.0),
                };
                self.after(back, Event::Report(at, reported));
                if self.rng.one_in(12) {
                    // The server responds once more, later.
                    let later = self.rng.ms(700.0);
                    self.after(later, Event::Read(at));
                }
            }
            Event::Report(at, reported) => self.report(at, reported),
            Event::Release(at) => self.release(at, false),
            Event::Refund(at) => self.release(at, true),
        }
        self.poll();
    }
}

fn walk(seeds: std::ops::Range<u64>, events: usize) {
    let (mut total, mut has_returned) = (0, 0);
    for seed in seeds.clone() {
        let played = std::panic::catch_unwind(|| {
            let mut walk = Walk::new(seed);
            walk.play(events);
            (walk.sent.len(), walk.has_returned)
        });
        let (sent, returned) = played.unwrap_or_else(|_| panic!("seed {seed}"));
        total += sent;
        has_returned += usize::from(returned);
    }
    let runs = (seeds.end - seeds.start) as usize;
    // The walks are an attack only if they grant much, and return much of it.
    assert!(total > runs * events / 20, "{total}");
    assert!(has_returned > runs / 2, "{has_returned}");
}

/// Longer runs: `WALK_SEED=1000 WALK_RUNS=5000 cargo test --test engine random_walk`.
#[test]
fn no_server_refuses_a_random_walk() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("WALK_SEED").unwrap_or(0);
    walk(first..first + number("WALK_RUNS").unwrap_or(60), 4000);
}
