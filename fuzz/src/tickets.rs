//! Numbers that come in where tickets and slots are expected: JavaScript can pass any.

use super::input::{Few, Many, Number};
use super::ledger::{Ledger, sane};
use super::shape::{Id, Shape};
use arbitrary::Arbitrary;
use multi_throttler::{Costs, Engine, Options, Refusal, Slot, Submission};

#[derive(Arbitrary, Clone, Debug)]
pub struct Tickets {
    rules: Few<(Id, Shape), 8>,
    calls: Many<Call, 200>,
}

#[derive(Arbitrary, Clone, Debug)]
enum Call {
    /// Slots by their numbers, of rules or not.
    Submit(Few<(SlotNumber, Number), 4>),
    Estimate(Few<(SlotNumber, Number), 4>),
    /// Any number as a ticket.
    Find(Number),
    /// The number of a ticket, changed a little: another arrival, another place.
    FindNear {
        pick: u16,
        arrivals: i8,
        places: i8,
    },
    Cancel(u16),
    Remove(Id),
    Pass(u8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum SlotNumber {
    Small(u8),
    Any(u32),
}

impl SlotNumber {
    fn index(self) -> u32 {
        match self {
            SlotNumber::Small(n) => u32::from(n % 8),
            SlotNumber::Any(n) => n,
        }
    }
}

pub fn run(input: &Tickets) {
    let mut ledger = Ledger::new(Engine::default());
    for (id, shape) in &input.rules.0 {
        if let Some(rule) = shape.rule(*id) {
            ledger.engine.add_rule(rule, 0.0);
        }
    }
    for call in &input.calls.0 {
        apply(&mut ledger, call);
        ledger.check();
        ledger.poll();
        ledger.check();
    }
}

fn apply(ledger: &mut Ledger, call: &Call) {
    match call {
        Call::Submit(Few(amounts)) => {
            let known = all_known(&ledger.engine, amounts);
            match ledger.engine.submit(&costs_of(amounts), Options::default(), ledger.clock) {
                Ok(Submission::Granted) => assert!(known, "{amounts:?}"),
                Ok(Submission::Waiting(ticket)) => {
                    assert!(known, "{amounts:?}");
                    ledger.waits(ticket, Options::default().priority);
                }
                Err(refusal) => {
                    sane(&refusal);
                    assert_eq!(matches!(refusal, Refusal::UnknownRule { .. }), !known, "{refusal:?}");
                }
            }
        }
        Call::Estimate(Few(amounts)) => {
            let known = all_known(&ledger.engine, amounts);
            let priority = Options::default().priority;
            match ledger.engine.estimate_wait(&costs_of(amounts), priority, ledger.clock) {
                Ok(wait) => assert!(known && wait >= 0.0, "{amounts:?} {wait}"),
                Err(refusal) => {
                    assert_eq!(matches!(refusal, Refusal::UnknownRule { .. }), !known, "{refusal:?}");
                }
            }
        }
        Call::Find(number) => find(ledger, number.0),
        Call::FindNear { pick, arrivals, places } => {
            let Some(ticket) = ledger.any_ticket(*pick) else { return };
            find(ledger, ticket.to_f64() + f64::from(*arrivals) * 4_294_967_296.0 + f64::from(*places));
        }
        Call::Cancel(pick) => ledger.cancel(*pick),
        Call::Remove(id) => {
            let evicted = ledger.engine.remove_rule(id.name());
            evicted.into_iter().flatten().for_each(|settled| ledger.settled(settled));
        }
        Call::Pass(time) => ledger.clock += f64::from(*time),
    }
}

/// A number is that of a ticket that waits, or of none.
fn find(ledger: &Ledger, number: f64) {
    if let Some(ticket) = ledger.engine.ticket(number) {
        assert_eq!(ticket.to_f64(), number);
        assert!(ledger.is_waiting(ticket), "{number} is {ticket:?}, which does not wait");
    }
}

fn all_known(engine: &Engine, amounts: &[(SlotNumber, Number)]) -> bool {
    let slots: Vec<u32> =
        ["a", "b", "c", "d"].into_iter().filter_map(|id| engine.slot(id)).map(Slot::index).collect();
    amounts.iter().all(|(slot, _)| slots.contains(&slot.index()))
}

fn costs_of(amounts: &[(SlotNumber, Number)]) -> Costs {
    let mut costs = Costs::default();
    for (slot, amount) in amounts {
        costs.add(Slot::from_index(slot.index()), amount.0);
    }
    costs
}
