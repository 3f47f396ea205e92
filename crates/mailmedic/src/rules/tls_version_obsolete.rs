//! Versions that nobody should speak any more.

use mailmedic_wire::names::ProtocolVersion;

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-version-obsolete",
    title: "obsolete versions of TLS are offered",
    severity: Severity::Error,
    what: "The server speaks SSL 2, SSL 3, TLS 1.0 or TLS 1.1.",
    why: "SSL 2 and SSL 3 are broken: what they protect can be read. TLS 1.0 and 1.1 rest on MD5 and SHA-1 \
          and are forbidden where people log in. On port 25 they do no harm beside newer versions, since \
          the alternative there is clear text.",
    affected: "Old clients that still negotiate these versions; current ones choose newer versions.",
    fix: "Set TLS 1.2 as the oldest version where people log in; on port 25, too, unless old senders still \
          matter.",
    change: Some(ChangeKind::MinimumTls),
    references: &["RFC 8996", "RFC 7568", "RFC 6176", "RFC 8997", "RFC 9325 §3.1.1"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

/// The oldest first.
const OBSOLETE: [ProtocolVersion; 4] =
    [ProtocolVersion::SSLv2, ProtocolVersion::SSLv3, ProtocolVersion::TLSv1_0, ProtocolVersion::TLSv1_1];

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let mut spoken = Vec::new();
    let mut doubt = None;
    for version in OBSOLETE {
        match seen.version(version.0) {
            Answer::Yes => spoken.push(version),
            Answer::No => {}
            Answer::Unknown(why) => {
                doubt.get_or_insert_with(|| format!("{version}: {why}"));
            }
        }
    }
    let Some(oldest) = spoken.first() else {
        return match doubt {
            Some(doubt) => Verdict::Unknown(doubt),
            None => Verdict::Pass,
        };
    };
    let broken = *oldest <= ProtocolVersion::SSLv3;
    let severity = match (scope::is_opportunistic(seen), broken) {
        (false, true) => Severity::Error,
        (true, true) | (false, false) => Severity::Warning,
        (true, false) => Severity::Note,
    };
    let names: Vec<String> = spoken.iter().map(ToString::to_string).collect();
    let listed = words::list(&names);
    let mut cause = format!("The server speaks {listed}.");
    cause.push_str(match (scope::is_opportunistic(seen), broken) {
        (_, true) => " What SSL protects can be read by whoever holds the line.",
        (false, false) => {
            " Versions before TLS 1.2 rest on MD5 and SHA-1 and are forbidden where people log in."
        }
        (true, false) => " On port 25 that does no harm: for an old sender the alternative is clear text.",
    });
    let mut finding = Finding::new(
        severity,
        format!("{} {}", severity.name(), names.join(",")),
        "obsolete versions of TLS are offered",
        cause,
    )
    .evidence("versions", names)
    .change(Change::MinimumTls { version: "TLSv1.2" });
    if severity > Severity::Note {
        finding = finding.hurts(format!("{} with old software", wording::connecting(seen.endpoint.role)));
    }
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::Ask;
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn with(port: u16, versions: &[u16]) -> Verdict {
        judged(check, port, |seen| {
            for version in versions {
                answer(seen, Ask::Version(*version), chose(*version, 0x0035));
            }
        })
    }

    #[test]
    fn passes_with_tls_1_2_as_the_oldest() {
        assert_eq!(with(993, &[]), Verdict::Pass);
    }

    #[test]
    fn tls_1_0_is_a_warning_where_people_log_in_and_a_note_on_port_25() {
        let found = finding(with(993, &[0x0301, 0x0302]));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("TLSv1.0 and TLSv1.1"));
        assert_eq!(finding(with(25, &[0x0301])).severity, Severity::Note);
    }

    #[test]
    fn ssl_is_worse() {
        assert_eq!(finding(with(993, &[0x0300])).severity, Severity::Error);
        assert_eq!(finding(with(25, &[0x0002])).severity, Severity::Warning);
    }

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 993, |seen| seen.sessions.retain(|session| session.ask != Ask::Ssl2));
        assert!(matches!(verdict, Verdict::Unknown(why) if why.starts_with("SSLv2")));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
