//! Measures the engine's calls natively, and their growth with the number of waiters. `cargo bench`
//! runs all groups, `cargo bench -- --quick` runs them in less than three minutes, `cargo bench --
//! wake-up` runs one.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, missing_docs)]

mod acquire;
mod backlog;
mod estimate;
mod growth;
mod queue;
mod wake_up;

use std::time::Duration;

use criterion::Criterion;

fn main() {
    // Few samples suffice, as each is a mean of many calls, and there are a hundred figures.
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    acquire::bench(&mut criterion);
    queue::bench(&mut criterion);
    wake_up::bench(&mut criterion);
    estimate::bench(&mut criterion);
    criterion.final_summary();
    growth::print();
}
