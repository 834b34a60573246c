//! Requests: tickets and priorities.

mod ticket;
