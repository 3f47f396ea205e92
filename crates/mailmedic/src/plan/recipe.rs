//! Hello recipes: what each question offers. One question is one row.

use mailmedic_wire::names::cipher_suite::{KeyExchange, Mac};
use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::Wishes;
use crate::endpoint::Security;
use crate::job::{Hello, Job, Offer, Stop};
use crate::observation::{Ask, KeyType, SuiteClass};

/// Makes the job of a question; none of one whose hello depends on what is known of the server.
pub(super) fn job(ask: Ask, security: Security, wishes: &Wishes) -> Option<Job> {
    let name = wishes.server_name.clone();
    let hello = match ask {
        Ask::Polite | Ask::OtherMode | Ask::Control => complete(name, Vec::new()),
        Ask::WithoutServerName => complete(None, Vec::new()),
        Ask::Certificate(KeyType::Rsa) => complete(name, rsa_schemes().to_vec()),
        Ask::Certificate(KeyType::Ecdsa) => complete(name, ecdsa_schemes().to_vec()),
        Ask::Version(version) => flight(ProtocolVersion(version), version_suites(), name, Stop::KeyExchange),
        Ask::Ssl2 => Hello::Ssl2,
        Ask::Suites(class) => {
            let stop = match class {
                SuiteClass::Dhe | SuiteClass::RareDhe | SuiteClass::RareSigned | SuiteClass::Broken => {
                    Stop::KeyExchange
                }
                _ => Stop::ServerHello,
            };
            flight(ProtocolVersion::TLSv1_2, class_suites(class), name, stop)
        }
        Ask::List(_) | Ask::RsaExchange | Ask::Try(_) | Ask::Spare => return None,
    };
    Some(Job { ask, security, hello })
}

fn complete(server_name: Option<String>, signature_schemes: Vec<SignatureScheme>) -> Hello {
    Hello::Complete { server_name, signature_schemes, only: None }
}

fn flight(
    version: ProtocolVersion,
    suites: Vec<CipherSuite>,
    server_name: Option<String>,
    stop: Stop,
) -> Hello {
    Hello::Flight(offer(version, suites, server_name, stop))
}

/// Makes an offer of these suites with every group and signature scheme.
pub(super) fn offer(
    version: ProtocolVersion,
    suites: Vec<CipherSuite>,
    server_name: Option<String>,
    stop: Stop,
) -> Offer {
    Offer {
        version,
        suites,
        groups: GROUPS.to_vec(),
        signature_schemes: SCHEMES.to_vec(),
        server_name,
        stop,
        curious: false,
    }
}

/// Every authenticated suite before TLS 1.3 that needs no shared secret, strongest first, but for DHE: some
/// servers list DHE suites that they cannot complete, and then refuse a hello that they could have answered.
fn version_suites() -> Vec<CipherSuite> {
    sorted(|suite| {
        let exchange = suite.key_exchange();
        matches!(exchange, Some(KeyExchange::Ecdhe | KeyExchange::Rsa | KeyExchange::RsaExport))
            && !suite.is_anonymous()
    })
}

fn class_suites(class: SuiteClass) -> Vec<CipherSuite> {
    sorted(|suite| class.contains(suite))
}

fn sorted(wanted: impl Fn(CipherSuite) -> bool) -> Vec<CipherSuite> {
    let mut suites: Vec<CipherSuite> =
        CipherSuite::selectable().filter(|suite| is_possible(*suite) && wanted(*suite)).collect();
    suites.sort_by_key(|suite| {
        let key_bits = suite.encryption().map_or(0, |encryption| encryption.key_bits);
        (
            // A server that lists these and has no parameters for them breaks off when they come first.
            suite.key_exchange().is_some_and(KeyExchange::sends_dh),
            !suite.is_aead(),
            suite.mac() == Some(Mac::Md5),
            !suite.forward_secret(),
            std::cmp::Reverse(key_bits),
        )
    });
    // Some servers read no more than 128 suites.
    suites.truncate(MOST_SUITES);
    suites
}

/// Tells whether a server could pick the suite with no shared secret, card or ticket.
fn is_possible(suite: CipherSuite) -> bool {
    matches!(
        suite.key_exchange(),
        Some(
            KeyExchange::Rsa
                | KeyExchange::RsaExport
                | KeyExchange::Dhe
                | KeyExchange::DheExport
                | KeyExchange::DhAnon
                | KeyExchange::DhAnonExport
                | KeyExchange::Ecdhe
                | KeyExchange::EcdhAnon
        )
    )
}

/// The signature schemes that only an RSA key can make.
pub(super) fn rsa_schemes() -> &'static [SignatureScheme] {
    &SCHEMES[ECDSA..ECDSA + RSA]
}

/// The signature schemes that only an elliptic curve key can make.
pub(super) fn ecdsa_schemes() -> &'static [SignatureScheme] {
    &SCHEMES[..ECDSA]
}

const MOST_SUITES: usize = 120;

const ECDSA: usize = 5;
const RSA: usize = 7;

/// Signature schemes: elliptic curves, RSA, then what only servers of long ago have.
pub(super) const SCHEMES: [SignatureScheme; 14] = [
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::ECDSA_SHA1,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::DSA_SHA256,
    SignatureScheme::DSA_SHA1,
];

/// Curves in order of preference.
pub(super) const GROUPS: [NamedGroup; 12] = [
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::X448,
    NamedGroup::BRAINPOOLP256R1,
    NamedGroup::BRAINPOOLP384R1,
    NamedGroup::BRAINPOOLP512R1,
    NamedGroup::SECP256K1,
    NamedGroup::SECP224R1,
    NamedGroup::SECP192R1,
    NamedGroup::SECP160R1,
];
