//! How a server takes records in CBC mode that are wrong; once more where that looks like a fault.

use mailmedic_wire::names::CipherSuite;

use super::super::Wishes;
use super::tls12;
use crate::job::{Attempt, Offer};
use crate::observation::{Ask, EndpointObservation, PADDING_WAYS, TlsEnd, Trick};

pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let Some(mut offer) = tls12::offer(seen, wishes, CipherSuite::is_cbc) else { return Vec::new() };
    // Where no handshake can be completed, three more that cannot would tell nothing.
    let other = seen.session(Ask::Try(Trick::Renegotiation)).and_then(|session| session.tls.as_ref());
    if other.is_none_or(|tls| tls.end != TlsEnd::Completed) {
        return Vec::new();
    }
    // All ways are tried with one suite, so that they can be compared: with that of the first, once it is known. Some may ride with
    // others in the first round, which is seen to.
    let first = (0..PADDING_WAYS).find_map(|way| seen.padding_suite(way)).map(CipherSuite);
    offer.suites = first.or(offer.suites.first().copied()).into_iter().collect();
    let attempt = |way| Attempt::new(Trick::Padding(way), offer.clone());
    let mut attempts: Vec<Attempt> = (0..PADDING_WAYS).map(attempt).collect();
    if seen.padding_round(0).is_some_and(|round| round.is_suspicious()) {
        let suites: Vec<CipherSuite> = seen.padding_suspect().map(CipherSuite).into_iter().collect();
        let [_, last] = seen.padding_rounds();
        let ways = PADDING_WAYS..PADDING_WAYS * (last + 1);
        let offer = Offer { suites, ..offer.clone() };
        attempts.extend(ways.map(|way| Attempt::new(Trick::Padding(way), offer.clone())));
    }
    attempts
}
