//! What waiting requests want of one rule.
//!
//! A line of requests of the same costs, which is what most queues are, wants a number of times an amount. Only when
//! another costs something else is it added up who comes before whom, in a tree that each class of each rule grows by
//! itself and keeps until nobody of the class waits: so whoever waits is put into it at most once.

mod tree;

use crate::cost::VectorId;
use crate::queue::{Priority, Turn};
use tree::Tree;

/// Where a request stands among those of its class.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing {
    /// It waits at this turn, and is the first of this cost vector.
    First(VectorId, Turn),
    /// It waits at this turn, or did until now.
    At(Turn),
    /// It comes now: behind all that wait.
    Last,
}

/// What is wanted of one rule, by class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims([OfClass; 3]);

#[derive(Clone, Debug, Default)]
struct OfClass {
    alike: Option<Alike>,
    /// Empty while all are alike.
    tree: Tree,
}

/// Requests of one vector.
#[derive(Clone, Copy, Debug)]
struct Alike {
    vector: VectorId,
    amount: f64,
    count: u32,
}

impl Claims {
    /// What those want that come before a request of this class. `turns` are those of all requests of a vector in it.
    pub(crate) fn ahead<T: Iterator<Item = Turn>>(
        &mut self,
        class: Priority,
        standing: Standing,
        turns: impl Fn(VectorId) -> T,
    ) -> f64 {
        let above: f64 = self.0.iter().take(class as usize).map(OfClass::sum).sum();
        let Some(own) = self.0.get_mut(class as usize) else { return above };
        above
            + match (standing, own.alike) {
                (Standing::Last, _) => own.sum(),
                (Standing::First(vector, _), Some(alike)) if alike.vector == vector => 0.0,
                (Standing::First(_, turn) | Standing::At(turn), _) => {
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
        match &mut own.alike {
            Some(alike) if alike.vector == vector => alike.count = alike.count.saturating_add(1),
            None if own.tree.is_empty() => own.alike = Some(Alike { vector, amount, count: 1 }),
            _ => {
                own.grow(turns);
                own.tree.insert(turn, amount);
            }
        }
    }

    /// Removes what the request at a turn wanted.
    pub(crate) fn remove(&mut self, turn: Turn) {
        let Some(own) = self.0.get_mut(turn.class() as usize) else { return };
        match &mut own.alike {
            Some(alike) if alike.count > 1 => alike.count = alike.count.saturating_sub(1),
            Some(_) => own.alike = None,
            None => own.tree.remove(turn),
        }
    }
}

impl OfClass {
    fn sum(&self) -> f64 {
        match self.alike {
            Some(Alike { amount, count, .. }) => amount * f64::from(count),
            None => self.tree.sum(),
        }
    }

    fn grow<T: Iterator<Item = Turn>>(&mut self, turns: impl Fn(VectorId) -> T) {
        if let Some(Alike { vector, amount, .. }) = self.alike.take() {
            turns(vector).for_each(|turn| self.tree.insert(turn, amount));
        }
    }
}
