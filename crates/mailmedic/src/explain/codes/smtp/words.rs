//! The words of SMTP servers behind a code.

use std::sync::LazyLock;

use super::super::Certainty::{Certain, Likely};
use super::super::Whose::{self, Peer, ThisSide, Unknown};
use super::super::scan::Phrases;
use super::super::{Certainty, means};
use super::Told;

/// Finds the first wording that tells what happened; one about TLS counts before the others.
pub(super) fn find(rest: &str) -> Option<Told> {
    let mut first = None;
    for (_, row) in PHRASES.find(rest) {
        let (_, rule, name, whose, certainty) = WORDS[row];
        let told = (name, means(rule, whose, certainty));
        if rule != NOT_TLS {
            return Some(told);
        }
        first = first.or(Some(told));
    }
    first
}

static PHRASES: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::new(WORDS.iter().enumerate().map(|(row, (words, ..))| (*words, row))));

const NOT_TLS: &str = "not-tls";

/// Wording, rule, name, whose fault to the program that got the reply, certainty.
#[rustfmt::skip]
const WORDS: &[(&str, &str, &str, Whose, Certainty)] = &[
    // TLS: the client must use it.
    ("must issue a STARTTLS command", "login-requires-tls", "starttls-required", ThisSide, Certain),
    ("must issue STARTTLS", "login-requires-tls", "starttls-required", ThisSide, Certain),
    ("issue a STARTTLS command first", "login-requires-tls", "starttls-required", ThisSide, Certain),
    ("STARTTLS is required", "login-requires-tls", "starttls-required", ThisSide, Certain),
    ("STARTTLS required", "login-requires-tls", "starttls-required", ThisSide, Certain),
    ("Use STARTTLS", "login-requires-tls", "starttls-required", ThisSide, Likely),
    ("Encryption required", "login-requires-tls", "encryption-required", ThisSide, Certain),
    ("encrypted connection required", "login-requires-tls", "encryption-required", ThisSide, Certain),
    ("requires encryption", "login-requires-tls", "encryption-required", ThisSide, Likely),
    ("SSL/TLS required", "login-requires-tls", "encryption-required", ThisSide, Certain),
    ("TLS required", "login-requires-tls", "encryption-required", ThisSide, Likely),
    ("Plaintext authentication disallowed", "login-requires-tls", "encryption-required", ThisSide, Certain),
    ("unrecognized authentication type", "login-requires-tls", "authentication-not-offered", ThisSide, Likely),
    ("session encryption is required", "login-requires-tls", "encryption-required", ThisSide, Certain),
    ("does not meet the IPv6 sending guidelines", NOT_TLS, "spf-dkim-dmarc", ThisSide, Certain),
    // TLS: the server cannot or would not.
    ("TLS not available", "starttls-refused", "tls-not-available", Peer, Certain),
    ("TLS currently unavailable", "starttls-refused", "tls-not-available", Peer, Certain),
    ("TLS temporarily unavailable", "starttls-refused", "tls-not-available", Peer, Certain),
    ("TLS is not available", "starttls-refused", "tls-not-available", Peer, Certain),
    ("STARTTLS command used when not advertised", "starttls-refused", "starttls-not-advertised", Unknown, Likely),
    ("STARTTLS not supported", "starttls-missing", "starttls-not-supported", Peer, Certain),
    ("STARTTLS not available", "starttls-refused", "tls-not-available", Peer, Certain),
    ("TLS is required, but was not offered", "starttls-missing", "starttls-not-offered", Unknown, Certain),
    ("TLS handshake failed", "tls-handshake-failed", "tls-handshake-failed", Unknown, Likely),
    ("Cannot start TLS: handshake failure", "tls-handshake-failed", "tls-handshake-failed", Unknown, Likely),
    ("Server certificate not trusted", "cert-untrusted", "certificate-not-trusted", Peer, Certain),
    ("Server certificate not verified", "cert-verify-failed", "certificate-not-verified", Peer, Certain),
    ("TLSA lookup error", "dnssec-bogus", "tlsa-lookup-failed", Unknown, Likely),
    ("non DNSSEC destination", "dnssec-missing", "dnssec-missing", Unknown, Certain),
    ("client TLS configuration problem", "tls-config-invalid", "client-tls-configuration", ThisSide, Certain),
    ("STARTTLS is required to send mail", "login-requires-tls", "starttls-required", ThisSide, Certain),
    ("failed MTA-STS validation", "mta-sts-mx-unlisted", "mta-sts", Peer, Likely),
    ("MTA-STS policy", "mta-sts-mx-unlisted", "mta-sts", Peer, Likely),
    ("failed DANE validation", "dane-mismatch", "dane", Peer, Certain),
    ("REQUIRETLS", "starttls-missing", "requiretls-unsupported", Peer, Likely),
    // A login.
    ("authentication failed", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("authentication failure", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("authentication unsuccessful", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("authentication credentials invalid", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("Incorrect authentication data", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("Username and Password not accepted", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("Invalid credentials", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("Invalid login", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("bad username or password", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("Application-specific password required", NOT_TLS, "auth-failed", ThisSide, Certain),
    ("authentication is disabled", NOT_TLS, "auth-disabled", ThisSide, Certain),
    ("authentication required", NOT_TLS, "auth-required", ThisSide, Certain),
    ("not authenticated", NOT_TLS, "auth-required", ThisSide, Certain),
    ("AuthRequired", NOT_TLS, "access-denied", Peer, Certain),
    // Come back later.
    ("greylisted", NOT_TLS, "greylisted", Peer, Certain),
    ("graylisted", NOT_TLS, "greylisted", Peer, Certain),
    ("greylisting", NOT_TLS, "greylisted", Peer, Certain),
    ("grey listed", NOT_TLS, "greylisted", Peer, Certain),
    ("greylist", NOT_TLS, "greylisted", Peer, Certain),
    ("postgrey", NOT_TLS, "greylisted", Peer, Certain),
    ("try again later", NOT_TLS, "greylisted", Unknown, Likely),
    ("try again in", NOT_TLS, "greylisted", Peer, Likely),
    ("please try later", NOT_TLS, "greylisted", Peer, Likely),
    ("too many connections", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("too many messages", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("too many concurrent", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("too much mail", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("rate limited", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("rate limit", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("unusual rate of", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("sending rate", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("quota exceeded", NOT_TLS, "mailbox-full", Peer, Likely),
    ("Submission quota exceeded", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("message submission rate", NOT_TLS, "rate-limited", ThisSide, Certain),
    ("temporarily deferred", NOT_TLS, "rate-limited", ThisSide, Likely),
    ("server busy", NOT_TLS, "server-busy", Peer, Certain),
    ("service unavailable", NOT_TLS, "refused", Unknown, Likely),
    ("too many errors", NOT_TLS, "too-many-errors", ThisSide, Certain),
    // Relaying and access.
    ("relay access denied", NOT_TLS, "relay-denied", Unknown, Certain),
    ("relaying denied", NOT_TLS, "relay-denied", Unknown, Certain),
    ("unable to relay", NOT_TLS, "relay-denied", Unknown, Certain),
    ("relay not permitted", NOT_TLS, "relay-denied", Unknown, Certain),
    ("not permitted to relay", NOT_TLS, "relay-denied", Unknown, Certain),
    ("relaying not allowed", NOT_TLS, "relay-denied", Unknown, Certain),
    ("relay denied", NOT_TLS, "relay-denied", Unknown, Certain),
    ("relay prohibited", NOT_TLS, "relay-denied", Unknown, Certain),
    ("Sender address rejected", NOT_TLS, "sender-rejected", ThisSide, Likely),
    ("sender verify failed", NOT_TLS, "sender-rejected", ThisSide, Certain),
    ("Send as denied", NOT_TLS, "send-as-denied", ThisSide, Certain),
    ("SendAsDenied", NOT_TLS, "send-as-denied", ThisSide, Certain),
    // Mailboxes.
    ("user unknown", NOT_TLS, "no-such-user", Unknown, Certain),
    ("unknown user", NOT_TLS, "no-such-user", Unknown, Certain),
    ("no such user", NOT_TLS, "no-such-user", Unknown, Certain),
    ("does not exist", NOT_TLS, "no-such-user", Unknown, Likely),
    ("doesn't exist", NOT_TLS, "no-such-user", Unknown, Likely),
    ("unrouteable address", NOT_TLS, "no-such-user", Unknown, Certain),
    ("Recipient not found", NOT_TLS, "no-such-user", Unknown, Certain),
    ("RecipientNotFound", NOT_TLS, "no-such-user", Unknown, Certain),
    ("recipient unknown", NOT_TLS, "no-such-user", Unknown, Certain),
    ("no such recipient", NOT_TLS, "no-such-user", Unknown, Certain),
    ("no mailbox here", NOT_TLS, "no-such-user", Unknown, Certain),
    ("mailbox unavailable", NOT_TLS, "no-such-user", Unknown, Likely),
    ("mailbox not found", NOT_TLS, "no-such-user", Unknown, Certain),
    ("invalid recipient", NOT_TLS, "no-such-user", Unknown, Certain),
    ("mailbox is full", NOT_TLS, "mailbox-full", Peer, Certain),
    ("mailbox full", NOT_TLS, "mailbox-full", Peer, Certain),
    ("over quota", NOT_TLS, "mailbox-full", Peer, Certain),
    ("out of storage", NOT_TLS, "mailbox-full", Peer, Certain),
    ("insufficient system storage", NOT_TLS, "server-full", Peer, Certain),
    ("account disabled", NOT_TLS, "mailbox-disabled", Peer, Certain),
    ("account is disabled", NOT_TLS, "mailbox-disabled", Peer, Certain),
    // Messages.
    ("message size exceeds", NOT_TLS, "message-too-big", ThisSide, Certain),
    ("message too large", NOT_TLS, "message-too-big", ThisSide, Certain),
    ("message too big", NOT_TLS, "message-too-big", ThisSide, Certain),
    ("exceeds fixed maximum message size", NOT_TLS, "message-too-big", ThisSide, Certain),
    ("size limit exceeded", NOT_TLS, "message-too-big", ThisSide, Certain),
    ("Duplicate header", NOT_TLS, "malformed-message", ThisSide, Certain),
    ("not RFC 5322 compliant", NOT_TLS, "malformed-message", ThisSide, Certain),
    ("bare newline", NOT_TLS, "malformed-message", ThisSide, Certain),
    ("bare LF", NOT_TLS, "malformed-message", ThisSide, Certain),
    ("syntax error", NOT_TLS, "protocol-error", Unknown, Likely),
    ("command not recognized", NOT_TLS, "protocol-error", Unknown, Likely),
    ("command not implemented", NOT_TLS, "protocol-error", Unknown, Likely),
    ("improper command pipelining", NOT_TLS, "protocol-error", ThisSide, Certain),
    ("spam", NOT_TLS, "spam-or-virus", ThisSide, Likely),
    ("virus", NOT_TLS, "spam-or-virus", ThisSide, Certain),
    ("malware", NOT_TLS, "spam-or-virus", ThisSide, Certain),
    ("content rejected", NOT_TLS, "spam-or-virus", ThisSide, Certain),
    ("content presents a potential", NOT_TLS, "spam-or-virus", ThisSide, Certain),
    ("unsolicited mail", NOT_TLS, "spam-or-virus", ThisSide, Certain),
    ("low reputation", NOT_TLS, "spam-or-virus", ThisSide, Certain),
    // Senders' addresses and records.
    ("blocked using", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("blocklist", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("block list", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("blacklisted", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("blacklist", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("black list", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("spamhaus", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("poor reputation", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("DNSBL", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("RBL", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("banned sending IP", NOT_TLS, "ip-blocked", ThisSide, Certain),
    ("SPF", NOT_TLS, "spf-dkim-dmarc", ThisSide, Likely),
    ("DKIM", NOT_TLS, "spf-dkim-dmarc", ThisSide, Likely),
    ("DMARC", NOT_TLS, "spf-dkim-dmarc", ThisSide, Certain),
    ("unauthenticated email", NOT_TLS, "spf-dkim-dmarc", ThisSide, Certain),
    ("is not allowed to send", NOT_TLS, "spf-dkim-dmarc", ThisSide, Likely),
    ("cannot find your hostname", NOT_TLS, "ptr-missing", ThisSide, Certain),
    ("cannot find your reverse hostname", NOT_TLS, "ptr-missing", ThisSide, Certain),
    ("PTR record", NOT_TLS, "ptr-missing", ThisSide, Certain),
    ("reverse DNS", NOT_TLS, "ptr-missing", ThisSide, Certain),
    ("Helo command rejected", NOT_TLS, "helo-rejected", ThisSide, Certain),
    // The way there.
    ("Host or domain name not found", NOT_TLS, "dns-failure", Unknown, Certain),
    ("Host not found", NOT_TLS, "dns-failure", Unknown, Certain),
    ("Domain not found", NOT_TLS, "dns-failure", Unknown, Certain),
    ("DNS query failed", NOT_TLS, "dns-failure", Peer, Certain),
    ("name service error", NOT_TLS, "dns-failure", Unknown, Certain),
    ("Connection refused", NOT_TLS, "port-closed", Peer, Likely),
    ("Connection timed out", NOT_TLS, "connect-timeout", Unknown, Likely),
    ("Operation timed out", NOT_TLS, "connect-timeout", Unknown, Likely),
    ("No route to host", NOT_TLS, "no-route", Unknown, Certain),
    ("Unable to connect", NOT_TLS, "connect-failed", Unknown, Likely),
    ("too many hops", NOT_TLS, "mail-loop", Unknown, Certain),
    ("mail loops back to myself", NOT_TLS, "mail-loop", ThisSide, Certain),
    ("access denied", NOT_TLS, "access-denied", Unknown, Likely),
];
