//! Runs the binary against servers that do everything wrong, on loopback, and against files that are no better.
//!
//! Whatever they do, a run ends by itself, with the exit code of the contract, a valid report, and nothing in it
//! that a terminal would obey.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod certificates;
mod dns;
mod fetches;
mod greetings;
mod handshakes;
mod mutations;
mod peer;
mod process;
mod replay;
mod run;
mod upgrades;
