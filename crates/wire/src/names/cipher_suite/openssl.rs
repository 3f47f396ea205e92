//! OpenSSL's names of suites, which administrators write in their configuration.

use super::{Authentication, Cipher, CipherSuite, KeyExchange, Mac, Mode};

/// Builds OpenSSL's name by its own habits; `None` for a suite it never implemented.
pub(super) fn name(suite: CipherSuite) -> Option<String> {
    use {Authentication as A, KeyExchange as K};
    let registered = suite.name()?;
    if let Some((_, name)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == suite) {
        return Some((*name).to_owned());
    }
    let exchange = suite.key_exchange()?;
    let encryption = suite.encryption()?;
    let mac = suite.mac()?;
    let old_poly1305 = encryption.mode == Mode::Poly1305 && registered.ends_with("_OLD");
    if exchange == K::Tls13 {
        let never = matches!(encryption.cipher, Cipher::Aegis | Cipher::Sm4);
        return (!never).then(|| registered.to_owned());
    }
    if never_had(exchange, encryption.cipher, encryption.mode, mac)
        || registered.starts_with("SSL_")
        || (registered.ends_with("_OLD") && !old_poly1305)
    {
        return None;
    }
    let ephemeral = if encryption.cipher == Cipher::Des { "EDH" } else { "DHE" };
    let signed = match suite.authentication()? {
        A::Rsa => "-RSA",
        A::Dss => "-DSS",
        A::Ecdsa => "-ECDSA",
        _ => "",
    };
    let exchange_text = match exchange {
        K::Rsa | K::RsaExport => String::new(),
        K::Dh | K::DhExport => format!("DH{signed}-"),
        K::Dhe | K::DheExport if registered.contains("_EXPORT1024_") => format!("DHE{signed}-"),
        K::Dhe | K::DheExport => format!("{ephemeral}{signed}-"),
        K::DhAnon | K::DhAnonExport => "ADH-".to_owned(),
        K::Ecdh => format!("ECDH{signed}-"),
        // OpenSSL leaves the authentication out of this one family.
        K::Ecdhe if encryption.cipher == Cipher::Aria && signed == "-RSA" => "ECDHE-".to_owned(),
        K::Ecdhe => format!("ECDHE{signed}-"),
        K::EcdhAnon => "AECDH-".to_owned(),
        K::Krb5 | K::Krb5Export => "KRB5-".to_owned(),
        K::Psk => "PSK-".to_owned(),
        K::DhePsk => "DHE-PSK-".to_owned(),
        K::EcdhePsk => "ECDHE-PSK-".to_owned(),
        K::RsaPsk => "RSA-PSK-".to_owned(),
        K::Srp => format!("SRP{signed}-"),
        K::Null | K::Gost | K::EccPwd | K::Fortezza | K::Tls13 => return None,
    };
    let export = match () {
        () if registered.contains("_EXPORT1024_") => "EXP1024-",
        () if suite.is_export() => "EXP-",
        () => "",
    };
    let cipher = cipher_text(exchange, encryption.cipher, encryption.key_bits, encryption.mode)?;
    let mac = match mac {
        Mac::Md5 => "-MD5",
        Mac::Sha1 => "-SHA",
        Mac::Sha256 => "-SHA256",
        Mac::Sha384 => "-SHA384",
        Mac::Aead if encryption.mode == Mode::Gcm && registered.ends_with("_SHA384") => "-SHA384",
        Mac::Aead if encryption.mode == Mode::Gcm => "-SHA256",
        Mac::Aead if old_poly1305 => "-OLD",
        _ => "",
    };
    Some(format!("{export}{exchange_text}{cipher}{mac}"))
}

fn cipher_text(exchange: KeyExchange, cipher: Cipher, bits: u16, mode: Mode) -> Option<String> {
    let family = match cipher {
        Cipher::Aes => "AES",
        Cipher::Camellia => "CAMELLIA",
        Cipher::Aria => "ARIA",
        Cipher::Null => return Some("NULL".to_owned()),
        Cipher::Rc4 => return Some("RC4".to_owned()),
        Cipher::Rc2 => return Some("RC2-CBC".to_owned()),
        Cipher::Des => return Some("DES-CBC".to_owned()),
        Cipher::Idea => return Some("IDEA-CBC".to_owned()),
        Cipher::Seed => return Some("SEED".to_owned()),
        Cipher::ChaCha20 => return Some("CHACHA20-POLY1305".to_owned()),
        Cipher::TripleDes if is_psk(exchange) || exchange == KeyExchange::Srp => {
            return Some("3DES-EDE-CBC".to_owned());
        }
        Cipher::TripleDes => return Some("DES-CBC3".to_owned()),
        _ => return None,
    };
    Some(match mode {
        Mode::Cbc if exchange == KeyExchange::Srp => format!("{family}-{bits}-CBC"),
        Mode::Cbc if is_psk(exchange) && cipher == Cipher::Aes => format!("{family}{bits}-CBC"),
        Mode::Gcm => format!("{family}{bits}-GCM"),
        Mode::Ccm => format!("{family}{bits}-CCM"),
        Mode::Ccm8 => format!("{family}{bits}-CCM8"),
        _ => format!("{family}{bits}"),
    })
}

/// Tells whether OpenSSL never implemented this combination.
fn never_had(exchange: KeyExchange, cipher: Cipher, mode: Mode, mac: Mac) -> bool {
    let without_aria = matches!(exchange, KeyExchange::Dh | KeyExchange::Ecdh | KeyExchange::DhAnon);
    (cipher == Cipher::Aria && (mode == Mode::Cbc || without_aria))
        || (cipher == Cipher::Camellia && mode == Mode::Gcm)
        || (exchange == KeyExchange::EcdhePsk && matches!(mode, Mode::Gcm | Mode::Ccm | Mode::Ccm8))
        || mac == Mac::Ripemd160
}

fn is_psk(exchange: KeyExchange) -> bool {
    matches!(exchange, KeyExchange::Psk | KeyExchange::DhePsk | KeyExchange::EcdhePsk | KeyExchange::RsaPsk)
}

/// Names that follow no habit.
const IRREGULAR: &[(CipherSuite, &str)] = &[
    (CipherSuite::TLS_GOSTR341094_WITH_28147_CNT_IMIT, "GOST94-GOST89-GOST89"),
    (CipherSuite::TLS_GOSTR341001_WITH_28147_CNT_IMIT, "GOST2001-GOST89-GOST89"),
    (CipherSuite::TLS_GOSTR341094_WITH_NULL_GOSTR3411, "GOST94-NULL-GOST94"),
    (CipherSuite::TLS_GOSTR341001_WITH_NULL_GOSTR3411, "GOST2001-NULL-GOST94"),
    (CipherSuite::TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC, "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC"),
    (CipherSuite::TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC, "GOST2012-MAGMA-MAGMAOMAC"),
    (CipherSuite::TLS_GOSTR341112_256_WITH_28147_CNT_IMIT, "IANA-GOST2012-GOST8912-GOST8912"),
    (CipherSuite::TLS_GOSTR341112_256_WITH_28147_CNT_IMIT_OLD, "LEGACY-GOST2012-GOST8912-GOST8912"),
    (CipherSuite::TLS_GOSTR341112_256_WITH_NULL_GOSTR3411_OLD, "GOST2012-NULL-GOST12"),
];
