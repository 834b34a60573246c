//! Runs the fuzz targets on any toolchain, for a second: all saved inputs, and some thousand from a
//! fixed seed. `npm run fuzz` searches for more inputs with libFuzzer.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use targets::{operations, rule_fields, tickets};

/// Bytes, shown as the input that the target decodes from them.
#[derive(Clone)]
struct Input<T>(Vec<u8>, Option<T>);

impl<T: for<'a> Arbitrary<'a>> Input<T> {
    fn new(bytes: Vec<u8>) -> Self {
        let input = T::arbitrary_take_rest(Unstructured::new(&bytes)).ok();
        Self(bytes, input)
    }
}

impl<T: fmt::Debug> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}\n(bytes {:02x?})", self.1, self.0)
    }
}

/// Saved inputs that together reach much code. The file has a line of hexadecimal digits for each.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let file = folder().join("seeds").join(target).with_extension("txt");
    let digits = |line: &str| {
        (0..line.len()).step_by(2).map(|at| line[at..at + 2].to_owned()).collect::<Vec<_>>()
    };
    let bytes =
        |line: &str| digits(line).iter().map(|two| u8::from_str_radix(two, 16).unwrap()).collect();
    fs::read_to_string(file).unwrap().lines().map(bytes).collect()
}

/// Inputs that once broke the engine.
fn regressions(target: &str) -> Vec<Vec<u8>> {
    // Without regressions there is no folder.
    let Ok(entries) = fs::read_dir(folder().join("regressions").join(target)) else {
        return Vec::new();
    };
    entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Random bytes, or the start of one seed and the end of another, with some bytes changed.
fn bytes(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let random = prop::collection::vec(any::<u8>(), 0..600);
    let seeds = prop::sample::select(seeds);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let spliced =
        (seeds.clone(), seeds, any::<prop::sample::Index>(), any::<prop::sample::Index>(), edits)
            .prop_map(|(mut head, tail, at, from, edits)| {
                head.truncate(at.index(head.len() + 1));
                head.extend(&tail[from.index(tail.len() + 1)..]);
                let edits = if head.is_empty() { Vec::new() } else { edits };
                for (place, byte) in edits {
                    let place = place.index(head.len());
                    head[place] = byte;
                }
                head
            });
    prop_oneof![random, spliced]
}

fn smoke<T: for<'a> Arbitrary<'a> + fmt::Debug + Clone>(target: &str, cases: u32, run: fn(&T)) {
    let seeds = seeds(target);
    for bytes in regressions(target).iter().chain(&seeds) {
        let input: Input<T> = Input::new(bytes.clone());
        // Shown only if the test fails, or if it hangs under `--nocapture`.
        println!("{input:?}");
        input.1.iter().for_each(run);
    }
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let inputs = bytes(seeds).prop_map(Input::new);
    let outcome = TestRunner::new_with_rng(config, rng).run(&inputs, |input: Input<T>| {
        input.1.iter().for_each(run);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn operations_agree_with_the_ledger() {
    smoke("operations", 5_000, |input| {
        assert_eq!(operations::answers(input), operations::answers(input), "results differ");
    });
}

#[test]
fn fields_make_a_working_rule_or_a_clear_error() {
    smoke("rule_fields", 20_000, rule_fields::run);
}

#[test]
fn numbers_find_their_ticket_and_slot_or_none() {
    smoke("tickets", 5_000, tickets::run);
}
