//! A certificate as fields, read as far as it can be read (RFC 5280).

pub(crate) mod algorithm;
mod constraint;
pub(crate) mod der;
mod distinguished;
pub(crate) mod extension;
mod form;
pub(crate) mod lint;
pub mod logs;
mod policy;
pub(crate) mod read;
mod rsa;
pub(crate) mod sct;
pub(crate) mod status;
mod subject;
pub mod weak;

use std::net::IpAddr;

use jiff::Timestamp;

use crate::bytes::Fingerprint;
pub use constraint::{Held, NameConstraints, Subtree};
pub use distinguished::DistinguishedName;
pub use form::Breach;
pub use policy::{ANY_POLICY, Policies};
pub use rsa::{RsaKey, rsa_key_of};
pub use sct::SignedTimestamp;
pub use status::CrlPoint;

/// A certificate; what cannot be read is listed in `problems` and left out, never guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The digest of the DER form.
    pub fingerprint: Fingerprint,
    /// The DER form.
    pub der: Vec<u8>,
    /// The subject as people read it, `CN=…, O=…`; empty if there is none.
    pub subject: String,
    /// The subject as DER, to compare.
    pub subject_der: Vec<u8>,
    /// The subject's last common name.
    pub common_name: Option<String>,
    /// The issuer as people read it.
    pub issuer: String,
    /// The issuer as DER, to compare.
    pub issuer_der: Vec<u8>,
    /// The issuer's common name, or its organisation.
    pub issuer_name: Option<String>,
    /// The serial number in hex.
    pub serial: String,
    /// The X.509 version: 1, 2 or 3.
    pub version: u32,
    /// The start of the validity.
    pub not_before: Option<Timestamp>,
    /// The end of the validity.
    pub not_after: Option<Timestamp>,
    /// The subject alternative names; none if the extension is absent.
    pub names: Option<AlternativeNames>,
    /// The public key.
    pub key: PublicKey,
    /// The SubjectPublicKeyInfo as DER.
    pub spki_der: Vec<u8>,
    /// The algorithm of the issuer's signature.
    pub signature: SignatureAlgorithm,
    /// Whether basicConstraints says that it is a CA; none if the extension is absent.
    pub is_ca: Option<bool>,
    /// basicConstraints' limit on CA certificates below.
    pub path_length: Option<u32>,
    /// The keyUsage bits; none if the extension is absent.
    pub key_usage: Option<KeyUsage>,
    /// The extended key usages as dotted OIDs; none if the extension is absent.
    pub extended_key_usage: Option<Vec<String>>,
    /// The subject key identifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// The authority key identifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Whether the authority key identifier names the issuer's issuer or serial number, too.
    pub authority_key_has_issuer: bool,
    /// The name constraints (RFC 5280 §4.2.1.10); none if the extension is absent.
    pub name_constraints: Option<NameConstraints>,
    /// What it says of policies.
    pub policies: Policies,
    /// URLs of the issuer's certificate (RFC 5280 §4.2.2.1).
    pub issuer_urls: Vec<String>,
    /// Whether a stapled OCSP response is demanded (RFC 7633).
    pub must_staple: bool,
    /// The signed timestamps of logs that stand in it (RFC 6962 §3.3); none if the extension is absent.
    pub timestamps: Option<Vec<SignedTimestamp>>,
    /// Whether it has a logotype, a picture for people (RFC 9399); what it holds is not read.
    pub has_logotype: bool,
    /// Whether it shows that a public CA issued it: it has an extension with signed timestamps of logs (RFC 6962 §3.3),
    /// which take no others, or a policy of the CA/Browser Forum's Baseline Requirements (§7.1.6.1).
    pub publicly_issued: bool,
    /// OIDs of critical extensions that mailmedic does not know.
    pub unknown_critical: Vec<String>,
    /// What could not be read, in words.
    pub problems: Vec<String>,
    /// Demands for form that it breaks and that clients do not check.
    pub breaches: Vec<Breach>,
}

/// The subject alternative names by kind (RFC 5280 §4.2.1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlternativeNames {
    /// DNS names as written, in lower case.
    pub dns: Vec<String>,
    /// IP addresses.
    pub addresses: Vec<IpAddr>,
    /// How many names of other kinds there are.
    pub others: usize,
    /// Mail addresses among the others.
    pub mails: Vec<String>,
    /// SRV-IDs among the others (RFC 4985), as `_imap.example.org`, in lower case.
    pub services: Vec<String>,
    /// Distinguished names among the others, as DER.
    pub directories: Vec<Vec<u8>>,
    /// The tag bytes of the kinds of names that are not told apart further, each once; SRV-IDs are among them.
    pub other_kinds: Vec<u8>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA with a modulus of so many bits.
    Rsa {
        /// The size of the modulus.
        bits: u32,
    },
    /// An elliptic curve by its name, such as `secp256r1`, or its OID, or "explicit parameters".
    Ec {
        /// The curve.
        curve: String,
        /// The size of the field.
        bits: u32,
    },
    /// Ed25519, Ed448, DSA or another by name or OID.
    Other(String),
    /// It could not be read.
    Unreadable,
}

/// The algorithm of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureAlgorithm {
    /// The algorithm as people call it: `sha256WithRSAEncryption`, `ecdsa-with-SHA384`, or an OID.
    pub name: String,
    /// The hash, where it is one of the broken ones or known: `md2`, `md5`, `sha1`, `sha256` …
    pub hash: Option<String>,
}

/// The keyUsage bits that matter here (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage {
    /// digitalSignature, which every suite with forward secrecy needs.
    pub digital_signature: bool,
    /// keyEncipherment, which RSA key transport needs.
    pub key_encipherment: bool,
    /// keyAgreement.
    pub key_agreement: bool,
    /// keyCertSign, which a CA needs.
    pub certificate_sign: bool,
}
