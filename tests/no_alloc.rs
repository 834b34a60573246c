//! The steady state allocates nothing: requests that are submitted, wait, are granted, released and
//! cancelled reuse the memory of earlier ones. A separate test target, as a program has only one
//! allocator.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
// Allocators implement an unsafe trait. This one forwards all calls to the system's, and counts
// them.
#![allow(unsafe_code)]

use multi_throttler_engine::{
    Concurrency, Config, Costs, Engine, FirstRequestWindow, FixedWindow, Limit, Options, Ordering,
    Priority, Report, RollingWindow, Rule, Submission, Ticket, TokenBucket, Usage,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    /// Allocations of the thread; the test harness has one that allocates at any time. `const`, so
    /// that the counter itself is not allocated.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
}

// SAFETY: each call is forwarded unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Largest number of waiters.
const WAITING: usize = 300;
const CYCLES: usize = 100_000;

/// A small random generator (Marsaglia's xorshift, 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// A simulated program: an engine, its cost vectors, waiters and held permits.
struct Program {
    engine: Engine,
    costs: Vec<Costs>,
    random: Random,
    waiting: Vec<Ticket>,
    held: Vec<Ticket>,
    now: f64,
    granted: u64,
}

impl Program {
    fn new(ordering: Ordering, limits: Vec<Limit>, needs_permit: bool) -> Self {
        let config = Config { ordering, aging: 5000.0, ..Config::default() };
        let mut engine = Engine::new(config).unwrap();
        let mut slots = Vec::new();
        for (index, limit) in limits.into_iter().enumerate() {
            let id = index.to_string();
            engine.add_rule(Rule::new(id.as_str(), limit).unwrap(), 0.0);
            slots.push(engine.slot(&id, 0.0).unwrap());
        }
        // A program has few distinct cost vectors; here there are 27.
        let amounts = (0..27_usize).map(|n| [n % 3, n / 3 % 3, n / 9]);
        let costs = amounts.map(|amounts| {
            let mut costs = Costs::default();
            // The vectors cover all kinds of rules, together and alone.
            for (n, &slot) in slots.iter().enumerate() {
                costs.add(slot, amounts[n % 3] as f64);
            }
            costs
        });
        let (waiting, held) = (Vec::with_capacity(WAITING), Vec::with_capacity(4 * WAITING));
        let random = Random(0x9E37_79B9_7F4A_7C15);
        let held = if needs_permit { held } else { Vec::new() };
        Self { engine, costs: costs.collect(), random, waiting, held, now: 0.0, granted: 0 }
    }

    /// Submits one request and polls; may also cancel a waiter or release a permit.
    fn cycle(&mut self) {
        self.now += self.random.below(8) as f64 / 2.0;
        let permit = self.held.capacity() > 0;
        while let Some((ticket, outcome)) = self.engine.poll(self.now) {
            self.waiting.retain(|other| *other != ticket);
            if outcome.is_ok() {
                self.granted += 1;
                if permit {
                    self.held.push(ticket);
                }
            }
        }
        if self.waiting.len() >= WAITING || self.random.below(4) == 0 && !self.waiting.is_empty() {
            let ticket = self.waiting.swap_remove(self.random.below(self.waiting.len()));
            assert!(self.engine.cancel(ticket));
        }
        if self.random.below(3) == 0 && !self.held.is_empty() {
            self.answer();
        }
        if self.held.len() > 40 || self.random.below(3) == 0 && !self.held.is_empty() {
            let ticket = self.held.swap_remove(self.random.below(self.held.len()));
            assert!(self.engine.release(ticket, self.random.below(4) == 0, self.now));
        }
        let priority = Priority::ALL[self.random.below(3)];
        let which = self.random.below(self.costs.len());
        match self.engine.submit(
            &self.costs[which],
            Options { priority, permit, ..Options::default() },
            self.now,
        ) {
            Ok(Submission::Granted) => self.granted += 1,
            Ok(Submission::Held(ticket)) => self.held.push(ticket),
            Ok(Submission::Waiting(ticket)) => self.waiting.push(ticket),
            Err(refusal) => panic!("{refusal}"),
        }
        if self.random.below(16) == 0 && !self.waiting.is_empty() {
            let ticket = self.waiting[self.random.below(self.waiting.len())];
            let priority = Priority::ALL[self.random.below(3)];
            assert!(self.engine.set_priority(ticket, priority, self.now));
        }
    }

    /// Reports a response for one of the held permits, possibly a second one.
    fn answer(&mut self) {
        let permit = Some(self.held[self.random.below(self.held.len())]);
        let usage = ["0", "3", "4", "5"].map(|rule| {
            let used = Some(self.random.below(20) as f64);
            Usage { rule, used, ..Usage::default() }
        });
        let report = Report { status: 200, permit, usage: &usage, ..Report::default() };
        self.engine.report(&report, self.now).unwrap();
    }

    /// Lets as many requests wait with each cost vector and priority as ever will, and then cancels
    /// them.
    fn crowd(&mut self) {
        let permit = self.held.capacity() > 0;
        // Vectors alternate, as the order of waiters only matters between different vectors.
        let others = self.costs[1..].iter().chain(&self.costs[..1]);
        for (costs, other) in self.costs.iter().zip(others) {
            for priority in Priority::ALL {
                let options = Options { priority, permit, ..Options::default() };
                let crowd = (0..2 * WAITING).flat_map(|_| [costs, other]);
                let submit = |costs| self.engine.submit(costs, options, self.now).unwrap();
                let submissions: Vec<_> = crowd.map(submit).collect();
                for submission in submissions {
                    match submission {
                        Submission::Waiting(ticket) => assert!(self.engine.cancel(ticket)),
                        Submission::Held(ticket) => {
                            assert!(self.engine.release(ticket, false, self.now))
                        }
                        Submission::Granted => (),
                    }
                }
            }
        }
    }

    /// Counts the allocations in the steady state.
    fn allocations(mut self) -> u64 {
        self.crowd();
        (0..3 * CYCLES).for_each(|_| self.cycle());
        let (before, granted, waiting) = (ALLOCATIONS.get(), self.granted, self.waiting.len());
        (0..CYCLES).for_each(|_| self.cycle());
        let allocations = ALLOCATIONS.get() - before;
        assert!(
            self.granted - granted > 1000,
            "only {} requests were granted",
            self.granted - granted
        );
        assert!(
            waiting > 100 && self.waiting.len() > 100,
            "{waiting} and {} wait",
            self.waiting.len()
        );
        allocations
    }
}

fn buckets() -> Vec<Limit> {
    [(20.0, 0.2), (50.0, 0.25), (10.0, 0.3)]
        .map(|(capacity, rate)| TokenBucket::new(capacity, rate).unwrap().into())
        .into()
}

fn windows() -> Vec<Limit> {
    vec![
        RollingWindow::new(200.0, 1000.0, 20.0).unwrap().into(),
        FixedWindow::new(250.0, 1000.0, 50.0).unwrap().into(),
        FirstRequestWindow::new(300.0, 1000.0, 20.0).unwrap().into(),
        RollingWindow::new(2000.0, 10_000.0, 0.0).unwrap().into(),
    ]
}

#[test]
fn the_allocator_counts_allocations() {
    let before = ALLOCATIONS.get();
    drop(std::hint::black_box(Box::new(before)));
    assert_eq!(ALLOCATIONS.get(), before + 1);
}

#[test]
fn buckets_allocate_nothing_in_the_steady_state() {
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        assert_eq!(Program::new(ordering, buckets(), false).allocations(), 0, "{ordering:?}");
    }
}

#[test]
fn windows_allocate_nothing_in_the_steady_state() {
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        assert_eq!(Program::new(ordering, windows(), false).allocations(), 0, "{ordering:?}");
    }
}

#[test]
fn permits_and_reports_allocate_nothing_in_the_steady_state() {
    let limits = || [buckets(), windows(), vec![Concurrency::new(60.0).unwrap().into()]].concat();
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        assert_eq!(Program::new(ordering, limits(), true).allocations(), 0, "{ordering:?}");
    }
}

#[test]
fn a_long_log_allocates_nothing_when_entries_merge() {
    // An interval has far more grants than the log keeps entries.
    let limits = || {
        vec![
            RollingWindow::new(1e5, 1e6, 0.0).unwrap().into(),
            TokenBucket::new(5.0, 0.2).unwrap().into(),
        ]
    };
    assert_eq!(Program::new(Ordering::WorkConserving, limits(), false).allocations(), 0);
}
