//! One handshake with RSA key exchange.

use mailmedic_wire::names::CipherSuite;

use super::{Part, Planner};
use crate::job::{Hello, Offer, Stop, is_completable};
use crate::observation::{Answer, Ask, TLS12, groups_at, sends_rsa};

impl Planner<'_> {
    /// Completes a handshake with RSA key exchange once the server has chosen such a suite: before, nothing shows that it can. The
    /// suites are such as are open, so that the answer brings a new one; where none is left, those that are known.
    pub(super) fn rsa_exchange(&self, version: u16) -> Option<Hello> {
        let asked = self.seen.sessions.iter().filter(|session| session.ask == Ask::RsaExchange).count();
        let given_up = self.seen.unasked.iter().any(|unasked| unasked.ask == Ask::RsaExchange);
        let is_rsa = |suite: &u16| sends_rsa(*suite) && is_completable(CipherSuite(*suite));
        let known = &self.listing.suites(version).yes;
        let busy = [Part::RsaExchange, Part::Suites].into_iter().any(|part| self.is_pending(version, part));
        if version != TLS12 || busy || given_up || asked >= MOST_EXCHANGES || !known.iter().any(sends_rsa) {
            return None;
        }
        if !matches!(self.seen.finishes_rsa(), Answer::Unknown(_)) {
            return None;
        }
        let ridden = self.ridden(version);
        let open = self.listing.open_suites(version).into_iter();
        let open: Vec<u16> = open.filter(|suite| is_rsa(suite) && !ridden.contains(suite)).collect();
        let suites = if open.is_empty() { known.iter().filter(is_rsa).collect() } else { open };
        if suites.is_empty() {
            return None;
        }
        let schemes = self.schemes_for(version, true);
        let Hello::Flight(offer) = self.hello(version, suites, groups_at(version).to_vec(), schemes) else {
            return None;
        };
        Some(Hello::Flight(Offer { stop: Stop::Finished, ..offer }))
    }
}

/// The most handshakes with RSA key exchange: one that is refused, one with what is known, and one more for each failure.
const MOST_EXCHANGES: usize = 4;
