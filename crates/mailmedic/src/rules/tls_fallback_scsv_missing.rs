//! A fallback to an older version that nobody notices.

use mailmedic_wire::names::{AlertDescription, ProtocolVersion};

use super::{scope, tricks};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Ask, EndpointObservation, TlsEnd, Trick};

pub(super) static RULE: Rule = Rule {
    id: "tls-fallback-scsv-missing",
    title: "fallbacks to older versions are not noticed",
    severity: Severity::Note,
    what: "A hello of an older version that says it is a fallback (TLS_FALLBACK_SCSV) was answered, although the \
           server speaks a newer version.",
    why: "Some old clients try an older version when a hello fails; an attacker on the way can make it fail. A \
          server that knows the mark refuses and so defeats him. No current client falls back.",
    affected: "Clients from before 2016 that fall back by themselves.",
    fix: "Update the TLS library; or leave nothing to fall back to, by TLS 1.2 as the oldest version.",
    change: Some(ChangeKind::Update),
    references: &["RFC 7507", "RFC 9325 §3.1.3"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let versions: Vec<ProtocolVersion> = seen
        .versions()
        .into_iter()
        .map(ProtocolVersion)
        .filter(|version| *version != ProtocolVersion::SSLv2)
        .collect();
    let [_, .., newest] = versions.as_slice() else {
        return Verdict::NotApplicable("one version alone leaves nothing to fall back to");
    };
    let session = match tricks::tried(case, seen, Trick::FallbackScsv) {
        Ok(session) => session,
        Err(verdict) => return verdict,
    };
    let Some(tls) = &session.tls else {
        return Verdict::Unknown(session.why_no_tls());
    };
    let Some(chosen) = tls.version.map(ProtocolVersion) else {
        let last = tls.alerts.last().map(|alert| AlertDescription(alert.description));
        return match (&tls.end, last) {
            // Courier refuses whatever it refuses with close_notify.
            (
                TlsEnd::Alert,
                Some(AlertDescription::INAPPROPRIATE_FALLBACK | AlertDescription::CLOSE_NOTIFY),
            ) => Verdict::Pass,
            (TlsEnd::Alert, Some(other)) => {
                Verdict::Unknown(format!("the server refused the hello for another reason: {other}"))
            }
            (TlsEnd::TimedOut, _) => {
                Verdict::Unknown("the server did not answer the hello in time".to_owned())
            }
            // Dovecot closes without an alert. The mark is all that tells this hello from one that was answered.
            (TlsEnd::Closed | TlsEnd::Reset, _) if seen.answer(Ask::Try(Trick::FallbackScsv)).is_no() => {
                Verdict::Pass
            }
            _ => Verdict::Unknown("the server's answer says nothing of the fallback".to_owned()),
        };
    };
    if chosen >= *newest {
        return Verdict::Pass;
    }
    Verdict::fail(
        Finding::new(
            Severity::Note,
            format!("{chosen} {newest}"),
            "fallbacks to older versions are not noticed",
            format!(
                "The server speaks {newest} and answered a hello that said it falls back to {chosen}, which it should \
                 have refused."
            ),
        )
        .evidence("version", chosen.to_string())
        .change(Change::Update),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Depth, SeenAlert, Tls, TlsEnd, Trick};
    use crate::rules::tests::{answer, chose, ended, finding, judged, judged_at, unseen};

    const ASK: Ask = Ask::Try(Trick::FallbackScsv);

    fn answered(tls: Tls) -> Verdict {
        judged_at(Depth::Full, check, 993, |seen| answer(seen, ASK, tls))
    }

    fn alert(description: u8) -> Tls {
        Tls { alerts: vec![SeenAlert { level: 2, description }], ..ended(TlsEnd::Alert) }
    }

    #[test]
    fn passes_when_the_fallback_is_refused_as_such_or_by_a_server_that_tells_no_reasons() {
        for description in [86, 0] {
            assert_eq!(answered(alert(description)), Verdict::Pass);
        }
        for end in [TlsEnd::Closed, TlsEnd::Reset] {
            assert_eq!(answered(ended(end)), Verdict::Pass);
        }
    }

    #[test]
    fn a_note_when_it_is_answered() {
        let found = finding(answered(chose(0x0303, 0xC02F)));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("speaks TLSv1.3"), "{}", found.cause);
    }

    #[test]
    fn another_refusal_tells_nothing() {
        for tls in [alert(40), ended(TlsEnd::TimedOut), ended(TlsEnd::NotTls)] {
            assert!(matches!(answered(tls), Verdict::Unknown(_)));
        }
        // Nothing was answered after this close: it may be a limit.
        let last = judged_at(Depth::Full, check, 993, |seen| {
            answer(seen, ASK, ended(TlsEnd::Closed));
            seen.sessions.last_mut().unwrap().begun_ms = 9_000;
        });
        assert!(matches!(last, Verdict::Unknown(_)));
    }

    #[test]
    fn one_version_alone_has_nothing_to_fall_back_to() {
        let verdict = judged_at(Depth::Full, check, 993, |seen| {
            answer(seen, Ask::Version(0x0303), ended(TlsEnd::Alert));
            answer(seen, Ask::Ssl2, chose(0x0002, 0));
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn asked_at_full_depth_only() {
        assert!(matches!(judged(check, 993, |_| {}), Verdict::NotApplicable(_)));
        assert!(matches!(judged_at(Depth::Full, check, 993, |_| {}), Verdict::Unknown(_)));
        let cut = judged_at(Depth::Full, check, 993, |seen| {
            answer(seen, ASK, Tls::default());
            seen.sessions.last_mut().unwrap().tls = None;
        });
        assert!(matches!(cut, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
