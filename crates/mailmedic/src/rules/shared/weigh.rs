//! How much it matters on an endpoint that a certificate proves nothing.
//!
//! People's mail programs refuse or warn. Mail servers that deliver to port 25 take any certificate, unless
//! MTA-STS (RFC 8461) or DANE (RFC 7672) tells them to verify.

use crate::endpoint::{Protocol, Role, Source};
use crate::finding::{Case, Finding, Severity, Verdict};
use crate::name::Host;
use crate::observation::{EndpointObservation, MtaStsMode};
use crate::records::{Answers, tlsa};

/// Who verifies the certificates of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) enum Verifier {
    /// Mail programs of people.
    Clients,
    /// Sending mail servers that obey an MTA-STS policy in mode enforce.
    MtaSts,
    /// Sending mail servers that use DANE, whose records name an issuer (usage 2), so that names and dates count.
    DaneIssuer,
    /// Sending mail servers that use DANE, whose records name the key (usage 3), so that nothing else counts.
    DaneKey,
    /// Few sending mail servers, since nothing tells them to.
    Few,
    /// The mail server that hands mail over by LMTP.
    Delivery,
}

impl Verifier {
    fn severity(self) -> Severity {
        match self {
            Self::Clients | Self::MtaSts | Self::DaneIssuer => Severity::Error,
            Self::DaneKey | Self::Few | Self::Delivery => Severity::Warning,
        }
    }

    fn hurts(self) -> &'static str {
        match self {
            Self::Clients => "Thunderbird, Apple Mail, Outlook and K-9 refuse or warn",
            Self::MtaSts => {
                "Gmail, Microsoft 365 and other senders that honour MTA-STS keep the mail in their queue"
            }
            Self::DaneIssuer => {
                "senders that use DANE (Postfix, Exim, Microsoft 365) keep the mail in their queue"
            }
            Self::DaneKey | Self::Few => {
                "senders that are set to verify, such as Postfix at level secure; the others deliver anyway"
            }
            Self::Delivery => "the mail server that delivers here, if it is set to verify",
        }
    }

    fn sentence(self, case: &Case<'_>) -> &'static str {
        match self {
            Self::Clients | Self::Delivery => "",
            Self::MtaSts => {
                " The domain's MTA-STS policy is in mode enforce: it forbids senders to deliver to such a server."
            }
            Self::DaneIssuer => {
                " The TLSA records for port 25 name an issuer (usage 2): senders that use DANE check the whole \
                 chain, the name and the dates."
            }
            Self::DaneKey => {
                " On port 25 senders that use DANE look only at the key that the TLSA records name (usage 3), and \
                 most others deliver without checking."
            }
            Self::Few => match case.seen.domain.as_ref().map(|domain| domain.mta_sts) {
                Some(Some(MtaStsMode::Testing)) => {
                    " On port 25 most senders deliver anyway: the domain's MTA-STS policy is in mode testing, so \
                     they only report it."
                }
                Some(_) => {
                    " On port 25 most senders deliver anyway: neither MTA-STS nor DANE tells them to verify."
                }
                None => {
                    " On port 25 most senders deliver anyway, unless MTA-STS or DANE tells them to verify."
                }
            },
        }
    }
}

/// Returns who verifies the certificates of an endpoint; the strictest if there are several.
pub(in crate::rules) fn verifier(case: &Case<'_>, seen: &EndpointObservation) -> Verifier {
    let endpoint = &seen.endpoint;
    if endpoint.role != Role::Mx {
        return Verifier::Clients;
    }
    if endpoint.protocol == Protocol::Lmtp {
        return Verifier::Delivery;
    }
    let is_exchanger =
        endpoint.sources.iter().any(|source| matches!(source, Source::Mx | Source::ImplicitMx));
    let mode = case.seen.domain.as_ref().and_then(|domain| domain.mta_sts);
    if is_exchanger && mode == Some(MtaStsMode::Enforce) {
        return Verifier::MtaSts;
    }
    let usages = dane_usages(case, seen);
    if usages.contains(&3) {
        Verifier::DaneKey
    } else if usages.contains(&2) {
        Verifier::DaneIssuer
    } else {
        Verifier::Few
    }
}

/// Completes a fault of identity (name, dates, trust) for each endpoint by who verifies there.
///
/// All findings bear the same key and texts that hold for all these endpoints.
pub(in crate::rules) fn identity_fault(
    case: &Case<'_>,
    at: &[&EndpointObservation],
    finding: Finding,
) -> Verdict {
    let mut verifiers: Vec<Verifier> = at.iter().map(|seen| verifier(case, seen)).collect();
    let severities: Vec<Severity> = verifiers.iter().map(|verifier| verifier.severity()).collect();
    verifiers.sort_unstable();
    verifiers.dedup();
    // Two kinds of senders may share their words.
    let mut hurts: Vec<&str> = verifiers.iter().map(|verifier| verifier.hurts()).collect();
    hurts.dedup();
    let mut whole = finding.hurts(hurts.join("; "));
    for verifier in verifiers {
        whole.cause.push_str(verifier.sentence(case));
    }
    let each = at.iter().zip(severities).map(|(seen, severity)| {
        let mut one = whole.clone().at(seen.id());
        one.severity = severity;
        one
    });
    Verdict::Fail(each.collect())
}

/// Returns the usages of the TLSA records that senders may use (RFC 7672 §3.1): signed, and 2 or 3.
fn dane_usages(case: &Case<'_>, seen: &EndpointObservation) -> Vec<u8> {
    let Host::Name(host) = &seen.endpoint.host else { return Vec::new() };
    match tlsa::of(&Answers::new(&case.seen.dns), host, seen.endpoint.port) {
        Ok(tlsa::Dane::Published(published)) => {
            let usable = published.records.iter().filter(|record| record.is_usable(SMTP));
            usable.map(|record| record.usage).collect()
        }
        _ => Vec::new(),
    }
}

/// The port whose rules hold wherever mail is handed over.
const SMTP: u16 = 25;

#[cfg(test)]
mod tests {
    use super::{Verifier, identity_fault, verifier};
    use crate::bytes::Bytes;
    use crate::finding::{Finding, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{
        DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, DomainObservation, MtaStsMode,
    };
    use crate::sample::{self, Sample};

    fn tlsa(usage: u8, state: DnsState) -> DnsAnswer {
        let record = DnsData::Tlsa { usage, selector: 1, matching: 1, data: Bytes(vec![7; 32]) };
        DnsAnswer {
            name: Name::new("_25._tcp.mail.example.org").unwrap(),
            kind: DnsType::Tlsa,
            outcome: DnsOutcome::Found { aliases: Vec::new(), records: vec![record] },
            state,
            evidence: Default::default(),
        }
    }

    fn on_port_25(sample: &Sample) -> Verifier {
        verifier(&sample.case(), &sample.seen.endpoints[0])
    }

    #[test]
    fn port_25_is_verified_where_mta_sts_or_dane_tells_to() {
        let mut sample = sample::healthy();
        assert_eq!(on_port_25(&sample), Verifier::Few);
        sample.seen.dns.push(tlsa(3, DnsState::Insecure));
        assert_eq!(on_port_25(&sample), Verifier::Few);
        *sample.seen.dns.last_mut().unwrap() = tlsa(1, DnsState::Secure);
        assert_eq!(on_port_25(&sample), Verifier::Few);
        *sample.seen.dns.last_mut().unwrap() = tlsa(2, DnsState::Secure);
        assert_eq!(on_port_25(&sample), Verifier::DaneIssuer);
        *sample.seen.dns.last_mut().unwrap() = tlsa(3, DnsState::Secure);
        assert_eq!(on_port_25(&sample), Verifier::DaneKey);
        sample.seen.domain =
            Some(DomainObservation { mta_sts: Some(MtaStsMode::Enforce), ..DomainObservation::default() });
        assert_eq!(on_port_25(&sample), Verifier::MtaSts);
    }

    #[test]
    fn each_endpoint_keeps_its_severity_and_all_share_the_text() {
        let sample = sample::healthy();
        let at = [&sample.seen.endpoints[0], &sample.seen.endpoints[3]];
        let finding = Finding::new(Severity::Note, "key", "title", "Cause.");
        let Verdict::Fail(findings) = identity_fault(&sample.case(), &at, finding) else { panic!() };
        assert_eq!(
            findings.iter().map(|one| one.severity).collect::<Vec<_>>(),
            [Severity::Warning, Severity::Error]
        );
        assert_eq!(findings[0].cause, findings[1].cause);
        assert!(findings[0].hurts.as_deref().unwrap().contains("; senders that are set to verify"));
    }
}
