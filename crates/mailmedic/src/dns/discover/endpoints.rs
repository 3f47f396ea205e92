//! Services become endpoints: one for each address, each place once.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::endpoint::{Endpoint, Place, Protocol, Security, Source};
use crate::name::{Host, Name};
use crate::reach::ConnectTo;

/// A service that may exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) protocol: Protocol,
    pub(super) security: Security,
    pub(super) source: Source,
}

/// Endpoints in the order in which they were added.
pub(super) struct Endpoints<'a> {
    connect_to: &'a [ConnectTo],
    addresses: &'a BTreeMap<Name, Vec<IpAddr>>,
    list: Vec<Endpoint>,
    cut: Vec<String>,
}

impl<'a> Endpoints<'a> {
    pub(super) fn new(connect_to: &'a [ConnectTo], addresses: &'a BTreeMap<Name, Vec<IpAddr>>) -> Self {
        Self { connect_to, addresses, list: Vec::new(), cut: Vec::new() }
    }

    /// Adds a service at every address of its host, or one more source where it is there already.
    pub(super) fn add(&mut self, candidate: &Candidate) {
        let (instead, port) = ConnectTo::find(self.connect_to, &candidate.host, candidate.port);
        let addresses: &[IpAddr] = match (&instead, &candidate.host) {
            (Some(address), _) => std::slice::from_ref(address),
            (None, Host::Address(address)) => std::slice::from_ref(address),
            (None, Host::Name(name)) => self.addresses.get(name).map_or(&[], Vec::as_slice),
        };
        if addresses.len() > MOST_ADDRESSES {
            let all = addresses.len();
            self.note(format!(
                "{}: {all} addresses, the first {MOST_ADDRESSES} are examined",
                candidate.host
            ));
        }
        for address in addresses.iter().take(MOST_ADDRESSES) {
            self.add_place(candidate, Place::Tcp(SocketAddr::new(*address, port)));
        }
    }

    /// Returns the endpoints, and what was cut to keep the limits.
    pub(super) fn finish(self) -> (Vec<Endpoint>, Vec<String>) {
        (self.list, self.cut)
    }

    fn add_place(&mut self, candidate: &Candidate, place: Place) {
        let same = |old: &&mut Endpoint| {
            old.host == candidate.host
                && old.port == candidate.port
                && old.place == place
                && old.protocol == candidate.protocol
        };
        if let Some(old) = self.list.iter_mut().find(same) {
            if !old.sources.contains(&candidate.source) {
                old.sources.push(candidate.source);
                old.sources.sort_unstable();
            }
            // Sources that differ on the mode: the port's own meaning decides, what was told is kept elsewhere.
            if let Some((_, usual)) = Endpoint::well_known(old.port).filter(|row| row.0 == old.protocol)
                && candidate.security == usual
            {
                old.security = usual;
            }
            return;
        }
        if self.list.len() >= MOST_ENDPOINTS {
            self.note(format!("endpoints: more than {MOST_ENDPOINTS}; the rest is not examined"));
            return;
        }
        self.list.push(Endpoint {
            host: candidate.host.clone(),
            port: candidate.port,
            place,
            protocol: candidate.protocol,
            security: candidate.security,
            role: Endpoint::role_of(candidate.protocol),
            sources: vec![candidate.source],
        });
    }

    fn note(&mut self, text: String) {
        if !self.cut.contains(&text) {
            self.cut.push(text);
        }
    }
}

/// Addresses of one name that are examined.
const MOST_ADDRESSES: usize = 16;

/// Endpoints of one target.
const MOST_ENDPOINTS: usize = 256;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::{IpAddr, Ipv4Addr};

    use super::{Candidate, Endpoints, MOST_ADDRESSES};
    use crate::endpoint::{Protocol, Security, Source};
    use crate::name::{Host, Name};

    fn candidate(host: &str, port: u16, security: Security, source: Source) -> Candidate {
        Candidate { host: Host::new(host).unwrap(), port, protocol: Protocol::Imap, security, source }
    }

    fn addresses(host: &str, count: u32) -> BTreeMap<Name, Vec<IpAddr>> {
        let list = (0..count).map(|index| Ipv4Addr::from_bits(0xC000_0200 + index).into()).collect();
        BTreeMap::from([(Name::new(host).unwrap(), list)])
    }

    #[test]
    fn sources_of_one_place_are_merged_and_the_usual_mode_wins() {
        let known = addresses("imap.example", 2);
        let mut endpoints = Endpoints::new(&[], &known);
        endpoints.add(&candidate("imap.example", 993, Security::Starttls, Source::Autoconfig));
        endpoints.add(&candidate("imap.example", 993, Security::Implicit, Source::Srv));
        endpoints.add(&candidate("imap.example", 993, Security::Starttls, Source::Guess));
        let (list, cut) = endpoints.finish();
        assert_eq!(list.len(), 2, "one for each address");
        for endpoint in list {
            assert_eq!(endpoint.sources, [Source::Srv, Source::Autoconfig, Source::Guess]);
            assert_eq!(endpoint.security, Security::Implicit);
        }
        assert!(cut.is_empty());
    }

    #[test]
    fn other_places_replace_look_ups() {
        let rules =
            ["imap.example:993:[::1]:10993".parse().unwrap(), "other.example:::1143".parse().unwrap()];
        let known = addresses("other.example", 1);
        let mut endpoints = Endpoints::new(&rules, &known);
        endpoints.add(&candidate("imap.example", 993, Security::Implicit, Source::Named));
        endpoints.add(&candidate("imap.example", 143, Security::Starttls, Source::Named));
        endpoints.add(&candidate("other.example", 143, Security::Starttls, Source::Named));
        endpoints.add(&candidate("192.0.2.9", 143, Security::Starttls, Source::Named));
        let ids: Vec<String> = endpoints.finish().0.iter().map(|endpoint| endpoint.id().0).collect();
        assert_eq!(
            ids,
            [
                "imap.example:993/imap+implicit@::1",
                "other.example:143/imap+starttls@192.0.2.0",
                "192.0.2.9:143/imap+starttls@192.0.2.9"
            ]
        );
    }

    #[test]
    fn limits_are_kept_and_told() {
        let known = addresses("imap.example", 40);
        let mut endpoints = Endpoints::new(&[], &known);
        for port in 1..=20 {
            endpoints.add(&candidate("imap.example", port, Security::Implicit, Source::Srv));
        }
        let (list, cut) = endpoints.finish();
        assert_eq!(list.len(), 256);
        assert_eq!(
            cut,
            [
                format!("imap.example: 40 addresses, the first {MOST_ADDRESSES} are examined"),
                "endpoints: more than 256; the rest is not examined".into()
            ]
        );
    }
}
