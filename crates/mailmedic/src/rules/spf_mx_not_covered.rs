//! The domain's own mail servers may not send for it.

use std::net::IpAddr;

use super::mail_dns;
use super::spf_tree;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::spf::{Kind, Outcome, Qualifier, own_servers, with, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-mx-not-covered",
    title: "the SPF record leaves out the domain's own mail servers",
    severity: Severity::Note,
    what: "A mail exchanger whose name is below the domain would not pass the domain's SPF record if it sent mail.",
    why: "Servers that take mail need not be those that send it, but small installations mostly have one for both: its mail, and \
          the bounces that it writes, then fail SPF.",
    affected: "Mail that this server sends, if it sends any.",
    fix: "If the server sends mail, add mx, or its addresses by ip4 and ip6, to the record.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §5.4", "RFC 7208 §10.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let spf = match spf_tree::one(case) {
        Ok(spf) => spf,
        Err(verdict) => return verdict,
    };
    if let Err(verdict) = mail_dns::receiving(case) {
        return verdict;
    }
    let Some((_, record)) = spf.own() else { return Verdict::Pass };
    let passes = |kind: &Kind| match kind {
        Kind::Directive(found) => found.qualifier == Qualifier::Pass,
        Kind::Modifier(_) => false,
    };
    if record.redirect().is_none() && !record.terms.iter().any(|term| passes(&term.kind)) {
        return Verdict::NotApplicable("the domain says that it sends no mail");
    }
    let servers = own_servers(&spf.answers, &spf.look);
    if servers.is_empty() {
        return Verdict::NotApplicable("no mail server has a name below the domain");
    }
    let (mut left_out, mut terms) = (Vec::new(), Vec::new());
    for server in servers {
        let Some(verdict) = server.verdict else {
            return Verdict::Unknown("it was not asked for".to_owned());
        };
        match verdict.outcome {
            Outcome::Pass => {}
            Outcome::TempError => return Verdict::Unknown(verdict.why.unwrap_or_default()),
            Outcome::PermError => {
                return Verdict::NotApplicable("its evaluation ends in an error, which other rules tell");
            }
            _ => {
                left_out.push(format!("{} ({}: {})", server.name, server.ip, verdict.outcome.name()));
                terms.push(match server.ip {
                    IpAddr::V4(address) => format!("ip4:{address}"),
                    IpAddr::V6(address) => format!("ip6:{address}"),
                });
            }
        }
    }
    if left_out.is_empty() {
        return Verdict::Pass;
    }
    let finding = Finding::new(
        Severity::Note,
        spf.look.domain.to_string(),
        "the SPF record leaves out the domain's own mail servers",
        format!(
            "{} takes mail for {} and would not pass its SPF record. That is as it should be only if it sends no mail, and \
             no bounces either.",
            words::list(&left_out),
            spf.shown()
        ),
    )
    .hurts("mail that these servers send")
    .evidence("servers", left_out);
    let text = with(record, &terms);
    Verdict::fail(if record.faults.is_empty() {
        finding.change(Change::Dns { lines: vec![zone_line(spf.look.domain, &text)] })
    } else {
        finding
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    #[test]
    fn passes_where_the_exchangers_pass() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(judged_with(check, "example.org TXT v=spf1 ip4:192.0.2.0/24 -all"), Verdict::Pass);
    }

    #[test]
    fn a_note_where_one_does_not() {
        let zone = "example.org TXT v=spf1 ip4:192.0.2.1 -all\nmail.example.org AAAA 2001:db8::1";
        let found = finding(judged_with(check, zone));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("mail.example.org (2001:db8::1: fail)"), "{}", found.cause);
        let line = "example.org. 3600 IN TXT \"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all\"".to_owned();
        assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
    }

    #[test]
    fn nothing_is_said_of_others_servers_and_of_domains_that_do_not_send() {
        for zone in [
            "example.org TXT v=spf1 ip4:192.0.2.9 -all\nexample.org MX mx.example.net\nmx.example.net A 192.0.2.1",
            "example.org TXT v=spf1 -all",
            "example.org TXT v=spf1 ip4:192.0.2.9 -all nonsense",
            "example.org TXT v=spf1 ip4:192.0.2.9 -all\nexample.org MX .",
            "example.org TXT -",
        ] {
            assert!(matches!(judged_with(check, zone), Verdict::NotApplicable(_)), "{zone}");
        }
    }

    #[test]
    fn unknown_where_the_evaluation_cannot_end() {
        for zone in [
            "example.org TXT v=spf1 exists:%{i}.x.example -all",
            "example.org TXT v=spf1 include:x.example -all\nx.example TXT ?",
            "example.org TXT v=spf1 mx -all\nexample.org MX ?",
        ] {
            assert!(matches!(judged_with(check, zone), Verdict::Unknown(_)), "{zone}");
        }
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
