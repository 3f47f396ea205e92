//! The addresses of one host present different certificates.

use super::faces::{self, Comparison};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-differs-by-address",
    title: "the addresses of one host present different certificates",
    severity: Severity::Warning,
    what: "The same service under the same name presents one certificate at one address and another at the next.",
    why: "Which address a client takes is chance: a fault that only one of them has comes and goes. Usually a \
          machine behind the name was forgotten, or IPv6 leads elsewhere.",
    affected: "the clients that happen to come to the address with the worse certificate",
    fix: "Bring the same certificate to every machine behind the name, or remove the address that is wrong.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 8461 §4.1", "RFC 7817 §3"],
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
        "the addresses of one host present different certificates",
        |one, other| {
            one.endpoint.host == other.endpoint.host
                && one.endpoint.port == other.endpoint.port
                && one.endpoint.protocol == other.endpoint.protocol
                && one.endpoint.address().is_some()
                && other.endpoint.address().is_some()
        },
        |seen| seen.endpoint.address().map_or(String::new(), |address| address.to_string()),
    );
    match comparison {
        Comparison::Nothing => Verdict::NotApplicable("there are no two addresses of one host to compare"),
        Comparison::Alike => Verdict::Pass,
        Comparison::Different(findings) => Verdict::Fail(findings),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::{Place, Security};
    use crate::finding::{Severity, Verdict};
    use crate::sample::{self, Sample};

    /// Port 993 at two addresses; the second presents this leaf.
    fn at_two_addresses(leaf: Option<crate::certificate::Certificate>) -> Sample {
        let mut sample = sample::healthy();
        let source = sample.port(993).endpoint.clone();
        let second = sample.port(995);
        second.endpoint = source;
        second.endpoint.place = Place::Tcp("[2001:db8::1]:993".parse().unwrap());
        second.endpoint.port = 995;
        if let Some(leaf) = leaf {
            sample.serve_instead(995, leaf);
        }
        sample.port(995).endpoint.port = 993;
        assert_eq!(sample.port(993).endpoint.security, Security::Implicit);
        sample
    }

    #[test]
    fn a_forgotten_machine_is_named() {
        let sample = at_two_addresses(Some(sample::certificate("old.example.org", "YR1", 80)));
        let Verdict::Fail(findings) = check(&sample.case()) else { panic!() };
        assert_eq!((findings[0].severity, findings[0].endpoints.len()), (Severity::Warning, 1));
        assert!(
            findings[0].cause.contains("2001:db8::1: \"old.example.org\" by \"YR1\""),
            "{}",
            findings[0].cause
        );
    }

    #[test]
    fn passes_the_same_certificate_and_needs_two_addresses() {
        assert_eq!(check(&at_two_addresses(None).case()), Verdict::Pass);
        assert!(matches!(check(&sample::healthy().case()), Verdict::NotApplicable(_)));
        let mut sample = sample::healthy();
        sample.diagnosis.chains.clear();
        assert!(matches!(check(&sample.case()), Verdict::Unknown(_)));
    }
}
