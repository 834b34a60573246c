//! What waiting requests want of one rule.
//!
//! A line of requests of the same costs, which is what most queues are, wants a number of times an amount. Only when
//! another costs something else is it added up who comes before whom, in a tree that each class of each rule grows by
//! itself and keeps until nobody of the class waits: so whoever waits is put into it at most once.

use std::num::NonZeroU32;

use super::sum_tree::SumTree;
use crate::collections::cost_vectors::VectorId;
use crate::queue::Turn;
use crate::request::Priority;

/// Where a request stands among those of its class.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position {
    /// It waits at this turn, and is the first of its cost vector.
    First(Turn),
    /// It waits at this turn, or did until now.
    At(Turn),
    /// It comes now: behind all that wait.
    Last,
}

/// What is wanted of one rule, by class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand([ClassDemand; 3]);

#[derive(Clone, Debug, Default)]
struct ClassDemand {
    uniform: Option<UniformDemand>,
    /// Empty while all are alike.
    tree: SumTree,
}

/// Requests of one vector.
#[derive(Clone, Copy, Debug)]
struct UniformDemand {
    vector: VectorId,
    amount: f64,
    count: NonZeroU32,
}

impl Demand {
    /// What those want that come before a request of this class. `turns` are those of all requests of a vector in it.
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
                (Position::Last, _) => own.sum(),
                // The first of the only vector is the first of all.
                (Position::First(_), Some(_)) => 0.0,
                (Position::First(turn) | Position::At(turn), _) => {
                    own.grow(turns);
                    own.tree.before(turn)
                }
            }
    }

    /// Adds what a request of a vector wants, at a turn that is not there yet.
    pub(crate) fn insert<T: Iterator<Item = Turn>>(
        &mut self,
        turn: Turn,
        vector: VectorId,
        amount: f64,
        turns: impl Fn(VectorId) -> T,
    ) {
        let Some(own) = self.0.get_mut(turn.class() as usize) else { return };
        match &mut own.uniform {
            Some(uniform) if uniform.vector == vector => uniform.count = uniform.count.saturating_add(1),
            None if own.tree.is_empty() => {
                own.uniform = Some(UniformDemand { vector, amount, count: NonZeroU32::MIN })
            }
            _ => {
                own.grow(turns);
                own.tree.insert(turn, amount);
            }
        }
    }

    /// Removes what the request at a turn wanted.
    pub(crate) fn remove(&mut self, turn: Turn) {
        let Some(own) = self.0.get_mut(turn.class() as usize) else { return };
        match own.uniform {
            Some(UniformDemand { count, .. }) => {
                let left = NonZeroU32::new(count.get().saturating_sub(1));
                own.uniform =
                    own.uniform.zip(left).map(|(uniform, count)| UniformDemand { count, ..uniform });
            }
            None => own.tree.remove(turn),
        }
    }
}

impl ClassDemand {
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

    /// All that is there: vectors by turn.
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
                let of_vector =
                    move |entry: &(&Turn, &VectorId)| entry.0.class() == class && *entry.1 == vector;
                naive.iter().filter(of_vector).map(|(&turn, _)| turn)
            };
            let up_to_here = naive.iter().filter(|(turn, _)| turn.class() <= class);
            assert_eq!(demand.ahead(class, Position::Last, turns), sum(up_to_here), "{class:?}");
            for vector in (0..3).map(VectorId) {
                if let Some(turn) = turns(vector).next() {
                    let before = sum(naive.range(..turn));
                    assert_eq!(demand.ahead(class, Position::First(turn), turns), before, "{turn:?}");
                }
            }
        }
    }

    #[test]
    fn tells_what_all_ahead_want_whoever_comes_and_goes() {
        let mut seed = 1_u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let (mut demand, mut naive) = (Demand::default(), Naive::new());
        for n in 0..6000 {
            // Phases of one vector and of more, in which it grows, shrinks, and becomes empty.
            let (vectors, comes) = (1 + n / 100 % 3, n % 200 < 120);
            if comes && random(4) > 0 {
                let class = Priority::ALL[random(3) as usize];
                // Some come in the middle, as their class was changed.
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
            } else if let Some(&turn) = naive.keys().nth(random(naive.len().max(1) as u64) as usize) {
                naive.remove(&turn);
                demand.remove(turn);
            }
            check(&mut demand, &naive);
        }
    }

    #[test]
    fn a_sum_inside_of_those_who_are_alike_is_added_up_when_it_is_asked_for() {
        let mut demand = Demand::default();
        let turn = |n| Turn::new(Priority::Low, n);
        (0..10).for_each(|n| demand.insert(turn(n), VectorId(7), 0.5, |_| std::iter::empty()));
        let turns = |vector| (0..10).filter(move |_| vector == VectorId(7)).map(turn);
        assert_eq!(demand.ahead(Priority::Low, Position::First(turn(0)), turns), 0.0);
        assert_eq!(demand.ahead(Priority::Low, Position::Last, turns), 5.0);
        assert!(demand.0[2].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Low, Position::At(turn(4)), turns), 2.0);
        assert!(!demand.0[2].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Low, Position::Last, turns), 5.0);
    }

    #[test]
    fn a_tree_is_given_up_when_nobody_of_the_class_waits() {
        let mut demand = Demand::default();
        let turn = |n| Turn::new(Priority::Normal, n);
        demand.insert(turn(0), VectorId(0), 1.0, |_| std::iter::empty());
        demand.insert(turn(1), VectorId(1), 2.0, |_| std::iter::once(turn(0)));
        assert!(!demand.0[1].tree.is_empty());
        (0..2).for_each(|n| demand.remove(turn(n)));
        demand.insert(turn(2), VectorId(1), 2.0, |_| std::iter::empty());
        assert!(demand.0[1].tree.is_empty());
        assert_eq!(demand.ahead(Priority::Normal, Position::Last, |_| std::iter::empty()), 2.0);
    }
}
