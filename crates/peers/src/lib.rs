//! Servers of any age and with any fault, for mailmedic's tests and benchmarks.
//!
//! A [`Personality`] says what a server knows and how it chooses. [`answer`] answers a hello as that server would, without
//! a socket; a [`Server`] does so on one, behind a mail dialogue, and misbehaves afterwards by its [`Habits`]. Nothing here
//! is part of the product.

mod answer;
mod bytes;
mod choose;
mod complete;
mod dh;
mod dialogue;
mod flight;
mod fragile;
mod habits;
mod identity;
mod keys;
mod known;
mod personality;
mod random;
mod records;
mod server;
mod truth;

pub use answer::{Answer, Hello, Then, answer, answer_bytes, answer_ssl2, read_hello};
pub use bytes::Stream;
pub use choose::{Choice, choose};
pub use dh::DhGroup;
pub use dialogue::Dialogue;
pub use habits::{Cbc, EarlyCcs, Habits, Heartbeat, Oracle, Renegotiation, Tickets, Unwilling};
pub use identity::Identity;
pub use personality::{Certificate, Choke, Key, Order, Personality, Poison, Quirks, Refusal, Refusals, When};
pub use server::{Peer, Server};
pub use truth::generous;

#[cfg(test)]
mod tests;
