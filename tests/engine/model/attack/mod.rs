//! An attack on the safety promise: an engine at work, whose grants are sent to models of the
//! servers. No server may refuse one.

mod case;
mod grants;
mod reports;
mod run;
mod servers;

use crate::model::attack::case::Case;
use crate::model::attack::run::Grant;
use crate::model::attack::servers::Sent;

/// Sends each grant after its delay. Returns the first one that a server refuses.
pub fn first_refusal(
    case: &Case,
    granted: &[Grant],
    delay: impl Fn(&Grant) -> f64,
) -> Option<(f64, usize, Sent)> {
    let mut sent: Vec<(f64, usize)> = granted
        .iter()
        .enumerate()
        .filter(|(_, grant)| !grant.never_sent)
        .map(|(order, grant)| (grant.at + delay(grant), order))
        .collect();
    sent.sort_by(|a, b| a.0.total_cmp(&b.0));
    (0..case.rules.len()).find_map(|rule| {
        let mut server = case.server(rule);
        sent.iter().find_map(|&(at, order)| {
            let limit = granted[order].limits[rule];
            let sent = Sent { order, cost: granted[order].costs[rule]?, limit };
            (!server.accepts(at, sent)).then_some((at, rule, sent))
        })
    })
}

/// The worst case, tried for each instant: grants up to the instant arrive as late as possible, and
/// all later ones at once.
pub fn worst_refusal(case: &Case, granted: &[Grant], longest: f64) -> Option<(f64, usize, Sent)> {
    granted.iter().find_map(|pivot| {
        first_refusal(case, granted, |grant| if grant.at < pivot.at { longest } else { 0.0 })
    })
}
