//! Builds the report from what was seen and what the rules said of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::verdict::verdict;
use super::{
    CapabilitiesReport, CertificateReport, ChainReport, CipherReport, EndpointReport, EnumerationReport,
    FindingReport, PeerVerdict, Report, SCHEMA, Summary, TargetReport, TlsReport, UnknownReport,
};
use super::{compliance, names, records};
use crate::bytes::Fingerprint;
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::Diagnosis;
use crate::endpoint::{EndpointId, Place};
use crate::finding::{Change, Finding, Fix, Severity};
use crate::grade::Graded;
use crate::observation::{
    Accepted, EndpointObservation, Examination, Listed, Talk, TargetKind, is_broken, is_weak,
};
use crate::peer::Outcome;
use crate::policy::{Judged, Policy};
use crate::software::Software;
use crate::words;

/// All that is told of one target.
pub struct Part<'a> {
    /// What was seen.
    pub seen: &'a Examination,
    /// Its chains, looked into.
    pub diagnosis: &'a Diagnosis,
    /// The faults, worst first.
    pub findings: &'a [Finding],
    /// What could not be told: the rule, why, and where.
    pub open: Vec<(&'static str, String, Vec<EndpointId>)>,
    /// The software of each endpoint, as far as it is known.
    pub software: Vec<Option<Software>>,
    /// For each finding its cures, the best first, and the commands that show whether it is cured.
    pub fixes: Vec<(Vec<Fix>, Vec<String>)>,
    /// For each finding its sources.
    pub references: Vec<&'static [&'static str]>,
    /// The grade of each endpoint whose TLS was examined.
    pub grades: Vec<Option<Graded>>,
    /// What each kind of peer makes of each endpoint.
    pub verdicts: Vec<Vec<Outcome>>,
    /// The policy with what came of its requirements, if it has any.
    pub policy: Option<(&'a Policy, Vec<Judged>)>,
    /// The clock of the rules.
    pub now: Timestamp,
}

/// Builds the report of one target.
pub fn target(mut part: Part<'_>) -> TargetReport {
    let seen = part.seen;
    let mut fixes = std::mem::take(&mut part.fixes).into_iter();
    let findings: Vec<FindingReport> = part
        .findings
        .iter()
        .enumerate()
        .map(|(index, finding)| self::finding(&part, index, finding, fixes.next().unwrap_or_default()))
        .collect();
    let mut verdicts = std::mem::take(&mut part.verdicts).into_iter();
    let endpoints: Vec<EndpointReport> = seen
        .endpoints
        .iter()
        .enumerate()
        .map(|(index, endpoint)| {
            let software = part.software.get(index).and_then(Option::as_ref);
            let grade = part.grades.get(index).and_then(Option::as_ref);
            let asked = asked(endpoint, seen);
            let verdicts = verdicts.next().unwrap_or_default();
            EndpointReport {
                verdicts: verdicts.into_iter().map(peer).collect(),
                ..self::endpoint(endpoint, asked, part.diagnosis, software, grade, &findings)
            }
        })
        .collect();
    let unknown = std::mem::take(&mut part.open)
        .into_iter()
        .map(|(rule, why, endpoints)| UnknownReport {
            rule: rule.into(),
            why,
            endpoints: endpoints.into_iter().map(|endpoint| endpoint.0).collect(),
        })
        .collect();
    let graded = part.grades.iter().flatten();
    let worst = graded.clone().map(|graded| graded.grade).min();
    let mut because: Vec<&str> =
        graded.filter(|one| Some(one.grade) == worst).flat_map(|one| one.because.iter().copied()).collect();
    because.sort_unstable();
    because.dedup();
    // A file is one thing, and what is in it stands at its top.
    let of_file = || endpoints.iter().filter(|_| seen.kind == TargetKind::File);
    let mut report = TargetReport {
        input: seen.input.clone(),
        kind: kind(seen.kind).to_owned(),
        verdict: String::new(),
        grade: worst.map(|grade| grade.name().to_owned()),
        grade_because: because.into_iter().map(str::to_owned).collect(),
        policy: part.policy.as_ref().map(|(policy, judged)| compliance::report(policy, judged)),
        interrupted: seen.interrupted,
        connections: endpoints.iter().map(|endpoint| endpoint.connections).sum(),
        millis: seen.millis,
        certificates: of_file().flat_map(|endpoint| endpoint.certificates.clone()).collect(),
        verdicts: of_file().flat_map(|endpoint| endpoint.verdicts.clone()).collect(),
        records: records::of(seen),
        questions: records::questions(seen),
        client_names: names::of(seen, part.diagnosis),
        endpoints,
        findings,
        unknown,
    };
    report.verdict = verdict(&report, seen);
    report
}

/// Builds the whole report.
pub fn report(now: Timestamp, targets: Vec<TargetReport>) -> Report {
    let mut summary = Summary::default();
    for finding in targets.iter().flat_map(|target| &target.findings) {
        match finding.severity {
            Severity::Error => summary.error += 1,
            Severity::Warning => summary.warning += 1,
            Severity::Note => summary.note += 1,
        }
    }
    Report { schema: SCHEMA.to_owned(), version: crate::VERSION.to_owned(), now, targets, summary }
}

fn finding(
    part: &Part<'_>,
    index: usize,
    finding: &Finding,
    (fixes, verify): (Vec<Fix>, Vec<String>),
) -> FindingReport {
    let references = part.references.get(index).copied().unwrap_or_default();
    FindingReport {
        rule: finding.rule.to_owned(),
        severity: finding.severity,
        endpoints: finding.endpoints.iter().map(|endpoint| endpoint.0.clone()).collect(),
        milder: finding.milder.iter().map(|(endpoint, mild)| (endpoint.0.clone(), *mild)).collect(),
        title: finding.title.clone(),
        cause: finding.cause.clone(),
        hurts: finding.hurts.clone(),
        evidence: finding.evidence.clone(),
        fixes,
        verify,
        chain: chain(finding.change.as_ref(), part.diagnosis),
        references: references.iter().map(|source| (*source).to_owned()).collect(),
    }
}

/// Writes the full chain in PEM, if the change is to serve one and every certificate of it is at hand.
fn chain(change: Option<&Change>, diagnosis: &Diagnosis) -> Option<ChainReport> {
    let Some(Change::ServeChain { file, chain: Some(chain) }) = change else { return None };
    let mut pem = String::new();
    for fingerprint in chain {
        let der = &diagnosis.certificates.get(fingerprint)?.der;
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = STANDARD.encode(der);
        for line in text.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    (!pem.is_empty()).then(|| ChainReport { file: file.clone(), pem })
}

/// Returns the endpoint whose answers stand for this one's: mostly its own.
fn asked<'a>(endpoint: &'a EndpointObservation, seen: &'a Examination) -> &'a EndpointObservation {
    let other = endpoint.same_as.as_ref();
    other.and_then(|id| seen.endpoints.iter().find(|other| other.id() == *id)).unwrap_or(endpoint)
}

fn endpoint(
    seen: &EndpointObservation,
    asked: &EndpointObservation,
    diagnosis: &Diagnosis,
    software: Option<&Software>,
    grade: Option<&Graded>,
    findings: &[FindingReport],
) -> EndpointReport {
    let endpoint = &seen.endpoint;
    let id = endpoint.id().0;
    let worst = findings
        .iter()
        .filter(|finding| finding.endpoints.contains(&id))
        .map(|finding| finding.severity_at(&id))
        .max();
    let state = match worst {
        Some(severity) => severity.name(),
        None if seen.speaks().is_some() || matches!(endpoint.place, Place::Files(_)) => "ok",
        None => "unknown",
    };
    EndpointReport {
        id,
        host: endpoint.host.to_string(),
        address: match &endpoint.place {
            Place::Tcp(address) => address.ip().to_string(),
            Place::Unix(path) => path.display().to_string(),
            Place::Files(_) => endpoint.label(),
        },
        port: endpoint.port,
        protocol: endpoint.protocol.name().to_owned(),
        security: endpoint.security.name().to_owned(),
        speaks: seen.speaks().map(|mode| mode.name().to_owned()),
        role: endpoint.role.name().to_owned(),
        sources: endpoint.sources.iter().map(|source| source.name().to_owned()).collect(),
        reached: seen.reached(),
        connections: u32::try_from(seen.connections()).unwrap_or(u32::MAX),
        software: software.map(software_name),
        product: software.map(|software| software.product.word().to_owned()),
        state: state.to_owned(),
        grade: grade.map(|graded| graded.grade.name().to_owned()),
        grade_because: grade
            .map(|graded| graded.because.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        capabilities: capabilities(seen),
        tls: tls(asked),
        certificates: presented(seen)
            .iter()
            .map(|one| certificate(*one, diagnosis.certificates.get(one)))
            .collect(),
        verdicts: Vec::new(),
    }
}

fn peer(outcome: Outcome) -> PeerVerdict {
    PeerVerdict {
        peer: outcome.peer.id.into(),
        name: outcome.peer.short.into(),
        verdict: outcome.answer.name().into(),
        because: outcome.because.into_iter().map(Into::into).collect(),
        why: outcome.why,
    }
}

fn software_name(software: &Software) -> String {
    match &software.version {
        Some(version) => format!("{} {}", software.product.title(), words::escape(version, 20)),
        None => software.product.title().to_owned(),
    }
}

/// Compares what a server announces in clear text, where somebody may have meddled, with what it says inside TLS.
fn capabilities(seen: &EndpointObservation) -> CapabilitiesReport {
    let Some(session) = seen.polite() else { return CapabilitiesReport::default() };
    let told = |talk: Option<&Talk>| talk.and_then(|talk| talk.capabilities.clone());
    let (before_tls, inside_tls) = (told(session.plain.as_ref()), told(session.inside.as_ref()));
    let only = |here: &Option<Vec<String>>, there: &Option<Vec<String>>| match (here, there) {
        (Some(here), Some(there)) => here.iter().filter(|word| !there.contains(word)).cloned().collect(),
        _ => Vec::new(),
    };
    CapabilitiesReport {
        only_before_tls: only(&before_tls, &inside_tls),
        only_inside_tls: only(&inside_tls, &before_tls),
        before_tls,
        inside_tls,
    }
}

fn tls(seen: &EndpointObservation) -> TlsReport {
    let ciphers = seen.suites().into_iter().filter(|seen| seen.version != ProtocolVersion::SSLv2.0);
    TlsReport {
        versions: seen.versions().into_iter().map(|version| ProtocolVersion(version).to_string()).collect(),
        ciphers: ciphers.map(cipher).collect(),
        groups: seen.groups().into_iter().map(|group| NamedGroup(group).to_string()).collect(),
        server_order: seen.server_order(),
        signature_schemes: seen
            .schemes()
            .into_iter()
            .map(|scheme| SignatureScheme(scheme).to_string())
            .collect(),
        enumeration: seen.has_listing().then(|| enumeration(seen)),
    }
}

fn cipher(seen: Accepted) -> CipherReport {
    CipherReport {
        version: ProtocolVersion(seen.version).to_string(),
        name: CipherSuite(seen.suite).to_string(),
        openssl: CipherSuite(seen.suite).openssl_name(),
        strength: strength(CipherSuite(seen.suite)).to_owned(),
    }
}

fn enumeration(seen: &EndpointObservation) -> EnumerationReport {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    EnumerationReport {
        connections: count(seen.listing_connections()),
        lower_bound: count(seen.listing().lower_bound()),
        suites_complete: seen.listed(Listed::Suites).is_yes(),
        groups_complete: seen.listed(Listed::Groups).is_yes(),
        unusable: seen.unusable_suites().into_iter().map(cipher).collect(),
        signature_schemes_complete: seen.listed(Listed::Schemes).is_yes(),
    }
}

fn strength(suite: CipherSuite) -> &'static str {
    if is_broken(suite) || suite.is_anonymous() {
        "broken"
    } else if is_weak(suite) {
        "weak"
    } else {
        "strong"
    }
}

/// Returns the chain that a good client gets: the polite connection's, or else the first one seen.
fn presented(seen: &EndpointObservation) -> &[Fingerprint] {
    let polite = seen.polite().and_then(|session| session.tls.as_ref());
    match polite.map(|tls| tls.certificates.as_slice()) {
        Some(certificates) if !certificates.is_empty() => certificates,
        _ => seen.served().next().map(|served| served.certificates).unwrap_or_default(),
    }
}

/// Reports a certificate; one that was not kept by its fingerprint alone.
pub(super) fn certificate(fingerprint: Fingerprint, certificate: Option<&Certificate>) -> CertificateReport {
    let Some(certificate) = certificate else {
        return CertificateReport {
            sha256: fingerprint.to_string(),
            subject: String::new(),
            issuer: String::new(),
            not_before: None,
            not_after: None,
            names: Vec::new(),
            key: "unreadable".to_owned(),
        };
    };
    CertificateReport {
        sha256: fingerprint.to_string(),
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        names: names_of(certificate),
        key: match &certificate.key {
            PublicKey::Rsa { bits } => format!("RSA {bits}"),
            PublicKey::Ec { curve, .. } => format!("EC {curve}"),
            PublicKey::Other(name) => name.clone(),
            PublicKey::Unreadable => "unreadable".to_owned(),
        },
    }
}

fn names_of(certificate: &Certificate) -> Vec<String> {
    let Some(names) = &certificate.names else { return Vec::new() };
    names.dns.iter().cloned().chain(names.addresses.iter().map(ToString::to_string)).collect()
}

fn kind(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Domain => "domain",
        TargetKind::Host => "host",
        TargetKind::Endpoint => "endpoint",
        TargetKind::File => "file",
    }
}
