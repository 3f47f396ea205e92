//! The certificate demands a stapled OCSP response and none came.

use super::presented::describe;
use super::weigh;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TlsEnd};

pub(super) static RULE: Rule = Rule {
    id: "cert-staple-missing",
    title: "the certificate demands a stapled OCSP response and none is sent",
    severity: Severity::Error,
    what: "The certificate has the TLS feature \"status_request\" (must-staple), and the server sends no OCSP \
           response with it.",
    why: "Clients that know the feature take the missing response as a sign of attack and refuse. Many issuers \
          have closed their OCSP responders (Let's Encrypt on 2025-08-06), so that nothing can be stapled.",
    affected: "Thunderbird and programs that use GnuTLS refuse; others do not look.",
    fix: "Get a certificate without must-staple, or turn OCSP stapling on where the issuer still answers.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 7633 §4.2.3.1", "RFC 6066 §8"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let Some(session) = seen.polite() else {
        return Verdict::Unknown("no handshake was tried".to_owned());
    };
    let Some(tls) = session.tls.as_ref() else { return Verdict::Unknown(session.why_no_tls()) };
    let served = || seen.served().find_map(|served| served.certificates.first());
    let Some(leaf) = tls.certificates.first().or_else(served) else {
        return Verdict::Unknown("TLS was not reached".to_owned());
    };
    let Some(leaf) = case.diagnosis.certificates.get(leaf) else {
        return Verdict::Unknown("the certificate could not be read".to_owned());
    };
    if !leaf.must_staple {
        return Verdict::NotApplicable("the certificate does not demand one");
    }
    if tls.staple.is_some() {
        return Verdict::Pass;
    }
    // In TLS 1.2 the response comes after the certificates, so a broken handshake tells nothing.
    if tls.end != TlsEnd::Completed {
        return Verdict::Unknown("the handshake was not completed".to_owned());
    }
    let finding = Finding::new(
        Severity::Warning,
        leaf.fingerprint.to_string(),
        "the certificate demands a stapled OCSP response and none is sent",
        "The certificate says must-staple: clients are to refuse it without an OCSP response from the server, and \
         the server sends none.",
    )
    .change(Change::RenewCertificate { names: super::presented::dns_names(leaf).to_vec() });
    weigh::identity_fault(case, &[seen], describe(finding, leaf))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Severity, Verdict};
    use crate::observation::TlsEnd;
    use crate::sample::{self, Sample};

    fn must_staple(staple: Option<Bytes>, end: TlsEnd) -> Sample {
        let mut sample = sample::healthy().only(993);
        sample.leaf().must_staple = true;
        let tls = sample.seen.endpoints[0].sessions[0].tls.as_mut().unwrap();
        tls.staple = staple;
        tls.end = end;
        sample
    }

    #[test]
    fn passes_with_a_response_and_fails_without() {
        let with = must_staple(Some(Bytes(vec![0x30])), TlsEnd::Completed);
        assert_eq!(with.endpoints(check), [Verdict::Pass]);
        let Verdict::Fail(findings) = must_staple(None, TlsEnd::Completed).endpoints(check).remove(0) else {
            panic!()
        };
        assert_eq!(findings[0].severity, Severity::Error);
    }

    #[test]
    fn unknown_when_the_handshake_broke_off() {
        assert!(matches!(must_staple(None, TlsEnd::Closed).endpoints(check)[..], [Verdict::Unknown(_)]));
        let mut sample = must_staple(None, TlsEnd::Completed);
        sample.seen.endpoints[0].sessions.clear();
        assert!(matches!(sample.endpoints(check)[..], [Verdict::Unknown(_)]));
    }

    #[test]
    fn most_certificates_demand_none() {
        assert!(matches!(sample::healthy().only(25).endpoints(check)[..], [Verdict::NotApplicable(_)]));
    }
}
