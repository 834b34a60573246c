//! The order in which waiters are served.

use crate::collections::lazy_heap::{HeapEntry, Packed};
use crate::request::{Priority, Rank, Standing};

/// The sort key of a waiter: class, then rank, then arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn(u64);

/// The class takes the upper two bits, and the number of ranks above the waiter's the next eleven.
/// At a million waiters each second, 2^51 arrivals take 71 years.
const CLASS_SHIFT: u32 = 62;
const RANK_SHIFT: u32 = 51;
const ARRIVALS: u64 = (1 << RANK_SHIFT) - 1;

impl Turn {
    /// The turn before all others.
    pub(crate) const FIRST: Turn = Turn(0);

    pub(crate) fn new(standing: impl Into<Standing>, arrival: u64) -> Self {
        let Standing { class, rank } = standing.into();
        let (class, rank) = (class as u64, u64::from(rank.above()));
        Self((class << CLASS_SHIFT) | (rank << RANK_SHIFT) | (arrival & ARRIVALS))
    }

    /// The turn of the same waiter in another class and rank.
    pub(crate) fn with(self, standing: impl Into<Standing>) -> Self {
        Self::new(standing, self.arrival())
    }

    /// The class and the rank.
    pub(super) fn standing(self) -> Standing {
        Standing { class: self.class(), rank: self.rank() }
    }

    /// The turn as a number: the lower, the earlier.
    pub(crate) fn order(self) -> u64 {
        self.0
    }

    /// The turn of an [`order`](Turn::order).
    pub(crate) fn of_order(order: u64) -> Self {
        Self(order)
    }

    /// Whether the waiter has another rank than the default one.
    pub(crate) fn is_ranked(self) -> bool {
        self.rank() != Rank::DEFAULT
    }

    /// The class and the rank as one number: the higher, the later such waiters are served.
    pub(super) fn level(self) -> u64 {
        self.0 >> RANK_SHIFT
    }

    /// The place in an order that has the last turn first.
    pub(super) fn last_first(self) -> u64 {
        !self.0
    }

    /// The place in an order that has the lowest rank of the lowest class first, and of these the
    /// first turn.
    pub(super) fn oldest_of_lowest_first(self) -> u64 {
        self.0 ^ !ARRIVALS
    }

    pub(crate) fn class(self) -> Priority {
        match self.0 >> CLASS_SHIFT {
            0 => Priority::Critical,
            1 => Priority::Normal,
            _ => Priority::Low,
        }
    }

    pub(crate) fn rank(self) -> Rank {
        Rank::below_highest(((self.0 << 2) >> (RANK_SHIFT + 2)) as u16)
    }

    /// The number of requests that were submitted before the waiter.
    pub(crate) fn arrival(self) -> u64 {
        self.0 & ARRIVALS
    }
}

/// Names a waiter at its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueEntry {
    pub(crate) turn: Turn,
    pub(crate) index: u32,
    /// The number of moves to another turn that the waiter had made.
    pub(crate) moves: u32,
}

impl HeapEntry for QueueEntry {
    #[inline]
    fn pack(self) -> Packed {
        Packed::by_order(self.turn.order(), self.index, self.moves)
    }

    #[inline]
    fn unpack(Packed { order, index, number, .. }: Packed) -> Self {
        Self { turn: Turn::of_order(order), index, moves: number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(class: Priority, rank: f64, arrival: u64) -> Turn {
        Turn::new(Standing { class, rank: Rank::new(rank).unwrap() }, arrival)
    }

    #[test]
    fn class_comes_before_rank_and_rank_before_arrival() {
        let order = [
            turn(Priority::Critical, 1000.0, u64::MAX),
            turn(Priority::Critical, -1000.0, 0),
            turn(Priority::Normal, 1.0, 9),
            turn(Priority::Normal, 0.0, 1),
            turn(Priority::Normal, 0.0, 2),
            turn(Priority::Normal, -1.0, 0),
            turn(Priority::Low, 1000.0, 0),
            turn(Priority::Low, -1000.0, ARRIVALS),
        ];
        assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
        assert!(Turn::FIRST < order[0]);
        let classes: Vec<_> = order.iter().map(|turn| turn.class() as u8).collect();
        assert_eq!(classes, [0, 0, 1, 1, 1, 1, 2, 2]);
        let ranks: Vec<_> = order.iter().map(|turn| turn.rank().number()).collect();
        assert_eq!(ranks, [1000, -1000, 1, 0, 0, -1, 1000, -1000]);
        assert_eq!(order.map(Turn::arrival), [ARRIVALS, 0, 9, 1, 2, 0, 0, ARRIVALS]);
        let ranked: Vec<_> = order.iter().map(|turn| turn.is_ranked()).collect();
        assert_eq!(ranked, [true, true, true, false, false, true, true, true]);
        assert_eq!(Turn::new(Priority::Low, 3), turn(Priority::Low, 0.0, 3));
    }

    #[test]
    fn victims_are_ordered_by_class_and_rank_from_the_lowest() {
        let turns = [
            turn(Priority::Low, -5.0, 4),
            turn(Priority::Low, -5.0, 3),
            turn(Priority::Low, 5.0, 9),
            turn(Priority::Normal, -5.0, 8),
            turn(Priority::Normal, -5.0, 1),
        ];
        assert!(turns.is_sorted_by_key(|turn| turn.last_first()));
        let mut oldest = turns;
        oldest.sort_by_key(|turn| turn.oldest_of_lowest_first());
        assert_eq!(oldest, [turns[1], turns[0], turns[2], turns[4], turns[3]]);
    }
}
