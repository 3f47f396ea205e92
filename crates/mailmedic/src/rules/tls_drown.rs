//! SSL 2 endangers every service with the same key.

use mailmedic_wire::names::ProtocolVersion;

use super::scope;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation};

pub(super) static RULE: Rule = Rule {
    id: "tls-drown",
    title: "SSL 2 lets recorded sessions be opened (DROWN)",
    severity: Severity::Error,
    what: "The server answers SSL 2.",
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

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    match seen.version(ProtocolVersion::SSLv2.0) {
        Answer::No => Verdict::Pass,
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

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Tls, TlsEnd};
    use crate::rules::tests::{answer, finding, judged, unseen};

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

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 25, |seen| seen.sessions.retain(|session| session.ask != Ask::Ssl2));
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
    }
}
