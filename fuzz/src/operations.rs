//! Sequences of all calls of the engine.

use super::input::{Few, Many, Number};
use super::ledger::{Ledger, sane};
use super::shape::{Id, Shape};
use arbitrary::{Arbitrary, Result, Unstructured};
use multi_throttler::{Costs, Engine, MaxWaiting, Options, Priority, Refusal, Submission};

#[derive(Arbitrary, Clone, Debug)]
pub struct Operations {
    max_waiting: Waiting,
    rules: [(Id, Shape); 3],
    /// More would make a run slow without making it deeper.
    steps: Many<Step, 200>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Waiting {
    Usual,
    Total(Number),
    PerPriority([Number; 3]),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Class {
    Critical,
    Normal,
    Low,
}

/// More than one cost of a rule is their sum.
type Amounts = Few<(Id, Number), 4>;

#[derive(Clone, Debug)]
enum Step {
    Submit {
        costs: Amounts,
        class: Class,
        max_wait: Option<Number>,
    },
    EstimateWait {
        costs: Amounts,
        class: Class,
    },
    /// One of all tickets that were ever given.
    Cancel(u16),
    Pass(Number),
    At(Number),
    PassUntilDue,
    AddRule(Id, Shape),
    RemoveRule(Id),
    SetTokens(Id, Number),
    Reset,
    Clear,
    Calendar(Number),
}

/// What makes a queue comes more often than what empties it.
impl<'a> Arbitrary<'a> for Step {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u8::arbitrary(u)? {
            0..=99 => Step::Submit { costs: u.arbitrary()?, class: u.arbitrary()?, max_wait: u.arbitrary()? },
            100..=119 => Step::EstimateWait { costs: u.arbitrary()?, class: u.arbitrary()? },
            120..=139 => Step::Cancel(u.arbitrary()?),
            140..=179 => Step::Pass(u.arbitrary()?),
            180..=184 => Step::At(u.arbitrary()?),
            185..=204 => Step::PassUntilDue,
            205..=214 => Step::AddRule(u.arbitrary()?, u.arbitrary()?),
            215..=219 => Step::RemoveRule(u.arbitrary()?),
            220..=234 => Step::SetTokens(u.arbitrary()?, u.arbitrary()?),
            235..=239 => Step::Reset,
            240..=242 => Step::Clear,
            243.. => Step::Calendar(u.arbitrary()?),
        })
    }
}

pub fn run(input: &Operations) {
    assert_eq!(answers(input), answers(input), "the same calls were answered differently");
}

/// Returns a number that stands for all that the engine answered.
fn answers(input: &Operations) -> u64 {
    let mut ledger = Ledger::new(Engine::new(match input.max_waiting {
        Waiting::Usual => MaxWaiting::default(),
        Waiting::Total(total) => MaxWaiting::Total(total.0),
        Waiting::PerPriority(limits) => MaxWaiting::PerPriority(limits.map(|limit| limit.0)),
    }));
    for (id, shape) in input.rules {
        apply(&mut ledger, &Step::AddRule(id, shape));
    }
    for step in &input.steps.0 {
        apply(&mut ledger, step);
        ledger.check();
        // As whoever drives the engine does: what has become due is asked for before the next call.
        ledger.poll();
        ledger.check();
    }
    ledger.run_out();
    let rest = ledger.engine.clear(&Refusal::Closed);
    rest.into_iter().for_each(|settled| ledger.settled(settled));
    ledger.check();
    ledger.answers
}

fn apply(ledger: &mut Ledger, step: &Step) {
    let clock = ledger.clock;
    match step {
        Step::Submit { costs, class, max_wait } => {
            let max_wait = max_wait.map_or(f64::INFINITY, |n| n.0);
            let costs = costs_of(&ledger.engine, costs);
            submit(ledger, &costs, Options { priority: class.priority(), max_wait });
        }
        Step::EstimateWait { costs, class } => {
            let costs = costs_of(&ledger.engine, costs);
            let due = ledger.engine.due();
            match ledger.engine.estimate_wait(&costs, class.priority(), clock) {
                Ok(wait) => {
                    assert!(wait >= 0.0, "{wait}");
                    ledger.note(wait.to_bits());
                }
                Err(refusal) => sane(&refusal),
            }
            assert_eq!(ledger.engine.due(), due, "asking changed something");
        }
        Step::Cancel(pick) => ledger.cancel(*pick),
        Step::Pass(time) => at(ledger, clock + time.0),
        Step::At(time) => at(ledger, time.0),
        Step::PassUntilDue => at(ledger, ledger.engine.due()),
        Step::AddRule(id, shape) => {
            let Some(rule) = shape.rule(*id) else { return };
            for settled in ledger.engine.add_rule(rule, clock) {
                ledger.settled(settled);
            }
        }
        Step::RemoveRule(id) => {
            let known = ledger.engine.slot(id.name()).is_some();
            let evicted = ledger.engine.remove_rule(id.name());
            assert_eq!(evicted.is_some(), known);
            evicted.into_iter().flatten().for_each(|settled| ledger.settled(settled));
        }
        Step::SetTokens(id, tokens) => {
            let known = ledger.engine.slot(id.name()).is_some();
            let done = ledger.engine.set_tokens(id.name(), tokens.0, clock);
            assert_eq!(done, known && !tokens.0.is_nan());
        }
        Step::Reset => ledger.engine.reset(clock),
        Step::Clear => {
            let waiting = ledger.engine.waiting(None);
            let evicted = ledger.engine.clear(&Refusal::Cleared);
            assert_eq!(evicted.len(), waiting);
            evicted.into_iter().for_each(|settled| ledger.settled(settled));
        }
        Step::Calendar(unix) => ledger.engine.set_calendar(unix.0, clock),
    }
}

/// Any time is told; the engine must not believe one that is no number or lies behind.
fn at(ledger: &mut Ledger, time: f64) {
    let before = ledger.engine.now();
    ledger.engine.status(time);
    let now = ledger.engine.now();
    assert!(now == before || now == time, "{now}, told {time} after {before}");
    if !time.is_nan() {
        assert!(now >= before || before == 0.0, "{now}, told {time} after {before}");
    }
    // Also one of which the engine thinks nothing: the next calls come with it.
    ledger.clock = time;
}

fn submit(ledger: &mut Ledger, costs: &Costs, options: Options) {
    match ledger.engine.submit(costs, options, ledger.clock) {
        Ok(Submission::Granted) => ledger.note(1),
        Ok(Submission::Waiting(ticket)) => ledger.waits(ticket, options.priority),
        Err(refusal) => {
            sane(&refusal);
            ledger.note(2);
        }
    }
}

/// Those of rules that exist.
fn costs_of(engine: &Engine, amounts: &Amounts) -> Costs {
    let mut costs = Costs::default();
    for (id, amount) in &amounts.0 {
        if let Some(slot) = engine.slot(id.name()) {
            costs.add(slot, amount.0);
        }
    }
    costs
}

impl Class {
    fn priority(self) -> Priority {
        match self {
            Class::Critical => Priority::Critical,
            Class::Normal => Priority::Normal,
            Class::Low => Priority::Low,
        }
    }
}
