//! The order in which waiters are granted.

mod aging;
mod demand;
mod ordering;
mod priority;
