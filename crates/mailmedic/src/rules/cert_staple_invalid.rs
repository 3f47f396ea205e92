//! The server staples an OCSP response that nobody may believe.

use super::presented::{self, describe};
use super::weigh;
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::diagnosis::{Flaw, Says};
use crate::endpoint::Role;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

pub(super) static RULE: Rule = Rule {
    id: "cert-staple-invalid",
    title: "the stapled OCSP response is of no use",
    severity: Severity::Error,
    what: "With its certificate the server sends an OCSP response that clients must not believe: it is out of date, about \
           another certificate, wrongly signed, signed by somebody whom the issuer did not ask to, or no answer at all.",
    why: "A response is stapled so that clients need not ask the issuer. One that is wrong is worse than none: \
          clients that read it refuse, and for a certificate that demands a response (must-staple) it does not count.",
    affected: "For a certificate with must-staple Thunderbird and programs that use GnuTLS refuse. For others \
               Thunderbird refuses what is forged or damaged, and goes on where it is only late or misplaced.",
    fix: "Let the server get a fresh response: mend the job that fetches it (in Exim for the file of tls_ocsp_file), and \
          reload. Where the issuer has closed its responder, turn stapling off.",
    change: None,
    references: &["RFC 6960 §3.2", "RFC 6960 §4.2.2.2", "RFC 6066 §8", "RFC 7633 §4.2.3.1"],
    since: "0.1",
    consequence_of: &["cert-expired"],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let Some(session) = seen.polite() else {
        return Verdict::Unknown("no handshake was tried".to_owned());
    };
    let Some(tls) = session.tls.as_ref() else { return Verdict::Unknown(session.why_no_tls()) };
    let Some(staple) = &tls.staple else { return Verdict::NotApplicable("no response is stapled") };
    let Some(leaf) = tls.certificates.first().and_then(|leaf| case.diagnosis.certificates.get(leaf)) else {
        return Verdict::Unknown("the certificate could not be read".to_owned());
    };
    match case.diagnosis.staples.get(&(leaf.fingerprint, Fingerprint::of(&staple.0))) {
        None => Verdict::Unknown("the issuer's certificate is not at hand".to_owned()),
        Some(Says::Good { .. } | Says::Revoked { .. }) => Verdict::Pass,
        Some(Says::CannotTell(why) | Says::Unreachable(why)) => Verdict::Unknown(why.clone()),
        Some(Says::Flawed(flaw)) => fault(case, seen, leaf, flaw),
    }
}

fn fault(case: &Case<'_>, seen: &EndpointObservation, leaf: &Certificate, flaw: &Flaw) -> Verdict {
    let why = presented::text(&flaw.to_string());
    let finding = Finding::new(
        Severity::Warning,
        format!("{} {why}", leaf.fingerprint),
        "the stapled OCSP response is of no use",
        format!("The server sends an OCSP response with its certificate, and {why}."),
    );
    let mut finding = describe(finding, leaf).evidence("why", why).evidence("must_staple", leaf.must_staple);
    if leaf.must_staple {
        finding
            .cause
            .push_str(" The certificate says must-staple: clients are to refuse it without a good response.");
        return weigh::identity_fault(case, &[seen], finding);
    }
    finding.severity = if seen.endpoint.role == Role::Mx { Severity::Note } else { Severity::Warning };
    let hurts = if is_borne(flaw) {
        "programs that take any such response for a bad sign; Thunderbird goes on as if there were none"
    } else {
        "programs that read stapled responses, such as Thunderbird, refuse; the others go on"
    };
    Verdict::fail(finding.hurts(hurts).at(seen.id()))
}

/// Tells whether Thunderbird takes such a response as none: servers often staple what their issuer last gave them.
fn is_borne(flaw: &Flaw) -> bool {
    matches!(
        flaw,
        Flaw::Expired(_) | Flaw::Refused("tryLater") | Flaw::Unauthorised(_) | Flaw::OtherCertificate
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::{Bytes, Fingerprint};
    use crate::diagnosis::{Flaw, Says};
    use crate::finding::{Finding, Severity, Verdict};
    use crate::sample::{self, Sample};

    const STAPLE: &[u8] = &[0x30, 0];

    fn stapled(port: u16, says: Option<Says>) -> Sample {
        let mut sample = sample::healthy().only(port);
        let leaf = sample.leaf().fingerprint;
        sample.diagnosis.staples =
            says.map(|says| ((leaf, Fingerprint::of(STAPLE)), says)).into_iter().collect();
        let tls = sample.seen.endpoints[0].sessions[0].tls.as_mut().unwrap();
        tls.staple = Some(Bytes(STAPLE.to_vec()));
        sample
    }

    fn finding(sample: &Sample) -> Finding {
        match sample.endpoints(check).remove(0) {
            Verdict::Fail(mut findings) => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    fn expired() -> Option<Says> {
        Some(Says::Flawed(Flaw::Expired(sample::now())))
    }

    #[test]
    fn passes_with_an_answer_that_may_be_believed() {
        for says in [Says::Good { until: None }, Says::Revoked { at: None, reason: None }] {
            assert_eq!(stapled(993, Some(says)).endpoints(check), [Verdict::Pass]);
        }
    }

    #[test]
    fn unknown_where_it_cannot_be_checked_or_was_not_seen() {
        assert!(matches!(stapled(993, None).endpoints(check)[..], [Verdict::Unknown(_)]));
        let cannot = Some(Says::CannotTell("its signature cannot be checked".into()));
        assert!(matches!(stapled(993, cannot).endpoints(check)[..], [Verdict::Unknown(_)]));
        let mut sample = stapled(993, None);
        sample.seen.endpoints[0].sessions.clear();
        assert!(matches!(sample.endpoints(check)[..], [Verdict::Unknown(_)]));
        assert!(matches!(sample::healthy().only(993).endpoints(check)[..], [Verdict::NotApplicable(_)]));
    }

    #[test]
    fn how_bad_it_is_hangs_on_must_staple_and_on_who_connects() {
        let severity = |port, must_staple| {
            let mut sample = stapled(port, expired());
            sample.leaf().must_staple = must_staple;
            finding(&sample).severity
        };
        assert_eq!(severity(993, true), Severity::Error);
        assert_eq!(severity(993, false), Severity::Warning);
        assert_eq!(severity(25, true), Severity::Warning);
        assert_eq!(severity(25, false), Severity::Note);
    }

    #[test]
    fn says_what_is_wrong_and_whom_it_hurts() {
        let late = finding(&stapled(993, expired()));
        assert!(late.cause.ends_with("and it ended on 2026-11-21 12:00 UTC."), "{}", late.cause);
        assert!(late.hurts.unwrap().contains("Thunderbird goes on"));
        let forged = finding(&stapled(993, Some(Says::Flawed(Flaw::SignatureWrong))));
        assert!(forged.hurts.unwrap().contains("Thunderbird, refuse"));
    }
}
