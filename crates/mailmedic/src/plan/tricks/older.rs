//! The hello of a handshake before TLS 1.3, of which the first flight is in the clear.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use super::{Wishes, recipe};
use crate::job::{Offer, Stop};
use crate::observation::EndpointObservation;

/// Offers the newest version before TLS 1.3 in which the server took suites that `is` picks, and those suites.
pub(super) fn offer(
    seen: &EndpointObservation,
    wishes: &Wishes,
    is: impl Fn(CipherSuite) -> bool,
) -> Option<Offer> {
    // SSL 2 has a handshake of another kind, and its suites are numbers of another space.
    let older = ProtocolVersion::SSLv3.0..ProtocolVersion::TLSv1_3.0;
    let mut accepted = seen.suites();
    accepted.retain(|one| older.contains(&one.version) && is(CipherSuite(one.suite)));
    let newest = accepted.iter().map(|one| one.version).max()?;
    let suites = accepted.iter().filter(|one| one.version == newest).map(|one| CipherSuite(one.suite));
    let name = wishes.server_name.clone();
    Some(recipe::offer(ProtocolVersion(newest), suites.collect(), name, Stop::KeyExchange))
}
