//! SSL 2's three-byte cipher kinds.

use super::CipherSuite;

super::number_space! {
    /// A three-byte SSL 2 cipher kind; a TLS suite in a version 2 hello is `0x00` and its two bytes (RFC 5246 appendix E.2).
    CipherKind(u32), unknown as super::hex_triple,
    {
        SSL_CK_RC4_128_WITH_MD5 = 0x010080,
        SSL_CK_RC4_128_EXPORT40_WITH_MD5 = 0x020080,
        SSL_CK_RC2_128_CBC_WITH_MD5 = 0x030080,
        SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5 = 0x040080,
        SSL_CK_IDEA_128_CBC_WITH_MD5 = 0x050080,
        SSL_CK_DES_64_CBC_WITH_MD5 = 0x060040,
        SSL_CK_DES_64_CBC_WITH_SHA = 0x060140,
        SSL_CK_DES_192_EDE3_CBC_WITH_MD5 = 0x0700C0,
        SSL_CK_DES_192_EDE3_CBC_WITH_SHA = 0x0701C0,
        SSL_CK_RC4_64_WITH_MD5 = 0x080080,
        SSL_CK_DES_64_CFB64_WITH_MD5_1 = 0xFF0800,
        SSL_CK_NULL = 0xFF0810,
    }
}

impl CipherKind {
    /// Returns the TLS suite that a version 2 hello names with this kind, or `None` for a kind of SSL 2's own.
    pub fn suite(self) -> Option<CipherSuite> {
        u16::try_from(self.0).ok().map(CipherSuite)
    }

    /// Tells whether the kind is a 40-bit EXPORT one.
    pub fn is_export(self) -> bool {
        self.name().is_some_and(|name| name.contains("_EXPORT40_"))
    }

    /// Returns the effective key bits of a kind of SSL 2's own, or `None` for an unknown kind.
    pub fn key_bits(self) -> Option<u16> {
        let name = self.name()?;
        Some(match () {
            () if name.contains("_EXPORT40_") => 40,
            () if name.contains("_DES_192_EDE3_") => 168,
            () if name.contains("_DES_64_") => 56,
            () if name.contains("_RC4_64_") => 64,
            () if name.contains("_NULL") => 0,
            () => 128,
        })
    }
}

impl From<CipherSuite> for CipherKind {
    fn from(suite: CipherSuite) -> Self {
        Self(u32::from(suite.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_tls_suites_from_its_own_kinds() {
        assert_eq!(CipherKind::from(CipherSuite(0xC02F)).suite(), Some(CipherSuite(0xC02F)));
        assert_eq!(CipherKind::SSL_CK_RC4_128_WITH_MD5.suite(), None);
    }

    #[test]
    fn knows_effective_key_bits() {
        assert_eq!(CipherKind::SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5.key_bits(), Some(40));
        assert_eq!(CipherKind::SSL_CK_DES_192_EDE3_CBC_WITH_MD5.key_bits(), Some(168));
        assert_eq!(CipherKind::SSL_CK_IDEA_128_CBC_WITH_MD5.key_bits(), Some(128));
        assert_eq!(CipherKind(0xC02F).key_bits(), None);
    }
}
