//! The first waiters in the order of turns, each planned for an instant.

use crate::collections::cost_vectors::VectorId;
use crate::queue::Turn;
use crate::request::Priority;

/// One of the first waiters. It is in no lane's list while it has a reservation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reservation {
    pub(super) turn: Turn,
    pub(super) index: u32,
    pub(super) vector: VectorId,
    /// The instant for which the waiter is planned; infinite if that is unknown.
    pub(super) at: f64,
    /// The instant at which the waiter has to be checked.
    pub(super) due: f64,
}

/// The first waiters in the order of turns. Those before `planned` have their costs in the plans of
/// the rules; of these, the instants of those before `valid` still hold.
#[derive(Clone, Debug)]
pub(super) struct Reservations {
    most: usize,
    pub(super) list: Vec<Reservation>,
    pub(super) planned: usize,
    pub(super) valid: usize,
    /// Whether a change has voided instants, so that waiters have to be checked at once.
    pub(super) is_stale: bool,
    /// A lower bound of the instants at which planned waiters have to be checked, and whether it is
    /// one of them.
    next_due: f64,
    is_exact: bool,
    /// Whether a planned waiter may have to be checked before the instant of its grant is known.
    has_checks: bool,
}

impl Reservations {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            list: Vec::new(),
            planned: 0,
            valid: 0,
            is_stale: false,
            next_due: f64::INFINITY,
            is_exact: true,
            has_checks: false,
        }
    }

    /// The largest number of reservations.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= self.most
    }

    /// The number of reservations before a turn.
    pub(super) fn before(&self, turn: Turn) -> usize {
        self.list.partition_point(|reservation| reservation.turn < turn)
    }

    /// The index of the reservation at a turn.
    pub(super) fn find(&self, turn: Turn) -> Option<usize> {
        let index = self.before(turn);
        self.list.get(index).filter(|reservation| reservation.turn == turn).map(|_| index)
    }

    /// The turns of the waiters of a lane that have reservations.
    pub(super) fn turns_of(&self, vector: VectorId, class: Priority) -> impl Iterator<Item = Turn> {
        let turns =
            self.list.iter().filter(move |each| each.vector == vector).map(|each| each.turn);
        turns.filter(move |turn| turn.class() == class)
    }

    /// Voids the instants from an index on.
    pub(super) fn void_from(&mut self, index: usize) {
        self.valid = self.valid.min(index);
    }

    /// Voids the instants from an index on, as waiters may be granted sooner. They are planned when
    /// the schedule is asked for the next one, so that many changes cost one planning.
    pub(super) fn free_from(&mut self, index: usize) {
        self.void_from(index);
        self.is_stale |= index < self.list.len();
    }

    /// Records the instants of the waiter at an index, all waiters before it being planned.
    pub(super) fn plan(&mut self, index: usize, at: f64, due: f64) {
        if let Some(reservation) = self.list.get_mut(index) {
            (reservation.at, reservation.due) = (at, due);
        }
        self.next_due = self.next_due.min(due);
        self.has_checks = (self.has_checks && index > 0) || due < at;
        self.planned = index.saturating_add(1);
        self.valid = self.planned;
    }

    /// Records that the plan of a waiter was dropped.
    pub(super) fn unplan(&mut self, due: f64) {
        self.is_exact &= due > self.next_due;
    }

    /// The earliest instant at which a planned waiter has to be checked.
    pub(super) fn due(&mut self) -> f64 {
        if !self.is_exact {
            let planned = self.list.iter().take(self.planned);
            self.next_due = planned.map(|each| each.due).fold(f64::INFINITY, f64::min);
            self.is_exact = true;
        }
        self.next_due
    }

    /// The first waiter that has to be checked by `now`.
    pub(super) fn first_due(&mut self, now: f64) -> Option<(usize, Reservation)> {
        if self.due() > now {
            return None;
        }
        self.list.iter().copied().enumerate().find(|(_, each)| each.due <= now)
    }

    /// Voids the instants from the first waiter on that was due before `now` and has not been
    /// granted, or has to be planned again.
    pub(super) fn void_late(&mut self, now: f64) {
        if self.next_due > now || (self.next_due == now && !self.has_checks) {
            return;
        }
        let is_late = |each: &Reservation| each.due < now || (each.at > now && each.due <= now);
        let late = self.list.iter().take(self.valid).position(is_late);
        self.valid = late.unwrap_or(self.valid);
    }
}
