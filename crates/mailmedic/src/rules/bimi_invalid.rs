//! The BIMI record shows no logo.

use super::{mail_dns, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::Depth;
use crate::records::bimi::{self, BimiFault};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "bimi-invalid",
    title: "the BIMI record shows no logo",
    severity: Severity::Warning,
    what: "The domain publishes a BIMI record, by which mail programs may show its logo, and receivers cannot use it, or do not \
           because DMARC is not enforced. The record alone is looked at, and only at --depth full; neither logo nor \
           certificate is fetched.",
    why: "BIMI demands that nobody else can write in the domain's name: a DMARC policy of quarantine or reject for the domain \
          and for names below it. Mistakes in the record are not forgiven.",
    affected: "Nobody's mail; the logo is not shown.",
    fix: "Publish one TXT record at default._bimi: \"v=BIMI1; l=\" and the https: URL of the logo in SVG (profile Tiny PS), \
          \"a=\" and that of its certificate, without which Gmail and Apple Mail show no logo; and enforce DMARC.",
    change: Some(ChangeKind::Dns),
    references: &["draft-brand-indicators-for-message-identification"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match mail_dns::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    if look.depth < Depth::Full {
        return Verdict::NotApplicable("it is asked for at full depth only");
    }
    let found = match bimi::of(&answers, &look) {
        Err(missing) => return mail_dns::open(missing),
        Ok(None) => return Verdict::NotApplicable("there is no BIMI record"),
        Ok(Some(found)) => found,
    };
    let record = match &found.record {
        Err(fault) => return Verdict::fail(useless(&found, fault)),
        Ok(record) if record.logo.is_none() => return Verdict::Pass,
        Ok(record) => record,
    };
    match bimi::unprotected(&answers, &look) {
        Err(missing) => mail_dns::open(missing),
        Ok(None) => Verdict::Pass,
        Ok(Some(lack)) => Verdict::fail(
            Finding::new(
                Severity::Warning,
                format!("{} dmarc", found.name),
                "the BIMI record shows no logo without an enforced DMARC policy",
                format!(
                    "The BIMI record at {} names a logo, but receivers do not show it: {lack}.",
                    found.name
                ),
            )
            .hurts("nobody's mail; the logo is not shown")
            .evidence("logo", words::escape(record.logo.as_deref().unwrap_or_default(), 200)),
        ),
    }
}

fn useless(found: &bimi::Found, fault: &BimiFault) -> Finding {
    let shown: Vec<String> = found.texts.iter().take(4).map(|text| words::escape(text, 300)).collect();
    let template = "v=BIMI1; l=https://<host>/<logo>.svg; a=https://<host>/<certificate>.pem";
    Finding::new(
        Severity::Warning,
        found.name.to_string(),
        "the BIMI record cannot be used",
        format!("No receiver can use the BIMI record at {}: {fault}.", found.name),
    )
    .hurts("nobody's mail; the logo is not shown")
    .evidence("records", shown)
    .change(Change::Dns { lines: vec![txt::line(&found.name, template)] })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Depth, DnsAnswer, DnsType};
    use crate::records::sample::{absent, failed, txt};
    use crate::rules::tests::{dns, finding, judged_target};

    const NAME: &str = "default._bimi.example.org";

    fn with(answer: DnsAnswer) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            sample.seen.dns.push(answer);
        })
    }

    const GOOD: &str = "v=BIMI1; l=https://www.example.org/logo.svg";

    #[test]
    fn passes_with_a_good_record_and_an_enforced_policy() {
        assert_eq!(with(txt(NAME, &[GOOD])), Verdict::Pass);
        assert_eq!(with(txt(NAME, &["v=BIMI1; l=; a="])), Verdict::Pass);
        assert!(matches!(with(absent(NAME, DnsType::Txt)), Verdict::NotApplicable(_)));
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_on_a_record_that_no_receiver_takes() {
        let found = finding(with(txt(NAME, &["v=BIMI1; l=http://www.example.org/logo.svg"])));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("no https: URL"), "{}", found.cause);
        assert!(finding(with(txt(NAME, &[GOOD, GOOD]))).cause.contains("2 records"));
    }

    #[test]
    fn fails_where_dmarc_is_not_enforced() {
        let found = finding(judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            sample.seen.dns.push(txt(NAME, &[GOOD]));
            *dns(sample, "_dmarc.example.org", DnsType::Txt) =
                txt("_dmarc.example.org", &["v=DMARC1; p=none"]);
        }));
        assert!(found.cause.contains("p=none"), "{}", found.cause);
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        assert!(matches!(with(failed(NAME, DnsType::Txt)), Verdict::Unknown(_)));
        let unasked = judged_target(check, |sample| sample.seen.depth = Depth::Full);
        assert!(matches!(unasked, Verdict::Unknown(_)));
    }
}
