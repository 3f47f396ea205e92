//! How a server takes records in CBC mode that are wrong; once more where that looks like a fault.

use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::Mode;

use super::super::Wishes;
use super::tls12;
use crate::job::Attempt;
use crate::observation::{Ask, EndpointObservation, TlsEnd, Trick};

pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let Some(mut offer) = tls12::offer(seen, wishes, is_cbc) else { return Vec::new() };
    // Where no handshake can be completed, four more that cannot would tell nothing.
    let ticket = seen.session(Ask::Try(Trick::Ticket)).and_then(|session| session.tls.as_ref());
    if ticket.is_none_or(|tls| tls.end != TlsEnd::Completed) {
        return Vec::new();
    }
    // All ways are tried with one suite, so that they can be compared: with that of the first, once it is known.
    let first = (0..4).find_map(|way| seen.session(Ask::Try(Trick::Padding(way)))?.tls.as_ref()?.suite);
    offer.suites = first.map(CipherSuite).or(offer.suites.first().copied()).into_iter().collect();
    let mut ways = vec![0, 1, 2, 3];
    if seen.padding_round(0).is_some_and(|round| round.is_suspicious()) {
        ways.extend([5, 6, 7]);
    }
    let attempt = |way| Attempt::new(Trick::Padding(way), offer.clone());
    ways.into_iter().map(attempt).collect()
}

fn is_cbc(suite: CipherSuite) -> bool {
    suite.encryption().is_some_and(|encryption| encryption.mode == Mode::Cbc)
}
