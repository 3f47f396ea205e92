//! Key exchange over a group that is too small.

use mailmedic_wire::names::NamedGroup;

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-group-weak",
    title: "the key exchange uses a weak group",
    severity: Severity::Warning,
    what: "The server chose an elliptic curve of fewer than 224 bits for the key exchange.",
    why: "The strength of a curve is half of its size; below 112 bits it no longer holds against a rich \
          attacker, and clients leave such curves out.",
    affected: "Every session that uses the curve, and clients that do not know it.",
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
    let weak: Vec<String> = groups
        .iter()
        .filter(|group| group.bits().is_some_and(|bits| u32::from(bits) < strength))
        .map(ToString::to_string)
        .collect();
    if weak.is_empty() {
        return Verdict::Pass;
    }
    let severity = scope::by_role(seen, Severity::Note, Severity::Warning);
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {}", severity.name(), weak.join(",")),
            "the key exchange uses a weak group",
            format!("The server chose {}, whose strength is below {strength} bits.", words::list(&weak)),
        )
        .hurts(wording::connecting(seen.endpoint.role))
        .evidence("groups", weak)
        .change(Change::ModernGroups),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Tls};
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn group(port: u16, group: u16) -> Verdict {
        judged(check, port, |seen| {
            answer(seen, Ask::Version(0x0303), Tls { group: Some(group), ..chose(0x0303, 0xC02F) });
        })
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
