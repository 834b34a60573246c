#![no_main]

use multi_throttler_fuzz::tickets::{Tickets, run};

libfuzzer_sys::fuzz_target!(|input: Tickets| run(&input));
