//! A server that shows one chain and of which nothing else is known: what tests of whole chains start from.

use std::net::{Ipv4Addr, SocketAddr};

use mailmedic::bytes::{Bytes, Fingerprint};
use mailmedic::endpoint::{Endpoint, Place, Protocol, Role, Security, Source};
use mailmedic::name::Host;
use mailmedic::observation::{
    Ask, Connect, Depth, EndpointObservation, Examination, Session, TargetKind, Tls, TlsEnd, Trust,
};

/// Returns what was seen of an IMAP server with this name that serves these certificates (DER), to be judged by these roots.
pub(crate) fn examination(host: &Host, served: Vec<Vec<u8>>, trust: Trust) -> Examination {
    let prints: Vec<Fingerprint> = served.iter().map(|der| Fingerprint::of(der)).collect();
    let mut seen = EndpointObservation::new(Endpoint {
        host: host.clone(),
        port: 993,
        place: Place::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 993))),
        protocol: Protocol::Imap,
        security: Security::Implicit,
        role: Role::Access,
        sources: vec![Source::Named],
    });
    seen.sessions.push(Session {
        ask: Ask::Polite,
        security: Security::Implicit,
        connect: Connect::Open,
        plain: None,
        tls: Some(Tls {
            server_name: host.name().map(|name| name.as_ascii().to_owned()),
            end: TlsEnd::Completed,
            version: Some(0x0304),
            suite: Some(0x1301),
            certificates: prints.clone(),
            ..Tls::default()
        }),
        inside: None,
        offered: None,
        reaction: None,
        begun_ms: 1,
        hello_ms: 0,
        hello_length: 0,
        millis: 2,
    });
    Examination {
        input: host.to_string(),
        kind: TargetKind::Host,
        host: Some(host.clone()),
        depth: Depth::Standard,
        look: Default::default(),
        dns: Vec::new(),
        domain: None,
        fetches: Vec::new(),
        statuses: Vec::new(),
        endpoints: vec![seen],
        certificates: prints.into_iter().zip(served.into_iter().map(Bytes)).collect(),
        trust,
        interrupted: false,
        millis: 1,
    }
}
