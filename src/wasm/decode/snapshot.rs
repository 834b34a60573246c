//! Snapshots, as JSON-safe values.

use crate::wasm::data::Data;
use multi_throttler_engine::{InvalidField, SNAPSHOT_VERSION, SavedRule, Snapshot, Value};

/// `{ version, savedAt, clockOffset, mode, modeEndsIn, pausedFor, refusals, bans, backoffFor,
/// rules: { [ruleId]: { algorithm, used, pausedFor } } }`, where `used` is an array of numbers.
pub(in crate::wasm) const SNAPSHOT: &str = "version,savedAt,clockOffset,mode,modeEndsIn,pausedFor,\
     refusals,bans,backoffFor,rules|*|algorithm,used,pausedFor|[";

/// Returns a snapshot as data.
pub(in crate::wasm) fn saved(snapshot: Snapshot) -> Data {
    let mut rules = Vec::new();
    for SavedRule { id, algorithm, used, paused_for } in snapshot.rules {
        let fields = Data::object([
            ("algorithm", Data::Text(algorithm)),
            ("used", Data::List(used.into_iter().map(Data::Number).collect())),
            ("pausedFor", Data::duration(paused_for)),
        ]);
        rules.push((id, fields));
    }
    Data::object([
        ("version", Data::Number(SNAPSHOT_VERSION)),
        ("savedAt", Data::Number(snapshot.saved_at)),
        ("clockOffset", Data::Number(snapshot.clock_offset)),
        ("mode", Data::Text(snapshot.mode)),
        ("modeEndsIn", Data::duration(snapshot.mode_ends_in)),
        ("pausedFor", Data::duration(snapshot.paused_for)),
        ("refusals", Data::Number(snapshot.refusals.into())),
        ("bans", Data::Number(snapshot.bans.into())),
        ("backoffFor", Data::duration(snapshot.backoff_for)),
        ("rules", Data::Object(rules)),
    ])
}

/// Returns the snapshot in data.
pub(in crate::wasm) fn snapshot(data: &Data) -> Result<Snapshot, InvalidField> {
    if matches!(data, Data::Text(_)) {
        // The text itself may be long.
        let expected = "the object of snapshot(), as JSON.parse returns it";
        return Err(InvalidField::new("snapshot", Value::Other("a text"), expected));
    }
    let number = |name: &str| number(data, "snapshot.", name);
    if number("version")? != SNAPSHOT_VERSION {
        return Err(data.get("version").invalid("snapshot.version", "1"));
    }
    let mode = data.get("mode").id("snapshot.mode", "the name of a mode")?.into();
    let mut rules = Vec::new();
    for (id, saved) in data.get("rules").fields("snapshot.rules", "an object of rules by id")? {
        rules.push(rule(id, saved)?);
    }
    Ok(Snapshot {
        saved_at: number("savedAt")?,
        clock_offset: number("clockOffset")?,
        mode,
        mode_ends_in: number("modeEndsIn")?,
        paused_for: number("pausedFor")?,
        // Saturates; more refusals make no pause longer.
        refusals: number("refusals")? as u32,
        bans: number("bans")? as u32,
        backoff_for: number("backoffFor")?,
        rules,
    })
}

fn rule(id: &str, saved: &Data) -> Result<SavedRule, InvalidField> {
    let path = ["snapshot.rules.", id, "."].concat();
    let algorithm = saved.get("algorithm");
    let algorithm = algorithm.id(&[&path, "algorithm"].concat(), "the name of one")?.into();
    let used = saved.get("used");
    let mut numbers = Vec::new();
    let field = [&path, "used"].concat();
    let expected = "an array of numbers";
    let Data::List(list) = used else { return Err(used.invalid(&field, expected)) };
    for item in list {
        numbers.push(item.as_number().ok_or_else(|| item.invalid(&field, expected))?);
    }
    let paused_for = number(saved, &path, "pausedFor")?;
    Ok(SavedRule { id: id.into(), algorithm, used: numbers, paused_for })
}

/// Returns a number; `null` is an infinite one.
fn number(object: &Data, path: &str, name: &str) -> Result<f64, InvalidField> {
    match object.get(name) {
        Data::Null => Ok(f64::INFINITY),
        value => value.number(&[path, name].concat()),
    }
}
