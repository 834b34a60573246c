//! A long run from a fixed seed, reduced to one number that is the same natively and in wasm.

include!("../../replay.rs");

#[test]
fn recorded_run_is_reproduced() {
    assert_eq!(replay(), REPLAY);
}
