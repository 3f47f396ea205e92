//! Holds what an examination of the peer showed against what a message says: is the fault still there?

use jiff::Timestamp;

use crate::explanation::{Cause, Checked, Outcome};
use crate::finding::Severity;
use crate::words;

/// What an examination of the peer showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// When it was.
    pub time: Timestamp,
    /// Whether a connection came about.
    pub reached: bool,
    /// The rules of its findings.
    pub findings: Vec<(String, Severity)>,
    /// The rules of which it could not be told whether they are broken.
    pub unknown: Vec<String>,
}

/// What a fault looks like from outside; the first word is the rule of the message.
type Kin = (&'static [&'static str], &'static [&'static str]);

const CHAIN: &[&str] = &[
    "cert-untrusted",
    "cert-self-signed",
    "cert-root-distrusted",
    "chain-incomplete",
    "chain-intermediate-expired",
    "chain-intermediate-invalid",
    "chain-alternative-broken",
    "chain-misordered",
];

const HANDSHAKE: &[&str] = &[
    "tls-handshake-failed",
    "starttls-lost-connection",
    "starttls-refused",
    "reply-timeout",
    "connection-reset",
    "tls-client-certificate-required",
    "tls-version-modern-missing",
    "tls-intolerant",
    "plaintext-on-tls-port",
    "tls-on-starttls-port",
];

const VERSIONS: &[&str] = &["tls-version-modern-missing", "tls-version-obsolete", "tls-handshake-failed"];

const DANE: &[&str] = &["dane-mismatch", "dane-unusable", "dane-insecure", "dnssec-bogus"];

const KIN: &[Kin] = &[
    (&["cert-untrusted", "chain-incomplete", "cert-self-signed", "chain-intermediate-invalid"], CHAIN),
    (&["cert-expired"], &["cert-expired", "chain-intermediate-expired"]),
    (&["cert-name-mismatch"], &["cert-name-mismatch", "cert-san-missing", "cert-ip-address-unnamed"]),
    (&["cert-ip-address-unnamed"], &["cert-ip-address-unnamed", "cert-name-mismatch"]),
    (
        &["cert-signature-weak", "cert-key-weak"],
        &["cert-signature-weak", "cert-key-weak", "tls-signature-weak"],
    ),
    (
        &[
            "tls-handshake-failed",
            "tls-handshake-lost-connection",
            "tls-handshake-timeout",
            "starttls-lost-connection",
            "tls-internal-error",
            "tls-record-corrupt",
        ],
        HANDSHAKE,
    ),
    (&["tls-version-obsolete", "tls-version-mismatch"], VERSIONS),
    (
        &["tls-cipher-mismatch", "tls-cipher-weak"],
        &["tls-cipher-weak", "tls-cipher-broken", "tls-version-modern-missing", "tls-handshake-failed"],
    ),
    (&["tls-dh-weak"], &["tls-dh-weak", "tls-logjam"]),
    (
        &["wrong-tls-mode", "plaintext-on-tls-port"],
        &["plaintext-on-tls-port", "tls-on-starttls-port", "starttls-missing"],
    ),
    (
        &["starttls-missing", "starttls-refused", "starttls-stripped", "sent-in-clear"],
        &[
            "starttls-missing",
            "starttls-refused",
            "starttls-stripped",
            "tls-handshake-failed",
            "plaintext-on-tls-port",
        ],
    ),
    (&["dane-mismatch", "dane-missing", "dnssec-bogus"], DANE),
    (&["port-timeout"], &["port-timeout", "reply-timeout"]),
    (&["port-refused"], &["port-refused", "network-unreachable"]),
    (&["no-route"], &["network-unreachable", "address-family-differs"]),
    (&["dns-failure"], &["host-not-found", "dns-lookup-failed", "mx-unresolvable"]),
];

/// Faults that no look at the peer shows: they are on the side that printed the message.
const OWN: &[&str] = &[
    "cert-file-unreadable",
    "cert-key-mismatch",
    "cert-pin-mismatch",
    "cert-rejected-by-peer",
    "client-certificate-rejected",
    "clock-skewed",
    "login-requires-tls",
    "outbound-tls-missing",
    "renewal-failed",
    "sni-missing",
    "tls-config-invalid",
    "tls-intercepted",
    "trust-store-missing",
];

/// Says what became of a fault: `cause` is the first of the message, `target` what was examined.
pub fn recheck(cause: &Cause, target: &str, seen: &Examined) -> Checked {
    // The plain cause of what is no TLS fault may be one that can be seen.
    let plain = cause.evidence.get("cause").and_then(serde_json::Value::as_str);
    let rule = plain.unwrap_or(cause.rule);
    let is_kin = |found: &str| match KIN.iter().find(|(of, _)| of.contains(&rule)) {
        Some((_, kin)) => kin.contains(&found),
        None if rule == "cert-verify-failed" => found.starts_with("cert-") || found.starts_with("chain-"),
        None => found == rule,
    };
    let is_known = plain.is_none() || KIN.iter().any(|(of, _)| of.contains(&rule));
    let same: Vec<&str> = named(seen, |found, severity| is_kin(found) && severity >= Severity::Warning);
    let errors = named(seen, |_, severity| severity == Severity::Error);
    let (outcome, because, text) = if !is_known {
        let text = "an examination sends no mail and logs in nowhere, so it cannot show this";
        (Outcome::Unknown, Vec::new(), text.to_owned())
    } else if !same.is_empty() {
        let text = format!("the fault is still there ({}): it lasts", words::list(&same));
        (Outcome::StillThere, same, text)
    } else if !seen.reached {
        let text = format!(
            "it could not be reached ({}), so whether the fault lasts is not known",
            words::list(&errors)
        );
        (Outcome::Unknown, errors, text)
    } else if !errors.is_empty() {
        let text = format!("it has a fault of another kind: {}", words::list(&errors));
        (Outcome::Another, errors, text)
    } else if OWN.contains(&rule) {
        let text = "it is sound as seen from here; a fault on this side does not show there";
        (Outcome::Unknown, Vec::new(), text.to_owned())
    } else if let Some(open) = seen.unknown.iter().find(|open| is_kin(open)) {
        let text = format!("whether the fault lasts could not be told ({open})");
        (Outcome::Unknown, vec![open.as_str()], text)
    } else {
        let text = "the fault is gone, or shows only from where the message came";
        (Outcome::Gone, Vec::new(), text.to_owned())
    };
    Checked {
        target: target.to_owned(),
        time: seen.time,
        outcome,
        because: because.into_iter().map(str::to_owned).collect(),
        text,
    }
}

fn named(seen: &Examined, wanted: impl Fn(&str, Severity) -> bool) -> Vec<&str> {
    let found = seen.findings.iter().filter(|(rule, severity)| wanted(rule, *severity));
    found.map(|(rule, _)| rule.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Examined, KIN, OWN, recheck};
    use crate::explain::{explain, facts};
    use crate::explanation::Outcome;
    use crate::finding::Severity;
    use crate::rules;

    fn outcome(
        message: &str,
        reached: bool,
        findings: &[(&str, Severity)],
        unknown: &[&str],
    ) -> (Outcome, Vec<String>) {
        let seen = Examined {
            time: Timestamp::UNIX_EPOCH,
            reached,
            findings: findings.iter().map(|(rule, severity)| ((*rule).to_owned(), *severity)).collect(),
            unknown: unknown.iter().map(|rule| (*rule).to_owned()).collect(),
        };
        let told = recheck(&explain(message.as_bytes()).causes[0], "smtp://mx.example.net:25", &seen);
        (told.outcome, told.because)
    }

    const EXPIRED: &str = "postfix/smtp[9]: certificate verification failed for mx.example.net[192.0.2.1]:25: certificate has expired";

    #[test]
    fn what_lasts_is_told_from_what_has_passed() {
        let other = ("cert-name-mismatch", Severity::Error);
        assert_eq!(
            outcome(EXPIRED, true, &[("cert-expired", Severity::Error), other], &[]),
            (Outcome::StillThere, vec!["cert-expired".to_owned()])
        );
        assert_eq!(outcome(EXPIRED, true, &[("tls13-missing", Severity::Note)], &[]).0, Outcome::Gone);
        assert_eq!(outcome(EXPIRED, true, &[other], &[]), (Outcome::Another, vec![other.0.to_owned()]));
        assert_eq!(outcome(EXPIRED, false, &[("port-refused", Severity::Error)], &[]).0, Outcome::Unknown);
        assert_eq!(outcome(EXPIRED, true, &[], &["cert-expired"]).0, Outcome::Unknown);
    }

    #[test]
    fn a_fault_looks_different_from_outside() {
        let failed = "SSL_connect error to mx.example.net[192.0.2.1]:25: lost connection";
        assert_eq!(
            outcome(failed, true, &[("tls-handshake-failed", Severity::Error)], &[]).0,
            Outcome::StillThere
        );
        let refused = "postfix/smtp[1]: connect to mx.example.net[192.0.2.1]:25: Connection refused";
        assert_eq!(outcome(refused, false, &[("port-refused", Severity::Error)], &[]).0, Outcome::StillThere);
        assert_eq!(outcome(refused, true, &[], &[]).0, Outcome::Gone);
        let greylisted = "450 4.2.0 <a@example.net>: Recipient address rejected: Greylisted";
        assert_eq!(outcome(greylisted, true, &[("cert-expired", Severity::Error)], &[]).0, Outcome::Unknown);
    }

    #[test]
    fn the_table_names_what_there_is() {
        for (of, kin) in KIN {
            for rule in *of {
                let known = facts::of(rule).is_some() || !facts::plainly(rule).0.ends_with("problem.");
                assert!(known, "{rule} is told by no message");
                assert_eq!(KIN.iter().filter(|(other, _)| other.contains(rule)).count(), 1, "{rule}");
                assert!(!OWN.contains(rule), "{rule}");
            }
            let of_domain = |rule: &str| rule.starts_with("dane-") || rule.starts_with("dnssec-");
            for rule in kin.iter().filter(|rule| !of_domain(rule)) {
                assert!(rules::find(rule).is_some(), "{rule} is no rule");
            }
        }
        assert!(OWN.iter().all(|rule| facts::of(rule).is_some()));
    }
}
