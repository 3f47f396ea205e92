//! What a server that gave a session ticket does with it.

use super::super::Wishes;
use super::tls12;
use crate::job::Attempt;
use crate::observation::{Ask, EndpointObservation, Trick};

pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let Some(offer) = tls12::offer(seen, wishes, |_| true) else { return Vec::new() };
    let given = seen.session(Ask::Try(Trick::Renegotiation)).and_then(|session| session.tls.as_ref());
    let mut tickets = given.into_iter().flat_map(|tls| &tls.tickets);
    let ticket = tickets.find_map(|ticket| ticket.bytes.clone());
    ticket
        .map(|ticket| Attempt { ticket: Some(ticket), ..Attempt::new(Trick::Ticketbleed, offer) })
        .into_iter()
        .collect()
}
