//! A certificate in the chain breaks its format.

use super::presented::{self, Presented, good_endpoints};
use super::{path, weigh};
use crate::certificate::lint::{self, Blemish};
use crate::certificate::read::Parts;
use crate::certificate::{Breach, Certificate, PublicKey};
use crate::diagnosis::{FaultKind, ServedChain};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::identity::{covers, malformed_for};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-malformed",
    title: "a certificate breaks the format",
    severity: Severity::Error,
    what: "A certificate that the server sends cannot be read, or a part of it cannot. Or its form is forbidden: a \
           serial number that is not positive or too long, an address among the DNS names; and in certificates of \
           public issuers, each from the day on which it was forbidden, a serial number that is not random, an \
           underscore, an internal name or reserved address, a common name that is not among the \
           alternative names; or another demand on issuers is broken, as for identifiers of keys.",
    why: "Clients differ in what they forgive: what one accepts, the next refuses without a useful message. What only \
          public issuers are forbidden no client minds, but the issuer has to revoke the certificate within days.",
    affected: "any client; strict ones (Thunderbird, Apple Mail) first",
    fix: "Install the certificate again from the issuer's file; if that is no better, get a new one.",
    change: Some(ChangeKind::RenewCertificate),
    references: &[
        "RFC 5280 §4.1",
        "RFC 5280 §4.1.2.2",
        "RFC 5280 §4.2",
        "RFC 5280 §4.2.1.6",
        "CA/Browser Forum Baseline Requirements §4.9.1.1",
        "CA/Browser Forum Baseline Requirements §7.1",
    ],
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
            _ => presented::judge(case, chain, form),
        };
    }
    if let Some(leaf) = case.diagnosis.leaf(chain) {
        let presented = Presented { case, chain, leaf, at: at.clone() };
        let blemishes = lint::blemishes(leaf, presented.is_public());
        problems.extend(
            blemishes.iter().map(|blemish| format!("the certificate: {}", presented::text(&blemish.what))),
        );
    }
    let is_file = at.iter().all(|seen| presented::is_file(seen));
    let what = if is_file { "What the file holds" } else { "What the server sends" };
    let cause = format!("{what} breaks the format of certificates: {}.", words::list(&problems));
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

/// Judges the form of certificates that can be read: what is forbidden, and what issuers must heed and clients hardly check.
fn form(presented: &Presented<'_>) -> Verdict {
    let blemishes = lint::blemishes(presented.leaf, presented.is_public());
    let told = |blemish: &Blemish| {
        format!("the certificate: {} ({})", presented::text(&blemish.what), blemish.source)
    };
    let mut all: Vec<String> = blemishes.iter().map(told).collect();
    all.extend(breaches(presented));
    if all.is_empty() {
        return Verdict::Pass;
    }
    all.truncate(MOST_TOLD);
    let refused = blemishes.iter().any(|blemish| blemish.refused);
    let mut cause =
        format!("The form of certificates is not as issuers must make it: {}.", words::list(&all));
    if !refused && presented.is_public() {
        cause.push_str(" No client minds, but the issuer has to revoke it once it is noticed.");
    }
    let hurts = if refused { "strict clients may refuse it" } else { "nobody for now" };
    let mut finding = presented
        .finding("a certificate breaks the format", cause)
        .hurts(hurts)
        .evidence("problems", all)
        .change(presented.renewal());
    finding.severity = if refused { Severity::Warning } else { Severity::Note };
    // Who connects by an address that stands among the DNS names finds it nowhere.
    let is_lost = |seen: &&EndpointObservation| {
        let host = &seen.endpoint.host;
        host.name().is_none()
            && !covers(presented.leaf, host)
            && malformed_for(presented.leaf, host).is_some()
    };
    let (lost, others): (Vec<_>, Vec<_>) = presented.at.iter().copied().partition(is_lost);
    if lost.is_empty() {
        return presented.fault(finding);
    }
    let rest = others.iter().map(|seen| finding.clone().at(seen.id())).collect::<Vec<_>>();
    match presented.address_fault(&lost, finding) {
        Verdict::Fail(mut findings) => {
            findings.extend(rest);
            Verdict::Fail(findings)
        }
        verdict => verdict,
    }
}

/// Tells which demands the leaf and the intermediates break that are not told as blemishes of the leaf.
fn breaches(presented: &Presented<'_>) -> Vec<String> {
    if presented.is_self_made() {
        return Vec::new();
    }
    let is_public = presented.is_public();
    let leaf = presented.leaf.fingerprint;
    // A key usage made for a CA is one fault: cert-usage-wrong.
    let has_unfit_usage =
        path::faults(presented).into_iter().flatten().any(|(kind, _)| *kind == FaultKind::KeyUsageUnfit);
    let mut told = Vec::new();
    for (kind, one) in path::faults(presented).into_iter().flatten() {
        // Roots are as they are, and clients have them.
        let FaultKind::Nonconforming(breach) = kind else { continue };
        let is_told = one.fingerprint == leaf
            && (lint::tells(*breach) || (*breach == Breach::SignsWithoutCa && has_unfit_usage));
        if one.subject_der != one.issuer_der && !is_told && (is_public || !breach.binds_public_only()) {
            told.push(format!("{}: {}", path::called(presented, one), breach.words()));
        }
    }
    told
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
/// So many faults of form are told.
const MOST_TOLD: usize = 10;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::{AlternativeNames, Breach, Certificate};
    use crate::diagnosis::{Fault, FaultKind, TrustState, WayEnd};
    use crate::endpoint::Source;
    use crate::finding::{Severity, Verdict};
    use crate::name::Host;
    use crate::sample;

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
    fn what_only_issuers_are_forbidden_is_noted() {
        let mut sample = sample::healthy();
        sample.leaf().names.as_mut().unwrap().dns.push("exchange01".into());
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!((findings[0].severity, findings[0].endpoints.len()), (Severity::Note, 7));
        assert!(findings[0].cause.contains("exchange01 is an internal name"), "{}", findings[0].cause);
        sample.diagnosis.chains[0].trust = TrustState::SelfSigned;
        sample.diagnosis.chains[0].ways[0].end = WayEnd::OwnIssuer;
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.leaf().names.as_mut().unwrap().dns.push("192.0.2.1".into());
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Warning);
        sample.leaf().problems = vec!["the version cannot be read".into()];
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert!(
            findings[0]
                .cause
                .contains("the version cannot be read and the certificate: the DNS name 192.0.2.1")
        );
    }

    #[test]
    fn what_only_issuers_must_heed_is_a_note() {
        let with = |at, breach, private| {
            let mut sample = sample::healthy().only(993);
            let way = &mut sample.diagnosis.chains[0].ways[0];
            way.faults = vec![Fault { at, kind: FaultKind::Nonconforming(breach) }];
            if private {
                sample.diagnosis.chains[0].trust =
                    TrustState::Trusted { root: "CN=Own".into(), store: "--ca-file".into() };
            }
            sample.chains(check).remove(0)
        };
        let Verdict::Fail(findings) = with(0, Breach::AuthorityKeyMissing, true) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Note);
        assert!(findings[0].cause.contains("the certificate: it lacks the authority key identifier"));
        assert!(matches!(with(1, Breach::SubjectKeyMissing, false), Verdict::Fail(_)));
        // Roots are as they are, and public demands do not bind a company's CA.
        assert_eq!(with(2, Breach::SubjectKeyMissing, false), Verdict::Pass);
        assert!(matches!(with(0, Breach::ServerUsageCritical, false), Verdict::Fail(_)));
        assert_eq!(with(0, Breach::ServerUsageCritical, true), Verdict::Pass);
        // The leaf's names are told with the name itself, if there is one.
        assert_eq!(with(0, Breach::NameIsInternal, false), Verdict::Pass);
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
    fn an_address_among_the_dns_names_is_lost_to_who_connects_by_it() {
        let mut sample = sample::healthy().only(993);
        let dns = vec!["192.0.2.1".into(), "mail.example.org".into()];
        sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        let worst = |sample: &sample::Sample| {
            let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
            (findings[0].severity, findings[0].hurts.clone().unwrap())
        };
        assert_eq!(worst(&sample), (Severity::Warning, "strict clients may refuse it".to_owned()));
        sample.seen.endpoints[0].endpoint.host = Host::new("192.0.2.1").unwrap();
        sample.seen.endpoints[0].endpoint.sources = vec![Source::Named];
        assert!(worst(&sample).1.starts_with("clients that are set up with the address"));
        sample.seen.endpoints[0].endpoint.sources = vec![Source::Srv];
        assert_eq!(worst(&sample).0, Severity::Error);
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
