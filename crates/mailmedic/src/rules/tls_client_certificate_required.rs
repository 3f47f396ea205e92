//! The server lets nobody in without a client certificate.

use mailmedic_wire::names::AlertDescription;

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Session, TalkEnd, TlsEnd};

pub(super) static RULE: Rule = Rule {
    id: "tls-client-certificate-required",
    title: "the server demands a client certificate",
    severity: Severity::Error,
    what: "The server asks for a client certificate in the handshake and hangs up when there is none.",
    why: "Next to no mail program and no mail server has a certificate that this server would accept, so \
          they all fail. A server may ask for one (that is harmless), but it must go on without.",
    affected: "Everybody without a client certificate of the right issuer, which is nearly everybody.",
    fix: "Ask for no client certificate, or make it optional (in Postfix smtpd_tls_req_ccert=no, in \
          Dovecot no auth_ssl_require_client_cert).",
    change: Some(ChangeKind::NoClientCertificate),
    references: &["RFC 8446 §4.4.2.4", "RFC 5246 §7.4.6"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let Some(look) = seen.polite().filter(|look| look.tls.is_some()) else {
        return Verdict::NotApplicable("no hello was sent");
    };
    let Some(sign) = demand(look) else { return Verdict::Pass };
    Verdict::fail(
        Finding::new(
            Severity::Error,
            "required",
            "the server demands a client certificate",
            format!("The server asks for a client certificate and, when there is none, {sign}."),
        )
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("sign", sign.clone())
        .change(Change::NoClientCertificate),
    )
}

/// Returns how the server showed that it does not go on without a client certificate.
pub(super) fn demand(look: &Session) -> Option<String> {
    let tls = look.tls.as_ref()?;
    let named = |description: &u8| {
        let description = AlertDescription(*description);
        let plain = description == AlertDescription::CERTIFICATE_REQUIRED;
        // Before TLS 1.3 there is no alert of that meaning; these are what servers send in its place.
        let hinted = tls.client_certificate_requested
            && matches!(
                description,
                AlertDescription::HANDSHAKE_FAILURE
                    | AlertDescription::BAD_CERTIFICATE
                    | AlertDescription::NO_CERTIFICATE
                    | AlertDescription::CERTIFICATE_UNKNOWN
                    | AlertDescription::ACCESS_DENIED
            );
        plain || hinted
    };
    if let Some(alert) = tls.alerts.iter().map(|alert| alert.description).find(|alert| named(alert)) {
        return Some(format!("ends the handshake with the alert {}", AlertDescription(alert)));
    }
    // In TLS 1.3 the client is through before the server has looked at its certificate.
    let cut_off = tls.end != TlsEnd::Completed && matches!(tls.end, TlsEnd::Closed | TlsEnd::Reset);
    let cut_off_later = look.inside.as_ref().is_some_and(|talk| {
        matches!(talk.end, TalkEnd::Closed { .. } | TalkEnd::Reset { .. })
            && talk.lines.iter().all(|line| line.reply.is_none())
    });
    (tls.client_certificate_requested && (cut_off || cut_off_later))
        .then(|| "closes the connection".to_owned())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{EndpointObservation, SeenAlert, TlsEnd};
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn asked(seen: &mut EndpointObservation, end: TlsEnd, alert: Option<u8>) {
        polite(seen, |session| {
            let tls = session.tls.as_mut().unwrap();
            tls.client_certificate_requested = true;
            tls.end = end;
            tls.alerts.extend(alert.map(|description| SeenAlert { level: 2, description }));
        });
    }

    #[test]
    fn passes_when_it_only_asks() {
        assert_eq!(judged(check, 25, |seen| asked(seen, TlsEnd::Completed, None)), Verdict::Pass);
    }

    #[test]
    fn fails_when_it_hangs_up() {
        for (end, alert) in [(TlsEnd::Alert, Some(116)), (TlsEnd::Alert, Some(40)), (TlsEnd::Closed, None)] {
            finding(judged(check, 465, |seen| asked(seen, end, alert)));
        }
    }

    #[test]
    fn an_alert_without_the_question_has_another_reason() {
        let verdict = judged(check, 465, |seen| {
            asked(seen, TlsEnd::Alert, Some(40));
            polite(seen, |session| session.tls.as_mut().unwrap().client_certificate_requested = false);
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 465), Verdict::Unknown(_)));
    }
}
