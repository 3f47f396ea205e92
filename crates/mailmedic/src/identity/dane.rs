//! Which names a sender that uses DANE takes from a certificate (RFC 7672 §3.2).

use super::matches;
use crate::certificate::Certificate;
use crate::name::Name;

/// What a sender that uses DANE knows of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// The domain of the recipient, or what a route says in its place.
    pub next_hop: &'a Name,
    /// The MX host, where the MX records are signed.
    pub exchanger: Option<&'a Name>,
    /// The name whose TLSA records were found: the MX host, or what it is an alias for.
    pub tlsa_base: &'a Name,
}

impl Route<'_> {
    /// Returns the names of which the certificate must bear one, if the TLSA records name an issuer (usage 2), in the
    /// order of RFC 7672 §3.2.2. With usage 3, neither names nor dates count (§3.1.1).
    pub fn names(&self) -> Vec<&Name> {
        let mut names = vec![self.tlsa_base];
        for name in self.exchanger.into_iter().chain([self.next_hop]) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the name in a certificate that such a sender takes; none if it bears none of them.
    pub fn identify<'c>(&self, certificate: &'c Certificate) -> Option<&'c str> {
        let own = &certificate.names.as_ref()?.dns;
        let names = self.names();
        own.iter().find(|name| names.iter().any(|wanted| matches(name, wanted))).map(String::as_str)
    }

    /// Returns the server name to send (§8.2.1).
    pub fn server_name(&self) -> &Name {
        self.tlsa_base
    }
}

#[cfg(test)]
mod tests {
    use super::Route;
    use crate::name::Name;
    use crate::sample;

    #[test]
    fn the_base_the_exchanger_or_the_domain_may_be_named() {
        let name = |text: &str| Name::new(text).unwrap();
        let (hop, mx, base) = (name("example.org"), name("mx.example.org"), name("mx.hoster.example"));
        let route = Route { next_hop: &hop, exchanger: Some(&mx), tlsa_base: &base };
        assert_eq!(route.names(), [&base, &mx, &hop]);
        for own in ["example.org", "mx.example.org", "*.hoster.example"] {
            assert_eq!(route.identify(&sample::certificate(own, "R99", 80)), Some(own));
        }
        assert_eq!(route.identify(&sample::certificate("www.example.org", "R99", 80)), None);
        // Unsigned MX records name nobody.
        let unsigned = Route { exchanger: None, ..route };
        assert_eq!(unsigned.identify(&sample::certificate("mx.example.org", "R99", 80)), None);
        assert_eq!(unsigned.server_name(), &base);
        let same = Route { next_hop: &hop, exchanger: Some(&hop), tlsa_base: &hop };
        assert_eq!(same.names(), [&hop]);
    }
}
