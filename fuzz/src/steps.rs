//! Performs each call of a sequence, and checks its result.

use super::input::{Few, Number};
use super::ledger::{Ledger, sane};
use super::operations::{Amounts, Call, Saved};
use super::setting::{Setting, mode};
use super::shape::Id;
use multi_throttler_engine::{
    Costs, Engine, Fields, Options, Rejection, Report, SavedRule, Snapshot, Standing, Submission,
    UpdateError, Usage,
};

pub fn apply(ledger: &mut Ledger, call: &Call) {
    let clock = ledger.clock;
    match call {
        Call::Submit { costs, class, max_wait, permit } => {
            let costs = costs_of(&mut ledger.engine, costs, clock);
            let max_wait = max_wait.map_or(f64::INFINITY, |n| n.0);
            ledger.submit(&costs, options_of(class.standing(), max_wait, *permit));
        }
        Call::TrySubmit { costs, class } => {
            let costs = costs_of(&mut ledger.engine, costs, clock);
            try_submit(ledger, &costs, class.standing());
        }
        Call::EstimateWait { costs, class } => {
            let costs = costs_of(&mut ledger.engine, costs, clock);
            estimate_wait(ledger, &costs, class.standing());
        }
        Call::Cancel(pick) => ledger.cancel(*pick),
        Call::Release { pick, refund } => ledger.release(*pick, *refund),
        Call::ReleaseAtCost { pick, actual } => {
            let actual = costs_of(&mut ledger.engine, actual, clock);
            ledger.release_at_cost(*pick, &actual);
        }
        Call::Lease { pick, timeout } => ledger.lease(*pick, timeout.0),
        Call::SetPriority(pick, class) => ledger.set_priority(*pick, class.standing()),
        Call::Pass(time) => at(ledger, clock + time.0),
        Call::At(time) => at(ledger, time.0),
        Call::PassUntilDue => at(ledger, ledger.engine.due()),
        Call::AddRule(..) | Call::UpdateRule(..) | Call::RemoveRule(_) => change_rule(ledger, call),
        Call::SetTokens(id, tokens) => {
            let known = ledger.engine.slot(id.name(), clock).is_ok();
            let done = ledger.engine.set_tokens(id.name(), tokens.0, clock);
            assert_eq!(done, known && !tokens.0.is_nan());
        }
        Call::Reset => ledger.engine.reset(clock),
        Call::Clear => {
            let waiting = ledger.engine.waiting(None);
            assert_eq!(ledger.engine.clear(&Rejection::Cleared), waiting);
            assert_eq!(ledger.engine.waiting(None), 0);
            ledger.changed();
        }
        Call::Pause { rules, ms } => {
            let until = ledger.engine.now() + ms.0;
            set_pause(ledger, rules, |engine, ids| engine.pause(ids, until, clock));
        }
        Call::Resume(rules) => set_pause(ledger, rules, |engine, ids| engine.resume(ids, clock)),
        Call::SetMode { mode: pick, duration } => {
            let before = ledger.engine.mode(clock).to_owned();
            let done = ledger.engine.set_mode(mode(*pick), duration.0, clock).is_ok();
            let after = ledger.engine.mode(clock);
            assert!(if done { [mode(*pick), "normal"].contains(&after) } else { after == before });
        }
        Call::Calendar(unix) => ledger.engine.set_wall_clock(unix.0, clock),
        Call::Report { .. } => report(ledger, call),
        Call::SyncUsage { usage, exact } => {
            let usage: Vec<_> = usage.0.iter().map(|(id, used)| (id.name(), used.0)).collect();
            let done = ledger.engine.sync_usage(&usage, *exact, clock);
            assert!(matches!(done, Ok(()) | Err(Rejection::UnknownRule { .. })), "{done:?}");
        }
        Call::SyncClock(unix, trip) => ledger.engine.sync_clock(unix.0, trip.map(|n| n.0), clock),
        Call::Restore(saved) => restore(ledger, saved.as_ref()),
        Call::Status => {
            ledger.engine.status(clock);
        }
        Call::Configure(setting) => configure(ledger, setting),
    }
}

/// Changes the configuration. A value that is out of range changes nothing.
fn configure(ledger: &mut Ledger, setting: &Setting) {
    let clock = ledger.clock;
    // The number of waiters may be limited to NaN, which does not equal itself.
    let config = |engine: &Engine| format!("{:?}", engine.config());
    let before = config(&ledger.engine);
    match ledger.engine.configure(setting.config(), clock) {
        Ok(()) => {
            let mut again = ledger.engine.clone();
            again.configure(ledger.engine.config(), clock).unwrap();
            assert_eq!(config(&again), config(&ledger.engine));
            assert_eq!(again.waiting(None), ledger.engine.waiting(None));
        }
        Err(error) => {
            setting.check(&error);
            assert_eq!(config(&ledger.engine), before);
        }
    }
    ledger.changed();
}

/// Reports a response. A report that names an unknown rule changes no waiter.
fn report(ledger: &mut Ledger, call: &Call) {
    let Call::Report { status, retry_after, date, rules, permit, usage } = call else { return };
    let ids: Option<Vec<&str>> =
        rules.as_ref().map(|few| few.0.iter().map(|id| id.name()).collect());
    let number = |n: Option<Number>| n.map(|n| n.0);
    // The number is either the instant of the reset or the time until then.
    let is_countdown = status & 8 != 0;
    let usage: Vec<Usage> = usage
        .0
        .iter()
        .map(|(id, [used, remaining, limit, resets])| Usage {
            rule: id.name(),
            used: number(*used),
            remaining: number(*remaining),
            limit: number(*limit),
            resets_at: number(*resets).filter(|_| !is_countdown),
            resets_in: number(*resets).filter(|_| is_countdown),
            exact: status & 4 != 0,
        })
        .collect();
    let report = Report {
        status: [200, 404, 429, 418][usize::from(status % 4)],
        retry_after: number(*retry_after),
        date: number(*date),
        rules: ids.as_deref(),
        permit: permit.and_then(|pick: u16| ledger.any_ticket(pick)),
        usage: &usage,
        random: f64::from(*status) / 256.0,
    };
    let waiting = ledger.engine.waiting(None);
    let done = ledger.engine.report(&report, ledger.clock);
    assert!(matches!(done, Ok(()) | Err(Rejection::UnknownRule { .. })), "{done:?}");
    assert_eq!(ledger.engine.waiting(None), waiting, "a report lost a waiter");
}

/// Restores a snapshot. The engine's own is accepted and keeps all waiters; a rejected one changes
/// nothing.
fn restore(ledger: &mut Ledger, saved: Option<&Saved>) {
    let clock = ledger.clock;
    let waiting = ledger.engine.waiting(None);
    let own = ledger.engine.snapshot(clock);
    let Some(saved) = saved else {
        ledger.engine.restore(&own, clock).unwrap();
        assert_eq!(ledger.engine.waiting(None), waiting, "a snapshot lost a waiter");
        // Waiters may be granted now, or may have to wait longer.
        return;
    };
    let algorithms = [
        "token-bucket",
        "rolling-window",
        "fixed-window",
        "first-request-window",
        "concurrency",
        "spacing",
    ];
    let [saved_at, clock_offset, mode_ends_in, paused_for, counts, backoff_for] =
        saved.numbers.map(|n| n.0);
    let rules = saved.rules.0.iter().map(|(id, algorithm, used, paused_for)| SavedRule {
        id: id.name().into(),
        algorithm: algorithms[usize::from(algorithm % 6)].into(),
        used: used.0.iter().map(|n| n.0).collect(),
        paused_for: paused_for.0,
    });
    let snapshot = Snapshot {
        saved_at,
        clock_offset,
        mode: mode(saved.mode).into(),
        mode_ends_in,
        paused_for,
        refusals: counts as u32,
        bans: counts as u32 / 2,
        backoff_for,
        rules: rules.collect(),
    };
    if let Err(error) = ledger.engine.restore(&snapshot, clock) {
        assert!(!error.to_string().is_empty());
        assert_eq!(format!("{:?}", ledger.engine.snapshot(clock)), format!("{own:?}"));
    }
    assert_eq!(ledger.engine.waiting(None), waiting, "a snapshot lost a waiter");
}

/// Sets the clock to any time. The engine must ignore one that is not a number or lies in its past.
fn at(ledger: &mut Ledger, time: f64) {
    let before = ledger.engine.now();
    ledger.engine.status(time);
    let now = ledger.engine.now();
    assert!(now == before || now == time, "{now}, told {time} after {before}");
    // The first time is arbitrary.
    assert!(now >= before || before == 0.0, "{now}, told {time} after {before}");
    // Later calls pass this time, even if the engine ignores it.
    ledger.clock = time;
}

/// Checks that `try_submit` grants exactly the requests that `submit` would grant at once.
fn try_submit(ledger: &mut Ledger, costs: &Costs, standing: Standing) {
    let options = options_of(standing, f64::INFINITY, false);
    let twin = ledger.engine.clone().submit(costs, options, ledger.clock);
    match (ledger.engine.try_submit(costs, standing, ledger.clock), twin) {
        (Ok(granted), Ok(submission)) => assert_eq!(granted, submission == Submission::Granted),
        (Ok(granted), Err(refusal)) => {
            assert!(!granted && matches!(refusal, Rejection::QueueOverflow { .. }), "{refusal:?}");
        }
        (Err(refusal), twin) => {
            assert_eq!(format!("{twin:?}"), format!("{:?}", Err::<Submission, _>(refusal)))
        }
    }
}

fn options_of(Standing { class, rank }: Standing, max_wait: f64, permit: bool) -> Options {
    Options { priority: class, rank, max_wait, permit }
}

fn estimate_wait(ledger: &mut Ledger, costs: &Costs, standing: Standing) {
    let (due, waiting) = (ledger.engine.due(), ledger.engine.waiting(None));
    match ledger.engine.estimate_wait(costs, standing, ledger.clock) {
        Ok(wait) => {
            assert!(wait >= 0.0, "{wait}");
            ledger.note(wait.to_bits());
        }
        Err(refusal) => sane(&refusal),
    }
    assert_eq!(
        (ledger.engine.due(), ledger.engine.waiting(None)),
        (due, waiting),
        "an estimate changed the state"
    );
}

fn change_rule(ledger: &mut Ledger, call: &Call) {
    let clock = ledger.clock;
    match call {
        Call::AddRule(id, shape) => {
            let Some(rule) = shape.rule(*id) else { return };
            ledger.debt |= shape.goes_below_zero();
            ledger.engine.add_rule(rule, clock);
            assert!(is_there(&ledger.engine, *id, clock));
        }
        Call::UpdateRule(id, patch) => {
            let there = is_there(&ledger.engine, *id, clock);
            ledger.debt |= patch.allows_debt();
            match ledger.engine.update_rule(id.name(), &patch.fields(), clock) {
                Ok(()) => assert!(there),
                Err(UpdateError::Unknown(refusal)) => {
                    assert!(
                        !there && matches!(refusal, Rejection::UnknownRule { .. }),
                        "{refusal:?}"
                    );
                }
                Err(UpdateError::Invalid(error)) => assert!(there && !error.to_string().is_empty()),
            }
        }
        Call::RemoveRule(id) => {
            let there = is_listed(&ledger.engine, *id, clock);
            let removed = ledger.engine.remove_rule(id.name(), clock);
            // A member that has become idle is still kept, and no longer listed.
            assert!(removed == there || removed && id.is_member());
            assert!(!is_listed(&ledger.engine, *id, clock));
        }
        _ => {}
    }
    ledger.changed();
}

fn set_pause(
    ledger: &mut Ledger,
    rules: &Option<Few<Id, 2>>,
    set: impl FnOnce(&mut Engine, Option<&[&str]>) -> Result<(), Rejection>,
) {
    let ids: Option<Vec<&str>> =
        rules.as_ref().map(|few| few.0.iter().map(|id| id.name()).collect());
    let done = set(&mut ledger.engine, ids.as_deref());
    assert!(matches!(done, Ok(()) | Err(Rejection::UnknownRule { .. })), "{done:?}");
}

/// Whether a rule has this id. A member of a family that is not in use has none.
fn is_listed(engine: &Engine, id: Id, clock: f64) -> bool {
    engine.clone().status(clock).iter().any(|status| status.id == id.name())
}

/// Whether a rule has this id, or a family would make one. Tries an empty patch, which is accepted,
/// or rejected for another reason, if so.
fn is_there(engine: &Engine, id: Id, clock: f64) -> bool {
    let change = engine.clone().update_rule(id.name(), &Fields::default(), clock);
    !matches!(change, Err(UpdateError::Unknown(_)))
}

/// The costs under rules that exist.
fn costs_of(engine: &mut Engine, amounts: &Amounts, clock: f64) -> Costs {
    let mut costs = Costs::default();
    for (id, amount) in &amounts.0 {
        if let Ok(slot) = engine.slot(id.name(), clock) {
            costs.add(slot, amount.0);
        }
    }
    costs
}
