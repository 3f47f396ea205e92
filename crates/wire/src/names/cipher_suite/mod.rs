//! Cipher suites: the registry, and what a suite's name says about it.

mod openssl;
mod properties;
mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use properties::Properties;
pub use properties::{Authentication, Cipher, Encryption, KeyExchange, Mac, Mode};
pub use table::CipherSuite;

impl CipherSuite {
    /// Returns every suite with a name that a server can select: all but the signalling values.
    ///
    /// Offering [`Self::TLS_FALLBACK_SCSV`] by mistake makes a good server refuse (RFC 7507).
    pub fn selectable() -> impl Iterator<Item = Self> {
        Self::all().iter().copied().filter(|suite| !suite.is_signalling())
    }

    /// Returns how the keys are agreed, or `None` for an unknown value or a signalling one (SCSV).
    pub fn key_exchange(self) -> Option<KeyExchange> {
        Some(self.read_name()?.key_exchange)
    }

    /// Returns how the server proves itself, or `None` for an unknown value or a signalling one.
    pub fn authentication(self) -> Option<Authentication> {
        Some(self.read_name()?.authentication)
    }

    /// Returns how data is encrypted, or `None` for an unknown value or a signalling one.
    pub fn encryption(self) -> Option<Encryption> {
        Some(self.read_name()?.encryption)
    }

    /// Returns how data is protected against change, or `None` for an unknown value or a signalling one.
    pub fn mac(self) -> Option<Mac> {
        Some(self.read_name()?.mac)
    }

    /// Returns the newest name OpenSSL ever had for the suite, or `None` when it never had one.
    pub fn openssl_name(self) -> Option<String> {
        openssl::name(self)
    }

    /// Tells whether the value signals something and can never be selected (RFC 5746, RFC 7507).
    pub fn is_signalling(self) -> bool {
        matches!(self, Self::TLS_EMPTY_RENEGOTIATION_INFO_SCSV | Self::TLS_FALLBACK_SCSV)
    }

    /// Tells whether the suite belongs to TLS 1.3, which older versions cannot select.
    pub fn is_tls13(self) -> bool {
        self.key_exchange() == Some(KeyExchange::Tls13)
    }

    /// Tells whether encryption and integrity are one algorithm.
    pub fn is_aead(self) -> bool {
        self.mac() == Some(Mac::Aead)
    }

    /// Tells whether blocks are chained (CBC).
    pub fn is_cbc(self) -> bool {
        self.encryption().is_some_and(|encryption| encryption.mode == Mode::Cbc)
    }

    /// Tells whether a stolen long-term key leaves recorded sessions closed; says nothing about key sizes.
    pub fn forward_secret(self) -> bool {
        self.key_exchange().is_some_and(KeyExchange::is_ephemeral)
    }

    /// Tells whether the suite was weakened for US export rules, to 40 or 56 bits.
    pub fn is_export(self) -> bool {
        self.name().is_some_and(|name| name.contains("_EXPORT"))
    }

    /// Tells whether the suite does not encrypt.
    pub fn is_null(self) -> bool {
        self.encryption().is_some_and(|encryption| encryption.cipher == Cipher::Null)
    }

    /// Tells whether the server proves nothing about itself.
    pub fn is_anonymous(self) -> bool {
        self.authentication() == Some(Authentication::Null)
    }

    /// Returns the block size in bits, or `None` for a stream cipher, no cipher or an unknown suite; 64 is SWEET32's.
    pub fn block_bits(self) -> Option<u16> {
        self.encryption()?.cipher.block_bits()
    }

    fn read_name(self) -> Option<Properties> {
        // Names are long, and read for each of hundreds of suites.
        static READ: LazyLock<HashMap<u16, Properties>> = LazyLock::new(|| {
            let all = CipherSuite::all().iter();
            all.filter_map(|suite| Some((suite.0, properties::read(suite.name()?)?))).collect()
        });
        READ.get(&self.0).copied()
    }
}

#[cfg(test)]
mod tests;
