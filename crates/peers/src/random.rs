//! Servers by chance: as odd as the real ones, and the same for the same seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use mailmedic_wire::names::cipher_suite::{Cipher, KeyExchange, Mac};
use mailmedic_wire::names::{
    AlertDescription, CipherKind, CipherSuite, CompressionMethod, ExtensionType, NamedGroup, ProtocolVersion,
    SignatureScheme,
};

use crate::bytes::Stream;
use crate::dh::DhGroup;
use crate::personality::{
    Certificate, Choke, Key, Order, Personality, Poison, Quirks, Refusal, Refusals, When,
};

impl Personality {
    /// Makes up a server without quirks; it may still accept nothing at all.
    pub fn random(seed: u64) -> Self {
        let dice = &mut Stream::new(&[seed]);
        let versions = versions(dice);
        let old = versions.first().is_some_and(|oldest| *oldest < ProtocolVersion::TLSv1_0);
        let groups = mix(dice, COMMON_GROUPS, GROUPS);
        let schemes = mix(dice, COMMON_SCHEMES, SignatureScheme::all());
        Self {
            ssl2: dice.percent(5).then(|| dice.some(CipherKind::all(), 50)),
            ssl2_introductions: dice.percent(30),
            suites: suites(dice, &versions),
            suite_order: order(dice),
            groups,
            group_order: order(dice),
            prefers_sent_keys: dice.percent(70),
            schemes,
            scheme_order: order(dice),
            dh: dice.percent(70).then(|| DhGroup::of_bits([512, 768, 1024, 2048, 3072, 4096][dice.below(6)])),
            rfc7919: dice.percent(20),
            certificates: certificates(dice),
            compression: if dice.percent(10) { vec![CompressionMethod::DEFLATE] } else { Vec::new() },
            extensions: dice.some(ExtensionType::all(), 60).into_iter().collect(),
            fallback_scsv: dice.percent(60),
            confesses_downgrades: !old && dice.percent(70),
            session_ids: dice.percent(70),
            asks_certificate: dice.percent(10),
            refusals: Refusals { version: refusal(dice), suite: refusal(dice), quirk: refusal(dice) },
            quirks: Quirks::default(),
            seed,
        }
    }

    /// Makes up a server that also has one or two quirks.
    pub fn random_with_quirks(seed: u64) -> Self {
        let mut server = Self::random(seed);
        let dice = &mut Stream::new(&[seed, 1]);
        for _ in 0..=dice.below(2) {
            add_quirk(&mut server, dice);
        }
        server
    }
}

fn versions(dice: &mut Stream) -> Vec<ProtocolVersion> {
    let all = [
        ProtocolVersion::SSLv3,
        ProtocolVersion::TLSv1_0,
        ProtocolVersion::TLSv1_1,
        ProtocolVersion::TLSv1_2,
        ProtocolVersion::TLSv1_3,
    ];
    let first = dice.below(all.len());
    let count = 1 + dice.below(all.len() - first);
    let mut versions: Vec<ProtocolVersion> = all.into_iter().skip(first).take(count).collect();
    // A hole in the middle is rare, and real.
    if versions.len() > 2 && dice.percent(10) {
        versions.remove(1);
    }
    versions
}

/// Switches whole families on and off, as an administrator's cipher string does, then some single suites.
fn suites(dice: &mut Stream, versions: &[ProtocolVersion]) -> BTreeMap<ProtocolVersion, Vec<CipherSuite>> {
    let exchanges: BTreeSet<_> = KNOWN.iter().map(|known| known.exchange).collect();
    let exchanges = mix(dice, COMMON_EXCHANGES, &exchanges.into_iter().collect::<Vec<_>>());
    let ciphers: BTreeSet<_> = KNOWN.iter().map(|known| known.cipher).collect();
    let ciphers = mix(dice, COMMON_CIPHERS, &ciphers.into_iter().collect::<Vec<_>>());
    let mut own: Vec<&Known> = KNOWN
        .iter()
        .filter(|known| {
            let exchange = known.exchange == KeyExchange::Tls13 || exchanges.contains(&known.exchange);
            dice.percent(if exchange && ciphers.contains(&known.cipher) { 85 } else { 1 })
        })
        .collect();
    dice.shuffle(&mut own);
    let mut of = |version| {
        let existing = own.iter().filter(|known| known.exists_in(version));
        let suites: Vec<CipherSuite> = existing.map(|known| known.suite).collect();
        // Some servers have other suites in each version.
        if dice.percent(15) { dice.some(&suites, 70) } else { suites }
    };
    versions.iter().map(|version| (*version, of(*version))).collect()
}

/// Keeps most of what is common and some of what is not, in any order.
fn mix<T: Copy + PartialEq>(dice: &mut Stream, common: &[T], all: &[T]) -> Vec<T> {
    let rare: Vec<T> = all.iter().copied().filter(|item| !common.contains(item)).collect();
    let mut kept = [dice.some(common, 75), dice.some(&rare, 15)].concat();
    dice.shuffle(&mut kept);
    kept
}

/// What a suite's name says, read once: reading all names anew for each server takes long.
struct Known {
    suite: CipherSuite,
    exchange: KeyExchange,
    cipher: Cipher,
    /// Whether it came with TLS 1.2.
    new: bool,
}

impl Known {
    /// Tells whether the suite is defined in a version.
    fn exists_in(&self, version: ProtocolVersion) -> bool {
        if version >= ProtocolVersion::TLSv1_3 || self.exchange == KeyExchange::Tls13 {
            return version >= ProtocolVersion::TLSv1_3 && self.exchange == KeyExchange::Tls13;
        }
        version == ProtocolVersion::TLSv1_2 || !self.new
    }
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let known = |suite: CipherSuite| {
        let new = matches!(suite.mac()?, Mac::Aead | Mac::Sha256 | Mac::Sha384);
        Some(Known { suite, exchange: suite.key_exchange()?, cipher: suite.encryption()?.cipher, new })
    };
    CipherSuite::selectable().filter_map(known).collect()
});

fn certificates(dice: &mut Stream) -> Vec<Certificate> {
    let mut keys = Vec::new();
    let curves = [NamedGroup::SECP256R1, NamedGroup::SECP384R1, NamedGroup::SECP521R1];
    for (percent, key) in [
        (80, Key::Rsa([512, 1024, 2048, 4096][dice.below(4)])),
        (40, Key::Ec(curves[dice.below(3)])),
        (5, Key::RsaPss(2048)),
        (5, Key::Dsa),
        (5, Key::Ed25519),
        (3, Key::Ed448),
        (3, Key::Dh),
    ] {
        if dice.percent(percent) {
            keys.push(key);
        }
    }
    keys.into_iter().map(Certificate::shape).collect()
}

fn order(dice: &mut Stream) -> Order {
    match dice.below(10) {
        0..=4 => Order::Server,
        5..=7 => Order::Client,
        _ => Order::ServerChaChaFirst,
    }
}

fn refusal(dice: &mut Stream) -> Refusal {
    let descriptions = [
        AlertDescription::HANDSHAKE_FAILURE,
        AlertDescription::PROTOCOL_VERSION,
        AlertDescription::INSUFFICIENT_SECURITY,
        AlertDescription::INTERNAL_ERROR,
        AlertDescription::ILLEGAL_PARAMETER,
    ];
    match dice.below(20) {
        0 => Refusal::Fin,
        1 => Refusal::Rst,
        2 => Refusal::Silence,
        _ => Refusal::Alert(descriptions[dice.below(descriptions.len())]),
    }
}

fn add_quirk(server: &mut Personality, dice: &mut Stream) {
    let quirks = &mut server.quirks;
    match dice.below(8) {
        0 => {
            let all: BTreeSet<CipherSuite> = server.suites.values().flatten().copied().collect();
            let suites = dice.some(&all.into_iter().collect::<Vec<_>>(), 15);
            let when = [When::Offered, When::First, When::Chosen][dice.below(3)];
            quirks.poison.push(Poison { suites, when, refusal: refusal(dice) });
        }
        1 => {
            quirks.most_suites = Some([16, 32, 64, 128][dice.below(4)]);
            quirks.refuses_more_suites = dice.percent(50);
        }
        // What F5's load balancers hung on, and hellos in more than one packet or record.
        2 => quirks.bad_sizes.push([256..=511, 1_400..=65_535, 16_384..=65_535][dice.below(3)].clone()),
        3 => {
            let old = server.suites.keys().next_back().filter(|newest| **newest < ProtocolVersion::TLSv1_2);
            quirks.greatest_version = old.copied();
        }
        4 => {
            let choke = [
                Choke::UnknownExtension,
                Choke::UnknownVersion,
                Choke::UnknownSuite,
                Choke::UnknownGroup,
                Choke::UnknownScheme,
                Choke::Grease,
                Choke::EmptyLastExtension,
                Choke::Compression,
                Choke::SessionId,
                Choke::NoServerName,
            ][dice.below(10)];
            quirks.chokes_on.insert(choke);
        }
        5 => (quirks.reuses_dh, quirks.reuses_ecdh) = (dice.percent(60), dice.percent(60)),
        6 => quirks.ignores_groups = true,
        _ => quirks.ignores_schemes = true,
    }
}

const COMMON_EXCHANGES: &[KeyExchange] = &[KeyExchange::Rsa, KeyExchange::Dhe, KeyExchange::Ecdhe];

const COMMON_CIPHERS: &[Cipher] = &[Cipher::Aes, Cipher::ChaCha20, Cipher::Camellia, Cipher::TripleDes];

const COMMON_GROUPS: &[NamedGroup] = &[NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1];

const COMMON_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA1,
];

const GROUPS: &[NamedGroup] = &[
    NamedGroup::SECT283R1,
    NamedGroup::SECP192R1,
    NamedGroup::SECP224R1,
    NamedGroup::SECP256K1,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::BRAINPOOLP256R1,
    NamedGroup::BRAINPOOLP512R1,
    NamedGroup::X25519,
    NamedGroup::X448,
    NamedGroup::BRAINPOOLP256R1TLS13,
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::MLKEM768,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::X25519MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
];
