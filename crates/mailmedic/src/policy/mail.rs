//! What mail needs: the default.
//!
//! Its demands are the rules of mailmedic themselves, each with its own sources and with severities for port 25,
//! submission and access apart; the grade is drawn from them.

use super::Policy;

/// The default: what matters for opportunistic SMTP, for submission and for access, each apart.
pub const MAIL: Policy = Policy {
    name: "mail",
    title: "what mail needs: opportunistic on port 25, strict where people log in",
    publisher: "mailmedic",
    edition: crate::VERSION,
    date: "2026",
    source: "the sources of each rule: mailmedic rule ID",
    note: "Its demands are the rules of mailmedic. The grade is drawn from them.",
    requirements: &[],
    dh_bits: 2048,
    rsa_bits: 2048,
    rsa_bits_oversized: 4096,
    curve_bits: 224,
    reply_slow_ms: 5_000,
};
