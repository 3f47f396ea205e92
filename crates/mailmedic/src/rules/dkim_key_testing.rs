//! A DKIM key is marked as a test.

use super::{dkim, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Rule, Severity, Verdict};
use crate::records::dkim::{Key, State, texts};

pub(super) static RULE: Rule = Rule {
    id: "dkim-key-testing",
    title: "a DKIM key is marked as a test",
    severity: Severity::Warning,
    what: "The key record of a DKIM selector has the flag t=y: the domain only tries DKIM.",
    why: "Verifiers must not treat mail of a domain that tries DKIM otherwise than unsigned mail. Many take good signatures \
          into account all the same, others let neither DMARC nor reputation rest on them.",
    affected: "Mail whose DMARC rests on DKIM, at receivers that go by the letter.",
    fix: "Take the y out of t= once signatures are good.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 6376 §3.6.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    dkim::each(case, |seen, state| {
        let State::Key(record) = state else { return Verdict::NotApplicable("there is no key") };
        if record.key == Key::Revoked {
            return Verdict::NotApplicable("the key is revoked");
        }
        if !record.testing {
            return Verdict::Pass;
        }
        let published = texts(seen.answers, &seen.sighting.selector.name);
        let lines: Vec<String> =
            published.iter().take(1).map(|text| txt::line(seen.place(), &without_test(text))).collect();
        let title = format!("the DKIM key of selector {} is marked as a test", seen.sighting.selector.word);
        let cause = format!(
            "The record of {} has t=y, by which receivers are to treat its mail as if it were not signed.",
            seen.subject()
        );
        let severity = seen.severity(Severity::Warning, Severity::Note);
        Verdict::fail(seen.finding(severity, &title, cause).change(Change::Dns { lines }))
    })
}

/// Writes a record without the flag.
fn without_test(text: &str) -> String {
    let is_test = |flag: &str| flag.trim().eq_ignore_ascii_case("y");
    let field = |field: &str| match field.split_once('=') {
        Some((tag, flags)) if tag.trim() == "t" => {
            let rest: Vec<&str> = flags.split(':').filter(|flag| !is_test(flag)).map(str::trim).collect();
            (!rest.is_empty()).then(|| format!("t={}", rest.join(":")))
        }
        _ => Some(field.trim().to_owned()).filter(|field| !field.is_empty()),
    };
    text.split(';').filter_map(field).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::{check, without_test};
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Depth, DnsType};
    use crate::records::sample::{absent, failed, modulus, rsa_spki, txt};
    use crate::rules::tests::{finding, judged_target};

    fn with(flags: &str) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["s1".into()];
            let text = format!("v=DKIM1; {flags}p={}", rsa_spki(&modulus(256)));
            sample.seen.dns.push(txt("s1._domainkey.example.org", &[&text]));
        })
    }

    #[test]
    fn passes_without_the_flag() {
        assert_eq!(with(""), Verdict::Pass);
        assert_eq!(with("t=s; "), Verdict::Pass);
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }

    #[test]
    fn a_warning_with_it_and_a_note_for_a_guess() {
        assert_eq!(finding(with("t=y; ")).severity, Severity::Warning);
        let guess = finding(judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            let nobody = "mailmedic-asks-for-a-selector-that-nobody-has._domainkey.example.org";
            sample.seen.dns.push(absent(nobody, DnsType::Txt));
            let text = format!("t=y; p={}", rsa_spki(&modulus(256)));
            sample.seen.dns.push(txt("mail._domainkey.example.org", &[&text]));
        }));
        assert_eq!(guess.severity, Severity::Note);
    }

    #[test]
    fn only_the_flag_goes() {
        assert_eq!(without_test("v=DKIM1; t=y; p=AA"), "v=DKIM1; p=AA");
        assert_eq!(without_test("t= y : s;p=AA=;"), "t=s; p=AA=");
    }

    #[test]
    fn unknown_where_dns_failed() {
        let verdict = judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["s1".into()];
            sample.seen.dns.push(failed("s1._domainkey.example.org", DnsType::Txt));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }
}
