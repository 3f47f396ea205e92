//! Examines mail servers, names every TLS and certificate fault, and says what cures it.
//!
//! The data goes one way: target → plan → probe → observation → rules → finding → report. Stages (plan,
//! probe, dns, chain, rules, report, server, explain) import only the data modules; this root strings them together.

pub mod bytes;
pub mod certificate;
pub mod chain;
pub mod client;
pub mod client_config;
pub mod dh;
pub mod diagnosis;
pub mod dns;
pub mod endpoint;
pub mod examine;
pub mod explain;
pub mod explanation;
pub mod fetch;
pub mod finding;
pub mod generate;
pub mod grade;
pub mod identity;
pub mod job;
pub mod judge;
pub mod keyfile;
pub mod known;
pub mod name;
pub mod observation;
pub mod peer;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod provision;
pub mod reach;
pub mod records;
pub mod report;
pub mod revocation;
pub mod rules;
pub mod server;
pub mod software;
pub mod target;
pub mod trust;
pub mod unpack;
pub mod words;
mod xml;

#[cfg(test)]
mod sample;

/// The version of mailmedic.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
