//! Reports are to go to a host that has not agreed to take them, or that takes no mail.

use super::{dmarc, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::records::dmarc::{Consent, Policy, consent, hosts, takes_mail};
use crate::records::{Answers, Missing};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dmarc-reports-unauthorised",
    title: "DMARC reports are to go where they are not taken",
    severity: Severity::Warning,
    what: "The DMARC record has reports sent to another organisation, and that has not published the record by which it agrees \
           to take them; or to a host that takes no mail.",
    why: "So that nobody can flood others with reports, receivers look for a record at \
          DOMAIN._report._dmarc.HOST, and send nothing to a host that has none, without telling anybody.",
    affected: "The operator, who waits for reports in vain.",
    fix: "Whoever runs the host of the address publishes the TXT record \"v=DMARC1\" at DOMAIN._report._dmarc of that host, \
          or at *._report._dmarc for all domains. Services for reports mostly do so for their customers: then the address \
          is misspelt, or the domain is not set up there. Else name an address of the domain itself.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 9990 §4", "RFC 9989 §4.7"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, _, walk) = match dmarc::walk(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let policy = match dmarc::policy(&walk) {
        Ok(policy) => policy,
        Err(verdict) => return verdict,
    };
    let hosts = hosts(policy.record);
    if hosts.is_empty() {
        return Verdict::NotApplicable("no reports are asked for by mail");
    }
    let (mut findings, mut doubt) = (Vec::new(), None);
    for host in hosts {
        match fault(&answers, &policy, host) {
            Ok(None) => {}
            Ok(Some(fault)) => findings.push(finding(&policy, host, fault)),
            Err(missing) => doubt = Some(missing.why()),
        }
    }
    match (findings.is_empty(), doubt) {
        (false, _) => Verdict::Fail(findings),
        (true, Some(why)) => Verdict::Unknown(why),
        (true, None) => Verdict::Pass,
    }
}

enum Fault {
    Missing(Name),
    Misled(Name, String),
    Impossible,
    NoMail,
}

/// Says what keeps reports from a host, if anything does.
fn fault(answers: &Answers<'_>, policy: &Policy<'_>, host: &Name) -> Result<Option<Fault>, Missing> {
    match consent(answers, policy.domain, host)? {
        Consent::Missing { at } => return Ok(Some(Fault::Missing(at))),
        Consent::Misled { at, to } => return Ok(Some(Fault::Misled(at, to))),
        Consent::Impossible => return Ok(Some(Fault::Impossible)),
        Consent::Inside | Consent::Given { .. } => {}
    }
    Ok((!takes_mail(answers, host)?).then_some(Fault::NoMail))
}

fn finding(policy: &Policy<'_>, host: &Name, fault: Fault) -> Finding {
    let aggregate = policy.record.rua.iter().any(|to| to.host.as_ref() == Some(host));
    // Few receivers send reports on single messages at all.
    let (severity, tag) = if aggregate { (Severity::Warning, "rua") } else { (Severity::Note, "ruf") };
    let domain = policy.domain;
    let asked = format!("The DMARC record of {} has reports sent to {host} ({tag})", domain.to_unicode());
    let (cause, lines) = match fault {
        Fault::Missing(at) => (
            format!(
                "{asked}, which is another organisation and has not agreed: {at} is missing. Receivers send no reports \
                 there. Whoever runs {host} must publish that record; you can only ask for it, or name another address."
            ),
            vec![format!("; in the zone of {host}, by whoever runs it:"), txt::line(&at, "v=DMARC1")],
        ),
        Fault::Misled(at, to) => (
            format!(
                "{asked}, and {at} sends them on to {:?} at another host, which is forbidden: receivers send no reports to \
                 either. Whoever runs {host} must mend that record.",
                words::escape(&to, 100)
            ),
            vec![format!("; in the zone of {host}, by whoever runs it:"), txt::line(&at, "v=DMARC1")],
        ),
        Fault::Impossible => (
            format!(
                "{asked}, which is another organisation, and the name at which it would have to agree is longer than DNS \
                 allows. Receivers send no reports there. Name an address at a shorter host."
            ),
            Vec::new(),
        ),
        Fault::NoMail => (
            format!(
                "{asked}, which takes no mail: it has the null MX, or neither MX records nor an address. Every report is \
                 returned to its sender."
            ),
            Vec::new(),
        ),
    };
    let finding =
        Finding::new(severity, host.to_string(), format!("{host} does not take the DMARC reports"), cause)
            .hurts("the operator, who waits for reports in vain")
            .evidence("host", host.as_ascii())
            .evidence("domain", domain.as_ascii());
    if lines.is_empty() { finding } else { finding.change(Change::Dns { lines }) }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsType};
    use crate::records::sample::{absent, failed, found, txt};
    use crate::rules::tests::{dns, finding, judged_target};

    /// Judges a record of these addresses; what stands elsewhere is given, or absent.
    fn with(tags: &str, more: &[DnsAnswer]) -> Verdict {
        judged_target(check, |sample| {
            let records = vec![DnsData::Txt(format!("v=DMARC1; p=none; {tags}"))];
            dns(sample, "_dmarc.example.org", DnsType::Txt).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
            sample.seen.dns.extend(more.iter().cloned());
            for name in
                ["_dmarc.vendor.example", "_dmarc.example", "example.org._report._dmarc.vendor.example"]
            {
                sample.seen.dns.push(absent(name, DnsType::Txt));
            }
            for kind in [DnsType::A, DnsType::Aaaa] {
                sample.seen.dns.push(absent("vendor.example", kind));
            }
        })
    }

    fn mx() -> DnsAnswer {
        let data = DnsData::Mx { preference: 10, exchange: Some("mx.vendor.example".into()) };
        found("vendor.example", DnsType::Mx, vec![data])
    }

    const VENDOR: &str = "rua=mailto:d@vendor.example";

    fn yes(text: &str) -> DnsAnswer {
        txt("example.org._report._dmarc.vendor.example", &[text])
    }

    #[test]
    fn passes_for_the_own_host_and_for_one_that_agreed() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(with(VENDOR, &[yes("v=DMARC1;"), mx()]), Verdict::Pass);
        assert!(matches!(with("adkim=s", &[]), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_without_leave_and_says_who_must_publish_it() {
        let found = finding(with(VENDOR, &[mx()]));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("Whoever runs vendor.example must publish"), "{}", found.cause);
        let lines = [
            "; in the zone of vendor.example, by whoever runs it:",
            "example.org._report._dmarc.vendor.example. 3600 IN TXT \"v=DMARC1\"",
        ];
        assert_eq!(found.change, Some(Change::Dns { lines: lines.map(str::to_owned).to_vec() }));
        // Only for reports on single messages: hardly anybody sends them.
        assert_eq!(finding(with("ruf=mailto:d@vendor.example", &[mx()])).severity, Severity::Note);
        let misled = finding(with(VENDOR, &[yes("v=DMARC1; rua=mailto:x@third.example"), mx()]));
        assert!(misled.cause.contains("sends them on"), "{}", misled.cause);
    }

    #[test]
    fn fails_where_the_host_takes_no_mail() {
        let null = found("vendor.example", DnsType::Mx, vec![DnsData::Mx { preference: 0, exchange: None }]);
        for no in [null, absent("vendor.example", DnsType::Mx)] {
            let found = finding(with(VENDOR, &[yes("v=DMARC1"), no]));
            assert!(found.cause.contains("takes no mail"), "{}", found.cause);
            assert_eq!(found.change, None);
        }
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let silent = failed("example.org._report._dmarc.vendor.example", DnsType::Txt);
        assert!(matches!(with(VENDOR, &[silent, mx()]), Verdict::Unknown(why) if why.contains("SERVFAIL")));
        let silent = failed("vendor.example", DnsType::Mx);
        assert!(matches!(with(VENDOR, &[yes("v=DMARC1"), silent]), Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
