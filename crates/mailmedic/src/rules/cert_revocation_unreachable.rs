//! The issuer does not tell whether a certificate is revoked, though the certificate says where it would.

use super::path;
use super::presented::{self, Presented};
use crate::certificate::Certificate;
use crate::diagnosis::{Says, ServedChain, Source, Standing, StatusAnswer};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-revocation-unreachable",
    title: "the issuer does not tell whether the certificate is revoked",
    severity: Severity::Note,
    what: "A certificate names the place of a revocation list or of an OCSP responder, and what is there could not be \
           fetched from here, or is of no use: out of date, wrongly signed, or a refusal.",
    why: "Nearly every mail program goes on without an answer, so nothing breaks. Issuers that have closed their \
          OCSP responders, as Let's Encrypt did on 2025-08-06, leave them out of new certificates, which is no fault.",
    affected: "Programs that are set to insist on an answer, such as some on Windows and in Java, refuse or wait.",
    fix: "Nothing on the mail server is wrong. Look again later and from elsewhere; if it lasts, tell the issuer, or \
          renew the certificate, since a new one may name another place.",
    change: None,
    references: &["RFC 5280 §4.2.1.13", "RFC 5280 §4.2.2.1", "RFC 6960 §4.2.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    let (mut open, mut is_told) = (None, false);
    for certificate in path::certificates(presented) {
        let Some(revocation) = presented.case.diagnosis.revocation.get(&certificate.fingerprint) else {
            continue;
        };
        for answer in &revocation.answers {
            if let Some(Verdict::Fail(found)) = fault(presented, certificate, answer, &revocation.standing) {
                findings.extend(found);
            }
        }
        match &revocation.standing {
            Standing::Unknown(why) => drop(open.get_or_insert_with(|| why.clone())),
            Standing::NotOffered => {}
            Standing::Good { .. } | Standing::Revoked { .. } => is_told = true,
        }
    }
    match open {
        _ if !findings.is_empty() => Verdict::Fail(findings),
        Some(why) => Verdict::Unknown(why),
        None if is_told => Verdict::Pass,
        None => Verdict::NotApplicable("the issuer names neither a revocation list nor an OCSP responder"),
    }
}

fn fault(
    presented: &Presented<'_>,
    certificate: &Certificate,
    answer: &StatusAnswer,
    standing: &Standing,
) -> Option<Verdict> {
    let source = &answer.source;
    let (what, why) = match &answer.says {
        _ if *source == Source::Staple => return None,
        Says::Unreachable(why) => ("could not be fetched", presented::text(why)),
        Says::Flawed(flaw) => ("is of no use", flaw.to_string()),
        Says::Good { .. } | Says::Revoked { .. } | Says::CannotTell(_) => return None,
    };
    let called = path::called(presented, certificate);
    let named = match source {
        Source::File => format!("{} {what}: {why}.", path::capital(&source.to_string())),
        _ => format!("{} names {source}. It {what}: {why}.", path::capital(&called)),
    };
    let known = match standing {
        Standing::Unknown(_) | Standing::NotOffered => {
            format!("Whether {called} is revoked is not known therefore; few programs ask, and fewer insist.")
        }
        Standing::Good { .. } => format!("Another source says that {called} is not revoked."),
        Standing::Revoked { .. } => format!("Another source says that {called} is revoked."),
    };
    let mut finding = Finding::new(
        Severity::Note,
        source.to_string(),
        format!("{source} {what}"),
        format!("{named} {known}"),
    )
    .hurts("programs that insist on an answer; the others go on")
    .evidence("sha256", certificate.fingerprint.to_string())
    .evidence("why", why);
    if let Source::Crl(url) | Source::Ocsp(url) = source {
        finding = finding.evidence("url", presented::text(url));
    }
    Some(presented.fault(finding))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::{Flaw, Revocation, Says, Source, StatusAnswer};
    use crate::finding::{Severity, Verdict};
    use crate::sample::{self, Sample};

    fn sample(says: &[(Source, Says)]) -> Sample {
        let mut sample = sample::healthy();
        let links = sample.diagnosis.chains[0].links().to_vec();
        let answers =
            says.iter().map(|(source, says)| StatusAnswer { source: source.clone(), says: says.clone() });
        let leaf = Revocation::new(answers.collect(), true, "the issuer was not asked");
        let intermediate = Revocation::new(Vec::new(), false, "");
        sample.diagnosis.revocation = links.into_iter().zip([leaf, intermediate]).collect();
        sample
    }

    fn list() -> Source {
        Source::Crl("http://crl.example/7".into())
    }

    fn ocsp() -> Source {
        Source::Ocsp("http://ocsp.example".into())
    }

    #[test]
    fn passes_where_all_that_was_asked_was_answered() {
        let good = Says::Good { until: None };
        assert_eq!(sample(&[(list(), good)]).chains(check), [Verdict::Pass]);
        let cannot = Says::CannotTell("it is indirect".into());
        assert!(matches!(sample(&[(list(), cannot)]).chains(check)[..], [Verdict::Unknown(_)]));
    }

    #[test]
    fn unknown_where_nobody_asked() {
        assert_eq!(sample(&[]).chains(check), [Verdict::Unknown("the issuer was not asked".into())]);
    }

    #[test]
    fn a_source_that_fails_is_a_note_and_never_more() {
        let dead = Says::Unreachable("no answer within 5s".into());
        let refused = Says::Flawed(Flaw::Refused("unauthorized"));
        let answers = [(list(), dead), (ocsp(), refused)];
        let Verdict::Fail(findings) = sample(&answers).chains(check).remove(0) else { panic!() };
        assert_eq!(findings.len(), 2);
        assert!(findings.iter().all(|one| one.severity == Severity::Note && one.endpoints.len() == 7));
        assert_eq!(findings[0].title, "the revocation list http://crl.example/7 could not be fetched");
        assert_eq!(
            findings[1].cause,
            "The certificate names the OCSP responder http://ocsp.example. It is of no use: it says \
             \"unauthorized\". Whether the certificate is revoked is not known therefore; few programs ask, and fewer \
             insist."
        );
    }

    #[test]
    fn a_bad_staple_is_another_rules() {
        let answers = [(Source::Staple, Says::Flawed(Flaw::Malformed)), (list(), Says::Good { until: None })];
        assert_eq!(sample(&answers).chains(check), [Verdict::Pass]);
    }
}
