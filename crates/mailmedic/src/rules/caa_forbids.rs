//! CAA records forbid the CA in use to issue the next certificate.

use super::policy_host;
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
    what: "The CAA records for the name of a mail server, or of the host of the MTA-STS policy, do not name the CA that issued the certificate in use, or hold a critical \
           property that CAs do not know.",
    why: "A CA must look at these records before it issues, and refuse: the next renewal fails, and the certificate runs out.",
    affected: "Nobody until the certificate ends; then everybody who verifies it.",
    fix: "Add a CAA record with the property issue (issuewild for wildcards) and the domain of the CA, or get the next \
          certificate from a CA that is named.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8659 §3", "RFC 8659 §4.2", "RFC 8659 §4.3", "RFC 8659 §4.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::ChainAndPolicyHost(check, of_policy_host),
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
        match look_at(presented, issuer, &answers, &seen.endpoint.host) {
            // Of a name that the certificate lacks, its CA was not asked.
            Held::NotCovered | Held::Unknown(Missing::Open) => {}
            Held::Unknown(missing) => {
                open.get_or_insert(missing.why());
            }
            Held::Allowed => judged = true,
            Held::Forbidden(finding) => {
                judged = true;
                add(&mut findings, *finding, seen.id());
            }
        }
    }
    match (findings.is_empty(), open, judged) {
        (false, _, _) => Verdict::Fail(findings),
        (true, Some(why), _) => Verdict::Unknown(format!("{NO_LOOK_UP}: {why}")),
        (true, None, true) => Verdict::Pass,
        (true, None, false) => Verdict::Unknown(NOT_ASKED.to_owned()),
    }
}

/// Judges the certificate of the host of the MTA-STS policy.
fn of_policy_host(case: &Case<'_>) -> Verdict {
    let host = match policy_host::of(case) {
        Ok(host) => host,
        Err(verdict) => return verdict,
    };
    if !Look::of(case.seen).is_some_and(|look| look.is_thorough()) {
        return Verdict::NotApplicable("CAA records are looked for where servers are looked at");
    }
    let issuer = caa::issuer_of(&host.shown.leaf.issuer).filter(|_| host.shown.is_public());
    let Some(issuer) = issuer else {
        return Verdict::NotApplicable("by which domain CAA records name its CA is not known");
    };
    let answers = Answers::new(&case.seen.dns);
    match look_at(&host.shown, issuer, &answers, &Host::Name(host.host.clone())) {
        Held::NotCovered => Verdict::NotApplicable("for the name of the policy host its CA was not asked"),
        Held::Allowed => Verdict::Pass,
        Held::Forbidden(finding) => Verdict::fail(*finding),
        Held::Unknown(Missing::Open) => Verdict::Unknown(NOT_ASKED.to_owned()),
        Held::Unknown(missing) => Verdict::Unknown(format!("{NO_LOOK_UP}: {}", missing.why())),
    }
}

/// What the records say of one name of a certificate.
enum Held {
    NotCovered,
    Allowed,
    Forbidden(Box<Finding>),
    Unknown(Missing),
}

fn look_at(presented: &Presented<'_>, issuer: &Issuer, answers: &Answers<'_>, host: &Host) -> Held {
    let (Host::Name(name), Identity::CoveredBy(own)) = (host, identify(presented.leaf, host)) else {
        return Held::NotCovered;
    };
    let is_wildcard = own.starts_with("*.");
    let Some(start) = (if is_wildcard { caa::above(name) } else { Some(name.clone()) }) else {
        return Held::NotCovered;
    };
    let set = match caa::relevant(answers, &start) {
        Ok(Some(set)) => set,
        Ok(None) => return Held::Allowed,
        Err(missing) => return Held::Unknown(missing),
    };
    let why = match set.permits(issuer, is_wildcard) {
        Permission::Allowed => return Held::Allowed,
        Permission::NotNamed => None,
        Permission::Critical(tag) => Some(tag),
    };
    Held::Forbidden(Box::new(tell(presented, issuer, &set, &start, is_wildcard, why)))
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

const NOT_ASKED: &str = "the CAA records were not asked for";
const NO_LOOK_UP: &str = "the CAA records could not be looked up";

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::AlternativeNames;
    use crate::finding::{Change, Finding, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType, TargetKind};
    use crate::records::sample::absent;
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
    #[test]
    fn the_host_of_the_policy_counts_too() {
        let verdict = |records: &[(bool, &str, &str)], is_asked: bool| {
            let mut sample = with(records);
            let leaf = sample::certificate("mta-sts.example.org", "R99", 80);
            sample.show_of_policy_host(leaf);
            if is_asked {
                sample.seen.dns.push(absent("mta-sts.example.org", DnsType::Caa));
            }
            super::of_policy_host(&sample.case())
        };
        assert_eq!(verdict(&[(false, "issue", "letsencrypt.org")], true), Verdict::Pass);
        let forbidden = verdict(&[(false, "issue", "digicert.com")], true);
        let Verdict::Fail(found) = &forbidden else { panic!("{forbidden:?}") };
        assert!(found[0].cause.contains("for mta-sts.example.org was issued by"), "{}", found[0].cause);
        assert!(matches!(verdict(&[(false, "issue", "digicert.com")], false), Verdict::Unknown(_)));
        let seen = sample::exemplary();
        assert!(matches!(super::of_policy_host(&seen.case()), Verdict::NotApplicable(_)));
    }
}
