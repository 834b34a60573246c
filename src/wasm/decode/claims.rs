//! Claims that a ledger gives, and the waiters that they are for.

use multi_throttler_engine::Engine;

use crate::wasm::data::Data;

/// Claims and lanes: a list of leaves.
pub(in crate::wasm) const CLAIMS: &str = "[";

/// Gives the claims of a list to the engine, and then grants the waiters that the list names. A
/// claim is the id of its rule, its number, its amount and its end; waiters are the number of their
/// lane and their count. Returns how many were granted of each lane.
pub(in crate::wasm) fn hold(list: &Data, engine: &mut Engine, now: f64) -> Data {
    let mut items = match list {
        Data::List(items) => items.iter(),
        _ => [].iter(),
    };
    let mut granted = Vec::new();
    while let Some(first) = items.next() {
        let mut number = || items.next().and_then(Data::as_number).unwrap_or_default();
        match first {
            Data::Number(lane) => {
                let count = engine.grant_lane(*lane as u32, number() as usize, now);
                granted.push(Data::Number(count as f64));
            }
            id => {
                let (claim, amount, until) = (number(), number(), number());
                if let Some(id) = id.as_text() {
                    engine.hold_claim(id, claim, amount, until, now);
                }
            }
        }
    }
    Data::List(granted)
}
