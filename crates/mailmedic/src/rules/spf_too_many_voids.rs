//! An SPF record leads to more empty answers than receivers bear.

use super::spf_tree::{self, Spf};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::spf::{Doubt, Kind, MOST_VOIDS, Mechanism, Sender, Tally, without_voids, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-too-many-voids",
    title: "the SPF record leads nowhere too often",
    severity: Severity::Error,
    what: "More than two of the names that the SPF record looks up do not exist, or have no record of the type that is asked for. \
           It is counted as an IPv4 sender and as an IPv6 sender: receivers ask for addresses of the sender's family only.",
    why: "Many receivers give up at the third such answer, with a permanent error. The RFC counts terms; receivers count \
          questions, so that one mx with three exchangers without IPv6 is three for them.",
    affected: "Mail from senders of that family that stand behind those names in the record.",
    fix: "Take out names that are gone, and name addresses by ip4 and ip6 instead of a and mx where a name has one family only.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §4.6.4", "RFC 7208 §11.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let spf = match spf_tree::one(case) {
        Ok(spf) => spf,
        Err(verdict) => return verdict,
    };
    let [v4, v6] = Sender::BOTH.map(|family| spf.tree.tally(family));
    let (family, tally) =
        if v6.voids.len() > v4.voids.len() { (Sender::Ipv6, &v6) } else { (Sender::Ipv4, &v4) };
    if tally.voids.len() <= MOST_VOIDS {
        return match spf.tree.doubt_of_terms() {
            Some(why) => Verdict::Unknown(why),
            None => Verdict::Pass,
        };
    }
    let severity = severity(&spf, family, tally);
    let mut names: Vec<String> = Vec::new();
    for void in &tally.voids {
        let name = format!("{} ({})", void.name, void.kind.name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let other = if family == Sender::Ipv4 { &v6 } else { &v4 };
    let counts = if v4.voids.len() == v6.voids.len() {
        format!("{} look-ups that lead nowhere, whatever the sender's family", tally.voids.len())
    } else {
        format!(
            "{} look-ups that lead nowhere for {} senders and {} for the others",
            tally.voids.len(),
            family.name(),
            other.voids.len()
        )
    };
    let least = if tally.is_least_of_voids { "at least " } else { "" };
    let strictly = if tally.void_terms > MOST_VOIDS {
        ""
    } else {
        " They come of fewer terms, which is what the RFC counts; receivers that count questions give up all the same."
    };
    let finding = Finding::new(
        severity,
        spf.look.domain.to_string(),
        format!("the SPF record leads {} senders nowhere too often", family.name()),
        format!(
            "The SPF record of {} has {least}{counts}, and receivers bear {MOST_VOIDS}: {}.{strictly}",
            spf.shown(),
            words::list(&names)
        ),
    )
    .hurts(format!("mail from {} senders that stand behind these names in the record", family.name()))
    .evidence("voids_ipv4", v4.voids.len())
    .evidence("voids_ipv6", v6.voids.len())
    .evidence("names", names);
    Verdict::fail(match without_voids(spf.tree, MOST_VOIDS) {
        Some(text) => finding.change(Change::Dns { lines: vec![zone_line(spf.look.domain, &text)] }),
        None => finding,
    })
}

/// An error where the RFC's own count is passed for a family that the domain sends from.
fn severity(spf: &Spf<'_>, family: Sender, tally: &Tally<'_>) -> Severity {
    match (tally.void_terms > MOST_VOIDS, sends_from(spf, family)) {
        (true, true) => Severity::Error,
        (false, false) => Severity::Note,
        _ => Severity::Warning,
    }
}

/// Tells whether the record passes any sender of a family, as far as is known.
fn sends_from(spf: &Spf<'_>, family: Sender) -> bool {
    let wanted = family == Sender::Ipv4;
    let branches = spf.tree.branches();
    let mut steps = branches.iter().flat_map(|(branch, _)| &branch.steps).filter(|step| step.is_live);
    steps.any(|step| {
        let varies = step.doubt == Some(Doubt::Varies);
        let is_exists =
            matches!(&step.kind, Kind::Directive(found) if matches!(found.mechanism, Mechanism::Exists(_)));
        varies || is_exists || step.addresses.iter().any(|address| address.is_ipv4() == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    fn of(zone: &str) -> Finding {
        finding(judged_with(check, zone))
    }

    const GONE: &str = "g1.example A !\ng1.example AAAA !\ng2.example A !\ng2.example AAAA !\ng3.example A !\ng3.example AAAA !\n";

    #[test]
    fn two_pass() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        let zone = format!("{GONE}example.org TXT v=spf1 a:g1.example a:g2.example -all");
        assert_eq!(judged_with(check, &zone), Verdict::Pass);
    }

    #[test]
    fn three_names_that_are_gone_are_an_error_for_everybody() {
        let found = of(&format!(
            "{GONE}example.org TXT v=spf1 a:g1.example ip4:192.0.2.1 a:g2.example a:g3.example -all"
        ));
        assert_eq!(found.severity, Severity::Error);
        for text in [
            "3 look-ups",
            "whatever the sender's family",
            "g1.example (A), g2.example (A) and g3.example (A)",
        ] {
            assert!(found.cause.contains(text), "{}", found.cause);
        }
        let line = "example.org. 3600 IN TXT \"v=spf1 ip4:192.0.2.1 -all\"".to_owned();
        assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
    }

    #[test]
    fn names_without_ipv6_hurt_ipv6_senders_only() {
        let hosts: String = (1..4)
            .map(|number| format!("m{number}.example.org A 192.0.2.{number}\nm{number}.example.org AAAA -\n"))
            .collect();
        let terms = "a:m1.example.org a:m2.example.org a:m3.example.org ip6:2001:db8::/48 -all";
        let found = of(&format!("{hosts}example.org TXT v=spf1 {terms}"));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.title.contains("IPv6"), "{}", found.title);
        assert!(
            found.cause.contains("3 look-ups that lead nowhere for IPv6 senders and 0 for the others"),
            "{}",
            found.cause
        );
        let line = "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 ip6:2001:db8::/48 -all";
        assert!(matches!(found.change, Some(Change::Dns { lines }) if lines[0].contains(line)));
        // Nobody sends by IPv6 here, so only forgers see it.
        let found = of(&format!(
            "{hosts}example.org TXT v=spf1 a:m1.example.org a:m2.example.org a:m3.example.org -all"
        ));
        assert_eq!(found.severity, Severity::Warning);
    }

    #[test]
    fn several_questions_of_one_term_are_milder() {
        let hosts: String = (1..4)
            .map(|number| {
                format!("m{number}.example A 192.0.2.{number}\nm{number}.example AAAA -\nx.example MX m{number}.example\n")
            })
            .collect();
        let found = of(&format!("{hosts}example.org TXT v=spf1 mx:x.example ip6:2001:db8::/48 -all"));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("fewer terms"), "{}", found.cause);
        let found = of(&format!("{hosts}example.org TXT v=spf1 mx:x.example -all"));
        assert_eq!(found.severity, Severity::Note);
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        assert!(matches!(
            judged_with(check, "example.org TXT v=spf1 a:x.example -all\nx.example A ?\nx.example AAAA -"),
            Verdict::Unknown(why) if why.contains("SERVFAIL")
        ));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
