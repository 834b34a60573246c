//! Numbers in the place of tickets and slots, of which JavaScript can pass any.

use super::input::{Few, Many, Number};
use super::ledger::Ledger;
use super::shape::{Id, Shape};
use arbitrary::Arbitrary;
use multi_throttler_engine::{Costs, Engine, Options, Rejection, Slot};

#[derive(Arbitrary, Clone, Debug)]
pub struct Tickets {
    rules: Few<(Id, Shape), 8>,
    calls: Many<Call, 200>,
}

#[derive(Arbitrary, Clone, Debug)]
enum Call {
    /// Submits costs by numbers of slots, which may be of no rule.
    Submit(Few<(SlotNumber, Number), 4>, bool),
    /// Looks up any number as a ticket.
    Find(Number),
    /// Looks up the number of a ticket with a changed arrival and index.
    FindNear {
        pick: u16,
        arrivals: i8,
        places: i8,
    },
    Cancel(u16),
    Release(u16),
    Use(Id),
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
            ledger.debt |= shape.goes_below_zero();
            ledger.engine.add_rule(rule, 0.0);
        }
    }
    for call in &input.calls.0 {
        apply(&mut ledger, call);
        ledger.check();
        ledger.poll();
        ledger.check();
        ledger.check_rules();
    }
    ledger.end();
}

fn apply(ledger: &mut Ledger, call: &Call) {
    match call {
        Call::Submit(Few(amounts), permit) => {
            is_told(&mut ledger.engine, amounts, ledger.clock);
            ledger.submit(&costs_of(amounts), Options { permit: *permit, ..Options::default() });
        }
        Call::Find(number) => find(ledger, number.0),
        Call::FindNear { pick, arrivals, places } => {
            let Some(ticket) = ledger.any_ticket(*pick) else { return };
            find(
                ledger,
                ticket.to_f64() + f64::from(*arrivals) * 4_294_967_296.0 + f64::from(*places),
            );
        }
        Call::Cancel(pick) => ledger.cancel(*pick),
        Call::Release(pick) => ledger.release(*pick, false),
        Call::Use(id) => {
            // The call may create a member of a family.
            let _ = ledger.engine.slot(id.name(), ledger.clock);
        }
        Call::Remove(id) => {
            ledger.engine.remove_rule(id.name(), ledger.clock);
            ledger.changed();
        }
        Call::Pass(time) => ledger.clock += f64::from(*time),
    }
}

/// Checks that a number finds its ticket, or none.
fn find(ledger: &Ledger, number: f64) {
    if let Some(ticket) = ledger.engine.ticket(number) {
        assert_eq!(ticket.to_f64(), number);
        assert!(ledger.is_known(ticket), "{number} is {ticket:?}, which is void");
    }
}

/// Checks that a cost is rejected as unknown only if a slot has no rule, and always if it never had
/// one.
fn is_told(engine: &mut Engine, amounts: &[(SlotNumber, Number)], now: f64) {
    let mut copy = engine.clone();
    let rules = engine.clone().status(now);
    let known: Vec<u32> =
        rules.iter().filter_map(|rule| copy.slot(&rule.id, now).ok()).map(Slot::index).collect();
    let all_known = amounts.iter().all(|(slot, _)| known.contains(&slot.index()));
    let one_never_given = amounts.iter().any(|(slot, _)| slot.index() > 1000);
    let estimate = engine.estimate_wait(&costs_of(amounts), Options::default().priority, now);
    match matches!(estimate, Err(Rejection::UnknownRule { .. })) {
        true => assert!(!all_known, "{amounts:?} of {known:?}: {estimate:?}"),
        false => assert!(!one_never_given, "{amounts:?} of {known:?}: {estimate:?}"),
    }
}

fn costs_of(amounts: &[(SlotNumber, Number)]) -> Costs {
    let mut costs = Costs::default();
    for (slot, amount) in amounts {
        costs.add(Slot::from_index(slot.index()), amount.0);
    }
    costs
}
