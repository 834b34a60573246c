//! Exact counts, attacked: requests that turn out to be free, counts that fall, other clients, answers in any order and
//! some that never come. Whatever is given back, the server's count never comes to more than its limit.

mod case;
mod server;

use crate::model::free_requests::case::{Case, Ends, Happens, INTERVAL, case};
use crate::model::free_requests::server::World;
use crate::support::{cases, tokens};
use proptest::prelude::*;

/// A request that goes beyond the limit of its window by what was known at its grant: the answer that was read last shows
/// so much, and so much of what was granted by then arrived after it was read. Later ones of which nobody is sure in which
/// window they were read may be gone by, or not.
fn excess(world: &World) -> Option<String> {
    (0..world.own.len()).find_map(|last| {
        let (_, window, _) = world.own[last]?;
        let told = world.told[..world.known[last]].iter().filter(|shown| shown.window == window);
        let certain = told.clone().filter(|shown| shown.is_certain).map(|shown| (shown.read, shown.used));
        let certain = certain.max_by_key(|shown| shown.0).unwrap_or((0, 0.0));
        let later = told.filter(|shown| shown.read > certain.0).map(|shown| (shown.read, shown.used));
        let arrived = || world.own[..=last].iter().flatten().filter(|own| own.1 == window);
        let counts = later
            .chain([certain])
            .map(|(read, shown)| shown + arrived().filter(|own| own.0 > read).map(|own| own.2).sum::<f64>());
        let least = counts.fold(f64::INFINITY, f64::min);
        (least > world.case.limit).then(|| format!("{least} with request {last}"))
    })
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// Permits that are released without an answer, requests without permits, answers without counts: all mixed.
    #[test]
    fn server_count_stays_within_its_limit_without_others(case in case(false, false)) {
        let mut world = World::new(&case);
        world.play();
        prop_assert!(world.most <= case.limit, "{} of {}", world.most, case.limit);
    }

    /// What others send later nobody can know; all that is known is that the answer which was read last is obeyed.
    #[test]
    fn grants_stay_within_the_last_report_with_others(case in case(true, true)) {
        let mut world = World::new(&case);
        world.play();
        prop_assert_eq!(excess(&world), None);
    }

    #[test]
    fn shares_of_bot_and_others_stay_within_the_limit(
        case in case(false, true),
        share in 0.2..0.8f64,
    ) {
        let ours = (case.limit * share).floor().max(1.0);
        let case = Case { share, others: case.limit - ours, ..case };
        let mut world = World::new(&case);
        world.play();
        prop_assert!(world.most <= case.limit, "{} of {}", world.most, case.limit);
    }

    /// Once all have answered, and two more that were asked for a jitter after another, what the server counts is known to
    /// the last token, however much of it was free or taken out.
    #[test]
    fn free_costs_are_all_returned_in_the_end(case in case(true, false)) {
        let last = Happens::Request { cost: 1.0, counted: 0.0, there: 0.0, work: 0.0, back: 0.0, ends: Ends::Exact };
        let early = case.events.iter().map(|&(gap, happens)| (gap % 10.0, match happens {
            Happens::Request { cost, counted, there, work, back, ends } => {
                Happens::Request { cost, counted, there, work: work % 200.0, back: back % 300.0, ends }
            }
            other => other,
        }));
        let events = early.chain([(1000.0, last), (300.0, last)]).collect();
        let case = Case { from_first: false, offset: 400.0, limit: 1000.0, events, ..case };
        let mut world = World::new(&case);
        let now = world.play();
        prop_assert!(now < INTERVAL - 800.0);
        prop_assert_eq!(1000.0 - tokens(&mut world.engine, "w", now), world.used(now));
    }
}
