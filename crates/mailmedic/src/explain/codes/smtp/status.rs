//! What an enhanced status code says where its words say nothing.

use super::super::Certainty::{Certain, Likely, Possible};
use super::super::Means;
use super::super::Whose;
use super::super::Whose::{Peer, ThisSide, Unknown};
use super::super::means;

/// The code as one number, without its class where both classes mean the same; a name; a meaning.
#[rustfmt::skip]
pub(super) const STATUSES: &[(u64, &str, Option<Means>)] = &[
    // The TLS ones: RFC 3207, RFC 4954, RFC 5248, RFC 7817, RFC 8689.
    (7_010, "encryption-needed", means("login-requires-tls", ThisSide, Likely)),
    (7_011, "encryption-needed", means("login-requires-tls", ThisSide, Likely)),
    (7_030, "requiretls-unsupported", means("starttls-missing", Peer, Possible)),
    // Exchange Online: DANE and MTA-STS of the next server.
    (4_317, "starttls-failed", means("tls-handshake-failed", Peer, Possible)),
    (4_008, "mta-sts-mx-unlisted", means("mta-sts-mx-unlisted", Peer, Likely)),
    (7_320, "starttls-not-supported", means("starttls-missing", Peer, Certain)),
    (7_321, "starttls-not-supported", means("starttls-missing", Peer, Certain)),
    (7_322, "certificate-expired", means("cert-expired", Peer, Certain)),
    (7_323, "tlsa-invalid", means("dane-mismatch", Peer, Likely)),
    (7_324, "dnssec-invalid", means("dnssec-bogus", Peer, Certain)),
    (7_325, "certificate-host-mismatch", means("cert-name-mismatch", Peer, Certain)),
    // Gmail: mail that came without TLS.
    (7_029, "tls-required", means("outbound-tls-missing", ThisSide, Likely)),
    // Postfix's own.
    (4_007_004, "tls-required", means("starttls-missing", Peer, Possible)),
    (4_007_005, "tls-not-verified", means("tls-handshake-failed", Unknown, Possible)),
    // No TLS fault.
    (1_001, "no-such-user", not_tls(Unknown, Certain)),
    (1_002, "no-such-domain", not_tls(Unknown, Certain)),
    (1_003, "address-invalid", not_tls(ThisSide, Certain)),
    (1_006, "user-moved", not_tls(Peer, Certain)),
    (1_008, "sender-rejected", not_tls(ThisSide, Likely)),
    (1_007, "sender-rejected", not_tls(ThisSide, Likely)),
    (1_010, "no-such-user", not_tls(Unknown, Certain)), // RFC 7505: a null MX; Exchange: no recipient
    (2_000, "mailbox-unavailable", not_tls(Peer, Likely)),
    (2_001, "mailbox-disabled", not_tls(Peer, Certain)),
    (2_002, "mailbox-full", not_tls(Peer, Certain)),
    (2_003, "message-too-big", not_tls(ThisSide, Certain)),
    (3_001, "server-full", not_tls(Peer, Certain)),
    (3_002, "server-busy", not_tls(Peer, Likely)),
    (3_004, "message-too-big", not_tls(ThisSide, Certain)),
    (4_001, "no-answer", not_tls(Unknown, Likely)),
    (4_002, "connection-lost", not_tls(Unknown, Likely)),
    (4_003, "dns-failure", not_tls(Unknown, Likely)),
    (4_004, "dns-failure", not_tls(Unknown, Likely)),
    (4_005, "server-busy", not_tls(Peer, Likely)),
    (4_006, "mail-loop", not_tls(Unknown, Certain)),
    (4_007, "expired-in-queue", not_tls(Unknown, Likely)),
    (4_310, "no-such-domain", not_tls(Unknown, Certain)),
    (4_312, "dns-failure", not_tls(Peer, Certain)),
    (4_316, "port-closed", not_tls(Peer, Certain)),
    (6_000, "malformed-message", not_tls(ThisSide, Likely)),
    (7_008, "auth-failed", not_tls(ThisSide, Certain)),
    (7_009, "auth-mechanism-too-weak", not_tls(ThisSide, Likely)),
    (7_013, "account-disabled", not_tls(ThisSide, Certain)),
    (7_014, "auth-failed", not_tls(ThisSide, Likely)),
    (7_015, "deferred-by-priority", not_tls(Peer, Certain)),
    // RFC 7372.
    (7_020, "spf-dkim-dmarc", not_tls(ThisSide, Certain)),
    (7_021, "spf-dkim-dmarc", not_tls(ThisSide, Certain)),
    (7_022, "spf-dkim-dmarc", not_tls(ThisSide, Certain)),
    (7_023, "spf-dkim-dmarc", not_tls(ThisSide, Certain)),
    (7_024, "spf-dkim-dmarc", not_tls(ThisSide, Certain)),
    (7_025, "ptr-missing", not_tls(ThisSide, Certain)),
    (7_026, "spf-dkim-dmarc", not_tls(ThisSide, Certain)),
    (7_027, "sender-null-mx", not_tls(ThisSide, Certain)),
    (7_028, "rate-limited", not_tls(ThisSide, Certain)),
    (7_139, "auth-disabled", not_tls(ThisSide, Certain)),
    (7_060, "send-as-denied", not_tls(ThisSide, Certain)),
    (7_064, "relay-denied", not_tls(ThisSide, Likely)),
    (7_133, "access-denied", not_tls(Peer, Likely)),
    (7_509, "spf-dkim-dmarc", not_tls(ThisSide, Likely)),
    (7_511, "ip-blocked", not_tls(ThisSide, Likely)),
    (7_606, "ip-blocked", not_tls(ThisSide, Certain)),
    (7_708, "ip-blocked", not_tls(ThisSide, Certain)),
    (7_750, "spam-or-virus", not_tls(ThisSide, Likely)),
];

const fn not_tls(whose: Whose, certainty: super::super::Certainty) -> Option<Means> {
    means("not-tls", whose, certainty)
}
