//! A port that should speak TLS at once speaks clear text.

use mailmedic_wire::dialogue::sniff;

use super::{scope, wording};
use crate::endpoint::Security;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Ask, EndpointObservation, Session, TalkEnd, Tls, TlsEnd};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "plaintext-on-tls-port",
    title: "a port for TLS speaks clear text",
    severity: Severity::Error,
    what: "On a port where TLS is due from the first byte (465, 993, 995), the server speaks clear text.",
    why: "Mail programs that are set to SSL/TLS send a TLS hello, get text back and fail; OpenSSL calls \
          that \"wrong version number\", GnuTLS \"an unexpected TLS packet\".",
    affected: "Everybody who uses this port as SSL/TLS.",
    fix: "Switch implicit TLS on for this port (in Postfix smtpd_tls_wrappermode=yes, in Dovecot ssl = yes \
          in the listener), or see which other service listens there.",
    change: Some(ChangeKind::SetMode),
    references: &["RFC 8314 §3"],
    since: "0.1",
    consequence_of: &["autoconfig-invalid"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Implicit {
        return Verdict::NotApplicable("clear text is due on this port at first");
    }
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    if look.has_tls() {
        return Verdict::Pass;
    }
    let other = seen.session(Ask::OtherMode).filter(|session| session.security == Security::Starttls);
    let Some(text) = look.tls.as_ref().and_then(text).or_else(|| other.and_then(greeting)) else {
        return Verdict::NotApplicable("no clear text came");
    };
    let spoken = sniff(&text).map(|spoken| spoken.name());
    let starttls = other.is_some_and(|session| {
        session.has_tls() || session.plain.as_ref().is_some_and(|talk| talk.end == TalkEnd::Done)
    });
    let shown = words::escape_bytes(first_line(&text), 100);
    let mut cause = match spoken {
        Some(spoken) => format!(
            "TLS is due on this port from the first byte, and the server speaks \
                                 {spoken} in clear text: \"{shown}\"."
        ),
        None => format!(
            "TLS is due on this port from the first byte, and the server answers in clear \
                         text: \"{shown}\"."
        ),
    };
    if starttls {
        cause.push_str(&format!(
            " {} works there: the port runs in the mode of another port.",
            wording::upgrade(seen)
        ));
    }
    Verdict::fail(
        Finding::new(
            Severity::Error,
            format!("{} {} {starttls}", seen.endpoint.port, spoken.unwrap_or("text")),
            "a port for TLS speaks clear text",
            cause,
        )
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("text", shown)
        .evidence("starttls_works", starttls)
        .change(Change::SetMode { security: Security::Implicit, port: seen.endpoint.port }),
    )
}

/// Returns the bytes that came in place of TLS, if they are text.
pub(super) fn text(tls: &Tls) -> Option<Vec<u8>> {
    let bytes = &tls.not_tls.as_ref()?.0;
    let line = first_line(bytes);
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | 0x80..);
    let is_text = !line.is_empty() && line.iter().all(printable);
    (tls.end == TlsEnd::NotTls && is_text).then(|| bytes.clone())
}

/// Returns what the server said at first in clear text.
fn greeting(session: &Session) -> Option<Vec<u8>> {
    let talk = session.plain.as_ref()?;
    Some(talk.lines.first()?.reply.clone()?.into_bytes())
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::endpoint::Security;
    use crate::finding::Verdict;
    use crate::observation::{Ask, EndpointObservation, Tls, TlsEnd};
    use crate::rules::tests::{answer, chose, finding, judged, unseen};
    use crate::sample;

    fn says(seen: &mut EndpointObservation, bytes: &[u8]) {
        seen.sessions.truncate(1);
        let tls = Tls { end: TlsEnd::NotTls, not_tls: Some(Bytes(bytes.to_vec())), ..Tls::default() };
        answer(seen, Ask::Polite, tls);
    }

    #[test]
    fn passes_when_tls_is_spoken() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_and_names_what_is_spoken() {
        let found = finding(judged(check, 993, |seen| says(seen, b"* OK Dovecot ready.\r\n")));
        assert!(
            found.cause.contains("speaks IMAP in clear text: \"* OK Dovecot ready.\""),
            "{}",
            found.cause
        );
        assert!(!found.cause.contains("STARTTLS"));
    }

    #[test]
    fn says_when_starttls_works_there() {
        let found = finding(judged(check, 465, |seen| {
            says(seen, b"220 mail.example.org ESMTP\r\n");
            let mut other = sample::session(&seen.endpoint, Ask::OtherMode, chose(0x0304, 0x1301));
            other.security = Security::Starttls;
            seen.sessions.push(other);
        }));
        assert!(found.cause.contains("STARTTLS works there"));
    }

    #[test]
    fn binary_garbage_is_no_text() {
        assert!(matches!(judged(check, 993, |seen| says(seen, &[0, 1, 2])), Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
