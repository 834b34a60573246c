//! The script in Redis against the ledger. tests/shared/counts.txt has what the script gave and
//! counted in random sequences of calls; tests/shared/counts.test.mjs records it on a real server,
//! and fails if the script counts otherwise by now.

use multi_throttler_engine::ledger::{Call, Counting, Ledger, Settlement, SharedRule, Times};

const RECORDED: &str = include_str!("../../shared/counts.txt");

/// Rounding of sums, in tokens.
const ROUNDING: f64 = 1e-6;

/// A call of the script, with what it gave and what it said remains.
#[derive(Default)]
struct Step {
    now: f64,
    process: u64,
    settlements: Vec<Settlement>,
    given: Vec<(u64, usize, f64, f64)>,
    left: Vec<(usize, f64)>,
}

struct Sequence {
    name: String,
    lease: f64,
    rules: Vec<SharedRule>,
    steps: Vec<Step>,
}

fn numbers(line: &str) -> Vec<f64> {
    line.split(' ').skip(1).map(|text| text.parse().unwrap()).collect()
}

fn rule(numbers: &[f64]) -> SharedRule {
    let &[kind, limit, interval, jitter, rate] = numbers else { panic!("no rule") };
    let counting = match kind as u8 {
        1 => Counting::Rolling(interval),
        2 => Counting::Bucket(rate),
        3 => Counting::Fixed(interval),
        _ => Counting::FirstRequest(interval),
    };
    SharedRule { counting, limit, jitter }
}

fn recorded() -> Vec<Sequence> {
    let mut sequences: Vec<Sequence> = Vec::new();
    for line in RECORDED.lines() {
        let found = numbers(line);
        let name = line.split(' ').next().unwrap();
        if name == "sequence" {
            let (name, lease) = (line.to_owned(), found[1]);
            sequences.push(Sequence { name, lease, rules: vec![], steps: vec![] });
            continue;
        }
        let sequence = sequences.last_mut().unwrap();
        match (name, found.as_slice()) {
            ("rule", numbers) => sequence.rules.push(rule(numbers)),
            ("call", &[now, process]) => {
                sequence.steps.push(Step { now, process: process as u64, ..Step::default() });
            }
            (_, numbers) => {
                let step = sequence.steps.last_mut().unwrap();
                match (name, numbers) {
                    ("settle", &[claim, rule, spent, spent_at]) => {
                        let (claim, rule) = (claim as u64, rule as usize);
                        step.settlements.push(Settlement { claim, rule, spent, spent_at });
                    }
                    ("give", &[claim, rule, amount, until]) => {
                        step.given.push((claim as u64, rule as usize, amount, until));
                    }
                    ("left", &[rule, left]) => step.left.push((rule as usize, left)),
                    _ => panic!("unknown line: {line}"),
                }
            }
        }
    }
    sequences
}

/// Whether a claim ends in other fixed windows than those in which it begins. The script counts it
/// in all of them; the ledger gives no such claim.
fn crosses(rule: &SharedRule, since: f64, until: f64) -> bool {
    let Counting::Fixed(interval) = rule.counting else { return false };
    let touched = |at: f64| {
        (((at - rule.jitter) / interval).floor(), ((at + rule.jitter) / interval).floor())
    };
    touched(since) != touched(until)
}

#[test]
fn script_counts_as_the_ledger() {
    let mut compared = [0; 4];
    for Sequence { name, lease, rules, steps } in recorded() {
        let times = Times { lease, timeout: 250.0, recovery: 0.0 };
        let mut ledger = Ledger::new(rules.clone(), times);
        let mut has_crossed = vec![false; rules.len()];
        let mut call = Call {
            process: 0,
            number: 0,
            epoch: f64::NEG_INFINITY,
            spent: vec![],
            settlements: vec![],
            demand: vec![],
            wishes: vec![],
        };
        ledger.call(&call, steps[0].now);
        call.epoch = ledger.epoch();
        for (number, step) in steps.iter().enumerate() {
            let settlements = step.settlements.clone();
            let number = number as u64 + 1;
            call = Call { process: step.process, number, settlements, ..call };
            ledger.call(&call, step.now);
            for &(claim, rule, amount, until) in &step.given {
                has_crossed[rule] |= crosses(&rules[rule], step.now, until);
                ledger.adopt(claim, step.process, (rule, amount, until));
            }
            for &(at, left) in &step.left {
                let rule = &rules[at];
                let expected = (rule.capacity() - ledger.used(at)).max(0.0);
                let what = format!("{name}, call {number} at {}, {rule:?}", step.now);
                assert!(left <= expected + ROUNDING, "{what}: {left} left, not {expected}");
                // The script gives nothing while the first claim of a window is open, nor after a
                // lapse of it until the window is over; and it counts what crosses in more windows.
                let (kind, is_exact) = match rule.counting {
                    Counting::FirstRequest(_) => (0, left > 0.0),
                    Counting::Fixed(_) => (1, !has_crossed[at]),
                    Counting::Rolling(_) => (2, true),
                    _ => (3, true),
                };
                if is_exact {
                    assert!(left >= expected - ROUNDING, "{what}: {left} left, not {expected}");
                    compared[kind] += 1;
                }
            }
        }
    }
    assert!(compared.iter().all(|&count| count > 100), "{compared:?} counts compared");
}
