//! One way from a served leaf upward, with all that is wrong on it.
//!
//! The faults here are facts about certificates and their order, not judgements: whom a fault keeps away is said by
//! each kind of peer, and how bad it is by each rule. Names of hosts are not among them, since one chain is shown under many.

use crate::bytes::Fingerprint;
use crate::certificate::Breach;
use crate::trust::Stores;

/// A way from the leaf to a root, or as far as it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The certificates, leaf first; where the way ends at a trusted root, that root is the last one.
    pub certificates: Vec<Fingerprint>,
    /// Where each certificate comes from, in the same order.
    pub origins: Vec<Origin>,
    /// Where it ends.
    pub end: WayEnd,
    /// All that is wrong on it, in the order of the certificates.
    pub faults: Vec<Fault>,
}

/// Where a certificate of a way comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The server sent it, first at this place of its list.
    Served(usize),
    /// It was served elsewhere, fetched, or is a known intermediate: a client has it only if it fetches or remembers.
    Elsewhere,
    /// It is the root at the end, and the server did not send it.
    Anchor,
}

/// Where a way ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayEnd {
    /// At a root that these lists trust.
    Anchor(Stores),
    /// At a certificate that signed itself and that no list trusts.
    OwnIssuer,
    /// At a certificate whose issuer is not at hand.
    Open,
}

/// One thing that is wrong with one certificate of a way, or with its place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place in [`Way::certificates`]: 0 is the leaf.
    pub at: usize,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a certificate on a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Past its end (RFC 5280 §4.1.2.5).
    Expired,
    /// Before its start.
    NotYetValid,

    /// The key of the next certificate did not make its signature.
    SignatureWrong,
    /// Its signature is of a kind that cannot be checked here.
    SignatureUnchecked,
    /// It is signed with a broken hash: `md2`, `md4`, `md5` or `sha1`. Never told of the root at the end.
    SignatureHash(String),

    /// An RSA or DSA key of fewer than 2048 bits.
    KeySmall(u32),
    /// An elliptic curve other than P-256, P-384 and P-521, by its name.
    KeyCurve(String),
    /// The curve is given by its parameters, not by its name (RFC 5480 §2.1.1).
    KeyExplicitCurve,
    /// A key that is neither RSA nor ECDSA: `Ed25519`, `Ed448`, `DSA`, or an OID.
    KeyKind(String),
    /// The key cannot be read.
    KeyUnreadable,

    /// It issues and says that it is no CA, or says nothing of it (RFC 5280 §4.2.1.9).
    NotCa,
    /// It is of X.509 version 1 or 2.
    OldVersion,
    /// It issues, and its keyUsage lacks keyCertSign (RFC 5280 §4.2.1.3).
    MayNotSign,
    /// It allows so many CA certificates below it, and there are more.
    PathTooLong {
        /// What it allows.
        most: u32,
        /// What there are.
        below: u32,
    },
    /// Its extended key usage allows no TLS servers (RFC 5280 §4.2.1.12).
    UsageWrong,
    /// Its extended key usage names anyExtendedKeyUsage and not serverAuth.
    UsageAnyOnly,
    /// The leaf has no extended key usage.
    UsageMissing,
    /// The leaf's keyUsage lacks digitalSignature, which every suite with forward secrecy needs.
    KeyUsageUnfit,
    /// The leaf is a CA certificate.
    LeafIsCa,

    /// A name of the leaf, or of a certificate between, lies outside what this CA may issue for (RFC 5280 §4.2.1.10).
    NameConstraint {
        /// The place of the certificate that bears the name.
        of: usize,
        /// The name.
        name: String,
    },
    /// It has name constraints that cannot be read or held against the names.
    NameConstraintUnreadable,
    /// Policies are demanded and not there (RFC 5280 §4.2.1.11).
    PolicyMissing,
    /// It has a critical extension that nobody knows, by its OID (RFC 5280 §4.2).
    CriticalUnknown(String),
    /// A part of it cannot be read, or contradicts another, in words; strict clients refuse it.
    Malformed(String),
    /// It breaks a demand of RFC 5280 or of the Baseline Requirements for form that issuers and linters check and
    /// clients do not.
    Nonconforming(Breach),
}

impl Way {
    /// Returns whether the way ends at a trusted root.
    pub fn is_trusted(&self) -> bool {
        matches!(self.end, WayEnd::Anchor(_))
    }

    /// Returns how many certificates stand between the leaf and the root at the end.
    pub fn intermediates(&self) -> usize {
        let ends = if self.is_trusted() || self.end == WayEnd::OwnIssuer { 2 } else { 1 };
        self.certificates.len().saturating_sub(ends)
    }

    /// Returns whether all of it but the root was sent by the server.
    pub fn is_served(&self) -> bool {
        self.origins.iter().all(|origin| *origin != Origin::Elsewhere)
    }
}
