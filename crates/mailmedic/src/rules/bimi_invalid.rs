//! The BIMI record, or a document that it names, keeps receivers from showing a logo.

use super::web::{self, Lack};
use super::{mail_dns, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Depth, Fetch, FetchOutcome, FetchPurpose};
use crate::records::bimi::{self, BimiFault, Logo, MarkFault};
use crate::records::{Answers, Look, Missing};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "bimi-invalid",
    title: "the BIMI record shows no logo",
    severity: Severity::Warning,
    what: "The domain publishes a BIMI record, by which mail programs may show its logo, and receivers cannot use it: the record \
           has a mistake, DMARC is not enforced, the logo is not there or no SVG of the profile Tiny PS, or the certificate of \
           the mark is not there, ended, for another domain or none for marks. Looked at only at --depth full; the two documents \
           are fetched unless --offline is given. Whether receivers trust the issuer of the mark is not looked at.",
    why: "BIMI demands that nobody else can write in the domain's name: a DMARC policy of quarantine or reject for the domain \
          and for names below it. Mistakes in the record, the logo and its certificate are not forgiven, and nobody is told of them.",
    affected: "Nobody's mail; the logo is not shown.",
    fix: "Publish one TXT record at default._bimi: \"v=BIMI1; l=\" and the https: URL of the logo in SVG (profile Tiny PS, at most \
          32 KiB), \"a=\" and that of its certificate in PEM, without which Gmail and Apple Mail show no logo; and enforce DMARC. \
          Save the logo with version=\"1.2\", baseProfile=\"tiny-ps\" and a <title>, without scripts, animations, pictures and \
          links, and ask the issuer for the next certificate a month before the present one ends.",
    change: Some(ChangeKind::Dns),
    references: &[
        "draft-brand-indicators-for-message-identification",
        "draft-svg-tiny-ps-abrotman §2",
        "draft-fetch-validation-vmc-wchuang §5",
        "RFC 9399",
    ],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match mail_dns::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    if look.depth < Depth::Full {
        return Verdict::NotApplicable("it is asked for at full depth only");
    }
    let found = match bimi::of(&answers, &look) {
        Err(missing) => return mail_dns::open(missing),
        Ok(None) => return Verdict::NotApplicable("there is no BIMI record"),
        Ok(Some(found)) => found,
    };
    let record = match &found.record {
        Err(fault) => return Verdict::fail(useless(&found, fault)),
        Ok(record) if record.logo.is_none() => return Verdict::Pass,
        Ok(record) => record,
    };
    let (mut findings, mut doubt) = (Vec::new(), None);
    match bimi::unprotected(&answers, &look) {
        Err(missing) => doubt = Some(missing.why()),
        Ok(lack) => findings.extend(lack.map(|lack| {
            let logo = record.logo.as_deref().unwrap_or_default();
            let cause = format!(
                "The BIMI record at {} names a logo, but receivers do not show it: {lack}.",
                found.name
            );
            let title = "the BIMI record shows no logo without an enforced DMARC policy";
            finding(format!("{} dmarc", found.name), title, cause)
                .evidence("logo", words::escape(logo, MOST_URL))
        })),
    }
    for (purpose, url) in record.documents() {
        match document(case, &answers, &look, purpose, url) {
            Ok(told) => findings.extend(told),
            Err(why) => doubt = Some(why),
        }
    }
    match (findings.is_empty(), doubt) {
        (false, _) => Verdict::Fail(findings),
        (true, Some(why)) => Verdict::Unknown(why),
        (true, None) => Verdict::Pass,
    }
}

/// Judges a document that the record names.
///
/// # Errors
/// Says why it cannot be told.
fn document(
    case: &Case<'_>,
    answers: &Answers<'_>,
    look: &Look<'_>,
    purpose: FetchPurpose,
    url: &str,
) -> Result<Option<Finding>, String> {
    let what = if purpose == FetchPurpose::BimiLogo { "logo" } else { "certificate of the mark" };
    let fetch = bimi::fetched(&case.seen.fetches, purpose, url);
    let fetch = fetch.ok_or_else(|| format!("the {what} that the BIMI record names was not fetched"))?;
    let FetchOutcome::Found(body) = &fetch.outcome else { return unfetched(case, fetch, what) };
    if purpose == FetchPurpose::BimiLogo {
        let logo = Logo::read(&body.0);
        let is_advice = logo.faults.iter().all(bimi::LogoFault::is_advice);
        let faults: Vec<String> = logo.faults.iter().map(ToString::to_string).collect();
        return Ok(faulty(url, what, &faults).map(|mut finding| {
            if is_advice {
                finding.severity = Severity::Note;
            }
            finding.evidence("bytes", logo.bytes)
        }));
    }
    let mark = match bimi::read_mark(&body.0) {
        Ok(mark) => mark,
        Err(fault) => return Ok(faulty(url, what, &[fault.to_string()])),
    };
    let names = bimi::mark_names(answers, look).map_err(Missing::why)?;
    let faults = bimi::mark_faults(&mark, &names, case.now)?;
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Ok(faulty(url, what, &texts).map(|mut finding| {
        if matches!(faults.as_slice(), [MarkFault::EndsSoon(_)]) {
            finding.title = "the certificate of the BIMI mark ends soon".to_owned();
        }
        super::presented::describe(finding, &mark)
    }))
}

/// Says why a document is not there, where that is certain.
///
/// # Errors
/// Says why it cannot be told.
fn unfetched(case: &Case<'_>, fetch: &Fetch, what: &str) -> Result<Option<Finding>, String> {
    let why = match &fetch.outcome {
        // Others are told those who ask too much, or at the wrong moment.
        FetchOutcome::Status(status @ (404 | 410)) => format!("the web server answers with status {status}"),
        FetchOutcome::Status(status) => {
            return Err(format!("the web server of the {what} answers with status {status}"));
        }
        FetchOutcome::Failed(_) if fetch.web.is_too_long => {
            "it is longer than 256 KiB, and receivers need not take more than 32 KiB".to_owned()
        }
        FetchOutcome::Failed(why) => {
            let host = bimi::host_of(&fetch.url).ok_or("its URL has no host")?.0;
            match web::lack(case, fetch, &host, why) {
                Lack::Certain(told) => told,
                Lack::Said(told) | Lack::FromHere(told) | Lack::Unknown(told) => {
                    return Err(format!("the {what} could not be fetched: {told}"));
                }
            }
        }
        FetchOutcome::Found(_) => return Ok(None),
    };
    let url = words::escape(&fetch.url, MOST_URL);
    let cause = format!("The BIMI record names a {what} at {url}, and receivers cannot fetch it: {why}.");
    let title = format!("the {what} that the BIMI record names cannot be fetched");
    Ok(Some(finding(format!("{what} fetch"), title, cause).evidence("url", url)))
}

/// Tells what is wrong with a document, if anything is.
fn faulty(url: &str, what: &str, faults: &[String]) -> Option<Finding> {
    let url = words::escape(url, MOST_URL);
    let cause = format!("The {what} that the BIMI record names, {url}, {}.", words::list(faults));
    let title = format!("the {what} that the BIMI record names is not as receivers want it");
    let finding = finding(what, title, cause).evidence("url", url).evidence("faults", faults.to_vec());
    (!faults.is_empty()).then_some(finding)
}

fn finding(key: impl Into<String>, title: impl Into<String>, cause: String) -> Finding {
    Finding::new(Severity::Warning, key, title, cause).hurts("nobody's mail; the logo is not shown")
}

fn useless(found: &bimi::Found, fault: &BimiFault) -> Finding {
    let shown: Vec<String> = found.texts.iter().take(4).map(|text| words::escape(text, 300)).collect();
    let template = "v=BIMI1; l=https://<host>/<logo>.svg; a=https://<host>/<certificate>.pem";
    Finding::new(
        Severity::Warning,
        found.name.to_string(),
        "the BIMI record cannot be used",
        format!("No receiver can use the BIMI record at {}: {fault}.", found.name),
    )
    .hurts("nobody's mail; the logo is not shown")
    .evidence("records", shown)
    .change(Change::Dns { lines: vec![txt::line(&found.name, template)] })
}

/// The most characters of a URL that are shown.
const MOST_URL: usize = 200;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Finding, Severity, Verdict};
    use crate::observation::{Depth, DnsAnswer, DnsType, Fetch, FetchOutcome, FetchPurpose};
    use crate::records::sample::{absent, failed, mark, txt};
    use crate::rules::tests::{dns, finding, judged_target};
    use crate::sample::Sample;

    const NAME: &str = "default._bimi.example.org";
    const LOGO: &str = "https://www.example.org/logo.svg";
    const MARK: &str = "https://www.example.org/mark.pem";
    const GOOD: &str = "v=BIMI1; l=https://www.example.org/logo.svg; a=https://www.example.org/mark.pem";
    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\"><title>E</title></svg>";

    fn with(answer: DnsAnswer) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            sample.seen.dns.push(answer);
        })
    }

    fn found(body: &str) -> FetchOutcome {
        FetchOutcome::Found(Bytes(body.into()))
    }

    /// Judges a good record whose documents came to this, after one more change.
    fn fetched_and(
        logo: FetchOutcome,
        certificate: FetchOutcome,
        change: impl FnOnce(&mut Sample),
    ) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            sample.seen.dns.push(txt(NAME, &[GOOD]));
            let documents =
                [(FetchPurpose::BimiLogo, LOGO, logo), (FetchPurpose::BimiCertificate, MARK, certificate)];
            sample.seen.fetches.extend(documents.map(|(purpose, url, outcome)| Fetch {
                url: url.to_owned(),
                purpose,
                outcome,
                date: None,
                web: Default::default(),
            }));
            change(sample);
        })
    }

    fn fetched(logo: FetchOutcome, certificate: FetchOutcome) -> Verdict {
        fetched_and(logo, certificate, |_| {})
    }

    fn of_logo(logo: FetchOutcome) -> Finding {
        finding(fetched(logo, found(&mark(|_| {}))))
    }

    fn of_mark(certificate: FetchOutcome) -> Finding {
        finding(fetched(found(SVG), certificate))
    }

    #[test]
    fn passes_with_a_good_record_good_documents_and_an_enforced_policy() {
        assert_eq!(fetched(found(SVG), found(&mark(|_| {}))), Verdict::Pass);
        assert_eq!(with(txt(NAME, &["v=BIMI1; l=; a="])), Verdict::Pass);
        assert!(matches!(with(absent(NAME, DnsType::Txt)), Verdict::NotApplicable(_)));
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_on_a_record_that_no_receiver_takes() {
        let found = finding(with(txt(NAME, &["v=BIMI1; l=http://www.example.org/logo.svg"])));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("no https: URL"), "{}", found.cause);
        assert!(finding(with(txt(NAME, &[GOOD, GOOD]))).cause.contains("2 records"));
    }

    #[test]
    fn fails_where_dmarc_is_not_enforced() {
        let verdict = fetched_and(found(SVG), found(&mark(|_| {})), |sample| {
            *dns(sample, "_dmarc.example.org", DnsType::Txt) =
                txt("_dmarc.example.org", &["v=DMARC1; p=none"]);
        });
        assert!(finding(verdict.clone()).cause.contains("p=none"), "{verdict:?}");
    }

    #[test]
    fn fails_on_a_logo_that_is_no_such_svg() {
        let told = of_logo(found(&SVG.replace("tiny-ps", "full")));
        assert_eq!(told.severity, Severity::Warning);
        assert!(told.cause.contains("logo.svg, does not say baseProfile=\"tiny-ps\""), "{}", told.cause);
        assert!(of_logo(found("<html>")).cause.contains("is a web page, and no SVG"));
        // What is only advised is a note.
        let large = SVG.replace("</svg>", &format!("<desc>{}</desc></svg>", "x".repeat(33 * 1024)));
        assert_eq!(of_logo(found(&large)).severity, Severity::Note);
    }

    #[test]
    fn fails_on_a_certificate_that_is_none_for_this_mark() {
        let told = of_mark(found(&mark(|made| made.name = "www.example.org")));
        assert!(told.cause.contains("is for www.example.org, and not for example.org"), "{}", told.cause);
        assert!(of_mark(found("<html>")).cause.contains("is no PEM"));
        let late = fetched_and(found(SVG), found(&mark(|_| {})), |sample| {
            sample.now = "2027-06-02T00:00:00Z".parse().unwrap();
        });
        assert!(finding(late).cause.contains("expired on 2027-06-01"));
        let soon = fetched_and(found(SVG), found(&mark(|_| {})), |sample| {
            sample.now = "2027-05-20T00:00:00Z".parse().unwrap();
        });
        assert!(finding(soon).title.contains("ends soon"));
    }

    #[test]
    fn fails_on_a_document_that_is_certainly_not_there() {
        assert!(of_logo(FetchOutcome::Status(404)).cause.contains("status 404"));
        let gone = FetchOutcome::Failed("www.example.org has no address".into());
        let verdict = fetched_and(gone, found(&mark(|_| {})), |sample| {
            for kind in [DnsType::A, DnsType::Aaaa] {
                sample.seen.dns.push(absent("www.example.org", kind));
            }
        });
        assert!(finding(verdict).cause.contains("www.example.org has no address"));
    }

    #[test]
    fn unknown_where_a_document_could_not_be_fetched_or_was_not() {
        let is_open = |verdict: Verdict, why: &str| {
            assert!(matches!(&verdict, Verdict::Unknown(told) if told.contains(why)), "{verdict:?}");
        };
        is_open(with(txt(NAME, &[GOOD])), "was not fetched");
        let good = || found(&mark(|_| {}));
        is_open(fetched(FetchOutcome::Status(503), good()), "status 503");
        is_open(
            fetched(FetchOutcome::Failed("192.0.2.1:443: no answer within 3s".into()), good()),
            "no answer",
        );
        // A fault is told, whatever cannot be.
        assert!(finding(fetched(FetchOutcome::Status(503), found("<html>"))).cause.contains("is no PEM"));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        assert!(matches!(with(failed(NAME, DnsType::Txt)), Verdict::Unknown(_)));
        let unasked = judged_target(check, |sample| sample.seen.depth = Depth::Full);
        assert!(matches!(unasked, Verdict::Unknown(_)));
    }
}
