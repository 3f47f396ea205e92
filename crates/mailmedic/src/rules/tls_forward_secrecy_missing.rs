//! Suites whose recordings open with the server's key.

use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, SuiteClass, is_broken};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-forward-secrecy-missing",
    title: "forward secrecy is missing",
    severity: Severity::Warning,
    what: "The server accepts suites in which the client encrypts to the certificate's RSA key (RSA key \
           transport) or uses a Diffie-Hellman key that stands in the certificate, or has no others.",
    why: "Whoever records such sessions and gets the key later, by theft or by court, reads them all. RSA \
          key transport is also what ROBOT-like attacks work on.",
    affected: "Clients that choose such a suite; where there are no others, current clients begin to refuse.",
    fix: "Offer only suites with ephemeral keys (ECDHE) and TLS 1.3.",
    change: Some(ChangeKind::StrongSuites),
    references: &["RFC 9325 §4.1", "RFC 9325 §7.2"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let without = wording::suites(seen, lacks);
    // The polite hello offers nothing without forward secrecy, so a completed one shows that there is some.
    let some = !wording::suites(seen, CipherSuite::forward_secret).is_empty();
    let told: Vec<CipherSuite> = without.into_iter().filter(|suite| !some || is_sound(*suite)).collect();
    if told.is_empty() {
        return listed::refused(seen, SuiteClass::RsaKeyExchange, |suite| lacks(suite) && is_sound(suite));
    }
    let names: Vec<String> = told.iter().map(ToString::to_string).collect();
    let listed = words::list(&names);
    let (severity, title, cause) = if some {
        (
            Severity::Note,
            "suites without forward secrecy are accepted, too",
            format!(
                "Beside better suites the server accepts {listed}, whose recordings can be read by \
                     whoever gets the certificate's key later."
            ),
        )
    } else {
        if let Answer::Unknown(why) = seen.answer(Ask::Polite) {
            return Verdict::Unknown(why);
        }
        (
            Severity::Warning,
            "no forward secrecy",
            format!(
                "The server accepts {listed} and refused a hello that offers only suites with forward \
                     secrecy: recorded sessions can be read by whoever gets the certificate's key later, \
                     and clients that demand better cannot connect."
            ),
        )
    };
    let finding = Finding::new(severity, format!("{} {}", severity.name(), names.join(",")), title, cause)
        .evidence("suites", names)
        .change(Change::StrongSuites { opportunistic: scope::is_opportunistic(seen) });
    Verdict::fail(if some {
        finding
    } else {
        finding.hurts(format!("{} that demand forward secrecy", wording::connecting(seen.endpoint.role)))
    })
}

/// Tells whether the certificate's key alone opens a recording.
fn lacks(suite: CipherSuite) -> bool {
    matches!(
        suite.key_exchange(),
        Some(
            KeyExchange::Rsa
                | KeyExchange::RsaExport
                | KeyExchange::Dh
                | KeyExchange::DhExport
                | KeyExchange::Ecdh
        )
    )
}

/// Tells whether no other rule speaks of a suite.
fn is_sound(suite: CipherSuite) -> bool {
    !is_broken(suite) && suite.block_bits() != Some(64)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SuiteClass, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, list, listed, unseen};

    #[test]
    fn passes_when_rsa_key_transport_is_refused() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn beside_better_suites_it_is_a_note() {
        let found = finding(judged(check, 993, |seen| {
            answer(seen, Ask::Suites(SuiteClass::RsaKeyExchange), chose(0x0303, 0x009C));
        }));
        assert_eq!(found.severity, Severity::Note);
    }

    #[test]
    fn without_better_suites_it_is_a_warning() {
        let found = finding(judged(check, 993, |seen| {
            seen.sessions.clear();
            answer(seen, Ask::Polite, ended(TlsEnd::Alert));
            answer(seen, Ask::Version(0x0303), chose(0x0303, 0x009C));
        }));
        assert_eq!(found.severity, Severity::Warning);
    }

    #[test]
    fn a_full_listing_tells_of_every_suite_that_no_other_rule_speaks_of() {
        assert_eq!(judged(check, 993, |seen| list(seen, &[0xC02F])), Verdict::Pass);
        // RSA with RC4 and with 3DES.
        assert_eq!(judged(check, 993, |seen| list(seen, &[0xC02F, 0x0005, 0x000A])), Verdict::Pass);
        let found = finding(judged(check, 993, |seen| list(seen, &[0xC02F, 0x002F, 0x009C, 0xC004])));
        assert_eq!(found.evidence["suites"].as_array().unwrap().len(), 3);
        assert!(matches!(judged(check, 993, |seen| listed(seen, &[0xC02F])), Verdict::Unknown(_)));
    }

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 993, |seen| {
            seen.sessions.retain(|session| session.ask != Ask::Suites(SuiteClass::RsaKeyExchange));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
