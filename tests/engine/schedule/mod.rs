//! The order in which waiters are granted.

mod aging;
mod backfill;
mod demand;
mod heads;
mod ordering;
mod planner;
mod priority;
mod rank;
mod saturated;
