//! The safety promise under attack: grants are sent to models of the servers, each delayed by up to
//! the jitter, at random or as adversely as possible, in any order. No server may refuse one, and
//! little may be lost.

use crate::model::attack::case::{
    Act, Case, End, Event, KINDS, Kind, MODES, Spec, case, eighths, event,
};
use crate::model::attack::run::{Run, grants};
use crate::model::attack::servers::{Sent, Server};
use crate::model::attack::{first_refusal, worst_refusal};
use crate::support::{cases, poll_all};
use multi_throttler_engine::{Costs, Fields, Options, Priority, Submission, Value};
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(30_000))]

    #[test]
    fn no_server_refuses_a_grant(case in case(), events in prop::collection::vec(event(), 1..60)) {
        let granted = grants(&case, &events);
        let longest = case.longest_delay();
        let refusal = first_refusal(&case, &granted, |grant| grant.delay * longest);
        prop_assert!(refusal.is_none(), "{:?}", refusal);
        let refusal = worst_refusal(&case, &granted, longest);
        prop_assert!(refusal.is_none(), "{:?} {:?}", refusal, granted);
    }

    /// A saturated rule grants at least `1 - 2 * jitter / interval` of what the server would have
    /// accepted; in a mode or with a share, that fraction of what these leave.
    #[test]
    fn saturated_rules_grant_the_promised_share(case in case(), kind in 0usize..5, class in 0usize..3, mode in 0usize..3) {
        let spec = Spec { kind: KINDS[kind], ..case.rules[0].clone() };
        // A rule of spacing has one token.
        let limit = if spec.kind == Kind::Spacing { 1.0 } else { spec.limit };
        let spec = Spec { limit, ..spec };
        let case = Case { rules: vec![spec.clone()], ..case };
        let mut engine = case.engine();
        engine.set_mode(MODES[mode], f64::INFINITY, 0.0).unwrap();
        let mut one = Costs::default();
        one.add(engine.slot("a", 0.0).unwrap(), 1.0);
        let options = Options { priority: Priority::ALL[class], ..Options::default() };
        let (buffer, reserve) = case.modes[mode];
        let shared = if case.share < 1.0 { (spec.limit * case.share).floor().max(1.0) } else { spec.limit };
        let buffered = (shared * (1.0 - buffer)).floor().max(1.0).min(shared);
        let critical = if buffer > 0.0 { buffered } else { shared };
        let limit = if class > 0 { critical - (critical * reserve).floor() } else { critical };
        // A bucket to which the jitter and the reserve leave less than one token grants no such
        // request.
        if engine.status(0.0)[0].capacity - (critical - limit) < 1.0 {
            return Ok(());
        }
        let until = 50.0 * spec.interval;
        let (mut now, mut granted_tokens) = (0.0, 0.0);
        while now <= until {
            match engine.submit(&one, options, now).unwrap() {
                Submission::Waiting(_) => {
                    now = engine.due();
                    granted_tokens += poll_all(&mut engine, now).len() as f64;
                }
                _ => granted_tokens += 1.0,
            }
        }
        let promised = (1.0 - 2.0 * case.jitter / spec.interval) * limit * 50.0 - limit;
        prop_assert!(granted_tokens >= promised, "{} of {}, promised {}", granted_tokens, limit * 50.0, promised);
    }

    /// The capacity and the rate of a bucket change at the server and here at the same instant.
    #[test]
    fn changing_bucket_is_never_overdrawn(
        start in 1u16..30,
        changes in prop::collection::vec((0.0..500.0f64, 1u16..30, 1u16..300), 1..8),
    ) {
        let case = Case::simple(Kind::Bucket, f64::from(start), 256.0, 0.0);
        let mut run = Run::new(&case);
        let Server::Bucket { mut capacity, mut rate, mut tokens, mut filled } = case.server(0) else { panic!() };
        let mut now = 0.0;
        for (time, limit, seconds) in changes {
            for _ in 0..20 {
                run.act(&Act::Submit { costs: vec![0.3, 0.0, 0.0], class: 1, delay: 0.0, end: End::Held }, now);
            }
            now += eighths(time);
            run.advance(now, 0.0);
            let mut server = Server::Bucket { capacity, rate, tokens, filled };
            for (order, grant) in run.granted.drain(..).enumerate() {
                let sent = Sent { order, cost: grant.costs[0].unwrap_or(0.0), limit: capacity };
                prop_assert!(server.accepts(grant.at, sent));
            }
            let Server::Bucket { tokens: remaining, filled: at, .. } = server else { panic!() };
            let (new, new_rate) = (f64::from(limit), f64::from(limit) / f64::from(seconds));
            tokens = capacity.min(remaining + (now - at) * rate).min(new);
            (capacity, rate, filled) = (new, new_rate, now);
            let patch = [("capacity", Value::Number(new)), ("refillRate", Value::Number(new_rate))];
            run.engine.update_rule("a", &Fields::from_iter(patch), now).unwrap();
            run.limits[0] = new;
            run.poll(now);
        }
    }
}

#[test]
fn worst_case_delays_refuse_an_engine_without_jitter() {
    // The attack is able to fail: it gets an engine refused that allows for less jitter than there
    // is.
    for kind in KINDS {
        let honest = Case::simple(kind, 10.0, 1000.0, 100.0);
        let careless = Case { jitter: 0.0, ..honest.clone() };
        let act = Act::Submit { costs: vec![0.1, 0.0, 0.0], class: 1, delay: 0.0, end: End::Held };
        let mut events = vec![Event { gap: 0.0, late: 0.0, act }; 60];
        // The requests come just before an edge.
        events[0].gap = 950.0;
        let refused = |case: &Case| worst_refusal(case, &grants(case, &events), 100.0).is_some();
        assert!(refused(&careless), "{kind:?}");
        assert!(!refused(&honest), "{kind:?}");
    }
}
