//! A selector that is in use has no key.

use super::{dkim, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Rule, Severity, Verdict};
use crate::records::dkim::{Known, State, mended, texts};

pub(super) static RULE: Rule = Rule {
    id: "dkim-key-missing",
    title: "a DKIM selector has no key",
    severity: Severity::Error,
    what: "DNS has no key for a selector that was named with --selector, or that a message given with --message is signed \
           with. Usual selectors that are only guessed are never said to be missing.",
    why: "Receivers look for the key at SELECTOR._domainkey.DOMAIN. Without it no signature made with that selector can be \
          checked, and counts as none.",
    affected: "Receivers that check signatures, which is nearly all; mail whose DMARC rests on DKIM.",
    fix: "Publish the key under the selector that the mail server signs with. Many forms of DNS providers add the domain by \
          themselves: enter SELECTOR._domainkey there, without the domain.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 6376 §3.6.2.1", "RFC 6376 §6.1.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    dkim::each(case, |seen, state| {
        let selector = &seen.sighting.selector;
        let State::Absent { misplaced } = state else { return Verdict::Pass };
        let (severity, hint) = match selector.known {
            Known::Guessed => return Verdict::NotApplicable("it is only a guess"),
            Known::Given => (Severity::Error, ""),
            Known::Signed => (
                Severity::Warning,
                " That is no fault if the message is old and the selector no longer used.",
            ),
        };
        let mut cause = format!(
            "{} is missing: there is no TXT record at {}, so no signature made with it can be checked.",
            capital(&seen.subject()),
            selector.name
        );
        let mut line = seen.line(None);
        if let Some(at) = misplaced {
            cause.push_str(&format!(" A key stands at {at} instead."));
            if *at != selector.domain {
                cause.push_str(" The form of the DNS provider has added the domain once more.");
            }
            let there = texts(seen.answers, at);
            let is_meant = |text: &&str| crate::records::dkim::is_meant(text);
            let key: Vec<&str> = there.into_iter().filter(is_meant).collect();
            if let Some(record) = mended(&key) {
                line = txt::line(&selector.name, &record);
            }
        }
        let finding = seen
            .finding(severity, &format!("DKIM selector {} has no key", selector.word), cause + hint)
            .change(Change::Dns { lines: vec![line] });
        Verdict::fail(finding)
    })
}

/// Writes the first letter large.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{Depth, DnsAnswer, DnsType, Signer};
    use crate::records::sample::{absent, failed, modulus, rsa_spki, txt};
    use crate::rules::tests::{finding, judged_target};

    const NAME: &str = "s1._domainkey.example.org";

    fn key() -> String {
        format!("v=DKIM1; k=rsa; p={}", rsa_spki(&modulus(256)))
    }

    fn given(answers: &[DnsAnswer]) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["s1".into()];
            sample.seen.dns.extend(answers.iter().cloned());
        })
    }

    #[test]
    fn passes_with_a_key_and_says_nothing_without_a_selector() {
        assert_eq!(given(&[txt(NAME, &[&key()])]), Verdict::Pass);
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }

    #[test]
    fn an_error_for_a_selector_that_was_given_and_milder_for_one_of_a_message() {
        let found = finding(given(&[absent(NAME, DnsType::Txt)]));
        assert_eq!(found.severity, Severity::Error);
        assert!(
            found.cause.starts_with("The DKIM key of selector s1 of example.org is missing"),
            "{}",
            found.cause
        );
        let found = finding(judged_target(check, |sample| {
            let domain = Name::new("mail.example.org").unwrap();
            sample.seen.look.signers = vec![Signer { domain, selector: "s1".into() }];
            sample.seen.dns.push(absent("s1._domainkey.mail.example.org", DnsType::Txt));
        }));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("no longer used"));
    }

    #[test]
    fn a_doubled_domain_is_named_with_the_line_to_publish() {
        let doubled = txt("s1._domainkey.example.org.example.org", &[&key()]);
        let found = finding(given(&[absent(NAME, DnsType::Txt), doubled]));
        assert!(found.cause.contains("added the domain once more"), "{}", found.cause);
        let Some(Change::Dns { lines }) = &found.change else { panic!("{found:?}") };
        assert!(lines[0].starts_with("s1._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=rsa; p=MII"));
        assert!(lines[0].contains("\" \""), "more than 255 characters need two strings: {}", lines[0]);
    }

    #[test]
    fn a_guess_is_never_missing() {
        let verdict = judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            let name = "mailmedic-asks-for-a-selector-that-nobody-has._domainkey.example.org";
            sample.seen.dns.push(absent(name, DnsType::Txt));
            sample.seen.dns.push(absent("google._domainkey.example.org", DnsType::Txt));
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = given(&[failed(NAME, DnsType::Txt)]);
        assert!(matches!(failed, Verdict::Unknown(why) if why.contains("SERVFAIL")));
        assert!(matches!(given(&[]), Verdict::Unknown(_)));
    }
}
