//! Looks at whole mail domains with the real binary: zone, servers and web are on loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod dmarc;
mod exchangers;
mod generate;
mod names;
mod protection;
mod provision;
mod senders;
mod services;
mod spf;
mod support;

// The servers of the demo serve here too, and the name server is that of the library's tests.
#[path = "../../src/ward/certificates.rs"]
#[allow(dead_code, reason = "the demo needs more of it")]
mod certificates;
#[path = "../../src/ward/dialogue.rs"]
#[allow(dead_code, reason = "the demo needs more of it")]
mod dialogue;
#[path = "../../../mailmedic/src/dns/authority.rs"]
#[allow(dead_code, reason = "the library's tests need more of it")]
mod name_server;
#[path = "../../src/ward/old.rs"]
mod old;
#[path = "../../src/ward/server.rs"]
#[allow(dead_code, reason = "the demo needs more of it")]
mod server;
#[path = "../../src/ward/tls.rs"]
mod tls;
