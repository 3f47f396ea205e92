//! Neither TLS 1.2 nor TLS 1.3 is spoken.

use mailmedic_wire::names::ProtocolVersion;

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-version-modern-missing",
    title: "neither TLS 1.2 nor TLS 1.3 is spoken",
    severity: Severity::Error,
    what: "The newest version that the server speaks is TLS 1.1 or older.",
    why: "Current systems do not go below TLS 1.2: mail programs cannot connect any more, and senders \
          deliver in clear text or, under MTA-STS and DANE, not at all.",
    affected: "Thunderbird, Android, and everything on a current OpenSSL, Windows or Java.",
    fix: "Switch TLS 1.2 and 1.3 on; software whose library knows neither has to be updated.",
    change: Some(ChangeKind::ModernTls),
    references: &["RFC 8996", "RFC 8997", "RFC 9325 §3.1.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let newer = [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3].map(|version| seen.version(version.0));
    if newer.iter().any(Answer::is_yes) {
        return Verdict::Pass;
    }
    if let Some(Answer::Unknown(why)) = newer.into_iter().find(|answer| !answer.is_no()) {
        return Verdict::Unknown(why);
    }
    let spoken: Vec<String> =
        seen.versions().into_iter().map(|version| ProtocolVersion(version).to_string()).collect();
    let listed = words::list(&spoken);
    let insistence = scope::insistence(case, seen);
    let strict = !scope::is_opportunistic(seen) || insistence.is_some();
    let severity = if strict { Severity::Error } else { Severity::Warning };
    let mut cause = format!("The server speaks {listed} and nothing newer.");
    match insistence {
        Some(demand) => cause.push_str(&format!(
            " Current senders do not go below TLS 1.2, and {demand} forbids them to deliver in clear text, \
             so they keep the mail."
        )),
        None if strict => cause.push_str(
            " Current mail programs do not go below TLS 1.2 and cannot \
                                          connect.",
        ),
        None => cause.push_str(
            " Current senders do not go below TLS 1.2: the handshake fails, and they deliver in clear text \
             or later.",
        ),
    }
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {}", severity.name(), spoken.join(",")),
            "neither TLS 1.2 nor TLS 1.3 is spoken",
            cause,
        )
        .hurts(format!("{} on current systems", wording::connecting(seen.endpoint.role)))
        .evidence("versions", spoken)
        .change(Change::ModernTls),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, EndpointObservation, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};

    fn old(seen: &mut EndpointObservation) {
        seen.sessions.clear();
        answer(seen, Ask::Polite, ended(TlsEnd::Alert));
        answer(seen, Ask::Version(0x0303), chose(0x0301, 0x002F));
    }

    #[test]
    fn passes_with_tls_1_2_alone() {
        let verdict = judged(check, 993, |seen| {
            seen.sessions.clear();
            answer(seen, Ask::Polite, chose(0x0303, 0xC02F));
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn fails_when_an_older_version_is_chosen() {
        let found = finding(judged(check, 993, old));
        assert!(found.severity == Severity::Error && found.cause.contains("TLSv1.0 and nothing newer"));
        assert_eq!(finding(judged(check, 25, old)).severity, Severity::Warning);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
