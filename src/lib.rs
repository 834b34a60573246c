//! Rate limiter: many limits at once, all or nothing. The engine is the crate
//! [`multi-throttler-engine`](multi_throttler_engine), whose items are re-exported here; on wasm32
//! this crate adds the class that the npm package of the same name wraps.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use multi_throttler_engine::*;
