//! A heartbeat that lies about its length, for every server that speaks something older than TLS 1.3.

use mailmedic_wire::names::ProtocolVersion;

use super::{Wishes, older};
use crate::job::Attempt;
use crate::observation::{EndpointObservation, Trick};

pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    // SSL 3 has no extensions, and so no heartbeats.
    let offer = older::offer(seen, wishes, |_| true).filter(|offer| offer.version > ProtocolVersion::SSLv3);
    offer.map(|offer| Attempt { trick: Trick::Heartbleed, offer }).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

    use super::wanted;
    use crate::observation::{Ask, Depth, Tls, TlsEnd, Trick};
    use crate::plan::Wishes;
    use crate::sample;

    fn wishes() -> Wishes {
        Wishes { depth: Depth::Full, server_name: Some("mail.example.org".into()) }
    }

    #[test]
    fn it_begins_with_what_the_server_took_before_tls13() {
        let attempts = wanted(&sample::endpoint(993, &[]), &wishes());
        assert_eq!(attempts.len(), 1);
        assert_eq!(attempts[0].trick, Trick::Heartbleed);
        let offer = &attempts[0].offer;
        assert_eq!(
            (offer.version, &offer.suites[..]),
            (ProtocolVersion::TLSv1_2, &[CipherSuite(0xC02F)][..])
        );
        assert_eq!(offer.server_name.as_deref(), Some("mail.example.org"));
    }

    #[test]
    fn not_where_there_are_no_heartbeats() {
        let mut seen = sample::endpoint(993, &[]);
        seen.sessions.retain(|session| session.ask != Ask::Version(0x0303));
        assert_eq!(wanted(&seen, &wishes()), []);
        let ssl3 =
            Tls { end: TlsEnd::Answered, version: Some(0x0300), suite: Some(0x0005), ..Tls::default() };
        let session = sample::session(&seen.endpoint, Ask::Version(0x0300), ssl3);
        seen.sessions.push(session);
        assert_eq!(wanted(&seen, &wishes()), []);
    }
}
