//! The domain does not say who may send for it.

use std::net::IpAddr;

use super::mail_dns;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::spf::{Published, published, zone_line};
use crate::records::{Answers, Look};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-missing",
    title: "the domain has no SPF record",
    severity: Severity::Warning,
    what: "No TXT record of the domain is an SPF record, which lists the servers that may send mail in its name.",
    why: "Receivers cannot tell mail of the domain from mail that others send in its name. Large ones refuse mail that \
          neither SPF nor DKIM vouches for, or file it as spam. A domain that sends no mail says so with \
          \"v=spf1 -all\"; without it, its name is free for forgers.",
    affected: "Receivers of the domain's mail, and those to whom others write in its name.",
    fix: "Publish one TXT record at the domain that begins with \"v=spf1 \", names all servers and services that send for it, \
          and ends in ~all or -all.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §3", "RFC 7208 §4.5", "RFC 7208 §10.1.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match mail_dns::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let meant = match published(&answers, look.domain) {
        Err(missing) => return mail_dns::open(missing),
        Ok(Published::One { .. } | Published::Several(_)) => return Verdict::Pass,
        Ok(Published::Nothing { no_name: true, .. }) => {
            return Verdict::NotApplicable("the domain does not exist");
        }
        Ok(Published::Nothing { meant, .. }) => meant,
    };
    let shown = look.domain.to_unicode();
    if let Some(text) = meant.first() {
        let text = words::escape(text, 200);
        let cause = format!(
            "{shown} publishes {text:?}, which is no SPF record, so receivers find none. A record begins with exactly \
             \"v=spf1\" and a blank."
        );
        let title = "a TXT record looks like SPF and is none";
        return Verdict::fail(
            Finding::new(Severity::Warning, look.domain.to_string(), title, cause)
                .evidence("record", text)
                .hurts("receivers that want SPF or DKIM of this domain's mail"),
        );
    }
    let takes_none = matches!(mail_dns::receiving(case), Err(Verdict::NotApplicable(_)));
    let finding = if takes_none && look.wishes.senders.is_empty() {
        Finding::new(
            Severity::Note,
            look.domain.to_string(),
            "a domain without mail does not say so",
            format!(
                "{shown} takes no mail, and does not say that none comes from it either, so anybody may send in its name. \
                 \"v=spf1 -all\" says so."
            ),
        )
        .change(Change::Dns { lines: vec![zone_line(look.domain, "v=spf1 -all")] })
    } else {
        Finding::new(
            Severity::Warning,
            look.domain.to_string(),
            "the domain has no SPF record",
            format!(
                "{shown} has no SPF record, so receivers cannot tell its mail from what others send in its name. The \
                 record below is a start: add whatever else sends for the domain, and make it -all once nothing is \
                 missing."
            ),
        )
        .hurts("receivers that want SPF or DKIM of this domain's mail")
        .change(Change::Dns { lines: vec![zone_line(look.domain, &proposal(&answers, &look))] })
    };
    Verdict::fail(finding)
}

/// Returns a record to begin with: the addresses that the user gave, the mail service that the MX records show, and the mail
/// exchangers themselves where those are the domain's own.
fn proposal(answers: &Answers<'_>, look: &Look<'_>) -> String {
    let mut terms = Vec::new();
    let mut is_served = false;
    for host in look.exchangers(answers) {
        let service = SERVICES.iter().find(|(ending, _)| host.as_ascii().ends_with(ending));
        if let Some((_, include)) = service {
            is_served = true;
            let term = format!("include:{include}");
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    if !is_served {
        terms.push("mx".to_owned());
    }
    terms.extend(look.wishes.senders.iter().map(|address| match address {
        IpAddr::V4(address) => format!("ip4:{address}"),
        IpAddr::V6(address) => format!("ip6:{address}"),
    }));
    format!("v=spf1 {} ~all", terms.join(" "))
}

/// How the mail exchangers of a service end, and what it tells its customers to include.
const SERVICES: [(&str, &str); 5] = [
    (".google.com", "_spf.google.com"),
    (".googlemail.com", "_spf.google.com"),
    (".mail.protection.outlook.com", "spf.protection.outlook.com"),
    (".messagingengine.com", "spf.messagingengine.com"),
    (".protonmail.ch", "_spf.protonmail.ch"),
];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target, set_mx};

    fn line(verdict: Verdict) -> String {
        match finding(verdict).change {
            Some(Change::Dns { lines }) => lines.join("\n"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_where_there_is_one_and_where_there_are_several() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(judged_with(check, "example.org TXT v=spf1\nexample.org TXT v=spf1 -all"), Verdict::Pass);
    }

    #[test]
    fn a_warning_where_a_mail_domain_has_none() {
        for zone in ["example.org TXT -", "example.org TXT unrelated"] {
            let found = finding(judged_with(check, zone));
            assert_eq!(found.severity, Severity::Warning);
        }
        assert_eq!(
            line(judged_with(check, "example.org TXT -")),
            "example.org. 3600 IN TXT \"v=spf1 mx ~all\""
        );
    }

    #[test]
    fn the_proposal_knows_who_sends() {
        let verdict = judged_target(check, |sample| {
            crate::rules::spf_tree::tests::set(sample, "example.org TXT -");
            set_mx(sample, &["aspmx.l.google.com", "alt1.aspmx.l.google.com"]);
            sample.seen.look.senders = vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
        });
        assert!(
            line(verdict).ends_with("\"v=spf1 include:_spf.google.com ip4:192.0.2.7 ip6:2001:db8::7 ~all\"")
        );
    }

    #[test]
    fn a_domain_without_mail_shall_say_so() {
        let verdict = judged_with(check, "example.org TXT -\nexample.org MX .");
        assert!(line(verdict.clone()).ends_with("\"v=spf1 -all\""));
        assert_eq!(finding(verdict).severity, Severity::Note);
    }

    #[test]
    fn what_looks_like_a_record_is_told() {
        let found = finding(judged_with(check, "example.org TXT \"v=spf1 mx -all\""));
        assert!(found.cause.contains("begins with exactly"), "{}", found.cause);
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked_and_silent_where_there_is_no_domain() {
        assert!(
            matches!(judged_with(check, "example.org TXT ?"), Verdict::Unknown(why) if why.contains("SERVFAIL"))
        );
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
        assert!(matches!(judged_with(check, "example.org TXT !"), Verdict::NotApplicable(_)));
    }
}
