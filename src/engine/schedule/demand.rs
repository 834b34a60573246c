//! The demand for one rule: the tokens that its waiters want.
//!
//! Most queues are lanes of equal costs, whose demand is a number times an amount. Only when a
//! waiter with another cost comes does the order of turns matter. Then each class of the rule grows
//! a tree of sums, and keeps it until the class has no waiters, so each waiter is inserted at most
//! once.

use std::num::NonZeroU32;

use super::sum_tree::SumTree;
use crate::collections::cost_vectors::VectorId;
use crate::queue::Turn;
use crate::request::Priority;

/// The position of a request among those of its class.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position {
    /// The request waits at this turn and is the first of its cost vector.
    First(Turn),
    /// The request waits at this turn, or did until now.
    At(Turn),
    /// The request is new, and would wait at this turn.
    New(Turn),
}

/// The demand for one rule, by class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand([ClassDemand; 3]);

#[derive(Clone, Debug, Default)]
struct ClassDemand {
    uniform: Option<UniformDemand>,
    /// Empty while all waiters have the same cost vector.
    tree: SumTree,
    /// The largest amount of a waiter since the class last had none.
    largest: f64,
    /// The last turn of a waiter since the class last had none.
    last: Turn,
}

/// The demand of waiters that share one cost vector.
#[derive(Clone, Copy, Debug)]
struct UniformDemand {
    vector: VectorId,
    amount: f64,
    count: NonZeroU32,
}

impl Demand {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(ClassDemand::is_empty)
    }

    /// The demand of all waiters ahead of a request of this class. `turns` yields the turns of all
    /// waiters of a vector in the class.
    pub(crate) fn ahead<T: Iterator<Item = Turn>>(
        &mut self,
        class: Priority,
        position: Position,
        turns: impl Fn(VectorId) -> T,
    ) -> f64 {
        let above: f64 = self.0.iter().take(class as usize).map(ClassDemand::sum).sum();
        let Some(own) = self.0.get_mut(class as usize) else { return above };
        above
            + match (position, own.uniform) {
                // Without ranks, all waiters of the class are ahead of a new one.
                (Position::New(turn), _) if turn > own.last => own.sum(),
                // The first waiter of the only vector is the first of all.
                (Position::First(_), Some(_)) => 0.0,
                (Position::First(turn) | Position::At(turn) | Position::New(turn), _) => {
                    own.grow(turns);
                    own.tree.before(turn)
                }
            }
    }

    /// An upper bound of the amount that any waiter of a class or above it wants.
    pub(crate) fn largest(&self, class: Priority) -> f64 {
        let classes = self.0.iter().take((class as usize).saturating_add(1));
        classes.filter(|class| !class.is_empty()).map(|class| class.largest).fold(0.0, f64::max)
    }

    /// Adds the demand of a waiter at a new turn.
    pub(crate) fn insert<T: Iterator<Item = Turn>>(
        &mut self,
        turn: Turn,
        vector: VectorId,
        amount: f64,
        turns: impl Fn(VectorId) -> T,
    ) {
        let Some(own) = self.0.get_mut(turn.class() as usize) else { return };
        (own.largest, own.last) = match own.is_empty() {
            true => (amount, turn),
            false => (own.largest.max(amount), own.last.max(turn)),
        };
        match &mut own.uniform {
            Some(uniform) if uniform.vector == vector => {
                uniform.count = uniform.count.saturating_add(1)
            }
            None if own.tree.is_empty() => {
                own.uniform = Some(UniformDemand { vector, amount, count: NonZeroU32::MIN })
            }
            _ => {
                own.grow(turns);
                own.tree.insert(turn, amount);
            }
        }
    }

    /// Removes the demand of the waiter at a turn.
    pub(crate) fn remove(&mut self, turn: Turn) {
        let Some(own) = self.0.get_mut(turn.class() as usize) else { return };
        match own.uniform {
            Some(UniformDemand { count, .. }) => {
                let left = NonZeroU32::new(count.get().saturating_sub(1));
                own.uniform = own
                    .uniform
                    .zip(left)
                    .map(|(uniform, count)| UniformDemand { count, ..uniform });
            }
            None => own.tree.remove(turn),
        }
    }
}

impl ClassDemand {
    fn is_empty(&self) -> bool {
        self.uniform.is_none() && self.tree.is_empty()
    }

    fn sum(&self) -> f64 {
        match self.uniform {
            Some(UniformDemand { amount, count, .. }) => amount * f64::from(count.get()),
            None => self.tree.sum(),
        }
    }

    fn grow<T: Iterator<Item = Turn>>(&mut self, turns: impl Fn(VectorId) -> T) {
        if let Some(UniformDemand { vector, amount, .. }) = self.uniform.take() {
            turns(vector).for_each(|turn| self.tree.insert(turn, amount));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// All waiters: vectors by turn.
    type Naive = BTreeMap<Turn, VectorId>;

    fn amount(vector: VectorId) -> f64 {
        f64::from(vector.0) + 1.0
    }

    fn sum<'a>(entries: impl Iterator<Item = (&'a Turn, &'a VectorId)>) -> f64 {
        entries.map(|(_, &vector)| amount(vector)).sum()
    }

    fn check(demand: &mut Demand, naive: &Naive) {
        for class in Priority::ALL {
            let turns = |vector| {
                let of_vector = move |entry: &(&Turn, &VectorId)| {
                    entry.0.class() == class && *entry.1 == vector
                };
                naive.iter().filter(of_vector).map(|(&turn, _)| turn)
            };
            for new in [Turn::new(class, 3000), Turn::new(class, 20_000)] {
                let ahead = sum(naive.range(..new));
                assert_eq!(demand.ahead(class, Position::New(new), turns), ahead, "{new:?}");
            }
            for vector in (0..3).map(VectorId) {
                if let Some(turn) = turns(vector).next() {
                    let before = sum(naive.range(..turn));
                    assert_eq!(
                        demand.ahead(class, Position::First(turn), turns),
                        before,
                        "{turn:?}"
                    );
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
        for n in 0..6000 {
            // Phases with one vector and with more, in which the demand grows, shrinks, and becomes
            // empty.
            let (vectors, comes) = (1 + n / 100 % 3, n % 200 < 120);
            if comes && random(4) > 0 {
                let class = Priority::ALL[random(3) as usize];
                // Some waiters come in the middle, as their class was changed.
                let turn = Turn::new(class, if random(5) == 0 { random(6000) } else { 10_000 + n });
                let vector = VectorId(random(vectors) as u32);
                if naive.insert(turn, vector).is_none() {
                    demand.insert(turn, vector, amount(vector), |other| {
                        let of_other =
                            move |entry: &(&Turn, &VectorId)| *entry.0 != turn && *entry.1 == other;
                        naive
                            .iter()
                            .filter(of_other)
                            .filter(|(t, _)| t.class() == class)
                            .map(|(&turn, _)| turn)
                    });
                } else {
                    naive.remove(&turn);
                    demand.remove(turn);
                }
            } else if let Some(&turn) = naive.keys().nth(random(naive.len().max(1) as u64) as usize)
            {
                naive.remove(&turn);
                demand.remove(turn);
            }
            check(&mut demand, &naive);
        }
    }

    #[test]
    fn uniform_demand_grows_a_tree_when_asked_for_a_part() {
        let mut demand = Demand::default();
        let turn = |n| Turn::new(Priority::Low, n);
        (0..10).for_each(|n| demand.insert(turn(n), VectorId(7), 0.5, |_| std::iter::empty()));
        let turns = |vector| (0..10).filter(move |_| vector == VectorId(7)).map(turn);
        assert_eq!(demand.ahead(Priority::Low, Position::First(turn(0)), turns), 0.0);
        assert_eq!(demand.ahead(Priority::Low, Position::New(turn(10)), turns), 5.0);
        assert!(demand.0[2].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Low, Position::At(turn(4)), turns), 2.0);
        assert!(!demand.0[2].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Low, Position::New(turn(10)), turns), 5.0);
    }

    #[test]
    fn tree_and_largest_amount_are_dropped_when_the_class_is_empty() {
        let mut demand = Demand::default();
        let turn = |n| Turn::new(Priority::Normal, n);
        demand.insert(turn(0), VectorId(0), 1.0, |_| std::iter::empty());
        demand.insert(turn(1), VectorId(1), 7.0, |_| std::iter::once(turn(0)));
        assert!(!demand.0[1].tree.is_empty());
        demand.remove(turn(1));
        assert_eq!(Priority::ALL.map(|class| demand.largest(class)), [0.0, 7.0, 7.0]);
        demand.remove(turn(0));
        assert_eq!(demand.largest(Priority::Low), 0.0);
        demand.insert(turn(2), VectorId(1), 2.0, |_| std::iter::empty());
        assert!(demand.0[1].tree.is_empty());
        assert_eq!(
            demand.ahead(Priority::Normal, Position::New(turn(3)), |_| std::iter::empty()),
            2.0
        );
        assert_eq!(demand.largest(Priority::Low), 2.0);
    }
}
