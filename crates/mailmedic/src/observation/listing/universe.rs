//! All that a full listing asks for, and what a suite needs to be chosen.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use mailmedic_wire::names::cipher_suite::{Authentication, Cipher, Encryption, KeyExchange, Mac, Mode};
use mailmedic_wire::names::{CipherSuite, GroupFamily, NamedGroup, ProtocolVersion, SignatureScheme};

/// TLS 1.3 as it stands on the wire.
pub const TLS13: u16 = ProtocolVersion::TLSv1_3.0;
/// TLS 1.2 as it stands on the wire.
pub const TLS12: u16 = ProtocolVersion::TLSv1_2.0;
/// SSL 3 as it stands on the wire.
pub const SSL3: u16 = ProtocolVersion::SSLv3.0;

/// The versions that a full listing asks for one by one, newest first; SSL 2 has a hello of its own.
pub const VERSIONS: [u16; 5] = [TLS13, TLS12, 0x0302, 0x0301, SSL3];

/// The finite fields that have a number (RFC 7919).
pub const FIELDS: [u16; 5] = [
    NamedGroup::FFDHE2048.0,
    NamedGroup::FFDHE3072.0,
    NamedGroup::FFDHE4096.0,
    NamedGroup::FFDHE6144.0,
    NamedGroup::FFDHE8192.0,
];

/// What a suite needs and belongs to.
#[derive(Clone, Copy, Debug)]
pub struct SuiteTraits {
    /// The suite.
    pub suite: u16,
    /// Whether it belongs to TLS 1.3.
    pub tls13: bool,
    /// Whether the server must find a curve among the groups before TLS 1.3.
    pub curve: bool,
    /// Whether the key in the certificate lies on a curve that must be among the groups.
    pub static_curve: bool,
    /// Whether the server sends a finite field.
    pub field: bool,
    /// Whether the suite came with TLS 1.2 (RFC 5246 §1.2).
    pub only_tls12: bool,
    /// Whether the server signs its key exchange in TLS 1.2, and with what kind of key.
    pub signed: Option<SignerKind>,
    /// How data is protected; none for the numbers of drafts. With a family that is taken, a protection that is taken mostly is, too.
    pub protection: Option<(Encryption, Mac)>,
    /// How the keys are agreed and how the server proves itself: sisters are mostly taken or refused together.
    pub family: (Option<KeyExchange>, Option<Authentication>),
}

impl SuiteTraits {
    /// Tells whether the client encrypts to the RSA key of the certificate.
    pub fn is_plain_rsa(self) -> bool {
        matches!(self.family.0, Some(KeyExchange::Rsa | KeyExchange::RsaExport | KeyExchange::RsaPsk))
    }

    /// Returns what the suite needs, apart from its number.
    pub(super) fn needs(self) -> Needs {
        Needs {
            tls13: self.tls13,
            curve: self.curve,
            static_curve: self.static_curve,
            field: self.field,
            signed: self.signed,
        }
    }
}

/// What a suite needs beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needs {
    pub(super) tls13: bool,
    pub(super) curve: bool,
    pub(super) static_curve: bool,
    pub(super) field: bool,
    pub(super) signed: Option<SignerKind>,
}

/// The kind of key behind a signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignerKind {
    /// RSA.
    Rsa,
    /// ECDSA or EdDSA.
    Ecdsa,
    /// DSA.
    Dss,
}

impl SignerKind {
    /// Returns the kind of key that makes a signature of this scheme.
    pub fn of(scheme: u16) -> Option<Self> {
        static KINDS: LazyLock<HashMap<u16, SignerKind>> = LazyLock::new(|| {
            let all = SignatureScheme::all().iter();
            all.filter_map(|scheme| Some((scheme.0, SignerKind::read(*scheme)?))).collect()
        });
        KINDS.get(&scheme).copied()
    }

    fn read(scheme: SignatureScheme) -> Option<Self> {
        let name = scheme.name()?;
        match () {
            () if name.starts_with("rsa_") => Some(Self::Rsa),
            () if name.starts_with("ecdsa_") || name.starts_with("ed") => Some(Self::Ecdsa),
            () if name.starts_with("dsa_") => Some(Self::Dss),
            () => None,
        }
    }
}

/// Every suite that a server can choose, in the order of preference of our hellos: families in which a server may fail once it has
/// chosen come late. Of the usual ones those that tricks can ask for stand in the middle, since hellos begin at either end.
static SUITES: LazyLock<Vec<SuiteTraits>> = LazyLock::new(|| {
    let mut suites: Vec<SuiteTraits> = CipherSuite::selectable().map(traits).collect();
    let place = |suite: CipherSuite| match suite.encryption().map(|it| (it.cipher, it.mode)) {
        Some((Cipher::Aes, Mode::Gcm) | (Cipher::ChaCha20, _)) => 0,
        Some((Cipher::Aes, Mode::Cbc)) => 1,
        _ => 2,
    };
    suites.sort_by_key(|traits| (traits.field, !is_usual(traits.suite), place(CipherSuite(traits.suite))));
    suites
});

fn traits(suite: CipherSuite) -> SuiteTraits {
    let exchange = suite.key_exchange();
    let ephemeral = matches!(exchange, Some(KeyExchange::Ecdhe | KeyExchange::Dhe | KeyExchange::DheExport));
    let signed = match suite.authentication() {
        Some(Authentication::Rsa) if ephemeral => Some(SignerKind::Rsa),
        Some(Authentication::Ecdsa) if ephemeral => Some(SignerKind::Ecdsa),
        Some(Authentication::Dss) if ephemeral => Some(SignerKind::Dss),
        _ => None,
    };
    SuiteTraits {
        suite: suite.0,
        tls13: exchange == Some(KeyExchange::Tls13),
        curve: exchange.is_some_and(KeyExchange::sends_ecdh),
        static_curve: exchange == Some(KeyExchange::Ecdh),
        field: exchange.is_some_and(KeyExchange::sends_dh),
        only_tls12: matches!(suite.mac(), Some(Mac::Aead | Mac::Sha256 | Mac::Sha384)),
        signed,
        protection: suite.encryption().zip(suite.mac()).filter(|_| !is_draft(suite)),
        family: (exchange, suite.authentication()),
    }
}

/// Tells whether the number is one that a draft gave and the standard took back.
fn is_draft(suite: CipherSuite) -> bool {
    suite.name().is_some_and(|name| name.ends_with("_OLD"))
}

/// Returns what a suite needs; none for a number that nobody registered.
pub fn suite_traits(suite: u16) -> Option<SuiteTraits> {
    // By the high byte, then by the low one: this is asked thousands of times for each answer.
    static BY_NUMBER: LazyLock<Vec<Vec<Option<SuiteTraits>>>> = LazyLock::new(|| {
        let mut pages = vec![Vec::new(); 256];
        for traits in SUITES.iter() {
            let [high, low] = traits.suite.to_be_bytes();
            let page: &mut Vec<Option<SuiteTraits>> = &mut pages[usize::from(high)];
            page.resize(256, None);
            page[usize::from(low)] = Some(*traits);
        }
        pages
    });
    let [high, low] = suite.to_be_bytes();
    BY_NUMBER.get(usize::from(high))?.get(usize::from(low)).copied()?
}

/// Returns the suites that a full listing offers at a version.
pub fn suites_at(version: u16) -> impl Iterator<Item = &'static SuiteTraits> {
    SUITES.iter().filter(move |traits| traits.tls13 == (version == TLS13))
}

/// Tells whether servers commonly have the suite: all that OpenSSL and GnuTLS turn on by themselves.
pub fn is_usual(suite: u16) -> bool {
    use KeyExchange as K;
    static USUAL: LazyLock<HashSet<u16>> = LazyLock::new(|| {
        let usual = |suite: &CipherSuite| {
            let name = suite.name().unwrap_or_default();
            if suite.is_tls13() {
                return (0x1301..=0x1303).contains(&suite.0);
            }
            let exchange = matches!(suite.key_exchange(), Some(K::Ecdhe | K::Dhe | K::Rsa));
            let signer = matches!(suite.authentication(), Some(Authentication::Rsa | Authentication::Ecdsa));
            let has = |part: &str| name.contains(part);
            // ARIA with CBC is in neither, and Camellia with GCM in GnuTLS alone, which has left it out by itself for long.
            let mode = if has("_ARIA_") { has("_GCM_") } else { !(has("_CAMELLIA_") && has("_GCM_")) };
            let cipher = ["_AES_", "_CAMELLIA_", "_ARIA_", "_CHACHA20_"].into_iter().any(has) && mode;
            exchange && signer && cipher && !is_draft(*suite) && !has("_RMD")
        };
        CipherSuite::selectable().filter(usual).map(|suite| suite.0).collect()
    });
    USUAL.contains(&suite)
}

/// Returns the groups that a full listing offers in TLS 1.3 or before, the likely ones first.
pub fn groups_at(version: u16) -> &'static [u16] {
    static NEW: LazyLock<Vec<u16>> = LazyLock::new(|| groups(true));
    static OLD: LazyLock<Vec<u16>> = LazyLock::new(|| groups(false));
    if version == TLS13 { &NEW } else { &OLD }
}

fn groups(tls13: bool) -> Vec<u16> {
    let is_possible = |group: &NamedGroup| match group.family() {
        Some(GroupFamily::Curve) => {
            // RFC 8734 gave these curves other numbers for TLS 1.3; explicit curves name no group.
            let only_tls13 = group.name().is_some_and(|name| name.ends_with("tls13"));
            group.0 < 0xFF00 && (tls13 || !only_tls13)
        }
        Some(_) => tls13,
        None => false,
    };
    let mut groups: Vec<NamedGroup> = NamedGroup::all().iter().copied().filter(is_possible).collect();
    let rank = |group: &NamedGroup| LIKELY.iter().position(|likely| likely == group).unwrap_or(LIKELY.len());
    groups.sort_by_key(rank);
    groups.into_iter().map(|group| group.0).collect()
}

/// The groups that libraries turn on by themselves.
const LIKELY: [NamedGroup; 12] = [
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::X448,
    NamedGroup::X25519MLKEM768,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::FFDHE6144,
    NamedGroup::FFDHE8192,
];

/// Returns the signature schemes that a full listing offers at a version; none before TLS 1.2, which had none to
/// choose from.
pub fn schemes_at(version: u16) -> &'static [u16] {
    static NEW: LazyLock<Vec<u16>> = LazyLock::new(|| schemes(true));
    static OLD: LazyLock<Vec<u16>> = LazyLock::new(|| schemes(false));
    match version {
        TLS13 => &NEW,
        TLS12 => &OLD,
        _ => &[],
    }
}

fn schemes(tls13: bool) -> Vec<u16> {
    let is_possible = |scheme: &SignatureScheme| {
        let Some(name) = scheme.name() else { return false };
        // TLS 1.3 signs with neither of these (RFC 8446 §4.2.3); its own Brainpool schemes are no older.
        let only_old =
            name.starts_with("rsa_pkcs1") || name.starts_with("dsa_") || name.starts_with("ecdsa_sha");
        let only_tls13 = name.ends_with("_legacy") || name.contains("tls13") || name.starts_with("mldsa");
        if tls13 { !only_old && !name.ends_with("_md5") } else { !only_tls13 }
    };
    SignatureScheme::all().iter().filter(|scheme| is_possible(scheme)).map(|scheme| scheme.0).collect()
}

#[cfg(test)]
mod tests {
    use super::{SSL3, TLS12, TLS13, groups_at, is_usual, schemes_at, suites_at};

    #[test]
    fn every_suite_is_offered_at_one_kind_of_version_only() {
        let (new, old) = (suites_at(TLS13).count(), suites_at(TLS12).count());
        assert!(new >= 5 && old > 300, "{new} {old}");
        assert_eq!(suites_at(SSL3).count(), old);
        assert!(suites_at(TLS12).all(|traits| !traits.tls13));
    }

    #[test]
    fn what_is_usual_comes_first_and_finite_fields_last() {
        let old: Vec<_> = suites_at(TLS12).collect();
        assert!(is_usual(old[0].suite) && !old[0].field);
        let first_field = old.iter().position(|traits| traits.field).unwrap();
        assert!(old[first_field..].iter().all(|traits| traits.field));
    }

    #[test]
    fn old_versions_have_neither_hybrids_nor_schemes() {
        assert!(groups_at(TLS13).contains(&0x11EC) && !groups_at(TLS12).contains(&0x11EC));
        assert!(groups_at(TLS12).contains(&0x0017) && groups_at(TLS12)[0] == 0x001D);
        assert!(schemes_at(TLS12).contains(&0x0401) && !schemes_at(TLS13).contains(&0x0401));
        assert!(schemes_at(0x0302).is_empty());
    }
}
