//! The key of a selector that is in use was revoked.

use super::dkim;
use crate::finding::{Case, Change, ChangeKind, Check, Rule, Severity, Verdict};
use crate::records::dkim::{Key, Known, State};

pub(super) static RULE: Rule = Rule {
    id: "dkim-key-revoked",
    title: "a DKIM key was revoked",
    severity: Severity::Error,
    what: "The key record of a selector that was named with --selector, or that a message given with --message is signed with, \
           has an empty p=: the key was there and counts no more. A revoked key that is only found by its usual name is no \
           fault, but good custom.",
    why: "Signatures by a revoked key count as none.",
    affected: "Receivers that check signatures, which is nearly all; mail whose DMARC rests on DKIM.",
    fix: "Let the mail server sign with the selector whose key is published, or publish the key that it signs with.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 6376 §3.6.1", "RFC 6376 §6.1.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    dkim::each(case, |seen, state| {
        let State::Key(record) = state else { return Verdict::NotApplicable("there is no key") };
        if record.key != Key::Revoked {
            return Verdict::Pass;
        }
        let selector = &seen.sighting.selector;
        let (severity, hint) = match selector.known {
            Known::Guessed => return Verdict::NotApplicable("nobody says that the selector is in use"),
            Known::Given => (Severity::Error, ""),
            Known::Signed => (
                Severity::Warning,
                " That is no fault if the message is old and the selector no longer used.",
            ),
        };
        let cause = format!(
            "The p= of {} is empty: it was revoked, and signatures by it count as none.{hint}",
            seen.subject()
        );
        let title = format!("the DKIM key of selector {} was revoked", selector.word);
        Verdict::fail(
            seen.finding(severity, &title, cause).change(Change::Dns { lines: vec![seen.line(None)] }),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{Depth, DnsType, Signer};
    use crate::records::sample::{absent, failed, modulus, rsa_spki, txt};
    use crate::rules::tests::{finding, judged_target};

    const NAME: &str = "mail._domainkey.example.org";

    fn with(text: &str) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["mail".into()];
            sample.seen.dns.push(txt(NAME, &[text]));
        })
    }

    #[test]
    fn passes_with_a_key() {
        assert_eq!(with(&format!("v=DKIM1; p={}", rsa_spki(&modulus(256)))), Verdict::Pass);
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }

    #[test]
    fn an_error_for_a_selector_in_use_and_milder_for_one_of_a_message() {
        assert_eq!(finding(with("v=DKIM1; p=")).severity, Severity::Error);
        let found = finding(judged_target(check, |sample| {
            let domain = Name::new("example.org").unwrap();
            sample.seen.look.signers = vec![Signer { domain, selector: "mail".into() }];
            sample.seen.dns.push(txt(NAME, &["v=DKIM1; p="]));
        }));
        assert_eq!(found.severity, Severity::Warning);
    }

    #[test]
    fn a_revoked_guess_is_good_custom() {
        let verdict = judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            let nobody = "mailmedic-asks-for-a-selector-that-nobody-has._domainkey.example.org";
            sample.seen.dns.push(absent(nobody, DnsType::Txt));
            sample.seen.dns.push(txt(NAME, &["v=DKIM1; p="]));
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_where_dns_failed() {
        let verdict = judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["mail".into()];
            sample.seen.dns.push(failed(NAME, DnsType::Txt));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }
}
