//! The calls, answers and claims that travel between holders and the ledger.

/// An amount of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The index of the rule.
    pub rule: usize,
    /// The amount, in tokens.
    pub amount: f64,
    /// The most that all processes together may use of the rule for such requests: the limit in
    /// force, less the reserve unless they are critical.
    pub ceiling: f64,
}

/// Requests of one class and of the same costs that wait in a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// 0 for critical, 1 for normal, 2 for low.
    pub class: usize,
    /// The name that the process has for them.
    pub lane: u32,
    /// The costs of each of them.
    pub costs: Vec<Cost>,
    /// Their number.
    pub count: u64,
}

/// The end of a claim under one rule, told by its holder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settlement {
    /// The number of the claim.
    pub claim: u64,
    /// The index of the rule.
    pub rule: usize,
    /// The spent part; of permits, nothing.
    pub spent: f64,
    /// An upper bound of the last spending, in the ledger's time.
    pub spent_at: f64,
}

/// An amount that a process has spent before the ledger lost its data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Registered {
    /// The index of the rule.
    pub rule: usize,
    /// The first and the last instant at which it may have been spent, in the ledger's time.
    pub from: f64,
    /// See `from`.
    pub to: f64,
    /// The amount; under a bucket, what the process by itself leaves it below its capacity.
    pub amount: f64,
}

/// The call of a process. It is repeated unchanged until it is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name of the process, which no other one ever had.
    pub process: u64,
    /// The number of the call: that of the call before plus one.
    pub number: u64,
    /// The epoch that the process knows; negative infinity if it knows none.
    pub epoch: f64,
    /// The amounts spent before the epoch, in the first call of the process in it.
    pub spent: Vec<Registered>,
    /// The claims that have ended.
    pub settlements: Vec<Settlement>,
    /// The requests that wait, in the order in which the process wants them granted.
    pub demand: Vec<Demand>,
    /// The amounts that the process expects to need soon.
    pub wishes: Vec<Cost>,
}

/// A claim that is given to a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The number of the claim.
    pub claim: u64,
    /// The first instant, in the ledger's time, at which it can no longer be spent.
    pub until: f64,
    /// The requests that it is for, by lane and count. `None`: spare amounts.
    pub lane: Option<(u32, u64)>,
    /// The amounts by rule, with the end of each.
    pub parts: Vec<(usize, f64, f64)>,
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The number of the call.
    pub number: u64,
    /// The epoch. If it is not that of the call, nothing else of the call had an effect.
    pub epoch: f64,
    /// The ledger's time.
    pub now: f64,
    /// The claims that are given to the caller.
    pub claims: Vec<Given>,
    /// The instant from which on more may be given; infinite if only others can free it.
    pub ask_at: f64,
    /// The new end of the permits that the process holds.
    pub permits_until: f64,
}

/// The answer to a call, and the messages that follow from it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The answer to the caller.
    pub answer: Answer,
    /// Claims for other processes, to be sent to them.
    pub published: Vec<(u64, Given)>,
    /// The epoch that has begun, to be sent to all.
    pub new_epoch: Option<f64>,
    /// The rules whose spare amounts others need, to be sent to all.
    pub recall: Vec<usize>,
}
