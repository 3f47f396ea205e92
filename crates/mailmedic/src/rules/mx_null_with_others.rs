//! The null MX stands beside others.

use super::records;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "mx-null-with-others",
    title: "the null MX stands beside other MX records",
    severity: Severity::Warning,
    what: "One MX record says that the domain takes no mail (the null MX \".\"), and others name mail \
           exchangers.",
    why: "The two contradict each other. Some senders return the mail at once, others try the host \".\" \
          first or take the other records.",
    affected: "Senders that honour the null MX return the mail.",
    fix: "Delete the null MX if the domain takes mail, otherwise the others.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7505 §3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (domain, answer) = match records::mx(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let (null, others): (Vec<_>, Vec<_>) =
        records::exchanges(answer).partition(|(_, exchange)| exchange.is_none());
    if null.is_empty() || others.is_empty() {
        return Verdict::Pass;
    }
    let named: Vec<String> =
        others.iter().filter_map(|(_, exchange)| Some(words::escape((*exchange)?, 100))).collect();
    let lines = others
        .iter()
        .filter_map(|(preference, exchange)| {
            let exchange = words::escape((*exchange)?.trim_end_matches('.'), 100);
            Some(format!("{domain}. 3600 IN MX {preference} {exchange}."))
        })
        .collect();
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            domain.to_string(),
            "the null MX stands beside other MX records",
            format!(
                "One MX record of {} says that the domain takes no mail, and others name {}.",
                domain.to_unicode(),
                words::list(&named)
            ),
        )
        .hurts("senders that honour the null MX return the mail")
        .evidence("others", named)
        .change(Change::Dns { lines }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target, set_mx};
    use crate::sample::Sample;

    fn add_null(sample: &mut Sample) {
        if let DnsOutcome::Found { records, .. } = &mut dns(sample, "example.org", DnsType::Mx).outcome {
            records.push(DnsData::Mx { preference: 0, exchange: None });
        }
    }

    #[test]
    fn passes_with_the_null_mx_alone_and_with_none() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        let alone = judged_target(check, |sample| {
            set_mx(sample, &[]);
            add_null(sample);
        });
        assert_eq!(alone, Verdict::Pass);
    }

    #[test]
    fn fails_with_both() {
        assert!(finding(judged_target(check, add_null)).cause.contains("mail.example.org"));
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
