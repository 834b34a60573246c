//! The order in which waiters are granted.

mod aging;
mod demand;
mod heads;
mod ordering;
mod priority;
