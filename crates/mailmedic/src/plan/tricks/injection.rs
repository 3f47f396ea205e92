//! A command in the same breath as STARTTLS (CVE-2011-0411).

use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion};

use crate::endpoint::{Place, Security};
use crate::job::{Attempt, Offer, Stop};
use crate::observation::{EndpointObservation, TlsEnd, Trick};
use crate::plan::Wishes;

/// One connection, where TLS follows a dialogue in clear text over a network, and a handshake was completed:
/// only inside one can an answer be read.
pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let upgraded = seen.polite().filter(|session| session.security == Security::Starttls);
    let Some(tls) = upgraded.and_then(|session| session.tls.as_ref()) else { return Vec::new() };
    if tls.end != TlsEnd::Completed || matches!(seen.endpoint.place, Place::Unix(_)) {
        return Vec::new();
    }
    let offer = Offer {
        version: tls.version.map_or(ProtocolVersion::TLSv1_2, ProtocolVersion),
        suites: tls.suite.map(CipherSuite).into_iter().collect(),
        groups: tls.group.map(NamedGroup).into_iter().collect(),
        signature_schemes: Vec::new(),
        server_name: wishes.server_name.clone(),
        stop: Stop::ServerHello,
        curious: false,
    };
    vec![Attempt::new(Trick::Injection, offer)]
}
