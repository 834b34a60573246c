//! Helpers that many tests share.

pub mod rng;

use multi_throttler_engine::{
    Concurrency, Config, Costs, Engine, Fields, FirstRequestWindow, FixedWindow, Limit, MaxWaiting,
    Mode, Options, Priority, Rank, Rejection, Report, RollingWindow, Rule, RuleStatus, Settled,
    Submission, Ticket, TokenBucket, Usage, Value,
};

use proptest::prelude::ProptestConfig;

/// Configuration with this number of cases, unless the variable PROPTEST_CASES sets another.
pub fn cases(usually: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(usually);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

/// A rule with this id.
pub fn rule(id: &str, limit: impl Into<Limit>) -> Rule {
    Rule::new(id, limit).unwrap()
}

/// A bucket that refills `rate` tokens per millisecond and starts with `tokens`.
pub fn bucket(id: &str, capacity: f64, rate: f64, tokens: f64) -> Rule {
    Rule::new(id, TokenBucket::new(capacity, rate).unwrap().with_tokens(tokens).unwrap()).unwrap()
}

/// An engine with the default configuration, to which the rules are added at time 0.
pub fn engine(rules: impl IntoIterator<Item = Rule>) -> Engine {
    with_config(Config::default(), rules)
}

/// An engine with this configuration, to which the rules are added at time 0.
pub fn with_config(config: Config, rules: impl IntoIterator<Item = Rule>) -> Engine {
    let mut engine = Engine::new(config).unwrap();
    for rule in rules {
        engine.add_rule(rule, 0.0);
    }
    engine
}

/// An engine without rules whose queue is limited.
pub fn limited(max_waiting: MaxWaiting) -> Engine {
    with_config(Config { max_waiting, ..Config::default() }, [])
}

/// Costs by rule id.
pub fn costs(engine: &mut Engine, amounts: &[(&str, f64)]) -> Costs {
    let mut costs = Costs::default();
    for (id, amount) in amounts {
        costs.add(engine.slot(id, engine.now()).unwrap(), *amount);
    }
    costs
}

/// The ticket of a request that has to wait.
pub fn wait(engine: &mut Engine, costs: &Costs, priority: Priority, now: f64) -> Ticket {
    let options = Options { priority, ..Options::default() };
    match engine.submit(costs, options, now) {
        Ok(Submission::Waiting(ticket)) => ticket,
        other => panic!("expected to wait, got {other:?}"),
    }
}

/// All requests that are settled at `now`.
pub fn poll_all(engine: &mut Engine, now: f64) -> Vec<Settled> {
    std::iter::from_fn(|| engine.poll(now)).collect()
}

/// The next due instant, after everything that is due now.
pub fn next_due(engine: &mut Engine) -> f64 {
    let now = engine.now();
    assert_eq!(engine.poll(now), None);
    engine.due()
}

/// Submits each request when the one before is granted. Returns when the last one is granted.
pub fn sequential(engine: &mut Engine, amounts: &[(&str, f64)], requests: usize) -> f64 {
    let costs = costs(engine, amounts);
    let mut now = 0.0;
    for _ in 0..requests {
        if engine.submit(&costs, Options::default(), now).unwrap() != Submission::Granted {
            now = next_due(engine);
            assert_eq!(poll_all(engine, now).len(), 1);
        }
    }
    now
}

/// Changes a field of a rule to this number.
pub fn set_number(engine: &mut Engine, id: &str, field: &str, number: f64, now: f64) {
    let patch = Fields::from_iter([(field, Value::Number(number))]);
    engine.update_rule(id, &patch, now).unwrap();
}

/// Status of a rule.
pub fn status(engine: &mut Engine, id: &str, now: f64) -> RuleStatus {
    engine.status(now).into_iter().find(|rule| rule.id == id).unwrap()
}

/// Remaining tokens of a rule.
pub fn tokens(engine: &mut Engine, id: &str, now: f64) -> f64 {
    status(engine, id, now).tokens
}

/// Limit in force of a rule.
pub fn capacity(engine: &mut Engine, id: &str, now: f64) -> f64 {
    status(engine, id, now).capacity
}

/// A bucket of ten with these tokens that refills one in 100 ms.
pub fn ten(id: &str, remaining: f64) -> Rule {
    rule(id, TokenBucket::new(10.0, 0.01).unwrap().with_tokens(remaining).unwrap())
}

/// Options with this `max_wait`.
pub fn within(max_wait: f64) -> Options {
    Options { max_wait, ..Options::default() }
}

/// The rejection of a wait that is longer than `max_wait`.
pub fn timeout(max_wait: f64, estimated_wait: f64) -> Rejection {
    Rejection::WaitTimeout { max_wait, estimated_wait }
}

/// Options of a request that gets a permit.
pub const PERMIT: Options = Options {
    priority: Priority::Normal,
    rank: Rank::DEFAULT,
    max_wait: f64::INFINITY,
    permit: true,
};

/// Options of a request of this priority that gets a permit.
pub fn permit_of(priority: Priority) -> Options {
    Options { priority, ..PERMIT }
}

/// The permit of a request that is granted at once.
pub fn hold(engine: &mut Engine, amounts: &[(&str, f64)], now: f64) -> Ticket {
    let costs = costs(engine, amounts);
    hold_costs(engine, &costs, now)
}

/// The permit of a request with these costs that is granted at once.
pub fn hold_costs(engine: &mut Engine, costs: &Costs, now: f64) -> Ticket {
    match engine.submit(costs, PERMIT, now) {
        Ok(Submission::Held(ticket)) => ticket,
        other => panic!("expected a permit, got {other:?}"),
    }
}

/// The ticket of a request for a permit that has to wait.
pub fn wait_for_permit(engine: &mut Engine, amounts: &[(&str, f64)], now: f64) -> Ticket {
    let costs = costs(engine, amounts);
    match engine.submit(&costs, PERMIT, now) {
        Ok(Submission::Waiting(ticket)) => ticket,
        other => panic!("expected to wait, got {other:?}"),
    }
}

/// Whether a request that may not wait is granted.
pub fn try_take(engine: &mut Engine, amounts: &[(&str, f64)], now: f64) -> bool {
    let costs = costs(engine, amounts);
    try_costs(engine, &costs, now)
}

/// Whether a request with these costs that may not wait is granted.
pub fn try_costs(engine: &mut Engine, costs: &Costs, now: f64) -> bool {
    engine.try_submit(costs, Priority::Normal, now).unwrap()
}

/// Whether a request of this priority for `amount` of rule "a" is granted at once.
pub fn is_granted(engine: &mut Engine, priority: Priority, amount: f64, now: f64) -> bool {
    let costs = costs(engine, &[("a", amount)]);
    match engine.submit(&costs, permit_of(priority), now).unwrap() {
        Submission::Waiting(ticket) => {
            engine.cancel(ticket);
            false
        }
        _ => true,
    }
}

/// A configuration with modes, each a name, a buffer and a reserve.
pub fn modes(modes: &[(&str, f64, f64)]) -> Config {
    let mode =
        |&(name, buffer, reserve): &(&str, f64, f64)| Mode { name: name.into(), buffer, reserve };
    Config { modes: modes.iter().map(mode).collect(), ..Config::default() }
}

/// An engine whose limits refusals halve.
pub fn adaptive(rules: impl IntoIterator<Item = Rule>) -> Engine {
    with_config(Config { adaptive: true, ..Config::default() }, rules)
}

/// An engine with rule "a" whose time 0 is this Unix time.
pub fn started_at(limit: impl Into<Limit>, unix: f64) -> Engine {
    let mut engine = engine([]);
    engine.set_wall_clock(unix, 0.0);
    engine.add_rule(rule("a", limit), 0.0);
    engine
}

/// One rule of each algorithm with this limit, none of which gains anything soon.
pub fn one_of_each(limit: f64) -> [Limit; 5] {
    [
        TokenBucket::new(limit, 0.0).unwrap().into(),
        RollingWindow::new(limit, 60_000.0, 0.0).unwrap().into(),
        FixedWindow::new(limit, 60_000.0, 0.0).unwrap().into(),
        FirstRequestWindow::new(limit, 60_000.0, 0.0).unwrap().into(),
        Concurrency::new(limit).unwrap().into(),
    ]
}

/// A rolling window of a second.
pub fn rolling(id: &str, limit: f64) -> Rule {
    rule(id, RollingWindow::new(limit, 1000.0, 0.0).unwrap())
}

/// A fixed window "a": ten a day, with a jitter of 100 ms.
pub fn day() -> Rule {
    rule("a", FixedWindow::new(10.0, 86_400_000.0, 100.0).unwrap())
}

/// Usage of rule "a" that the server reports, which may lack requests of ours.
pub fn used(amount: f64) -> Usage<'static> {
    Usage { rule: "a", used: Some(amount), ..Usage::default() }
}

/// Usage of rule "a" that is the complete count of the server.
pub fn exact(amount: f64) -> Usage<'static> {
    Usage { exact: true, ..used(amount) }
}

/// A successful response with usage, to the request of a permit if that is known.
pub fn report(engine: &mut Engine, usage: &[Usage], permit: Option<Ticket>, now: f64) {
    engine.report(&Report { status: 200, permit, usage, ..Report::default() }, now).unwrap();
}

/// Reports as `report` does. Returns the remaining tokens of rule "a".
pub fn report_leaving(
    engine: &mut Engine,
    usage: &[Usage],
    permit: Option<Ticket>,
    now: f64,
) -> f64 {
    report(engine, usage, permit, now);
    tokens(engine, "a", now)
}

/// Reports an exact count in the response to a permit's request. Returns the remaining tokens of
/// rule "a".
pub fn report_exact(engine: &mut Engine, used: f64, permit: Ticket, now: f64) -> f64 {
    report_leaving(engine, &[exact(used)], Some(permit), now)
}

/// A response without usage.
pub fn respond(engine: &mut Engine, status: u16, permit: Option<Ticket>, now: f64) {
    engine.report(&Report { status, permit, ..Report::default() }, now).unwrap();
}
