//! A certificate of the chain is revoked.

use super::path;
use super::presented::{self, Presented};
use crate::certificate::Certificate;
use crate::diagnosis::{Revocation, Says, ServedChain, Standing};
use crate::finding::{Case, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-revoked",
    title: "the certificate is revoked",
    severity: Severity::Error,
    what: "The issuer has revoked the certificate that the server presents, or an intermediate above it. That is told by \
           the issuer's revocation list, by its OCSP responder, or by the response that the server staples.",
    why: "A certificate is revoked when its key may be in other hands, when the names are no longer yours, or when \
          the issuer made a mistake. Whoever looks refuses it, and it will not come back.",
    affected: "Thunderbird, Apple Mail and Outlook refuse once they have heard of it; most mail servers do not look.",
    fix: "Get a new certificate with a new key and load it into every server that uses the old one.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §5", "RFC 6960 §2.2", "RFC 5280 §6.3"],
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
            if certificate.subject_der != certificate.issuer_der {
                open.get_or_insert_with(|| NOT_LOOKED.to_owned());
            }
            continue;
        };
        match &revocation.standing {
            Standing::Good { .. } => is_told = true,
            Standing::NotOffered => {}
            Standing::Unknown(why) => drop(open.get_or_insert_with(|| why.clone())),
            Standing::Revoked { .. } => {
                if let Verdict::Fail(found) = fault(presented, certificate, revocation) {
                    findings.extend(found);
                }
            }
        }
    }
    match open {
        _ if !findings.is_empty() => Verdict::Fail(findings),
        Some(why) => Verdict::Unknown(why),
        None if is_told => Verdict::Pass,
        None => Verdict::NotApplicable("the issuer names neither a revocation list nor an OCSP responder"),
    }
}

fn fault(presented: &Presented<'_>, certificate: &Certificate, revocation: &Revocation) -> Verdict {
    let Standing::Revoked { at, reason, disputed } = revocation.standing else { return Verdict::Pass };
    let who = |revoked: bool| -> Vec<String> {
        let says = |says: &Says| match says {
            Says::Revoked { .. } => revoked,
            Says::Good { .. } => !revoked,
            _ => false,
        };
        revocation
            .answers
            .iter()
            .filter(|answer| says(&answer.says))
            .map(|one| one.source.to_string())
            .collect()
    };
    let called = path::called(presented, certificate);
    let mut cause = format!("{} revoked {called}", presented::issuer(certificate));
    if let Some(at) = at {
        cause.push_str(&format!(" on {}", words::time(at)));
    }
    if let Some(reason) = reason {
        cause.push_str(&format!(" ({reason})"));
    }
    cause.push_str(&format!(", says {}.", words::list(&who(true))));
    if disputed {
        let others = words::list(&who(false));
        cause.push_str(&format!(
            " By contrast, {others} says that it is not: the issuer contradicts itself, or one is late."
        ));
    }
    let is_exposed = reason == Some("keyCompromise");
    if is_exposed {
        cause.push_str(" The key is said to be in other hands: whoever has it can pose as this server.");
    }
    let title = format!("{called} is revoked");
    let mut finding = Finding::new(Severity::Warning, certificate.fingerprint.to_string(), title, cause);
    finding = presented::describe(finding, certificate)
        .evidence("told_by", who(true))
        .evidence("disputed", disputed)
        .change(presented.renewal());
    if let Some(at) = at {
        finding = finding.evidence("revoked_at", at.to_string());
    }
    if let Some(reason) = reason {
        finding = finding.evidence("reason", reason);
    }
    let mut verdict = presented.identity_fault(finding);
    if let Verdict::Fail(findings) = &mut verdict {
        for finding in findings {
            if is_exposed {
                finding.severity = Severity::Error;
            }
            if !presented.only_senders() {
                finding.hurts = Some(HURTS.to_owned());
            }
        }
    }
    verdict
}

const HURTS: &str =
    "mail programs that look for revocation, such as Thunderbird, Apple Mail and Outlook, refuse";
const NOT_LOOKED: &str = "nobody looked whether it is revoked";

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Fingerprint;
    use crate::diagnosis::{Revocation, Says, Source, StatusAnswer};
    use crate::finding::{Change, Severity, Verdict};
    use crate::sample::{self, Sample};

    fn answered(says: &[(Source, Says)]) -> Revocation {
        let answers =
            says.iter().map(|(source, says)| StatusAnswer { source: source.clone(), says: says.clone() });
        Revocation::new(answers.collect(), true, "the issuer was not asked")
    }

    fn sample(leaf: Revocation, intermediate: Revocation) -> Sample {
        let mut sample = sample::healthy();
        let links: Vec<Fingerprint> = sample.diagnosis.chains[0].links().to_vec();
        sample.diagnosis.revocation = links.into_iter().zip([leaf, intermediate]).collect();
        sample
    }

    fn good() -> Revocation {
        answered(&[(Source::File, Says::Good { until: None })])
    }

    fn list() -> Source {
        Source::Crl("http://crl.example/7".into())
    }

    #[test]
    fn passes_where_all_are_good_or_tell_nothing() {
        assert_eq!(sample(good(), good()).chains(check), [Verdict::Pass]);
        let silent = Revocation::new(Vec::new(), false, "");
        assert_eq!(sample(good(), silent.clone()).chains(check), [Verdict::Pass]);
        assert!(matches!(sample(silent.clone(), silent).chains(check)[..], [Verdict::NotApplicable(_)]));
    }

    #[test]
    fn unknown_where_one_is_open() {
        let open = answered(&[(list(), Says::Unreachable("HTTP status 404".into()))]);
        let why = "the revocation list http://crl.example/7 could not be fetched: HTTP status 404";
        assert_eq!(sample(good(), open).chains(check), [Verdict::Unknown(why.into())]);
        let mut sample = sample::healthy();
        sample.diagnosis.revocation.clear();
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }

    #[test]
    fn fails_where_one_is_revoked_whatever_the_others_say() {
        let at = Some(sample::now());
        let revoked = answered(&[
            (Source::Staple, Says::Good { until: None }),
            (list(), Says::Revoked { at, reason: Some(4) }),
        ]);
        let Verdict::Fail(findings) = sample(revoked.clone(), good()).chains(check).remove(0) else {
            panic!()
        };
        assert_eq!(findings.len(), 7);
        assert_eq!((findings[0].severity, findings[3].severity), (Severity::Warning, Severity::Error));
        assert!(matches!(findings[0].change, Some(Change::RenewCertificate { .. })));
        assert_eq!(
            findings[3].cause.split(" On port 25").next().unwrap(),
            "R99 revoked the certificate on 2026-11-21 12:00 UTC (superseded), says the revocation list \
             http://crl.example/7. By contrast, the stapled OCSP response says that it is not: the issuer contradicts \
             itself, or one is late."
        );
        let open = answered(&[]);
        let Verdict::Fail(findings) = sample(open, revoked).chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].title, "the intermediate \"R99\" is revoked");
    }

    #[test]
    fn a_key_in_other_hands_is_an_error_everywhere() {
        let revoked = answered(&[(list(), Says::Revoked { at: None, reason: Some(1) })]);
        let Verdict::Fail(findings) = sample(revoked, good()).chains(check).remove(0) else { panic!() };
        assert!(findings.iter().all(|finding| finding.severity == Severity::Error));
    }
}
