//! A small client of TLS 1.2 for what no library lets one do once the handshake stands.
//!
//! It verifies no certificate and no signature, takes no care of timing, and nothing secret ever goes through it: it
//! only shows how a server takes what comes next. All mathematics is aws-lc's.

mod cipher;
mod exchange;
mod keys;
mod link;
mod shake;
mod suite;

pub(super) use cipher::Forgery;
pub(super) use link::Link;
pub(super) use shake::{Failure, Last, Shaken, Ticket, shake};

#[cfg(test)]
mod tests;
