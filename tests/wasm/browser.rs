//! Tests of the exported class in a browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

include!("cases.rs");
