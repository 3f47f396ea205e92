//! Which endpoints a rule may judge, and how strictly.

use std::net::IpAddr;

use mailmedic_wire::names::ProtocolVersion;

use crate::endpoint::{Place, Protocol, Role, Source};
use crate::finding::{Case, Severity, Verdict};
use crate::name::Host;
use crate::observation::{Ask, Connect, EndpointObservation, MtaStsMode, Session, TalkEnd, TargetKind};
use crate::records::{Answers, tlsa};

/// Returns the first look in the expected mode, whatever came of it.
pub(in crate::rules) fn first_look(seen: &EndpointObservation) -> Result<&Session, Verdict> {
    match seen.session(Ask::Polite) {
        Some(look) => Ok(look),
        None => Err(Verdict::Unknown("it was not looked at".to_owned())),
    }
}

/// Returns the first look, if a connection came about and the server did not limit us in it.
pub(in crate::rules) fn open_look(seen: &EndpointObservation) -> Result<&Session, Verdict> {
    let session = first_look(seen)?;
    if session.connect != Connect::Open {
        return Err(Verdict::NotApplicable("the port cannot be reached"));
    }
    if seen.throttled.is_some() && !session.has_tls() && turned_away(session) {
        return Err(Verdict::Unknown("the server limits connections".to_owned()));
    }
    Ok(session)
}

/// Tells whether there is TLS to judge.
pub(in crate::rules) fn has_tls(seen: &EndpointObservation) -> Result<(), Verdict> {
    if seen.speaks().is_some() {
        return Ok(());
    }
    open_look(seen)?;
    Err(Verdict::NotApplicable("no hello was answered"))
}

/// Tells whether the server was seen to refuse every version from `oldest` up to TLS 1.2, so that faults of their
/// handshakes are impossible.
pub(in crate::rules) fn refuses_all_from(seen: &EndpointObservation, oldest: ProtocolVersion) -> bool {
    (oldest.0..ProtocolVersion::TLSv1_3.0).all(|version| seen.version(version).is_no())
}

/// Tells whether a port that does not answer is a fault, and not just a service that is not there.
pub(in crate::rules) fn is_expected(case: &Case<'_>, seen: &EndpointObservation) -> Result<(), Verdict> {
    // Which ports of a named host are in use nobody said; but one of them should answer.
    let is_host = case.seen.kind == TargetKind::Host;
    let announces = |source: &Source| match source {
        Source::Guess => false,
        Source::Named => !is_host,
        _ => true,
    };
    if seen.endpoint.sources.iter().any(announces) {
        return Ok(());
    }
    let host = &seen.endpoint.host;
    let answers = || case.seen.endpoints.iter().any(|other| other.endpoint.host == *host && other.reached());
    if is_host && !answers() {
        return Ok(());
    }
    Err(Verdict::NotApplicable("nobody announced this service"))
}

/// Returns the other addresses of the same service.
pub(in crate::rules) fn siblings<'a>(
    case: &Case<'a>,
    seen: &'a EndpointObservation,
) -> impl Iterator<Item = &'a EndpointObservation> {
    case.seen.endpoints.iter().filter(move |other| {
        let (one, two) = (&seen.endpoint, &other.endpoint);
        one.host == two.host && one.port == two.port && one.protocol == two.protocol && one.place != two.place
    })
}

/// Returns an error where the service is down, and a warning where another address of it answers.
pub(in crate::rules) fn severity_of_dead(case: &Case<'_>, seen: &EndpointObservation) -> Severity {
    if siblings(case, seen).any(EndpointObservation::reached) { Severity::Warning } else { Severity::Error }
}

/// Tells whether this machine seems to lack the network of an address family: no address of it could be
/// routed to, while the other family works or the family is IPv6.
pub(in crate::rules) fn lacks_family(case: &Case<'_>, address: IpAddr) -> bool {
    let unreachable = |other: &EndpointObservation| {
        !other.reached()
            && other.session(Ask::Polite).is_some_and(|look| matches!(look.connect, Connect::Unreachable(_)))
    };
    let mut same = case.seen.endpoints.iter().filter(|other| is_family(other, address.is_ipv6()));
    let mut other = case.seen.endpoints.iter().filter(|other| is_family(other, address.is_ipv4()));
    same.all(unreachable) && (address.is_ipv6() || other.any(EndpointObservation::reached))
}

/// Tells whether an endpoint has an address of this family.
pub(in crate::rules) fn is_family(seen: &EndpointObservation, ipv6: bool) -> bool {
    seen.endpoint.address().is_some_and(|address| address.is_ipv6() == ipv6)
}

/// Tells whether peers come with opportunistic TLS, for which weak is better than none.
pub(in crate::rules) fn is_opportunistic(seen: &EndpointObservation) -> bool {
    seen.endpoint.role == Role::Mx
}

/// Picks the severity by who connects: other servers on port 25, or people who log in.
pub(in crate::rules) fn by_role(seen: &EndpointObservation, servers: Severity, people: Severity) -> Severity {
    if is_opportunistic(seen) { servers } else { people }
}

/// Returns why senders refuse to deliver here without TLS, if they do: MTA-STS or DANE.
pub(in crate::rules) fn insistence(case: &Case<'_>, seen: &EndpointObservation) -> Option<&'static str> {
    if seen.endpoint.protocol != Protocol::Smtp {
        return None;
    }
    let Host::Name(host) = &seen.endpoint.host else { return None };
    let published = tlsa::of(&Answers::new(&case.seen.dns), host, seen.endpoint.port);
    let is_published =
        matches!(published, Ok(tlsa::Dane::Published(published)) if !published.records.is_empty());
    // Some senders heed it behind MX records that are not signed, too (RFC 7672 §2.2.1).
    if is_published {
        return Some("DANE (a TLSA record says that TLS is there)");
    }
    let is_mx = seen.endpoint.sources.iter().any(|source| matches!(source, Source::Mx | Source::ImplicitMx));
    let enforced =
        case.seen.domain.as_ref().is_some_and(|domain| domain.mta_sts == Some(MtaStsMode::Enforce));
    (is_mx && enforced).then_some("MTA-STS (the domain's policy says mode: enforce)")
}

/// Tells whether a connection stays on this machine.
pub(in crate::rules) fn is_local(seen: &EndpointObservation) -> bool {
    match &seen.endpoint.place {
        Place::Tcp(address) => address.ip().is_loopback(),
        Place::Unix(_) => true,
        Place::Files(_) => false,
    }
}

fn turned_away(session: &Session) -> bool {
    session.plain.as_ref().is_none_or(|talk| {
        matches!(
            talk.end,
            TalkEnd::Rejected { .. }
                | TalkEnd::Refused(_)
                | TalkEnd::Silent { .. }
                | TalkEnd::Closed { .. }
                | TalkEnd::Reset { .. }
                | TalkEnd::Done
        )
    })
}
