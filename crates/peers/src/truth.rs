//! What a server really accepts, so that what an examination found can be compared with it.

use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use crate::choose::{choose, usable};
use crate::personality::{Personality, Quirks, When};

impl Personality {
    /// Returns the suites that the server chooses in this version when it is offered nothing else, and all it needs
    /// beside, in the order of its list.
    ///
    /// What only a clumsy client meets (too long a hello, a poisonous suite in front) does not count; a suite that breaks
    /// the handshake wherever it is offered or chosen is not accepted.
    pub fn accepts(&self, version: ProtocolVersion) -> Vec<CipherSuite> {
        let server = self.without_fragility();
        let own = self.suites.get(&version).map_or(&[][..], Vec::as_slice);
        // One hello for all: building it takes longer than choosing.
        let mut hello = generous(version, &[]);
        let mut chosen = |suite: &CipherSuite| {
            hello.cipher_suites = vec![*suite];
            choose(&server, &hello).is_ok()
        };
        own.iter().copied().filter(|suite| chosen(suite)).collect()
    }

    /// Returns the suite that the server chooses from these in this version when it is offered all it needs beside.
    pub fn prefers(&self, version: ProtocolVersion, suites: &[CipherSuite]) -> Option<CipherSuite> {
        let choice = choose(&self.without_fragility(), &generous(version, suites)).ok()?;
        (choice.version == version).then_some(choice.suite)
    }

    /// Returns the groups that key exchanges of this version use, in the server's order.
    pub fn accepts_groups(&self, version: ProtocolVersion) -> Vec<NamedGroup> {
        let exchanges = self.accepts(version).into_iter().filter_map(CipherSuite::key_exchange);
        let (mut curves, mut fields) = (false, false);
        for exchange in exchanges {
            curves |= exchange.sends_ecdh();
            fields |= exchange.sends_dh();
        }
        let tls13 = version >= ProtocolVersion::TLSv1_3;
        let mut groups = if curves || tls13 { usable(self.groups.clone(), version) } else { Vec::new() };
        if fields && self.rfc7919 && !tls13 {
            groups.extend(
                self.groups.iter().filter(|group| group.name().is_some_and(|name| name.starts_with("ffdhe"))),
            );
        }
        groups
    }

    /// Returns the schemes that handshakes of this version are signed with when the client offers only that one.
    pub fn accepts_schemes(&self, version: ProtocolVersion) -> Vec<SignatureScheme> {
        let server = self.without_fragility();
        let suites = self.accepts(version);
        let signed = |scheme: &SignatureScheme| {
            let hello = generous(version, &suites).with(ClientExtension::SignatureAlgorithms(vec![*scheme]));
            // A suite that signs nothing may come first.
            suites.iter().any(|suite| {
                let hello = ClientHello { cipher_suites: vec![*suite], ..hello.clone() };
                choose(&server, &hello).is_ok_and(|choice| choice.scheme == Some(*scheme))
            })
        };
        self.schemes.iter().copied().filter(signed).collect()
    }

    fn without_fragility(&self) -> Self {
        let mut server = self.clone();
        server.quirks = Quirks { poison: self.quirks.poison.clone(), ..Quirks::default() };
        server.quirks.ignores_schemes = self.quirks.ignores_schemes;
        server.quirks.poison.retain(|poison| poison.when != When::First);
        server
    }
}

/// Makes a hello of this version with every group and every signature scheme.
pub fn generous(version: ProtocolVersion, suites: &[CipherSuite]) -> ClientHello {
    let hello = ClientHello::new(version, [7; 32], suites);
    if version <= ProtocolVersion::SSLv3 {
        return hello;
    }
    let hello = hello.with(ClientExtension::SupportedGroups(NamedGroup::all().to_vec()));
    if version >= ProtocolVersion::TLSv1_2 {
        hello.with(ClientExtension::SignatureAlgorithms(SignatureScheme::all().to_vec()))
    } else {
        hello
    }
}
