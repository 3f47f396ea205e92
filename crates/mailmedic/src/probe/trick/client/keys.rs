//! From what was agreed on to keys (RFC 5246 §6.3, §8.1; RFC 7627 §4).

use aws_lc_rs::digest;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::tls_prf::Secret;

use super::suite::Suite;

/// The bytes of a master secret.
const MASTER: usize = 48;
/// The bytes of the data in a Finished message.
const VERIFY_DATA: usize = 12;

/// A master secret, with the suite that says how keys come from it.
pub(super) struct Master {
    suite: Suite,
    secret: Vec<u8>,
}

/// The keys of one direction.
pub(super) struct Keys {
    /// Of the MAC; empty where encryption protects against change too.
    pub(super) mac: Vec<u8>,
    /// Of the encryption.
    pub(super) key: Vec<u8>,
    /// The part of the nonces that is agreed on; empty in CBC mode.
    pub(super) iv: Vec<u8>,
}

/// What a handshake's two randoms are.
#[derive(Clone, Copy)]
pub(super) struct Randoms {
    pub(super) client: [u8; 32],
    pub(super) server: [u8; 32],
}

impl Master {
    /// Derives it from the two randoms.
    pub(super) fn plain(suite: Suite, premaster: &[u8], randoms: &Randoms) -> Result<Self, Unspecified> {
        let seed = [randoms.client, randoms.server].concat();
        let secret = derive(suite, premaster, b"master secret", &seed, MASTER)?;
        Ok(Self { suite, secret })
    }

    /// Derives it from all messages up to ClientKeyExchange.
    pub(super) fn extended(suite: Suite, premaster: &[u8], messages: &[u8]) -> Result<Self, Unspecified> {
        let hash = digest::digest(suite.hash, messages);
        let secret = derive(suite, premaster, b"extended master secret", hash.as_ref(), MASTER)?;
        Ok(Self { suite, secret })
    }

    /// Derives the keys for what the client sends, and for what the server sends.
    pub(super) fn keys(&self, randoms: &Randoms) -> Result<(Keys, Keys), Unspecified> {
        let (mac, key, iv) = self.suite.protection.lengths();
        let seed = [randoms.server, randoms.client].concat();
        let block = derive(self.suite, &self.secret, b"key expansion", &seed, 2 * (mac + key + iv))?;
        let mut rest = block.as_slice();
        let mut take = |length: usize| -> Result<Vec<u8>, Unspecified> {
            let (taken, after) = rest.split_at_checked(length).ok_or(Unspecified)?;
            rest = after;
            Ok(taken.to_vec())
        };
        let macs = [take(mac)?, take(mac)?];
        let keys = [take(key)?, take(key)?];
        let ivs = [take(iv)?, take(iv)?];
        let [[client_mac, server_mac], [client_key, server_key], [client_iv, server_iv]] = [macs, keys, ivs];
        let client = Keys { mac: client_mac, key: client_key, iv: client_iv };
        Ok((client, Keys { mac: server_mac, key: server_key, iv: server_iv }))
    }

    /// Derives the data of a Finished message over all messages before it.
    pub(super) fn verify_data(&self, from: Side, messages: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let hash = digest::digest(self.suite.hash, messages);
        let label: &[u8] = match from {
            Side::Client => b"client finished",
            Side::Server => b"server finished",
        };
        derive(self.suite, &self.secret, label, hash.as_ref(), VERIFY_DATA)
    }
}

/// Who sends a Finished message.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Client,
    Server,
}

fn derive(
    suite: Suite,
    secret: &[u8],
    label: &[u8],
    seed: &[u8],
    length: usize,
) -> Result<Vec<u8>, Unspecified> {
    Ok(Secret::new(suite.prf, secret)?.derive(label, seed, length)?.as_ref().to_vec())
}
