//! The attack on the safety promise while servers report their usage, in any order, and programs
//! are restarted. A report is true of the instant at which it was made, and does not include what
//! arrives later.

use crate::model::attack::case::{Case, Event, IDS, case, eighths, event};
use crate::model::attack::first_refusal;
use crate::model::attack::run::Run;
use crate::model::attack::servers::{Sent, Server};
use crate::support::cases;
use multi_throttler_engine::{Report, Usage};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Event(Event),
    /// Reports one of the responses that have been made by now.
    Response {
        which: usize,
        refused: bool,
        exact: bool,
    },
    /// Reports the exact count of the server, after which less may be used than before.
    Exact {
        rule: usize,
    },
    /// Restarts the program.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => event().prop_map(Step::Event),
        6 => (any::<usize>(), prop::bool::weighted(0.1), any::<bool>())
            .prop_map(|(which, refused, exact)| Step::Response { which, refused, exact }),
        2 => (0usize..3).prop_map(|rule| Step::Exact { rule }),
        1 => Just(Step::Restart),
    ]
}

/// The server of a rule, with all requests that arrive by `at`.
fn server_at(case: &Case, run: &Run, rule: usize, at: f64) -> Server {
    let longest = case.longest_delay();
    let grants = run
        .granted
        .iter()
        .enumerate()
        .filter(|(_, grant)| !grant.never_sent && grant.costs[rule].is_some());
    let mut sent: Vec<_> =
        grants.map(|(order, grant)| (grant.at + grant.delay * longest, order)).collect();
    sent.retain(|(arrives, _)| *arrives <= at);
    sent.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut server = case.server(rule);
    for (arrives, order) in sent {
        let (cost, limit) = (run.granted[order].costs[rule], run.granted[order].limits[rule]);
        let cost = cost.unwrap_or(0.0);
        server.accepts(arrives, Sent { order, cost, limit });
    }
    server
}

/// Reports the response to a request that has arrived and that the program still knows.
fn respond(case: &Case, run: &mut Run, (which, refused, exact): (usize, bool, bool), now: f64) {
    let longest = case.longest_delay();
    let arrived = |at: &usize| {
        let grant = &run.granted[*at];
        !grant.never_sent && grant.ticket.is_some() && grant.at + grant.delay * longest <= now
    };
    let arrived: Vec<usize> = (0..run.granted.len()).filter(arrived).collect();
    let Some(grant) = arrived.get(which % arrived.len().max(1)).map(|&at| &run.granted[at]) else {
        return;
    };
    let responded_at = grant.at + grant.delay * longest;
    let servers: Vec<Server> =
        (0..case.rules.len()).map(|rule| server_at(case, run, rule, responded_at)).collect();
    let usage = |(rule, server): (&'static str, &Server)| Usage {
        rule,
        used: Some(server.used(responded_at)),
        resets_at: server.resets_at().filter(|at| at.is_finite()).map(|at| at + case.offset),
        exact,
        ..Usage::default()
    };
    let usage: Vec<Usage> = IDS.into_iter().zip(&servers).map(usage).collect();
    let report = Report {
        status: if refused { 429 } else { 200 },
        retry_after: refused.then_some(50.0),
        date: Some(((responded_at + case.offset) / 1000.0).floor() * 1000.0),
        permit: grant.ticket,
        usage: &usage,
        ..Report::default()
    };
    run.engine.report(&report, now).unwrap();
    run.poll(now);
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn no_server_refuses_with_reports_and_restarts(
        case in case(),
        adaptive in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let case = Case { adaptive, ..case };
        let mut run = Run::new(&case);
        let mut now = 0.0;
        for step in &steps {
            match step {
                Step::Event(Event { gap, late, act }) => {
                    now = eighths(now + gap);
                    run.advance(now, *late);
                    if !case.rules_out(act) {
                        run.act(act, now);
                    }
                }
                Step::Response { which, refused, exact } => {
                    respond(&case, &mut run, (*which, *refused, *exact), now);
                }
                Step::Exact { rule } if *rule < case.rules.len() => {
                    let used = server_at(&case, &run, *rule, now).used(now);
                    run.engine.sync_usage(&[(IDS[*rule], used)], true, now).unwrap();
                    run.poll(now);
                }
                Step::Exact { .. } => {}
                Step::Restart => {
                    run.restart(&case, now);
                    now += case.jitter;
                }
            }
        }
        run.advance(f64::MAX, 0.0);
        let longest = case.longest_delay();
        let refusal = first_refusal(&case, &run.granted, |grant| grant.delay * longest);
        prop_assert!(refusal.is_none(), "{:?} {:#?}", refusal, run.granted);
    }
}
