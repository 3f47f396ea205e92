//! Signature schemes (RFC 8446 section 4.2.3); the TLS 1.2 hash and signature pairs share the space.

super::number_space! {
    /// How a handshake is signed; before TLS 1.3 the two bytes are a hash and a signature algorithm (RFC 5246 section 7.4.1.4.1).
    SignatureScheme(u16), unknown as super::hex16,
    {
        RSA_PKCS1_MD5 = 0x0101 => "rsa_pkcs1_md5",
        DSA_MD5 = 0x0102 => "dsa_md5",
        ECDSA_MD5 = 0x0103 => "ecdsa_md5",
        RSA_PKCS1_SHA1 = 0x0201 => "rsa_pkcs1_sha1",
        DSA_SHA1 = 0x0202 => "dsa_sha1",
        ECDSA_SHA1 = 0x0203 => "ecdsa_sha1",
        RSA_PKCS1_SHA224 = 0x0301 => "rsa_pkcs1_sha224",
        DSA_SHA224 = 0x0302 => "dsa_sha224",
        ECDSA_SHA224 = 0x0303 => "ecdsa_sha224",
        RSA_PKCS1_SHA256 = 0x0401 => "rsa_pkcs1_sha256",
        DSA_SHA256 = 0x0402 => "dsa_sha256",
        ECDSA_SECP256R1_SHA256 = 0x0403 => "ecdsa_secp256r1_sha256",
        RSA_PKCS1_SHA256_LEGACY = 0x0420 => "rsa_pkcs1_sha256_legacy",
        RSA_PKCS1_SHA384 = 0x0501 => "rsa_pkcs1_sha384",
        DSA_SHA384 = 0x0502 => "dsa_sha384",
        ECDSA_SECP384R1_SHA384 = 0x0503 => "ecdsa_secp384r1_sha384",
        RSA_PKCS1_SHA384_LEGACY = 0x0520 => "rsa_pkcs1_sha384_legacy",
        RSA_PKCS1_SHA512 = 0x0601 => "rsa_pkcs1_sha512",
        DSA_SHA512 = 0x0602 => "dsa_sha512",
        ECDSA_SECP521R1_SHA512 = 0x0603 => "ecdsa_secp521r1_sha512",
        RSA_PKCS1_SHA512_LEGACY = 0x0620 => "rsa_pkcs1_sha512_legacy",
        ECCSI_SHA256 = 0x0704 => "eccsi_sha256",
        ISO_IBS1 = 0x0705 => "iso_ibs1",
        ISO_IBS2 = 0x0706 => "iso_ibs2",
        ISO_CHINESE_IBS = 0x0707 => "iso_chinese_ibs",
        SM2SIG_SM3 = 0x0708 => "sm2sig_sm3",
        GOSTR34102012_256A = 0x0709 => "gostr34102012_256a",
        GOSTR34102012_256B = 0x070A => "gostr34102012_256b",
        GOSTR34102012_256C = 0x070B => "gostr34102012_256c",
        GOSTR34102012_256D = 0x070C => "gostr34102012_256d",
        GOSTR34102012_512A = 0x070D => "gostr34102012_512a",
        GOSTR34102012_512B = 0x070E => "gostr34102012_512b",
        GOSTR34102012_512C = 0x070F => "gostr34102012_512c",
        RSA_PSS_RSAE_SHA256 = 0x0804 => "rsa_pss_rsae_sha256",
        RSA_PSS_RSAE_SHA384 = 0x0805 => "rsa_pss_rsae_sha384",
        RSA_PSS_RSAE_SHA512 = 0x0806 => "rsa_pss_rsae_sha512",
        ED25519 = 0x0807 => "ed25519",
        ED448 = 0x0808 => "ed448",
        RSA_PSS_PSS_SHA256 = 0x0809 => "rsa_pss_pss_sha256",
        RSA_PSS_PSS_SHA384 = 0x080A => "rsa_pss_pss_sha384",
        RSA_PSS_PSS_SHA512 = 0x080B => "rsa_pss_pss_sha512",
        ECDSA_BRAINPOOLP256R1TLS13_SHA256 = 0x081A => "ecdsa_brainpoolP256r1tls13_sha256",
        ECDSA_BRAINPOOLP384R1TLS13_SHA384 = 0x081B => "ecdsa_brainpoolP384r1tls13_sha384",
        ECDSA_BRAINPOOLP512R1TLS13_SHA512 = 0x081C => "ecdsa_brainpoolP512r1tls13_sha512",
        MLDSA44 = 0x0904 => "mldsa44",
        MLDSA65 = 0x0905 => "mldsa65",
        MLDSA87 = 0x0906 => "mldsa87",
    }
}

impl SignatureScheme {
    /// Tells whether the hash is MD5 or SHA-1, which RFC 9155 forbids.
    pub fn has_broken_hash(self) -> bool {
        matches!(self.0 >> 8, 1 | 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn md5_and_sha1_are_broken() {
        let broken: Vec<_> = SignatureScheme::all()
            .iter()
            .filter(|scheme| scheme.has_broken_hash())
            .map(|scheme| scheme.name())
            .collect();
        assert_eq!(broken.len(), 6);
        assert!(broken.iter().flatten().all(|name| name.ends_with("md5") || name.ends_with("sha1")));
    }
}
