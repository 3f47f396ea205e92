//! No post-quantum key exchange.

use mailmedic_wire::names::{NamedGroup, ProtocolVersion};

use super::scope;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Ask, EndpointObservation};

pub(super) static RULE: Rule = Rule {
    id: "tls-group-pq-missing",
    title: "no post-quantum key exchange yet",
    severity: Severity::Note,
    what: "The server chose a classical group although X25519MLKEM768 was offered.",
    why: "Whoever records today's sessions can open them once quantum computers are large enough. \
          X25519MLKEM768 guards against that and costs nothing noticeable.",
    affected: "Nobody is turned away.",
    fix: "Offer X25519MLKEM768; it needs OpenSSL 3.5, GnuTLS 3.8.9 with leancrypto or another library that \
          has it.",
    change: Some(ChangeKind::ModernGroups),
    references: &["draft-ietf-tls-ecdhe-mlkem", "FIPS 203"],
    since: "0.1",
    consequence_of: &["tls13-missing", "tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let accepted = seen.groups().into_iter().map(NamedGroup).find(|group| group.is_post_quantum());
    // Only the polite hello is sure to have offered such a group.
    let polite = [Ask::Polite, Ask::OtherMode]
        .into_iter()
        .filter_map(|ask| seen.session(ask)?.tls.as_ref())
        .find(|tls| tls.version == Some(ProtocolVersion::TLSv1_3.0));
    let Some(tls) = polite else {
        return match accepted {
            Some(_) => Verdict::Pass,
            None => Verdict::NotApplicable("TLS 1.3 was not chosen"),
        };
    };
    let Some(group) = tls.group else {
        return Verdict::Unknown("the group of the key exchange was not seen".to_owned());
    };
    if NamedGroup(group).is_post_quantum() {
        return Verdict::Pass;
    }
    let group = NamedGroup(group).to_string();
    let (key, cause) = match accepted {
        Some(hybrid) => (
            "order",
            format!(
                "The server chose {group} although X25519MLKEM768 was offered; it takes {hybrid} only where \
                 nothing else is offered, so that it has to come first in its list."
            ),
        ),
        None => ("missing", format!("The server chose {group} although X25519MLKEM768 was offered.")),
    };
    Verdict::fail(
        Finding::new(Severity::Note, key, "no post-quantum key exchange yet", cause)
            .evidence("group", group)
            .change(Change::ModernGroups),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{Ask, Tls};
    use crate::rules::tests::{answer, chose, finding, judged, polite, unseen};

    fn group(group: Option<u16>) -> Verdict {
        judged(check, 993, |seen| {
            seen.sessions.truncate(1);
            polite(seen, |session| session.tls.as_mut().unwrap().group = group);
        })
    }

    #[test]
    fn passes_with_a_hybrid() {
        assert_eq!(group(Some(0x11EC)), Verdict::Pass);
    }

    #[test]
    fn fails_with_a_curve_alone() {
        assert!(finding(group(Some(29))).cause.contains("chose x25519 although"));
    }

    #[test]
    fn a_hybrid_that_is_taken_for_want_of_others_only_comes_too_late() {
        let found = finding(judged(check, 993, |seen| {
            polite(seen, |session| session.tls.as_mut().unwrap().group = Some(29));
            answer(seen, Ask::List(0x0304), Tls { group: Some(0x11EC), ..chose(0x0304, 0x1301) });
        }));
        assert!(found.cause.contains("takes X25519MLKEM768 only where"), "{}", found.cause);
    }

    #[test]
    fn unknown_when_the_group_was_not_seen() {
        assert!(matches!(group(None), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
