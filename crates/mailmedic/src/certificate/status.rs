//! Where a certificate says that its revocation is told, and what it takes to ask (RFC 5280 §4.2.1.13, §4.2.2.1).

use jiff::Timestamp;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

use super::Certificate;
use super::der::{self, CONTEXT_0, Element, Elements, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::read::Parts;
use crate::words;

/// A place where a list of revoked certificates is to be had (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrlPoint {
    /// The URLs of the list; all of them lead to the same one.
    pub urls: Vec<String>,
    /// The names of the point as GeneralNames in DER, to compare.
    pub names: Vec<Vec<u8>>,
    /// Whether another than the issuer of the certificate signs the list (`cRLIssuer`).
    pub by_another: bool,
    /// Whether the list is only about some reasons for revocation (`reasons`).
    pub some_reasons: bool,
}

impl Certificate {
    /// Returns the URLs of OCSP responders that the certificate names (RFC 5280 §4.2.2.1); at most 16.
    pub fn ocsp_urls(&self) -> Vec<String> {
        let Some((list, _)) = extension(self, AUTHORITY_INFORMATION_ACCESS).and_then(der::first) else {
            return Vec::new();
        };
        let url = |description: Element<'_>| {
            let mut parts = description.elements();
            let method = parts.next_if(OBJECT_IDENTIFIER)?;
            let location = parts.next_if(URI)?;
            (method.content == OCSP).then(|| text(location.content))
        };
        list.elements().take(MOST_POINTS).filter_map(url).collect()
    }

    /// Returns the places of lists of revoked certificates that the certificate names; at most 16.
    pub fn crl_points(&self) -> Vec<CrlPoint> {
        let Some((list, _)) = extension(self, CRL_DISTRIBUTION_POINTS).and_then(der::first) else {
            return Vec::new();
        };
        list.elements().take(MOST_POINTS).map(|point| crl_point(&point)).collect()
    }

    /// Returns the content of the serial number without leading zeros.
    pub(crate) fn serial_number(&self) -> Option<&[u8]> {
        Parts::read(&self.der).serial.map(significant)
    }

    /// Returns the bits of the public key, which OCSP tells issuers apart by (RFC 6960 §4.1.1).
    pub(crate) fn key_bits(&self) -> Option<&[u8]> {
        let (spki, _) = der::first(&self.spki_der)?;
        spki.elements().nth(1)?.bits()
    }

    /// Returns whether keyUsage lets the key sign lists (RFC 5280 §4.2.1.3); without keyUsage it may.
    pub(crate) fn may_sign_lists(&self) -> bool {
        let Some((bits, _)) = extension(self, KEY_USAGE).and_then(der::first) else { return true };
        // cRLSign is bit 6; the first byte of a BIT STRING tells how many bits at its end are unused.
        bits.content.get(1).is_some_and(|bits| bits & 0b10 != 0)
    }
}

/// Returns a number's bytes without the zeros in front.
pub(crate) fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// Reads a UTCTime or GeneralizedTime.
pub(crate) fn time(element: &Element<'_>) -> Option<Timestamp> {
    let (rest, time) = ASN1Time::from_der(element.raw).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let seconds = time.timestamp().clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(seconds).ok()
}

/// Reads the names of a DistributionPointName (RFC 5280 §4.2.1.13); none if it is relative to the issuer.
pub(crate) fn full_names<'a>(name: &Element<'a>) -> Option<Vec<&'a [u8]>> {
    let full = name.elements().next_if(CONTEXT_0)?;
    Some(full.elements().take(MOST_POINTS).map(|name| name.raw).collect())
}

fn crl_point(point: &Element<'_>) -> CrlPoint {
    let mut read = CrlPoint::default();
    for part in point.elements().take(MOST_PARTS) {
        match part.tag {
            CONTEXT_0 => {
                for raw in full_names(&part).unwrap_or_default() {
                    read.names.push(raw.to_vec());
                    if let Some((name, _)) = der::first(raw).filter(|(name, _)| name.tag == URI) {
                        read.urls.push(text(name.content));
                    }
                }
            }
            0x81 => read.some_reasons = true,
            0xA2 => read.by_another = true,
            _ => {}
        }
    }
    read
}

/// Finds the value of an extension by the content of its OID.
fn extension<'a>(certificate: &'a Certificate, oid: &[u8]) -> Option<&'a [u8]> {
    let (list, _) = der::first(Parts::read(&certificate.der).extensions?)?;
    list.elements().take(MOST_EXTENSIONS).find_map(|extension| {
        let mut parts = Elements(extension.tagged(SEQUENCE)?);
        let own = parts.next_if(OBJECT_IDENTIFIER)?.content;
        (own == oid).then(|| parts.find(|part| part.tag == OCTET_STRING).map(|value| value.content))?
    })
}

fn text(url: &[u8]) -> String {
    words::escape_bytes(url, MOST_URL_BYTES)
}

/// uniformResourceIdentifier among GeneralNames.
const URI: u8 = 0x86;
const MOST_POINTS: usize = 16;
const MOST_PARTS: usize = 8;
const MOST_EXTENSIONS: usize = 100;
const MOST_URL_BYTES: usize = 2048;

const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1D, 0x1F];
const AUTHORITY_INFORMATION_ACCESS: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 1, 1];
/// id-ad-ocsp.
const OCSP: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 0x30, 1];

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, IsCa, KeyPair,
        KeyUsagePurpose,
    };

    use super::significant;
    use crate::certificate::Certificate;
    use crate::sample;

    fn certificate(change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        let mut params = CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
        change(&mut params);
        Certificate::read(params.self_signed(&KeyPair::generate().unwrap()).unwrap().der())
    }

    #[test]
    fn where_revocation_is_told_is_read() {
        let certificate = certificate(|params| {
            params.serial_number = Some(vec![0, 0x91, 7].into());
            let urls = vec!["http://crl.example/7".to_owned(), "ldap://crl.example/7".to_owned()];
            params.crl_distribution_points = vec![CrlDistributionPoint { uris: urls }];
            let url = b"http://ocsp.example";
            let mut access = vec![0x30, 31, 0x06, 8, 0x2B, 6, 1, 5, 5, 7, 0x30, 1, 0x86, 19];
            access.extend(url);
            access.splice(0..0, [0x30, 33]);
            params.custom_extensions =
                vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access)];
        });
        assert_eq!(certificate.ocsp_urls(), ["http://ocsp.example"]);
        let points = certificate.crl_points();
        assert_eq!(points[0].urls, ["http://crl.example/7", "ldap://crl.example/7"]);
        assert_eq!(points[0].names[0][0], 0x86);
        assert!(!points[0].by_another && !points[0].some_reasons);
        assert_eq!(certificate.serial_number().unwrap(), [0x91, 7]);
        assert_eq!(certificate.key_bits().unwrap()[0], 4);
    }

    #[test]
    fn what_a_certificate_does_not_say_is_not_invented() {
        let plain = certificate(|_| {});
        assert!(plain.ocsp_urls().is_empty() && plain.crl_points().is_empty() && plain.may_sign_lists());
        let unread = sample::certificate("mail.example.org", "R99", 80);
        assert!(unread.ocsp_urls().is_empty() && unread.crl_points().is_empty());
        assert_eq!(unread.serial_number(), None);
        assert_eq!(significant(&[0, 0]), [0; 0]);
    }

    #[test]
    fn only_some_keys_may_sign_lists() {
        let usages = |usages: &[KeyUsagePurpose]| {
            certificate(|params| {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                params.key_usages = usages.to_vec();
            })
        };
        assert!(usages(&[KeyUsagePurpose::CrlSign]).may_sign_lists());
        assert!(!usages(&[KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature]).may_sign_lists());
    }
}
