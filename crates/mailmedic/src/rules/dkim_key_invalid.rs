//! Verifiers cannot use a DKIM key record.

use super::dkim;
use crate::finding::{Case, Change, ChangeKind, Check, Rule, Severity, Verdict};
use crate::records::dkim::{KeyFault, Slip, State, mended, texts};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dkim-key-invalid",
    title: "a DKIM key cannot be used",
    severity: Severity::Error,
    what: "What stands at the name of a DKIM selector is no key that verifiers can use: it is cut short, doubled, split over \
           several records, of another kind than it says, or has signs in it that belong to a file and not to the record.",
    why: "A signature whose key cannot be read counts as none.",
    affected: "Receivers that check signatures, which is nearly all; mail whose DMARC rests on DKIM.",
    fix: "Publish exactly one TXT record at SELECTOR._domainkey of the domain: \"v=DKIM1; k=rsa; p=\" and the public key in \
          base64, without quotation marks, backslashes, blanks or the lines BEGIN and END. What is longer than 255 characters \
          goes into several strings of the one record.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 6376 §3.6.1", "RFC 6376 §3.6.2.2", "RFC 8301 §3.1", "RFC 8463 §4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    dkim::each(case, |seen, state| {
        let (fault, slips) = match state {
            State::Absent { .. } => return Verdict::NotApplicable("there is no key"),
            State::Faulty(fault) => (Some(fault), &[][..]),
            State::Key(record) => (None, record.slips.as_slice()),
        };
        let selector = &seen.sighting.selector;
        let published = texts(seen.answers, &selector.name);
        let (severity, title, cause) = match (fault, slips.iter().find(|slip| **slip != Slip::Granularity)) {
            (Some(fault), _) => (
                seen.severity(Severity::Error, Severity::Warning),
                format!("the DKIM key of selector {} cannot be used", selector.word),
                format!("No verifier can use {}: {fault}.{}", seen.subject(), advice(fault)),
            ),
            (None, Some(Slip::Blanks)) => (
                Severity::Note,
                format!("the DKIM key of selector {} has blanks in it", selector.word),
                format!(
                    "Blanks stand inside {}. RFC 6376 allows them, but some verifiers (hMailServer, rspamd 3.2) do not \
                     take such a key.",
                    seen.subject()
                ),
            ),
            (None, Some(slip)) => (
                seen.severity(Severity::Warning, Severity::Note),
                format!("the DKIM key of selector {} is written wrong", selector.word),
                format!("Strict verifiers do not use {}: {slip}.", seen.subject()),
            ),
            (None, None) => return Verdict::Pass,
        };
        let is_several = matches!(fault, Some(KeyFault::Several(_)));
        let record = if is_several { None } else { mended(&published) };
        let shown: Vec<String> = published.iter().take(4).map(|text| words::escape(text, 600)).collect();
        let finding = seen
            .finding(severity, &title, cause)
            .evidence("records", shown)
            .change(Change::Dns { lines: vec![seen.line(record.as_deref())] });
        Verdict::fail(finding)
    })
}

/// Says what helps with a fault, as a sentence with a blank in front.
fn advice(fault: &KeyFault) -> &'static str {
    match fault {
        KeyFault::CutAtString { .. } | KeyFault::Cut { .. } | KeyFault::Split => {
            " Enter the whole key as one value if the provider divides it by itself, else as strings of at most 255 \
             characters in quotation marks, one behind the other, in one record."
        }
        KeyFault::Several(_) => " Delete all but the key that the mail server signs with.",
        KeyFault::Plus => " A form took each + of the key for a blank.",
        KeyFault::Services(_) => " A key for mail has no s=, or s=email.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::observation::{Depth, DnsOutcome, DnsType};
    use crate::records::sample::{absent, failed, modulus, rsa_spki, txt};
    use crate::rules::tests::{finding, judged_target};

    const NAME: &str = "s1._domainkey.example.org";

    fn with(texts: &[&str]) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["s1".into()];
            sample.seen.dns.push(txt(NAME, texts));
        })
    }

    fn key() -> String {
        format!("v=DKIM1; k=rsa; p={}", rsa_spki(&modulus(256)))
    }

    #[test]
    fn passes_on_a_good_key() {
        assert_eq!(with(&[&key()]), Verdict::Pass);
        assert_eq!(with(&["v=DKIM1; p="]), Verdict::Pass);
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_on_what_no_verifier_takes_and_mends_it() {
        let quoted = format!("\"{}\"", key());
        let found = finding(with(&[&quoted]));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("quotation marks are part of it"), "{}", found.cause);
        let Some(Change::Dns { lines }) = &found.change else { panic!("{found:?}") };
        assert!(lines[0].contains("\"v=DKIM1; k=rsa; p=MII"), "{}", lines[0]);
        let cut = finding(with(&[&key()[..255]]));
        assert!(cut.cause.contains("255 characters"), "{}", cut.cause);
        let Some(Change::Dns { lines }) = &cut.change else { panic!("{cut:?}") };
        assert!(lines[0].contains("<the public key"), "{}", lines[0]);
        assert!(finding(with(&[&key(), "other"])).cause.contains("2 TXT records"));
    }

    #[test]
    fn what_some_verifiers_do_not_bear_is_milder() {
        assert_eq!(finding(with(&[&key().replace("MII", "M II")])).severity, Severity::Note);
        let later = key().replace("v=DKIM1; ", "") + "; v=DKIM1";
        assert_eq!(finding(with(&[&later])).severity, Severity::Warning);
        assert_eq!(with(&[&format!("{}; g=*", key())]), Verdict::Pass);
    }

    #[test]
    fn a_guess_is_milder_and_an_alias_is_for_others_to_mend() {
        let found = finding(judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            let nobody = "mailmedic-asks-for-a-selector-that-nobody-has._domainkey.example.org";
            sample.seen.dns.push(absent(nobody, DnsType::Txt));
            let mut broken = txt("k1._domainkey.example.org", &["v=DKIM1; p=AAAA"]);
            if let DnsOutcome::Found { aliases, .. } = &mut broken.outcome {
                aliases.push("dkim.vendor.example".parse().unwrap());
            }
            sample.seen.dns.push(broken);
        }));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("usual name") && found.cause.contains("alias of dkim.vendor.example"));
        let Some(Change::Dns { lines }) = &found.change else { panic!("{found:?}") };
        assert!(lines[0].starts_with("dkim.vendor.example. 3600 IN TXT"));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        for answer in [Some(failed(NAME, DnsType::Txt)), None] {
            let verdict = judged_target(check, |sample| {
                sample.seen.look.selectors = vec!["s1".into()];
                sample.seen.dns.extend(answer);
            });
            assert!(matches!(verdict, Verdict::Unknown(_)));
        }
    }
}
