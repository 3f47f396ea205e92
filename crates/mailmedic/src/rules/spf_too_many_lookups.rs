//! An SPF record leads to more look-ups than receivers make.

use super::spf_tree::{self, MOST_SHOWN, Spf};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::spf::{Found, MOST_LOOKUPS, Sender, slimmer, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-too-many-lookups",
    title: "the SPF record needs too many look-ups",
    severity: Severity::Error,
    what: "The SPF record, with all records that it includes, has more than ten terms that need DNS: include, a, mx, ptr, exists \
           and redirect count, ip4 and ip6 do not.",
    why: "Receivers must give up at the eleventh, with a permanent error. Senders that the first terms name still pass, and \
          those behind them fail: mail of one service arrives, that of another does not.",
    affected: "Mail from the senders that stand last in the record.",
    fix: "Take out what no longer sends, name addresses by ip4 and ip6 instead of a and mx, and give services that send much a \
          subdomain of their own with a record of its own.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §4.6.4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let spf = match spf_tree::one(case) {
        Ok(spf) => spf,
        Err(verdict) => return verdict,
    };
    let tally = spf.tree.tally(Sender::Ipv4);
    let shown = spf.shown();
    let ring = spf.tree.branches().into_iter().find_map(|(branch, _)| match &branch.found {
        Found::Cycle(ring) => Some(ring.clone()),
        _ => None,
    });
    if let Some(ring) = ring {
        let ring = ring.iter().map(|name| words::escape(name, MOST_SHOWN)).collect::<Vec<_>>().join(", ");
        return Verdict::fail(
            Finding::new(
                Severity::Error,
                format!("ring {}", spf.look.domain),
                "an SPF record leads back to itself",
                format!(
                    "The SPF record of {shown} leads back to itself ({ring}). Every sender that nothing matches before that \
                     ends in a permanent error, since receivers go round until ten look-ups are made."
                ),
            )
            .hurts("mail from senders that the record names behind the ring, and the refusal of forgers")
            .evidence("ring", ring),
        );
    }
    if tally.lookups < MOST_LOOKUPS {
        return spf.verdict(Vec::new());
    }
    let least = if tally.is_least { "at least " } else { "" };
    let costs = costs(&spf);
    let count = tally.lookups;
    let finding = if count == MOST_LOOKUPS {
        Finding::new(
            Severity::Note,
            spf.look.domain.to_string(),
            "the SPF record needs as many look-ups as are allowed",
            format!(
                "The SPF record of {shown} needs {least}{count} look-ups of {MOST_LOOKUPS}: {costs}. One more, which any \
                 of the services may add to its own record, makes a permanent error."
            ),
        )
    } else {
        Finding::new(
            Severity::Error,
            spf.look.domain.to_string(),
            "the SPF record needs too many look-ups",
            format!(
                "The SPF record of {shown} needs {least}{count} look-ups, as an IPv4 sender and as an IPv6 sender alike, \
                 and receivers make {MOST_LOOKUPS}: {costs}. Senders that stand behind the tenth get a permanent error."
            ),
        )
        .hurts("mail from the senders that stand last in the record")
    };
    let finding = finding.evidence("lookups", count).evidence("exact", !tally.is_least);
    let slim = if count > MOST_LOOKUPS { slimmer(spf.tree, MOST_LOOKUPS) } else { None };
    Verdict::fail(match slim {
        Some(text) => finding.change(Change::Dns { lines: vec![zone_line(spf.look.domain, &text)] }),
        None => finding,
    })
}

/// Says what each term of the domain's own record costs, the dearest first.
fn costs(spf: &Spf<'_>) -> String {
    let mut costs: Vec<(usize, &str)> = spf
        .tree
        .root
        .steps
        .iter()
        .filter(|step| step.is_live && step.counts)
        .map(|step| (step.tally(Sender::Ipv4).lookups, step.text.as_str()))
        .collect();
    costs.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    let texts: Vec<String> =
        costs.into_iter().map(|(cost, text)| format!("{} {cost}", words::escape(text, MOST_SHOWN))).collect();
    words::list(&texts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    /// A record with so many includes, each of them one look-up.
    fn includes(count: usize, more: &str) -> String {
        let terms: String = (0..count).map(|number| format!("include:i{number}.example ")).collect();
        let records: String = (0..count)
            .map(|number| format!("i{number}.example TXT v=spf1 ip4:192.0.2.{number} -all\n"))
            .collect();
        format!("example.org TXT v=spf1 {terms}{more} -all\n{records}")
    }

    #[test]
    fn nine_pass_and_ten_are_a_note() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(judged_with(check, &includes(9, "")), Verdict::Pass);
        let found = finding(judged_with(check, &includes(10, "")));
        assert_eq!(found.severity, Severity::Note);
        assert_eq!(found.change, None);
    }

    #[test]
    fn eleven_are_an_error_that_a_slimmer_record_mends() {
        let found = finding(judged_with(check, &includes(10, "mx")));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("11 look-ups"), "{}", found.cause);
        let Some(Change::Dns { lines }) = found.change else { panic!() };
        assert!(lines[0].contains("ip4:192.0.2.1 -all"), "{lines:?}");
        assert!(!lines[0].contains("mx"), "{lines:?}");
        assert_eq!(finding(judged_with(check, &includes(12, ""))).change, None);
    }

    #[test]
    fn what_is_twice_there_goes_first() {
        let zone = format!(
            "{}y.example TXT v=spf1 include:i1.example -all\n",
            includes(8, "include:y.example ptr include:i3.example")
        );
        let found = finding(judged_with(check, &zone));
        assert!(found.cause.contains("12 look-ups"), "{}", found.cause);
        let Some(Change::Dns { lines }) = found.change else { panic!() };
        assert_eq!(lines[0].matches("include:i3.example").count(), 1);
        assert!(!lines[0].contains("ptr"));
    }

    #[test]
    fn a_ring_is_named() {
        let zone = "example.org TXT v=spf1 include:a.example -all\na.example TXT v=spf1 include:b.example -all\n\
                    b.example TXT v=spf1 include:a.example -all";
        let found = finding(judged_with(check, zone));
        assert!(found.cause.contains("(a.example, b.example, a.example)"), "{}", found.cause);
        let found = finding(judged_with(check, "example.org TXT v=spf1 redirect=example.org"));
        assert!(found.cause.contains("(example.org, example.org)"), "{}", found.cause);
    }

    #[test]
    fn a_count_that_may_grow_says_so() {
        let found = finding(judged_with(check, &includes(10, "include:%{i}._spf.example.net")));
        assert!(found.cause.contains("at least 11"), "{}", found.cause);
    }

    #[test]
    fn unknown_where_a_record_cannot_be_told_unless_it_is_over_anyway() {
        let zone = "example.org TXT v=spf1 include:x.example -all\nx.example TXT ?";
        assert!(matches!(judged_with(check, zone), Verdict::Unknown(_)));
        let over = format!("{}x.example TXT ?", includes(10, "include:x.example"));
        assert!(matches!(judged_with(check, &over), Verdict::Fail(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
