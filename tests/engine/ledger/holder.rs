//! The claims of one process: clocks, numbers, and what it tells after a loss.

use multi_throttler_engine::ledger::{
    Answer, Clocks, Cost, Counting, Given, Holder, Offset, Registered, SharedRule,
};

const EPOCH: f64 = 7.0;

fn clocks(now: f64) -> Clocks {
    Clocks { now, wall: now + 500.0 }
}

fn answer(number: u64, now: f64, claims: Vec<Given>) -> Answer {
    Answer { number, epoch: EPOCH, now, claims, ask_at: f64::INFINITY, permits_until: now + 3000.0 }
}

fn claim(claim: u64, amount: f64, until: f64) -> Given {
    Given { claim, until, lane: None, parts: vec![(0, amount, until)] }
}

fn cost(amount: f64) -> [Cost; 1] {
    [Cost { rule: 0, amount, ceiling: 10.0 }]
}

/// A process that has registered. The ledger's clock is 1000 ahead of its own, and each message
/// takes 10 ms.
fn registered(counting: Counting) -> Holder {
    let rule = SharedRule { counting, limit: 10.0, jitter: 0.0 };
    let mut holder = Holder::new(1, vec![rule]);
    for (number, sent) in [(1, 0.0), (2, 20.0)] {
        holder.call(vec![], vec![], clocks(sent)).unwrap();
        holder.answer(&answer(number, sent + 1010.0, vec![]), clocks(sent + 20.0));
    }
    holder
}

#[test]
fn claim_ends_early_by_the_time_that_a_message_takes() {
    let mut holder = registered(Counting::Rolling(1000.0));
    assert!(holder.published(EPOCH, &claim(1, 5.0, 1200.0), clocks(100.0)));
    assert!(holder.covers(&cost(5.0), clocks(189.0)));
    assert!(!holder.covers(&cost(5.0), clocks(190.0)));
}

#[test]
fn repeated_call_was_sent_when_it_was_sent_first() {
    let mut offset = Offset::default();
    offset.learn(0.0, 1005.0, 500.0);
    assert_eq!(offset.most(500.0), 1005.0);
    assert!(offset.most(1500.0) > 1005.0 && offset.least(1500.0) < 505.0);
}

#[test]
fn claim_is_dead_by_either_clock() {
    let mut holder = registered(Counting::Rolling(1000.0));
    holder.published(EPOCH, &claim(1, 5.0, 1200.0), clocks(100.0));
    assert!(!holder.covers(&cost(1.0), Clocks { now: 101.0, wall: 800.0 }));
    holder.read_clocks(clocks(100.0));
    holder.read_clocks(Clocks { now: 101.0, wall: 660.0 });
    assert!(!holder.covers(&cost(1.0), Clocks { now: 101.0, wall: 660.0 }));
}

#[test]
fn claim_counts_once_and_only_in_its_epoch() {
    let mut holder = registered(Counting::Rolling(1000.0));
    assert!(holder.published(EPOCH, &claim(1, 5.0, 2000.0), clocks(100.0)));
    assert!(!holder.published(EPOCH, &claim(1, 5.0, 2000.0), clocks(100.0)));
    assert!(!holder.published(EPOCH - 1.0, &claim(2, 5.0, 2000.0), clocks(100.0)));
    assert_eq!(holder.left(0, clocks(100.0)), 5.0);
}

#[test]
fn claim_is_settled_once_it_is_spent_or_over() {
    let mut holder = registered(Counting::Rolling(1000.0));
    holder.published(EPOCH, &claim(1, 2.0, 2000.0), clocks(100.0));
    holder.published(EPOCH, &claim(2, 5.0, 1300.0), clocks(100.0));
    holder.spend(&cost(3.0), clocks(110.0));
    let settled = holder.call(vec![], vec![], clocks(120.0)).unwrap().settlements;
    assert_eq!(settled.iter().map(|each| (each.claim, each.spent)).collect::<Vec<_>>(), [(1, 2.0)]);
    assert!(settled[0].spent_at >= 1110.0);
    holder.answer(&answer(3, 1130.0, vec![]), clocks(140.0));
    let settled = holder.call(vec![], vec![], clocks(400.0)).unwrap().settlements;
    assert_eq!(settled.iter().map(|each| (each.claim, each.spent)).collect::<Vec<_>>(), [(2, 1.0)]);
    assert!(settled[0].spent_at <= 1300.0);
}

/// The process tells its spending in the time of the new ledger, which it has to learn first.
#[test]
fn process_tells_what_it_spent_when_data_was_lost() {
    let mut holder = registered(Counting::Rolling(1000.0));
    holder.published(EPOCH, &claim(1, 5.0, 2000.0), clocks(100.0));
    holder.spend(&cost(3.0), clocks(110.0));
    holder.hear_epoch(EPOCH + 1.0);
    assert!(!holder.covers(&cost(1.0), clocks(111.0)) && holder.must_hear_of_loss(clocks(111.0)));
    let unknown = holder.call(vec![], vec![], clocks(120.0)).unwrap();
    assert_eq!((unknown.epoch, unknown.spent.len()), (f64::NEG_INFINITY, 0));
    let next = Answer { epoch: EPOCH + 1.0, ..answer(unknown.number, 9130.0, vec![]) };
    holder.answer(&next, clocks(140.0));
    let told = holder.call(vec![], vec![], clocks(140.0)).unwrap();
    let [Registered { rule: 0, from, to, amount: 3.0 }] = told.spent[..] else { panic!() };
    assert!(told.epoch == EPOCH + 1.0 && (9090.0..=9110.0).contains(&from) && to >= 9120.0);
}

#[test]
fn permits_in_use_are_told_and_adopted_after_a_loss() {
    let mut holder = registered(Counting::Concurrency);
    holder.published(EPOCH, &claim(1, 2.0, 4000.0), clocks(100.0));
    holder.spend(&cost(2.0), clocks(110.0));
    holder.call(vec![], vec![], clocks(120.0)).unwrap();
    let next = Answer { epoch: EPOCH + 1.0, ..answer(3, 1130.0, vec![]) };
    holder.answer(&next, clocks(140.0));
    let told = holder.call(vec![], vec![], clocks(150.0)).unwrap();
    assert_eq!(told.spent[0].amount, 2.0);
    holder.release(0, 1.0);
    let done = Answer { epoch: EPOCH + 1.0, ..answer(4, 1160.0, vec![]) };
    holder.answer(&done, clocks(170.0));
    assert_eq!(holder.left(0, clocks(170.0)), 1.0);
    holder.release(0, 1.0);
    assert_eq!(holder.left(0, clocks(170.0)), 2.0);
}

#[test]
fn bucket_tells_what_it_lacks_by_this_process_alone() {
    let mut holder = registered(Counting::Bucket(0.01));
    holder.published(EPOCH, &claim(1, 5.0, 2000.0), clocks(100.0));
    holder.spend(&cost(3.0), clocks(100.0));
    holder.call(vec![], vec![], clocks(120.0)).unwrap();
    let next = Answer { epoch: EPOCH + 1.0, ..answer(3, 1130.0, vec![]) };
    holder.answer(&next, clocks(140.0));
    assert_eq!(holder.call(vec![], vec![], clocks(200.0)).unwrap().spent[0].amount, 2.0);
    assert!(!holder.must_hear_of_loss(clocks(400.0)));
}
