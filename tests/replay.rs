// Included by the native tests and by those in wasm: the same calls with the same times give the same grants, to the
// last bit, wherever the engine runs.

use multi_throttler::{Costs as ReplayCosts, Engine as ReplayEngine, Options as ReplayOptions};
use multi_throttler::{Priority as ReplayPriority, Rule as ReplayRule, Submission as ReplaySubmission};
use multi_throttler::{Slot as ReplaySlot, TokenBucket as ReplayBucket};

/// What `replay()` gives everywhere.
const REPLAY: u64 = 8_237_414_543_981_211_380;

/// A small generator of numbers from 0 to 1 (the xorshift64* of Vigna, An experimental exploration of Marsaglia's
/// xorshift generators, 2016).
fn random(state: &mut u64) -> f64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// Runs 100 000 random calls and folds each outcome and each due instant into one number.
fn replay() -> u64 {
    let mut seed = 0x9E37_79B9_7F4A_7C15;
    let mut digest = 0xCBF2_9CE4_8422_2325_u64;
    let mut fold = |bits: u64| digest = (digest ^ bits).wrapping_mul(0x0100_0000_01B3).rotate_left(23);
    let mut engine = ReplayEngine::default();
    for (id, capacity, rate) in [("a", 40.0, 1.0 / 7.0), ("b", 1000.0, 0.731), ("c", 3.5, 0.01)] {
        if let Ok(rule) = ReplayBucket::new(capacity, rate).and_then(|limit| ReplayRule::new(id, limit)) {
            engine.add_rule(rule, 0.0);
        }
    }
    let mut now = 0.0;
    let mut last = None;
    for _ in 0..100_000 {
        now += random(&mut seed) * 30.0;
        while let Some((ticket, outcome)) = engine.poll(now) {
            fold(ticket.to_f64().to_bits() ^ u64::from(outcome.is_ok()));
        }
        let mut costs = ReplayCosts::default();
        costs.add(ReplaySlot::from_index(0), (random(&mut seed) * 8.0).floor());
        costs.add(ReplaySlot::from_index(1), random(&mut seed) * 40.0);
        costs.add(ReplaySlot::from_index(2), (random(&mut seed) * 4.0).floor() / 4.0);
        let class = (random(&mut seed) * 3.0) as usize;
        let max_wait = if random(&mut seed) < 0.3 { random(&mut seed) * 5000.0 } else { f64::INFINITY };
        let priority = ReplayPriority::ALL.get(class).copied().unwrap_or_default();
        match engine.submit(&costs, ReplayOptions { priority, max_wait }, now) {
            Ok(ReplaySubmission::Granted) => fold(1),
            Ok(ReplaySubmission::Waiting(ticket)) => last = Some(ticket),
            Err(refusal) => fold(refusal.code().len() as u64),
        }
        if random(&mut seed) < 0.1 {
            fold(u64::from(last.take().is_some_and(|ticket| engine.cancel(ticket))));
        }
        fold(engine.due().to_bits());
    }
    digest
}
