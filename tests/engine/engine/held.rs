//! Claims that a ledger gives: what remains of a held rule, and waiters granted out of their order.

use crate::support::{
    PERMIT, capacity, cases, costs, engine, modes, poll_all, rule, tokens, try_take, wait,
    with_config,
};
use multi_throttler_engine::{
    Concurrency, Config, Engine, Held, Holding, LaneCost, Options, Ordering, Priority, Rank,
    Rejection, Submission, WaitingLane,
};
use proptest::prelude::*;

fn held(id: &str, limit: f64) -> multi_throttler_engine::Rule {
    rule(id, Held::new(limit, false).unwrap())
}

fn claims(engine: &Engine) -> Vec<(String, Holding)> {
    let mut all = Vec::new();
    engine.for_each_claim(&mut |id, holding| all.push((id.into(), holding)));
    all
}

/// Lanes in the order of the turns of their first waiters.
fn lanes_of(engine: &mut Engine) -> Vec<WaitingLane> {
    let mut all = Vec::new();
    engine.for_each_lane(&mut |_, lane| all.push(lane));
    all.sort_by_key(|lane| (lane.class, std::cmp::Reverse(lane.rank), lane.arrival));
    all
}

/// Costs of each request of a lane.
fn costs_of(engine: &Engine, lane: WaitingLane) -> Vec<(String, f64, f64)> {
    let mut all = Vec::new();
    let mut show = |cost: LaneCost| all.push((cost.rule.into(), cost.amount, cost.ceiling));
    engine.for_each_lane_cost(lane, &mut show);
    all
}

fn wait_in(engine: &mut Engine, amounts: &[(&str, f64)], class: Priority) -> f64 {
    let costs = costs(engine, amounts);
    wait(engine, &costs, class, engine.now()).to_f64()
}

fn granted(engine: &mut Engine, now: f64) -> Vec<f64> {
    poll_all(engine, now).iter().map(|(ticket, _)| ticket.to_f64()).collect()
}

#[test]
fn wait_is_limited_by_its_timeout_only_as_more_may_be_given_at_any_time() {
    let mut engine = engine([held("a", 10.0)]);
    let costs = costs(&mut engine, &[("a", 1.0)]);
    let options = Options { max_wait: 50.0, ..Options::default() };
    let Ok(Submission::Waiting(ticket)) = engine.submit(&costs, options, 0.0) else { panic!() };
    assert!(poll_all(&mut engine, 49.0).is_empty());
    let [(late, Err(Rejection::WaitTimeout { .. }))] = &poll_all(&mut engine, 50.0)[..] else {
        panic!()
    };
    assert_eq!(*late, ticket);
}

#[test]
fn claim_is_granted_until_it_ends() {
    let mut engine = engine([held("a", 10.0)]);
    assert!(!try_take(&mut engine, &[("a", 1.0)], 0.0));
    assert!(engine.hold_claim("a", 1.0, 3.0, 100.0, 0.0));
    assert!(try_take(&mut engine, &[("a", 1.0)], 99.0));
    assert!(!try_take(&mut engine, &[("a", 1.0)], 100.0));
    let [(id, claim)] = &claims(&engine)[..] else { panic!() };
    assert_eq!(
        (id.as_str(), claim.claim, claim.given, claim.spent, claim.spent_at),
        ("a", 1.0, 3.0, 1.0, 99.0)
    );
}

#[test]
fn claim_on_another_rule_or_none_is_refused() {
    let mut engine = engine([rule("a", Concurrency::new(3.0).unwrap())]);
    assert!(!engine.hold_claim("a", 1.0, 3.0, 100.0, 0.0));
    assert!(!engine.hold_claim("b", 1.0, 3.0, 100.0, 0.0));
}

#[test]
fn waiter_is_granted_when_a_claim_covers_it() {
    let mut engine = engine([held("a", 10.0), held("b", 10.0)]);
    let both = wait_in(&mut engine, &[("a", 2.0), ("b", 1.0)], Priority::Normal);
    engine.hold_claim("a", 1.0, 2.0, 100.0, 0.0);
    assert_eq!(granted(&mut engine, 0.0), []);
    assert_eq!(engine.due(), f64::INFINITY);
    engine.hold_claim("b", 2.0, 1.0, 100.0, 1.0);
    assert_eq!(granted(&mut engine, 1.0), [both]);
    assert_eq!((tokens(&mut engine, "a", 1.0), tokens(&mut engine, "b", 1.0)), (0.0, 0.0));
}

#[test]
fn lane_is_granted_before_waiters_ahead_of_it() {
    let mut engine = engine([held("a", 10.0)]);
    let ahead = wait_in(&mut engine, &[("a", 9.0)], Priority::Normal);
    let [first, second, third] =
        [(); 3].map(|()| wait_in(&mut engine, &[("a", 2.0)], Priority::Normal));
    let lanes = lanes_of(&mut engine);
    assert_eq!(lanes.iter().map(|lane| lane.count).collect::<Vec<_>>(), [1, 3]);
    engine.hold_claim("a", 1.0, 4.0, 100.0, 0.0);
    assert_eq!(engine.grant_lane(lanes[1].lane, 3, 0.0), 2);
    assert_eq!(granted(&mut engine, 0.0), [first, second]);
    engine.hold_claim("a", 2.0, 11.0, 100.0, 0.0);
    assert_eq!(granted(&mut engine, 0.0), [ahead, third]);
}

#[test]
fn lane_is_shown_by_ranks_and_granted_in_their_order() {
    // Costs of two rules need a plan: all waiters have a reservation, or two of them, or none.
    let work = Ordering::WorkConserving;
    for (ordering, reservations) in [(work, 64), (work, 2), (work, 0), (Ordering::StrictFifo, 64)] {
        let config = Config { ordering, reservations, ..Config::default() };
        let mut engine = with_config(config, [held("a", 10.0), held("b", 10.0)]);
        let [one, two] = [1.0, 2.0].map(|n| costs(&mut engine, &[("a", n), ("b", 1.0)]));
        let asked = [(&one, 0.0), (&one, 5.0), (&two, 5.0), (&one, -7.0), (&one, 5.0), (&one, 0.0)];
        let tickets = asked.map(|(costs, rank)| {
            let options = Options { rank: Rank::new(rank).unwrap(), ..Options::default() };
            match engine.submit(costs, options, 0.0) {
                Ok(Submission::Waiting(ticket)) => ticket.to_f64(),
                other => panic!("expected to wait, got {other:?}"),
            }
        });
        let lanes = lanes_of(&mut engine);
        let shown: Vec<_> =
            lanes.iter().map(|lane| (lane.rank.number(), lane.count, lane.arrival)).collect();
        let of = format!("{ordering:?}, {reservations} reservations");
        assert_eq!(shown, [(5, 2, 1), (5, 1, 2), (0, 2, 0), (-7, 1, 3)], "{of}");
        let names = [0, 2, 3].map(|at| lanes[at].lane);
        assert_eq!(names, [lanes[0].lane; 3]);
        engine.hold_claim("a", 1.0, 3.0, 100.0, 0.0);
        engine.hold_claim("b", 2.0, 3.0, 100.0, 0.0);
        assert_eq!(engine.grant_lane(lanes[0].lane, 3, 0.0), 3);
        assert_eq!(granted(&mut engine, 0.0), [1, 4, 0].map(|at| tickets[at]), "{of}");
    }
}

#[test]
fn lane_that_no_longer_waits_grants_nothing() {
    let mut engine = engine([held("a", 10.0)]);
    wait_in(&mut engine, &[("a", 2.0)], Priority::Normal);
    let lane = lanes_of(&mut engine)[0].lane;
    engine.clear(&Rejection::Cleared);
    engine.hold_claim("a", 1.0, 4.0, 100.0, 0.0);
    assert_eq!(engine.grant_lane(lane, 3, 0.0), 0);
    assert_eq!(engine.grant_lane(u32::MAX, 3, 0.0), 0);
    assert_eq!(lanes_of(&mut engine), []);
}

#[test]
fn lanes_are_in_the_order_of_their_first_waiters() {
    let config = modes(&[("normal", 0.1, 0.2)]);
    let mut engine = with_config(config, [held("a", 100.0), held("b", 50.0)]);
    wait_in(&mut engine, &[("a", 2.0)], Priority::Low);
    wait_in(&mut engine, &[("b", 1.0), ("a", 3.0)], Priority::Normal);
    wait_in(&mut engine, &[("a", 2.0)], Priority::Normal);
    wait_in(&mut engine, &[("a", 2.0)], Priority::Critical);
    wait_in(&mut engine, &[("a", 2.0)], Priority::Normal);
    let lanes = lanes_of(&mut engine);
    let shown: Vec<_> =
        lanes.into_iter().map(|lane| (lane.class, lane.count, costs_of(&engine, lane))).collect();
    let cost = |rule: &str, amount, ceiling| (rule.to_string(), amount, ceiling);
    assert_eq!(
        shown,
        [
            (Priority::Critical, 1, vec![cost("a", 2.0, 90.0)]),
            (Priority::Normal, 1, vec![cost("a", 3.0, 72.0), cost("b", 1.0, 36.0)]),
            (Priority::Normal, 2, vec![cost("a", 2.0, 72.0)]),
            (Priority::Low, 1, vec![cost("a", 2.0, 72.0)]),
        ]
    );
    assert_eq!(engine.ceiling("a", Priority::Critical, 0.0), Some(90.0));
    assert_eq!(engine.ceiling("b", Priority::Normal, 0.0), Some(36.0));
    assert_eq!(engine.ceiling("c", Priority::Normal, 0.0), None);
}

/// The ledger has kept buffer and reserve already.
#[test]
fn modes_leave_claims_whole() {
    let config = modes(&[("normal", 0.5, 0.5)]);
    let mut engine = with_config(config, [held("a", 10.0)]);
    assert_eq!(capacity(&mut engine, "a", 0.0), 10.0);
    engine.hold_claim("a", 1.0, 10.0, 100.0, 0.0);
    assert!(try_take(&mut engine, &[("a", 10.0)], 0.0));
    engine.set_mode("normal", 100.0, 0.0).unwrap();
    assert_eq!(capacity(&mut engine, "a", 0.0), 10.0);
}

#[test]
fn permits_of_a_claim_come_back() {
    let mut engine = engine([rule("a", Held::new(2.0, true).unwrap())]);
    engine.hold_claim("a", 1.0, 1.0, f64::INFINITY, 0.0);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let Ok(Submission::Held(first)) = engine.submit(&one, PERMIT, 0.0) else { panic!() };
    let Ok(Submission::Waiting(second)) = engine.submit(&one, PERMIT, 0.0) else { panic!() };
    engine.release(first, false, 5.0);
    assert_eq!(granted(&mut engine, 5.0), [second.to_f64()]);
    assert_eq!(claims(&engine)[0].1.spent, 1.0);
}

#[test]
fn usage_of_a_held_rule_raises_no_level() {
    let mut engine = engine([held("a", 2.0)]);
    engine.hold_claim("a", 1.0, 2.0, 100.0, 0.0);
    assert!(try_take(&mut engine, &[("a", 2.0)], 0.0));
    assert_eq!(engine.stats(0.0).throttle_factor, 0.0);
    assert_eq!(engine.status(0.0)[0].peak_utilization, 0.0);
}

#[test]
fn member_of_a_family_stays_while_it_has_claims() {
    let mut engine = engine([held("a:*", 2.0)]);
    engine.hold_claim("a:x", 1.0, 2.0, 100.0, 0.0);
    assert_eq!(engine.status(50.0).len(), 2);
    engine.hold_claim("a:x", 1.0, 0.0, 100.0, 60.0);
    assert_eq!(engine.status(70.0).len(), 1);
}

proptest! {
    #![proptest_config(cases(200))]

    /// In any order of claims, requests and grants out of turn, a rule grants at most what it was
    /// given, and each waiter is granted in the end.
    #[test]
    fn nothing_is_granted_beyond_claims(
        steps in prop::collection::vec((0_u8..6, 0_u8..2, 1_u8..4, 0_u8..3), 1..60),
        strict in any::<bool>(),
    ) {
        let mut engine = with_config(
            multi_throttler_engine::Config {
                ordering: if strict { Ordering::StrictFifo } else { Ordering::WorkConserving },
                ..Default::default()
            },
            [held("a", 3.0), held("b", 3.0)],
        );
        let (mut given, mut taken, mut claims) = ([0.0; 2], [0.0; 2], 0.0);
        let (mut now, mut open) = (0.0, std::collections::HashMap::new());
        for (kind, which, amount, class) in steps {
            let (id, amount) = (["a", "b"][usize::from(which)], f64::from(amount));
            let class = Priority::ALL[usize::from(class)];
            now += 1.0;
            match kind {
                0 | 1 => {
                    let wanted = if kind == 0 { vec![(id, amount)] } else { vec![("a", amount), ("b", 1.0)] };
                    let list = costs(&mut engine, &wanted);
                    let options = multi_throttler_engine::Options { priority: class, ..Default::default() };
                    match engine.submit(&list, options, now).unwrap() {
                        Submission::Waiting(ticket) => {
                            open.insert(ticket.to_f64().to_bits(), wanted);
                        }
                        _ => wanted.iter().for_each(|(id, cost)| taken[usize::from(*id == "b")] += cost),
                    }
                }
                2 | 3 => {
                    claims += 1.0;
                    given[usize::from(which)] += amount;
                    engine.hold_claim(id, claims, amount, f64::INFINITY, now);
                }
                _ => {
                    let lanes = lanes_of(&mut engine);
                    prop_assert_eq!(lanes.iter().map(|lane| lane.count).sum::<usize>(), open.len());
                    if let Some(lane) = lanes.get(usize::from(which)) {
                        engine.grant_lane(lane.lane, amount as usize, now);
                    }
                }
            }
            for (ticket, outcome) in poll_all(&mut engine, now) {
                prop_assert!(outcome.is_ok());
                for (id, cost) in open.remove(&ticket.to_f64().to_bits()).unwrap() {
                    taken[usize::from(id == "b")] += cost;
                }
            }
            for (at, id) in ["a", "b"].into_iter().enumerate() {
                prop_assert!(taken[at] <= given[at]);
                prop_assert_eq!(tokens(&mut engine, id, now), given[at] - taken[at]);
            }
        }
        for id in ["a", "b"] {
            engine.hold_claim(id, -1.0, 1e6, f64::INFINITY, now);
        }
        prop_assert_eq!(poll_all(&mut engine, now).len(), open.len());
    }
}
