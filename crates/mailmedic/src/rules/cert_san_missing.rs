//! The certificate has no subject alternative names.

use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-san-missing",
    title: "the certificate has no subject alternative names",
    severity: Severity::Error,
    what: "The certificate names its server at most in the common name of the subject, not in the subject \
           alternative names.",
    why: "The common name has not counted since RFC 9525; most clients do not look at it any more.",
    affected: "Thunderbird, Apple Mail and programs in Go or Rust refuse; OpenSSL, GnuTLS and Java still accept.",
    fix: "Get a certificate that has the server's name as a DNS name among its subject alternative names.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 9525 §2", "RFC 5280 §4.2.1.6"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let leaf = presented.leaf;
    if leaf.version < 3 && !presented.is_self_made() {
        return Verdict::NotApplicable("it is of a version without extensions: cert-malformed judges it");
    }
    match &leaf.names {
        Some(names) if !names.dns.is_empty() || !names.addresses.is_empty() => return Verdict::Pass,
        None if !leaf.problems.is_empty() => {
            return Verdict::Unknown("the extensions of the certificate could not all be read".to_owned());
        }
        _ => {}
    }
    let cause = match &leaf.common_name {
        Some(name) => format!(
            "The certificate has {} only as common name and no subject alternative names, where clients look.",
            presented::shown(name)
        ),
        None => "The certificate has neither subject alternative names nor a common name.".to_owned(),
    };
    let finding = presented
        .finding("the certificate has no subject alternative names", cause)
        .evidence("common_name", leaf.common_name.as_deref().map(presented::text))
        .change(presented.renewal());
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::check;
    use crate::certificate::AlternativeNames;
    use crate::finding::{Change, Verdict};
    use crate::sample;

    #[test]
    fn one_name_or_address_is_enough() {
        let mut sample = sample::healthy();
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        let addresses = vec![IpAddr::from([192, 0, 2, 1])];
        sample.leaf().names = Some(AlternativeNames { addresses, ..AlternativeNames::default() });
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn fails_without_the_extension_and_without_a_name_in_it() {
        for names in [None, Some(AlternativeNames { others: 1, ..AlternativeNames::default() })] {
            let mut sample = sample::healthy();
            sample.leaf().names = names;
            let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
            assert!(findings[0].cause.contains("mail.example.org only as common name"));
            let names = vec!["mail.example.org".into()];
            assert_eq!(findings[0].change, Some(Change::RenewCertificate { names }));
        }
    }

    #[test]
    fn unknown_when_the_extensions_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().names = None;
        sample.leaf().problems = vec!["an extension cannot be read".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
