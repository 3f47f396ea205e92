//! A ChangeCipherSpec before there are keys, for every server that speaks something older than TLS 1.3.

use super::{Wishes, older};
use crate::job::Attempt;
use crate::observation::{EndpointObservation, Trick};

pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let offer = older::offer(seen, wishes, |_| true);
    offer.map(|offer| Attempt::new(Trick::EarlyChangeCipherSpec, offer)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

    use super::wanted;
    use crate::observation::{Ask, Depth, Tls, TlsEnd};
    use crate::plan::Wishes;
    use crate::sample;

    #[test]
    fn it_begins_with_the_newest_version_before_tls13() {
        let wishes = Wishes { depth: Depth::Full, server_name: None };
        let mut seen = sample::endpoint(993, &[]);
        for (version, suite) in [(0x0300, 0x0005), (0x0301, 0x002F), (0x0002, 0x0001)] {
            let tls =
                Tls { end: TlsEnd::Answered, version: Some(version), suite: Some(suite), ..Tls::default() };
            let session = sample::session(&seen.endpoint, Ask::Version(version), tls);
            seen.sessions.push(session);
        }
        assert_eq!(wanted(&seen, &wishes)[0].offer.version, ProtocolVersion::TLSv1_2);
        seen.sessions.retain(|session| session.ask != Ask::Version(0x0303));
        let offer = wanted(&seen, &wishes).remove(0).offer;
        assert_eq!(
            (offer.version, &offer.suites[..]),
            (ProtocolVersion::TLSv1_0, &[CipherSuite(0x002F)][..])
        );
        seen.sessions.retain(|session| !matches!(session.ask, Ask::Version(0x0300 | 0x0301)));
        assert_eq!(wanted(&seen, &wishes), []);
    }
}
