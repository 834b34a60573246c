//! Where a host writes what a request costs.

use std::cell::Cell;
use std::iter::zip;

use multi_throttler_engine::Slot;

/// How many costs of one request fit in.
const COSTS: usize = 32;

/// The costs of the request that is being submitted: for each the slot of its rule and an amount, written through views
/// over this instance's memory, which is the cheapest way for numbers to cross. They are apart, as requests
/// name the same rules time and again: then only the amounts are written.
pub(super) struct Buffer {
    slots: [Cell<u32>; COSTS],
    amounts: [Cell<f64>; COSTS],
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self { slots: [const { Cell::new(0) }; COSTS], amounts: [const { Cell::new(0.0) }; COSTS] }
    }

    /// The first costs.
    #[inline(always)]
    pub(super) fn first(&self, count: usize) -> impl Iterator<Item = (Slot, f64)> + Clone {
        let slots = self.slots.iter().map(|slot| Slot::from_index(slot.get()));
        zip(slots, self.amounts.iter().map(Cell::get)).take(count)
    }

    /// The address of the slots.
    pub(super) fn slots(&self) -> *const u32 {
        self.slots.as_ptr().cast()
    }

    /// The address of the amounts.
    pub(super) fn amounts(&self) -> *const f64 {
        self.amounts.as_ptr().cast()
    }
}
