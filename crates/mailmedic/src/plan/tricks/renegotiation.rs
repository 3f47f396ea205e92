//! Whether the server gives session tickets, and whether a client may begin a second handshake; TLS 1.3 has none (RFC 8446 §4.1.2).

use super::super::Wishes;
use super::tls12;
use crate::job::Attempt;
use crate::observation::{EndpointObservation, Trick};

pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let offer = tls12::offer(seen, wishes, |_| true);
    offer.map(|offer| Attempt::new(Trick::Renegotiation, offer)).into_iter().collect()
}
