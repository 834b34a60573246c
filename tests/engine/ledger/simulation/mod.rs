//! Processes that share limits through a ledger, on virtual time: messages are delayed, lost,
//! doubled and reordered, processes crash, stop and sleep, and the ledger loses its data. Servers
//! with delays up to the jitter count what arrives.

mod process;
mod servers;
mod world;

use world::{Control, Faults, World};

const QUIET: Faults =
    Faults { network: false, crashes: false, pauses: false, losses: false, outages: false };
const HARSH: Faults = Faults { network: true, crashes: true, pauses: true, ..QUIET };
/// A process that crashes has no claim that could outlive a sleep.
const SLEEPS: Faults = Faults { crashes: false, ..HARSH };
/// Processes are cut off, and go on with their shares.
const OUTAGES: Faults = Faults { outages: true, ..HARSH };
/// A loss must not coincide with the death or a long silence of a process that has spent.
const LOSSES: Faults = Faults { network: true, pauses: true, losses: true, ..QUIET };
const OUTAGES_WITH_LOSSES: Faults = Faults { outages: true, ..LOSSES };

/// The number of runs, unless the variable LEDGER_RUNS sets another.
fn runs(usually: u64) -> u64 {
    std::env::var("LEDGER_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(usually)
}

fn check(faults: Faults, runs: u64) {
    for seed in 0..runs {
        let mut world = World::new(seed, faults, None);
        let is_served = world.run(300_000.0);
        let World { excess, granted, max_wait, rules, .. } = world;
        assert_eq!(excess, 0.0, "seed {seed}: {granted} granted under {rules:?}");
        assert!(is_served, "seed {seed}: {granted} granted, waited {max_wait} under {rules:?}");
        assert!(granted > 0, "seed {seed}");
    }
}

/// The excess of the first run without a protection that has one, from a seed on.
fn excess_of(control: Control, faults: Faults, first: u64) -> f64 {
    let excess = |seed| {
        let mut world = World::new(seed, faults, Some(control));
        world.run(100.0);
        world.excess
    };
    (first..first + 400).map(excess).find(|excess| *excess > 0.0).unwrap_or(0.0)
}

#[test]
fn no_limit_is_exceeded_and_all_are_served_without_faults() {
    check(QUIET, runs(30));
}

#[test]
fn no_limit_is_exceeded_and_all_are_served_beside_crashes_and_pauses() {
    check(HARSH, runs(80));
}

#[test]
fn no_limit_is_exceeded_and_all_are_served_after_losses() {
    check(LOSSES, runs(80));
}

#[test]
fn no_limit_is_exceeded_and_all_are_served_while_shares_are_spent() {
    check(OUTAGES, runs(80));
    check(OUTAGES_WITH_LOSSES, runs(80));
}

#[test]
fn processes_that_are_cut_off_go_on() {
    let spent_by_shares = |seed| {
        let mut world = World::new(seed, OUTAGES, None);
        world.run(300_000.0);
        world.by_share
    };
    assert!((0..20).map(spent_by_shares).sum::<u64>() > 100);
}

/// The seeds are those that find an excess soon.
#[test]
fn each_protection_is_needed() {
    for (control, faults, first) in [
        (Control::NoEnds, HARSH, 1),
        (Control::NoWallClock, SLEEPS, 19),
        (Control::ReceivedTwice, HARSH, 32),
        (Control::ForgottenClaims, HARSH, 0),
        (Control::NoRecovery, LOSSES, 3),
        (Control::NoRegistration, LOSSES, 39),
        (Control::NoHeartbeat, LOSSES, 96),
        (Control::NoJitter, QUIET, 0),
        (Control::NoReserve, OUTAGES, 0),
        (Control::FullShareAtStart, OUTAGES, 0),
        (Control::TooManyShares, OUTAGES, 0),
        (Control::WindowsOfFirstRequest, OUTAGES, 0),
    ] {
        assert!(excess_of(control, faults, first) > 0.0, "{control:?} finds no excess");
    }
}
