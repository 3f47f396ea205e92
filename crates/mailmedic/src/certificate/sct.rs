//! Signed certificate timestamps: a log's promise to publish a certificate (RFC 6962 §3.2, §3.3).

use aws_lc_rs::signature::{self as aws, ParsedPublicKey, VerificationAlgorithm};

use super::algorithm;
use super::der::{
    self, BIT_STRING, CONTEXT_0, CONTEXT_3, Element, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};
use super::read::Parts;
use super::{Certificate, PublicKey};
use crate::bytes::Fingerprint;

/// One signed certificate timestamp of version 1 (RFC 6962 §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTimestamp {
    /// The log: the SHA-256 of its public key.
    pub log: Fingerprint,
    /// When the log saw the certificate, in milliseconds since 1970.
    pub at_ms: u64,
    /// CtExtensions, which say nothing yet in RFC 6962's logs.
    pub extensions: Vec<u8>,
    /// The hash and the algorithm of the signature (RFC 5246 §7.4.1.4.1).
    pub scheme: [u8; 2],
    /// The log's signature.
    pub signature: Vec<u8>,
}

/// What came of checking a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The log signed this certificate.
    Verified,
    /// It did not.
    Wrong,
    /// It cannot be checked, for want of the issuer's key or of the algorithm.
    Unchecked,
}

/// Reads the content of the extension of a certificate or an OCSP response (RFC 6962 §3.3).
pub(crate) fn extension(value: &[u8]) -> Option<Vec<SignedTimestamp>> {
    let (octets, rest) = der::first(value)?;
    if !rest.is_empty() {
        return None;
    }
    list(octets.tagged(OCTET_STRING)?)
}

/// Reads a SignedCertificateTimestampList, without timestamps of versions to come.
pub(crate) fn list(bytes: &[u8]) -> Option<Vec<SignedTimestamp>> {
    let (mut rest, after) = vector(bytes)?;
    if !after.is_empty() {
        return None;
    }
    let mut timestamps = Vec::new();
    while !rest.is_empty() {
        let (one, more) = vector(rest)?;
        rest = more;
        if one.first() == Some(&V1) && timestamps.len() < MOST_TIMESTAMPS {
            timestamps.push(single(one)?);
        }
    }
    Some(timestamps)
}

/// Reads one serialized timestamp of version 1.
pub(crate) fn single(bytes: &[u8]) -> Option<SignedTimestamp> {
    let rest = bytes.strip_prefix(&[V1])?;
    let (log, rest) = rest.split_first_chunk::<32>()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let (extensions, rest) = vector(rest)?;
    let (scheme, rest) = rest.split_first_chunk::<2>()?;
    let (signature, rest) = vector(rest)?;
    rest.is_empty().then(|| SignedTimestamp {
        log: Fingerprint(*log),
        at_ms: u64::from_be_bytes(*at),
        extensions: extensions.to_vec(),
        scheme: *scheme,
        signature: signature.to_vec(),
    })
}

/// Reads the timestamps in a stapled OCSP response (RFC 6960 §4.2.1), whoever signed it: they bear their own signatures.
pub(crate) fn stapled(response: &[u8]) -> Vec<SignedTimestamp> {
    let read = || {
        let (response, _) = der::first(response)?;
        let bytes = response.elements().find(|part| part.tag == CONTEXT_0)?.elements().next_if(SEQUENCE)?;
        let basic = bytes.elements().find(|part| part.tag == OCTET_STRING)?;
        let (basic, _) = der::first(basic.content)?;
        let data = basic.elements().next_if(SEQUENCE)?;
        // Behind the responder and the date: tagged fields and a date are no SEQUENCE.
        data.elements().find(|part| part.tag == SEQUENCE)
    };
    let Some(responses) = read() else { return Vec::new() };
    let mut found = Vec::new();
    for single in responses.elements().take(MOST_TIMESTAMPS) {
        // The list of extensions is tagged 1.
        for list in
            single.elements().filter(|part| part.tag == 0xA1).filter_map(|part| part.elements().next())
        {
            for one in list.elements().take(MOST_TIMESTAMPS) {
                let mut parts = one.elements();
                let oid = parts.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
                let value = parts.find(|part| part.tag == OCTET_STRING);
                if let (Some(OCSP_TIMESTAMPS), Some(value)) = (oid.as_deref(), value) {
                    found.extend(extension(value.content).unwrap_or_default());
                }
            }
        }
    }
    found
}

/// Checks a timestamp that stands in the certificate, over what the log saw before there was one (RFC 6962 §3.2).
///
/// `issuer` is the SubjectPublicKeyInfo of the certificate's issuer, `log` that of the log.
pub(crate) fn check_embedded(
    certificate: &Certificate,
    issuer: &[u8],
    timestamp: &SignedTimestamp,
    log: &[u8],
) -> Check {
    let Some(bare) = without_timestamps(certificate) else { return Check::Unchecked };
    let mut entry = vec![0, 1];
    entry.extend(Fingerprint::of(issuer).0);
    entry.extend(length24(&bare));
    entry.extend(bare);
    check(timestamp, &entry, log)
}

/// Checks a timestamp that came beside the certificate, in the handshake or in an OCSP response.
pub(crate) fn check_beside(certificate: &Certificate, timestamp: &SignedTimestamp, log: &[u8]) -> Check {
    let mut entry = vec![0, 0];
    entry.extend(length24(&certificate.der));
    entry.extend(&certificate.der);
    check(timestamp, &entry, log)
}

fn check(timestamp: &SignedTimestamp, entry: &[u8], log: &[u8]) -> Check {
    let Some((spki, _)) = der::first(log) else { return Check::Unchecked };
    let algorithm: &'static dyn VerificationAlgorithm = match (algorithm::public_key(&spki), timestamp.scheme)
    {
        (PublicKey::Ec { curve, .. }, SHA256_ECDSA) if curve == "secp256r1" => &aws::ECDSA_P256_SHA256_ASN1,
        (PublicKey::Rsa { .. }, SHA256_RSA) => &aws::RSA_PKCS1_2048_8192_SHA256,
        _ => return Check::Unchecked,
    };
    let bits = spki.elements().find(|part| part.tag == BIT_STRING).and_then(|part| part.bits());
    let Some(key) = bits.and_then(|bits| ParsedPublicKey::new(algorithm, bits).ok()) else {
        return Check::Unchecked;
    };
    // version, signature_type certificate_timestamp, timestamp, entry, extensions
    let mut signed = vec![V1, 0];
    signed.extend(timestamp.at_ms.to_be_bytes());
    signed.extend(entry);
    signed.extend(u16::try_from(timestamp.extensions.len()).unwrap_or(u16::MAX).to_be_bytes());
    signed.extend(&timestamp.extensions);
    match key.verify_sig(&signed, &timestamp.signature) {
        Ok(()) => Check::Verified,
        Err(_) => Check::Wrong,
    }
}

/// Returns the TBSCertificate as it was before the timestamps were put in.
fn without_timestamps(certificate: &Certificate) -> Option<Vec<u8>> {
    let (signed, _) = der::first(Parts::read(&certificate.der).to_be_signed?)?;
    let mut content = Vec::new();
    for part in signed.elements() {
        if part.tag == CONTEXT_3 {
            let (list, _) = der::first(part.content)?;
            let kept = list.elements().filter(|extension| !is_timestamps(extension)).map(|one| one.raw);
            let kept: Vec<u8> = kept.flatten().copied().collect();
            content.extend(wrap(CONTEXT_3, &wrap(SEQUENCE, &kept)));
        } else {
            content.extend(part.raw);
        }
    }
    Some(wrap(SEQUENCE, &content))
}

fn is_timestamps(extension: &Element<'_>) -> bool {
    let oid = extension.elements().next_if(OBJECT_IDENTIFIER);
    oid.and_then(|oid| der::dotted(oid.content)).as_deref() == Some(EMBEDDED_TIMESTAMPS)
}

/// Reads a TLS vector with a length of two bytes, and returns what follows it.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// Writes the length of a TLS vector in three bytes; certificates are bounded far below that.
fn length24(bytes: &[u8]) -> [u8; 3] {
    let [_, high, middle, low] = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    [high, middle, low]
}

/// Writes an element in DER.
fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let digits = content.len().to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ ..0x80) => element.push(short),
        _ => {
            element.push(0x80 | u8::try_from(digits.len() - zeros).unwrap_or(0));
            element.extend(&digits[zeros..]);
        }
    }
    element.extend(content);
    element
}

const V1: u8 = 0;
const SHA256_ECDSA: [u8; 2] = [4, 3];
const SHA256_RSA: [u8; 2] = [4, 1];
/// The extension in certificates (RFC 6962 §3.3).
pub(crate) const EMBEDDED_TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.2";
/// The extension in OCSP responses (RFC 6962 §3.3).
const OCSP_TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.5";
/// More than a handful nobody needs.
const MOST_TIMESTAMPS: usize = 32;

#[cfg(test)]
pub(crate) mod tests;
