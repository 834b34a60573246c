//! Numbers that cross between the host and the engine.
//!
//! `ts/core/protocol.ts` has the constants under the same names; `tests/ts/core/protocol.test.ts`
//! compares the two.

use std::cell::Cell;
use std::iter::zip;

use multi_throttler_engine::Slot;

/// Answer to a submitted request: granted, and no permit was asked for.
pub(super) const GRANTED: f64 = -1.0;
/// Answer to a submitted request: rejected; `takeError` has the error.
pub(super) const REJECTED: f64 = -2.0;
/// Answer to a submitted request: its slots may stand for other rules by now, so nothing was done.
pub(super) const STALE: f64 = -3.0;
/// Answer to a submitted request: this number minus the ticket of a permit that is held without a
/// wait.
pub(super) const HELD_AT_ONCE: f64 = -16.0;
// Any answer of 0 or more is the ticket of a waiter, or of a permit that is held after a wait.

// The methods behind the door `call`.
pub(super) const ADD_RULE: u32 = 0;
pub(super) const UPDATE_RULE: u32 = 1;
pub(super) const REMOVE_RULE: u32 = 2;
pub(super) const GET_STATUS: u32 = 3;
pub(super) const RESET: u32 = 4;
pub(super) const SET_TOKENS: u32 = 5;
pub(super) const PAUSE: u32 = 6;
pub(super) const RESUME: u32 = 7;
pub(super) const SET_MODE: u32 = 8;
pub(super) const MODE: u32 = 9;
pub(super) const REPORT: u32 = 10;
pub(super) const SYNC_USAGE: u32 = 11;
pub(super) const SYNC_CLOCK: u32 = 12;
pub(super) const SNAPSHOT: u32 = 13;
pub(super) const RESTORE: u32 = 14;
pub(super) const TRY_THROTTLE: u32 = 15;
pub(super) const ESTIMATE_WAIT: u32 = 16;
pub(super) const SET_PRIORITY: u32 = 17;
pub(super) const GET_QUEUE_LENGTH: u32 = 18;
pub(super) const CLEAR: u32 = 19;
pub(super) const CLOSE: u32 = 20;
pub(super) const GET_STATS: u32 = 21;
pub(super) const WATCH: u32 = 22;
pub(super) const TAKE_EVENTS: u32 = 23;
pub(super) const ADD_TOKENS: u32 = 24;
pub(super) const TRY_ACQUIRE: u32 = 25;
pub(super) const GET_LOAD: u32 = 26;
pub(super) const CONFIGURE: u32 = 27;
pub(super) const LEASE: u32 = 28;
pub(super) const HOLD: u32 = 29;
pub(super) const HELD: u32 = 30;
pub(super) const WAITING: u32 = 31;
pub(super) const LONGEST_WAITS: u32 = 32;

/// Number of costs that fit into the cost buffer.
pub(super) const COST_BUFFER_LENGTH: usize = 32;

/// Number of numbers that fit into the report buffer.
pub(super) const REPORT_BUFFER_LENGTH: usize = 64;
/// Numbers of a report that stand before its usage: status, retryAfter, date and permit.
pub(super) const REPORT_HEAD: usize = 4;
/// Numbers of the usage of one rule: rule, used, remaining, limit, resetAt, resetIn and exact.
pub(super) const USAGE_NUMBERS: usize = 7;

/// The costs of the request that is being submitted: the slots of its rules, followed by the
/// amounts. The host writes them through views over this instance's memory, which is the cheapest
/// way for numbers to cross. Slots and amounts are apart because consecutive requests name the same
/// rules: then only the amounts are written.
#[repr(C)]
pub(super) struct CostBuffer {
    slots: [Cell<u32>; COST_BUFFER_LENGTH],
    amounts: [Cell<f64>; COST_BUFFER_LENGTH],
}

impl CostBuffer {
    pub(super) fn new() -> Self {
        Self {
            slots: [const { Cell::new(0) }; COST_BUFFER_LENGTH],
            amounts: [const { Cell::new(0.0) }; COST_BUFFER_LENGTH],
        }
    }

    /// Returns the first `count` costs.
    #[inline(always)]
    pub(super) fn first(&self, count: usize) -> impl Iterator<Item = (Slot, f64)> + Clone {
        let slots = self.slots.iter().map(|slot| Slot::from_index(slot.get()));
        zip(slots, self.amounts.iter().map(Cell::get)).take(count)
    }

    /// Returns the address of the slots: `COST_BUFFER_LENGTH` numbers of 32 bits, followed by the
    /// same number of amounts of 64 bits.
    pub(super) fn address(&self) -> *const u32 {
        self.slots.as_ptr().cast()
    }
}
