//! Keys that should serve one handshake and serve several.

use std::collections::BTreeSet;

use mailmedic_wire::names::CipherSuite;

use super::{listed, scope, wording};
use crate::bytes::Fingerprint;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

pub(super) static RULE: Rule = Rule {
    id: "tls-key-reused",
    title: "an ephemeral key is used more than once",
    severity: Severity::Warning,
    what: "In two handshakes the server sent the same public key for Diffie-Hellman, although the suite promises \
           a fresh one for each.",
    why: "Forward secrecy then lasts only as long as the server forgets that key. Over finite fields a key that \
          stays can be worked out bit by bit (Raccoon, small subgroups); over curves that takes a faulty library.",
    affected: "Clients that choose such a suite.",
    fix: "Update the TLS library; OpenSSL makes a fresh key for each handshake since 1.0.2f.",
    change: Some(ChangeKind::Update),
    references: &["RFC 9325 §7.4", "CVE-2016-0701", "CVE-2020-1968"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

/// The mathematics that a key belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Field,
    Curve,
}

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let keys = keys(seen);
    let reused = [Kind::Field, Kind::Curve].into_iter().find(|kind| {
        let of_kind: Vec<Fingerprint> =
            keys.iter().filter(|(other, _)| other == kind).map(|(_, key)| *key).collect();
        of_kind.iter().collect::<BTreeSet<_>>().len() < of_kind.len()
    });
    let Some(kind) = reused else {
        return match (keys.len(), listed::needs_list(case)) {
            (2.., _) => Verdict::Pass,
            (_, Err(verdict)) => verdict,
            (0, Ok(())) => Verdict::NotApplicable("no key exchange of TLS 1.2 or older was seen"),
            (_, Ok(())) => Verdict::Unknown("only one key exchange was seen".to_owned()),
        };
    };
    let (severity, field) = match kind {
        Kind::Field => (scope::by_role(seen, Severity::Note, Severity::Warning), "a finite field (DHE)"),
        Kind::Curve => (Severity::Note, "an elliptic curve (ECDHE)"),
    };
    let mut finding = Finding::new(
        severity,
        format!("{} {field}", severity.name()),
        "an ephemeral key is used more than once",
        format!(
            "The server sent the same public key over {field} in two handshakes; the suite promises a fresh one for \
             each."
        ),
    )
    .evidence("keys_seen", keys.len())
    .change(Change::Update);
    if severity > Severity::Note {
        finding =
            finding.hurts(format!("{} that choose such a suite", wording::connecting(seen.endpoint.role)));
    }
    Verdict::fail(finding)
}

/// Returns the keys that the server sent for single handshakes.
fn keys(seen: &EndpointObservation) -> Vec<(Kind, Fingerprint)> {
    let keys = seen.sessions.iter().filter_map(|session| {
        let tls = session.tls.as_ref()?;
        let kind = match CipherSuite(tls.suite?).key_exchange()? {
            exchange if exchange.sends_dh() => Kind::Field,
            exchange if exchange.sends_ecdh() => Kind::Curve,
            // The key of an RSA suite for export serves many handshakes by design.
            _ => return None,
        };
        Some((kind, tls.exchange_key?))
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Fingerprint;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Depth, Tls};
    use crate::rules::tests::{answer, chose, finding, judged, judged_at, unseen};

    const DHE: u16 = 0x009E;
    const ECDHE: u16 = 0xC02F;

    fn sent(depth: Depth, port: u16, suite: u16, keys: &[&[u8]]) -> Verdict {
        judged_at(depth, check, port, |seen| {
            for (version, key) in (0x0301..).zip(keys) {
                let tls = Tls { exchange_key: Some(Fingerprint::of(key)), ..chose(version, suite) };
                answer(seen, Ask::Version(version), tls);
            }
        })
    }

    #[test]
    fn passes_with_two_keys_that_differ() {
        assert_eq!(sent(Depth::Standard, 993, ECDHE, &[b"one", b"two"]), Verdict::Pass);
    }

    #[test]
    fn the_same_key_twice_is_worse_over_finite_fields() {
        let reused =
            |port, suite| finding(sent(Depth::Standard, port, suite, &[b"one", b"two", b"one"])).severity;
        assert_eq!(reused(993, DHE), Severity::Warning);
        assert_eq!(reused(25, DHE), Severity::Note);
        assert_eq!(reused(993, ECDHE), Severity::Note);
    }

    #[test]
    fn the_key_of_rsa_for_export_is_not_meant() {
        assert!(matches!(sent(Depth::Standard, 993, 0x0003, &[b"one", b"one"]), Verdict::NotApplicable(_)));
    }

    #[test]
    fn one_key_tells_nothing() {
        assert!(matches!(sent(Depth::Standard, 993, DHE, &[b"one"]), Verdict::NotApplicable(_)));
        assert!(matches!(sent(Depth::Full, 993, DHE, &[b"one"]), Verdict::Unknown(_)));
        assert!(matches!(judged(check, 993, |_| {}), Verdict::NotApplicable(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
