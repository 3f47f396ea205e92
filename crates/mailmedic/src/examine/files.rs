//! Certificates in files, as if a server sent them: nothing is connected to, but missing issuers are fetched.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::watch;

use super::walk::Pace;
use super::{Options, Run, Silence};
use crate::bytes::{Bytes, Fingerprint};
use crate::endpoint::{Endpoint, Place, Protocol, Role, Security, Source};
use crate::name::Host;
use crate::observation::{
    Ask, Connect, EndpointObservation, Examination, Observation, Session, TargetKind, Tls, TlsEnd, Trust,
};

/// Certificates out of files, and in whose place they are to be judged.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The files, in the order given.
    pub files: Vec<PathBuf>,
    /// The certificates as a server would send them, as DER.
    pub certificates: Vec<Vec<u8>>,
    /// The name or address of that server.
    pub host: Host,
    /// Who connects to it.
    pub role: Role,
}

/// Examines certificates as if a server sent them; when `stop` ends, returns what is known so far.
pub async fn examine_files(
    presented: Presented,
    options: &Options,
    stop: impl Future<Output = ()>,
) -> Observation {
    let begun = Instant::now();
    let (_halt, halted) = watch::channel(false);
    let run = Arc::new(Run::new(options.clone(), Pace::POLITE, Timestamp::now(), Arc::new(Silence), halted));
    let mut seen = seen(presented, options);
    seen.statuses = run.archive.given(run.taken);
    // No server is known that the URLs of a certificate could be as near to as we are.
    let fetcher = run.fetcher(false);
    let mut stop = std::pin::pin!(stop);
    tokio::select! {
        () = run.fetch_issuers(&mut seen, &fetcher) => {}
        () = &mut stop => seen.interrupted = true,
    }
    run.add_system_roots(&mut seen);
    if !seen.interrupted {
        tokio::select! {
            () = run.fetch_statuses(&mut seen, false) => {}
            () = &mut stop => seen.interrupted = true,
        }
    }
    seen.millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    run.observation(vec![seen])
}

fn seen(presented: Presented, options: &Options) -> Examination {
    let (port, protocol, security) = match presented.role {
        Role::Mx => (25, Protocol::Smtp, Security::Starttls),
        Role::Submission => (465, Protocol::Submission, Security::Implicit),
        Role::Access => (993, Protocol::Imap, Security::Implicit),
    };
    let endpoint = Endpoint {
        host: presented.host.clone(),
        port,
        place: Place::Files(presented.files),
        protocol,
        security,
        role: presented.role,
        sources: vec![Source::Named],
    };
    let input = endpoint.label();
    let mut observation = EndpointObservation::new(endpoint);
    observation.sessions.push(Session {
        ask: Ask::Polite,
        security,
        connect: Connect::Open,
        plain: None,
        tls: Some(Tls {
            server_name: presented.host.name().map(|name| name.as_ascii().to_owned()),
            // Certificates are all that is known: no version was chosen, and nothing came after them.
            end: TlsEnd::Answered,
            certificates: presented.certificates.iter().map(|der| Fingerprint::of(der)).collect(),
            ..Tls::default()
        }),
        inside: None,
        offered: None,
        reaction: None,
        begun_ms: 0,
        hello_ms: 0,
        hello_length: 0,
        millis: 0,
    });
    Examination {
        input,
        kind: TargetKind::File,
        host: Some(presented.host),
        depth: options.depth,
        look: Default::default(),
        dns: Vec::new(),
        domain: None,
        fetches: Vec::new(),
        statuses: Vec::new(),
        endpoints: vec![observation],
        certificates: presented
            .certificates
            .into_iter()
            .map(|der| (Fingerprint::of(&der), Bytes(der)))
            .collect(),
        trust: Trust {
            public: !options.only_given_roots,
            given: options.roots.iter().cloned().map(Bytes).collect(),
            system: Vec::new(),
        },
        interrupted: false,
        millis: 0,
    }
}
