//! How many chains a second are judged, and how much memory that takes:
//! `cargo run --release --example judge_speed [TARGETS [LEAVES]]`.
//!
//! Makes TARGETS (default 20,000) targets, each with one port and one polite handshake, and LEAVES (default: as many)
//! certificates under ten intermediates; then judges what was stored. Cold is a first judging: every signature is
//! checked. Warm is any later one with what came of each pair of certificates remembered; hosts that
//! share certificates come close to it. Prints one figure a line: a name and a number.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it measures and tells")]

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use mailmedic::bytes::{Bytes, Fingerprint};
use mailmedic::chain;
use mailmedic::endpoint::{Endpoint, Place, Protocol, Role, Security, Source};
use mailmedic::judge::{self, Judging, Memory};
use mailmedic::known::Lists;
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
    let mut given = std::env::args().skip(1).map(|count| count.parse::<usize>().unwrap());
    let targets = given.next().unwrap_or(20_000);
    let leaves = given.next().unwrap_or(targets).clamp(1, targets);
    let observation = observe(targets, leaves);
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let judging = Judging {
        policy: &policy::MAIL,
        now,
        select: Vec::new(),
        ignore: Vec::new(),
        lists: Lists::default(),
    };
    tell("targets", targets as f64);
    tell("leaves", leaves as f64);
    tell("megabytes-observation", peak());

    let mut memory = Memory::default();
    for name in ["chains-cold", "chains-warm"] {
        rate(name, targets, || {
            let each = observation.targets.iter();
            each.filter(|seen| chain::diagnose_remembering(seen, now, &mut memory).chains[0].ways.len() == 1)
                .count()
        });
    }
    memory = Memory::default();
    for name in ["all-rules-cold", "all-rules-warm"] {
        rate(name, targets, || {
            let mut judged = 0;
            judge::each(&observation, &judging, &mut memory, |target| {
                judged += usize::from(target.endpoints.len() == 1);
            });
            judged
        });
    }
    tell("megabytes-streamed", peak());
    drop(memory);
    let report = judge::into_report(observation, &judging);
    assert_eq!(report.targets.len(), targets);
    tell("megabytes-whole-report", peak());
}

/// Tells how many targets are judged in a second of a core's time; the work returns how many came out as they should.
fn rate(name: &str, targets: usize, work: impl FnOnce() -> usize) {
    let begun = seconds();
    assert_eq!(work(), targets);
    tell(name, targets as f64 / (seconds() - begun));
}

fn tell(name: &str, figure: f64) {
    println!("{name} {figure:.0}");
}

/// Returns the seconds that this process, which has one thread, has had of a core: others on the machine do not count.
fn seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    told.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Returns the most memory that this process has had, in MB of a million bytes.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes: Option<f64> = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kibibytes.unwrap_or_default() * 1024.0 / 1e6
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

fn observe(count: usize, leaves: usize) -> Observation {
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
    let mut targets: Vec<Examination> = Vec::with_capacity(count);
    for number in 0..count {
        let target = if number < leaves {
            let (issuer_params, issuer_key, issuer) = &issuers[number % issuers.len()];
            let name = format!("mx{number}.example.org");
            let by = Issuer::from_params(issuer_params, issuer_key);
            let leaf = params(&name, false).signed_by(&leaf_key, &by).unwrap().der().to_vec();
            target(&name, vec![leaf, issuer.clone()], &root)
        } else {
            targets[number - leaves].clone()
        };
        targets.push(target);
    }
    let settings = Settings {
        depth: Depth::Standard,
        ehlo: "mailmedic.example".to_owned(),
        offline: true,
        timeout_ms: 1,
        again: Vec::new(),
    };
    let version = mailmedic::VERSION.to_owned();
    Observation {
        schema: SCHEMA.to_owned(),
        version,
        taken: Timestamp::UNIX_EPOCH,
        settings,
        targets,
        documents: Default::default(),
    }
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
        hello_length: 0,
        millis: 2,
    });
    Examination {
        input: name.to_owned(),
        kind: TargetKind::Host,
        host: Some(host),
        depth: Depth::Standard,
        look: Default::default(),
        dns: Vec::new(),
        domain: None,
        fetches: Vec::new(),
        statuses: Vec::new(),
        endpoints: vec![seen],
        certificates: prints.into_iter().zip(served.into_iter().map(Bytes)).collect(),
        trust: Trust { public: true, given: vec![Bytes(root.to_vec())], system: Vec::new() },
        interrupted: false,
        millis: 1,
    }
}
