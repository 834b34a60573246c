#![no_main]

use multi_throttler_fuzz::rule_fields::{RuleFields, run};

libfuzzer_sys::fuzz_target!(|input: RuleFields| run(&input));
