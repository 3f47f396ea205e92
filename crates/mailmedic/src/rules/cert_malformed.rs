//! A certificate in the chain breaks its format.

use super::presented::{self, Presented, good_endpoints};
use super::{path, weigh};
use crate::certificate::extension;
use crate::certificate::read::Parts;
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::{FaultKind, ServedChain, WayEnd};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::identity::{covers, malformed_for};
use crate::observation::EndpointObservation;
use crate::trust::Store;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-malformed",
    title: "a certificate breaks the format",
    severity: Severity::Error,
    what: "A certificate that the server sends cannot be read, or a part of it cannot; or it is not as RFC 5280 and the \
           Baseline Requirements ask issuers to make it.",
    why: "Clients differ in what they forgive: what one accepts, the next refuses without a useful message.",
    affected: "any client; strict ones (Thunderbird, Apple Mail) first",
    fix: "Install the certificate again from the issuer's file; if that is no better, get a new one.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.1", "RFC 5280 §4.2", "CA/Browser Forum Baseline Requirements §7.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    let at = good_endpoints(case, chain);
    if at.is_empty() {
        return Verdict::NotApplicable("only clients that send no server name are shown this chain");
    }
    let mut problems: Vec<String> = Vec::new();
    let mut unreadable = false;
    for (index, fingerprint) in chain.served.iter().enumerate() {
        let place = if index == 0 {
            "the certificate".to_owned()
        } else {
            format!("certificate number {}", index + 1)
        };
        match case.diagnosis.certificates.get(fingerprint) {
            Some(certificate) => {
                unreadable |= is_lost(certificate);
                problems.extend(
                    certificate
                        .problems
                        .iter()
                        .take(MOST)
                        .map(|problem| format!("{place}: {}", presented::text(problem))),
                );
            }
            None if case.seen.certificates.contains_key(fingerprint) => {
                unreadable = true;
                problems.push(format!("{place}: it cannot be read at all"));
            }
            None => return Verdict::Unknown("the bytes of a certificate are not there".to_owned()),
        }
    }
    if problems.is_empty() {
        return match case.diagnosis.leaf(chain) {
            Some(leaf) if leaf.version < 3 => presented::judge(case, chain, old_version),
            _ => breaches(case, chain),
        };
    }
    let cause =
        format!("What the server sends breaks the format of certificates: {}.", words::list(&problems));
    let mut finding =
        Finding::new(Severity::Warning, chain.leaf().to_string(), "a certificate breaks the format", cause)
            .evidence("problems", problems);
    let mut names = Vec::new();
    if let Some(leaf) = case.diagnosis.leaf(chain) {
        finding = presented::describe(finding, leaf);
        names.extend_from_slice(presented::dns_names(leaf));
    }
    if names.is_empty() {
        names = at.iter().filter_map(|seen| seen.endpoint.host.name()).map(ToString::to_string).collect();
        names.dedup();
    }
    let finding = finding.change(Change::RenewCertificate { names });
    let leaf = case.diagnosis.leaf(chain);
    let lost_name = |seen: &&EndpointObservation| {
        let host = &seen.endpoint.host;
        leaf.is_some_and(|leaf| !covers(leaf, host) && malformed_for(leaf, host).is_some())
    };
    if unreadable || at.iter().any(lost_name) {
        return weigh::identity_fault(case, &at, finding);
    }
    let mut finding = finding.hurts("strict clients may refuse it");
    finding.endpoints = at.iter().map(|seen| seen.id()).collect();
    Verdict::fail(finding)
}

/// Tells that the leaf is of a version without extensions.
fn old_version(presented: &Presented<'_>) -> Verdict {
    if presented.is_self_made() {
        return Verdict::NotApplicable("it is self-signed: cert-self-signed judges it");
    }
    let cause = format!(
        "The certificate is of X.509 version {}, which has no extensions: it can bear neither the alternative names nor \
         the usages that clients look for.",
        presented.leaf.version
    );
    let finding = presented
        .finding("the certificate is of an X.509 version without extensions", cause)
        .evidence("version", presented.leaf.version)
        .change(presented.renewal());
    presented.identity_fault(finding)
}

/// Tells which demands for form the leaf and the intermediates break that no client checks.
fn breaches(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, |presented| {
        if presented.is_self_made() {
            return Verdict::Pass;
        }
        let is_public = is_public(presented);
        let mut told = Vec::new();
        for (kind, one) in path::faults(presented).into_iter().flatten() {
            // Roots are as they are, and clients have them.
            let FaultKind::Nonconforming(breach) = kind else { continue };
            if one.subject_der != one.issuer_der && (is_public || !breach.binds_public_only()) {
                told.push(format!("{}: {}", path::called(presented, one), breach.words()));
            }
        }
        if told.is_empty() {
            return Verdict::Pass;
        }
        told.truncate(MOST);
        let cause = format!(
            "A demand for the form of certificates is broken, which issuers must keep and clients hardly check: {}.",
            words::list(&told)
        );
        let mut finding = presented
            .finding("a certificate is not as issuers must make them", cause)
            .hurts("few clients; a public issuer has to revoke such a certificate")
            .evidence("breaches", told)
            .change(presented.renewal());
        finding.severity = Severity::Note;
        presented.fault(finding)
    })
}

/// Tells whether the issuer is a public one, which the Baseline Requirements bind.
fn is_public(presented: &Presented<'_>) -> bool {
    let ends_public = presented.chain.best().is_some_and(|way| match &way.end {
        WayEnd::Anchor(stores) => stores.iter().any(|store| !matches!(store, Store::Given | Store::System)),
        WayEnd::OwnIssuer | WayEnd::Open => false,
    });
    ends_public || extension::is_publicly_issued(presented.leaf)
}

/// Tells whether no client can use a certificate, however much it forgives.
fn is_lost(certificate: &Certificate) -> bool {
    let parts = Parts::read(&certificate.der);
    let incomplete = [parts.serial, parts.issuer, parts.subject, parts.signature].contains(&None)
        || parts.algorithm.is_none()
        // OpenSSL gives up the handshake for these, whatever it verifies.
        || parts.trailing;
    incomplete
        || certificate.key == PublicKey::Unreadable
        || certificate.not_before.is_none()
        || certificate.not_after.is_none()
}

/// So many problems of one certificate are told.
const MOST: usize = 5;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::{AlternativeNames, Breach, Certificate};
    use crate::diagnosis::{Fault, FaultKind, WayEnd};
    use crate::finding::{Severity, Verdict};
    use crate::sample;
    use crate::trust::{Store, Stores};

    #[test]
    fn a_small_problem_warns() {
        let mut sample = sample::healthy();
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.leaf().problems = vec!["the serial number is \u{1b} negative".into()];
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Warning);
        assert!(findings[0].cause.contains("the certificate: the serial number is \\x1b negative"));
    }

    #[test]
    fn what_only_issuers_must_heed_is_a_note() {
        let with = |at, breach, end: Option<WayEnd>| {
            let mut sample = sample::healthy().only(993);
            let way = &mut sample.diagnosis.chains[0].ways[0];
            way.faults = vec![Fault { at, kind: FaultKind::Nonconforming(breach) }];
            way.end = end.unwrap_or_else(|| way.end.clone());
            sample.chains(check).remove(0)
        };
        let private = || Some(WayEnd::Anchor(Stores::of(&[Store::Given])));
        let Verdict::Fail(findings) = with(0, Breach::SerialZero, private()) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Note);
        assert!(findings[0].cause.contains("the certificate: the serial number is zero"));
        assert!(matches!(with(1, Breach::SubjectKeyMissing, None), Verdict::Fail(_)));
        // Roots are as they are, and public demands do not bind a company's CA.
        assert_eq!(with(2, Breach::SubjectKeyMissing, None), Verdict::Pass);
        assert!(matches!(with(0, Breach::NameIsInternal, None), Verdict::Fail(_)));
        assert_eq!(with(0, Breach::NameIsInternal, private()), Verdict::Pass);
    }

    #[test]
    fn an_old_version_is_an_error_where_people_log_in() {
        let mut sample = sample::healthy().only(993);
        sample.leaf().version = 1;
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Error);
        assert!(findings[0].cause.starts_with("The certificate is of X.509 version 1"));
    }

    #[test]
    fn a_name_that_is_lost_by_its_form_is_an_error() {
        let mut sample = sample::healthy().only(993);
        let dns = vec!["mail..example.org".into()];
        sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        sample.leaf().problems = vec!["the DNS name mail..example.org has an empty label".into()];
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Error);
    }

    #[test]
    fn what_cannot_be_read_at_all_is_refused() {
        let mut sample = sample::healthy().only(993);
        let leaf = sample.diagnosis.chains[0].leaf();
        sample.diagnosis.certificates.remove(&leaf);
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Error);
        let mut damaged = sample::healthy().only(993);
        *damaged.leaf() = Certificate::read(b"\x1b[2J");
        let Verdict::Fail(findings) = damaged.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Error);
        sample.seen.certificates.clear();
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
