//! Reads a certificate field by field, so that one bad field does not hide the others.

use jiff::Timestamp;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

use super::algorithm::{self, Identifier};
use super::der::{self, CONTEXT_0, CONTEXT_3, Element, INTEGER, SEQUENCE};
use super::{Certificate, Policies, PublicKey, SignatureAlgorithm, extension, form, subject};
use crate::bytes::{Fingerprint, hex};

impl Certificate {
    /// Reads a certificate as far as it can be read; `problems` tells what could not be.
    ///
    /// Over 256 KiB nothing is read, and of the alternative names the first 10,000 are.
    pub fn read(der: &[u8]) -> Self {
        let mut certificate = Self::empty(der);
        if der.len() > MOST_BYTES {
            certificate.problems.push(format!("the certificate has {} bytes; it is not read", der.len()));
            return certificate;
        }
        let parts = Parts::read(der);
        if parts.to_be_signed.is_none() {
            certificate.problems.push("it is no certificate".to_owned());
            return certificate;
        }
        certificate.fill(&parts);
        certificate
    }

    fn empty(der: &[u8]) -> Self {
        Self {
            fingerprint: Fingerprint::of(der),
            der: der.to_vec(),
            subject: String::new(),
            subject_der: Vec::new(),
            common_name: None,
            issuer: String::new(),
            issuer_der: Vec::new(),
            issuer_name: None,
            serial: String::new(),
            version: 1,
            not_before: None,
            not_after: None,
            names: None,
            key: PublicKey::Unreadable,
            spki_der: Vec::new(),
            signature: SignatureAlgorithm { name: String::new(), hash: None },
            is_ca: None,
            path_length: None,
            key_usage: None,
            extended_key_usage: None,
            subject_key_id: None,
            authority_key_id: None,
            authority_key_has_issuer: false,
            name_constraints: None,
            policies: Policies::default(),
            issuer_urls: Vec::new(),
            must_staple: false,
            timestamps: None,
            has_logotype: false,
            publicly_issued: false,
            unknown_critical: Vec::new(),
            problems: Vec::new(),
            breaches: Vec::new(),
        }
    }

    fn fill(&mut self, parts: &Parts<'_>) {
        let mut problem = |what: &str| self.problems.push(format!("{what} cannot be read"));
        match parts.version {
            None => {}
            Some([version @ 0..=2]) => self.version = u32::from(*version) + 1,
            Some(_) => problem("the version"),
        }
        match parts.serial {
            Some(serial) => self.serial = serial_text(serial),
            None => problem("the serial number"),
        }
        match parts.issuer.map(|raw| (raw, subject::read(raw))) {
            Some((raw, Some(text))) => {
                self.issuer_der = raw.to_vec();
                self.issuer = text.whole;
                self.issuer_name = text.common_name.or(text.organization);
            }
            other => {
                self.issuer_der = other.map(|(raw, _)| raw.to_vec()).unwrap_or_default();
                problem("the issuer");
            }
        }
        match parts.subject.map(|raw| (raw, subject::read(raw))) {
            Some((raw, Some(text))) => {
                self.subject_der = raw.to_vec();
                self.subject = text.whole;
                self.common_name = text.common_name;
            }
            other => {
                self.subject_der = other.map(|(raw, _)| raw.to_vec()).unwrap_or_default();
                problem("the subject");
            }
        }
        let mut dates = parts.validity.iter().flat_map(Element::elements);
        self.not_before = dates.next().and_then(|date| time(date.raw));
        self.not_after = dates.next().and_then(|date| time(date.raw));
        if self.not_before.is_none() {
            problem("the start of the validity");
        }
        if self.not_after.is_none() {
            problem("the end of the validity");
        }
        if let Some(spki) = &parts.public_key {
            self.spki_der = spki.raw.to_vec();
            self.key = algorithm::public_key(spki);
        }
        if self.key == PublicKey::Unreadable {
            problem("the public key");
        }
        match parts.algorithm.as_ref().or(parts.inner_algorithm.as_ref()).and_then(Identifier::read) {
            Some(identifier) => self.signature = algorithm::signature(&identifier),
            None => problem("the signature algorithm"),
        }
        if parts.signature.is_none() {
            problem("the signature");
        }
        if let (Some(outer), Some(inner)) = (&parts.algorithm, &parts.inner_algorithm)
            && outer.raw != inner.raw
        {
            self.problems.push("the two notes of the signature algorithm differ".to_owned());
        }
        if parts.trailing {
            self.problems.push("there are bytes after the certificate".to_owned());
        }
        let extensions =
            parts.extensions.map(|content| extension::read_all(self, content)).unwrap_or_default();
        self.publicly_issued = parts.extensions.is_some_and(extension::show_public_issuing);
        self.breaches = form::breaches(self, parts, &extensions);
        if self.problems.len() > MOST_PROBLEMS {
            self.problems.truncate(MOST_PROBLEMS);
            self.problems.push("there are more problems".to_owned());
        }
    }
}

/// The parts of a certificate, each where it could be found (RFC 5280 §4.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts<'a> {
    /// The part that is signed, with its tag.
    pub(crate) to_be_signed: Option<&'a [u8]>,
    /// The content of the version.
    pub(crate) version: Option<&'a [u8]>,
    /// The content of the serial number.
    pub(crate) serial: Option<&'a [u8]>,
    /// The signature algorithm inside the part that is signed.
    pub(crate) inner_algorithm: Option<Element<'a>>,
    /// The issuer with its tag.
    pub(crate) issuer: Option<&'a [u8]>,
    /// The two dates.
    pub(crate) validity: Option<Element<'a>>,
    /// The subject with its tag.
    pub(crate) subject: Option<&'a [u8]>,
    /// The SubjectPublicKeyInfo.
    pub(crate) public_key: Option<Element<'a>>,
    /// The content of `extensions [3]`.
    pub(crate) extensions: Option<&'a [u8]>,
    /// The signature algorithm beside the signature.
    pub(crate) algorithm: Option<Element<'a>>,
    /// The bits of the signature.
    pub(crate) signature: Option<&'a [u8]>,
    /// Whether bytes follow.
    pub(crate) trailing: bool,
}

impl<'a> Parts<'a> {
    /// Finds the parts.
    pub(crate) fn read(der: &'a [u8]) -> Self {
        let mut parts = Self::default();
        let Some((whole, rest)) = der::first(der).filter(|(whole, _)| whole.tag == SEQUENCE) else {
            return parts;
        };
        parts.trailing = !rest.is_empty();
        let mut outer = whole.elements();
        let Some(signed) = outer.next_if(SEQUENCE) else { return parts };
        parts.to_be_signed = Some(signed.raw);
        parts.algorithm = outer.next_if(SEQUENCE);
        parts.signature = outer.next().and_then(|element| element.bits());

        let mut inner = signed.elements();
        parts.version = inner
            .next_if(CONTEXT_0)
            .and_then(|version| version.elements().next_if(INTEGER))
            .map(|v| v.content);
        parts.serial = inner.next_if(INTEGER).map(|serial| serial.content);
        parts.inner_algorithm = inner.next_if(SEQUENCE);
        parts.issuer = inner.next_if(SEQUENCE).map(|name| name.raw);
        parts.validity = inner.next_if(SEQUENCE);
        parts.subject = inner.next_if(SEQUENCE).map(|name| name.raw);
        parts.public_key = inner.next_if(SEQUENCE);
        parts.extensions = inner.find(|element| element.tag == CONTEXT_3).map(|element| element.content);
        parts
    }
}

fn time(der: &[u8]) -> Option<Timestamp> {
    let (_, time) = ASN1Time::from_der(der).ok()?;
    // 99991231235959Z, "no well-defined expiration" (RFC 5280 §4.1.2.5), lies just past jiff's last moment.
    let seconds = time.timestamp().clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(seconds).ok()
}

fn serial_text(content: &[u8]) -> String {
    // The first byte of a positive number may be there for its sign only.
    let digits = match content {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    hex(digits.get(..MOST_SERIAL_BYTES).unwrap_or(digits))
}

const MOST_BYTES: usize = 256 * 1024;
const MOST_PROBLEMS: usize = 20;
/// RFC 5280 §4.1.2.2 allows 20.
const MOST_SERIAL_BYTES: usize = 64;

#[cfg(test)]
mod tests;
