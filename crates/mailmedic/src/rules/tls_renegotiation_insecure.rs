//! Secure renegotiation is unknown to the server.

use mailmedic_wire::names::ProtocolVersion;

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

pub(super) static RULE: Rule = Rule {
    id: "tls-renegotiation-insecure",
    title: "secure renegotiation is missing",
    severity: Severity::Error,
    what: "The server does not know the secure form of renegotiation, which is from 2010.",
    why: "An attacker can put words of his own before those of the client (CVE-2009-3555). OpenSSL 3 \
          refuses such servers altogether: \"unsafe legacy renegotiation disabled\".",
    affected: "Clients and senders on OpenSSL 3 cannot connect, unless both sides know TLS 1.3.",
    fix: "Update the TLS library of the server, or of the load balancer in front of it.",
    change: Some(ChangeKind::Update),
    references: &["RFC 5746", "RFC 9325 §3.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let mut known = seen.sessions.iter().filter_map(|session| session.tls.as_ref()?.secure_renegotiation);
    let Some(first) = known.next() else {
        return Verdict::NotApplicable("TLS 1.3 has no renegotiation");
    };
    if first || known.any(|secure| secure) {
        return Verdict::Pass;
    }
    let tls13 = seen.version(ProtocolVersion::TLSv1_3.0).is_yes();
    let severity =
        if tls13 { Severity::Warning } else { scope::by_role(seen, Severity::Warning, Severity::Error) };
    let mut cause = "The server does not answer the sign of secure renegotiation (RFC 5746).".to_owned();
    cause.push_str(if tls13 {
        " Clients with TLS 1.3 do not need it; those with TLS 1.2 on OpenSSL 3 cannot connect."
    } else {
        " Clients on OpenSSL 3 refuse it (\"unsafe legacy renegotiation disabled\")."
    });
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {tls13}", severity.name()),
            "secure renegotiation is missing",
            cause,
        )
        .hurts(format!("{} on OpenSSL 3", wording::connecting(seen.endpoint.role)))
        .change(Change::Update),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, EndpointObservation, Tls};
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn renegotiates(seen: &mut EndpointObservation, secure: Option<bool>) {
        let tls = Tls { secure_renegotiation: secure, ..chose(0x0303, 0xC02F) };
        answer(seen, Ask::Version(0x0303), tls);
    }

    #[test]
    fn passes_with_the_extension() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
        let none = judged(check, 993, |seen| renegotiates(seen, None));
        assert!(matches!(none, Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_without_it_worse_where_tls_1_3_does_not_help() {
        let without = |seen: &mut EndpointObservation| renegotiates(seen, Some(false));
        assert_eq!(finding(judged(check, 993, without)).severity, Severity::Warning);
        let found = finding(judged(check, 993, |seen| {
            without(seen);
            answer(seen, Ask::Polite, Tls { secure_renegotiation: Some(false), ..chose(0x0303, 0xC02F) });
            seen.sessions.retain(|session| session.ask != Ask::WithoutServerName);
        }));
        assert_eq!(found.severity, Severity::Error);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
