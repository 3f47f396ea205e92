//! TLS 1.3 takes data before the handshake is complete.

use super::{scope, wording};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TlsEnd};

pub(super) static RULE: Rule = Rule {
    id: "tls-early-data",
    title: "early data is accepted",
    severity: Severity::Warning,
    what: "The server's session tickets invite clients to send data before the handshake of TLS 1.3 is complete \
           (0-RTT).",
    why: "Early data can be recorded and sent again by anyone, so that a command is carried out twice. TLS allows it \
          only to protocols that say how to use it; no mail protocol does.",
    affected: "Clients that use it; no common mail client does.",
    fix: "Switch early data off (max_early_data 0 in OpenSSL, ssl_early_data off in nginx, no allow-0rtt in HAProxy): \
          it is off wherever nobody switched it on.",
    change: None,
    references: &["RFC 8446 §8", "RFC 8446 appendix E.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    if seen.version(TLS13).is_no() {
        return Verdict::NotApplicable("only TLS 1.3 has early data");
    }
    let Some(session) = seen.polite() else { return Verdict::Unknown("it was not looked at".to_owned()) };
    let Some(tls) = session.tls.as_ref().filter(|tls| tls.version.is_some()) else {
        return Verdict::Unknown("the first look did not come to TLS".to_owned());
    };
    if tls.version != Some(TLS13) {
        return Verdict::NotApplicable("only TLS 1.3 has early data");
    }
    // Tickets come with the first data after the handshake.
    let heard =
        session.inside.as_ref().is_some_and(|talk| talk.capabilities.is_some() || !talk.lines.is_empty());
    let bytes = tls.tickets.iter().filter_map(|ticket| ticket.max_early_data).max().unwrap_or(0);
    if bytes == 0 && (tls.end != TlsEnd::Completed || !heard) {
        return Verdict::Unknown("nothing was heard after the handshake".to_owned());
    }
    if bytes == 0 {
        return Verdict::Pass;
    }
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            "early data",
            "early data is accepted",
            format!(
                "The server's session tickets invite clients to send up to {bytes} bytes before the handshake is \
                 complete. Whoever records them can send them again, and the server carries them out once more."
            ),
        )
        .hurts(format!("{} that use it", wording::connecting(seen.endpoint.role)))
        .evidence("max_early_data", bytes),
    )
}

const TLS13: u16 = 0x0304;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{SeenTicket, TlsEnd};
    use crate::rules::tests::{chose, ended, finding, judged, polite, unseen};

    fn with_ticket(max_early_data: Option<u32>) -> Verdict {
        judged(check, 993, |seen| {
            polite(seen, |session| {
                let ticket = SeenTicket { lifetime_s: None, max_early_data, bytes: None };
                session.tls.as_mut().unwrap().tickets = vec![ticket];
            });
        })
    }

    #[test]
    fn passes_without_tickets_and_without_early_data() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
        assert_eq!(with_ticket(None), Verdict::Pass);
    }

    #[test]
    fn fails_with_early_data() {
        assert!(finding(with_ticket(Some(16_384))).cause.contains("16384 bytes"));
    }

    #[test]
    fn says_nothing_before_tls13() {
        let older =
            judged(check, 993, |seen| polite(seen, |session| session.tls = Some(chose(0x0303, 0xC02F))));
        assert!(matches!(older, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_nothing_was_heard() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
        let silent = judged(check, 993, |seen| polite(seen, |session| session.inside = None));
        assert!(matches!(silent, Verdict::Unknown(_)));
        let failed =
            judged(check, 993, |seen| polite(seen, |session| session.tls = Some(ended(TlsEnd::TimedOut))));
        assert!(matches!(failed, Verdict::Unknown(_)));
    }
}
