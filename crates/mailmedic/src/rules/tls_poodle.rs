//! SSL 3 with CBC.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation};

pub(super) static RULE: Rule = Rule {
    id: "tls-poodle",
    title: "SSL 3 with CBC can be read (POODLE)",
    severity: Severity::Error,
    what: "The server accepts SSL 3 with a block cipher, whose padding is not protected.",
    why: "An attacker on the way who can make a client repeat its message reads it byte by byte, and can \
          push clients that still know SSL 3 down to it.",
    affected: "Clients that still speak SSL 3.",
    fix: "Switch SSL 3 off; every client since 2001 knows TLS.",
    change: Some(ChangeKind::MinimumTls),
    references: &["RFC 7568", "CVE-2014-3566"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    match seen.version(ProtocolVersion::SSLv3.0) {
        Answer::No => return Verdict::Pass,
        Answer::Unknown(why) => return Verdict::Unknown(why),
        Answer::Yes => {}
    }
    let ssl3 = seen.suites().into_iter().filter(|accepted| accepted.version == ProtocolVersion::SSLv3.0);
    // SSL 3 has no other mode for block ciphers than CBC.
    let Some(suite) =
        ssl3.map(|accepted| CipherSuite(accepted.suite)).find(|suite| suite.block_bits().is_some())
    else {
        if seen.has_listing() {
            let is_block = |suite: CipherSuite| suite.block_bits().is_some();
            return listed::refused_in_listing(seen, &[ProtocolVersion::SSLv3.0], is_block);
        }
        return Verdict::Unknown("SSL 3 is accepted, and whether with CBC was not seen".to_owned());
    };
    let severity = scope::by_role(seen, Severity::Warning, Severity::Error);
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {suite}", severity.name()),
            "SSL 3 with CBC can be read (POODLE)",
            format!("The server accepts {suite} in SSL 3, whose padding is not protected."),
        )
        .hurts(format!("{} that still speak SSL 3", wording::connecting(seen.endpoint.role)))
        .evidence("suite", suite.to_string())
        .change(Change::MinimumTls { version: "TLSv1.2" }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::Ask;
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn ssl3(suite: u16) -> Verdict {
        judged(check, 993, |seen| answer(seen, Ask::Version(0x0300), chose(0x0300, suite)))
    }

    #[test]
    fn passes_without_ssl3() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_with_a_block_cipher() {
        assert!(finding(ssl3(0x002F)).cause.contains("TLS_RSA_WITH_AES_128_CBC_SHA"));
    }

    #[test]
    fn unknown_with_a_stream_cipher_or_without_a_look() {
        assert!(matches!(ssl3(0x0005), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
