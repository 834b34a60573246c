#![no_main]

use multi_throttler_fuzz::operations::{Operations, answers};

libfuzzer_sys::fuzz_target!(|input: Operations| {
    answers(&input);
});
