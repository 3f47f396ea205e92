//! Files of every kind, made when the test runs; openssl's are read in `crates/cli/tests/servers`.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::lock::{Budget, Derivation, KEY, MAC};
use super::{
    Contents, FileError, Form, Item, KeyError, Locked, LockedKind, OpenError, Password, PrivateKey,
    PublicNumbers, read,
};
use crate::certificate::Certificate;
use crate::certificate::der::{Elements, first};

/// A certificate with its key, both as DER.
fn identity(algorithm: &'static rcgen::SignatureAlgorithm) -> (Vec<u8>, Vec<u8>) {
    let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
    let params = rcgen::CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
    (params.self_signed(&key).unwrap().der().to_vec(), key.serialize_der())
}

fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match (high, low) {
        (0, 0..=0x7F) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn oid(bytes: &[u8]) -> Vec<u8> {
    wrap(6, &[bytes])
}

fn number(value: u32) -> Vec<u8> {
    wrap(2, &[&[0], &value.to_be_bytes()])
}

const PKCS: [u8; 6] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D];
const DATA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
const AES_256_CBC: [u8; 9] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];

/// Writes an EncryptedPrivateKeyInfo as `openssl pkcs8 -topk8` does today.
fn locked_key(plain: &[u8], password: &str, rounds: u32) -> Vec<u8> {
    let mut secret = [0; 32];
    let wanted = NonZeroU32::new(rounds.min(2048)).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, wanted, b"saltsalt", password.as_bytes(), &mut secret);
    let padding = 16 - plain.len() % 16;
    let mut data = [plain, &vec![u8::try_from(padding).unwrap(); padding]].concat();
    let key = EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &secret).unwrap()).unwrap();
    let iv = EncryptionContext::Iv128(FixedLength::from([7; 16]));
    key.less_safe_encrypt(&mut data, iv).unwrap();
    let prf = wrap(0x30, &[&oid(&[&PKCS[..], &[2, 9]].concat()), &[5, 0]]);
    let parameters = wrap(0x30, &[&wrap(4, &[b"saltsalt"]), &number(rounds), &prf]);
    let kdf = wrap(0x30, &[&oid(&[&PKCS[..], &[1, 5, 12]].concat()), &parameters]);
    let cipher = wrap(0x30, &[&oid(&AES_256_CBC), &wrap(4, &[&[7; 16]])]);
    let scheme = wrap(0x30, &[&oid(&[&PKCS[..], &[1, 5, 13]].concat()), &wrap(0x30, &[&kdf, &cipher])]);
    wrap(0x30, &[&scheme, &wrap(4, &[&data])])
}

fn bag(kind: &[u8], value: &[u8]) -> Vec<u8> {
    wrap(0x30, &[&oid(&[&PKCS[..], &[1, 12, 10, 1], kind].concat()), &wrap(0xA0, &[value])])
}

fn certificate_bag(der: &[u8]) -> Vec<u8> {
    let kind = oid(&[&PKCS[..], &[1, 9, 22, 1]].concat());
    bag(&[3], &wrap(0x30, &[&kind, &wrap(0xA0, &[&wrap(4, &[der])])]))
}

/// Writes a PFX of bags that are not enciphered as a whole, with a MAC of the old kind.
fn container(bags: &[&[u8]], password: &str) -> Vec<u8> {
    sealed(&wrap(0x30, &[&info(&wrap(0x30, bags))]), password)
}

fn info(content: &[u8]) -> Vec<u8> {
    wrap(0x30, &[&oid(&DATA), &wrap(0xA0, &[&wrap(4, &[content])])])
}

/// Writes a PFX around an AuthenticatedSafe.
fn sealed(safe: &[u8], password: &str) -> Vec<u8> {
    let bmp = Password::new(password.to_owned()).bmp().remove(0);
    let rounds = NonZeroU32::new(100).unwrap();
    let hash = Derivation::of("sha256").unwrap();
    let key = hash.derive(MAC, &bmp, b"salt", rounds, 32, &mut Budget::new(1000)).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), safe);
    let sha256 = wrap(0x30, &[&oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]), &[5, 0]]);
    let digest = wrap(0x30, &[&sha256, &wrap(4, &[tag.as_ref()])]);
    let mac = wrap(0x30, &[&digest, &wrap(4, &[b"salt"]), &number(100)]);
    wrap(0x30, &[&[2, 1, 3], &info(safe), &mac])
}

/// Writes the same in BER: no length is told that can be left open, and strings come in two pieces.
fn in_ber(der: &[u8]) -> Vec<u8> {
    let mut ber = Vec::new();
    for element in Elements(der) {
        let half = element.content.len() / 2;
        let pieces = || [wrap(4, &[&element.content[..half]]), wrap(4, &[&element.content[half..]])].concat();
        let (tag, content) = match element.tag {
            4 => (0x24, pieces()),
            0x80 => (0xA0, pieces()),
            tag if tag & 0x20 != 0 => (tag, in_ber(element.content)),
            _ => {
                ber.extend(element.raw);
                continue;
            }
        };
        ber.extend([&[tag, 0x80][..], &content, &[0, 0]].concat());
    }
    ber
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

/// The kinds of what was found, in order.
fn kinds(contents: &Contents) -> Vec<&'static str> {
    let kind = |item: &Item| match item {
        Item::Certificate(_) => "certificate",
        Item::Key(_) => "key",
        Item::Locked(locked) if locked.kind() == LockedKind::Key => "locked key",
        Item::Locked(_) => "container",
    };
    contents.items.iter().map(kind).collect()
}

fn locked(bytes: &[u8]) -> Locked {
    match read(bytes).unwrap().items.remove(0) {
        Item::Locked(locked) => locked,
        other => panic!("{other:?}"),
    }
}

fn only_key(contents: Contents) -> PrivateKey {
    match contents.items.into_iter().find(|item| matches!(item, Item::Key(_))) {
        Some(Item::Key(key)) => key,
        _ => panic!("no key"),
    }
}

#[test]
fn a_file_may_hold_anything_in_any_order() {
    let (certificate, key) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let text = [
        "Bag Attributes\n  friendlyName: x\n".to_owned(),
        pem("PRIVATE KEY", &key),
        "some words\r\n".to_owned(),
        pem("CERTIFICATE", &certificate).replace('\n', "\r\n"),
        pem("EC PARAMETERS", &[6, 1, 1]),
        pem("ENCRYPTED PRIVATE KEY", &locked_key(&key, "x", 1)),
        pem("OPENSSH PRIVATE KEY", b"x"),
    ]
    .concat();
    let contents = read(text.as_bytes()).unwrap();
    assert_eq!(kinds(&contents), ["key", "certificate", "locked key"]);
    assert_eq!(contents.left_out, ["a block OPENSSH PRIVATE KEY"]);
    let both = [certificate.clone(), certificate.clone()].concat();
    assert_eq!(kinds(&read(&both).unwrap()), ["certificate", "certificate"]);
    assert_eq!(kinds(&read(&key).unwrap()), ["key"]);
    assert_eq!(kinds(&read(&container(&[], "")).unwrap()), ["container"]);
}

#[test]
fn keys_of_every_kind_belong_to_their_certificate_only() {
    let kinds: [(&'static rcgen::SignatureAlgorithm, &str); 5] = [
        (&rcgen::PKCS_ECDSA_P256_SHA256, "EC secp256r1"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "EC secp384r1"),
        (&rcgen::PKCS_ECDSA_P521_SHA512, "EC secp521r1"),
        (&rcgen::PKCS_ED25519, "Ed25519"),
        (&rcgen::PKCS_RSA_SHA256, "RSA 2048"),
    ];
    let (other, _) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    for (algorithm, title) in kinds {
        let (certificate, der) = identity(algorithm);
        let key = PrivateKey::read(Form::Pkcs8, &der).unwrap();
        assert_eq!(key.title(), title);
        assert_eq!(key.belongs_to(&Certificate::read(&certificate)), Some(true), "{title}");
        assert_eq!(key.belongs_to(&Certificate::read(&other)), Some(false), "{title}");
        assert_eq!(key.belongs_to(&Certificate::read(b"no certificate")), None);
        let shown = format!("{key:?}");
        assert!(shown.contains(title) && shown.len() < 60, "nothing secret is shown: {shown}");
    }
}

/// PKCS #1 lies inside of PKCS #8 as it is; SEC 1 needs its curve (RFC 5915 §3).
#[test]
fn the_older_forms_hold_the_same_key() {
    let (_, der) = identity(&rcgen::PKCS_RSA_SHA256);
    let (whole, _) = first(&der).unwrap();
    let inner = pem("RSA PRIVATE KEY", whole.elements().nth(2).unwrap().content);
    let key = PrivateKey::read(Form::Pkcs8, &der).unwrap();
    assert_eq!(only_key(read(inner.as_bytes()).unwrap()).public(), key.public());

    let (_, der) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let key = PrivateKey::read(Form::Pkcs8, &der).unwrap();
    let (whole, _) = first(&der).unwrap();
    let (inner, _) = first(whole.elements().nth(2).unwrap().content).unwrap();
    let secret = inner.elements().nth(1).unwrap();
    let curve = wrap(0xA0, &[&oid(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7])]);
    let with_curve = wrap(0x30, &[&[2, 1, 1], secret.raw, &curve]);
    assert_eq!(only_key(read(&with_curve).unwrap()).public(), key.public());
    let without = wrap(0x30, &[&[2, 1, 1], secret.raw]);
    assert!(matches!(PrivateKey::read(Form::Sec1, &without), Err(KeyError::Unsupported(_))));
}

#[test]
fn a_point_is_the_same_in_both_forms() {
    let whole = [&[4_u8][..], &[7; 32], &[9; 32]].concat();
    let short = [&[3_u8][..], &[7; 32]].concat();
    assert_eq!(PublicNumbers::ec("1.2", &whole), PublicNumbers::ec("1.2", &short));
    assert_ne!(PublicNumbers::ec("1.3", &whole), PublicNumbers::ec("1.2", &short));
    assert_eq!(PublicNumbers::ec("1.2", &[]), None);
    assert_eq!(PublicNumbers::ec("1.2", &[4, 1]), None);
    assert_eq!(PublicNumbers::rsa(&[0, 0, 5], &[0, 3]), PublicNumbers::rsa(&[5], &[3]));
    assert_eq!(PublicNumbers::rsa(&[0], &[3]), None);
}

#[test]
fn a_key_whose_numbers_disagree_is_refused() {
    let (_, rsa) = identity(&rcgen::PKCS_RSA_SHA256);
    let mut broken = rsa.clone();
    // A byte of a prime, far behind modulus and exponents.
    let at = broken.len() - 60;
    broken[at] ^= 1;
    assert_eq!(PrivateKey::read(Form::Pkcs8, &broken).unwrap_err(), KeyError::Inconsistent);
    for cut in [0, 1, 5, 30, rsa.len() - 1] {
        assert_eq!(PrivateKey::read(Form::Pkcs8, &rsa[..cut]).unwrap_err(), KeyError::Damaged);
    }
}

#[test]
fn a_password_opens_a_key_and_a_wrong_one_does_not() {
    let (certificate, key) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let locked = locked(pem("ENCRYPTED PRIVATE KEY", &locked_key(&key, "grün", 2048)).as_bytes());
    let opened = only_key(locked.open(&password("grün")).unwrap());
    assert_eq!(opened.belongs_to(&Certificate::read(&certificate)), Some(true));
    assert_eq!(locked.open(&password("gruen")).unwrap_err(), OpenError::WrongPassword);
    assert_eq!(locked.open_within(&password("grün"), 2048).unwrap_err(), OpenError::TooCostly);
}

#[test]
fn a_container_gives_its_key_and_the_certificate_of_the_key_first() {
    let (own, key) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let (other, _) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    for secret in ["pass word", ""] {
        let shrouded = bag(&[2], &locked_key(&key, secret, 2048));
        let nested = bag(&[6], &wrap(0x30, &[&shrouded]));
        let bags = [&certificate_bag(&other)[..], &certificate_bag(&own), &nested, &bag(&[4], &[5, 0])];
        let locked = locked(&container(&bags, secret));
        let contents = locked.open(&password(secret)).unwrap();
        assert_eq!(kinds(&contents), ["certificate", "certificate", "key"]);
        assert!(matches!(&contents.items[0], Item::Certificate(der) if *der == own));
        assert_eq!(contents.left_out, ["a revocation list"]);
        assert_eq!(locked.open(&password("wrong")).unwrap_err(), OpenError::WrongPassword);
    }
}

#[test]
fn a_container_in_ber_gives_the_same_as_in_der() {
    let (own, key) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    // The key lies open to see, locked by itself the certificate, as Firefox does it.
    let bags = wrap(0x30, &[&certificate_bag(&own)]);
    let shrouded = wrap(0x30, &[&bag(&[2], &locked_key(&key, "secret", 2048))]);
    for settle in [|der: &[u8]| der.to_vec(), in_ber] {
        let cipher = locked_key(&settle(&bags), "secret", 2048);
        let (whole, _) = first(&cipher).unwrap();
        let (scheme, data) = (whole.elements().next().unwrap(), whole.elements().nth(1).unwrap());
        let inner = wrap(0x30, &[&oid(&DATA), scheme.raw, &wrap(0x80, &[data.content])]);
        let encrypted = wrap(0xA0, &[&wrap(0x30, &[&[2, 1, 0], &inner])]);
        let encrypted = wrap(0x30, &[&oid(&[&DATA[..8], &[6]].concat()), &encrypted]);
        let safe = settle(&wrap(0x30, &[&encrypted, &info(&settle(&shrouded))]));
        let file = settle(&sealed(&safe, "secret"));
        let locked = locked(&file);
        let contents = locked.open(&password("secret")).unwrap();
        assert_eq!(kinds(&contents), ["certificate", "key"]);
        assert!(matches!(&contents.items[0], Item::Certificate(der) if *der == own));
        let opened = only_key(contents);
        assert_eq!(opened.belongs_to(&Certificate::read(&own)), Some(true));
        assert_eq!(locked.open(&password("wrong")).unwrap_err(), OpenError::WrongPassword);
        // Cut anywhere it is no container, and never more than damaged.
        for cut in (0..file.len()).step_by(7) {
            if let Ok(mut contents) = read(&file[..cut])
                && let Some(Item::Locked(locked)) = contents.items.pop()
            {
                assert!(locked.open(&password("secret")).is_err());
            }
        }
    }
}

#[test]
fn certificates_in_a_signed_message_are_read_from_ber() {
    let (own, _) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let signed =
        wrap(0x30, &[&[2, 1, 1, 0x31, 0], &wrap(0x30, &[&oid(&DATA)]), &wrap(0xA0, &[&own]), &[0x31, 0]]);
    let message = wrap(0x30, &[&oid(&[&DATA[..8], &[2]].concat()), &wrap(0xA0, &[&signed])]);
    // A certificate itself is DER.
    let open = |tag: u8, content: &[u8]| [&[tag, 0x80][..], content, &[0, 0]].concat();
    let (whole, _) = first(&message).unwrap();
    let ber = open(0x30, &[whole.elements().next().unwrap().raw, &open(0xA0, &signed)].concat());
    for message in [message.clone(), ber] {
        assert!(matches!(&read(&message).unwrap().items[..], [Item::Certificate(der)] if *der == own));
    }
}

#[test]
fn what_a_container_asks_for_is_bounded() {
    let (_, key) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let dear = locked(&locked_key(&key, "x", 2_000_000_000));
    assert_eq!(dear.open(&password("x")).unwrap_err(), OpenError::TooCostly);
    let never = locked(&locked_key(&key, "x", u32::MAX));
    assert_eq!(never.open(&password("x")).unwrap_err(), OpenError::TooCostly);
    let mut deep = wrap(0x30, &[]);
    for _ in 0..50 {
        deep = wrap(0x30, &[&bag(&[6], &deep)]);
    }
    let deep = locked(&container(&[&bag(&[6], &deep)], "x"));
    assert!(matches!(deep.open(&password("x")), Err(OpenError::Damaged(why)) if why.contains("too deep")));
    let many = vec![bag(&[4], &[5, 0]); 1100];
    let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
    let many = locked(&container(&many, "x"));
    assert!(matches!(many.open(&password("x")), Err(OpenError::Damaged(why)) if why.contains("more than")));
}

#[test]
fn an_unknown_way_to_lock_is_named() {
    let (_, key) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let mut foreign = locked_key(&key, "x", 1);
    let at = foreign.windows(9).position(|window| window == AES_256_CBC).unwrap();
    foreign[at + 8] = 99;
    let why = locked(&foreign).open(&password("x")).unwrap_err().to_string();
    assert_eq!(why, "it is enciphered with 2.16.840.1.101.3.4.1.99, which mailmedic does not read");
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let (certificate, key) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
    let refused = |bytes: &[u8]| read(bytes).unwrap_err();
    assert_eq!(refused(b""), FileError::Empty);
    assert_eq!(refused(b"hello"), FileError::Unknown);
    assert_eq!(refused(&[0x30, 0]), FileError::Unknown);
    assert_eq!(refused(&certificate[..100]), FileError::CutShort);
    assert_eq!(refused(&[0x30, 0x80, 2, 1, 3, 0x30, 0x80]), FileError::CutShort);
    assert_eq!(refused(&[0x30, 0x80, 2, 1, 3, 0, 0]), FileError::Unknown);
    assert_eq!(refused(&vec![0x30; 5 * 1024 * 1024]), FileError::TooLong(5 * 1024 * 1024));
    let text = pem("CERTIFICATE", &certificate);
    let cases = [
        (text.replace("-----END CERTIFICATE-----\n", ""), "its last line is missing"),
        (text.replacen("MII", "M!I", 1), "it is no base64"),
        (pem("CERTIFICATE", &certificate[..90]), "cut short"),
        (pem("CERTIFICATE", &key), "something else"),
    ];
    for (text, why) in cases {
        let told = refused(format!("{}{text}", pem("CERTIFICATE", &certificate)).as_bytes()).to_string();
        assert!(told.starts_with("block 2 (CERTIFICATE) is damaged: ") && told.contains(why), "{told}");
    }
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n\
               -----END RSA PRIVATE KEY-----\n";
    let contents = read(old.as_bytes()).unwrap();
    assert!(contents.items.is_empty() && contents.left_out[0].contains("DEK-Info"), "{contents:?}");
}

/// The vectors that implementations of PKCS #12 share.
#[test]
fn derives_as_others_do() {
    let bmp = |text: &str| password(text).bmp().remove(0);
    let derive = |purpose, text: &str, salt: &[u8], rounds, length| {
        let rounds = NonZeroU32::new(rounds).unwrap();
        let mut budget = Budget::new(1_000_000);
        let key = Derivation::SHA1.derive(purpose, &bmp(text), salt, rounds, length, &mut budget).unwrap();
        key.iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    };
    let salt = [0x0A, 0x58, 0xCF, 0x64, 0x53, 0x0D, 0x82, 0x3F];
    assert_eq!(derive(KEY, "smeg", &salt, 1, 24), "8AAAE6297B6CB04642AB5B077851284EB7128F1A2A7FBCA3");
    assert_eq!(derive(2, "smeg", &salt, 1, 8), "79993DFE048D3B76");
    let salt = [0x05, 0xDE, 0xC9, 0x59, 0xAC, 0xFF, 0x72, 0xF7];
    assert_eq!(derive(KEY, "queeg", &salt, 1000, 24), "ED2034E36328830FF09DF1E1A07DD357185DAC0D4F9EB3D4");
}
