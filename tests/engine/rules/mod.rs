//! Rules: checks, families, and the limits in force.

mod adaptive;
mod check;
mod family;
mod large_costs;
mod peak;
mod quota;
