//! What the fuzz targets do, apart from libFuzzer: `tests/fuzz.rs` runs the same on any toolchain.
//!
//! Each target is a module. It has a type of input, which is made of bytes, and a function that panics where
//! the engine breaks a promise.
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
