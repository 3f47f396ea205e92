//! One TLSA record: what it pins, and what it fits.

use std::fmt;

use aws_lc_rs::digest::{self, SHA256, SHA256_OUTPUT_LEN, SHA512, SHA512_OUTPUT_LEN};

use crate::bytes::hex;
use crate::certificate::Certificate;
use crate::observation::DnsData;

/// A TLSA record (RFC 6698 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tlsa {
    /// Certificate usage: 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE (RFC 7218).
    pub usage: u8,
    /// Selector: 0 the certificate, 1 its public key.
    pub selector: u8,
    /// Matching type: 0 the bytes themselves, 1 their SHA-256, 2 their SHA-512.
    pub matching: u8,
    /// Certificate association data.
    pub data: Vec<u8>,
}

/// Why a record is of no use to those who look for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Useless {
    /// Senders of mail take only usages 2 and 3 (RFC 7672 §3.1.3).
    #[error("its usage {0} asks for public CAs, which senders of mail cannot go by: only 2 and 3 count")]
    OfPublicCas(u8),
    /// No such usage is defined.
    #[error("its usage {0} is not defined")]
    Usage(u8),
    /// No such selector is defined.
    #[error("its selector {0} is not defined")]
    Selector(u8),
    /// No such matching type is defined.
    #[error("its matching type {0} is not defined")]
    Matching(u8),
    /// The digest has another length than its kind.
    #[error("its {digest} digest is {found} bytes long, and must be {wanted}")]
    Length {
        /// The kind of digest.
        digest: &'static str,
        /// How long it is, in bytes.
        found: usize,
        /// How long it must be, in bytes.
        wanted: usize,
    },
    /// There is nothing to compare with.
    #[error("it holds no data")]
    Empty,
    /// The digest of no bytes at all: the program that made it got no key. Senders take it for a good record, which
    /// nothing can fit.
    #[error("it is the digest of nothing: the program that made it read no key")]
    OfNothing,
}

impl Useless {
    /// Tells whether senders see that it is of no use; else they look in vain for what fits it.
    pub fn is_seen(&self) -> bool {
        *self != Self::OfNothing
    }
}

impl Tlsa {
    /// Reads the data of a record.
    pub fn read(data: &DnsData) -> Option<Self> {
        match data {
            DnsData::Tlsa { usage, selector, matching, data } => {
                Some(Self { usage: *usage, selector: *selector, matching: *matching, data: data.0.clone() })
            }
            _ => None,
        }
    }

    /// Returns the record that is recommended for a certificate: the SHA-256 of its key, `3 1 1` (RFC 7671 §5.1).
    pub fn of_key(certificate: &Certificate) -> Self {
        let data = digest::digest(&SHA256, &certificate.spki_der).as_ref().to_vec();
        Self { usage: 3, selector: 1, matching: 1, data }
    }

    /// Says why a record is of no use on a port.
    pub fn useless(&self, port: u16) -> Option<Useless> {
        let digest = match self.matching {
            0 => None,
            1 => Some(("SHA-256", &SHA256, SHA256_OUTPUT_LEN)),
            2 => Some(("SHA-512", &SHA512, SHA512_OUTPUT_LEN)),
            other => return Some(Useless::Matching(other)),
        };
        match (self.usage, self.selector) {
            (0 | 1, _) if port == 25 => return Some(Useless::OfPublicCas(self.usage)),
            (4.., _) => return Some(Useless::Usage(self.usage)),
            (_, 2..) => return Some(Useless::Selector(self.selector)),
            _ => {}
        }
        match digest {
            None if self.data.is_empty() => Some(Useless::Empty),
            None => None,
            Some((digest, _, wanted)) if self.data.len() != wanted => {
                Some(Useless::Length { digest, found: self.data.len(), wanted })
            }
            Some((_, kind, _)) => {
                (digest::digest(kind, &[]).as_ref() == self.data.as_slice()).then_some(Useless::OfNothing)
            }
        }
    }

    /// Tells whether senders take it into account on a port (RFC 7671 §4).
    pub fn is_usable(&self, port: u16) -> bool {
        self.useless(port).is_none_or(|useless| !useless.is_seen())
    }

    /// Tells whether it is about the server's own certificate, and not about an issuer.
    pub fn is_of_server(&self) -> bool {
        matches!(self.usage, 1 | 3)
    }

    /// Tells whether it is about this certificate.
    pub fn fits(&self, certificate: &Certificate) -> bool {
        let bytes = match self.selector {
            0 => &certificate.der,
            1 => &certificate.spki_der,
            _ => return false,
        };
        let digest = match self.matching {
            0 => return *bytes == self.data,
            1 => digest::digest(&SHA256, bytes),
            2 => digest::digest(&SHA512, bytes),
            _ => return false,
        };
        digest.as_ref() == self.data.as_slice()
    }

    /// Says what it pins, in a few words.
    pub fn meaning(&self, port: u16) -> String {
        if self.useless(port).is_some() {
            return format!("a record without use ({})", self.fields());
        }
        let what = match (self.is_of_server(), self.selector) {
            (true, 1) => "the server's key",
            (true, _) => "the server's certificate",
            (false, 1) => "an issuer's key",
            (false, _) => "an issuer's certificate",
        };
        format!("{what} ({})", self.fields())
    }

    /// Returns usage, selector and matching type: `3 1 1`.
    pub fn fields(&self) -> String {
        format!("{} {} {}", self.usage, self.selector, self.matching)
    }

    /// Returns the fields and the begin of the data, to tell records apart: `3 1 1 1a2b3c4d…`.
    pub fn short(&self) -> String {
        let digits = hex(&self.data[..self.data.len().min(4)]);
        let more = if self.data.len() > 4 { "…" } else { "" };
        format!("{} {digits}{more}", self.fields())
    }
}

/// The record as it stands in a zone file (RFC 6698 §2.2).
impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.fields(), hex(&self.data))
    }
}

#[cfg(test)]
mod tests {
    use super::{Tlsa, Useless};
    use crate::bytes::Fingerprint;
    use crate::sample;

    fn tlsa(usage: u8, selector: u8, matching: u8, data: Vec<u8>) -> Tlsa {
        Tlsa { usage, selector, matching, data }
    }

    #[test]
    fn records_of_every_kind_fit_what_they_pin() {
        let certificate = sample::certificate("mail.example.org", "R99", 80);
        let other = sample::certificate("mail2.example.org", "R99", 80);
        let sha512 =
            |bytes: &[u8]| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, bytes).as_ref().to_vec();
        for record in [
            tlsa(3, 0, 0, certificate.der.clone()),
            tlsa(3, 0, 1, certificate.fingerprint.0.to_vec()),
            tlsa(3, 0, 2, sha512(&certificate.der)),
            tlsa(3, 1, 0, certificate.spki_der.clone()),
            tlsa(2, 1, 2, sha512(&certificate.spki_der)),
            Tlsa::of_key(&certificate),
        ] {
            assert!(record.fits(&certificate) && !record.fits(&other), "{record}");
            assert_eq!(record.useless(25), None, "{record}");
        }
        assert!(!tlsa(3, 2, 1, certificate.fingerprint.0.to_vec()).fits(&certificate));
        assert_eq!(Tlsa::of_key(&certificate).fields(), "3 1 1");
    }

    #[test]
    fn what_is_of_no_use_says_why() {
        let digest = Fingerprint::of(b"x").0.to_vec();
        for (record, port, useless) in [
            (tlsa(1, 1, 1, digest.clone()), 25, Useless::OfPublicCas(1)),
            (tlsa(4, 1, 1, digest.clone()), 993, Useless::Usage(4)),
            (tlsa(255, 1, 1, digest.clone()), 25, Useless::Usage(255)),
            (tlsa(3, 2, 1, digest.clone()), 25, Useless::Selector(2)),
            (tlsa(3, 1, 3, digest.clone()), 25, Useless::Matching(3)),
            (tlsa(3, 1, 2, digest.clone()), 25, Useless::Length { digest: "SHA-512", found: 32, wanted: 64 }),
            (tlsa(3, 1, 1, Vec::new()), 25, Useless::Length { digest: "SHA-256", found: 0, wanted: 32 }),
            (tlsa(3, 1, 0, Vec::new()), 25, Useless::Empty),
        ] {
            assert_eq!(record.useless(port), Some(useless), "{record}");
            assert!(!record.is_usable(port));
        }
        assert_eq!(tlsa(1, 1, 1, digest).useless(993), None, "mail programs may go by public CAs");
        // Nobody sees that nothing can fit.
        let nothing = tlsa(3, 1, 1, Fingerprint::of(b"").0.to_vec());
        assert_eq!(nothing.useless(25), Some(Useless::OfNothing));
        assert!(nothing.is_usable(25));
    }

    #[test]
    fn records_are_written_as_in_a_zone_file() {
        let record = tlsa(3, 1, 1, vec![0x1A, 0x2B, 0x3C, 0x4D, 0x5E]);
        assert_eq!(record.to_string(), "3 1 1 1a2b3c4d5e");
        assert_eq!(record.short(), "3 1 1 1a2b3c4d…");
        assert_eq!(record.meaning(25), "a record without use (3 1 1)");
        assert_eq!(tlsa(2, 0, 1, vec![7; 32]).meaning(25), "an issuer's certificate (2 0 1)");
    }
}
