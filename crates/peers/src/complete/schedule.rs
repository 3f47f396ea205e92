//! The keys of TLS 1.2: from the premaster secret to both directions (RFC 5246 section 6.3, RFC 7627).

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::tls_prf::{P_SHA256, Secret};
use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::Mode;

use super::protect::Protector;

/// How both sides protect records.
pub(crate) struct Directions {
    pub(crate) client: Protector,
    pub(crate) server: Protector,
}

/// Derives the master secret; `transcript` is what an extended one is bound to.
pub(crate) fn master(
    premaster: &[u8],
    randoms: [&[u8; 32]; 2],
    transcript: Option<&[u8]>,
) -> Result<Vec<u8>, Unspecified> {
    match transcript {
        Some(messages) => {
            let hash = digest::digest(&SHA256, messages);
            prf(premaster, b"extended master secret", hash.as_ref(), 48)
        }
        None => prf(premaster, b"master secret", &randoms.map(|random| &random[..]).concat(), 48),
    }
}

/// Derives the keys of both directions; `randoms` are the client's and the server's.
pub(crate) fn directions(
    suite: CipherSuite,
    master: &[u8],
    randoms: [&[u8; 32]; 2],
) -> Result<Directions, Unspecified> {
    let seed = [&randoms[1][..], &randoms[0][..]].concat();
    if suite.encryption().is_some_and(|how| how.mode == Mode::Gcm) {
        let block = prf(master, b"key expansion", &seed, 2 * (KEY + SALT))?;
        let (keys, salts) = block.split_at(2 * KEY);
        let salt = |bytes: &[u8]| <[u8; SALT]>::try_from(bytes).map_err(|_| Unspecified);
        return Ok(Directions {
            client: Protector::gcm(&keys[..KEY], salt(&salts[..SALT])?)?,
            server: Protector::gcm(&keys[KEY..], salt(&salts[SALT..])?)?,
        });
    }
    let block = prf(master, b"key expansion", &seed, 2 * (KEY + MAC_KEY))?;
    let (macs, keys) = block.split_at(2 * MAC_KEY);
    Ok(Directions {
        client: Protector::cbc(&keys[..KEY], &macs[..MAC_KEY]),
        server: Protector::cbc(&keys[KEY..], &macs[MAC_KEY..]),
    })
}

/// Derives the content of a Finished message.
pub(crate) fn finished(master: &[u8], label: &[u8], transcript: &[u8]) -> Result<Vec<u8>, Unspecified> {
    prf(master, label, digest::digest(&SHA256, transcript).as_ref(), 12)
}

fn prf(secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Result<Vec<u8>, Unspecified> {
    Ok(Secret::new(&P_SHA256, secret)?.derive(label, seed, length)?.as_ref().to_vec())
}

const KEY: usize = 16;
const MAC_KEY: usize = 20;
const SALT: usize = 4;
