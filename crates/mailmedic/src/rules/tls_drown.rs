//! SSL 2 endangers every service with the same key.

use std::collections::BTreeSet;

use mailmedic_wire::names::ProtocolVersion;

use super::scope;
use crate::certificate::PublicKey;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation, SuiteClass};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-drown",
    title: "SSL 2 lets recorded sessions be opened (DROWN)",
    severity: Severity::Error,
    what: "The server answers SSL 2, or another one of the same target does with the same RSA key.",
    why: "With the help of SSL 2, sessions of TLS that used RSA key transport with the same key can be \
          opened, also those of other servers and ports that share the key: the web server, IMAP, a second \
          mail exchanger.",
    affected: "Every service that shares the RSA key, on whichever port or host.",
    fix: "Switch SSL 2 off everywhere the key is used, which means an update of the TLS library, and \
          replace the key.",
    change: Some(ChangeKind::MinimumTls),
    references: &["RFC 6176", "CVE-2016-0800"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    match seen.version(ProtocolVersion::SSLv2.0) {
        Answer::No => elsewhere(case, seen),
        Answer::Unknown(why) => Verdict::Unknown(why),
        Answer::Yes => Verdict::fail(
            Finding::new(
                Severity::Error,
                "ssl2",
                "SSL 2 lets recorded sessions be opened (DROWN)",
                "The server answers SSL 2. With its help, recorded sessions of TLS with RSA key transport \
                 can be opened, also those of other ports and hosts that use the same key.",
            )
            .hurts("every service that shares the RSA key, also where SSL 2 is off")
            .change(Change::MinimumTls { version: "TLSv1.2" }),
        ),
    }
}

/// Judges a server without SSL 2 by the others of the same target: one that shares its RSA key and speaks SSL 2 opens
/// its sessions, too, where the client encrypts to that key.
fn elsewhere(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let keys = rsa_keys(case, seen);
    let betrays = |other: &&EndpointObservation| {
        other.version(ProtocolVersion::SSLv2.0).is_yes() && !rsa_keys(case, other).is_disjoint(&keys)
    };
    let others: Vec<String> =
        case.seen.endpoints.iter().filter(betrays).map(|other| other.endpoint.label()).collect();
    if others.is_empty() {
        return Verdict::Pass;
    }
    match seen.suite_class(SuiteClass::RsaKeyExchange) {
        Answer::No => Verdict::Pass,
        Answer::Unknown(why) => Verdict::Unknown(why),
        Answer::Yes => Verdict::fail(
            Finding::new(
                Severity::Error,
                format!("elsewhere {}", others.join(",")),
                "SSL 2 on another port lets recorded sessions be opened (DROWN)",
                format!(
                    "The server has no SSL 2, but it accepts RSA key transport, and {} answers SSL 2 with the same \
                     RSA key: with its help recorded sessions can be opened here, too.",
                    words::list(&others)
                ),
            )
            .hurts("every client whose session with RSA key transport is recorded")
            .evidence("with_ssl2", others)
            .change(Change::StrongSuites { opportunistic: scope::is_opportunistic(seen) }),
        ),
    }
}

/// Returns the RSA keys of the certificates that an endpoint shows, as SubjectPublicKeyInfo.
fn rsa_keys<'a>(case: &'a Case<'_>, seen: &EndpointObservation) -> BTreeSet<&'a [u8]> {
    let leaves =
        seen.served().filter_map(|served| case.diagnosis.certificates.get(served.certificates.first()?));
    leaves
        .filter(|leaf| matches!(leaf.key, PublicKey::Rsa { .. }))
        .map(|leaf| leaf.spki_der.as_slice())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SuiteClass, Tls, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};
    use crate::sample::{self, Sample};

    #[test]
    fn passes_when_ssl2_is_refused() {
        assert_eq!(judged(check, 25, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_on_every_port_when_it_is_answered() {
        let found = finding(judged(check, 25, |seen| {
            let tls = Tls { end: TlsEnd::Answered, version: Some(2), ..Tls::default() };
            answer(seen, Ask::Ssl2, tls);
        }));
        assert_eq!(found.severity, Severity::Error);
    }

    /// What port 993 hears while port 25 speaks SSL 2.
    fn beside_ssl2(change: impl FnOnce(&mut Sample)) -> Verdict {
        let mut sample = sample::healthy();
        let tls = Tls { end: TlsEnd::Answered, version: Some(2), ..Tls::default() };
        answer(sample.port(25), Ask::Ssl2, tls);
        answer(sample.port(993), Ask::Suites(SuiteClass::RsaKeyExchange), chose(0x0303, 0x009C));
        change(&mut sample);
        let index = sample.seen.endpoints.iter().position(|seen| seen.endpoint.port == 993).unwrap();
        sample.endpoints(check).remove(index)
    }

    #[test]
    fn fails_where_another_port_speaks_ssl2_with_the_same_key() {
        let found = finding(beside_ssl2(|_| {}));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains(":25"), "{}", found.cause);
    }

    #[test]
    fn passes_with_a_key_of_its_own_or_without_rsa_key_transport() {
        let own = sample::certificate("other.example.org", "R99", 60);
        assert_eq!(beside_ssl2(|sample| sample.serve_instead(993, own)), Verdict::Pass);
        let refused = |sample: &mut Sample| {
            answer(sample.port(993), Ask::Suites(SuiteClass::RsaKeyExchange), ended(TlsEnd::Alert));
        };
        assert_eq!(beside_ssl2(refused), Verdict::Pass);
    }

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 25, |seen| seen.sessions.retain(|session| session.ask != Ask::Ssl2));
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
    }
}
