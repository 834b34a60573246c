//! Short ways to say what tests say often.

use multi_throttler_engine::{
    Config, Costs, Engine, Limit, MaxWaiting, Options, Priority, Refusal, Rule, RuleStatus, Settled,
    Submission, Ticket, TokenBucket,
};

use proptest::prelude::ProptestConfig;

/// So many cases, unless the variable PROPTEST_CASES says otherwise.
pub fn cases(usually: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usually);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

/// A rule of this name.
pub fn rule(id: &str, limit: impl Into<Limit>) -> Rule {
    Rule::new(id, limit).unwrap()
}

/// A bucket of `capacity` tokens that refills at `rate` tokens per millisecond and starts with `tokens`.
pub fn bucket(id: &str, capacity: f64, rate: f64, tokens: f64) -> Rule {
    Rule::new(id, TokenBucket::new(capacity, rate).unwrap().with_tokens(tokens).unwrap()).unwrap()
}

/// An engine with rules, at time 0.
pub fn engine(rules: impl IntoIterator<Item = Rule>) -> Engine {
    with_config(Config::default(), rules)
}

/// The same, of this configuration.
pub fn with_config(config: Config, rules: impl IntoIterator<Item = Rule>) -> Engine {
    let mut engine = Engine::new(config).unwrap();
    for rule in rules {
        engine.add_rule(rule, 0.0);
    }
    engine
}

/// An engine without rules in which so many may wait.
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

/// All that is settled at `now`.
pub fn poll_all(engine: &mut Engine, now: f64) -> Vec<Settled> {
    std::iter::from_fn(|| engine.poll(now)).collect()
}

/// When something is due next, once nothing is due any more.
pub fn next_due(engine: &mut Engine) -> f64 {
    let now = engine.now();
    assert_eq!(engine.poll(now), None);
    engine.due()
}

/// Submits requests one after the other, each when the one before was granted. Returns when the last one was.
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

/// How a rule stands.
pub fn status(engine: &mut Engine, id: &str, now: f64) -> RuleStatus {
    engine.status(now).into_iter().find(|rule| rule.id == id).unwrap()
}

/// Tokens that are left of a rule.
pub fn tokens(engine: &mut Engine, id: &str, now: f64) -> f64 {
    status(engine, id, now).tokens
}

/// The limit of a rule that is in force.
pub fn capacity(engine: &mut Engine, id: &str, now: f64) -> f64 {
    status(engine, id, now).capacity
}

/// A bucket of ten with so many left that gains one in 100 ms.
pub fn ten(id: &str, left: f64) -> Rule {
    rule(id, TokenBucket::new(10.0, 0.01).unwrap().with_tokens(left).unwrap())
}

/// Options of a request that waits no longer than this.
pub fn within(max_wait: f64) -> Options {
    Options { max_wait, ..Options::default() }
}

/// The refusal of a wait that is too long.
pub fn timeout(max_wait: f64, estimated_wait: f64) -> Refusal {
    Refusal::WaitTimeout { max_wait, estimated_wait }
}
