//! How long the engine's calls take natively, and how that grows with what waits. `cargo bench` runs all,
//! `cargo bench -- --quick` in less than three minutes, `cargo bench -- wake-up` one group.
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
    // Each figure is a mean of many calls anyway, and there are a hundred of them.
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
