//! Waiters and held permits.

mod cancel;
mod deadline;
mod lease;
mod max_wait;
mod overflow;
mod permits;
mod refund;
mod swept_costs;
