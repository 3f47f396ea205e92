//! What a server knows and how it chooses, as data.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use mailmedic_wire::names::{
    AlertDescription, CipherKind, CipherSuite, CompressionMethod, ExtensionType, NamedGroup, ProtocolVersion,
    SignatureScheme,
};

use crate::dh::DhGroup;

/// A server's TLS. [`Personality::modern`] and its neighbours are starting points to change fields of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personality {
    /// The ciphers of SSL 2; `None` where it is not spoken.
    pub ssl2: Option<Vec<CipherKind>>,
    /// Whether SSL 3 and TLS are also spoken with who introduces himself in SSL 2's form (RFC 5246 appendix E.2).
    pub ssl2_introductions: bool,
    /// The versions spoken, SSL 3 to TLS 1.3, each with its suites in the server's order.
    pub suites: BTreeMap<ProtocolVersion, Vec<CipherSuite>>,
    /// Whose order of suites counts.
    pub suite_order: Order,
    /// Groups in the server's order; ffdhe groups count in TLS 1.3, and before it with [`Self::rfc7919`].
    pub groups: Vec<NamedGroup>,
    /// Whose order of groups counts.
    pub group_order: Order,
    /// Whether a group that the client sent a key for is taken before a better one that would need a HelloRetryRequest.
    pub prefers_sent_keys: bool,
    /// Signature schemes in the server's order.
    pub schemes: Vec<SignatureScheme>,
    /// Whose order of schemes counts.
    pub scheme_order: Order,
    /// The group of DHE suites; `None` disables them.
    pub dh: Option<DhGroup>,
    /// Whether DHE takes its group from the client's list, where that names one (RFC 7919).
    pub rfc7919: bool,
    /// The certificates, one for each kind of key.
    pub certificates: Vec<Certificate>,
    /// Methods of compression that are chosen when offered, best first; none of them is `NULL`.
    pub compression: Vec<CompressionMethod>,
    /// Extensions that are answered when offered.
    pub extensions: BTreeSet<ExtensionType>,
    /// Whether TLS_FALLBACK_SCSV is heeded (RFC 7507).
    pub fallback_scsv: bool,
    /// Whether the random confesses a downgrade (RFC 8446 section 4.1.3).
    pub confesses_downgrades: bool,
    /// Whether sessions get a name before TLS 1.3.
    pub session_ids: bool,
    /// Whether a client certificate is asked for before TLS 1.3.
    pub asks_certificate: bool,
    /// What follows when no agreement is found.
    pub refusals: Refusals,
    /// What is wrong with the server.
    pub quirks: Quirks,
    /// Makes the random bytes of this server differ from those of another.
    pub seed: u64,
}

/// Whose preference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The server's.
    Server,
    /// The client's.
    Client,
    /// The server's, but a client whose first suite is ChaCha20 gets one of those (OpenSSL's `PrioritizeChaCha`).
    ServerChaChaFirst,
}

/// A certificate and what its key can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The kind of key.
    pub key: Key,
    /// The chain as it is sent, as DER that nobody looks into.
    pub chain: Vec<Vec<u8>>,
}

/// The kind of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// RSA of so many bits.
    Rsa(u16),
    /// RSA that may only sign, with PSS.
    RsaPss(u16),
    /// DSA.
    Dsa,
    /// An elliptic curve key; it serves ECDSA and static ECDH.
    Ec(NamedGroup),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// Static Diffie-Hellman.
    Dh,
}

/// How a server turns a client away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// With a fatal alert, then it closes.
    Alert(AlertDescription),
    /// It closes.
    Fin,
    /// It resets the connection.
    Rst,
    /// It says nothing and waits.
    Silence,
}

/// How a server turns a client away in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusals {
    /// No version in common.
    pub version: Refusal,
    /// No suite in common, nor a group or scheme that a suite needs.
    pub suite: Refusal,
    /// A hello that one of the [`Quirks`] cannot bear.
    pub quirk: Refusal,
}

/// Faults in how a server reads hellos and makes keys. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Suites that break the handshake.
    pub poison: Vec<Poison>,
    /// The greatest number of suites it reads.
    pub most_suites: Option<usize>,
    /// What it does about more: it turns the client away, or ignores those behind.
    pub refuses_more_suites: bool,
    /// Lengths of ClientHello messages, in bytes with their header, that it cannot bear.
    pub bad_sizes: Vec<RangeInclusive<usize>>,
    /// The greatest version in a hello's version field that it bears, where it should just answer with its own greatest.
    pub greatest_version: Option<ProtocolVersion>,
    /// What else in a hello it cannot bear.
    pub chokes_on: BTreeSet<Choke>,
    /// Whether all connections see the same DH key.
    pub reuses_dh: bool,
    /// Whether all connections see the same elliptic curve key.
    pub reuses_ecdh: bool,
    /// Whether it heeds the versions in an extension though it does not speak TLS 1.3, as OpenSSL does since 1.1.1.
    pub heeds_versions: bool,
    /// Whether it uses its first group though the client offers others only.
    pub ignores_groups: bool,
    /// Whether it signs with its first fitting scheme though the client offers others only.
    pub ignores_schemes: bool,
    /// It chooses a suite by what its keys can sign, and turns the client away if then no signature scheme fits, though another suite
    /// would do: OpenSSL 3 in TLS 1.2.
    pub schemes_last: bool,
}

/// Suites that break the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    /// The suites.
    pub suites: Vec<CipherSuite>,
    /// When they do.
    pub when: When,
    /// How the server breaks it.
    pub refusal: Refusal,
}

/// When a poisonous suite breaks the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// The client offers it at all.
    Offered,
    /// The client offers it first.
    First,
    /// The server would choose it.
    Chosen,
}

/// What a fragile server cannot bear in a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choke {
    /// Any extension at all.
    AnyExtension,
    /// An extension that nobody registered.
    UnknownExtension,
    /// A version that nobody registered in `supported_versions`.
    UnknownVersion,
    /// A suite that nobody registered.
    UnknownSuite,
    /// A group that nobody registered.
    UnknownGroup,
    /// A signature scheme that nobody registered.
    UnknownScheme,
    /// A reserved value of RFC 8701 anywhere.
    Grease,
    /// A last extension without content.
    EmptyLastExtension,
    /// An offer of compression.
    Compression,
    /// A hello without `server_name`.
    NoServerName,
    /// A session to resume.
    SessionId,
}

impl Default for Refusals {
    fn default() -> Self {
        let failure = Refusal::Alert(AlertDescription::HANDSHAKE_FAILURE);
        Self { version: Refusal::Alert(AlertDescription::PROTOCOL_VERSION), suite: failure, quirk: failure }
    }
}

impl Personality {
    /// Returns the versions spoken, SSL 2 too, oldest first.
    pub fn versions(&self) -> Vec<ProtocolVersion> {
        let ssl2 = self.ssl2.as_ref().map(|_| ProtocolVersion::SSLv2);
        ssl2.into_iter().chain(self.suites.keys().copied()).collect()
    }
}

impl Certificate {
    /// Returns a certificate that is one in name only: bytes that begin as DER does and tell the kind of key.
    pub fn shape(key: Key) -> Self {
        let body = format!("{key:?}").into_bytes();
        Self { key, chain: vec![[&[0x30, body.len() as u8][..], &body].concat()] }
    }
}
