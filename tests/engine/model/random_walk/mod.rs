//! Counts that fall, attacked for long: two rules at once, a queue, permits of every fate, answers twice, late and out of order,
//! changes of rules and modes, clocks that are corrected, restarts. The servers count truly and refuse nothing.

mod server;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::random_walk::server::{Counts, Kind, L, SECOND, Shown, UNIX};
use crate::support::rng::Rng;
use multi_throttler_engine::{
    Config, Costs, Engine, Fields, FirstRequestWindow, FixedWindow, Limit, Mode, Options, Priority, Report,
    Rule, Submission, Ticket, Usage, Value,
};

const IDS: [&str; 2] = ["a", "b"];

#[derive(Clone, Debug)]
struct Sent {
    costs: [u64; 2],
    counted: [u64; 2],
    /// The permit, while this program holds it.
    ticket: Option<Ticket>,
    has_arrived: bool,
    /// Whether the engine does not know that it is in flight.
    is_dark: bool,
    never_sent: bool,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Tick,
    Arrive(usize),
    Read(usize),
    Tell(usize, [Shown; 2]),
    Release(usize),
    Refund(usize),
}

struct Storm {
    rng: Rng,
    kinds: [Kind; 2],
    /// How long a request is on its way at most, the difference of the clocks included; and that.
    jitter: f64,
    clock_error: f64,
    dated: bool,
    engine: Engine,
    servers: [Counts; 2],
    sent: Vec<Sent>,
    waiting: Vec<(Ticket, [u64; 2], bool)>,
    events: BTreeMap<(Reverse<u64>, Reverse<u64>), Event>,
    made: u64,
    now: f64,
    given_back: bool,
}

fn engine(kinds: [Kind; 2], jitter: f64, share: f64) -> Engine {
    let mode = |name: &str, buffer, reserve| Mode { name: name.into(), buffer, reserve };
    let modes = vec![mode("normal", 0.0, 0.0), mode("careful", 0.3, 0.2)];
    let mut engine = Engine::new(Config { share, modes, ..Config::default() }).unwrap();
    engine.set_calendar(UNIX, 0.0);
    for (id, kind) in IDS.into_iter().zip(kinds) {
        let limit: Limit = match kind {
            Kind::Aligned(interval) => FixedWindow::new(L as f64 / 10.0, interval, jitter).unwrap().into(),
            Kind::FromFirst(interval) => {
                FirstRequestWindow::new(L as f64 / 10.0, interval, jitter).unwrap().into()
            }
        };
        engine.add_rule(Rule::new(id, limit).unwrap(), 0.0);
    }
    engine
}

impl Storm {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let jitter: f64 = [0.0, 100.0, 250.0][rng.below(3) as usize];
        let interval = |rng: &mut Rng| 1000.0 + 500.0 * rng.ms(8.0);
        let mut kind = |n: u64| match rng.below(n) {
            0 => Kind::FromFirst(interval(&mut rng)),
            _ => Kind::Aligned(interval(&mut rng)),
        };
        let kinds = [kind(3), kind(3)];
        let clock_error = (jitter / 4.0).floor() * rng.below(2) as f64;
        let share = if rng.one_in(3) { 0.7 } else { 1.0 };
        let dated = rng.one_in(2);
        let mut storm = Self {
            rng,
            kinds,
            jitter,
            clock_error,
            dated,
            engine: engine(kinds, jitter, share),
            servers: kinds.map(Counts::new),
            sent: Vec::new(),
            waiting: Vec::new(),
            events: BTreeMap::new(),
            made: 0,
            now: 0.0,
            given_back: false,
        };
        storm.after(0.0, Event::Tick);
        storm
    }

    fn after(&mut self, ms: f64, event: Event) {
        self.made += 1;
        self.events.insert((Reverse((self.now + ms) as u64), Reverse(self.made)), event);
    }

    /// Plays so many events.
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
                let shown = [0, 1].map(|rule| self.servers[rule].show(unix, is_stale));
                let back = match self.rng.below(8) {
                    0..3 => 0.0,
                    3..7 => self.rng.ms(300.0),
                    _ => self.rng.ms(5000.0),
                };
                self.after(back, Event::Tell(at, shown));
                if self.rng.one_in(12) {
                    // It tells once more, later.
                    let later = self.rng.ms(700.0);
                    self.after(later, Event::Read(at));
                }
            }
            Event::Tell(at, shown) => self.tell(at, shown),
            Event::Release(at) => self.release(at, false),
            Event::Refund(at) => self.release(at, true),
        }
        self.poll();
    }

    fn release(&mut self, at: usize, refund: bool) {
        if let Some(ticket) = self.sent[at].ticket.take() {
            assert!(self.engine.release(ticket, refund, self.now));
            self.sent[at].is_dark = true;
        }
    }

    fn tell(&mut self, at: usize, shown: [Shown; 2]) {
        let exact = !self.rng.one_in(8);
        let ticket = self.sent[at].ticket;
        let mut usage = Vec::new();
        for (rule, shown) in shown.into_iter().enumerate() {
            let (used, left) = (shown.used as f64 / 10.0, (L - shown.used) as f64 / 10.0);
            let (used, remaining) = match self.rng.below(4) {
                0 => (None, Some(left)),
                1 => (Some(used), Some(left)),
                _ => (Some(used), None),
            };
            // Where it is not said, an answer of a window that has ended would be taken to be of one that is open.
            let has_to_say = |at: f64| ticket.is_none() || at < shown.read_at;
            let resets_at = shown.resets_at.filter(|&at| has_to_say(at) || self.rng.one_in(2));
            let one = Usage { rule: IDS[rule], used, remaining, resets_at, exact, ..Usage::default() };
            if !self.rng.one_in(6) {
                usage.push(one);
            }
            if self.rng.one_in(10) {
                usage.push(one);
            }
        }
        let date = self.dated.then_some((shown[0].read_at / SECOND).floor() * SECOND);
        let report = Report { status: 200, date, permit: ticket, usage: &usage, ..Report::default() };
        let before = self.left();
        self.engine.report(&report, self.now).unwrap();
        let after = self.left();
        self.given_back |= (0..2).any(|rule| after[rule] > before[rule]);
        match self.rng.below(6) {
            0 if ticket.is_some() => {
                let later = self.rng.ms(1000.0);
                self.after(later, Event::Release(at));
            }
            1 if ticket.is_some() => {}
            _ => self.release(at, false),
        }
    }

    fn left(&mut self) -> [f64; 2] {
        let status = self.engine.status(self.now);
        [status[0].tokens, status[1].tokens]
    }

    fn tick(&mut self) {
        let rule = self.rng.below(2) as usize;
        match self.rng.below(400) {
            0..8 => self.servers[rule].fall(self.rng.next()),
            8..14 => {
                let wall = self.now + UNIX + self.rng.ms(self.clock_error);
                self.engine.set_calendar(wall, self.now);
            }
            14..17 => {
                let mode = if self.rng.one_in(2) { "careful" } else { "normal" };
                let ms = self.rng.ms(3000.0);
                self.engine.set_mode(mode, ms, self.now).unwrap();
            }
            17..20 => self.change(rule, "limit", |rng| (L / 2 + rng.below(L / 2 + 1)) as f64 / 10.0),
            20..22 => {
                let jitter = self.jitter;
                self.change(rule, "jitter", |rng| jitter + rng.ms(jitter / 2.0));
            }
            // A window that the first request opens is taken to be opened by that.
            22..24 if matches!(self.kinds[rule], Kind::Aligned(_)) => {
                let left = self.left()[rule].floor() * self.rng.below(5) as f64 / 4.0;
                // Where nothing is left more may be used than the limit that is in force.
                if left <= 0.0 {
                    return;
                }
                assert!(self.engine.set_tokens(IDS[rule], left.floor(), self.now));
                self.sent.iter_mut().for_each(|sent| sent.is_dark = true);
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

    /// Tells what the server counts, if the engine knows of all that is on its way.
    fn sync(&mut self, rule: usize) {
        let flies = |sent: &Sent| !sent.never_sent && !sent.has_arrived;
        if self.sent.iter().rev().take(500).all(|sent| !flies(sent) || !sent.is_dark) {
            let used = self.servers[rule].show(self.now + UNIX, false).used as f64 / 10.0;
            self.engine.sync_usage(&[(IDS[rule], used)], true, self.now).unwrap();
        }
    }

    /// The program ends, or restores what it has just saved. What it knows that it never sent is given back before.
    fn restart(&mut self) {
        for at in 0..self.sent.len() {
            if self.sent[at].never_sent {
                self.release(at, true);
            }
            self.sent[at].is_dark = true;
        }
        let snapshot = self.engine.snapshot(self.now);
        if self.rng.one_in(2) {
            self.engine = engine(self.kinds, self.jitter, 1.0);
            let wall = self.now + UNIX + self.rng.ms(self.clock_error);
            self.engine.set_calendar(wall, self.now);
            self.sent.iter_mut().for_each(|sent| sent.ticket = None);
            self.waiting.clear();
        }
        self.engine.restore(&snapshot, self.now).unwrap();
    }

    fn submit(&mut self) {
        // Wholes, tenths, all there is, nothing.
        let mut amount = || match self.rng.below(12) {
            0 => 0,
            1..5 => 1 + self.rng.below(9),
            5 => L / 2 + self.rng.below(L / 4),
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

    fn poll(&mut self) {
        while let Some((ticket, outcome)) = self.engine.poll(self.now) {
            let place = self.waiting.iter().position(|waiting| waiting.0 == ticket).unwrap();
            let (_, amounts, permit) = self.waiting.remove(place);
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
        let (has_arrived, is_dark) = (false, ticket.is_none());
        let at = self.sent.len();
        self.sent.push(Sent { costs, counted, ticket, has_arrived, is_dark, never_sent });
        let longest = self.jitter - self.clock_error;
        if never_sent {
            // A window that the first request opens is believed to be open after that.
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

fn storm(seeds: std::ops::Range<u64>, events: usize) {
    let (mut total, mut given_back) = (0, 0);
    for seed in seeds.clone() {
        let played = std::panic::catch_unwind(|| {
            let mut storm = Storm::new(seed);
            storm.play(events);
            (storm.sent.len(), storm.given_back)
        });
        let (sent, gave) = played.unwrap_or_else(|_| panic!("seed {seed}"));
        total += sent;
        given_back += usize::from(gave);
    }
    let runs = (seeds.end - seeds.start) as usize;
    // It is an attack only where much is granted, and much of that given back.
    assert!(total > runs * events / 20, "{total}");
    assert!(given_back > runs / 2, "{given_back}");
}

/// More of it: `STORM_SEED=1000 STORM_RUNS=5000 cargo test --test engine storm`.
#[test]
fn no_server_refuses_a_random_walk() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("STORM_SEED").unwrap_or(0);
    storm(first..first + number("STORM_RUNS").unwrap_or(60), 4000);
}
