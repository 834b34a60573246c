//! The fuzz targets, without libFuzzer: `tests/fuzz.rs` runs them on any toolchain.
//!
//! Each target is a module with a type of input, which is decoded from bytes, and a function that
//! panics if the engine breaks a promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]

pub mod input;
pub mod ledger;
pub mod operations;
pub mod rule_fields;
pub mod setting;
pub mod shape;
pub mod steps;
pub mod tickets;
