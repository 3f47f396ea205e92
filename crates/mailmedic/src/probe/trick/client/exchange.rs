//! How the two sides come to a common secret: the client's part of the key exchange.

use aws_lc_rs::agreement::{self, Algorithm, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use mailmedic_wire::hello::{ServerKeyExchange, ServerParams};
use mailmedic_wire::names::{NamedGroup, ProtocolVersion};

use crate::certificate::Certificate;
use crate::probe::flight;

/// The client's part.
pub(super) struct Exchange {
    /// The body of ClientKeyExchange.
    pub(super) message: Vec<u8>,
    /// The secret that both sides know then.
    pub(super) premaster: Vec<u8>,
}

/// Agrees over the curve that the server chose (RFC 8422 §5.7).
pub(super) fn ecdhe(server: &ServerKeyExchange) -> Result<Exchange, Unspecified> {
    let ServerParams::Ecdh { curve, public } = &server.params else { return Err(Unspecified) };
    let algorithm = curve.group().and_then(algorithm).ok_or(Unspecified)?;
    let own = PrivateKey::generate(algorithm)?;
    let point = own.compute_public_key()?;
    let premaster =
        agreement::agree(&own, UnparsedPublicKey::new(algorithm, public), Unspecified, |secret| {
            Ok(secret.to_vec())
        })?;
    let length = u8::try_from(point.as_ref().len()).map_err(|_| Unspecified)?;
    Ok(Exchange { message: [&[length], point.as_ref()].concat(), premaster })
}

fn algorithm(group: NamedGroup) -> Option<&'static Algorithm> {
    match group {
        NamedGroup::X25519 => Some(&agreement::X25519),
        NamedGroup::SECP256R1 => Some(&agreement::ECDH_P256),
        NamedGroup::SECP384R1 => Some(&agreement::ECDH_P384),
        NamedGroup::SECP521R1 => Some(&agreement::ECDH_P521),
        _ => None,
    }
}

/// Sends a secret under the key of the certificate (RFC 5246 §7.4.7.1).
pub(super) fn rsa(leaf: &[u8]) -> Result<Exchange, Unspecified> {
    let spki = Certificate::read(leaf).spki_der;
    let key = Pkcs1PublicEncryptingKey::new(PublicEncryptingKey::from_der(&spki).map_err(|_| Unspecified)?)?;
    let mut premaster = flight::random::<48>();
    premaster[..2].copy_from_slice(&ProtocolVersion::TLSv1_2.0.to_be_bytes());
    let mut room = vec![0; key.ciphertext_size()];
    let sealed = key.encrypt(&premaster, &mut room)?;
    let length = u16::try_from(sealed.len()).map_err(|_| Unspecified)?;
    Ok(Exchange { message: [&length.to_be_bytes(), &*sealed].concat(), premaster: premaster.to_vec() })
}
