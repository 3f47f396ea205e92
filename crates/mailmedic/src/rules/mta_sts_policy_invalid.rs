//! What is served as the MTA-STS policy is none.

use super::sts;
use crate::finding::{Case, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::mta_sts::{LONGEST, Policy};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "mta-sts-policy-invalid",
    title: "the MTA-STS policy cannot be used, or not whole",
    severity: Severity::Warning,
    what: "The document that is served as the MTA-STS policy is none: a key is missing or wrong, or it is another document. Or \
           a part of it is wrong, so that some senders may refuse it.",
    why: "Senders that cannot read the policy go on as if there were none: it protects nobody.",
    affected: "Nobody's mail; senders that know no policy yet deliver without verifying anything.",
    fix: "Serve, as text/plain, the lines version: STSv1, mode, max_age, and an mx for each mail server; then give the record a \
          new id.",
    change: Some(ChangeKind::MtaStsPolicy),
    references: &["RFC 8461 §3.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let found = match sts::document(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let domain = found.look.domain;
    let url = words::escape(&found.fetch.url, MOST_CHARACTERS);
    let policy = match found.policy {
        Err(fault) => {
            let first = sts::first_policy(&found.look.exchangers(&found.answers));
            let finding = Finding::new(
                Severity::Warning,
                domain.to_string(),
                "the MTA-STS policy cannot be used",
                format!(
                    "{url} is no policy that senders can use: {fault}. They go on as if there were none."
                ),
            )
            .hurts("senders that honour MTA-STS (Gmail, Microsoft 365): they deliver without verifying")
            .evidence("fault", fault.to_string());
            return Verdict::fail(match first.mx.is_empty() {
                true => finding,
                false => finding.change(sts::change(case, domain, &first)),
            });
        }
        Ok(policy) => policy,
    };
    let mut faults: Vec<String> = policy.oddities.iter().map(ToString::to_string).collect();
    // Senders may, and some do, insist on the type (§3.2).
    if let Some(kind) = found.fetch.web.content_type.as_deref().filter(|kind| !is_plain_text(kind)) {
        faults.push(format!("it is served as {}, not as text/plain", words::escape(kind, MOST_OF_TYPE)));
    }
    if faults.is_empty() {
        return Verdict::Pass;
    }
    let mended = Policy { max_age: policy.max_age.min(LONGEST), oddities: Vec::new(), ..policy };
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            domain.to_string(),
            "the MTA-STS policy is not quite right",
            format!(
                "Senders that follow every letter may refuse the MTA-STS policy of {}: {}.",
                domain.to_unicode(),
                words::list(&faults)
            ),
        )
        .hurts("senders that follow every letter: they go on as if there were no policy")
        .evidence("faults", faults)
        .change(sts::change(case, domain, &mended)),
    )
}

/// Tells whether a media type is `text/plain`, with parameters or without.
fn is_plain_text(kind: &str) -> bool {
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/plain"))
}

/// The longest URL and media type that are shown.
const MOST_CHARACTERS: usize = 300;
const MOST_OF_TYPE: usize = 60;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Change, Verdict};
    use crate::observation::FetchOutcome;
    use crate::rules::tests::{finding, judged_exemplary, judged_policy};

    #[test]
    fn passes_on_a_good_policy_of_any_mode() {
        for mode in ["enforce", "testing", "none"] {
            assert_eq!(judged_policy(check, &[&format!("mode: {mode}")]), Verdict::Pass);
        }
    }

    #[test]
    fn what_senders_refuse_is_told() {
        let found = finding(judged_policy(check, &["mode: strict"]));
        assert!(found.cause.contains("its mode \"strict\" is none of"), "{}", found.cause);
        let page = judged_exemplary(check, |sample| {
            sample.seen.fetches[0].outcome = FetchOutcome::Found(Bytes(b"<html>".to_vec()));
        });
        let found = finding(page);
        assert!(found.cause.contains("it is a web page"), "{}", found.cause);
        assert!(
            matches!(found.change, Some(Change::MtaStsPolicy { lines, .. }) if lines.contains(&"mx: mail.example.org".into()))
        );
    }

    #[test]
    fn what_some_senders_refuse_is_told_as_such() {
        for kind in ["text/html", "application/octet-stream; x=y", "\u{1b}[2J"] {
            let found = finding(judged_exemplary(check, |sample| {
                sample.seen.fetches[0].web.content_type = Some(kind.to_owned());
            }));
            assert!(found.cause.starts_with("Senders that follow every letter"));
            assert!(found.cause.contains("not as text/plain") && !found.cause.contains('\u{1b}'));
        }
        let found =
            finding(judged_policy(check, &["mx: mail.example.org, mx2.example.org", "max_age: 99999999"]));
        assert!(found.cause.contains("means no host") && found.cause.contains("31557600"), "{}", found.cause);
        assert!(
            matches!(&found.change, Some(Change::MtaStsPolicy { lines, .. }) if lines[3] == "max_age: 31557600")
        );
    }

    #[test]
    fn plain_text_with_a_charset_or_without_a_type_is_good() {
        for kind in [Some("Text/Plain; charset=utf-8"), None] {
            let verdict = judged_exemplary(check, |sample| {
                sample.seen.fetches[0].web.content_type = kind.map(str::to_owned);
            });
            assert_eq!(verdict, Verdict::Pass);
        }
    }

    #[test]
    fn unknown_when_it_was_not_fetched() {
        let verdict = judged_exemplary(check, |sample| sample.seen.fetches.clear());
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(judged_exemplary(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
        let verdict =
            judged_exemplary(check, |sample| sample.seen.fetches[0].outcome = FetchOutcome::Status(404));
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }
}
