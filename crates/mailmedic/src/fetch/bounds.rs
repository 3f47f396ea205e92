//! What a fetch may cost, and where it may lead, by its purpose.

use crate::observation::FetchPurpose;

/// What one fetch may cost, and where it may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The longest body in bytes.
    pub bytes: usize,
    /// How many redirects are followed.
    pub redirects: u8,
    /// The schemes.
    pub schemes: Schemes,
    /// Whether a peer chose the URL, so that it must not lead into the network that we stand in.
    pub chosen_by_peer: bool,
    /// Whether the certificates that the server shows are kept, good or not.
    pub keeps_chain: bool,
}

/// The schemes that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schemes {
    /// Only `http`: what is fetched is signed, and TLS would need what is being fetched (RFC 5280 §8).
    Http,
    /// Only `https`.
    Https,
    /// Both.
    Both,
}

impl Bounds {
    /// Returns the bounds of a purpose.
    pub fn of(purpose: FetchPurpose) -> Self {
        // What bears a signature of its own.
        let signed = |bytes| Self {
            bytes,
            redirects: 3,
            schemes: Schemes::Http,
            chosen_by_peer: true,
            keeps_chain: false,
        };
        match purpose {
            FetchPurpose::Issuer => signed(256 * 1024),
            FetchPurpose::Autoconfig => {
                Self { schemes: Schemes::Both, chosen_by_peer: false, ..signed(256 * 1024) }
            }
            // A question is not sent on, and what it asks about is told nobody without TLS.
            FetchPurpose::Autodiscover => {
                Self { redirects: 0, schemes: Schemes::Https, chosen_by_peer: false, ..signed(256 * 1024) }
            }
            FetchPurpose::Pacc => {
                Self { schemes: Schemes::Https, chosen_by_peer: false, ..signed(256 * 1024) }
            }
            // RFC 8461 §3.3 forbids to follow redirects, §3.2 suggests the size. Senders look hard at the certificate.
            FetchPurpose::MtaStsPolicy => Self {
                redirects: 0,
                schemes: Schemes::Https,
                chosen_by_peer: false,
                keeps_chain: true,
                ..signed(64 * 1024)
            },
            // Receivers follow redirects, and need not take a logo of more than 32 KiB.
            FetchPurpose::BimiLogo | FetchPurpose::BimiCertificate => Self {
                schemes: Schemes::Https,
                chosen_by_peer: false,
                keeps_chain: true,
                ..signed(256 * 1024)
            },
            FetchPurpose::Crl => signed(16 * 1024 * 1024),
            FetchPurpose::Ocsp => signed(64 * 1024),
        }
    }
}
