//! CBC in TLS 1.0 or SSL 3, whose blocks can be guessed.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use super::{listed, scope};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-beast",
    title: "CBC in TLS 1.0 or older (BEAST)",
    severity: Severity::Note,
    what: "The server accepts TLS 1.0 or SSL 3 with a block cipher, where each record begins with what the \
           last one ended with.",
    why: "Whoever reads the line and can put text of his own into the connection could guess what else is \
          in it. Clients have split their records against that since 2012, so it is no danger by itself.",
    affected: "Clients from before 2012 that choose such a version.",
    fix: "Set TLS 1.2 as the oldest version.",
    change: Some(ChangeKind::MinimumTls),
    references: &["CVE-2011-3389", "RFC 7457 §2.3", "RFC 8996"],
    since: "0.1",
    consequence_of: &["tls-poodle", "tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

/// The versions that reuse the last block.
const CHAINED: [ProtocolVersion; 2] = [ProtocolVersion::TLSv1_0, ProtocolVersion::SSLv3];

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let suites = seen.suites().into_iter().filter(|accepted| CHAINED.iter().any(|v| v.0 == accepted.version));
    let mut suites: Vec<CipherSuite> =
        suites.map(|accepted| CipherSuite(accepted.suite)).filter(|suite| suite.is_cbc()).collect();
    suites.sort_unstable();
    suites.dedup();
    if suites.is_empty() {
        return without(seen);
    }
    let spoken: Vec<String> =
        CHAINED.iter().filter(|version| seen.version(version.0).is_yes()).map(ToString::to_string).collect();
    let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
    Verdict::fail(
        Finding::new(
            Severity::Note,
            names.join(","),
            "CBC in TLS 1.0 or older (BEAST)",
            format!(
                "The server accepts {} in {}. Clients since 2012 guard against the attack by themselves.",
                words::list(&names),
                words::list(&spoken)
            ),
        )
        .evidence("suites", names)
        .change(Change::MinimumTls { version: "TLSv1.2" }),
    )
}

/// Judges a server of which no such suite was seen.
fn without(seen: &EndpointObservation) -> Verdict {
    let mut spoken = Vec::new();
    for version in CHAINED {
        match seen.version(version.0) {
            Answer::Yes => spoken.push(version.0),
            Answer::No => {}
            Answer::Unknown(why) => return Verdict::Unknown(why),
        }
    }
    if spoken.is_empty() {
        Verdict::Pass
    } else if seen.has_listing() {
        listed::refused_in_listing(seen, &spoken, CipherSuite::is_cbc)
    } else {
        Verdict::Unknown("the server chose a stream cipher there".to_owned())
    }
}
#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::Ask;
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn chosen(version: u16, suite: u16) -> Verdict {
        judged(check, 993, |seen| answer(seen, Ask::Version(version), chose(version, suite)))
    }

    #[test]
    fn passes_without_the_old_versions() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_with_a_block_cipher_in_tls_1_0_and_ssl_3() {
        for version in [0x0301, 0x0300] {
            let found = finding(chosen(version, 0x002F));
            assert_eq!(found.severity, Severity::Note);
            assert!(found.cause.contains("TLS_RSA_WITH_AES_128_CBC_SHA in "), "{}", found.cause);
        }
    }

    #[test]
    fn tls_1_1_is_not_meant() {
        let verdict = judged(check, 993, |seen| {
            answer(seen, Ask::Version(0x0302), chose(0x0302, 0x002F));
            answer(seen, Ask::Version(0x0301), crate::rules::tests::ended(crate::observation::TlsEnd::Alert));
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn unknown_with_a_stream_cipher_or_without_a_look() {
        assert!(matches!(chosen(0x0301, 0x0005), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
