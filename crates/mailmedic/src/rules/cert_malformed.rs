//! A certificate in the chain breaks its format.

use super::presented::{self, good_endpoints};
use super::weigh;
use crate::certificate::read::Parts;
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-malformed",
    title: "a certificate breaks the format",
    severity: Severity::Error,
    what: "A certificate that the server sends cannot be read, or a part of it cannot.",
    why: "Clients differ in what they forgive: what one accepts, the next refuses without a useful message.",
    affected: "any client; strict ones (Thunderbird, Apple Mail) first",
    fix: "Install the certificate again from the issuer's file; if that is no better, get a new one.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.1"],
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
        return Verdict::Pass;
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
    if unreadable {
        return weigh::identity_fault(case, &at, finding);
    }
    let mut finding = finding.hurts("strict clients may refuse it");
    finding.endpoints = at.iter().map(|seen| seen.id()).collect();
    Verdict::fail(finding)
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
    use crate::certificate::Certificate;
    use crate::finding::{Severity, Verdict};
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
