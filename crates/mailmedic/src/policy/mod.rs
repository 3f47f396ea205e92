//! What is demanded: the thresholds that rules judge by, and the requirements of published guidelines.
//!
//! One file is one policy: data with its source and edition. To add one, write its file and put it in the list.

mod bsi_tr_02102_2;
mod evaluate;
mod look;
mod mail;
mod mozilla_intermediate;
mod mozilla_modern;
mod mozilla_old;
mod ncsc_nl;
mod nist_sp_800_52r2;
mod pci_dss_4;
mod rfc_9325;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mailmedic_wire::names::cipher_suite::{Cipher, KeyExchange};
use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

pub use look::{BeforeTls13, Field, Look, Prime};
pub use mail::MAIL;

use crate::diagnosis::Diagnosis;
use crate::observation::{EndpointObservation, Examination, SuiteClass, is_broken};

/// A set of demands.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The word for `--policy`.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Who publishes it.
    pub publisher: &'static str,
    /// The edition that is encoded here, in the publisher's words.
    pub edition: &'static str,
    /// The year, month or day of that edition: `2019-08`.
    pub date: &'static str,
    /// Where it is published.
    pub source: &'static str,
    /// What it leaves open, or what is not judged: shown with its requirements.
    pub note: &'static str,
    /// What it asks of a server, in its order.
    pub requirements: &'static [Requirement],
    /// The smallest Diffie-Hellman prime that is not weak, in bits (RFC 9325 §4.1).
    pub dh_bits: u16,
    /// The smallest RSA modulus that is not weak, in bits (RFC 9325 §4.1).
    pub rsa_bits: u32,
    /// A larger RSA modulus slows every handshake for no gain, in bits.
    pub rsa_bits_oversized: u32,
    /// The smallest curve that is not weak, in bits.
    pub curve_bits: u32,
    /// A greeting later than this is slow, in milliseconds.
    pub reply_slow_ms: u64,
}

impl Policy {
    /// Returns what it is called, without what it is about.
    pub fn short(&self) -> &'static str {
        self.title.split_once(':').map_or(self.title, |(short, _)| short)
    }

    /// Returns what it is called with its edition: `Mozilla modern 6.0`.
    pub fn cited(&self) -> String {
        let short = self.short();
        if short.contains(self.edition) { short.to_owned() } else { format!("{short} {}", self.edition) }
    }
}

/// One thing that a policy asks of a server.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// Where the policy says so: `3.1.1`, or the key of a table.
    pub section: &'static str,
    /// What is asked, in our words: a sentence that is true of a server which meets it.
    pub text: &'static str,
    /// How firmly.
    pub level: Level,
    /// What to look at.
    pub demand: Demand,
}

/// How firmly something is asked (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whoever claims the policy has to do it.
    Must,
    /// There may be reasons not to.
    Should,
}

impl Level {
    /// Returns the word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

/// What can be asked of a server.
#[derive(Clone, Copy, Debug)]
pub enum Demand {
    /// The version is spoken.
    Speaks(ProtocolVersion),
    /// None of these versions is spoken.
    NoVersions(&'static [ProtocolVersion]),
    /// No other suites than these are accepted, in whatever version.
    Suites(&'static [CipherSuite]),
    /// No suite of this kind is accepted.
    NoSuites(SuiteKind),
    /// No suite in CBC mode is accepted, unless encrypt_then_mac comes with it (RFC 7366).
    CbcOnlyEncryptThenMac,
    /// No other groups than these are used.
    Groups(&'static [NamedGroup]),
    /// At least one of these groups is used.
    AnyGroup(&'static [NamedGroup]),
    /// No curve with a field of fewer bits than this is used.
    CurveBits(u16),
    /// None of these schemes signs a handshake, in whatever version.
    NoSchemes(&'static [SignatureScheme]),
    /// Ephemeral Diffie-Hellman before TLS 1.3 is over primes of so many bits at least.
    DhBits(u16),
    /// Ephemeral Diffie-Hellman before TLS 1.3 is over these groups of RFC 7919 only.
    DhGroups(&'static [NamedGroup]),
    /// Whether the server's order of suites decides, not the client's.
    ServerOrder(bool),
    /// TLS does not compress.
    NoCompression,
    /// Renegotiation is tied to the connection (RFC 5746).
    SecureRenegotiation,
    /// The master secret is tied to the whole handshake (RFC 7627).
    ExtendedMasterSecret,
    /// No early data is taken in TLS 1.3 (RFC 8446 §2.3).
    NoEarlyData,
    /// The server's own key is of one of these kinds.
    KeyKinds(&'static [KeyKind]),
    /// The server's own key, if it is of a curve, is of one of these.
    KeyCurves(&'static [&'static str]),
    /// Every key of the chain has so many bits at least.
    KeyBits {
        /// For RSA.
        rsa: u32,
        /// For curves.
        curve: u32,
    },
    /// The certificate is signed with one of these algorithms.
    Signatures(&'static [&'static str]),
    /// Every certificate of the chain is signed over one of these hashes; EdDSA counts by its name.
    SignatureHashes(&'static [&'static str]),
    /// The certificate is good for so many days at most.
    Lifetime(i64),
    /// The certificate has begun and has not ended.
    InForce,
}

/// A kind of cipher suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuiteKind {
    /// No encryption, RC4, or keys of fewer than 112 bits.
    Below112Bits,
    /// Keys that are worth fewer than 128 bits; triple DES is worth 112.
    Below128Bits,
    /// No authentication of the server.
    Anonymous,
    /// RSA key transport: no forward secrecy.
    RsaKeyTransport,
    /// Diffie-Hellman with the key of the certificate: no forward secrecy.
    StaticDh,
    /// Ephemeral Diffie-Hellman over finite fields, before TLS 1.3.
    FiniteFieldDhe,
}

impl SuiteKind {
    /// Returns whether a suite is of this kind.
    pub fn contains(self, suite: CipherSuite) -> bool {
        let exchange = suite.key_exchange();
        let encryption = suite.encryption();
        match self {
            Self::Below112Bits => {
                is_broken(suite) || encryption.is_some_and(|encryption| encryption.key_bits < 112)
            }
            Self::Below128Bits => encryption.is_some_and(|encryption| {
                encryption.cipher == Cipher::TripleDes || encryption.key_bits < 128
            }),
            Self::Anonymous => suite.is_anonymous(),
            Self::RsaKeyTransport => {
                matches!(exchange, Some(KeyExchange::Rsa | KeyExchange::RsaExport | KeyExchange::RsaPsk))
            }
            Self::StaticDh => {
                matches!(exchange, Some(KeyExchange::Dh | KeyExchange::DhExport | KeyExchange::Ecdh))
            }
            Self::FiniteFieldDhe => exchange.is_some_and(KeyExchange::sends_dh),
        }
    }

    /// Returns the classes that hold every suite of this kind, where questions of the standard depth can rule
    /// the kind out.
    fn classes(self) -> Option<&'static [SuiteClass]> {
        use SuiteClass::{Anonymous, Broken, Dhe, RsaKeyExchange, SmallBlock};
        match self {
            Self::Below112Bits => Some(&[Broken, Anonymous]),
            Self::Below128Bits => Some(&[Broken, Anonymous, SmallBlock]),
            Self::Anonymous => Some(&[Anonymous]),
            Self::RsaKeyTransport => Some(&[RsaKeyExchange, Broken, SmallBlock]),
            Self::FiniteFieldDhe => Some(&[Dhe, Broken, Anonymous, SmallBlock]),
            Self::StaticDh => None,
        }
    }
}
/// The kind of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// ECDSA.
    Ecdsa,
    /// Ed25519 or Ed448.
    Eddsa,
}

/// What came of a requirement on one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is met.
    Met,
    /// There is nothing to ask it of; the reason in words.
    NotApplicable(&'static str),
    /// It could not be told; the reason completes "could not tell: …".
    Unknown(String),
    /// It is not met: the items that offend.
    Unmet(Vec<String>),
}

/// A requirement with what came of it on every endpoint that speaks TLS.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The requirement.
    pub requirement: &'static Requirement,
    /// The index of the endpoint in the examination, and the outcome.
    pub outcomes: Vec<(usize, Outcome)>,
}

impl Judged {
    /// Returns the outcome for all endpoints together, without its details: one that does not meet it decides,
    /// then one of which it is unknown.
    pub fn overall(&self) -> Outcome {
        let any = |is: fn(&Outcome) -> bool| self.outcomes.iter().any(|(_, outcome)| is(outcome));
        if any(|outcome| matches!(outcome, Outcome::Unmet(_))) {
            Outcome::Unmet(Vec::new())
        } else if any(|outcome| matches!(outcome, Outcome::Unknown(_))) {
            Outcome::Unknown(String::new())
        } else if any(|outcome| *outcome == Outcome::Met) {
            Outcome::Met
        } else {
            Outcome::NotApplicable("there is nothing to ask it of")
        }
    }
}

/// Holds every endpoint that speaks TLS against the requirements of a policy.
pub fn judge(policy: &Policy, seen: &Examination, diagnosis: &Diagnosis, now: Timestamp) -> Vec<Judged> {
    // Looks cost more than most rules.
    if policy.requirements.is_empty() {
        return Vec::new();
    }
    let speaking: Vec<(usize, &EndpointObservation)> =
        seen.endpoints.iter().enumerate().filter(|(_, seen)| seen.speaks().is_some()).collect();
    let looks: Vec<Look<'_>> =
        speaking.iter().map(|(index, seen)| Look::of(*index, seen, diagnosis, now)).collect();
    policy
        .requirements
        .iter()
        .map(|requirement| Judged {
            requirement,
            outcomes: speaking
                .iter()
                .zip(&looks)
                .map(|((index, seen), look)| (*index, outcome(requirement, look, seen)))
                .collect(),
        })
        .collect()
}

fn outcome(requirement: &Requirement, look: &Look<'_>, seen: &EndpointObservation) -> Outcome {
    match look.meets(requirement.demand) {
        Outcome::Unknown(_) if seen.same_as.is_some() => {
            Outcome::NotApplicable("it is asked under another name of the same place")
        }
        outcome => outcome,
    }
}

/// All policies, the default first.
pub const POLICIES: &[&Policy] = &[
    &MAIL,
    &mozilla_modern::POLICY,
    &mozilla_intermediate::POLICY,
    &mozilla_old::POLICY,
    &rfc_9325::POLICY,
    &nist_sp_800_52r2::POLICY,
    &bsi_tr_02102_2::POLICY,
    &ncsc_nl::POLICY,
    &pci_dss_4::POLICY,
];

/// Finds a policy by its word.
pub fn find(name: &str) -> Option<&'static Policy> {
    POLICIES.iter().copied().find(|policy| policy.name == name)
}

/// Every version before TLS 1.2.
const BEFORE_TLS12: &[ProtocolVersion] =
    &[ProtocolVersion::SSLv2, ProtocolVersion::SSLv3, ProtocolVersion::TLSv1_0, ProtocolVersion::TLSv1_1];

/// The signature schemes over MD5 and SHA-1 (RFC 9155).
const BROKEN_HASHES: &[SignatureScheme] = &[
    SignatureScheme::RSA_PKCS1_MD5,
    SignatureScheme::DSA_MD5,
    SignatureScheme::ECDSA_MD5,
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::DSA_SHA1,
    SignatureScheme::ECDSA_SHA1,
];
