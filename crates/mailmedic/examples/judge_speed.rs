//! How many chains a second are judged, and how much memory that takes: `cargo run --release --example judge_speed [N]`.
//!
//! Makes N (default 10,000) targets, each with one port and a certificate of its own under one of ten intermediates;
//! then judges the stored observation twice: the chains alone, and with all rules up to the report.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it measures and tells")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mailmedic::bytes::{Bytes, Fingerprint};
use mailmedic::chain;
use mailmedic::endpoint::{Endpoint, Place, Protocol, Role, Security, Source};
use mailmedic::judge::{Judging, judge};
use mailmedic::name::Host;
use mailmedic::observation::{
    Ask, Connect, Depth, EndpointObservation, Examination, Observation, SCHEMA, Session, Settings,
    TargetKind, Tls, TlsEnd, Trust,
};
use mailmedic::policy;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

fn main() {
    let count: usize = std::env::args().nth(1).map_or(10_000, |count| count.parse().unwrap());
    let observation = observe(count);
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    println!("{count} chains; before judging {} MB", peak());

    let (begun, mut memory) = (Instant::now(), chain::Memory::default());
    let mut ways = 0;
    for seen in &observation.targets {
        ways += chain::diagnose_remembering(seen, now, &mut memory).chains[0].ways.len();
    }
    tell("chains alone", count, begun.elapsed());
    assert_eq!(ways, count);

    let begun = Instant::now();
    let judging = Judging { policy: &policy::MAIL, now, select: Vec::new(), ignore: Vec::new() };
    let report = judge(&observation, &judging);
    tell("with all rules and the report", count, begun.elapsed());
    assert_eq!(report.targets.len(), count);
}

fn tell(what: &str, count: usize, took: Duration) {
    println!("{what}: {:.0} a second; most memory {} MB", count as f64 / took.as_secs_f64(), peak());
}

/// Returns the most memory that this process has had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn params(name: &str, is_ca: bool) -> CertificateParams {
    let mut params = CertificateParams::new(if is_ca { Vec::new() } else { vec![name.to_owned()] }).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2026, 11, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 30);
    params.use_authority_key_identifier_extension = true;
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    } else {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    }
    params
}

fn observe(count: usize) -> Observation {
    let root_key = KeyPair::generate().unwrap();
    let root_params = params("Root", true);
    let root = root_params.self_signed(&root_key).unwrap().der().to_vec();
    let root_issuer = Issuer::from_params(&root_params, &root_key);
    let issuers: Vec<_> = (0..10)
        .map(|number| {
            let (params, key) = (params(&format!("Issuer {number}"), true), KeyPair::generate().unwrap());
            let der = params.signed_by(&key, &root_issuer).unwrap().der().to_vec();
            (params, key, der)
        })
        .collect();
    let leaf_key = KeyPair::generate().unwrap();
    let targets = (0..count)
        .map(|number| {
            let (issuer_params, issuer_key, issuer) = &issuers[number % issuers.len()];
            let name = format!("mx{number}.example.org");
            let by = Issuer::from_params(issuer_params, issuer_key);
            let leaf = params(&name, false).signed_by(&leaf_key, &by).unwrap().der().to_vec();
            target(&name, vec![leaf, issuer.clone()], &root)
        })
        .collect();
    let settings = Settings {
        depth: Depth::Standard,
        ehlo: "mailmedic.example".to_owned(),
        offline: true,
        timeout_ms: 1,
        again: Vec::new(),
    };
    let version = mailmedic::VERSION.to_owned();
    Observation { schema: SCHEMA.to_owned(), version, taken: Timestamp::UNIX_EPOCH, settings, targets }
}

fn target(name: &str, served: Vec<Vec<u8>>, root: &[u8]) -> Examination {
    let host = Host::new(name).unwrap();
    let mut seen = EndpointObservation::new(Endpoint {
        host: host.clone(),
        port: 993,
        place: Place::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 993))),
        protocol: Protocol::Imap,
        security: Security::Implicit,
        role: Role::Access,
        sources: vec![Source::Named],
    });
    let prints: Vec<Fingerprint> = served.iter().map(|der| Fingerprint::of(der)).collect();
    seen.sessions.push(Session {
        ask: Ask::Polite,
        security: Security::Implicit,
        connect: Connect::Open,
        plain: None,
        tls: Some(Tls {
            end: TlsEnd::Completed,
            version: Some(0x0304),
            certificates: prints.clone(),
            ..Tls::default()
        }),
        inside: None,
        offered: None,
        reaction: None,
        begun_ms: 1,
        hello_ms: 0,
        millis: 2,
    });
    Examination {
        input: name.to_owned(),
        kind: TargetKind::Host,
        host: Some(host),
        depth: Depth::Standard,
        dns: Vec::new(),
        domain: None,
        fetches: Vec::new(),
        endpoints: vec![seen],
        certificates: prints.into_iter().zip(served.into_iter().map(Bytes)).collect(),
        trust: Trust { public: true, given: vec![Bytes(root.to_vec())], system: Vec::new() },
        interrupted: false,
        millis: 1,
    }
}
