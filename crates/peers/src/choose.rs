//! How a server chooses from a hello: version, suite, group, certificate and signature scheme.

use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::cipher_suite::{Authentication, Cipher, KeyExchange};
use mailmedic_wire::names::{
    AlertDescription, CipherSuite, CompressionMethod, ExtensionType, GroupFamily, NamedGroup,
    ProtocolVersion, SignatureScheme,
};

use crate::fragile;
use crate::personality::{Key, Order, Personality, Quirks, Refusal, When};

/// What a server chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The version.
    pub version: ProtocolVersion,
    /// The suite.
    pub suite: CipherSuite,
    /// The compression.
    pub compression: CompressionMethod,
    /// The group of the key exchange, where it has one with a number.
    pub group: Option<NamedGroup>,
    /// Whether the client must send a key in that group first (HelloRetryRequest).
    pub retry: bool,
    /// The index of the certificate, where the suite needs one.
    pub certificate: Option<usize>,
    /// How the handshake is signed; `None` before TLS 1.2, and where the suite signs nothing.
    pub scheme: Option<SignatureScheme>,
}

/// Chooses as this server would.
///
/// # Errors
/// How the server turns the client away.
pub fn choose(server: &Personality, hello: &ClientHello) -> Result<Choice, Refusal> {
    fragile::bears(server, hello)?;
    if !hello.compression_methods.contains(&CompressionMethod::NULL) {
        return Err(Refusal::Alert(AlertDescription::ILLEGAL_PARAMETER));
    }
    let version = version(server, hello)?;
    let newest = server.suites.keys().next_back();
    let falls_back = hello.cipher_suites.contains(&CipherSuite::TLS_FALLBACK_SCSV);
    if falls_back && server.fallback_scsv && newest.is_some_and(|newest| version < *newest) {
        return Err(Refusal::Alert(AlertDescription::INAPPROPRIATE_FALLBACK));
    }
    let choice = if version >= ProtocolVersion::TLSv1_3 {
        choose_tls13(server, hello, version)?
    } else {
        let mut suites = suites(server, hello, version).into_iter();
        if server.quirks.schemes_last {
            let quirks = Quirks { ignores_schemes: true, ..server.quirks.clone() };
            let careless = Personality { quirks, ..server.clone() };
            let suite = suites.find(|suite| choose_old(&careless, hello, version, *suite).is_some());
            suite.and_then(|suite| choose_old(server, hello, version, suite))
        } else {
            suites.find_map(|suite| choose_old(server, hello, version, suite))
        }
        .ok_or(server.refusals.suite)?
    };
    let mut poison = server.quirks.poison.iter().filter(|poison| poison.when == When::Chosen);
    match poison.find(|poison| poison.suites.contains(&choice.suite)) {
        Some(poison) => Err(poison.refusal),
        None => Ok(choice),
    }
}

fn version(server: &Personality, hello: &ClientHello) -> Result<ProtocolVersion, Refusal> {
    let tls13 = ProtocolVersion::TLSv1_3;
    let mut spoken = server.suites.keys().rev().copied();
    let found = match hello.extension(ExtensionType::SUPPORTED_VERSIONS) {
        // Who does not speak TLS 1.3 mostly never heard of the extension.
        Some(ClientExtension::SupportedVersions(offered))
            if server.suites.contains_key(&tls13) || server.quirks.heeds_versions =>
        {
            spoken.find(|version| offered.contains(version))
        }
        _ => spoken.find(|version| *version < tls13 && *version <= hello.legacy_version),
    };
    found.ok_or(server.refusals.version)
}

/// Returns the suites both sides know in the order in which this server tries them.
fn suites(server: &Personality, hello: &ClientHello, version: ProtocolVersion) -> Vec<CipherSuite> {
    let read = server.quirks.most_suites.unwrap_or(usize::MAX);
    let offered = hello.cipher_suites.get(..read).unwrap_or(&hello.cipher_suites);
    let own = server.suites.get(&version).map_or(&[][..], Vec::as_slice);
    let mut suites = shared(own, offered, server.suite_order);
    let is_chacha =
        |suite: &CipherSuite| suite.encryption().is_some_and(|how| how.cipher == Cipher::ChaCha20);
    if server.suite_order == Order::ServerChaChaFirst && offered.first().is_some_and(is_chacha) {
        suites.sort_by_key(|suite| !is_chacha(suite));
    }
    suites
}

fn choose_tls13(
    server: &Personality,
    hello: &ClientHello,
    version: ProtocolVersion,
) -> Result<Choice, Refusal> {
    let missing = Refusal::Alert(AlertDescription::MISSING_EXTENSION);
    let refused = server.refusals.suite;
    let suite = *suites(server, hello, version).first().ok_or(refused)?;
    let Some(ClientExtension::KeyShare(sent)) = hello.extension(ExtensionType::KEY_SHARE) else {
        return Err(missing);
    };
    let groups = client_groups(hello).ok_or(missing)?;
    let candidates = usable(shared(&server.groups, groups, server.group_order), version);
    let is_sent = |group: &NamedGroup| sent.iter().any(|entry| entry.group == *group);
    let best = candidates.first().copied();
    let easy = candidates.iter().copied().find(is_sent).filter(|_| server.prefers_sent_keys);
    let group = easy.or(best).ok_or(refused)?;
    let offered = client_schemes(hello).ok_or(missing)?;
    let (certificate, scheme) = (0..server.certificates.len())
        .find_map(|index| Some((index, scheme(server, offered, server.certificates[index].key, version)?)))
        .ok_or(refused)?;
    Ok(Choice {
        version,
        suite,
        compression: CompressionMethod::NULL,
        group: Some(group),
        retry: !is_sent(&group),
        certificate: Some(certificate),
        scheme: Some(scheme),
    })
}

/// Tells what a suite before TLS 1.3 leads to, or `None` where something it needs is not shared.
fn choose_old(
    server: &Personality,
    hello: &ClientHello,
    version: ProtocolVersion,
    suite: CipherSuite,
) -> Option<Choice> {
    let exchange = suite.key_exchange()?;
    let group = if exchange.sends_ecdh() {
        let own = usable(server.groups.clone(), version);
        let shared = match client_groups(hello) {
            Some(offered) => shared(&own, offered, server.group_order),
            None => own.clone(),
        };
        let forced = own.first().filter(|_| server.quirks.ignores_groups);
        Some(*shared.first().or(forced)?)
    } else if exchange.sends_dh() {
        finite_field(server, hello)?
    } else {
        None
    };
    let (certificate, scheme) = match suite.authentication()? {
        Authentication::Null | Authentication::Psk | Authentication::Password => (None, None),
        Authentication::Gost | Authentication::Fortezza | Authentication::Krb5 | Authentication::Any => {
            return None;
        }
        authentication => {
            let signs = exchange.sends_dh()
                || exchange.sends_ecdh()
                || matches!(exchange, KeyExchange::RsaExport | KeyExchange::Srp);
            let offered = client_schemes(hello).unwrap_or(DEFAULT_SCHEMES);
            let mut fitting = server.certificates.iter().enumerate().filter(|(_, certificate)| {
                serves(certificate.key, exchange, authentication) && knows_curve(hello, certificate.key)
            });
            if !signs {
                (Some(fitting.next()?.0), None)
            } else if version < ProtocolVersion::TLSv1_2 {
                let old = |key| !matches!(key, Key::RsaPss(_) | Key::Ed25519 | Key::Ed448);
                (Some(fitting.find(|(_, certificate)| old(certificate.key))?.0), None)
            } else {
                let (index, scheme) = fitting.find_map(|(index, certificate)| {
                    Some((index, scheme(server, offered, certificate.key, version)?))
                })?;
                (Some(index), Some(scheme))
            }
        }
    };
    let compression = server.compression.iter().find(|method| hello.compression_methods.contains(method));
    Some(Choice {
        version,
        suite,
        compression: compression.copied().unwrap_or(CompressionMethod::NULL),
        group,
        retry: false,
        certificate,
        scheme,
    })
}

/// Returns the named group of a DHE suite if it has one, or `None` where DHE cannot be had.
#[expect(clippy::option_option, reason = "no DHE at all is not the same as a group without a name")]
fn finite_field(server: &Personality, hello: &ClientHello) -> Option<Option<NamedGroup>> {
    let is_field = |group: &NamedGroup| group.family() == Some(GroupFamily::FiniteField);
    let offered = client_groups(hello).unwrap_or_default();
    if server.rfc7919 && offered.iter().any(is_field) {
        let shared = shared(&server.groups, offered, server.group_order);
        return shared.into_iter().find(is_field).map(Some);
    }
    server.dh.as_ref().map(|_| None)
}

fn serves(key: Key, exchange: KeyExchange, authentication: Authentication) -> bool {
    match exchange {
        KeyExchange::Rsa | KeyExchange::RsaExport | KeyExchange::RsaPsk => matches!(key, Key::Rsa(_)),
        KeyExchange::Dh | KeyExchange::DhExport => key == Key::Dh,
        KeyExchange::Ecdh => matches!(key, Key::Ec(_)),
        _ => match authentication {
            Authentication::Rsa => matches!(key, Key::Rsa(_) | Key::RsaPss(_)),
            Authentication::Dss => key == Key::Dsa,
            Authentication::Ecdsa => matches!(key, Key::Ec(_) | Key::Ed25519 | Key::Ed448),
            _ => false,
        },
    }
}

/// Tells whether the client knows the curve of a certificate, as OpenSSL demands (RFC 8422 section 2.2).
fn knows_curve(hello: &ClientHello, key: Key) -> bool {
    match (key, client_groups(hello)) {
        (Key::Ec(curve), Some(groups)) => groups.contains(&curve),
        _ => true,
    }
}

fn scheme(
    server: &Personality,
    offered: &[SignatureScheme],
    key: Key,
    version: ProtocolVersion,
) -> Option<SignatureScheme> {
    let fits = |scheme: &SignatureScheme| can_sign(key, *scheme, version);
    let shared = shared(&server.schemes, offered, server.scheme_order).into_iter().find(fits);
    let forced = server.schemes.iter().copied().find(fits).filter(|_| server.quirks.ignores_schemes);
    shared.or(forced)
}

fn can_sign(key: Key, scheme: SignatureScheme, version: ProtocolVersion) -> bool {
    use SignatureScheme as S;
    let pair = scheme.0.to_be_bytes();
    let old = |algorithm| version < ProtocolVersion::TLSv1_3 && pair[0] <= 6 && pair[1] == algorithm;
    match key {
        Key::Rsa(_) => old(1) || (S::RSA_PSS_RSAE_SHA256..=S::RSA_PSS_RSAE_SHA512).contains(&scheme),
        Key::RsaPss(_) => (S::RSA_PSS_PSS_SHA256..=S::RSA_PSS_PSS_SHA512).contains(&scheme),
        Key::Dsa => old(2),
        Key::Ec(curve) => old(3) || CURVE_SCHEMES.contains(&(curve, scheme)),
        Key::Ed25519 => scheme == S::ED25519,
        Key::Ed448 => scheme == S::ED448,
        Key::Dh => false,
    }
}

/// Returns what both lists hold, in the order of the one that counts.
fn shared<T: Copy + PartialEq>(own: &[T], offered: &[T], order: Order) -> Vec<T> {
    let (first, second) = match order {
        Order::Server | Order::ServerChaChaFirst => (own, offered),
        Order::Client => (offered, own),
    };
    first.iter().copied().filter(|item| second.contains(item)).collect()
}

/// Keeps the groups that this version can use.
pub(crate) fn usable(mut groups: Vec<NamedGroup>, version: ProtocolVersion) -> Vec<NamedGroup> {
    let old_curves = NamedGroup::SECT163K1..=NamedGroup::X448;
    let new_curves = [NamedGroup::SECP256R1, NamedGroup::SECP384R1, NamedGroup::SECP521R1];
    groups.retain(|group| match version >= ProtocolVersion::TLSv1_3 {
        true => new_curves.contains(group) || *group >= NamedGroup::X25519,
        false => old_curves.contains(group),
    });
    groups
}

pub(crate) fn client_groups(hello: &ClientHello) -> Option<&[NamedGroup]> {
    match hello.extension(ExtensionType::SUPPORTED_GROUPS)? {
        ClientExtension::SupportedGroups(groups) => Some(groups),
        _ => None,
    }
}

pub(crate) fn client_schemes(hello: &ClientHello) -> Option<&[SignatureScheme]> {
    match hello.extension(ExtensionType::SIGNATURE_ALGORITHMS)? {
        ClientExtension::SignatureAlgorithms(schemes) => Some(schemes),
        _ => None,
    }
}

/// What a client accepts that says nothing (RFC 5246 section 7.4.1.4.1).
const DEFAULT_SCHEMES: &[SignatureScheme] =
    &[SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::DSA_SHA1, SignatureScheme::ECDSA_SHA1];

/// The scheme of each curve in TLS 1.3 (RFC 8446 section 4.2.3, RFC 8734).
const CURVE_SCHEMES: &[(NamedGroup, SignatureScheme)] = &[
    (NamedGroup::SECP256R1, SignatureScheme::ECDSA_SECP256R1_SHA256),
    (NamedGroup::SECP384R1, SignatureScheme::ECDSA_SECP384R1_SHA384),
    (NamedGroup::SECP521R1, SignatureScheme::ECDSA_SECP521R1_SHA512),
    (NamedGroup::BRAINPOOLP256R1, SignatureScheme::ECDSA_BRAINPOOLP256R1TLS13_SHA256),
    (NamedGroup::BRAINPOOLP384R1, SignatureScheme::ECDSA_BRAINPOOLP384R1TLS13_SHA384),
    (NamedGroup::BRAINPOOLP512R1, SignatureScheme::ECDSA_BRAINPOOLP512R1TLS13_SHA512),
];
