//! CAA records forbid the CA in use to issue the next certificate.

use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::endpoint::EndpointId;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::identity::{Identity, identify};
use crate::name::{Host, Name};
use crate::records::caa::{self, CaaSet, Issuer, Permission};
use crate::records::{Answers, Look, Missing};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "caa-forbids",
    title: "CAA records forbid the CA that issued the certificate",
    severity: Severity::Warning,
    what: "The CAA records for the name of a server do not name the CA that issued the certificate in use, or hold a critical \
           property that CAs do not know.",
    why: "A CA must look at these records before it issues, and refuse: the next renewal fails, and the certificate runs out.",
    affected: "Nobody until the certificate ends; then everybody who verifies it.",
    fix: "Add a CAA record with the property issue (issuewild for wildcards) and the domain of the CA, or get the next \
          certificate from a CA that is named.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8659 §3", "RFC 8659 §4.2", "RFC 8659 §4.3", "RFC 8659 §4.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    if Look::of(case.seen).is_none() {
        return Verdict::NotApplicable("CAA records are looked for with a mail domain only");
    }
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    if !presented.is_public() {
        return Verdict::NotApplicable("no public CA issued the certificate");
    }
    let Some(issuer) = caa::issuer_of(&presented.leaf.issuer) else {
        return Verdict::NotApplicable("by which domain CAA records name its CA is not known");
    };
    let answers = Answers::new(&presented.case.seen.dns);
    let mut findings: Vec<Finding> = Vec::new();
    let mut open = None;
    let mut judged = false;
    // Of names that nobody told to clients the records are not asked for.
    let told: Vec<_> = presented.at.iter().filter(|seen| !presented::is_guess(seen)).collect();
    if told.is_empty() {
        return Verdict::NotApplicable("nobody told these names to clients");
    }
    for seen in told {
        let Host::Name(host) = &seen.endpoint.host else { continue };
        // Of a name that the certificate lacks, its CA was not asked.
        let Identity::CoveredBy(name) = identify(presented.leaf, &seen.endpoint.host) else { continue };
        let is_wildcard = name.starts_with("*.");
        let Some(start) = (if is_wildcard { caa::above(host) } else { Some(host.clone()) }) else { continue };
        let set = match caa::relevant(&answers, &start) {
            Ok(Some(set)) => set,
            Ok(None) => {
                judged = true;
                continue;
            }
            Err(Missing::Open) => continue,
            Err(missing) => {
                open.get_or_insert(missing.why());
                continue;
            }
        };
        judged = true;
        let why = match set.permits(issuer, is_wildcard) {
            Permission::Allowed => continue,
            Permission::NotNamed => None,
            Permission::Critical(tag) => Some(tag),
        };
        add(&mut findings, tell(presented, issuer, &set, &start, is_wildcard, why), seen.id());
    }
    match (findings.is_empty(), open, judged) {
        (false, _, _) => Verdict::Fail(findings),
        (true, Some(why), _) => Verdict::Unknown(format!("the CAA records could not be looked up: {why}")),
        (true, None, true) => Verdict::Pass,
        (true, None, false) => Verdict::Unknown("the CAA records were not asked for".to_owned()),
    }
}

fn add(findings: &mut Vec<Finding>, finding: Finding, id: EndpointId) {
    match findings.iter_mut().find(|known| known.key == finding.key) {
        Some(known) => known.endpoints.push(id),
        None => findings.push(finding.at(id)),
    }
}

fn tell(
    presented: &Presented<'_>,
    issuer: &Issuer,
    set: &CaaSet<'_>,
    name: &Name,
    is_wildcard: bool,
    critical: Option<String>,
) -> Finding {
    let owner = &set.owner;
    let ca = presented::issuer(presented.leaf);
    let domain = issuer.domains.first().copied().unwrap_or_default();
    let what = if is_wildcard { format!("*.{name}") } else { name.to_string() };
    let has_wild = set.records.iter().any(|record| record.tag.eq_ignore_ascii_case("issuewild"));
    let tag = if is_wildcard && has_wild { "issuewild" } else { "issue" };
    let published = set.lines();
    let cause = match &critical {
        Some(tag) => format!(
            "The CAA records at {owner} hold the critical property \"{tag}\", which CAs do not know: none may issue for {what}, \
             and the next renewal fails."
        ),
        None => format!(
            "The certificate for {what} was issued by \"{ca}\" ({domain}), and the CAA records at {owner} do not name it: {}. \
             The next renewal there fails.",
            words::list(&published)
        ),
    };
    let mut lines: Vec<String> =
        published.iter().map(|line| format!("{owner}. 3600 IN CAA {line}")).collect();
    match critical {
        Some(tag) => lines.retain(|line| !line.contains(&format!(" CAA 128 {tag} "))),
        // What forbids all CAs would stand beside the new record for nothing.
        None => lines.retain(|line| !line.ends_with(&format!(" {tag} \";\""))),
    }
    let added = format!("{owner}. 3600 IN CAA 0 {tag} \"{domain}\"");
    if !lines.contains(&added) {
        lines.push(added);
    }
    Finding::new(
        Severity::Warning,
        format!("{owner} {domain} {tag}"),
        format!("CAA records forbid {domain} to renew"),
        cause,
    )
    .hurts("nobody until the certificate ends; then everybody who verifies it")
    .evidence("name", owner.to_string())
    .evidence("issuer", ca)
    .evidence("records", published)
    .change(Change::Dns { lines })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::AlternativeNames;
    use crate::finding::{Change, Finding, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType, TargetKind};
    use crate::rules::tests::dns;
    use crate::sample::{self, Sample};

    fn with(records: &[(bool, &str, &str)]) -> Sample {
        let mut sample = sample::exemplary();
        let records = records.iter().map(|(critical, tag, value)| DnsData::Caa {
            critical: *critical,
            tag: (*tag).to_owned(),
            value: (*value).to_owned(),
        });
        let records = records.collect();
        dns(&mut sample, "example.org", DnsType::Caa).outcome =
            DnsOutcome::Found { aliases: Vec::new(), records };
        sample
    }

    fn judged(sample: &Sample) -> Verdict {
        sample.chains(check).remove(0)
    }

    fn found(sample: &Sample) -> Finding {
        match judged(sample) {
            Verdict::Fail(mut findings) if findings.len() == 1 => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    fn lines(finding: &Finding) -> &[String] {
        match &finding.change {
            Some(Change::Dns { lines }) => lines,
            other => panic!("{other:?}"),
        }
    }

    fn wildcard(mut sample: Sample) -> Sample {
        let dns = vec!["*.example.org".to_owned()];
        sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        sample
    }

    #[test]
    fn passes_where_the_ca_is_named_or_nothing_is_said() {
        assert_eq!(judged(&sample::exemplary()), Verdict::Pass);
        assert_eq!(judged(&with(&[(false, "iodef", "mailto:a@example.org")])), Verdict::Pass);
    }

    #[test]
    fn fails_where_another_ca_is_named_and_keeps_what_is_there() {
        let finding =
            found(&with(&[(false, "issue", "digicert.com"), (false, "iodef", "mailto:a@example.org")]));
        assert_eq!(finding.endpoints.len(), 7);
        assert!(finding.cause.contains("0 issue \"digicert.com\""), "{}", finding.cause);
        assert_eq!(
            lines(&finding),
            [
                "example.org. 3600 IN CAA 0 issue \"digicert.com\"",
                "example.org. 3600 IN CAA 0 iodef \"mailto:a@example.org\"",
                "example.org. 3600 IN CAA 0 issue \"letsencrypt.org\"",
            ]
        );
        let none = found(&with(&[(false, "issue", ";")]));
        assert_eq!(lines(&none), ["example.org. 3600 IN CAA 0 issue \"letsencrypt.org\""]);
    }

    #[test]
    fn wildcards_have_a_property_of_their_own() {
        let records = [(false, "issue", "letsencrypt.org"), (false, "issuewild", ";")];
        assert_eq!(judged(&with(&records)), Verdict::Pass);
        let finding = found(&wildcard(with(&records)));
        assert!(finding.cause.contains("*.example.org"), "{}", finding.cause);
        assert_eq!(lines(&finding)[1], "example.org. 3600 IN CAA 0 issuewild \"letsencrypt.org\"");
        assert_eq!(judged(&wildcard(sample::exemplary())), Verdict::Pass);
    }

    #[test]
    fn a_critical_property_that_nobody_knows_forbids_all() {
        let finding = found(&with(&[(true, "future", "x"), (false, "issue", "letsencrypt.org")]));
        assert!(finding.cause.contains("critical property \"future\""), "{}", finding.cause);
        assert_eq!(lines(&finding), ["example.org. 3600 IN CAA 0 issue \"letsencrypt.org\""]);
    }

    #[test]
    fn nothing_is_said_of_other_cas_and_other_targets() {
        let mut sample = with(&[(false, "issue", "digicert.com")]);
        sample.leaf().issuer = "CN=X, O=Some CA".into();
        assert!(matches!(judged(&sample), Verdict::NotApplicable(_)));
        let mut sample = with(&[(false, "issue", "digicert.com")]);
        sample.seen.kind = TargetKind::Endpoint;
        assert!(matches!(judged(&sample), Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let mut sample = sample::exemplary();
        dns(&mut sample, "example.org", DnsType::Caa).outcome = DnsOutcome::Failed("SERVFAIL".into());
        assert!(matches!(judged(&sample), Verdict::Unknown(why) if why.contains("SERVFAIL")));
        sample.seen.dns.clear();
        assert!(matches!(judged(&sample), Verdict::Unknown(_)));
    }
}
