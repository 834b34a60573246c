//! The demand for one rule: the tokens that its waiters want.
//!
//! Most queues are a few runs of equal costs, one after the other in the order of turns: the demand
//! of a run is a number times an amount. Only where waiters of different costs alternate does each
//! turn matter. Then each class of the rule grows a tree of sums, and keeps it until the class has
//! no waiters, so each waiter is inserted at most once.

use super::sum_tree::SumTree;
use crate::collections::cost_vectors::VectorId;
use crate::queue::Turn;
use crate::request::Priority;

/// The number of runs above which a class grows its tree.
const MOST_RUNS: usize = 8;

/// The position of a request among those of its class.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position {
    /// The request waits at this turn and is the first of its cost vector, apart from waiters with
    /// reservations.
    First(Turn),
    /// The request waits at this turn, or did until now.
    At(Turn),
    /// The request is new, and would wait at this turn.
    New(Turn),
}

/// The turns of the waiters of a class, by their cost vector.
pub(super) trait Turns {
    /// Calls a function with the turn of each waiter of a vector.
    fn each(&self, vector: VectorId, visit: impl FnMut(Turn));
    /// The number of waiters of a vector that have reservations, from one turn up to another one.
    fn reserved(&self, vector: VectorId, from: Turn, to: Turn) -> usize;
}

/// The demand for one rule, by class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand([ClassDemand; 3]);

#[derive(Clone, Debug, Default)]
struct ClassDemand {
    /// In the order of turns. Empty if there is a tree.
    runs: Vec<Run>,
    tree: SumTree,
    /// The largest amount of a waiter since the class last had none.
    largest: f64,
    /// The last turn of a waiter since the class last had none.
    last: Turn,
}

/// The demand of waiters of one cost vector that follow each other.
#[derive(Clone, Copy, Debug)]
struct Run {
    vector: VectorId,
    amount: f64,
    /// Above 0.
    count: u32,
    /// A lower bound of the turns of the run, and after those of the run before it.
    first: Turn,
}

impl Demand {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(ClassDemand::is_empty)
    }

    /// The demand of all waiters ahead of a request of this class, to which `turns` belong.
    pub(super) fn ahead(&mut self, class: Priority, position: Position, turns: &impl Turns) -> f64 {
        let above: f64 = self.0.iter().take(class as usize).map(ClassDemand::sum).sum();
        let Some(own) = self.0.get_mut(class as usize) else { return above };
        above
            + match position {
                // Without ranks, all waiters of the class are ahead of a new one.
                Position::New(turn) if turn > own.last => own.sum(),
                Position::First(turn) if own.tree.is_empty() => own.before_first(turn, turns),
                Position::First(turn) | Position::At(turn) | Position::New(turn) => {
                    own.grow(turns, None);
                    own.tree.before(turn)
                }
            }
    }

    /// An upper bound of the amount that any waiter of a class or above it wants.
    pub(crate) fn largest(&self, class: Priority) -> f64 {
        let classes = self.0.iter().take((class as usize).saturating_add(1));
        classes.filter(|class| !class.is_empty()).map(|class| class.largest).fold(0.0, f64::max)
    }

    /// Adds the demand of a waiter at a new turn. `turns` are those of its class, without it or
    /// with it.
    pub(super) fn insert(&mut self, turn: Turn, vector: VectorId, amount: f64, turns: &impl Turns) {
        let Some(own) = self.0.get_mut(turn.class() as usize) else { return };
        let is_last = own.is_empty() || turn > own.last;
        (own.largest, own.last) = match own.is_empty() {
            true => (amount, turn),
            false => (own.largest.max(amount), own.last.max(turn)),
        };
        if !own.tree.is_empty() {
            own.tree.insert(turn, amount);
        } else if let Some(run) = own.run_of(turn).filter(|run| run.vector == vector) {
            run.count = run.count.saturating_add(1);
            run.first = run.first.min(turn);
        } else if is_last && own.runs.len() < MOST_RUNS {
            own.runs.push(Run { vector, amount, count: 1, first: turn });
        } else {
            own.grow(turns, Some(turn));
            own.tree.insert(turn, amount);
        }
    }

    /// Removes the demand of the waiter at a turn.
    pub(crate) fn remove(&mut self, turn: Turn) {
        let Some(own) = self.0.get_mut(turn.class() as usize) else { return };
        let Some(run) = own.run_of(turn) else { return own.tree.remove(turn) };
        run.count = run.count.saturating_sub(1);
        if run.count == 0 {
            own.runs.retain(|run| run.count > 0);
        }
    }
}

impl ClassDemand {
    fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.tree.is_empty()
    }

    fn sum(&self) -> f64 {
        self.tree.sum() + self.runs.iter().map(Run::sum).sum::<f64>()
    }

    /// The run of the waiter at a turn; of a turn before all runs, the first one.
    fn run_of(&mut self, turn: Turn) -> Option<&mut Run> {
        match self.runs.iter().rposition(|run| run.first <= turn) {
            Some(index) => self.runs.get_mut(index),
            None => self.runs.first_mut(),
        }
    }

    /// The demand ahead of the first waiter of its vector that has no reservation.
    fn before_first(&self, turn: Turn, turns: &impl Turns) -> f64 {
        let mut sum = 0.0;
        let mut runs = self.runs.iter().peekable();
        while let Some(run) = runs.next() {
            if runs.peek().is_none_or(|next| next.first > turn) {
                // No other waiters of the run are ahead.
                return sum + run.amount * turns.reserved(run.vector, run.first, turn) as f64;
            }
            sum += run.sum();
        }
        sum
    }

    /// Makes a tree of the runs. Waiters at a turn that is `left_out` are not in the runs.
    #[cold]
    fn grow(&mut self, turns: &impl Turns, left_out: Option<Turn>) {
        let Self { runs, tree, .. } = self;
        while let Some(Run { vector, amount, .. }) = runs.pop() {
            runs.retain(|run| run.vector != vector);
            turns.each(vector, |turn| {
                if Some(turn) != left_out {
                    tree.insert(turn, amount);
                }
            });
        }
    }
}

impl Run {
    fn sum(&self) -> f64 {
        self.amount * f64::from(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// All waiters: vectors by turn.
    type Naive = BTreeMap<Turn, VectorId>;

    /// The waiters of a class, the first of which have reservations.
    struct Waiters<'a> {
        naive: &'a Naive,
        class: Priority,
        reserved: usize,
    }

    impl Waiters<'_> {
        fn of(&self, vector: VectorId) -> impl Iterator<Item = Turn> {
            let all = self.naive.iter().filter(|(turn, _)| turn.class() == self.class);
            all.filter(move |(_, of)| **of == vector).map(|(&turn, _)| turn)
        }

        fn reserved(&self) -> impl Iterator<Item = (&Turn, &VectorId)> {
            let all = self.naive.iter().filter(|(turn, _)| turn.class() == self.class);
            all.take(self.reserved)
        }

        /// The first waiter of a vector without a reservation.
        fn head(&self, vector: VectorId) -> Option<Turn> {
            self.of(vector).find(|turn| self.reserved().all(|(reserved, _)| reserved != turn))
        }
    }

    impl Turns for Waiters<'_> {
        fn each(&self, vector: VectorId, visit: impl FnMut(Turn)) {
            self.of(vector).for_each(visit);
        }

        fn reserved(&self, vector: VectorId, from: Turn, to: Turn) -> usize {
            let reserved = self.reserved().filter(|(_, of)| **of == vector);
            reserved.filter(|(turn, _)| (from..to).contains(turn)).count()
        }
    }

    fn amount(vector: VectorId) -> f64 {
        f64::from(vector.0) + 1.0
    }

    fn sum<'a>(entries: impl Iterator<Item = (&'a Turn, &'a VectorId)>) -> f64 {
        entries.map(|(_, &vector)| amount(vector)).sum()
    }

    fn check(demand: &mut Demand, naive: &Naive, reserved: usize) {
        for class in Priority::ALL {
            let waiters = Waiters { naive, class, reserved };
            for new in [Turn::new(class, 3000), Turn::new(class, 20_000)] {
                // A turn in the middle grows a tree, which is seldom wanted here.
                if new.arrival() < 20_000 && naive.len() % 100 != 7 {
                    continue;
                }
                let ahead = sum(naive.range(..new));
                assert_eq!(demand.ahead(class, Position::New(new), &waiters), ahead, "{new:?}");
            }
            for vector in (0..3).map(VectorId) {
                if let Some(turn) = waiters.head(vector) {
                    let before = sum(naive.range(..turn));
                    let ahead = demand.ahead(class, Position::First(turn), &waiters);
                    assert_eq!(ahead, before, "{turn:?}");
                }
            }
        }
    }

    #[test]
    fn demand_ahead_equals_a_naive_sum() {
        let mut seed = 1_u64;
        let mut random = move |below: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let (mut demand, mut naive) = (Demand::default(), Naive::new());
        let (mut with_runs, mut with_tree) = (0, 0);
        for n in 0..20_000 {
            // Phases in which vectors take turns, or come one after the other in runs; in which the
            // demand grows, shrinks, and becomes empty; with and without turns in the middle.
            let (vectors, comes) = (1 + n / 100 % 3, n % 200 < 120);
            let (is_ranked, in_runs) = (n / 200 % 4 == 0, n / 200 % 4 == 2);
            if n % 200 == 199 {
                naive.keys().for_each(|&turn| demand.remove(turn));
                naive.clear();
                assert!(demand.is_empty());
            }
            if comes && random(4) > 0 {
                let class = Priority::ALL[random(3) as usize];
                // Some waiters come in the middle, as their class was changed.
                let is_moved = is_ranked && random(5) == 0;
                let turn = Turn::new(class, if is_moved { random(6000) } else { 10_000 + n % 200 });
                let vector = VectorId(if in_runs { n / 20 % 3 } else { random(vectors) } as u32);
                // The waiter may be in its lane already.
                let is_early = random(2) == 0;
                if naive.contains_key(&turn) {
                    naive.remove(&turn);
                    demand.remove(turn);
                } else {
                    let mut known = naive.clone();
                    if is_early {
                        known.insert(turn, vector);
                    }
                    let waiters = Waiters { naive: &known, class, reserved: 0 };
                    demand.insert(turn, vector, amount(vector), &waiters);
                    naive.insert(turn, vector);
                }
            } else if let Some(&turn) = naive.keys().nth(random(naive.len().max(1) as u64) as usize)
            {
                naive.remove(&turn);
                demand.remove(turn);
            }
            check(&mut demand, &naive, random(6) as usize);
            with_tree += usize::from(demand.0.iter().any(|class| !class.tree.is_empty()));
            with_runs += usize::from(demand.0.iter().any(|class| class.runs.len() > 1));
        }
        assert!(with_runs > 1000 && with_tree > 1000, "{with_runs} {with_tree}");
    }

    /// Waiters of the lowest class with these vectors, at turns from 0 on.
    fn waiting(vectors: &[u32]) -> (Demand, Naive) {
        let (mut demand, mut naive) = (Demand::default(), Naive::new());
        for (&vector, n) in vectors.iter().zip(0..) {
            let (vector, turn) = (VectorId(vector), low(n));
            let class = Priority::Low;
            let waiters = Waiters { naive: &naive, class, reserved: 0 };
            demand.insert(turn, vector, amount(vector), &waiters);
            naive.insert(turn, vector);
        }
        (demand, naive)
    }

    fn low(n: u64) -> Turn {
        Turn::new(Priority::Low, n)
    }

    #[test]
    fn runs_of_equal_costs_need_no_tree() {
        let (mut demand, mut naive) = waiting(&[5, 1, 1, 1, 5, 1, 1]);
        let counts = |demand: &Demand| demand.0[2].runs.iter().map(|run| run.count).collect();
        let first = |demand: &mut Demand, naive: &Naive, n, reserved| {
            let waiters = Waiters { naive, class: Priority::Low, reserved };
            demand.ahead(Priority::Low, Position::First(low(n)), &waiters)
        };
        assert_eq!(
            (first(&mut demand, &naive, 0, 0), first(&mut demand, &naive, 1, 0)),
            (0.0, 6.0)
        );
        // The first three have reservations: the heads are behind waiters of their own costs.
        assert_eq!(first(&mut demand, &naive, 3, 3), 10.0);
        assert_eq!(first(&mut demand, &naive, 4, 3), 12.0);
        assert_eq!(first(&mut demand, &naive, 5, 5), 18.0);
        assert_eq!(first(&mut demand, &naive, 6, 6), 20.0);
        let runs: Vec<_> = counts(&demand);
        assert_eq!(runs, [1, 3, 1, 2]);
        for n in [0, 4] {
            naive.remove(&low(n));
            demand.remove(low(n));
        }
        let runs: Vec<_> = counts(&demand);
        assert_eq!(runs, [3, 2]);
        assert_eq!(first(&mut demand, &naive, 5, 3), 6.0);
        assert!(demand.0[2].tree.is_empty());
    }

    #[test]
    fn a_tree_is_grown_by_many_runs_and_by_a_turn_in_the_middle() {
        let alternating: Vec<_> = (0..MOST_RUNS as u32).map(|n| n % 2).collect();
        let (demand, _) = waiting(&alternating);
        assert!(demand.0[2].tree.is_empty());
        let (demand, _) = waiting(&[alternating, vec![0]].concat());
        assert!(!demand.0[2].tree.is_empty() && demand.0[2].runs.is_empty());
        assert_eq!(demand.0[2].sum(), 13.0);

        let (mut demand, naive) = waiting(&[0; 10]);
        let waiters = Waiters { naive: &naive, class: Priority::Low, reserved: 0 };
        assert_eq!(demand.ahead(Priority::Low, Position::New(low(10)), &waiters), 10.0);
        assert!(demand.0[2].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Low, Position::At(low(4)), &waiters), 4.0);
        assert!(!demand.0[2].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Low, Position::New(low(10)), &waiters), 10.0);
    }

    #[test]
    fn tree_and_largest_amount_are_dropped_when_the_class_is_empty() {
        let (mut demand, naive) = waiting(&[0, 6, 0, 6, 0, 6, 0, 6, 0]);
        assert!(!demand.0[2].tree.is_empty());
        (1..9).for_each(|n| demand.remove(low(n)));
        assert_eq!(Priority::ALL.map(|class| demand.largest(class)), [0.0, 0.0, 7.0]);
        demand.remove(low(0));
        assert_eq!(demand.largest(Priority::Low), 0.0);
        let waiters = Waiters { naive: &naive, class: Priority::Low, reserved: 0 };
        demand.insert(low(9), VectorId(1), 2.0, &waiters);
        assert!(demand.0[2].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Low, Position::New(low(10)), &waiters), 2.0);
        assert_eq!(demand.largest(Priority::Low), 2.0);
    }
}
