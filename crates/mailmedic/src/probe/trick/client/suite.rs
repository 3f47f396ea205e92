//! What the client must know of a suite to complete a handshake with it.

use aws_lc_rs::aead;
use aws_lc_rs::cipher::{AES_128, AES_256, Algorithm};
use aws_lc_rs::{digest, hmac, tls_prf};
use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::{Encryption, KeyExchange, Mac, Mode};

use crate::job::is_completable;

/// A suite, as the client uses it.
#[derive(Clone, Copy)]
pub(super) struct Suite {
    /// Whether keys are agreed on over elliptic curves, and not sent under RSA.
    pub(super) ecdhe: bool,
    /// How records are protected.
    pub(super) protection: Protection,
    /// The pseudo-random function (RFC 5246 §5).
    pub(super) prf: &'static tls_prf::Algorithm,
    /// The hash of the handshake.
    pub(super) hash: &'static digest::Algorithm,
}

/// How records are protected.
#[derive(Clone, Copy)]
pub(super) enum Protection {
    /// A MAC, then padding, then AES in CBC mode (RFC 5246 §6.2.3.2).
    Cbc(&'static Algorithm, hmac::Algorithm),
    /// AES in GCM mode: half of each nonce is sent (RFC 5288 §3).
    Gcm(&'static aead::Algorithm),
    /// ChaCha20-Poly1305: no part of a nonce is sent (RFC 7905 §2).
    ChaCha20(&'static aead::Algorithm),
}

impl Suite {
    /// Returns what there is to know of a suite; none of one that the client does not have.
    pub(super) fn of(suite: CipherSuite) -> Option<Self> {
        if !is_completable(suite) {
            return None;
        }
        let is_sha384 = suite.name()?.ends_with("_SHA384");
        let (prf, hash) = if is_sha384 {
            (&tls_prf::P_SHA384, &digest::SHA384)
        } else {
            (&tls_prf::P_SHA256, &digest::SHA256)
        };
        let protection = Protection::of(suite.encryption()?, suite.mac()?)?;
        Some(Self { ecdhe: suite.key_exchange()? == KeyExchange::Ecdhe, protection, prf, hash })
    }
}

impl Protection {
    fn of(encryption: Encryption, mac: Mac) -> Option<Self> {
        let bits = encryption.key_bits;
        match encryption.mode {
            Mode::Cbc => {
                let algorithm = if bits == 256 { &AES_256 } else { &AES_128 };
                let mac = match mac {
                    Mac::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                    Mac::Sha256 => hmac::HMAC_SHA256,
                    Mac::Sha384 => hmac::HMAC_SHA384,
                    _ => return None,
                };
                Some(Self::Cbc(algorithm, mac))
            }
            Mode::Gcm => Some(Self::Gcm(if bits == 256 { &aead::AES_256_GCM } else { &aead::AES_128_GCM })),
            Mode::Poly1305 => Some(Self::ChaCha20(&aead::CHACHA20_POLY1305)),
            _ => None,
        }
    }

    /// Returns the bytes of a MAC key, of a key, and of the part of the nonces that is agreed on.
    pub(super) fn lengths(self) -> (usize, usize, usize) {
        match self {
            Self::Cbc(algorithm, mac) => (mac.tag_len(), if algorithm == &AES_256 { 32 } else { 16 }, 0),
            Self::Gcm(algorithm) => (0, algorithm.key_len(), 4),
            Self::ChaCha20(algorithm) => (0, algorithm.key_len(), algorithm.nonce_len()),
        }
    }
}
