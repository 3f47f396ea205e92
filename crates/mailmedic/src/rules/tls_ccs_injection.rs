//! A ChangeCipherSpec is taken before there are keys.

use mailmedic_wire::alert::Alert;
use mailmedic_wire::names::{AlertDescription, ContentType, ProtocolVersion};

use super::{scope, tricks, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Reaction, ReactionEnd, TlsEnd, Trick};

pub(super) static RULE: Rule = Rule {
    id: "tls-ccs-injection",
    title: "encryption can be begun without a secret (CCS injection)",
    severity: Severity::Error,
    what: "The server takes a ChangeCipherSpec before the keys are agreed on, and goes on with an empty secret.",
    why: "An attacker on the way who sends one to both sides knows the secret from which the keys are made, and reads \
          and changes what follows. It works with clients that use an OpenSSL of the same age.",
    affected: "Clients and mail servers with an OpenSSL from before June 2014.",
    fix: "Update OpenSSL to 0.9.8za, 1.0.0m, 1.0.1h or newer, and restart the server.",
    change: Some(ChangeKind::Update),
    references: &["CVE-2014-0224", "RFC 5246 §7.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let session = match tricks::tried(case, seen, Trick::EarlyChangeCipherSpec) {
        Ok(session) => session,
        Err(Verdict::Unknown(_)) if scope::refuses_all_from(seen, ProtocolVersion::SSLv3) => {
            return Verdict::NotApplicable("the server speaks only TLS 1.3");
        }
        Err(verdict) => return verdict,
    };
    let Some(tls) = &session.tls else { return Verdict::Unknown(session.why_no_tls()) };
    let Some(reaction) = session.reaction.as_ref().filter(|reaction| reaction.end != ReactionEnd::NotReached)
    else {
        return Verdict::Unknown("the handshake did not come as far as the server's keys".to_owned());
    };
    // The first was refused, by whatever alert.
    if tls.end != TlsEnd::Answered {
        return Verdict::Pass;
    }
    match alert(reaction) {
        Some(AlertDescription::BAD_RECORD_MAC | AlertDescription::DECRYPTION_FAILED) => fail(seen),
        // Garbage that was decrypted could not have been told from a wrong MAC.
        Some(AlertDescription::UNEXPECTED_MESSAGE) => Verdict::Pass,
        Some(other) => Verdict::Unknown(format!(
            "the server kept silent after a ChangeCipherSpec out of order, and answered garbage with {other}"
        )),
        None => Verdict::Unknown(format!(
            "the server kept silent after a ChangeCipherSpec out of order, and {} after garbage",
            if reaction.end == ReactionEnd::TimedOut { "also" } else { "left without an alert" }
        )),
    }
}

fn alert(reaction: &Reaction) -> Option<AlertDescription> {
    let alerts = reaction.records.iter().filter(|record| record.content == ContentType::ALERT.0);
    alerts.filter_map(|record| Alert::read(&record.head.0).ok()).map(|alert| alert.description).next()
}

fn fail(seen: &EndpointObservation) -> Verdict {
    Verdict::fail(
        Finding::new(
            Severity::Error,
            "ccs",
            "encryption can be begun without a secret (CCS injection)",
            "The server took a ChangeCipherSpec before any keys were agreed on, and tried to decrypt what followed \
             with an empty secret. An attacker on the way who does the same to a client with an old OpenSSL reads \
             and changes all that is said. The software was last updated before June 2014.",
        )
        .hurts(format!("{} with an OpenSSL of the same age", wording::connecting(seen.endpoint.role)))
        .change(Change::Update),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Depth, Reaction, ReactionEnd, SeenRecord, Tls, TlsEnd, Trick, Unasked};
    use crate::rules::tests::{answer, chose, finding, judged, unseen};
    use crate::sample;

    const ASK: Ask = Ask::Try(Trick::EarlyChangeCipherSpec);

    /// Judges a server that ends like this, to the first move or else to the garbage.
    fn reacting(to_first: bool, alert: Option<u8>, end: ReactionEnd) -> Verdict {
        judged(check, 587, |seen| {
            let how = if to_first { TlsEnd::Alert } else { TlsEnd::Answered };
            answer(seen, ASK, Tls { end: how, ..chose(0x0303, 0xC02F) });
            let record =
                |alert| SeenRecord { content: 21, length: 2, head: Bytes(vec![2, alert]), encrypted: false };
            let records = alert.map(record).into_iter().collect();
            seen.sessions.last_mut().unwrap().reaction = Some(Reaction { records, end });
        })
    }

    #[test]
    fn passes_when_the_first_is_refused() {
        for alert in [Some(10), Some(20), None] {
            assert_eq!(reacting(true, alert, ReactionEnd::Closed), Verdict::Pass);
        }
        assert_eq!(reacting(false, Some(10), ReactionEnd::Left), Verdict::Pass);
    }

    #[test]
    fn fails_when_garbage_is_decrypted() {
        for alert in [20, 21] {
            assert_eq!(finding(reacting(false, Some(alert), ReactionEnd::Left)).severity, Severity::Error);
        }
    }

    #[test]
    fn silence_alone_proves_nothing() {
        for end in [ReactionEnd::TimedOut, ReactionEnd::Closed, ReactionEnd::Reset, ReactionEnd::NotReached] {
            assert!(matches!(reacting(false, None, end), Verdict::Unknown(_)), "{end:?}");
        }
        assert!(matches!(reacting(false, Some(80), ReactionEnd::Left), Verdict::Unknown(_)));
    }

    #[test]
    fn unknown_when_limited_and_nothing_to_say_when_not_asked() {
        assert!(matches!(judged(check, 587, |_| {}), Verdict::NotApplicable(_)));
        assert!(matches!(unseen(check, 587), Verdict::Unknown(_)));
        let mut sample = sample::healthy().only(587);
        sample.seen.depth = Depth::Full;
        let why = "the server limits connections: 421".to_owned();
        sample.port(587).unasked.push(Unasked { ask: ASK, why: why.clone() });
        assert_eq!(sample.endpoints(check), [Verdict::Unknown(why)]);
        answer(sample.port(587), Ask::Version(0x0303), Tls { end: TlsEnd::Alert, ..Tls::default() });
        assert!(matches!(sample.endpoints(check)[..], [Verdict::NotApplicable(_)]));
    }
}
