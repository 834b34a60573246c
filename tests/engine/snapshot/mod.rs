//! Snapshots and what a restart restores.

mod elapsed;
mod invalid;
mod restart;
mod rules;
mod windows;
