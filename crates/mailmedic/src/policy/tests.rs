//! Every policy with a server that meets it, and every requirement with one that does not.

use jiff::Span;
use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::{
    BeforeTls13, Demand, Field, Judged, KeyKind, Level, Look, MAIL, Outcome, POLICIES, Policy, Prime,
    SuiteKind, find, judge,
};
use crate::bytes::{Bytes, Fingerprint};
use crate::certificate::{Certificate, PublicKey, SignatureAlgorithm};
use crate::observation::{Answer, Ask, DhGroup, Offered, SeenTicket, Session, Tls, TlsEnd};
use crate::sample::{self, Sample};

/// A server of which everything is known: TLS 1.2 and 1.3 with a handful of suites and groups.
fn ideal(certificates: &[Certificate]) -> Look<'_> {
    let versions = ProtocolVersion::all().iter().map(|version| {
        let spoken = *version >= ProtocolVersion::TLSv1_2;
        (*version, if spoken { Answer::Yes } else { Answer::No })
    });
    Look {
        versions: versions.collect(),
        suites: vec![
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ],
        all_suites: Answer::Yes,
        refused: Vec::new(),
        groups: vec![NamedGroup::SECP256R1, NamedGroup::SECP384R1],
        all_groups: Answer::Yes,
        schemes: vec![SignatureScheme::RSA_PSS_RSAE_SHA256],
        all_schemes: Answer::Yes,
        primes: Vec::new(),
        server_order: Some(false),
        early_data: Some(false),
        before_tls13: BeforeTls13 {
            compression: Some(false),
            secure_renegotiation: Some(true),
            extended_master_secret: Some(true),
            encrypt_then_mac: None,
        },
        chains: vec![certificates.iter().collect()],
        now: sample::now(),
    }
}

/// Puts right what one policy asks for and another does not.
fn suit(policy: &Policy, look: &mut Look<'_>) {
    let set = |look: &mut Look<'_>, version, answer: Answer| {
        look.versions.retain(|(one, _)| *one != version);
        look.versions.push((version, answer));
    };
    match policy.name {
        "mozilla-modern" => {
            set(look, ProtocolVersion::TLSv1_2, Answer::No);
            look.suites.retain(|suite| suite.is_tls13());
            look.before_tls13 = BeforeTls13::default();
        }
        "mozilla-old" => {
            set(look, ProtocolVersion::TLSv1_0, Answer::Yes);
            look.server_order = Some(true);
        }
        "rfc-9325" => look.groups.push(NamedGroup::X25519),
        _ => {}
    }
}

/// A certificate that every policy takes, but for the kind of its key.
fn certificate(policy: &Policy) -> Certificate {
    let mut leaf = sample::certificate("mail.example.org", "E9", 60);
    // notAfter is inclusive.
    leaf.not_after = leaf.not_after.map(|end| end - Span::new().seconds(1));
    if policy.name == "mozilla-old" {
        leaf.key = PublicKey::Rsa { bits: 2048 };
    } else {
        leaf.key = PublicKey::Ec { curve: "secp256r1".into(), bits: 256 };
        leaf.signature = SignatureAlgorithm { name: "ecdsa-with-SHA384".into(), hash: Some("sha384".into()) };
    }
    leaf
}

/// Breaks one demand.
fn spoil(demand: Demand, look: &mut Look<'_>) {
    let answer = |look: &mut Look<'_>, version: ProtocolVersion, answer: Answer| {
        look.versions.retain(|(one, _)| *one != version);
        look.versions.push((version, answer));
    };
    match demand {
        Demand::Speaks(version) => answer(look, version, Answer::No),
        Demand::NoVersions(versions) => answer(look, versions[0], Answer::Yes),
        Demand::Suites(_) => look.suites.push(CipherSuite::TLS_RSA_WITH_RC4_128_MD5),
        Demand::NoSuites(kind) => look.suites.push(match kind {
            SuiteKind::Below112Bits => CipherSuite::TLS_ECDHE_RSA_WITH_RC4_128_SHA,
            SuiteKind::Below128Bits => CipherSuite::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
            SuiteKind::Anonymous => CipherSuite(0xC018),
            SuiteKind::RsaKeyTransport => CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
            SuiteKind::StaticDh => CipherSuite::TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256,
            SuiteKind::FiniteFieldDhe => CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
        }),
        Demand::CbcOnlyEncryptThenMac => {
            look.suites.push(CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256);
            look.before_tls13.encrypt_then_mac = Some(false);
        }
        Demand::Groups(_) | Demand::CurveBits(_) => look.groups.push(NamedGroup::SECP192R1),
        Demand::AnyGroup(_) => look.groups = vec![NamedGroup::SECP521R1],
        Demand::NoSchemes(schemes) => look.schemes.push(schemes[0]),
        Demand::DhBits(least) => look.primes.push(Prime { bits: least - 1, group: Field::Other }),
        Demand::DhGroups(_) => look.primes.push(Prime { bits: 4096, group: Field::Other }),
        Demand::ServerOrder(wanted) => look.server_order = Some(!wanted),
        Demand::NoCompression => look.before_tls13.compression = Some(true),
        Demand::SecureRenegotiation => look.before_tls13.secure_renegotiation = Some(false),
        Demand::ExtendedMasterSecret => look.before_tls13.extended_master_secret = Some(false),
        Demand::NoEarlyData => look.early_data = Some(true),
        _ => unreachable!("{demand:?} is about certificates"),
    }
}

/// Breaks one demand by the certificate; tells whether the demand is about it.
fn spoil_certificate(demand: Demand, leaf: &mut Certificate) -> bool {
    match demand {
        Demand::KeyKinds(_) => leaf.key = PublicKey::Other("DSA".into()),
        Demand::KeyCurves(_) => leaf.key = PublicKey::Ec { curve: "secp256k1".into(), bits: 256 },
        Demand::KeyBits { rsa, .. } => leaf.key = PublicKey::Rsa { bits: rsa - 1 },
        Demand::Signatures(_) => leaf.signature.name = "sha512WithRSAEncryption".into(),
        Demand::SignatureHashes(_) => leaf.signature.hash = Some("sha1".into()),
        Demand::Lifetime(days) => {
            leaf.not_after = leaf.not_before.map(|start| start + Span::new().hours(24 * days));
        }
        Demand::InForce => leaf.not_after = Some(sample::now() - Span::new().seconds(1)),
        _ => return false,
    }
    true
}

/// A server of which nothing is known.
fn unseen() -> Look<'static> {
    let unknown = || Answer::Unknown("it was not asked".to_owned());
    Look {
        versions: Vec::new(),
        suites: Vec::new(),
        all_suites: unknown(),
        groups: Vec::new(),
        all_groups: unknown(),
        schemes: Vec::new(),
        all_schemes: unknown(),
        server_order: None,
        early_data: None,
        before_tls13: BeforeTls13::default(),
        chains: Vec::new(),
        ..ideal(&[])
    }
}

#[test]
fn every_policy_is_whole() {
    let mut names: Vec<&str> = POLICIES.iter().map(|policy| policy.name).collect();
    for policy in POLICIES {
        for text in [policy.title, policy.publisher, policy.edition, policy.date, policy.source, policy.note]
        {
            assert!(!text.trim().is_empty() && !text.contains("  "), "{}: {text:?}", policy.name);
        }
        assert!(policy.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        assert_eq!(find(policy.name).map(|found| found.name), Some(policy.name));
        assert_eq!(policy.requirements.is_empty(), policy.name == MAIL.name);
        for (index, one) in policy.requirements.iter().enumerate() {
            assert!(!one.section.is_empty() && one.text.ends_with('.'), "{}: {one:?}", policy.name);
            let same = |other: &&super::Requirement| (other.section, other.text) == (one.section, one.text);
            assert_eq!(policy.requirements.iter().position(|other| same(&other)), Some(index));
        }
        // The other rules, and with them the grade, judge alike under every policy.
        assert_eq!((policy.dh_bits, policy.rsa_bits, policy.curve_bits), (2048, 2048, 224));
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), POLICIES.len());
}

#[test]
fn every_policy_can_be_met() {
    for policy in POLICIES {
        let certificates = [certificate(policy)];
        let mut look = ideal(&certificates);
        suit(policy, &mut look);
        for requirement in policy.requirements {
            let outcome = look.meets(requirement.demand);
            assert!(
                matches!(outcome, Outcome::Met | Outcome::NotApplicable(_)),
                "{} {}: {outcome:?}",
                policy.name,
                requirement.text
            );
        }
    }
}

#[test]
fn every_requirement_can_be_missed() {
    for policy in POLICIES {
        for requirement in policy.requirements {
            let mut leaf = certificate(policy);
            let is_about_certificates = spoil_certificate(requirement.demand, &mut leaf);
            let certificates = [leaf];
            let mut look = ideal(&certificates);
            suit(policy, &mut look);
            if !is_about_certificates {
                spoil(requirement.demand, &mut look);
            }
            // What offends is told though the lists are not complete.
            let doubt = || Answer::Unknown("not all was asked".to_owned());
            if !matches!(requirement.demand, Demand::AnyGroup(_)) {
                (look.all_suites, look.all_groups, look.all_schemes) = (doubt(), doubt(), doubt());
            }
            let outcome = look.meets(requirement.demand);
            assert!(
                matches!(&outcome, Outcome::Unmet(offending) if !offending.is_empty()),
                "{} {}: {outcome:?}",
                policy.name,
                requirement.text
            );
        }
    }
}

#[test]
fn nothing_is_met_or_missed_where_nothing_was_seen() {
    let look = unseen();
    for policy in POLICIES {
        for requirement in policy.requirements {
            let outcome = look.meets(requirement.demand);
            assert!(
                matches!(outcome, Outcome::Unknown(_)),
                "{} {}: {outcome:?}",
                policy.name,
                requirement.text
            );
        }
    }
}

#[test]
fn an_incomplete_list_meets_nothing() {
    let certificates = [sample::certificate("mail.example.org", "R99", 60)];
    let mut look = ideal(&certificates);
    look.all_suites = Answer::Unknown("cut short".into());
    let only = Demand::Suites(&[
        CipherSuite::TLS_AES_128_GCM_SHA256,
        CipherSuite::TLS_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ]);
    assert_eq!(look.meets(only), Outcome::Unknown("cut short".into()));
    // Questions of the standard depth rule a kind out without a list.
    assert!(matches!(look.meets(Demand::NoSuites(SuiteKind::Anonymous)), Outcome::Unknown(_)));
    look.refused.push(SuiteKind::Anonymous);
    assert_eq!(look.meets(Demand::NoSuites(SuiteKind::Anonymous)), Outcome::Met);
}

#[test]
fn certificates_are_judged_one_by_one() {
    let rsa = sample::certificate("mail.example.org", "R99", 60);
    let ecdsa = certificate(find("mozilla-modern").unwrap());
    let mut look = ideal(&[]);
    look.chains = vec![vec![&ecdsa], vec![&rsa]];
    let Outcome::Unmet(offending) = look.meets(Demand::KeyKinds(&[KeyKind::Ecdsa])) else { panic!() };
    assert_eq!(offending, ["an RSA key of 2048 bits"]);
    look.chains = vec![vec![&rsa]];
    assert!(matches!(look.meets(Demand::KeyCurves(&["secp256r1"])), Outcome::NotApplicable(_)));
    let mut unreadable = rsa.clone();
    unreadable.key = PublicKey::Unreadable;
    look.chains = vec![vec![&unreadable]];
    assert!(matches!(look.meets(Demand::KeyBits { rsa: 2048, curve: 224 }), Outcome::Unknown(_)));
    assert!(matches!(look.meets(Demand::KeyKinds(&[KeyKind::Rsa])), Outcome::Unknown(_)));
}

#[test]
fn a_prime_is_known_by_its_value() {
    let mut sample = sample::healthy().only(993);
    let mut prime = |bits: u16, prime: Option<Vec<u8>>| {
        let seen = sample.port(993);
        let dh = prime.map(|prime| DhGroup { prime: Bytes(prime), generator: Bytes(vec![2]) });
        let tls = Tls {
            end: TlsEnd::Answered,
            version: Some(0x0303),
            suite: Some(0x009E),
            dh_bits: Some(bits),
            dh,
            ..Tls::default()
        };
        let session = sample::session(&seen.endpoint, Ask::List(0x0303), tls);
        seen.sessions.push(session);
        Look::of(0, &sample.seen.endpoints[0], &sample.diagnosis, sample.now).primes
    };
    assert_eq!(prime(3072, None), [Prime { bits: 3072, group: Field::Unseen }]);
    let primes = prime(3072, Some(ffdhe3072()));
    assert_eq!(primes[1], Prime { bits: 3072, group: Field::Standard(NamedGroup::FFDHE3072) });
    assert_eq!(prime(3072, Some(vec![0xFF; 384]))[2].group, Field::Other);
    let demand = Demand::DhGroups(&[NamedGroup::FFDHE3072]);
    let mut look = unseen();
    look.primes = vec![Prime { bits: 3072, group: Field::Unseen }];
    assert!(matches!(look.meets(demand), Outcome::Unknown(_)));
    look.primes = vec![Prime { bits: 3072, group: Field::Standard(NamedGroup::FFDHE3072) }];
    assert_eq!(look.meets(demand), Outcome::Met);
}

/// RFC 7919 §A.2: 2^3072 - 2^3008 + {[2^2942 * e] + 2625351} * 2^64 - 1.
fn ffdhe3072() -> Vec<u8> {
    let digits = "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF9\
                  7D2FE363630C75D8F681B202AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935\
                  984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61D108A94BB2C8E3FB\
                  B96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F61\
                  9172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA\
                  886B4238611FCFDCDE355B3B6519035BBC34F4DEF99C023861B46FC9D6E6C9077AD91D2691F7F7EE598CB0FAC186D91C\
                  AEFE130985139270B4130C93BC437944F4FD4452E2D74DD364F2E21E71F54BFF5CAE82AB9C9DF69EE86D2BC522363A0D\
                  ABC521979B0DEADA1DBF9A42D5C4484E0ABCD06BFA53DDEF3C1B20EE3FD59D7C25E41D2B66C62E37FFFFFFFFFFFFFFFF";
    let digit = |c: u8| char::from(c).to_digit(16).unwrap();
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).unwrap())
        .collect()
}

/// A handshake that the server chose in, answering our own hello.
fn chosen(version: u16, suite: u16) -> Tls {
    Tls {
        end: TlsEnd::Answered,
        version: Some(version),
        suite: Some(suite),
        group: Some(23),
        signature_scheme: Some(0x0804),
        exchange_key: Some(Fingerprint::of(b"a key")),
        compression: Some(0),
        secure_renegotiation: Some(true),
        extensions: vec![0xFF01, 23],
        ..Tls::default()
    }
}

/// Adds a full listing: TLS 1.3 and 1.2 with one suite and P-256 each, all else refused.
fn list(sample: &mut Sample, port: u16) {
    let seen = sample.port(port);
    let endpoint = seen.endpoint.clone();
    let numbers = |all: Vec<u16>, but: Option<u16>| all.into_iter().filter(|one| Some(*one) != but).collect();
    let suites = || CipherSuite::selectable().map(|suite| suite.0).collect::<Vec<u16>>();
    let groups = || NamedGroup::all().iter().map(|group| group.0).collect::<Vec<u16>>();
    let schemes = || SignatureScheme::all().iter().map(|scheme| scheme.0).collect::<Vec<u16>>();
    let mut ask = |version: u16, suites, groups, schemes, tls: Tls| {
        seen.sessions.push(Session {
            offered: Some(Offered { suites, groups, schemes }),
            ..sample::session(&endpoint, Ask::List(version), tls)
        });
    };
    let refused = || Tls { end: TlsEnd::Alert, ..Tls::default() };
    for (version, suite) in [(0x0304, 0x1301), (0x0303, 0xC02F)] {
        let only = |number: u16| vec![number].into_iter().collect();
        ask(version, only(suite), only(23), only(0x0804), chosen(version, suite));
        ask(
            version,
            numbers(suites(), Some(suite)),
            numbers(groups(), None),
            numbers(schemes(), None),
            refused(),
        );
        ask(version, only(suite), numbers(groups(), Some(23)), numbers(schemes(), None), refused());
        ask(version, only(suite), only(23), numbers(schemes(), Some(0x0804)), refused());
    }
    for version in [0x0302, 0x0301, 0x0300] {
        ask(version, numbers(suites(), None), numbers(groups(), None), numbers(schemes(), None), refused());
    }
}

fn under(name: &str, sample: &Sample) -> Vec<Judged> {
    judge(find(name).unwrap(), &sample.seen, &sample.diagnosis, sample.now)
}

#[test]
fn a_full_listing_answers_what_the_standard_depth_leaves_open() {
    let mut sample = sample::healthy().only(993);
    // The sample has a group and a scheme of its own; here the listing is to be all.
    for tls in sample.port(993).sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
        if tls.version.is_some() {
            (tls.group, tls.signature_scheme) = (Some(23), Some(0x0804));
        }
    }
    let before = under("nist-sp-800-52r2", &sample);
    let open = before.iter().filter(|judged| matches!(judged.overall(), Outcome::Unknown(_))).count();
    assert!(open > 0 && before.iter().all(|judged| !matches!(judged.overall(), Outcome::Unmet(_))));
    let suites = before.iter().find(|judged| matches!(judged.requirement.demand, Demand::Suites(_))).unwrap();
    assert!(
        matches!(&suites.outcomes[0].1, Outcome::Unknown(why) if why.contains("--depth list")),
        "{suites:?}"
    );
    list(&mut sample, 993);
    let tickets = vec![SeenTicket { lifetime_s: None, max_early_data: None, bytes: None }];
    for tls in sample.port(993).sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
        if tls.version == Some(0x0304) {
            tls.tickets.clone_from(&tickets);
        }
    }
    for judged in under("nist-sp-800-52r2", &sample) {
        assert!(matches!(judged.overall(), Outcome::Met | Outcome::NotApplicable(_)), "{judged:?}");
    }
}

#[test]
fn the_worst_endpoint_decides_and_endpoints_without_tls_are_left_out() {
    let mut sample = sample::healthy();
    sample.port(110).sessions.clear();
    let old = Tls { version: Some(0x0301), suite: Some(0xC013), ..chosen(0x0301, 0xC013) };
    let session = sample::session(&sample.port(143).endpoint.clone(), Ask::Version(0x0302), old);
    let seen = sample.port(143);
    seen.sessions.retain(|session| session.ask != Ask::Version(0x0302));
    seen.sessions.push(session);
    let judged = under("pci-dss-4", &sample);
    assert!(judged.iter().all(|judged| judged.outcomes.len() == 6));
    assert_eq!(judged[0].requirement.level, Level::Must);
    assert_eq!(judged[0].overall(), Outcome::Unmet(Vec::new()));
    let unmet = |outcome: &Outcome| matches!(outcome, Outcome::Unmet(offending) if offending == &["TLSv1.0"]);
    assert_eq!(judged[0].outcomes.iter().filter(|(_, outcome)| unmet(outcome)).count(), 1);
}
