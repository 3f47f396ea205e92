//! The ports of one host present different certificates.

use super::faces::{self, Comparison};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-differs-by-port",
    title: "the ports of one host present different certificates",
    severity: Severity::Warning,
    what: "Two ports of the same host and address present different certificates, and the difference is not one \
           of the kind of key.",
    why: "The services of a mail server are set up apart. Where one has a good certificate and the other not, the \
          good one only has to be used for both; where both are good, two must be renewed and loaded.",
    affected: "the clients of the port that has the worse certificate",
    fix: "Let all services use the same certificate files.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 7817 §3"],
    since: "0.1",
    consequence_of: &["cert-inactive"],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    if case.seen.endpoints.len() < 2 {
        return Verdict::NotApplicable("there are no two endpoints to compare");
    }
    if case.diagnosis.chains.is_empty() {
        return Verdict::Unknown("no certificate was seen".to_owned());
    }
    let comparison = faces::compare(
        case,
        "the ports of one host present different certificates",
        |one, other| {
            one.endpoint.host == other.endpoint.host
                && one.endpoint.address().is_some()
                && one.endpoint.address() == other.endpoint.address()
        },
        |seen| format!("port {}", seen.endpoint.port),
    );
    match comparison {
        Comparison::Nothing => Verdict::NotApplicable("there are no two ports of one host to compare"),
        Comparison::Alike => Verdict::Pass,
        Comparison::Different(findings) => Verdict::Fail(findings),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::PublicKey;
    use crate::finding::{Change, Severity, Verdict};
    use crate::sample::{self, Sample};

    fn differing(leaf: crate::certificate::Certificate) -> Sample {
        let mut sample = sample::healthy();
        sample.serve_instead(993, leaf);
        sample
    }

    #[test]
    fn two_good_certificates_are_noted() {
        let Verdict::Fail(findings) =
            check(&differing(sample::certificate("mail.example.org", "YR1", 80)).case())
        else {
            panic!()
        };
        assert_eq!((findings[0].severity, findings[0].endpoints.len()), (Severity::Note, 7));
        assert!(findings[0].cause.contains("port 993: \"mail.example.org\" by \"YR1\", until 2027-02-09"));
    }

    #[test]
    fn a_bad_one_beside_a_good_one_is_a_warning_at_the_bad_one() {
        let Verdict::Fail(findings) = check(&differing(sample::certificate("localhost", "YR1", 80)).case())
        else {
            panic!()
        };
        assert_eq!((findings[0].severity, findings[0].endpoints.len()), (Severity::Warning, 1));
        assert!(findings[0].cause.contains("(it is not for mail.example.org)"));
        assert!(matches!(findings[0].change, Some(Change::ServeChain { chain: Some(_), .. })));
    }

    #[test]
    fn another_kind_of_key_and_an_older_certificate_are_no_difference_here() {
        let mut curve = sample::certificate("mail.example.org", "YE1", 80);
        curve.key = PublicKey::Ec { curve: "secp256r1".into(), bits: 256 };
        assert_eq!(check(&differing(curve).case()), Verdict::Pass);
        let older = sample::certificate("mail.example.org", "R98", 20);
        assert_eq!(check(&differing(older).case()), Verdict::Pass);
    }

    #[test]
    fn passes_one_certificate_and_needs_two_ports() {
        assert_eq!(check(&sample::healthy().case()), Verdict::Pass);
        assert!(matches!(check(&sample::healthy().only(993).case()), Verdict::NotApplicable(_)));
        let mut sample = sample::healthy();
        sample.diagnosis.chains.clear();
        assert!(matches!(check(&sample.case()), Verdict::Unknown(_)));
    }
}
