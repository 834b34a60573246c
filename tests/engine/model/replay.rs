//! A long run from a fixed seed, boiled down to one number: the same natively and in wasm.

include!("../../replay.rs");

#[test]
fn gives_the_known_grants() {
    assert_eq!(replay(), REPLAY);
}
