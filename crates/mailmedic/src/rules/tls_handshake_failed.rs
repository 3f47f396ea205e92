//! The handshake fails, and nothing else explains it.

use mailmedic_wire::names::{AlertDescription, CipherSuite, ProtocolVersion};

use super::{plaintext_on_tls_port, scope, wording};
use crate::endpoint::Security;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Tls, TlsEnd};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-handshake-failed",
    title: "the TLS handshake fails",
    severity: Severity::Error,
    what: "The server speaks, but a handshake with what any current client offers does not come to its end.",
    why: "Mostly the server has no working certificate or key: the key belongs to another certificate, or \
          a file is missing or unreadable. Mail programs cannot connect; senders wait, or deliver in clear \
          text.",
    affected: "Every current mail program and mail server.",
    fix: "The server's log names the reason at the time of the handshake. Check that certificate and key \
          belong together and that the server can read both, then reload.",
    change: Some(ChangeKind::MendTls),
    references: &["RFC 8446 §6.2", "RFC 5246 §7.2.2"],
    since: "0.1",
    consequence_of: &[
        "plaintext-on-tls-port",
        "tls-on-starttls-port",
        "starttls-lost-connection",
        "tls-client-certificate-required",
        "tls-version-modern-missing",
    ],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::open_look(seen) {
        return verdict;
    }
    let Some(tls) = seen.polite().and_then(|look| look.tls.as_ref()) else {
        return Verdict::NotApplicable("no hello was sent");
    };
    if tls.version.is_none() && lacks_forward_secrecy(seen) {
        return Verdict::NotApplicable("the server has no suite with forward secrecy, a fault of its own");
    }
    let (key, mut cause) = match &tls.end {
        TlsEnd::Completed if tls.signature_fits == Some(false) => (
            "signature".to_owned(),
            "The server signs the handshake with a key that is not the one of its certificate: key and \
             certificate do not belong together, and every client breaks off."
                .to_owned(),
        ),
        TlsEnd::Completed => return Verdict::Pass,
        TlsEnd::Answered if tls.version.is_some_and(|version| version < ProtocolVersion::TLSv1_2.0) => {
            return Verdict::NotApplicable("the server chose a version that was not offered, a fault of its own");
        }
        TlsEnd::Answered => ("answered".to_owned(), after_the_choice(tls, None)),
        TlsEnd::TimedOut => return Verdict::NotApplicable("the server fell silent"),
        // After a go-ahead no other rule speaks of it.
        TlsEnd::NotTls
            if seen.endpoint.security == Security::Implicit && plaintext_on_tls_port::text(tls).is_some() =>
        {
            return Verdict::NotApplicable("the server speaks clear text");
        }
        TlsEnd::Malformed(why) => {
            let why = words::escape(why, 200);
            let cause = match tls.version {
                Some(_) => after_the_choice(tls, Some(&why)),
                None => format!("The server answers the hello with TLS that breaks the protocol: {why}."),
            };
            (why, cause)
        }
        // Which of these it is depends on what was still unread when the server closed.
        TlsEnd::Closed | TlsEnd::Reset | TlsEnd::NotTls => (
            "closed".to_owned(),
            "The server closes the connection during the handshake without an alert that says why; mostly it \
             has no working certificate or key."
                .to_owned(),
        ),
        TlsEnd::Alert => alert(tls),
    };
    if let Some(other) = an_answer(seen).filter(|_| tls.version.is_none()) {
        cause.push_str(&format!(
            " Hellos of another kind are answered ({other}), so certificate and key are there: the \
             server's settings exclude what current clients offer."
        ));
    }
    if let Some(said) = in_clear(seen) {
        cause.push_str(&format!(" In clear text it said \"{said}\"."));
    }
    let mut finding = Finding::new(Severity::Error, key, "the TLS handshake fails", cause)
        .hurts(wording::loss(seen.endpoint.role))
        .change(Change::MendTls);
    if let Some(alert) = tls.alerts.last() {
        finding = finding
            .evidence("alert", AlertDescription(alert.description).to_string())
            .evidence("alert_number", alert.description);
    }
    Verdict::fail(finding)
}

/// Tells whether the server answers only hellos without forward secrecy, which the first one never offers.
fn lacks_forward_secrecy(seen: &EndpointObservation) -> bool {
    let suites = wording::suites(seen, |_| true);
    !suites.is_empty() && !suites.iter().any(|suite| suite.forward_secret())
}

/// Returns what the server said in place of TLS: Dovecot tells there that its TLS cannot start.
fn in_clear(seen: &EndpointObservation) -> Option<String> {
    let look = seen.polite()?;
    let behind = look.plain.as_ref().map(|talk| &talk.leftover);
    let instead = look.tls.as_ref().and_then(|tls| tls.not_tls.as_ref());
    let said =
        behind.into_iter().chain(instead).map(|bytes| bytes.0.trim_ascii()).find(|said| !said.is_empty());
    said.map(|said| words::escape_bytes(said, 120))
}

fn alert(tls: &Tls) -> (String, String) {
    let Some(seen) = tls.alerts.last() else {
        return ("alert".to_owned(), "The server ends the handshake with an alert.".to_owned());
    };
    let description = AlertDescription(seen.description);
    let likely = match description {
        AlertDescription::HANDSHAKE_FAILURE | AlertDescription::INSUFFICIENT_SECURITY => {
            "it found nothing in common with what current clients offer; that is how a server without a \
             working certificate and key answers, too"
        }
        AlertDescription::INTERNAL_ERROR => {
            "something in the server is out of order: mostly certificate and key do not belong together, \
             or a file is missing or unreadable"
        }
        AlertDescription::PROTOCOL_VERSION => {
            "it speaks no version that current clients offer (TLS 1.2, \
                                               TLS 1.3)"
        }
        AlertDescription::UNRECOGNIZED_NAME => "it has no certificate for the name that clients ask for",
        AlertDescription::ACCESS_DENIED => "an access list turns this client away",
        AlertDescription::DECODE_ERROR
        | AlertDescription::DECRYPT_ERROR
        | AlertDescription::BAD_RECORD_MAC
        | AlertDescription::ILLEGAL_PARAMETER
        | AlertDescription::UNEXPECTED_MESSAGE => {
            "it does not understand a correct handshake: outdated software, or a device on the way that \
             changes the bytes"
        }
        _ => "the server's log says more",
    };
    (
        description.to_string(),
        format!(
            "The server ends the handshake with the alert {description}: \
                                       {likely}."
        ),
    )
}

/// Says that the server answered with a ServerHello, and that nothing came of it.
fn after_the_choice(tls: &Tls, why: Option<&str>) -> String {
    let version = tls.version.map(|version| format!(" {}", ProtocolVersion(version))).unwrap_or_default();
    let suite = tls.suite.map(|suite| format!(" with {}", CipherSuite(suite))).unwrap_or_default();
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    format!(
        "The server chooses{version}{suite}, but what it sends then cannot be brought to a handshake{why}: broken \
         software, or a device on the way that changes the bytes."
    )
}

/// Returns a version and suite that the server chose in another hello.
fn an_answer(seen: &EndpointObservation) -> Option<String> {
    let accepted = seen.suites().into_iter().next_back()?;
    Some(format!("{} with {}", ProtocolVersion(accepted.version), CipherSuite(accepted.suite)))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::Verdict;
    use crate::observation::{Ask, EndpointObservation, SeenAlert, Tls, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};

    fn alert(seen: &mut EndpointObservation, description: u8) {
        let alerts = vec![SeenAlert { level: 2, description }];
        answer(seen, Ask::Polite, Tls { end: TlsEnd::Alert, alerts, ..Tls::default() });
    }

    #[test]
    fn passes_when_it_completes() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_and_names_the_alert() {
        let found = finding(judged(check, 993, |seen| {
            alert(seen, 80);
            seen.sessions.retain(|session| session.ask == Ask::Polite);
        }));
        assert!(found.cause.contains("alert internal_error"), "{}", found.cause);
        assert!(!found.cause.contains("another kind"));
    }

    #[test]
    fn tells_that_other_hellos_are_answered() {
        let found = finding(judged(check, 993, |seen| {
            alert(seen, 40);
            seen.sessions.retain(|session| session.ask != Ask::WithoutServerName);
        }));
        assert!(
            found.cause.contains("TLSv1.2 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            "{}",
            found.cause
        );
    }

    #[test]
    fn fails_when_nothing_comes_of_the_choice() {
        for end in [TlsEnd::Answered, TlsEnd::Malformed("cannot decrypt peer's message".into())] {
            for version in [0x0303, 0x0304] {
                let tls = Tls { end: end.clone(), ..chose(version, 0x1301) };
                let found = finding(judged(check, 993, |seen| answer(seen, Ask::Polite, tls)));
                assert!(found.cause.contains("with TLS_AES_128_GCM_SHA256"), "{}", found.cause);
                assert!(!found.cause.contains("another kind"), "{}", found.cause);
                let tells_why = found.cause.contains("(cannot decrypt peer's message)");
                assert_eq!(tells_why, end != TlsEnd::Answered, "{}", found.cause);
            }
        }
    }

    #[test]
    fn a_choice_that_was_not_offered_is_another_fault() {
        let verdict = judged(check, 993, |seen| answer(seen, Ask::Polite, chose(0x0302, 0x002F)));
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn text_after_a_go_ahead_is_this_fault() {
        let text = |port| {
            judged(check, port, |seen| {
                let not_tls = Some(Bytes(b"454 4.7.0 TLS not available\r\n".to_vec()));
                answer(seen, Ask::Polite, Tls { not_tls, ..ended(TlsEnd::NotTls) });
            })
        };
        let found = finding(text(587));
        assert!(found.cause.contains("454 4.7.0 TLS not available"), "{}", found.cause);
        assert!(matches!(text(993), Verdict::NotApplicable(_)));
    }

    #[test]
    fn a_silent_server_is_another_fault() {
        let verdict = judged(check, 993, |seen| answer(seen, Ask::Polite, ended(TlsEnd::TimedOut)));
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
