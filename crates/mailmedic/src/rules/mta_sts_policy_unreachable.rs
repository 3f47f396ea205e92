//! The MTA-STS policy that is announced cannot be fetched.

use super::web::{self, Lack};
use super::{presented, sts};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::{Fetch, FetchOutcome};
use crate::records::mta_sts;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "mta-sts-policy-unreachable",
    title: "the MTA-STS policy cannot be fetched",
    severity: Severity::Warning,
    what: "A record announces an MTA-STS policy, and fetching it over HTTPS fails: the host does not exist, its certificate is \
           not good, it redirects, or it answers with an error.",
    why: "Senders that know no policy yet go on as if there were none. Those that know one go by it until it is forgotten, and \
          learn nothing of changes: a new mail server may be refused.",
    affected: "Nobody's mail at first; it is not protected.",
    fix: "Let https://mta-sts.DOMAIN/.well-known/mta-sts.txt answer with status 200 and the policy itself, without a redirect, \
          with a certificate of a public CA that bears mta-sts.DOMAIN, at every address of the host. Or take the record \
          away.",
    change: None,
    references: &["RFC 8461 §3.3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (_, look, fetch) = match sts::fetch(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let Some(host) = mta_sts::host(look.domain) else {
        return Verdict::NotApplicable("the name of the policy host would be too long");
    };
    let why = match &fetch.outcome {
        FetchOutcome::Found(_) => return Verdict::Pass,
        FetchOutcome::Status(status) => of_status(*status, fetch),
        FetchOutcome::Failed(why) => match of_failure(case, fetch, &host, why) {
            Ok(told) => told,
            Err(verdict) => return verdict,
        },
    };
    let mut finding = Finding::new(
        Severity::Warning,
        look.domain.to_string(),
        "the MTA-STS policy cannot be fetched",
        format!(
            "A record announces an MTA-STS policy of {}, and it cannot be fetched: {why}. Senders that know none yet go on \
             as if there were none.",
            look.domain.to_unicode()
        ),
    )
    .hurts("senders that honour MTA-STS (Gmail, Microsoft 365): new ones deliver without verifying")
    .evidence("url", words::escape(&fetch.url, MOST_CHARACTERS));
    if let Some(status) = fetch.web.status {
        finding = finding.evidence("status", status);
    }
    Verdict::fail(match web::face(case, fetch) {
        Some(face) => presented::describe(finding, face.leaf),
        None => finding,
    })
}

fn of_status(status: u16, fetch: &Fetch) -> String {
    match (status, &fetch.web.location) {
        (300..=399, Some(to)) => format!(
            "the web server redirects to {}, and senders must not follow a redirect",
            words::escape(to, MOST_CHARACTERS)
        ),
        _ => format!("the web server answers with status {status}"),
    }
}

fn of_failure(case: &Case<'_>, fetch: &Fetch, host: &Name, why: &str) -> Result<String, Verdict> {
    if fetch.web.is_too_long {
        return Ok("the document is longer than 64 KiB, which is as much as senders read".to_owned());
    }
    match web::lack(case, fetch, host, why) {
        Lack::Certain(told) | Lack::Said(told) => Ok(told),
        Lack::FromHere(told) => Ok(format!("{told}, seen from here")),
        Lack::Unknown(unknown) => Err(Verdict::Unknown(unknown)),
    }
}

/// The most of a URL, or of what a library says.
const MOST_CHARACTERS: usize = 300;

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::diagnosis::TrustState;
    use crate::finding::{Finding, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsOutcome, DnsState, DnsType, FetchOutcome};
    use crate::rules::tests::{finding, judged_exemplary};
    use crate::sample::{self, Sample};

    fn failed(why: &str, change: impl FnOnce(&mut Sample)) -> Verdict {
        judged_exemplary(check, |sample| {
            sample.seen.fetches[0].outcome = FetchOutcome::Failed(why.to_owned());
            sample.seen.fetches[0].web.status = None;
            change(sample);
        })
    }

    fn with_certificate(change: impl FnOnce(&mut Sample)) -> Finding {
        finding(failed("TLS: invalid peer certificate: something", |sample| {
            let mut leaf = sample::certificate("mta-sts.example.org", "R99", 80);
            leaf.not_after = Some(sample.now + Span::new().hours(24));
            sample.show_of_policy_host(leaf);
            change(sample);
        }))
    }

    fn leaf(sample: &mut Sample) -> &mut crate::certificate::Certificate {
        let leaf = sample.diagnosis.web.values().next().unwrap().leaf();
        sample.diagnosis.certificates.get_mut(&leaf).unwrap()
    }

    #[test]
    fn passes_when_it_is_fetched() {
        assert_eq!(judged_exemplary(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn redirects_and_errors_are_told() {
        let status = |status: u16, to: Option<&str>| {
            finding(judged_exemplary(check, |sample| {
                sample.seen.fetches[0].outcome = FetchOutcome::Status(status);
                sample.seen.fetches[0].web.status = Some(status);
                sample.seen.fetches[0].web.location = to.map(str::to_owned);
            }))
        };
        let found = status(301, Some("https://www.example.org/\u{1b}[2J"));
        assert!(found.cause.contains("redirects to https://www.example.org/\\x1b[2J"), "{}", found.cause);
        assert!(status(404, None).cause.contains("answers with status 404"));
        let long = finding(failed("it is longer than 65536 bytes", |sample| {
            sample.seen.fetches[0].web.is_too_long = true;
            sample.seen.fetches[0].web.status = Some(200);
        }));
        assert!(long.cause.contains("64 KiB"), "{}", long.cause);
    }

    #[test]
    fn a_bad_certificate_is_named_by_its_fault() {
        let found = with_certificate(|sample| {
            leaf(sample).not_after = Some(sample::now() - Span::new().hours(72));
        });
        assert!(found.cause.contains("its certificate expired on 2026-11-18."), "{}", found.cause);
        assert_eq!(found.evidence["subject"], "CN=mta-sts.example.org");
        let found = with_certificate(|sample| {
            leaf(sample).names.as_mut().unwrap().dns = vec!["www.example.org".into()];
        });
        let said = "its certificate bears www.example.org, and not mta-sts.example.org.";
        assert!(found.cause.contains(said), "{}", found.cause);
        let found = with_certificate(|sample| {
            sample.diagnosis.web.values_mut().next().unwrap().trust = TrustState::SelfSigned;
        });
        assert!(found.cause.contains("is self-signed"), "{}", found.cause);
        // Where our own look finds nothing, the library's words are told.
        assert!(with_certificate(|_| {}).cause.contains("invalid peer certificate: something"));
    }

    #[test]
    fn a_host_that_does_not_exist_is_told_from_one_that_does_not_answer() {
        let answers = |outcome: fn() -> DnsOutcome| {
            move |sample: &mut Sample| {
                for kind in [DnsType::A, DnsType::Aaaa] {
                    let name = Name::new("mta-sts.example.org").unwrap();
                    let (state, evidence) = (DnsState::Secure, Default::default());
                    sample.seen.dns.push(DnsAnswer { name, kind, outcome: outcome(), state, evidence });
                }
            }
        };
        let found = finding(failed("mta-sts.example.org has no address", answers(|| DnsOutcome::NoName)));
        assert!(found.cause.contains("mta-sts.example.org does not exist"), "{}", found.cause);
        let servfail = || DnsOutcome::Failed("SERVFAIL".into());
        let verdict = failed("mta-sts.example.org: SERVFAIL", answers(servfail));
        assert!(matches!(verdict, Verdict::Unknown(why) if why.contains("SERVFAIL")));
        let found = finding(failed("192.0.2.1:443: no answer within 3s", |_| {}));
        assert!(found.cause.contains("seen from here"), "{}", found.cause);
    }

    #[test]
    fn unknown_when_it_was_not_fetched_or_not_asked() {
        let verdict = judged_exemplary(check, |sample| sample.seen.fetches.clear());
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(judged_exemplary(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
