//! Calls of the engine, one file for each concern.

mod ccxt_scenarios;
mod configure;
mod estimate;
mod events;
mod held;
mod modes;
mod pauses;
mod rules;
mod stats;
mod submit;
mod time;
mod update_rule;
