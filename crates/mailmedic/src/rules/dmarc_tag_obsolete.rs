//! The DMARC record has tags that the standard has removed.

use super::{dmarc, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::dmarc::{Obsolete, Record, Request};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dmarc-tag-obsolete",
    title: "the DMARC record has tags that were removed",
    severity: Severity::Warning,
    what: "The DMARC record has pct=, rf= or ri=, or limits the size of reports with \"!\" behind an address. RFC 9989 has \
           removed all four in May 2026.",
    why: "Receivers that follow the new standard ignore them, older ones heed them still. So pct= below 100 means two things: \
          a policy for a share of the messages here, and for all of them there.",
    affected: "With pct= below 100, the domain's own mail that fails: some receivers apply the policy to all of it.",
    fix: "Leave them out. What pct=0 was for is now t=y: the next milder policy counts, while reports go on.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 9989 appendix A.6", "RFC 9989 appendix C.5.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (_, _, walk) = match dmarc::walk(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let policy = match dmarc::policy(&walk) {
        Ok(policy) => policy,
        Err(verdict) => return verdict,
    };
    let record = policy.record;
    if record.obsolete.is_empty() {
        return Verdict::Pass;
    }
    let name = dmarc::bearer(policy.domain);
    let shown: Vec<String> = record.obsolete.iter().map(ToString::to_string).collect();
    let mut cause = format!(
        "The DMARC record at {name} has {}, which RFC 9989 has removed: receivers that follow it ignore that, older ones \
         heed it.",
        words::list(&shown)
    );
    let asks = [record.p, record.sp, record.np].into_iter().flatten().any(|request| request > Request::None);
    let share = record.obsolete.iter().find_map(|obsolete| match obsolete {
        Obsolete::Share(share) if share != "100" => Some(share.as_str()),
        _ => None,
    });
    let mut clean = Record { p: record.p.or(Some(Request::None)), ..record.clone() };
    let severity = match share.filter(|_| asks) {
        Some(share) => {
            cause
                .push_str(" So some apply the policy to all messages that fail, and not to the share named.");
            if share == "0" {
                cause.push_str(" t=y now says what pct=0 said.");
                clean.test = true;
            }
            Severity::Warning
        }
        None => Severity::Note,
    };
    Verdict::fail(
        Finding::new(severity, name.to_string(), "the DMARC record has tags that were removed", cause)
            .evidence("removed", shown)
            .change(Change::Dns { lines: vec![txt::line(&name, &clean.to_string())] }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    fn with(text: &str) -> Verdict {
        judged_target(check, |sample| {
            let records = vec![DnsData::Txt(text.to_owned())];
            dns(sample, "_dmarc.example.org", DnsType::Txt).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
        })
    }

    #[test]
    fn passes_without() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert!(matches!(with("unrelated"), Verdict::NotApplicable(_)));
    }

    #[test]
    fn a_note_where_they_change_nothing() {
        for tags in ["pct=100", "rf=afrf", "ri=86400", "rua=mailto:a@example.org!10m"] {
            let found = finding(with(&format!("v=DMARC1; p=reject; {tags}")));
            assert_eq!(found.severity, Severity::Note, "{tags}");
        }
        assert_eq!(finding(with("v=DMARC1; p=none; pct=20")).severity, Severity::Note);
    }

    #[test]
    fn a_warning_where_receivers_differ() {
        let found = finding(with("v=DMARC1; p=quarantine; pct=20; ri=1"));
        assert_eq!(found.severity, Severity::Warning);
        let lines = |found: &crate::finding::Finding| match &found.change {
            Some(Change::Dns { lines }) => lines.concat(),
            other => panic!("{other:?}"),
        };
        assert_eq!(lines(&found), "_dmarc.example.org. 3600 IN TXT \"v=DMARC1; p=quarantine\"");
        let zero = finding(with("v=DMARC1; p=quarantine; pct=0"));
        assert_eq!(lines(&zero), "_dmarc.example.org. 3600 IN TXT \"v=DMARC1; p=quarantine; t=y\"");
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
