//! Sequences of all calls of the engine.

use super::input::{Few, Many, Number};
use super::ledger::Ledger;
use super::setting::{Class, Setting};
use super::shape::{Id, Patch, Shape};
use super::steps::apply;
use arbitrary::{Arbitrary, Result, Unstructured};
use multi_throttler_engine::Engine;

#[derive(Arbitrary, Clone, Debug)]
pub struct Operations {
    setting: Setting,
    rules: [(Id, Shape); 3],
    /// Steps; more of them would make a run slower but not deeper.
    steps: Many<(Call, ThenPoll), 200>,
}

/// Whether the engine is polled after a call. Drivers do so, but no result may depend on it.
#[derive(Clone, Copy, Debug)]
struct ThenPoll(bool);

impl<'a> Arbitrary<'a> for ThenPoll {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(!u.ratio(1, 8)?))
    }
}

/// Costs; several costs under one rule are added up.
pub type Amounts = Few<(Id, Number), 4>;

/// A snapshot of arbitrary numbers: six of its own, and for each rule its algorithm, usage and
/// pause.
#[derive(Arbitrary, Clone, Debug)]
pub struct Saved {
    pub numbers: [Number; 6],
    pub mode: u8,
    pub rules: Few<(Id, u8, Few<Number, 6>, Number), 3>,
}

#[derive(Clone, Debug)]
pub enum Call {
    Submit {
        costs: Amounts,
        class: Class,
        max_wait: Option<Number>,
        permit: bool,
    },
    TrySubmit {
        costs: Amounts,
        class: Class,
    },
    EstimateWait {
        costs: Amounts,
        class: Class,
    },
    /// Cancels any of the tickets ever given; the other calls pick one likewise.
    Cancel(u16),
    Release {
        pick: u16,
        refund: bool,
    },
    ReleaseAtCost {
        pick: u16,
        actual: Amounts,
    },
    Lease {
        pick: u16,
        timeout: Number,
    },
    SetPriority(u16, Class),
    Pass(Number),
    At(Number),
    PassUntilDue,
    AddRule(Id, Shape),
    UpdateRule(Id, Patch),
    RemoveRule(Id),
    SetTokens(Id, Number),
    Reset,
    Clear,
    Pause {
        rules: Option<Few<Id, 2>>,
        ms: Number,
    },
    Resume(Option<Few<Id, 2>>),
    SetMode {
        mode: u8,
        duration: Number,
    },
    Calendar(Number),
    Report {
        /// Selects success, another error, a refusal or a ban.
        status: u8,
        retry_after: Option<Number>,
        date: Option<Number>,
        rules: Option<Few<Id, 2>>,
        permit: Option<u16>,
        usage: Few<(Id, [Option<Number>; 4]), 2>,
    },
    SyncUsage {
        usage: Few<(Id, Number), 2>,
        exact: bool,
    },
    SyncClock(Number, Option<Number>),
    /// Restores a snapshot of this engine, or an arbitrary one.
    Restore(Option<Saved>),
    Status,
    Configure(Setting),
}

/// Calls that lengthen the queue are more frequent than calls that empty it.
impl<'a> Arbitrary<'a> for Call {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u8::arbitrary(u)? {
            0..=69 => Call::Submit {
                costs: u.arbitrary()?,
                class: u.arbitrary()?,
                max_wait: u.arbitrary()?,
                permit: u.arbitrary()?,
            },
            70..=81 => Call::Report {
                status: u.arbitrary()?,
                retry_after: u.arbitrary()?,
                date: u.arbitrary()?,
                rules: u.arbitrary()?,
                permit: u.arbitrary()?,
                usage: u.arbitrary()?,
            },
            82..=87 => Call::SyncUsage { usage: u.arbitrary()?, exact: u.arbitrary()? },
            88 => Call::SyncClock(u.arbitrary()?, u.arbitrary()?),
            89 => Call::Restore(u.arbitrary()?),
            90..=97 => Call::TrySubmit { costs: u.arbitrary()?, class: u.arbitrary()? },
            98..=105 => Call::EstimateWait { costs: u.arbitrary()?, class: u.arbitrary()? },
            106..=115 => Call::Cancel(u.arbitrary()?),
            116..=121 => Call::Lease { pick: u.arbitrary()?, timeout: u.arbitrary()? },
            122..=133 => Call::Release { pick: u.arbitrary()?, refund: u.arbitrary()? },
            134..=141 => Call::ReleaseAtCost { pick: u.arbitrary()?, actual: u.arbitrary()? },
            142..=149 => Call::SetPriority(u.arbitrary()?, u.arbitrary()?),
            150..=179 => Call::Pass(u.arbitrary()?),
            180..=183 => Call::At(u.arbitrary()?),
            184..=203 => Call::PassUntilDue,
            204..=210 => Call::AddRule(u.arbitrary()?, u.arbitrary()?),
            211..=218 => Call::UpdateRule(u.arbitrary()?, u.arbitrary()?),
            219..=222 => Call::RemoveRule(u.arbitrary()?),
            223..=228 => Call::SetTokens(u.arbitrary()?, u.arbitrary()?),
            229..=231 => Call::Reset,
            232..=233 => Call::Clear,
            234..=238 => Call::Pause { rules: u.arbitrary()?, ms: u.arbitrary()? },
            239..=242 => Call::Resume(u.arbitrary()?),
            243..=248 => Call::SetMode { mode: u.arbitrary()?, duration: u.arbitrary()? },
            249..=252 => Call::Calendar(u.arbitrary()?),
            253 => Call::Status,
            254.. => Call::Configure(u.arbitrary()?),
        })
    }
}

/// Runs the calls and returns a digest of all results: the same calls must give the same.
pub fn answers(input: &Operations) -> Option<u64> {
    // An invalid setting has an error that names the field, which `check` verifies.
    let engine =
        Engine::new(input.setting.config()).inspect_err(|error| input.setting.check(error)).ok()?;
    let mut ledger = Ledger::new(engine);
    for (id, shape) in input.rules {
        apply(&mut ledger, &Call::AddRule(id, shape));
    }
    for (call, then_poll) in &input.steps.0 {
        apply(&mut ledger, call);
        ledger.check();
        if then_poll.0 {
            ledger.poll();
            ledger.check();
        }
        ledger.check_rules();
    }
    ledger.run_out();
    ledger.end();
    Some(ledger.answers())
}
