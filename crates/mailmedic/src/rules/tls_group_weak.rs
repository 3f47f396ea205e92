//! Key exchange over a group that is too small.

use mailmedic_wire::names::NamedGroup;

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, Listed, VERSIONS};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-group-weak",
    title: "the key exchange uses a weak group",
    severity: Severity::Warning,
    what: "The server accepts an elliptic curve of fewer than 224 bits for the key exchange.",
    why: "The strength of a curve is half of its size; below 112 bits it no longer holds against a rich \
          attacker, and clients leave such curves out.",
    affected: "Every session that uses the curve, and, where there is no other, clients that do not know it.",
    fix: "Offer X25519 and secp256r1 first, and leave small curves out.",
    change: Some(ChangeKind::ModernGroups),
    references: &["RFC 9325 §4.3", "RFC 8422 §5.1.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let groups: Vec<NamedGroup> = seen.groups().into_iter().map(NamedGroup).collect();
    if groups.is_empty() {
        return Verdict::NotApplicable("no named group was used");
    }
    let strength = case.policy.curve_bits / 2;
    let is_weak = |group: NamedGroup| group.bits().is_some_and(|bits| u32::from(bits) < strength);
    let weak: Vec<String> = groups.iter().filter(|group| is_weak(**group)).map(ToString::to_string).collect();
    if weak.is_empty() {
        return without(seen, is_weak);
    }
    // A listing offers weak groups alone, too; every other hello held better ones.
    let chosen = seen.sessions.iter().any(|session| {
        let group = session.tls.as_ref().and_then(|tls| tls.group);
        !matches!(session.ask, Ask::List(_)) && group.is_some_and(|group| is_weak(NamedGroup(group)))
    });
    let (severity, verb) = if chosen || weak.len() == groups.len() {
        (scope::by_role(seen, Severity::Note, Severity::Warning), "chose")
    } else {
        (Severity::Note, "accepts, beside better ones,")
    };
    let mut finding = Finding::new(
        severity,
        format!("{} {}", severity.name(), weak.join(",")),
        "the key exchange uses a weak group",
        format!("The server {verb} {}, whose strength is below {strength} bits.", words::list(&weak)),
    )
    .evidence("groups", weak)
    .change(Change::ModernGroups);
    if severity > Severity::Note {
        finding = finding.hurts(wording::connecting(seen.endpoint.role));
    }
    Verdict::fail(finding)
}

/// Judges a server of which no weak group was seen: without a listing it is told by what the server chose.
fn without(seen: &EndpointObservation, is_weak: impl Fn(NamedGroup) -> bool) -> Verdict {
    if !seen.has_listing() {
        return Verdict::Pass;
    }
    let listing = seen.listing();
    let open = |version: &u16| {
        listing.speaks(*version)
            && listing.open_groups(*version).into_iter().any(|group| is_weak(NamedGroup(group)))
    };
    match seen.listed(Listed::Groups) {
        Answer::Unknown(why) if VERSIONS.iter().any(open) => Verdict::Unknown(why),
        _ => Verdict::Pass,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Fingerprint;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{
        Ask, EndpointObservation, Numbers, Offered, TLS12, TLS13, Tls, TlsEnd, groups_at, schemes_at,
    };
    use crate::rules::tests::{answer, chose, ended, finding, judged, list, unseen};
    use crate::sample;

    fn group(port: u16, group: u16) -> Verdict {
        judged(check, port, |seen| {
            answer(seen, Ask::Version(0x0303), Tls { group: Some(group), ..chose(0x0303, 0xC02F) });
        })
    }

    /// A listing in which these groups are taken and the others refused, or still open.
    fn listing(taken: &[u16], complete: bool) -> Verdict {
        judged(check, 993, |seen| {
            seen.sessions.retain(|session| session.tls.as_ref().unwrap().version != Some(TLS13));
            list(seen, &[0xC02F]);
            let (group, rest): (_, Vec<u16>) =
                (taken[0], groups_at(TLS12).iter().copied().filter(|group| !taken.contains(group)).collect());
            for group in taken {
                let tls = Tls {
                    group: Some(*group),
                    exchange_key: Some(Fingerprint::of(b"")),
                    ..chose(TLS12, 0xC02F)
                };
                hello(seen, tls, vec![*group]);
            }
            if complete {
                hello(seen, ended(TlsEnd::Alert), rest);
            }
            assert!(seen.groups().contains(&group));
        })
    }

    fn hello(seen: &mut EndpointObservation, tls: Tls, groups: Vec<u16>) {
        let mut session = sample::session(&seen.endpoint, Ask::List(TLS12), tls);
        session.offered = Some(Offered {
            suites: Numbers(vec![0xC02F]),
            groups: Numbers(groups),
            schemes: Numbers(schemes_at(TLS12).to_vec()),
        });
        seen.sessions.push(session);
    }

    #[test]
    fn a_full_listing_tells_what_is_accepted_beside_better_ones() {
        assert_eq!(listing(&[29, 23], true), Verdict::Pass);
        let found = finding(listing(&[29, 19], true));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("secp192r1"));
        assert!(matches!(listing(&[29, 23], false), Verdict::Unknown(_)));
    }

    #[test]
    fn passes_on_the_smallest_curve_that_is_not_weak_and_on_unknown_ones() {
        assert_eq!(group(993, 21), Verdict::Pass);
        assert_eq!(group(993, 0x7777), Verdict::Pass);
    }

    #[test]
    fn fails_on_a_curve_of_192_bits() {
        assert_eq!(finding(group(993, 19)).severity, Severity::Warning);
        assert_eq!(finding(group(25, 19)).severity, Severity::Note);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
