//! Whether a peer's TLS and the server's come to terms.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use crate::certificate::{Certificate, PublicKey};
use crate::endpoint::Place;
use crate::observation::{EndpointObservation, Listed, Session};
use crate::peer::{Peer, TlsFloor};
use crate::policy::SuiteKind;

use super::USUAL_CURVES;

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Terms {
    /// They agree.
    Agreed,
    /// They do not: the rule that tells why, and the reason in words.
    Never(&'static str, String),
    /// It could not be told.
    Unknown(String),
}

/// Compares what a server was seen to do with what a peer offers.
pub(super) fn terms(peer: &Peer, seen: &EndpointObservation, leaf: Option<&Certificate>) -> Terms {
    let floor = &peer.tls;
    // Of certificates in files it is known only whether their key could sign for this peer.
    if matches!(seen.endpoint.place, Place::Files(_)) {
        return leaf.and_then(|leaf| unfit(floor, leaf, &[])).unwrap_or(Terms::Agreed);
    }
    let surely = version(seen, floor.oldest);
    match surely {
        Spoken::Yes => {}
        Spoken::Unknown(why) => return Terms::Unknown(why),
        Spoken::No => {
            let perhaps = floor.perhaps.map(|oldest| version(seen, oldest));
            if perhaps == Some(Spoken::Yes) {
                return Terms::Unknown("it speaks versions as old as that by some settings only".to_owned());
            }
            let rule = if seen.versions().is_empty() { HANDSHAKE } else { VERSIONS };
            return Terms::Never(rule, format!("it speaks nothing older than {}", floor.oldest));
        }
    }
    let agreed: Vec<&Session> =
        seen.sessions.iter().filter(|session| session.has_tls() && has_suite(floor, session)).collect();
    if agreed.is_empty() {
        return match seen.listed(Listed::Suites).is_yes() && seen.has_listing() {
            true => {
                Terms::Never(suites_rule(floor, seen), "it offers none of the server's suites".to_owned())
            }
            false => Terms::Unknown(
                "none of the suites that were seen is among its own; --depth full sees all".to_owned(),
            ),
        };
    }
    let tls = || agreed.iter().filter_map(|session| session.tls.as_ref());
    if !tls().any(|tls| tls.dh_bits.is_none_or(|bits| bits >= floor.dh_bits)) {
        let why = format!("it takes no Diffie-Hellman prime of fewer than {} bits", floor.dh_bits);
        return Terms::Never("tls-dh-weak", why);
    }
    let is_weak = |scheme: u16| SHA1_OR_MD5.contains(&(scheme >> 8));
    if !floor.sha1_signatures && !tls().any(|tls| !tls.signature_scheme.is_some_and(is_weak)) {
        return Terms::Never("tls-signature-weak", "it takes no key exchange signed over SHA-1".to_owned());
    }
    leaf.and_then(|leaf| unfit(floor, leaf, &agreed)).unwrap_or(Terms::Agreed)
}

/// Tells why the key of a certificate cannot sign a handshake with a peer, if it cannot. Where all handshakes that both
/// agree on have it decipher instead, it need not.
fn unfit(floor: &TlsFloor, leaf: &Certificate, agreed: &[&Session]) -> Option<Terms> {
    let transports = |session: &&Session| {
        let suite = session.tls.as_ref().and_then(|tls| tls.suite);
        suite.is_some_and(|suite| SuiteKind::RsaKeyTransport.contains(CipherSuite(suite)))
    };
    if !agreed.is_empty() && agreed.iter().all(transports) {
        return None;
    }
    if floor.digital_signature && leaf.key_usage.is_some_and(|usage| !usage.digital_signature) {
        let why = "the certificate's key usage does not let it sign a handshake";
        return Some(Terms::Never("cert-usage-wrong", why.to_owned()));
    }
    match &leaf.key {
        PublicKey::Rsa { bits } if *bits < floor.rsa_bits => {
            let why = format!("it takes no signature by an RSA key of fewer than {} bits", floor.rsa_bits);
            Some(Terms::Never("cert-key-weak", why))
        }
        // Curves for signatures are the groups that a client offers.
        PublicKey::Ec { curve, .. } if !USUAL_CURVES.contains(&curve.as_str()) => {
            Some(Terms::Never("cert-key-weak", format!("it offers no signatures by the curve {curve}")))
        }
        PublicKey::Other(name) if !floor.signers.has(name) => {
            Some(Terms::Never("cert-rejected-by-peer", format!("it offers no signatures by {name}")))
        }
        _ => None,
    }
}

/// Whether some version is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Spoken {
    Yes,
    No,
    Unknown(String),
}

/// Tells whether the server speaks this version or a newer one.
fn version(seen: &EndpointObservation, oldest: ProtocolVersion) -> Spoken {
    let mut doubt = None;
    for version in oldest.0..=ProtocolVersion::TLSv1_3.0 {
        match seen.version(version) {
            crate::observation::Answer::Yes => return Spoken::Yes,
            crate::observation::Answer::No => {}
            crate::observation::Answer::Unknown(why) => doubt = Some(why),
        }
    }
    doubt.map_or(Spoken::No, Spoken::Unknown)
}

fn has_suite(floor: &TlsFloor, session: &Session) -> bool {
    let Some(tls) = &session.tls else { return false };
    let (Some(version), Some(suite)) = (tls.version, tls.suite) else { return false };
    version >= floor.oldest.0 && offers(floor, CipherSuite(suite))
}

fn offers(floor: &TlsFloor, suite: CipherSuite) -> bool {
    !SuiteKind::Below112Bits.contains(suite)
        && !suite.is_anonymous()
        && (floor.cbc || !suite.is_cbc())
        && !floor.lacks.iter().any(|kind| kind.contains(suite))
}

/// Picks the rule by what the server's suites lack.
fn suites_rule(floor: &TlsFloor, seen: &EndpointObservation) -> &'static str {
    let suites = seen.suites();
    let at_all = |kind: SuiteKind| {
        suites
            .iter()
            .filter(|seen| seen.version >= floor.oldest.0)
            .all(|seen| kind.contains(CipherSuite(seen.suite)))
    };
    if at_all(SuiteKind::Below112Bits) || at_all(SuiteKind::Anonymous) {
        "tls-cipher-broken"
    } else if at_all(SuiteKind::RsaKeyTransport) {
        "tls-forward-secrecy-missing"
    } else {
        "tls-cipher-weak"
    }
}

const VERSIONS: &str = "tls-version-modern-missing";
const HANDSHAKE: &str = "tls-handshake-failed";
/// MD5 and SHA-1 in the first byte of a signature scheme (RFC 5246 §7.4.1.4.1).
const SHA1_OR_MD5: [u16; 2] = [1, 2];
