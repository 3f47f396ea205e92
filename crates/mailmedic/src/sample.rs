//! A healthy mail domain for tests of rules: take it, change one thing, judge.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use jiff::{Span, Timestamp};

use crate::bytes::{Bytes, Fingerprint};
use crate::certificate::{
    AlternativeNames, Certificate, KeyUsage, Policies, PublicKey, SignatureAlgorithm, SignedTimestamp,
};
use crate::diagnosis::{
    Diagnosis, Origin, Revocation, Says, ServedChain, Sighting, Source as Told, StatusAnswer, TrustState,
    Way, WayEnd,
};
use crate::endpoint::{Endpoint, Place, Protocol, Security, Source};
use crate::finding::{Case, Verdict};
use crate::known::Known;
use crate::name::{Host, Name};
use crate::observation::{
    Ask, Connect, Depth, DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, DomainObservation,
    EndpointObservation, Examination, Fetch, FetchOutcome, FetchPurpose, KeyType, Line, MtaStsMode, Session,
    SuiteClass, Talk, TalkEnd, TargetKind, Tls, TlsEnd, Trust, Web,
};
use crate::policy;
use crate::records::tlsa::Tlsa;
use crate::software::Software;
use crate::trust::{self, Store, Stores};

/// The clock of the samples.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A sample that owns all that a case borrows.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) seen: Examination,
    pub(crate) diagnosis: Diagnosis,
    pub(crate) software: Vec<Option<Software>>,
    pub(crate) now: Timestamp,
    pub(crate) known: Known,
}

impl Sample {
    /// Borrows it as a case.
    pub(crate) fn case(&self) -> Case<'_> {
        let case = Case::new(&self.seen, &self.diagnosis, &policy::MAIL, &self.known, self.now);
        Case { software: &self.software, ..case }
    }

    /// Applies a rule's endpoint check to every endpoint.
    pub(crate) fn endpoints(&self, check: fn(&Case<'_>, &EndpointObservation) -> Verdict) -> Vec<Verdict> {
        let case = self.case();
        self.seen.endpoints.iter().map(|endpoint| check(&case, endpoint)).collect()
    }

    /// Applies a rule's chain check to every chain.
    pub(crate) fn chains(&self, check: fn(&Case<'_>, &ServedChain) -> Verdict) -> Vec<Verdict> {
        let case = self.case();
        self.diagnosis.chains.iter().map(|chain| check(&case, chain)).collect()
    }

    /// Returns the endpoint on this port.
    pub(crate) fn port(&mut self, port: u16) -> &mut EndpointObservation {
        self.seen.endpoints.iter_mut().find(|seen| seen.endpoint.port == port).unwrap()
    }

    /// Returns the leaf, to change it.
    pub(crate) fn leaf(&mut self) -> &mut Certificate {
        let leaf = self.diagnosis.chains[0].leaf();
        self.diagnosis.certificates.get_mut(&leaf).unwrap()
    }

    /// Lets one port serve another leaf, by a chain of its own, to every question.
    pub(crate) fn serve_instead(&mut self, port: u16, leaf: Certificate) {
        let index = self.seen.endpoints.iter().position(|seen| seen.endpoint.port == port).unwrap();
        let mut chain = self.diagnosis.chains[0].clone();
        chain.served[0] = leaf.fingerprint;
        chain.ways[0].certificates[0] = leaf.fingerprint;
        chain.complete = Some(chain.served.clone());
        chain.sightings.retain(|sighting| sighting.endpoint == index);
        self.diagnosis.chains[0].sightings.retain(|sighting| sighting.endpoint != index);
        for tls in self.seen.endpoints[index].sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
            if !tls.certificates.is_empty() {
                tls.certificates.clone_from(&chain.served);
            }
        }
        self.seen.certificates.insert(leaf.fingerprint, Bytes(leaf.der.clone()));
        self.diagnosis.certificates.insert(leaf.fingerprint, leaf);
        self.diagnosis.chains.push(chain);
    }

    /// Keeps only the endpoint on this port; its index becomes 0 and only its sightings stay.
    pub(crate) fn only(mut self, port: u16) -> Self {
        let index = self.seen.endpoints.iter().position(|seen| seen.endpoint.port == port).unwrap();
        self.seen.endpoints = vec![self.seen.endpoints.swap_remove(index)];
        for chain in &mut self.diagnosis.chains {
            chain.sightings.retain(|sighting| sighting.endpoint == index);
            for sighting in &mut chain.sightings {
                sighting.endpoint = 0;
            }
        }
        self
    }

    /// Lets the first chain lead to these roots instead, one way to each.
    pub(crate) fn lead_to(&mut self, roots: &[Fingerprint]) {
        let chain = &mut self.diagnosis.chains[0];
        let way = chain.ways.remove(0);
        let to = |root: &Fingerprint| {
            let mut way = way.clone();
            *way.certificates.last_mut().unwrap() = *root;
            way
        };
        chain.ways = roots.iter().map(to).collect();
    }
}

/// A domain whose one host answers well on 25, 587, 465, 993, 143, 995 and 110 with one RSA certificate.
pub(crate) fn healthy() -> Sample {
    let leaf = certificate("mail.example.org", "R99", 80);
    let intermediate = authority("R99", "Sample Root");
    let mut root = authority("Sample Root", "Sample Root");
    root.fingerprint = root_everywhere();
    let ports = [25, 587, 465, 993, 143, 995, 110];
    let endpoints: Vec<EndpointObservation> =
        ports.into_iter().map(|port| endpoint(port, &[leaf.fingerprint, intermediate.fingerprint])).collect();
    let sightings = endpoints
        .iter()
        .enumerate()
        .flat_map(|(index, seen)| {
            seen.served().map(move |served| Sighting {
                endpoint: index,
                ask: served.ask,
                server_name: served.tls.server_name.clone(),
            })
        })
        .collect();
    let chain = ServedChain {
        served: vec![leaf.fingerprint, intermediate.fingerprint],
        sightings,
        ways: vec![Way {
            certificates: vec![leaf.fingerprint, intermediate.fingerprint, root.fingerprint],
            origins: vec![Origin::Served(0), Origin::Served(1), Origin::Anchor],
            end: WayEnd::Anchor(Stores::of(&Store::ALL[1..7])),
            faults: Vec::new(),
        }],
        is_cut: false,
        trust: TrustState::Trusted { root: "CN=Sample Root".into(), store: "Mozilla".into() },
        complete: Some(vec![leaf.fingerprint, intermediate.fingerprint]),
        ordered: true,
        superfluous: Vec::new(),
        root_included: None,
        out_of_date_intermediates: Vec::new(),
        invalid_intermediates: Vec::new(),
        wrong_signatures: Vec::new(),
    };
    let certificates: BTreeMap<Fingerprint, Certificate> =
        [leaf, intermediate].into_iter().map(|certificate| (certificate.fingerprint, certificate)).collect();
    let seen = Examination {
        input: "example.org".into(),
        kind: TargetKind::Domain,
        host: Some(Host::new("example.org").unwrap()),
        depth: Depth::Standard,
        look: Default::default(),
        dns: dns(),
        domain: Some(DomainObservation::default()),
        fetches: Vec::new(),
        statuses: Vec::new(),
        endpoints,
        certificates: certificates
            .values()
            .map(|certificate| (certificate.fingerprint, Bytes(certificate.der.clone())))
            .collect(),
        trust: Trust { public: true, ..Trust::default() },
        interrupted: false,
        millis: 700,
    };
    let now = now();
    let revocation = certificates.keys().map(|fingerprint| (*fingerprint, good())).collect();
    Sample {
        seen,
        diagnosis: Diagnosis {
            certificates,
            anchors: BTreeMap::from([(root.fingerprint, root)]),
            chains: vec![chain],
            revocation,
            now: Some(now),
            ..Diagnosis::default()
        },
        software: Vec::new(),
        now,
        known: Known::default(),
    }
}

/// The same domain with all that protects delivery to it: DANE with a record for the next key, and an MTA-STS policy; and
/// with CAA records that allow its CA.
pub(crate) fn exemplary() -> Sample {
    let mut sample = healthy();
    let key = Tlsa::of_key(sample.leaf());
    let next = Tlsa { data: vec![7; 32], ..key.clone() };
    let tlsa = |record: &Tlsa| DnsData::Tlsa {
        usage: record.usage,
        selector: record.selector,
        matching: record.matching,
        data: Bytes(record.data.clone()),
    };
    let caa = |tag: &str, value: &str| DnsData::Caa {
        critical: false,
        tag: tag.to_owned(),
        value: value.to_owned(),
    };
    let mut add = |name: &str, kind, records: Vec<DnsData>| {
        let outcome = match records.is_empty() {
            true => DnsOutcome::NoData,
            false => DnsOutcome::Found { aliases: Vec::new(), records },
        };
        let (name, state) = (Name::new(name).unwrap(), DnsState::Secure);
        sample.seen.dns.push(DnsAnswer { name, kind, outcome, state, evidence: Default::default() });
    };
    add("_25._tcp.mail.example.org", DnsType::Tlsa, vec![tlsa(&key), tlsa(&next)]);
    add("_mta-sts.example.org", DnsType::Txt, vec![DnsData::Txt("v=STSv1; id=20261101".to_owned())]);
    add("mail.example.org", DnsType::Caa, Vec::new());
    add(
        "example.org",
        DnsType::Caa,
        vec![caa("issue", "letsencrypt.org"), caa("iodef", "mailto:security@example.org")],
    );
    sample.seen.domain.get_or_insert_default().mta_sts = Some(MtaStsMode::Enforce);
    sample.seen.fetches.push(Fetch {
        url: "https://mta-sts.example.org/.well-known/mta-sts.txt".to_owned(),
        purpose: FetchPurpose::MtaStsPolicy,
        outcome: FetchOutcome::Found(Bytes(POLICY.join("\n").into_bytes())),
        date: None,
        web: Web {
            status: Some(200),
            content_type: Some("text/plain; charset=utf-8".to_owned()),
            ..Web::default()
        },
    });
    sample
}

impl Sample {
    /// Lets the host of the MTA-STS policy show this leaf, in a chain like that of the mail servers.
    pub(crate) fn show_of_policy_host(&mut self, leaf: Certificate) {
        let mut chain = self.diagnosis.chains[0].clone();
        chain.served[0] = leaf.fingerprint;
        chain.sightings.clear();
        let fetch = &mut self.seen.fetches[0];
        fetch.web.certificates = vec![Bytes(leaf.der.clone())];
        self.diagnosis.web.insert(fetch.url.clone(), chain);
        self.diagnosis.certificates.insert(leaf.fingerprint, leaf);
    }
}

/// The lines of its MTA-STS policy.
pub(crate) const POLICY: [&str; 4] =
    ["version: STSv1", "mode: enforce", "mx: mail.example.org", "max_age: 604800"];

/// The fingerprint of a root that every list trusts without a limit.
pub(crate) fn root_everywhere() -> Fingerprint {
    let is_trusted = |root: &&trust::Anchor| {
        Store::EMBEDDED.iter().all(|store| root.standing(*store) == trust::Standing::Trusted)
    };
    trust::anchors().iter().find(is_trusted).unwrap().fingerprint
}

/// What is known of a certificate that its issuer's list does not have.
fn good() -> Revocation {
    let source = Told::Crl("http://issuer.example/r99.crl".into());
    let says = Says::Good { until: Some(now() + Span::new().hours(100)) };
    Revocation::new(vec![StatusAnswer { source, says }], true, "")
}

/// A leaf of 90 days that ends so many days after [`now`].
pub(crate) fn certificate(name: &str, issuer: &str, days_left: i64) -> Certificate {
    let der = format!("leaf {name} {issuer} {days_left}").into_bytes();
    let end = now() + Span::new().hours(days_left * 24);
    Certificate {
        fingerprint: Fingerprint::of(&der),
        der,
        subject: format!("CN={name}"),
        subject_der: name.as_bytes().to_vec(),
        common_name: Some(name.to_owned()),
        issuer: format!("CN={issuer}, O=Let's Encrypt, C=US"),
        issuer_der: issuer.as_bytes().to_vec(),
        issuer_name: Some(issuer.to_owned()),
        serial: "0405".into(),
        version: 3,
        not_before: Some(end - Span::new().hours(90 * 24)),
        not_after: Some(end),
        names: Some(AlternativeNames { dns: vec![name.to_owned()], ..AlternativeNames::default() }),
        key: PublicKey::Rsa { bits: 2048 },
        spki_der: format!("key of {name}").into_bytes(),
        signature: SignatureAlgorithm { name: "sha256WithRSAEncryption".into(), hash: Some("sha256".into()) },
        is_ca: Some(false),
        path_length: None,
        key_usage: Some(KeyUsage { digital_signature: true, key_encipherment: true, ..KeyUsage::default() }),
        extended_key_usage: Some(vec!["1.3.6.1.5.5.7.3.1".into()]),
        subject_key_id: None,
        authority_key_id: None,
        authority_key_has_issuer: false,
        name_constraints: None,
        policies: Policies::default(),
        issuer_urls: vec!["http://issuer.example/r99.der".into()],
        must_staple: false,
        timestamps: Some(vec![timestamp(1), timestamp(2)]),
        has_logotype: false,
        publicly_issued: false,
        unknown_critical: Vec::new(),
        problems: Vec::new(),
        breaches: Vec::new(),
    }
}

/// A timestamp of the n-th log.
pub(crate) fn timestamp(log: u8) -> SignedTimestamp {
    SignedTimestamp {
        log: Fingerprint([log; 32]),
        at_ms: 1_790_000_000_000,
        extensions: Vec::new(),
        scheme: [4, 3],
        signature: vec![0x30],
    }
}

/// A certificate in DER for mail.example.org that signed nothing and has this RSA modulus.
pub(crate) fn rsa_certificate(modulus: &[u8]) -> Vec<u8> {
    let element = |tag: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82, high, low][..], content].concat()
    };
    let sequence = |parts: &[&[u8]]| element(0x30, &parts.concat());
    let name =
        sequence(&[&element(0x31, &sequence(&[&[6, 3, 0x55, 4, 3], &element(12, b"mail.example.org")]))]);
    let sha256_rsa = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11, 5, 0];
    let rsa = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];
    let key = sequence(&[&element(2, &[&[0], modulus].concat()), &[2, 3, 1, 0, 1]]);
    let validity = sequence(&[&element(23, b"261001000000Z"), &element(23, b"261231000000Z")]);
    let spki = sequence(&[&rsa, &element(3, &[&[0], key.as_slice()].concat())]);
    let signed = sequence(&[&[2, 2, 4, 5], &sha256_rsa, &name, &validity, &name, &spki]);
    sequence(&[&signed, &sha256_rsa, &[3, 2, 0, 0]])
}

/// An intermediate of ten years.
pub(crate) fn authority(name: &str, issuer: &str) -> Certificate {
    let der = format!("authority {name} {issuer}").into_bytes();
    Certificate {
        fingerprint: Fingerprint::of(&der),
        der,
        not_before: Some(now() - Span::new().hours(3 * 365 * 24)),
        not_after: Some(now() + Span::new().hours(7 * 365 * 24)),
        names: None,
        timestamps: None,
        is_ca: Some(true),
        key_usage: Some(KeyUsage { certificate_sign: true, ..KeyUsage::default() }),
        ..certificate(name, issuer, 80)
    }
}

/// An endpoint on a well-known port that answers every question of the standard depth as it should.
pub(crate) fn endpoint(port: u16, certificates: &[Fingerprint]) -> EndpointObservation {
    let (protocol, security) = Endpoint::well_known(port).unwrap();
    let mut seen = EndpointObservation::new(Endpoint {
        host: Host::new("mail.example.org").unwrap(),
        port,
        place: Place::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), port)),
        protocol,
        security,
        role: Endpoint::role_of(protocol),
        sources: vec![if port == 25 { Source::Mx } else { Source::Srv }],
    });
    let complete = Tls {
        server_name: Some("mail.example.org".into()),
        end: TlsEnd::Completed,
        version: Some(0x0304),
        suite: Some(0x1301),
        group: Some(0x11EC),
        signature_scheme: Some(0x0804),
        certificates: certificates.to_vec(),
        ..Tls::default()
    };
    let tls12 = Tls {
        end: TlsEnd::Answered,
        version: Some(0x0303),
        suite: Some(0xC02F),
        group: Some(29),
        extensions: vec![0xFF01, 23],
        compression: Some(0),
        secure_renegotiation: Some(true),
        certificates: certificates.to_vec(),
        ..complete.clone()
    };
    let refused = Tls { server_name: Some("mail.example.org".into()), end: TlsEnd::Alert, ..Tls::default() };
    seen.sessions = vec![
        session(&seen.endpoint, Ask::Polite, complete.clone()),
        session(&seen.endpoint, Ask::WithoutServerName, Tls { server_name: None, ..complete }),
        session(&seen.endpoint, Ask::Version(0x0303), tls12),
    ];
    let refusals = [
        Ask::Certificate(KeyType::Ecdsa),
        Ask::Version(0x0302),
        Ask::Ssl2,
        Ask::Suites(SuiteClass::Rare),
        Ask::Suites(SuiteClass::CbcSha1),
        Ask::Suites(SuiteClass::RsaKeyExchange),
        Ask::Suites(SuiteClass::Dhe),
    ];
    for ask in refusals {
        seen.sessions.push(session(&seen.endpoint, ask, refused.clone()));
    }
    seen
}

/// A connection whose dialogues went well.
pub(crate) fn session(endpoint: &Endpoint, ask: Ask, tls: Tls) -> Session {
    let inside = (ask == Ask::Polite).then(|| talk(endpoint.protocol, true));
    Session {
        ask,
        security: endpoint.security,
        connect: Connect::Open,
        plain: (endpoint.security == Security::Starttls).then(|| talk(endpoint.protocol, false)),
        tls: Some(tls),
        inside,
        offered: None,
        reaction: None,
        begun_ms: 1,
        hello_ms: 0,
        hello_length: 0,
        millis: 20,
    }
}

/// A dialogue as Postfix or Dovecot hold it: logins are announced only inside TLS.
pub(crate) fn talk(protocol: Protocol, inside: bool) -> Talk {
    let greeting = match protocol {
        Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => "220 mail.example.org ESMTP Postfix",
        Protocol::Imap => "* OK [CAPABILITY IMAP4rev1 LITERAL+ STARTTLS LOGINDISABLED] Dovecot ready.",
        Protocol::Pop3 => "+OK Dovecot ready.",
        Protocol::Sieve => "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"",
    };
    let words: &[&str] = match (protocol, inside) {
        (Protocol::Smtp, false) => &["PIPELINING", "STARTTLS", "8BITMIME"],
        (Protocol::Smtp, true) => &["PIPELINING", "8BITMIME"],
        (Protocol::Submission | Protocol::Lmtp, false) => &["PIPELINING", "STARTTLS"],
        (Protocol::Submission | Protocol::Lmtp, true) => &["PIPELINING", "AUTH PLAIN LOGIN"],
        (Protocol::Imap, false) => &["IMAP4rev1", "STARTTLS", "LOGINDISABLED"],
        (Protocol::Imap, true) => &["IMAP4rev1", "AUTH=PLAIN"],
        (Protocol::Pop3, false) => &["STLS", "UIDL"],
        (Protocol::Pop3, true) => &["UIDL", "USER", "SASL PLAIN"],
        (Protocol::Sieve, false) => &["\"SASL\" \"\"", "\"STARTTLS\""],
        (Protocol::Sieve, true) => &["\"SASL\" \"PLAIN\""],
    };
    Talk {
        lines: if inside { Vec::new() } else { vec![Line { sent: None, reply: Some(greeting.into()) }] },
        capabilities: Some(words.iter().map(|word| (*word).to_owned()).collect()),
        end: TalkEnd::Done,
        leftover: Bytes::default(),
        first_reply_ms: Some(3),
    }
}

fn dns() -> Vec<DnsAnswer> {
    let found = |name: &str, kind, data| DnsAnswer {
        name: Name::new(name).unwrap(),
        kind,
        outcome: DnsOutcome::Found { aliases: Vec::new(), records: vec![data] },
        state: DnsState::Secure,
        evidence: Default::default(),
    };
    let mx = DnsData::Mx { preference: 10, exchange: Some("mail.example.org".into()) };
    let text = |name: &str, text: &str| found(name, DnsType::Txt, DnsData::Txt(text.to_owned()));
    vec![
        found("example.org", DnsType::Mx, mx),
        found("mail.example.org", DnsType::A, DnsData::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)))),
        DnsAnswer {
            name: Name::new("mail.example.org").unwrap(),
            kind: DnsType::Aaaa,
            outcome: DnsOutcome::NoData,
            state: DnsState::Secure,
            evidence: Default::default(),
        },
        text("_smtp._tls.example.org", "v=TLSRPTv1; rua=mailto:tls-reports@example.org"),
        text("example.org", "v=spf1 mx -all"),
        text("_dmarc.example.org", "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.org"),
        DnsAnswer {
            name: Name::new("_dmarc.org").unwrap(),
            kind: DnsType::Txt,
            outcome: DnsOutcome::NoName,
            state: DnsState::Insecure,
            evidence: Default::default(),
        },
        found("1.2.0.192.in-addr.arpa", DnsType::Ptr, DnsData::Ptr("mail.example.org".into())),
    ]
}
