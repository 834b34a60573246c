//! The engine compared with models: an oracle, servers that count, and random walks.

mod arbitrary_numbers;
mod attack;
mod free_requests;
mod oracle;
mod random_walk;
mod replay;
mod rolling_window;
mod usage_reports;
