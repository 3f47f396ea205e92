//! A heartbeat that lies about its length, for every server that takes heartbeats.

use mailmedic_wire::names::ProtocolVersion;

use super::{Wishes, older};
use crate::job::Attempt;
use crate::observation::{EndpointObservation, Trick};

pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    // The hellos of the listing ask for heartbeats on the way.
    if !seen.heartbeats().is_yes() {
        return Vec::new();
    }
    // SSL 3 has no extensions, and so no heartbeats.
    let offer = older::offer(seen, wishes, |_| true).filter(|offer| offer.version > ProtocolVersion::SSLv3);
    offer.map(|offer| Attempt::new(Trick::Heartbleed, offer)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

    use super::wanted;
    use crate::observation::{Ask, Depth, Tls, TlsEnd, Trick};
    use crate::plan::Wishes;
    use crate::sample;

    #[test]
    fn only_a_server_that_takes_heartbeats_gets_one() {
        let wishes = Wishes { depth: Depth::Full, server_name: Some("mail.example.org".into()) };
        let mut seen = sample::endpoint(993, &[]);
        let mut listed = Tls {
            end: TlsEnd::Answered,
            version: Some(0x0302),
            suite: Some(0x002F),
            extensions: vec![0xFF01],
            ..Tls::default()
        };
        seen.sessions.retain(|session| session.ask == Ask::Polite);
        seen.sessions.push(sample::session(&seen.endpoint, Ask::List(0x0302), listed.clone()));
        assert_eq!(wanted(&seen, &wishes), []);
        listed.extensions.push(15);
        seen.sessions.push(sample::session(&seen.endpoint, Ask::List(0x0302), listed));
        let attempts = wanted(&seen, &wishes);
        assert_eq!(attempts.iter().map(|attempt| attempt.trick).collect::<Vec<_>>(), [Trick::Heartbleed]);
        let offer = &attempts[0].offer;
        assert_eq!(
            (offer.version, &offer.suites[..]),
            (ProtocolVersion::TLSv1_1, &[CipherSuite(0x002F)][..])
        );
        assert_eq!(offer.server_name.as_deref(), Some("mail.example.org"));
    }
}
