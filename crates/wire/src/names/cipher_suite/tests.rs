use super::*;

/// What `openssl ciphers -V -stdname` of OpenSSL 3.0 says: code, IANA name, OpenSSL name, Kx, Au, Enc, Mac.
const OPENSSL: &str = include_str!("../../../tests/data/openssl_suites.txt");

#[test]
fn every_suite_but_the_signalling_ones_has_properties() {
    for suite in CipherSuite::all() {
        assert_eq!(suite.key_exchange().is_none(), suite.is_signalling(), "{suite}");
        assert_eq!(suite.encryption().is_none(), suite.is_signalling(), "{suite}");
    }
    assert_eq!(CipherSuite(0xC0FE).key_exchange(), None);
}

#[test]
fn selectable_suites_are_all_but_the_signalling_ones() {
    assert_eq!(CipherSuite::selectable().count(), CipherSuite::all().len() - 2);
    assert!(CipherSuite::selectable().all(|suite| !suite.is_signalling()));
}

#[test]
fn agrees_with_openssl_on_all_it_knows() {
    let mut seen = 0;
    for line in OPENSSL.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let [code, name, openssl, exchange, by, encryption, mac] = words[..] else { panic!("{line}") };
        let suite = CipherSuite::from_name(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(format!("0x{:02X},0x{:02X}", suite.0 >> 8, suite.0 & 0xFF), code);
        assert_eq!(suite.openssl_name().as_deref(), Some(openssl), "{name}");
        assert_eq!(openssl_exchange(suite.key_exchange().unwrap()), exchange, "{name}");
        assert_eq!(openssl_authentication(suite.authentication().unwrap()), by, "{name}");
        assert_eq!(openssl_encryption(suite.encryption().unwrap()), encryption, "{name}");
        assert_eq!(openssl_mac(suite.mac().unwrap()), mac, "{name}");
        seen += 1;
    }
    assert!(seen > 150);
}

#[test]
fn knows_the_suites_openssl_forgot() {
    use {Authentication as A, Cipher as C, KeyExchange as K, Mac as M};
    for (code, exchange, by, cipher, bits, mac) in [
        (0x0000, K::Null, A::Null, C::Null, 0, M::Null),
        (0x0003, K::RsaExport, A::Rsa, C::Rc4, 40, M::Md5),
        (0x0006, K::RsaExport, A::Rsa, C::Rc2, 40, M::Md5),
        (0x0007, K::Rsa, A::Rsa, C::Idea, 128, M::Sha1),
        (0x0009, K::Rsa, A::Rsa, C::Des, 56, M::Sha1),
        (0x000A, K::Rsa, A::Rsa, C::TripleDes, 168, M::Sha1),
        (0x000B, K::DhExport, A::Dss, C::Des, 40, M::Sha1),
        (0x0014, K::DheExport, A::Rsa, C::Des, 40, M::Sha1),
        (0x0019, K::DhAnonExport, A::Null, C::Des, 40, M::Sha1),
        (0x001D, K::Fortezza, A::Fortezza, C::Skipjack, 80, M::Sha1),
        (0x0026, K::Krb5Export, A::Krb5, C::Des, 40, M::Sha1),
        (0x0030, K::Dh, A::Dss, C::Aes, 128, M::Sha1),
        (0x0062, K::RsaExport, A::Rsa, C::Des, 56, M::Sha1),
        (0x0066, K::Dhe, A::Dss, C::Rc4, 128, M::Sha1),
        (0x0081, K::Gost, A::Gost, C::Gost28147, 256, M::Gost),
        (0x0083, K::Gost, A::Gost, C::Null, 0, M::Gost),
        (0x0096, K::Rsa, A::Rsa, C::Seed, 128, M::Sha1),
        (0x00C6, K::Tls13, A::Any, C::Sm4, 128, M::Aead),
        (0x1305, K::Tls13, A::Any, C::Aes, 128, M::Aead),
        (0xC002, K::Ecdh, A::Ecdsa, C::Rc4, 128, M::Sha1),
        (0xC016, K::EcdhAnon, A::Null, C::Rc4, 128, M::Sha1),
        (0xC08D, K::Ecdh, A::Rsa, C::Camellia, 256, M::Aead),
        (0xC0B1, K::EccPwd, A::Password, C::Aes, 256, M::Aead),
        (0xC0B4, K::Tls13, A::Any, C::Null, 0, M::Sha256),
        (0xC100, K::Gost, A::Gost, C::Kuznyechik, 256, M::Gost),
        (0xCC13, K::Ecdhe, A::Rsa, C::ChaCha20, 256, M::Aead),
        (0xFEFF, K::Rsa, A::Rsa, C::TripleDes, 168, M::Sha1),
    ] {
        let suite = CipherSuite(code);
        assert_eq!(suite.key_exchange(), Some(exchange), "{suite}");
        assert_eq!(suite.authentication(), Some(by), "{suite}");
        let encryption = suite.encryption().unwrap();
        assert_eq!((encryption.cipher, encryption.key_bits), (cipher, bits), "{suite}");
        assert_eq!(suite.mac(), Some(mac), "{suite}");
    }
}

#[test]
fn has_the_names_of_other_openssl_versions() {
    for (code, name) in [
        (0x0003, "EXP-RC4-MD5"),
        (0x0005, "RC4-SHA"),
        (0x0006, "EXP-RC2-CBC-MD5"),
        (0x0007, "IDEA-CBC-SHA"),
        (0x0008, "EXP-DES-CBC-SHA"),
        (0x0009, "DES-CBC-SHA"),
        (0x000A, "DES-CBC3-SHA"),
        (0x0014, "EXP-EDH-RSA-DES-CBC-SHA"),
        (0x0015, "EDH-RSA-DES-CBC-SHA"),
        (0x0016, "DHE-RSA-DES-CBC3-SHA"),
        (0x0017, "EXP-ADH-RC4-MD5"),
        (0x001B, "ADH-DES-CBC3-SHA"),
        (0x0028, "EXP-KRB5-RC4-SHA"),
        (0x0031, "DH-RSA-AES128-SHA"),
        (0x0062, "EXP1024-DES-CBC-SHA"),
        (0x0063, "EXP1024-DHE-DSS-DES-CBC-SHA"),
        (0x0066, "DHE-DSS-RC4-SHA"),
        (0x008A, "PSK-RC4-SHA"),
        (0x008B, "PSK-3DES-EDE-CBC-SHA"),
        (0x009A, "DHE-RSA-SEED-SHA"),
        (0xC008, "ECDHE-ECDSA-DES-CBC3-SHA"),
        (0xC00C, "ECDH-RSA-RC4-SHA"),
        (0xC017, "AECDH-DES-CBC3-SHA"),
        (0xC01B, "SRP-RSA-3DES-EDE-CBC-SHA"),
        (0xCC13, "ECDHE-RSA-CHACHA20-POLY1305-OLD"),
        (0xC0B4, "TLS_SHA256_SHA256"),
    ] {
        assert_eq!(CipherSuite(code).openssl_name().as_deref(), Some(name));
    }
    for code in [0x00FF, 0x5600, 0xC03C, 0xC07A, 0xC0B0, 0x00C6, 0xD001, 0xFEFF, 0x1306, 0x0072] {
        assert_eq!(CipherSuite(code).openssl_name(), None, "{}", CipherSuite(code));
    }
}

#[test]
fn helpers_follow_the_properties() {
    let gcm = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    assert!(
        gcm.is_aead() && gcm.forward_secret() && !gcm.is_anonymous() && !gcm.is_null() && !gcm.is_export()
    );
    assert_eq!(gcm.block_bits(), Some(128));
    assert!(CipherSuite::TLS_DH_anon_EXPORT_WITH_RC4_40_MD5.is_anonymous());
    assert!(CipherSuite::TLS_DH_anon_EXPORT_WITH_RC4_40_MD5.is_export());
    assert!(CipherSuite::TLS_RSA_EXPORT1024_WITH_RC4_56_SHA.is_export());
    assert!(CipherSuite::TLS_RSA_WITH_NULL_SHA256.is_null() && CipherSuite::TLS_SHA256_SHA256.is_null());
    assert!(!CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256.forward_secret());
    assert!(
        CipherSuite::TLS_AES_128_CCM_8_SHA256.is_tls13() && CipherSuite::TLS_AES_128_CCM_8_SHA256.is_aead()
    );
    assert_eq!(CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA.block_bits(), Some(64));
    assert_eq!(CipherSuite::TLS_RSA_WITH_RC4_128_SHA.block_bits(), None);
    assert!(!CipherSuite(0xC0FE).is_aead() && !CipherSuite(0xC0FE).is_anonymous());
}

fn openssl_exchange(exchange: KeyExchange) -> &'static str {
    use KeyExchange as K;
    match exchange {
        K::Rsa => "Kx=RSA",
        K::Dhe | K::DhAnon => "Kx=DH",
        K::Ecdhe | K::EcdhAnon => "Kx=ECDH",
        K::Psk => "Kx=PSK",
        K::DhePsk => "Kx=DHEPSK",
        K::EcdhePsk => "Kx=ECDHEPSK",
        K::RsaPsk => "Kx=RSAPSK",
        K::Srp => "Kx=SRP",
        K::Tls13 => "Kx=any",
        other => panic!("OpenSSL 3.0 has no {other:?}"),
    }
}

fn openssl_authentication(by: Authentication) -> &'static str {
    use Authentication as A;
    match by {
        A::Null => "Au=None",
        A::Rsa => "Au=RSA",
        A::Dss => "Au=DSS",
        A::Ecdsa => "Au=ECDSA",
        A::Psk => "Au=PSK",
        A::Password => "Au=SRP",
        A::Any => "Au=any",
        other => panic!("OpenSSL 3.0 has no {other:?}"),
    }
}

fn openssl_encryption(encryption: Encryption) -> String {
    let family = match encryption.cipher {
        Cipher::Null => return "Enc=None".to_owned(),
        Cipher::ChaCha20 => "CHACHA20/POLY1305",
        Cipher::Aes => "AES",
        Cipher::Camellia => "Camellia",
        Cipher::Aria => "ARIA",
        other => panic!("OpenSSL 3.0 has no {other:?}"),
    };
    let mode = match encryption.mode {
        Mode::Gcm => "GCM",
        Mode::Ccm => "CCM",
        Mode::Ccm8 => "CCM8",
        _ => "",
    };
    format!("Enc={family}{mode}({})", encryption.key_bits)
}

fn openssl_mac(mac: Mac) -> &'static str {
    match mac {
        Mac::Md5 => "Mac=MD5",
        Mac::Sha1 => "Mac=SHA1",
        Mac::Sha256 => "Mac=SHA256",
        Mac::Sha384 => "Mac=SHA384",
        Mac::Aead => "Mac=AEAD",
        other => panic!("OpenSSL 3.0 has no {other:?}"),
    }
}
