//! Issuers, lists and OCSP responses, made when the tests run.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, SigningKey as _,
    date_time_ymd,
};

use crate::certificate::Certificate;

/// A key with its certificate.
pub(crate) struct Party {
    pub(crate) params: CertificateParams,
    pub(crate) key: KeyPair,
    pub(crate) der: Vec<u8>,
}

/// Where a certificate sends those who ask whether it is revoked.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told<'a> {
    pub(crate) ocsp: Option<&'a str>,
    pub(crate) crl: Option<&'a str>,
}

pub(crate) fn params(name: &str, serial: &[u8], told: Told<'_>) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(serial.to_vec().into());
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2036, 1, 1));
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    if let Some(url) = told.crl {
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![url.to_owned()] }];
    }
    if let Some(url) = told.ocsp {
        let method = [&[6, 8][..], &[0x2B, 6, 1, 5, 5, 7, 0x30, 1]].concat();
        let access = sequence(&[sequence(&[method, tlv(0x86, url.as_bytes())])]);
        params.custom_extensions =
            vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access)];
    }
    params
}

/// A root that may sign certificates and lists.
pub(crate) fn root(name: &str) -> Party {
    let mut params = params(name, &[1], Told::default());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Party { params, key, der }
}

impl Party {
    pub(crate) fn sign(&self, params: CertificateParams) -> Party {
        self.sign_key(params, KeyPair::generate().unwrap())
    }

    pub(crate) fn sign_key(&self, params: CertificateParams, key: KeyPair) -> Party {
        let der = params.signed_by(&key, &self.issuer()).unwrap().der().to_vec();
        Party { params, key, der }
    }

    /// An intermediate.
    pub(crate) fn authority(&self, name: &str, serial: &[u8], told: Told<'_>) -> Party {
        let mut params = params(name, serial, told);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        self.sign(params)
    }

    /// A responder that this issuer lets answer in its place, after a change.
    pub(crate) fn responder(&self, change: impl FnOnce(&mut CertificateParams)) -> Party {
        let mut params = params("ocsp.example.org", &[99], Told::default());
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        change(&mut params);
        self.sign(params)
    }

    pub(crate) fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    pub(crate) fn read(&self) -> Certificate {
        Certificate::read(&self.der)
    }
}

/// An element.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut element = vec![tag];
    match length {
        0..=0x7F => element.push(u8::try_from(length).unwrap()),
        _ => {
            let digits = u32::try_from(length).unwrap().to_be_bytes();
            element.push(0x84);
            element.extend(digits);
        }
    }
    element.extend(content);
    element
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

pub(crate) fn generalized(time: Timestamp) -> Vec<u8> {
    tlv(0x18, time.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
}

/// Puts algorithm and signature behind what is signed.
fn signed(content: Vec<u8>, key: &KeyPair) -> Vec<Vec<u8>> {
    let signature = key.sign(&content).unwrap();
    let algorithm: &[u8] = if key.algorithm() == &PKCS_RSA_SHA256 {
        &[0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11, 5, 0]
    } else {
        &[0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]
    };
    vec![content, algorithm.to_vec(), tlv(3, &[&[0][..], &signature].concat())]
}

/// A list as no library would write it.
pub(crate) struct List {
    pub(crate) this_update: Timestamp,
    pub(crate) next_update: Option<Timestamp>,
    /// The entries in DER, one after the other.
    pub(crate) entries: Vec<u8>,
    /// The extensions in DER.
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl List {
    pub(crate) fn sign(&self, by: &Party) -> Vec<u8> {
        self.sign_as(&by.read().subject_der, by)
    }

    pub(crate) fn sign_as(&self, name: &[u8], by: &Party) -> Vec<u8> {
        let algorithm = vec![0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
        let mut parts = vec![vec![2, 1, 1], algorithm, name.to_vec(), generalized(self.this_update)];
        parts.extend(self.next_update.map(generalized));
        if !self.entries.is_empty() {
            parts.push(tlv(0x30, &self.entries));
        }
        if !self.extensions.is_empty() {
            parts.push(tlv(0xA0, &sequence(&self.extensions)));
        }
        sequence(&signed(sequence(&parts), &by.key))
    }
}

pub(crate) fn entry(serial: &[u8], at: Timestamp, extensions: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = vec![tlv(2, serial), generalized(at)];
    if !extensions.is_empty() {
        parts.push(sequence(extensions));
    }
    sequence(&parts)
}

pub(crate) fn extension(oid: &[u8], critical: bool, value: Vec<u8>) -> Vec<u8> {
    let flag = if critical { vec![1, 1, 0xFF] } else { Vec::new() };
    sequence(&[tlv(6, oid), flag, tlv(4, &value)])
}

/// How a response names a certificate.
pub(crate) fn certificate_id(certificate: &Certificate, issuer: &Certificate, is_sha1: bool) -> Vec<u8> {
    let (oid, hash): (&[u8], &'static Algorithm) = if is_sha1 {
        (&[0x2B, 0x0E, 3, 2, 0x1A], &SHA1_FOR_LEGACY_USE_ONLY)
    } else {
        (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], &SHA256)
    };
    let name = digest(hash, &certificate.issuer_der);
    let key = digest(hash, issuer.key_bits().unwrap());
    let serial = crate::certificate::read::Parts::read(&certificate.der).serial.unwrap();
    sequence(&[
        sequence(&[tlv(6, oid), vec![5, 0]]),
        tlv(4, name.as_ref()),
        tlv(4, key.as_ref()),
        tlv(2, serial),
    ])
}

/// An OCSP response.
pub(crate) struct Response {
    pub(crate) id: Vec<u8>,
    /// The certStatus in DER.
    pub(crate) status: Vec<u8>,
    pub(crate) this_update: Timestamp,
    pub(crate) next_update: Option<Timestamp>,
    pub(crate) by_key: bool,
}

pub(crate) const GOOD: [u8; 2] = [0x80, 0];

pub(crate) fn revoked(at: Timestamp, reason: u8) -> Vec<u8> {
    tlv(0xA1, &[generalized(at), tlv(0xA0, &[0x0A, 1, reason])].concat())
}

impl Response {
    /// Signs it by a key; the certificates go along.
    pub(crate) fn sign(&self, by: &Party, certificates: &[&Party]) -> Vec<u8> {
        let signer = by.read();
        let responder = if self.by_key {
            let key = digest(&SHA1_FOR_LEGACY_USE_ONLY, signer.key_bits().unwrap());
            tlv(0xA2, &tlv(4, key.as_ref()))
        } else {
            tlv(0xA1, &signer.subject_der)
        };
        let mut single = vec![self.id.clone(), self.status.clone(), generalized(self.this_update)];
        single.extend(self.next_update.map(|end| tlv(0xA0, &generalized(end))));
        let data = sequence(&[responder, generalized(self.this_update), sequence(&[sequence(&single)])]);
        let mut basic = signed(data, &by.key);
        if !certificates.is_empty() {
            let sent: Vec<Vec<u8>> = certificates.iter().map(|party| party.der.clone()).collect();
            basic.push(tlv(0xA0, &sequence(&sent)));
        }
        let kind = tlv(6, &[0x2B, 6, 1, 5, 5, 7, 0x30, 1, 1]);
        let bytes = sequence(&[kind, tlv(4, &sequence(&basic))]);
        sequence(&[vec![0x0A, 1, 0], tlv(0xA0, &bytes)])
    }
}
