//! Calls of the ledger: epochs, numbers, classes and turns.

use multi_throttler_engine::ledger::{
    Call, Cost, Counting, Demand, Ledger, Outcome, Settlement, SharedRule, Times,
};

const TIMES: Times = Times { lease: 1000.0, timeout: 250.0, recovery: 2000.0 };

fn rolling(limit: f64) -> SharedRule {
    SharedRule { counting: Counting::Rolling(1000.0), limit, jitter: 0.0 }
}

fn call(process: u64, number: u64, epoch: f64) -> Call {
    let (spent, settlements, demand, wishes) = (vec![], vec![], vec![], vec![]);
    Call { process, number, epoch, spent, settlements, demand, wishes }
}

/// A ledger of one rule of 10 whose recovery is over at 2000.
fn started() -> (Ledger, f64) {
    let mut ledger = Ledger::new(vec![rolling(10.0)], TIMES);
    ledger.call(&call(99, 1, f64::NEG_INFINITY), 0.0);
    let epoch = ledger.epoch();
    (ledger, epoch)
}

fn demand(class: usize, amount: f64, count: u64) -> Demand {
    let ceiling = if class == 0 { 10.0 } else { 8.0 };
    Demand { class, lane: class as u32, costs: vec![Cost { rule: 0, amount, ceiling }], count }
}

/// The requests that a process was given claims for.
fn given(outcome: &Outcome) -> u64 {
    outcome.answer.claims.iter().filter_map(|claim| claim.lane).map(|(_, count)| count).sum()
}

#[test]
fn nothing_is_given_before_the_recovery_is_over() {
    let (mut ledger, epoch) = started();
    let wants = |number| Call { demand: vec![demand(1, 1.0, 3)], ..call(1, number, epoch) };
    let early = ledger.call(&wants(1), 1999.0);
    assert_eq!((given(&early), early.answer.ask_at), (0, 2000.0));
    assert_eq!(given(&ledger.call(&wants(2), 2000.0)), 3);
}

#[test]
fn repeated_call_gets_the_same_claims() {
    let (mut ledger, epoch) = started();
    let wants = Call { demand: vec![demand(1, 1.0, 3)], ..call(1, 1, epoch) };
    let first = ledger.call(&wants, 3000.0);
    assert_eq!(ledger.call(&wants, 3010.0).answer.claims, first.answer.claims);
    assert_eq!(ledger.used(0), 3.0);
    let older = Call { number: 0, ..wants };
    assert_eq!(ledger.call(&older, 3020.0).answer.claims, []);
    assert_eq!(ledger.used(0), 3.0);
}

#[test]
fn settlement_of_another_epoch_or_process_changes_nothing() {
    let (mut ledger, epoch) = started();
    let wants = Call { demand: vec![demand(1, 1.0, 3)], ..call(1, 1, epoch) };
    let claim = ledger.call(&wants, 3000.0).answer.claims[0].claim;
    let unspent = Settlement { claim, rule: 0, spent: 0.0, spent_at: 3000.0 };
    let settles = |process, epoch| Call { settlements: vec![unspent], ..call(process, 2, epoch) };
    ledger.call(&settles(1, epoch - 1.0), 3001.0);
    ledger.call(&settles(2, epoch), 3001.0);
    assert_eq!(ledger.used(0), 3.0);
    ledger.call(&settles(1, epoch), 3001.0);
    assert_eq!(ledger.used(0), 0.0);
}

/// A count would repeat itself: 1 is lost, 2 is lost, and 1 is all that the caller knows.
#[test]
fn epochs_differ_although_data_is_lost_twice() {
    let (_, first) = started();
    let [second, third] = [10.0, 20.0].map(|now| {
        let mut lost = Ledger::new(vec![rolling(10.0)], TIMES);
        lost.call(&call(1, 1, first), now);
        lost.epoch()
    });
    assert!(first < second && second < third);
}

#[test]
fn call_that_knows_a_later_epoch_begins_one() {
    let (mut ledger, epoch) = started();
    let outcome = ledger.call(&call(1, 1, epoch + 5.0), 3000.0);
    assert!(outcome.new_epoch.is_some_and(|new| new > epoch + 5.0));
    assert_eq!(outcome.answer.ask_at, 5000.0);
}

#[test]
fn reserve_is_kept_for_critical_requests() {
    let (mut ledger, epoch) = started();
    let wants =
        |process, class| Call { demand: vec![demand(class, 1.0, 20)], ..call(process, 1, epoch) };
    assert_eq!(given(&ledger.call(&wants(1, 1), 3000.0)), 8);
    assert_eq!(given(&ledger.call(&wants(2, 0), 3000.0)), 2);
}

#[test]
fn large_request_is_not_starved_by_small_ones_of_others() {
    let (mut ledger, epoch) = started();
    let small = |number| Call { demand: vec![demand(1, 1.0, 9)], ..call(1, number, epoch) };
    ledger.call(&small(1), 3000.0);
    let large = Call { demand: vec![demand(1, 8.0, 1)], ..call(2, 1, epoch) };
    assert_eq!(given(&ledger.call(&large, 3010.0)), 0);
    let mut published = Vec::new();
    for number in 2..8 {
        let now = 3010.0 + 400.0 * number as f64;
        published.extend(ledger.call(&small(number), now).published);
    }
    assert!(published.iter().any(|(process, claim)| *process == 2 && claim.parts[0].1 == 8.0));
}

#[test]
fn request_above_its_ceiling_is_given_a_claim_alone() {
    let (mut ledger, epoch) = started();
    let wants = |process, number, amount| Call {
        demand: vec![demand(1, amount, 1)],
        ..call(process, number, epoch)
    };
    ledger.call(&wants(1, 1, 1.0), 3000.0);
    assert_eq!(given(&ledger.call(&wants(2, 1, 10.0), 3000.0)), 0);
    assert_eq!(given(&ledger.call(&wants(2, 2, 10.0), 5000.0)), 1);
}

#[test]
fn demand_of_a_silent_process_is_dropped() {
    let (mut ledger, epoch) = started();
    let wants =
        |process, class| Call { demand: vec![demand(class, 1.0, 50)], ..call(process, 1, epoch) };
    ledger.call(&wants(1, 0), 3000.0);
    let outcome = ledger.call(&wants(2, 2), 60_000.0);
    assert_eq!((given(&outcome), outcome.published.len()), (8, 0));
}
