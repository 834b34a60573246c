// A fixed run, included by the native and the wasm tests: the same calls at the same times give the
// same grants, to the last bit, on every target.

use multi_throttler_engine as mt;

/// The digest that `replay()` returns on every target.
const REPLAY: u64 = 4_450_503_210_377_706_367;

/// A random number from 0 to 1 (xorshift64*: Vigna, An experimental exploration of Marsaglia's
/// xorshift generators, 2016).
fn random(state: &mut u64) -> f64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// Rules of every algorithm, some with numbers that are not fractions of small integers.
fn replay_rules() -> Result<Vec<mt::Rule>, mt::InvalidField> {
    Ok(vec![
        mt::Rule::new("a", mt::TokenBucket::new(40.0, 1.0 / 7.0)?)?,
        mt::Rule::new("b", mt::TokenBucket::new(1000.0, 0.731)?.with_jitter(12.5)?)?,
        mt::Rule::new("c", mt::TokenBucket::new(3.5, 0.01)?.with_debt()?)?,
        mt::Rule::new("d", mt::RollingWindow::new(55.5, 1234.5, 17.3)?)?,
        mt::Rule::new("e", mt::FixedWindow::new(300.0, 6000.0, 250.0)?)?,
        mt::Rule::new("f", mt::FirstRequestWindow::new(81.0, 3000.0, 33.3)?)?,
        mt::Rule::new("g", mt::Concurrency::new(9.0)?)?,
        mt::Rule::new("h:*", mt::RollingWindow::new(7.0, 500.0, 0.0)?)?,
        mt::Rule::new("i", mt::Spacing::new(13.7)?.with_jitter(2.1)?)?,
    ])
}

fn replay_engine(ordering: mt::Ordering) -> Result<mt::Engine, mt::InvalidField> {
    let mode = |name: &str, buffer, reserve| mt::Mode { name: name.into(), buffer, reserve };
    let mut engine = mt::Engine::new(mt::Config {
        ordering,
        overflow: mt::Overflow::DropLowest,
        max_waiting: mt::MaxWaiting::Total(100.0),
        aging: 4321.0,
        modes: vec![mode("careful", 0.11, 0.23), mode("keen", 0.0, 0.07)],
        ..mt::Config::default()
    })?;
    engine.set_wall_clock(1_700_000_000_123.0, 0.0);
    for rule in replay_rules()? {
        engine.add_rule(rule, 0.0);
    }
    Ok(engine)
}

/// Runs 20 000 random calls with each ordering, and folds all outcomes and due instants into a
/// digest.
fn replay() -> u64 {
    let (mut seed, mut digest) = (0x9E37_79B9_7F4A_7C15, 0xCBF2_9CE4_8422_2325_u64);
    let mut fold =
        |bits: u64| digest = (digest ^ bits).wrapping_mul(0x0100_0000_01B3).rotate_left(23);
    for ordering in [mt::Ordering::WorkConserving, mt::Ordering::StrictFifo] {
        match replay_engine(ordering) {
            Ok(engine) => replay_calls(engine, &mut seed, &mut fold),
            Err(_) => return 0,
        }
    }
    digest
}

fn replay_calls(mut engine: mt::Engine, seed: &mut u64, fold: &mut impl FnMut(u64)) {
    let mut now = 0.0;
    let (mut waiting, mut held): (Vec<mt::Ticket>, Vec<mt::Ticket>) = (Vec::new(), Vec::new());
    for _ in 0..20_000 {
        now += random(seed) * 60.0;
        while let Some((ticket, outcome)) = engine.poll(now) {
            fold(ticket.to_f64().to_bits() ^ u64::from(outcome.is_ok()));
            if engine.waited(ticket).is_some() {
                held.push(ticket);
            }
        }
        let mut costs = mt::Costs::default();
        for (id, most) in [
            ("a", 8.0),
            ("b", 40.0),
            ("c", 4.0),
            ("d", 20.0),
            ("e", 9.0),
            ("f", 5.0),
            ("g", 3.0),
            ("i", 4.0),
        ] {
            let amount = random(seed) * most;
            if let (true, Ok(slot)) = (random(seed) < 0.4, engine.slot(id, now)) {
                costs.add(slot, if random(seed) < 0.5 { amount.floor() } else { amount });
            }
        }
        let member = ["h:x", "h:y", "h:z"].get((random(seed) * 9.0) as usize);
        if let Some(Ok(slot)) = member.map(|id| engine.slot(id, now)) {
            costs.add(slot, 1.0);
        }
        let class = (random(seed) * 3.0) as usize;
        let priority = mt::Priority::ALL.get(class).copied().unwrap_or_default();
        let rank = if random(seed) < 0.3 { (random(seed) * 9.0).floor() - 4.0 } else { 0.0 };
        let rank = mt::Rank::new(rank).unwrap_or_default();
        let max_wait = if random(seed) < 0.3 { random(seed) * 5000.0 } else { f64::INFINITY };
        match engine.submit(&costs, mt::Options { priority, rank, max_wait, permit: true }, now) {
            Ok(mt::Submission::Granted) => fold(1),
            Ok(mt::Submission::Held(ticket)) => held.push(ticket),
            Ok(mt::Submission::Waiting(ticket)) => waiting.push(ticket),
            Err(refusal) => fold(refusal.code().len() as u64),
        }
        if held.len() > 12 {
            fold(u64::from(engine.release(held.swap_remove(0), false, now)));
        }
        let any =
            |list: &[mt::Ticket], part: f64| list.get((list.len() as f64 * part) as usize).copied();
        let part = random(seed);
        match (random(seed) * 24.0) as usize {
            0..8 => fold(u64::from(
                any(&held, part).is_some_and(|t| engine.release(t, part < 0.3, now)),
            )),
            8 => fold(u64::from(any(&waiting, part).is_some_and(|t| engine.cancel(t)))),
            9 => fold(u64::from(any(&waiting, part).is_some_and(|t| {
                engine.set_priority(t, mt::Standing { class: priority, rank }, now)
            }))),
            10 => fold(u64::from(engine.pause(Some(&["d"]), now + part * 400.0, now).is_ok())),
            11 => {
                let mode =
                    ["careful", "keen"].get((part * 3.0) as usize).copied().unwrap_or("normal");
                fold(u64::from(engine.set_mode(mode, part * 2000.0, now).is_ok()));
            }
            12 => {
                let patch = mt::Fields::from_iter([(
                    "limit",
                    mt::Value::Number(20.0 + (part * 60.0).floor()),
                )]);
                fold(u64::from(engine.update_rule("d", &patch, now).is_ok()));
            }
            13 => fold(engine.estimate_wait(&costs, priority, now).map_or(0, f64::to_bits)),
            _ => {}
        }
        waiting.retain(|&ticket| engine.ticket(ticket.to_f64()).is_some());
        held.retain(|&ticket| engine.waited(ticket).is_some());
        fold(engine.due().to_bits());
    }
    for status in engine.status(now) {
        fold(status.tokens.to_bits());
    }
}
