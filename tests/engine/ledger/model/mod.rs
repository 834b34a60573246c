//! Random sequences of calls to the ledger, against a list of all claims.

mod naive;

use crate::support::cases;
use multi_throttler_engine::ledger::{
    Call, Cost, Counting, Demand, Given, Ledger, Settlement, SharedRule, Times,
};
use naive::Naive;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Step {
    pause: u16,
    process: u64,
    /// Whether the call before is repeated.
    repeats: bool,
    demand: Vec<(usize, u8, u8)>,
    wishes: bool,
    /// Which claims are settled, and how much of each was spent.
    settled: Vec<(u8, u8, u8)>,
}

fn step() -> impl Strategy<Value = Step> {
    let demand = prop::collection::vec((0_usize..3, 1_u8..4, 1_u8..5), 0..3);
    let settled = prop::collection::vec(any::<(u8, u8, u8)>(), 0..4);
    (0_u16..400, 1_u64..4, any::<bool>(), demand, any::<bool>(), settled).prop_map(
        |(pause, process, repeats, demand, wishes, settled)| Step {
            pause,
            process,
            repeats: repeats && pause % 4 == 0,
            demand,
            wishes,
            settled,
        },
    )
}

fn rule() -> impl Strategy<Value = SharedRule> {
    let counting = prop_oneof![
        Just(Counting::Fixed(512.0)),
        Just(Counting::Rolling(512.0)),
        Just(Counting::FirstRequest(512.0)),
        Just(Counting::Bucket(1.0 / 64.0)),
        Just(Counting::Concurrency),
    ];
    let jitter = prop_oneof![Just(0.0), Just(16.0), Just(64.0)];
    (counting, 6_u8..30, jitter).prop_map(|(counting, limit, jitter)| SharedRule {
        counting,
        limit: f64::from(limit),
        jitter,
    })
}

/// A ledger beside the list of its claims.
struct Pair {
    ledger: Ledger,
    naive: Naive,
    last: Vec<Call>,
    settled: usize,
}

impl Pair {
    fn new(rules: &[SharedRule], now: f64) -> Self {
        let mut ledger = Ledger::new(rules.to_vec(), Times::new(1000.0, 250.0));
        let first = call(0, 1, f64::NEG_INFINITY);
        ledger.call(&first, now);
        Self { ledger, naive: Naive::new(rules.to_vec(), now), last: vec![first; 4], settled: 0 }
    }

    fn take(&mut self, step: &Step, now: f64) {
        let at = step.process as usize;
        let mut next = call(step.process, self.last[at].number + 1, self.ledger.epoch());
        self.naive.advance(now);
        if step.repeats {
            next = self.last[at].clone();
        } else {
            next.demand =
                step.demand.iter().enumerate().map(|(n, each)| self.demand(n, *each)).collect();
            if step.wishes {
                next.wishes =
                    (0..self.naive.rules.len()).map(|rule| self.cost(rule, 3.0, 2)).collect();
            }
            next.settlements = self.settle(step, now);
            self.naive.advance(now);
        }
        let known = next.epoch == self.ledger.epoch();
        let outcome = self.ledger.call(&next, now);
        if known {
            self.naive.renew(step.process, outcome.answer.permits_until);
        }
        if !step.repeats {
            self.last[at] = next;
            self.give(step.process, &outcome.answer.claims, now);
        }
        for (process, given) in outcome.published {
            self.give(process, &[given], now);
        }
    }

    fn cost(&self, rule: usize, amount: f64, class: usize) -> Cost {
        let capacity = self.naive.rules[rule].capacity();
        Cost {
            rule,
            amount,
            ceiling: if class == 0 { capacity } else { (capacity * 0.75).floor() },
        }
    }

    fn demand(&self, lane: usize, (class, amount, count): (usize, u8, u8)) -> Demand {
        let rules = 0..self.naive.rules.len();
        let named = rules.filter(|rule| lane == 0 || *rule == lane % self.naive.rules.len());
        let costs = named.map(|rule| self.cost(rule, f64::from(amount), class)).collect();
        Demand { class, lane: lane as u32, costs, count: u64::from(count) }
    }

    /// Settles some claims of the caller in the list; the ledger is told later.
    fn settle(&mut self, step: &Step, now: f64) -> Vec<Settlement> {
        let mut settlements = Vec::new();
        for (which, spent, at) in &step.settled {
            let rules = &self.naive.rules;
            let mut own = self
                .naive
                .claims
                .iter_mut()
                .filter(|claim| claim.process == step.process && claim.settled.is_none());
            let Some(claim) = own.nth(usize::from(*which) % 8) else { continue };
            let is_permit = rules[claim.rule].counting == Counting::Concurrency;
            let part = if is_permit { 0.0 } else { f64::from(spent % 5) / 4.0 };
            let spent = (claim.amount * part).floor();
            let latest = claim.until.min(now);
            let spent_at = claim.since + (latest - claim.since) * f64::from(at % 5) / 4.0;
            claim.settled = Some((now, spent, spent_at));
            claim.settled_as = self.settled;
            self.settled += 1;
            let (claim, rule) = (claim.id, claim.rule);
            settlements.push(Settlement { claim, rule, spent, spent_at });
        }
        settlements
    }

    fn give(&mut self, process: u64, claims: &[Given], now: f64) {
        for given in claims {
            for &part in &given.parts {
                self.naive.give(given.claim, process, part, now);
            }
        }
    }
}

fn call(process: u64, number: u64, epoch: f64) -> Call {
    let (spent, settlements, demand, wishes) = (vec![], vec![], vec![], vec![]);
    Call { process, number, epoch, spent, settlements, demand, wishes }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn ledger_counts_as_the_list_of_all_claims(
        rules in prop::collection::vec(rule(), 1..4),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut now = 1_000_000.0;
        let mut pair = Pair::new(&rules, now);
        now += 2000.0;
        for step in steps {
            now += f64::from(step.pause);
            pair.take(&step, now);
            for (at, rule) in rules.iter().enumerate() {
                let (ledger, naive) = (pair.ledger.used(at), pair.naive.used(at, now));
                prop_assert!((ledger - naive).abs() < 1e-6, "{rule:?}: {ledger}, not {naive}");
                prop_assert!(ledger <= rule.limit + 1e-6, "{rule:?}: {ledger} used");
            }
        }
    }
}
