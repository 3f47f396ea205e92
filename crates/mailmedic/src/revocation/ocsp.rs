//! OCSP responses (RFC 6960 §4.2), fetched or stapled.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use jiff::{SignedDuration, Timestamp};

use super::Asked;
use super::crl::UNCHECKED;
use super::signed::{Signed, is_current, latest};
use crate::certificate::Certificate;
use crate::certificate::algorithm::{self, Identifier};
use crate::certificate::der::{
    self, CONTEXT_0, Element, Elements, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};
use crate::certificate::status::{significant, time};
use crate::chain;
use crate::diagnosis::{Flaw, Says};

/// Returns what a response says of a certificate.
pub(super) fn says(response: &[u8], asked: &Asked<'_>) -> Says {
    match judge(response, asked) {
        Ok(single) => match single.status {
            Status::Good => Says::Good { until: single.next_update },
            Status::Revoked { at, reason } => Says::Revoked { at, reason },
            Status::Unknown => Says::Flawed(Flaw::UnknownCertificate),
        },
        Err(says) => says,
    }
}

/// Returns until when a response may be kept: the time of the next one, where this one may be believed.
pub(super) fn keeps_until(
    response: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    now: Timestamp,
) -> Option<Timestamp> {
    let single = judge(response, &Asked { certificate, issuer, now }).ok()?;
    single.next_update.filter(|end| *end > now)
}

/// The answer about one certificate.
struct Single {
    status: Status,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
}

enum Status {
    Good,
    Revoked { at: Option<Timestamp>, reason: Option<u8> },
    Unknown,
}

/// A response that has an answer at all (BasicOCSPResponse).
struct Basic<'a> {
    signed: Signed<'a>,
    responder: Element<'a>,
    answers: Element<'a>,
    certificates: Option<Element<'a>>,
}

fn judge(response: &[u8], asked: &Asked<'_>) -> Result<Single, Says> {
    let malformed = || Says::Flawed(Flaw::Malformed);
    if response.len() > MOST_BYTES {
        return Err(malformed());
    }
    let (whole, rest) =
        der::first(response).filter(|(whole, _)| whole.tag == SEQUENCE).ok_or_else(malformed)?;
    let mut outer = whole.elements();
    let status = outer.next_if(ENUMERATED).ok_or_else(malformed)?.content;
    match status {
        [0] => {}
        [code] => return Err(Says::Flawed(refusal(*code).map_or(Flaw::Malformed, Flaw::Refused))),
        _ => return Err(malformed()),
    }
    let basic = Basic::read(&mut outer).filter(|_| rest.is_empty()).ok_or_else(malformed)?;
    let single = basic.find(asked)?;
    basic.is_by_responder(asked)?;
    // Without an end, an answer holds for that moment; a day is what mozilla::pkix grants.
    let end = single.next_update.unwrap_or_else(|| latest(single.this_update, A_DAY));
    is_current(single.this_update, Some(end), asked.now).map_err(Says::Flawed)?;
    Ok(single)
}

impl<'a> Basic<'a> {
    fn read(outer: &mut Elements<'a>) -> Option<Self> {
        let mut bytes = outer.next_if(CONTEXT_0)?.elements().next_if(SEQUENCE)?.elements();
        if bytes.next_if(OBJECT_IDENTIFIER)?.content != BASIC {
            return None;
        }
        let (basic, rest) = der::first(bytes.next_if(OCTET_STRING)?.content)?;
        let mut parts = Elements(basic.tagged(SEQUENCE).filter(|_| rest.is_empty())?);
        let signed = Signed::read(&mut parts)?;
        let certificates = parts.next_if(CONTEXT_0).and_then(|list| list.elements().next_if(SEQUENCE));
        let mut data = signed.content.elements();
        data.next_if(CONTEXT_0);
        let responder = data.next()?;
        time(&data.next_if(GENERALIZED_TIME)?)?;
        let answers = data.next_if(SEQUENCE)?;
        Some(Self { signed, responder, answers, certificates })
    }

    /// Finds the answer about the certificate.
    fn find(&self, asked: &Asked<'_>) -> Result<Single, Says> {
        let malformed = || Says::Flawed(Flaw::Malformed);
        let mut answers = self.answers.elements();
        for answer in answers.by_ref() {
            let mut parts = answer.elements();
            let id = parts.next_if(SEQUENCE).ok_or_else(malformed)?;
            match is_about(&id, asked) {
                Some(true) => return single(&mut parts).ok_or_else(malformed),
                Some(false) => {}
                None => return Err(malformed()),
            }
        }
        Err(Says::Flawed(if answers.is_done() { Flaw::OtherCertificate } else { Flaw::Malformed }))
    }

    /// Returns whether the issuer signed, or somebody whom the issuer lets do so (RFC 6960 §4.2.2.2).
    fn is_by_responder(&self, asked: &Asked<'_>) -> Result<(), Says> {
        let unauthorised = |why: &str| Says::Flawed(Flaw::Unauthorised(why.to_owned()));
        let mut failure = None;
        if self.names(asked.issuer) {
            match self.signed.is_by(asked.issuer) {
                Some(true) => return Ok(()),
                Some(false) => failure = Some(Says::Flawed(Flaw::SignatureWrong)),
                None => failure = Some(Says::CannotTell(UNCHECKED.to_owned())),
            }
        }
        let sent = self.certificates.iter().flat_map(Element::elements).take(MOST_CERTIFICATES);
        for responder in sent.map(|sent| Certificate::read(sent.raw)).filter(|sent| self.names(sent)) {
            match self.signed.is_by(&responder) {
                Some(true) => return may_respond(&responder, asked),
                Some(false) => failure = Some(Says::Flawed(Flaw::SignatureWrong)),
                None => failure = Some(Says::CannotTell(UNCHECKED.to_owned())),
            }
        }
        Err(failure
            .unwrap_or_else(|| unauthorised("it is neither the issuer nor does its certificate come along")))
    }

    /// Tells whether the response names this certificate as the responder's.
    fn names(&self, certificate: &Certificate) -> bool {
        let Some((inner, _)) = der::first(self.responder.content) else { return false };
        match self.responder.tag {
            BY_NAME => inner.raw == certificate.subject_der,
            BY_KEY => certificate
                .key_bits()
                .is_some_and(|key| digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref() == inner.content),
            _ => false,
        }
    }
}

/// Returns whether the issuer lets the holder of this certificate answer in its place.
fn may_respond(responder: &Certificate, asked: &Asked<'_>) -> Result<(), Says> {
    let unauthorised = |why: &str| Err(Says::Flawed(Flaw::Unauthorised(why.to_owned())));
    if responder.spki_der == asked.issuer.spki_der && responder.subject_der == asked.issuer.subject_der {
        return Ok(());
    }
    if responder.issuer_der != asked.issuer.subject_der {
        return unauthorised("its certificate comes from another issuer");
    }
    match chain::has_issued(asked.issuer, responder) {
        Some(true) => {}
        Some(false) => return unauthorised("its certificate is not signed by the issuer"),
        None => return Err(Says::CannotTell(UNCHECKED.to_owned())),
    }
    let signs = |usage: &String| usage == OCSP_SIGNING;
    if !responder.extended_key_usage.iter().flatten().any(signs) {
        return unauthorised("its certificate lacks the extended key usage OCSPSigning");
    }
    let has_begun = responder.not_before.is_some_and(|start| start <= asked.now);
    let lasts = responder.not_after.is_some_and(|end| asked.now.as_second() <= end.as_second());
    if has_begun && lasts { Ok(()) } else { unauthorised("its certificate is out of date") }
}

/// Tells whether a CertID means this certificate (RFC 6960 §4.1.1); none if it is malformed.
fn is_about(id: &Element<'_>, asked: &Asked<'_>) -> Option<bool> {
    let mut parts = id.elements();
    let hash = Identifier::read(&parts.next_if(SEQUENCE)?)?;
    let name = parts.next_if(OCTET_STRING)?.content;
    let key = parts.next_if(OCTET_STRING)?.content;
    let serial = parts.next_if(INTEGER)?.content;
    let hash: &'static digest::Algorithm = match algorithm::hash(&hash.oid) {
        Some("sha1") => &SHA1_FOR_LEGACY_USE_ONLY,
        Some("sha256") => &SHA256,
        Some("sha384") => &SHA384,
        Some("sha512") => &SHA512,
        _ => return Some(false),
    };
    let is_serial = asked.certificate.serial_number() == Some(significant(serial));
    let is_name = || digest(hash, &asked.certificate.issuer_der).as_ref() == name;
    let is_key = || asked.issuer.key_bits().is_some_and(|bits| digest(hash, bits).as_ref() == key);
    Some(is_serial && is_name() && is_key())
}

/// Reads a SingleResponse behind its CertID.
fn single(parts: &mut Elements<'_>) -> Option<Single> {
    let status = parts.next()?;
    let status = match status.tag {
        GOOD => Status::Good,
        REVOKED => {
            let mut info = status.elements();
            let at = time(&info.next_if(GENERALIZED_TIME)?);
            let reason = info.next_if(CONTEXT_0).and_then(|reason| reason.elements().next_if(ENUMERATED));
            Status::Revoked { at, reason: reason.and_then(|code| code.content.first().copied()) }
        }
        UNKNOWN => Status::Unknown,
        _ => return None,
    };
    let this_update = time(&parts.next_if(GENERALIZED_TIME)?)?;
    let next_update = match parts.next_if(CONTEXT_0) {
        Some(end) => Some(time(&end.elements().next_if(GENERALIZED_TIME)?)?),
        None => None,
    };
    Some(Single { status, this_update, next_update })
}

/// Returns the word of a responseStatus other than successful (RFC 6960 §4.2.1).
fn refusal(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "malformedRequest",
        2 => "internalError",
        3 => "tryLater",
        5 => "sigRequired",
        6 => "unauthorized",
        _ => return None,
    })
}

/// A longer response is none that a server would staple.
const MOST_BYTES: usize = 64 * 1024;
const MOST_CERTIFICATES: usize = 8;
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

const ENUMERATED: u8 = 0x0A;
const GENERALIZED_TIME: u8 = 0x18;
const BY_NAME: u8 = 0xA1;
const BY_KEY: u8 = 0xA2;
const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xA1;
const UNKNOWN: u8 = 0x82;
/// id-pkix-ocsp-basic.
const BASIC: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 0x30, 1, 1];
/// id-kp-OCSPSigning.
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
