//! Exact counts under attack: requests that turn out to be free, counts that fall, other clients,
//! responses in any order and some that never come. The server's count never exceeds its limit,
//! whatever is returned.

mod case;
mod server;

use crate::model::free_requests::case::{Case, Event, INTERVAL, Outcome, case};
use crate::model::free_requests::server::Simulation;
use crate::support::{cases, tokens};
use proptest::prelude::*;

/// A request that exceeded the limit of its window by what was known at its grant: the usage of the
/// latest report, plus the requests granted by then that arrived after it was read. Later reports
/// whose window is uncertain may be used or not.
fn excess(simulation: &Simulation) -> Option<String> {
    (0..simulation.own.len()).find_map(|last| {
        let (_, window, _) = simulation.own[last]?;
        let reports = simulation.reports[..simulation.reports_before[last]]
            .iter()
            .filter(|reported| reported.window == window);
        let certain = reports
            .clone()
            .filter(|reported| reported.is_certain)
            .map(|reported| (reported.read, reported.used));
        let certain = certain.max_by_key(|reported| reported.0).unwrap_or((0, 0.0));
        let later = reports
            .filter(|reported| reported.read > certain.0)
            .map(|reported| (reported.read, reported.used));
        let arrived = || simulation.own[..=last].iter().flatten().filter(|own| own.1 == window);
        let counts = later.chain([certain]).map(|(read, reported)| {
            reported + arrived().filter(|own| own.0 > read).map(|own| own.2).sum::<f64>()
        });
        let least = counts.fold(f64::INFINITY, f64::min);
        (least > simulation.case.limit).then(|| format!("{least} with request {last}"))
    })
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// Permits released without a response, requests without permits and responses without counts
    /// are mixed.
    #[test]
    fn server_count_stays_within_its_limit_without_others(case in case(false, false)) {
        let mut simulation = Simulation::new(&case);
        simulation.play();
        prop_assert!(simulation.highest_count <= case.limit, "{} of {}", simulation.highest_count, case.limit);
    }

    /// Later usage of other clients is unknown. The bot obeys the report that was read last.
    #[test]
    fn grants_stay_within_the_last_report_with_others(case in case(true, true)) {
        let mut simulation = Simulation::new(&case);
        simulation.play();
        prop_assert_eq!(excess(&simulation), None);
    }

    #[test]
    fn shares_of_bot_and_others_stay_within_the_limit(
        case in case(false, true),
        share in 0.2..0.8f64,
    ) {
        let ours = (case.limit * share).floor().max(1.0);
        let case = Case { share, others: case.limit - ours, ..case };
        let mut simulation = Simulation::new(&case);
        simulation.play();
        prop_assert!(simulation.highest_count <= case.limit, "{} of {}", simulation.highest_count, case.limit);
    }

    /// After all responses, and two more to requests sent a jitter apart, the engine knows the
    /// server's count to the last token, however much of it was free or taken out.
    #[test]
    fn free_costs_are_all_returned_in_the_end(case in case(true, false)) {
        let last = Event::Request { cost: 1.0, counted: 0.0, there: 0.0, work: 0.0, back: 0.0, outcome: Outcome::Exact, at_cost: false };
        let early = case.events.iter().map(|&(gap, event)| (gap % 10.0, match event {
            Event::Request { cost, counted, there, work, back, outcome, at_cost } => {
                Event::Request { cost, counted, there, work: work % 200.0, back: back % 300.0, outcome, at_cost }
            }
            other => other,
        }));
        let events = early.chain([(1000.0, last), (300.0, last)]).collect();
        let case = Case { from_first: false, offset: 400.0, limit: 1000.0, events, ..case };
        let mut simulation = Simulation::new(&case);
        let now = simulation.play();
        prop_assert!(now < INTERVAL - 800.0);
        prop_assert_eq!(1000.0 - tokens(&mut simulation.engine, "w", now), simulation.used(now));
    }
}
