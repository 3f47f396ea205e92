//! Which cipher suites belong to a class that is asked for apart.

use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::{Cipher, KeyExchange, Mac};

use super::SuiteClass;

impl SuiteClass {
    /// Returns whether a suite belongs to this class.
    pub fn contains(self, suite: CipherSuite) -> bool {
        let broken = is_broken(suite);
        let anonymous = suite.is_anonymous();
        let small_block = suite.block_bits() == Some(64) && !broken;
        let dhe = matches!(suite.key_exchange(), Some(KeyExchange::Dhe | KeyExchange::DheExport));
        let sound = !broken && !anonymous && !small_block;
        match self {
            Self::Rare => !dhe && !sound,
            Self::RareDhe => dhe && !sound,
            Self::RareSigned => !anonymous && !sound,
            Self::Broken => broken && !anonymous,
            Self::Anonymous => anonymous,
            Self::SmallBlock => small_block && !anonymous,
            Self::CbcSha1 => sound && suite.key_exchange() == Some(KeyExchange::Ecdhe) && is_cbc_sha1(suite),
            Self::RsaKeyExchange => sound && suite.key_exchange() == Some(KeyExchange::Rsa),
            Self::Dhe => sound && dhe,
        }
    }
}

/// Tells whether a suite protects nothing: no encryption, export keys, DES, RC2, RC4 or MD5.
pub fn is_broken(suite: CipherSuite) -> bool {
    let cipher = suite.encryption().map(|encryption| encryption.cipher);
    suite.is_export()
        || matches!(cipher, Some(Cipher::Null | Cipher::Rc2 | Cipher::Rc4 | Cipher::Des))
        || suite.mac() == Some(Mac::Md5)
}

/// Tells whether a suite is dated: blocks of 64 bits, or CBC with HMAC-SHA-1, or no forward secrecy.
pub fn is_weak(suite: CipherSuite) -> bool {
    suite.block_bits() == Some(64) || is_cbc_sha1(suite) || (!suite.forward_secret() && !suite.is_tls13())
}

fn is_cbc_sha1(suite: CipherSuite) -> bool {
    suite.mac() == Some(Mac::Sha1) && suite.is_cbc()
}
