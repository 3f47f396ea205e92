//! What the name of a suite says: `TLS_<key exchange>_<authentication>_WITH_<encryption>_<MAC>`.

/// How the keys are agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyExchange {
    /// None: the state before a handshake.
    Null,
    /// The client encrypts to the certificate's RSA key.
    Rsa,
    /// The same, to a temporary RSA key of 512 (EXPORT1024: 1024) bits.
    RsaExport,
    /// The certificate holds a Diffie-Hellman key.
    Dh,
    /// The same with 40-bit encryption.
    DhExport,
    /// Ephemeral Diffie-Hellman, signed.
    Dhe,
    /// The same in a group of 512 (EXPORT1024: 1024) bits.
    DheExport,
    /// Ephemeral Diffie-Hellman, unsigned.
    DhAnon,
    /// The same in a group of 512 bits.
    DhAnonExport,
    /// The certificate holds a key for elliptic curve Diffie-Hellman.
    Ecdh,
    /// Ephemeral elliptic curve Diffie-Hellman, signed.
    Ecdhe,
    /// Ephemeral elliptic curve Diffie-Hellman, unsigned.
    EcdhAnon,
    /// Kerberos 5 (RFC 2712).
    Krb5,
    /// The same with 40-bit encryption.
    Krb5Export,
    /// A shared secret alone (RFC 4279).
    Psk,
    /// A shared secret and ephemeral Diffie-Hellman.
    DhePsk,
    /// A shared secret and ephemeral elliptic curve Diffie-Hellman (RFC 5489).
    EcdhePsk,
    /// A shared secret and RSA encryption.
    RsaPsk,
    /// Secure Remote Password (RFC 5054).
    Srp,
    /// The Russian VKO key agreements.
    Gost,
    /// Dragonfly with a password (RFC 8492).
    EccPwd,
    /// SSL 3's Fortezza cards.
    Fortezza,
    /// Chosen apart from the suite, by TLS 1.3's extensions.
    Tls13,
}

impl KeyExchange {
    /// Tells whether each session's keys come from keys that are thrown away after it.
    pub fn is_ephemeral(self) -> bool {
        matches!(
            self,
            Self::Dhe
                | Self::DheExport
                | Self::DhAnon
                | Self::DhAnonExport
                | Self::Ecdhe
                | Self::EcdhAnon
                | Self::DhePsk
                | Self::EcdhePsk
                | Self::Srp
                | Self::EccPwd
                | Self::Tls13
        )
    }

    /// Tells whether the server sends Diffie-Hellman parameters over a finite field before TLS 1.3.
    pub fn sends_dh(self) -> bool {
        matches!(self, Self::Dhe | Self::DheExport | Self::DhAnon | Self::DhAnonExport | Self::DhePsk)
    }

    /// Tells whether the server sends an elliptic curve and a point on it before TLS 1.3.
    pub fn sends_ecdh(self) -> bool {
        matches!(self, Self::Ecdhe | Self::EcdhAnon | Self::EcdhePsk)
    }
}

/// How the server proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authentication {
    /// It does not.
    Null,
    /// With an RSA certificate; for static DH and ECDH, with a certificate that an RSA key signed.
    Rsa,
    /// With a DSA certificate, likewise.
    Dss,
    /// With an ECDSA (or EdDSA, RFC 8422) certificate, likewise.
    Ecdsa,
    /// By knowing the shared secret.
    Psk,
    /// By knowing the verifier of a password.
    Password,
    /// With a Kerberos ticket.
    Krb5,
    /// With a GOST certificate.
    Gost,
    /// With a Fortezza certificate.
    Fortezza,
    /// Chosen apart from the suite, by TLS 1.3's extensions.
    Any,
}

/// How data is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Encryption {
    /// The algorithm.
    pub cipher: Cipher,
    /// Bits of the key; 168 for triple DES, whose strength is 112.
    pub key_bits: u16,
    /// How blocks are strung together.
    pub mode: Mode,
}

/// An encryption algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the algorithm of its name")]
pub enum Cipher {
    Null,
    Rc2,
    Rc4,
    Des,
    TripleDes,
    Idea,
    Seed,
    Skipjack,
    Aes,
    Camellia,
    Aria,
    Sm4,
    ChaCha20,
    Aegis,
    Gost28147,
    Magma,
    Kuznyechik,
}

impl Cipher {
    /// Returns the block size in bits, or `None` for a stream cipher or none.
    pub fn block_bits(self) -> Option<u16> {
        match self {
            Self::Null | Self::Rc4 | Self::ChaCha20 => None,
            Self::Rc2
            | Self::Des
            | Self::TripleDes
            | Self::Idea
            | Self::Skipjack
            | Self::Gost28147
            | Self::Magma => Some(64),
            Self::Seed
            | Self::Aes
            | Self::Camellia
            | Self::Aria
            | Self::Sm4
            | Self::Aegis
            | Self::Kuznyechik => Some(128),
        }
    }
}

/// How a cipher is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// As a stream cipher, or not at all.
    Stream,
    /// Cipher block chaining.
    Cbc,
    /// A counter with a separate MAC (GOST).
    Counter,
    /// Galois/counter mode.
    Gcm,
    /// Counter with CBC-MAC.
    Ccm,
    /// The same with an authentication tag of 8 bytes.
    Ccm8,
    /// ChaCha20 with Poly1305.
    Poly1305,
    /// Multilinear Galois mode (RFC 9058, RFC 9367).
    Mgm,
    /// AEGIS, which is a mode of its own.
    Aegis,
}

impl Mode {
    /// Tells whether the mode also protects against change.
    pub fn is_aead(self) -> bool {
        matches!(self, Self::Gcm | Self::Ccm | Self::Ccm8 | Self::Poly1305 | Self::Mgm | Self::Aegis)
    }
}

/// How data is protected against change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mac {
    /// Not at all.
    Null,
    /// HMAC (SSL 3: its forerunner) with MD5.
    Md5,
    /// HMAC (SSL 3: its forerunner) with SHA-1.
    Sha1,
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-384.
    Sha384,
    /// HMAC with RIPEMD-160.
    Ripemd160,
    /// The GOST MACs (IMIT, OMAC, HMAC with GOST R 34.11).
    Gost,
    /// By the encryption itself.
    Aead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Properties {
    pub(super) key_exchange: KeyExchange,
    pub(super) authentication: Authentication,
    pub(super) encryption: Encryption,
    pub(super) mac: Mac,
}

/// Reads a suite's name; `None` for a signalling value, which has no properties.
pub(super) fn read(name: &str) -> Option<Properties> {
    let name = name.strip_suffix("_OLD").unwrap_or(name);
    let name = name.strip_prefix("TLS_").or_else(|| name.strip_prefix("SSL_"))?;
    let (exchange, protection) = match name.split_once("_WITH_") {
        Some((exchange, protection)) => (exchange, protection),
        None if name.ends_with("_SCSV") => return None,
        None => ("", name),
    };
    let (key_exchange, authentication) = read_exchange(exchange)?;
    let encryption = read_encryption(protection)?;
    let mac = if encryption.mode.is_aead() { Mac::Aead } else { read_mac(protection)? };
    Some(Properties { key_exchange, authentication, encryption, mac })
}

fn read_exchange(text: &str) -> Option<(KeyExchange, Authentication)> {
    use {Authentication as A, KeyExchange as K};
    let base = text.strip_suffix("_EXPORT").or_else(|| text.strip_suffix("_EXPORT1024"));
    let export = base.is_some();
    let plain = match base.unwrap_or(text) {
        "" => (K::Tls13, A::Any),
        "NULL" => (K::Null, A::Null),
        "RSA" | "RSA_FIPS" => (K::Rsa, A::Rsa),
        "DH_DSS" => (K::Dh, A::Dss),
        "DH_RSA" => (K::Dh, A::Rsa),
        "DHE_DSS" => (K::Dhe, A::Dss),
        "DHE_RSA" => (K::Dhe, A::Rsa),
        "DH_anon" => (K::DhAnon, A::Null),
        "ECDH_ECDSA" => (K::Ecdh, A::Ecdsa),
        "ECDH_RSA" => (K::Ecdh, A::Rsa),
        "ECDHE_ECDSA" => (K::Ecdhe, A::Ecdsa),
        "ECDHE_RSA" => (K::Ecdhe, A::Rsa),
        "ECDH_anon" => (K::EcdhAnon, A::Null),
        "KRB5" => (K::Krb5, A::Krb5),
        "PSK" => (K::Psk, A::Psk),
        "DHE_PSK" | "PSK_DHE" => (K::DhePsk, A::Psk),
        "ECDHE_PSK" => (K::EcdhePsk, A::Psk),
        "RSA_PSK" => (K::RsaPsk, A::Rsa),
        "SRP_SHA" => (K::Srp, A::Password),
        "SRP_SHA_RSA" => (K::Srp, A::Rsa),
        "SRP_SHA_DSS" => (K::Srp, A::Dss),
        "ECCPWD" => (K::EccPwd, A::Password),
        "FORTEZZA_KEA" => (K::Fortezza, A::Fortezza),
        gost if gost.starts_with("GOSTR34") => (K::Gost, A::Gost),
        _ => return None,
    };
    Some(match (export, plain) {
        (true, (K::Rsa, by)) => (K::RsaExport, by),
        (true, (K::Dh, by)) => (K::DhExport, by),
        (true, (K::Dhe, by)) => (K::DheExport, by),
        (true, (K::DhAnon, by)) => (K::DhAnonExport, by),
        (true, (K::Krb5, by)) => (K::Krb5Export, by),
        (true, _) => return None,
        (false, plain) => plain,
    })
}

fn read_encryption(text: &str) -> Option<Encryption> {
    let (_, cipher, key_bits, mode) = *FIXED.iter().find(|(prefix, ..)| text.starts_with(prefix))?;
    if key_bits != ANY {
        return Some(Encryption { cipher, key_bits, mode });
    }
    let mut parts = text.split('_').skip(1);
    let key_bits = parts.next()?.parse().ok()?;
    let mode = match (parts.next()?, parts.next()) {
        ("CBC", _) => Mode::Cbc,
        ("GCM", _) => Mode::Gcm,
        ("CCM", Some("8")) => Mode::Ccm8,
        ("CCM", _) => Mode::Ccm,
        _ => return None,
    };
    Some(Encryption { cipher, key_bits, mode })
}

fn read_mac(text: &str) -> Option<Mac> {
    Some(match text.rsplit('_').next()? {
        "NULL" => Mac::Null,
        "MD5" => Mac::Md5,
        "SHA" => Mac::Sha1,
        "SHA256" => Mac::Sha256,
        "SHA384" => Mac::Sha384,
        "RMD" => Mac::Ripemd160,
        "IMIT" | "OMAC" | "GOSTR3411" => Mac::Gost,
        _ => return None,
    })
}

/// Key bits and mode stand in the name.
const ANY: u16 = u16::MAX;

/// Beginnings of the part after `WITH`; a longer one stands before the shorter one it begins with.
const FIXED: &[(&str, Cipher, u16, Mode)] = &[
    ("NULL_", Cipher::Null, 0, Mode::Stream),
    ("SHA", Cipher::Null, 0, Mode::Stream),
    ("RC4_40_", Cipher::Rc4, 40, Mode::Stream),
    ("RC4_56_", Cipher::Rc4, 56, Mode::Stream),
    ("RC4_128_", Cipher::Rc4, 128, Mode::Stream),
    ("RC2_CBC_40_", Cipher::Rc2, 40, Mode::Cbc),
    ("RC2_CBC_56_", Cipher::Rc2, 56, Mode::Cbc),
    ("DES40_CBC_", Cipher::Des, 40, Mode::Cbc),
    ("DES_CBC_40_", Cipher::Des, 40, Mode::Cbc),
    ("DES_CBC_", Cipher::Des, 56, Mode::Cbc),
    ("3DES_EDE_CBC_", Cipher::TripleDes, 168, Mode::Cbc),
    ("IDEA_CBC_", Cipher::Idea, 128, Mode::Cbc),
    ("SEED_CBC_", Cipher::Seed, 128, Mode::Cbc),
    ("FORTEZZA_CBC_", Cipher::Skipjack, 80, Mode::Cbc),
    ("AES_", Cipher::Aes, ANY, Mode::Cbc),
    ("CAMELLIA_", Cipher::Camellia, ANY, Mode::Cbc),
    ("ARIA_", Cipher::Aria, ANY, Mode::Cbc),
    ("SM4_GCM_", Cipher::Sm4, 128, Mode::Gcm),
    ("SM4_CCM_", Cipher::Sm4, 128, Mode::Ccm),
    ("CHACHA20_POLY1305_", Cipher::ChaCha20, 256, Mode::Poly1305),
    ("AEGIS_256_", Cipher::Aegis, 256, Mode::Aegis),
    ("AEGIS_128L_", Cipher::Aegis, 128, Mode::Aegis),
    ("28147_CNT_", Cipher::Gost28147, 256, Mode::Counter),
    ("KUZNYECHIK_CTR_", Cipher::Kuznyechik, 256, Mode::Counter),
    ("MAGMA_CTR_", Cipher::Magma, 256, Mode::Counter),
    ("KUZNYECHIK_MGM_", Cipher::Kuznyechik, 256, Mode::Mgm),
    ("MAGMA_MGM_", Cipher::Magma, 256, Mode::Mgm),
];
