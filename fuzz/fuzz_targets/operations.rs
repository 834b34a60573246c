#![no_main]

use multi_throttler_fuzz::operations::{Operations, run};

libfuzzer_sys::fuzz_target!(|input: Operations| run(&input));
