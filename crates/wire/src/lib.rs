//! Bytes ⇄ values for mailmedic: the TLS records and handshake messages of a server's first
//! flight (SSL 2 to TLS 1.3), the mail dialogues up to the TLS upgrade, and IANA's number spaces.
//!
//! No I/O, no clock, no async, no `unsafe`, no dependency. Whatever a peer sends is data: every
//! length is bounded and no input panics.

pub mod alert;
pub mod dialogue;
pub mod extension;
pub mod flight;
pub mod heartbeat;
pub mod hello;
pub mod names;
pub mod reader;
pub mod record;
pub mod ssl2;
