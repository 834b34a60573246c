//! The engine on virtual time, in the folders of its source. `model/` compares it with models.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]

mod engine;
mod ledger;
mod limit;
mod model;
mod numeric;
mod queue;
mod request;
mod rules;
mod schedule;
mod server;
mod snapshot;
mod support;
