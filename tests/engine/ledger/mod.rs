//! The ledger that counts for several processes, and the claims of each.

mod holder;
mod model;
mod protocol;
mod script;
mod simulation;
