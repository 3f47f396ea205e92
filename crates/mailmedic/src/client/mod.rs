//! What each kind of peer makes of a server: one file is one peer, as data; the rest holds servers against it.
//!
//! To add one, write its file and put its word in the list.

mod chain;
mod dane;
mod endpoint;
mod flaws;
mod hurts;
mod names;
mod path;
mod tls;

#[cfg(test)]
mod tests;

pub use crate::peer::{Answer, Demand, Flaw, Kind, Known, Outcome, Peer};
pub use chain::{Look, verdict};
pub use endpoint::verdicts;
pub use hurts::hurts;

macro_rules! peers {
    ($($name:ident,)*) => {
        $(mod $name;)*
        /// Every peer, in the order of reports.
        pub const PEERS: &[&Peer] = &[$(&$name::PEER,)*];
    };
}

peers! {
    thunderbird,
    thunderbird_android,
    apple_mail,
    outlook_classic,
    outlook_new,

    gmail_fetch,

    gmail_sender,
    gmail_sender_mta_sts,
    microsoft365_sender,
    postfix_may,
    postfix_encrypt,
    postfix_dane,
    postfix_verify,
    postfix_secure,
    exim_openssl,
    exim_gnutls,

    openssl_level_1,
    openssl_level_2,
    gnutls,
    java,
    go,
    python,
    python_cryptography,
    node,
    curl,
    rustls,
    strict,
}

/// Finds a peer by its id.
pub fn find(id: &str) -> Option<&'static Peer> {
    PEERS.iter().copied().find(|peer| peer.id == id)
}

/// What everybody refuses who verifies at all.
const BY_ALL: &[Flaw] = &[
    Flaw::Expired,
    Flaw::NotYetValid,
    Flaw::IntermediateOutOfDate,
    Flaw::SelfSigned,
    Flaw::UntrustedRoot,
    Flaw::RootDistrusted,
    Flaw::UnknownIssuer,
    Flaw::Incomplete,
    Flaw::TooManyIntermediates,
    Flaw::NameMismatch,
    Flaw::CommonNameOnly,
    Flaw::WildcardMisused,
    Flaw::AddressUnnamed,
    Flaw::KeySmall,
    Flaw::KeyForeign,
    Flaw::KeyExplicitCurve,
    Flaw::SignatureWrong,
    Flaw::SignatureMd5,
    Flaw::SignatureSha1,
    Flaw::UsageWrong,
    Flaw::CriticalUnknown,
    Flaw::NameConstraint,
    Flaw::NotCa,
    Flaw::IntermediateOldVersion,
    Flaw::PathTooLong,
    Flaw::ValidityTooLong,
    Flaw::TimestampsMissing,
];

/// What is wrong with the name.
const OF_NAME: &[Flaw] =
    &[Flaw::NameMismatch, Flaw::CommonNameOnly, Flaw::WildcardMisused, Flaw::AddressUnnamed];

/// What is wrong with the dates.
const OF_DATES: &[Flaw] = &[Flaw::Expired, Flaw::NotYetValid, Flaw::IntermediateOutOfDate];

/// What keeps a chain from leading to a root.
const OF_TRUST: &[Flaw] =
    &[Flaw::SelfSigned, Flaw::UntrustedRoot, Flaw::RootDistrusted, Flaw::UnknownIssuer, Flaw::Incomplete];

/// The curves that every client has (RFC 8422 §5.1.1).
const USUAL_CURVES: &[&str] = &["secp256r1", "secp384r1", "secp521r1"];
