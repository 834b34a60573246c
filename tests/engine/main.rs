//! The engine on virtual time: scenarios, a naive oracle, properties.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]

mod against_oracle;
mod aged;
mod answers;
mod attack;
mod calendar;
mod dice;
mod drift;
mod edges;
mod exact;
mod families;
mod feedback;
mod found;
mod free_case;
mod free_server;
mod given_back;
mod longest_wait;
mod modes;
mod mutants;
mod odd_answers;
mod oracle;
mod oracle_rules;
mod orderings;
mod pair;
mod pair_rules;
mod passing;
mod permits;
mod properties;
mod replay;
mod restored;
mod reviewed;
mod reviewed_counts;
mod rolling;
mod rolling_log;
mod saving;
mod scenarios;
mod sequences;
mod server_clock;
mod server_models;
mod servers;
mod storm;
mod storm_server;
mod support;
mod told;
mod updates;
mod waiting;
