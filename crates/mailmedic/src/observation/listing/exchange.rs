//! Whether a server finishes what it begins: key exchanges whose secret is encrypted to its RSA key.
//!
//! With such a suite the first flight holds nothing that the server made for this handshake: that it has the key, and may use it so, shows only at the
//! end. OpenSMTPD 7.4 on OpenSSL 3 chooses these suites and then cannot decrypt.

use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::{Listing, TLS13, VERSIONS, suite_traits, suites_at};
use crate::observation::{Accepted, Answer, Ask, EndpointObservation, Session, TlsEnd};

/// How many handshakes must fail before all suites with RSA key exchange count as unusable.
const FAILURES: usize = 2;

/// Tells whether the client of a suite encrypts the secret to the RSA key of the server's certificate.
pub fn sends_rsa(suite: u16) -> bool {
    suite_traits(suite).is_some_and(|traits| traits.family.0 == Some(KeyExchange::Rsa))
}

impl EndpointObservation {
    /// Returns whether handshakes with RSA key exchange come to their end: yes, if one did; no, if several broke off after
    /// the server had chosen such a suite, while it completed another handshake.
    pub fn finishes_rsa(&self) -> Answer {
        let tried = self.sessions.iter().filter(|session| session.ask == Ask::RsaExchange);
        let ends = tried.filter(|session| chose_rsa(session)).filter_map(|session| session.tls.as_ref());
        if ends.clone().any(|tls| tls.end == TlsEnd::Completed) {
            return Answer::Yes;
        }
        // Of one that stands at `Answered` our own client was not able.
        let failed = ends.filter(|tls| tls.end != TlsEnd::Answered).count();
        let completes =
            |session: &Session| session.tls.as_ref().is_some_and(|tls| tls.end == TlsEnd::Completed);
        if failed >= FAILURES && self.sessions.iter().any(completes) {
            return Answer::No;
        }
        Answer::Unknown("no handshake with RSA key exchange was completed".to_owned())
    }

    /// Returns the suites that the server chose though no handshake with them comes to its end.
    pub fn unusable_suites(&self) -> Vec<Accepted> {
        if !self.finishes_rsa().is_no() {
            return Vec::new();
        }
        let chosen = self.sessions.iter().filter_map(|session| session.tls.as_ref()).filter_map(|tls| {
            Some(Accepted { version: tls.version?, suite: tls.suite.filter(|suite| sends_rsa(*suite))? })
        });
        let mut suites: Vec<Accepted> = chosen.collect();
        suites.sort_unstable();
        suites.dedup();
        suites
    }
}

fn chose_rsa(session: &Session) -> bool {
    session.tls.as_ref().is_some_and(|tls| tls.version.is_some() && tls.suite.is_some_and(sends_rsa))
}

impl Listing {
    /// Settles suites with RSA key exchange where no handshake with them comes to its end: what was not chosen yet need not
    /// be asked for.
    pub(super) fn settle_rsa(&mut self) {
        if !self.rsa_unfinished {
            return;
        }
        for version in VERSIONS.into_iter().filter(|version| *version != TLS13) {
            let proven = self.suites.entry(version).or_default();
            for traits in suites_at(version).filter(|traits| sends_rsa(traits.suite)) {
                proven.refuse(traits.suite);
            }
        }
    }

    /// Takes suites that were chosen and cannot be used for refused ones, once nothing is drawn from them any more.
    pub(super) fn drop_rsa(&mut self) {
        for proven in self.suites.values_mut() {
            let dropped: Vec<u16> = proven.yes.iter().filter(|suite| sends_rsa(*suite)).collect();
            proven.yes.retain(|suite| !sends_rsa(suite));
            proven.no.extend(dropped);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::observation::{Answer, Ask, EndpointObservation, Tls, TlsEnd};
    use crate::sample;

    fn tried(ends: &[TlsEnd]) -> EndpointObservation {
        let mut seen = sample::endpoint(993, &[]);
        for end in ends {
            let tls = Tls { end: end.clone(), version: Some(0x0303), suite: Some(0x009C), ..Tls::default() };
            let session = sample::session(&seen.endpoint, Ask::RsaExchange, tls);
            seen.sessions.push(session);
        }
        seen
    }

    #[test]
    fn one_success_proves_it_and_two_failures_the_contrary() {
        let finishes = |ends: &[TlsEnd]| tried(ends).finishes_rsa();
        assert!(finishes(&[TlsEnd::Alert, TlsEnd::Completed, TlsEnd::Closed]).is_yes());
        assert!(finishes(&[TlsEnd::Alert, TlsEnd::Reset]).is_no());
        for open in [&[][..], &[TlsEnd::Alert], &[TlsEnd::Answered, TlsEnd::Answered]] {
            assert!(matches!(finishes(open), Answer::Unknown(_)), "{open:?}");
        }
    }

    #[test]
    fn a_server_that_completes_nothing_says_nothing_of_rsa() {
        let mut seen = tried(&[TlsEnd::Alert, TlsEnd::Alert]);
        assert_eq!(seen.unusable_suites().len(), 1);
        assert!(!seen.suites().iter().any(|accepted| accepted.suite == 0x009C));
        seen.sessions.retain(|session| session.ask == Ask::RsaExchange);
        assert!(matches!(seen.finishes_rsa(), Answer::Unknown(_)));
        assert!(seen.suites().iter().any(|accepted| accepted.suite == 0x009C));
    }
}
