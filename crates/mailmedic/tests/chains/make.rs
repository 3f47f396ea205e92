//! Certificates with any fault, byte by byte: no library makes the broken ones.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use num_bigint::BigUint;
use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData as _};

/// What a certificate says, before it is signed.
#[derive(Clone)]
pub(crate) struct Draft {
    /// The version as it is encoded: 2 is version 3.
    pub(crate) version: u8,
    /// The content of the serial number.
    pub(crate) serial: Vec<u8>,
    /// The common name.
    pub(crate) subject: String,
    /// Years, months and days of the first and the last second.
    pub(crate) dates: [&'static str; 2],
    /// The SubjectPublicKeyInfo.
    pub(crate) key: Vec<u8>,
    /// Each with its object identifier, and what follows that.
    pub(crate) extensions: Vec<(&'static str, Vec<u8>)>,
    /// Whether it is signed over SHA-1.
    pub(crate) sha1: bool,
}

impl Draft {
    /// A leaf for a host, as public issuers make them.
    pub(crate) fn leaf(host: &str) -> Self {
        let key = KeyPair::generate().unwrap().subject_public_key_info();
        let mut draft = Self::bare(host, key);
        draft.set(BASIC, ca(false, None));
        draft.set(KEY_USAGE, usage(0x80, 7));
        draft.set(EXTENDED, purposes(&[SERVER]));
        draft.set(NAMES, names(&[dns(host.as_bytes())]));
        draft
    }

    /// A CA that may issue leaves only.
    pub(crate) fn authority(name: &str, key: &Key) -> Self {
        let mut draft = Self::bare(name, key.public.clone());
        draft.dates = ["20240101000000", "20331231235959"];
        draft.set(BASIC, ca(true, Some(0)));
        draft.set(KEY_USAGE, usage(0x86, 1));
        draft.set(EXTENDED, purposes(&[SERVER]));
        draft.set(SUBJECT_KEY, octets(&key.id()));
        draft
    }

    fn bare(name: &str, key: Vec<u8>) -> Self {
        Self {
            version: 2,
            serial: [&[0x11][..], &digest::digest(&digest::SHA256, name.as_bytes()).as_ref()[..15]].concat(),
            subject: name.to_owned(),
            dates: ["20261101000000", "20270129235959"],
            key,
            extensions: Vec::new(),
            sha1: false,
        }
    }

    /// Puts an extension in the place of the one of its kind, or at the end.
    pub(crate) fn set(&mut self, kind: &'static str, whole: Vec<u8>) {
        match self.extensions.iter_mut().find(|known| known.0 == kind) {
            Some(known) => known.1 = whole,
            None => self.extensions.push((kind, whole)),
        }
    }

    /// Takes the extension of a kind away.
    pub(crate) fn unset(&mut self, kind: &str) {
        self.extensions.retain(|known| known.0 != kind);
    }

    /// Signs it; the authority key identifier is added, unless an empty one stands in its place.
    pub(crate) fn sign(&self, issuer: &str, key: &Key) -> Vec<u8> {
        let mut extensions = self.extensions.clone();
        match extensions.iter().position(|known| known.0 == AUTHORITY_KEY) {
            Some(at) => drop(extensions.remove(at)),
            None => extensions.push((AUTHORITY_KEY, tlv(4, &[&sequence(&[&tlv(0x80, &[&key.id()])])]))),
        }
        let listed: Vec<u8> = extensions.iter().flat_map(|(kind, whole)| extension(kind, whole)).collect();
        let name = |text: &str| {
            let attribute = sequence(&[&oid("2.5.4.3"), &tlv(0x0C, &[text.as_bytes()])]);
            sequence(&[&tlv(0x31, &[&attribute])])
        };
        let date = |text: &str| tlv(0x17, &[&text.as_bytes()[2..], b"Z"]);
        let algorithm = if self.sha1 { "1.2.840.113549.1.1.5" } else { "1.2.840.113549.1.1.11" };
        let algorithm = sequence(&[&oid(algorithm), &NULL]);
        let version = tlv(0xA0, &[&tlv(2, &[&[self.version]])]);
        let inside = sequence(&[
            if self.version == 0 { &[] } else { &version },
            &tlv(2, &[&self.serial]),
            &algorithm,
            &name(issuer),
            &sequence(&[&date(self.dates[0]), &date(self.dates[1])]),
            &name(&self.subject),
            &self.key,
            &if listed.is_empty() || self.version == 0 {
                Vec::new()
            } else {
                tlv(0xA3, &[&sequence(&[&listed])])
            },
        ]);
        let signature = if self.sha1 { key.sign_over_sha1(&inside) } else { key.sign(&inside) };
        sequence(&[&inside, &algorithm, &bits(&signature, 0)])
    }
}

/// An RSA key of 2048 bits.
pub(crate) struct Key {
    pub(crate) public: Vec<u8>,
    pair: RsaKeyPair,
    modulus: BigUint,
    private: BigUint,
}

impl Key {
    fn new() -> Self {
        let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let der = pair.serialize_der();
        // PKCS #8 around RSAPrivateKey: version, modulus, public and private exponent (RFC 8017 appendix A.1.2).
        let numbers = elements(elements(elements(elements(&der)[0])[2])[0]);
        let [modulus, private] = [1, 3].map(|at| BigUint::from_bytes_be(numbers[at]));
        Self {
            public: pair.subject_public_key_info(),
            pair: RsaKeyPair::from_pkcs8(&der).unwrap(),
            modulus,
            private,
        }
    }

    fn id(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.public).as_ref()[..20].to_vec()
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let mut signed = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signed).unwrap();
        signed
    }

    /// Signs by PKCS #1 version 1.5 as no library does any more.
    fn sign_over_sha1(&self, bytes: &[u8]) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        let info = sequence(&[&sequence(&[&oid("1.3.14.3.2.26"), &NULL]), &tlv(4, &[hash.as_ref()])]);
        let mut block = vec![0xFF; 256];
        block[..2].copy_from_slice(&[0, 1]);
        block[255 - info.len()] = 0;
        block[256 - info.len()..].copy_from_slice(&info);
        let signed = BigUint::from_bytes_be(&block).modpow(&self.private, &self.modulus).to_bytes_be();
        [vec![0; 256 - signed.len()], signed].concat()
    }
}

/// The keys of the root, of the intermediate, and of somebody else.
pub(crate) static KEYS: LazyLock<[Key; 3]> = LazyLock::new(|| [Key::new(), Key::new(), Key::new()]);

/// A public RSA key whose modulus has these bits and no small factor; nobody has its private key.
pub(crate) fn rsa(size: u64) -> Vec<u8> {
    let mut text = size.to_be_bytes().to_vec();
    while text.len() * 8 < usize::try_from(size).unwrap() {
        let more = digest::digest(&digest::SHA256, &text);
        text.extend_from_slice(more.as_ref());
    }
    let one = BigUint::from(1_u8);
    let mut modulus = BigUint::from_bytes_be(&text) % (&one << (size - 1));
    modulus.set_bit(size - 1, true);
    modulus.set_bit(0, true);
    while (3_u32..10_000).step_by(2).any(|by| &modulus % by == BigUint::ZERO) {
        modulus += 2_u8;
    }
    let key = sequence(&[&number(&modulus), &tlv(2, &[&[1, 0, 1]])]);
    sequence(&[&sequence(&[&oid("1.2.840.113549.1.1.1"), &NULL]), &bits(&key, 0)])
}

/// A DSA key of 2048 bits (RFC 3279 §2.3.2).
pub(crate) fn dsa() -> Vec<u8> {
    let two = BigUint::from(2_u8);
    let odd = |size: u32| number(&(two.pow(size) - 189_u8));
    let parameters = sequence(&[&odd(2048), &odd(256), &odd(2047)]);
    sequence(&[&sequence(&[&oid("1.2.840.10040.4.1"), &parameters]), &bits(&odd(2046), 0)])
}

/// A key on secp256k1: the curve's base point (SEC 2 §2.4.1).
pub(crate) fn secp256k1() -> Vec<u8> {
    let point = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\
                 483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
    let point: Vec<u8> =
        (0..point.len()).step_by(2).map(|at| u8::from_str_radix(&point[at..at + 2], 16).unwrap()).collect();
    sequence(&[&sequence(&[&oid("1.2.840.10045.2.1"), &oid("1.3.132.0.10")]), &bits(&point, 0)])
}

/// basicConstraints, with its flag of being critical where it is a CA's.
pub(crate) fn ca(is_ca: bool, path: Option<u8>) -> Vec<u8> {
    let flag: &[u8] = if is_ca { &[1, 1, 0xFF] } else { &[] };
    let path = path.map_or_else(Vec::new, |most| tlv(2, &[&[most]]));
    let value = tlv(4, &[&sequence(&[flag, &path])]);
    if is_ca { [&TRUE[..], &value].concat() } else { value }
}

/// keyUsage, critical, with so many unused bits.
pub(crate) fn usage(flags: u8, unused: u8) -> Vec<u8> {
    [&TRUE[..], &tlv(4, &[&bits(&[flags], unused)])].concat()
}

/// extendedKeyUsage.
pub(crate) fn purposes(of: &[&str]) -> Vec<u8> {
    let listed: Vec<u8> = of.iter().flat_map(|purpose| oid(purpose)).collect();
    tlv(4, &[&sequence(&[&listed])])
}

/// subjectAltName.
pub(crate) fn names(all: &[Vec<u8>]) -> Vec<u8> {
    tlv(4, &[&sequence(&[&all.concat()])])
}

/// A dNSName with these bytes.
pub(crate) fn dns(name: &[u8]) -> Vec<u8> {
    tlv(0x82, &[name])
}

/// An iPAddress.
pub(crate) fn address(bytes: &[u8]) -> Vec<u8> {
    tlv(0x87, &[bytes])
}

/// nameConstraints, critical, which permit (0) or exclude (1) one domain.
pub(crate) fn constraint(which: u8, domain: &str) -> Vec<u8> {
    let subtree = sequence(&[&dns(domain.as_bytes())]);
    [&TRUE[..], &tlv(4, &[&sequence(&[&tlv(0xA0 | which, &[&subtree])])])].concat()
}

/// The TLS feature extension that demands a stapled response (RFC 7633).
pub(crate) fn must_staple() -> Vec<u8> {
    tlv(4, &[&sequence(&[&tlv(2, &[&[5]])])])
}

/// A value of nobody's, critical.
pub(crate) fn critical() -> Vec<u8> {
    [&TRUE[..], &tlv(4, &[&NULL])].concat()
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(4, &[&tlv(4, &[bytes])])
}

fn extension(kind: &str, whole: &[u8]) -> Vec<u8> {
    sequence(&[&oid(kind), whole])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

fn bits(bytes: &[u8], unused: u8) -> Vec<u8> {
    tlv(3, &[&[unused], bytes])
}

fn number(of: &BigUint) -> Vec<u8> {
    let bytes = of.to_bytes_be();
    let sign: &[u8] = if bytes[0] & 0x80 == 0 { &[] } else { &[0] };
    tlv(2, &[sign, &bytes])
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let head = match u8::try_from(length) {
        Ok(short @ 0..=0x7F) => vec![tag, short],
        Ok(byte) => vec![tag, 0x81, byte],
        Err(_) => [&[tag, 0x82][..], &u16::try_from(length).unwrap().to_be_bytes()].concat(),
    };
    [head, content].concat()
}

fn oid(text: &str) -> Vec<u8> {
    let arcs: Vec<u32> = text.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        for shift in (0..5).rev().map(|group| group * 7) {
            if shift == 0 || arc >> shift != 0 {
                let more = if shift == 0 { 0 } else { 0x80 };
                content.push(u8::try_from(arc >> shift & 0x7F).unwrap() | more);
            }
        }
    }
    tlv(6, &[&content])
}

/// Returns the contents of elements that stand one after the other.
fn elements(mut der: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (content, behind) = split(der);
        found.push(content);
        der = behind;
    }
    found
}

fn split(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = match usize::from(der[1]) {
        short @ 0..=0x7F => (short, &der[2..]),
        long => {
            let (bytes, rest) = der[2..].split_at(long & 0x7F);
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
    };
    rest.split_at(length)
}

const TRUE: [u8; 3] = [1, 1, 0xFF];
const NULL: [u8; 2] = [5, 0];

pub(crate) const SUBJECT_KEY: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const NAMES: &str = "2.5.29.17";
pub(crate) const BASIC: &str = "2.5.29.19";
pub(crate) const CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const AUTHORITY_KEY: &str = "2.5.29.35";
pub(crate) const EXTENDED: &str = "2.5.29.37";
pub(crate) const FEATURE: &str = "1.3.6.1.5.5.7.1.24";
/// Of an arc for examples (RFC 5612).
pub(crate) const NOBODYS: &str = "1.3.6.1.4.1.32473.1";

pub(crate) const SERVER: &str = "1.3.6.1.5.5.7.3.1";
pub(crate) const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
pub(crate) const MAIL: &str = "1.3.6.1.5.5.7.3.4";
