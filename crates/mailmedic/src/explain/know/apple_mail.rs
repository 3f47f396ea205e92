//! Apple Mail and Secure Transport.

use super::row::Whose::{Peer, Unknown};
use super::row::{Book, Row, hints, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "apple-mail",
    signs: &[
        ("errSSL", Some(Role::Mua)),
        ("kCFStream", Some(Role::Mua)),
        ("CFNetwork", Some(Role::Mua)),
        ("macOS Mail", Some(Role::Mua)),
        ("NSURLError", Some(Role::Mua)),
        ("SecTrust", Some(Role::Mua)),
        ("Mail can", Some(Role::Mua)),
        ("Cannot Verify Server Identity", Some(Role::Mua)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    says("Cannot Verify Server Identity", "cert-verify-failed", Unknown).general(),
    says("can't verify the identity of", "cert-verify-failed", Unknown).general(),
    says("can’t verify the identity of", "cert-verify-failed", Unknown).general(),
    hints("This certificate was signed by an unknown authority", "cert-untrusted", Unknown),
    hints("This certificate was signed by an untrusted issuer", "cert-untrusted", Unknown),
    says("This certificate has expired", "cert-expired", Unknown),
    says("certificate for this server is invalid", "cert-verify-failed", Unknown).general(),
    says("errSSLXCertChainInvalid", "cert-untrusted", Unknown).likely().also(&["chain-incomplete"]),
    says("errSSLUnknownRootCert", "cert-untrusted", Unknown),
    says("errSSLNoRootCert", "chain-incomplete", Unknown).likely(),
    says("errSSLCertExpired", "cert-expired", Peer),
    says("errSSLCertNotYetValid", "cert-not-yet-valid", Unknown),
    says("errSSLHostNameMismatch", "cert-name-mismatch", Unknown),
    says("errSSLBadCert", "cert-malformed", Unknown).likely(),
    says("errSSLPeerHandshakeFail", "tls-cipher-mismatch", Unknown).likely(),
    says("errSSLPeerProtocolVersion", "tls-version-mismatch", Unknown).likely(),
    says("errSSLProtocol", "tls-handshake-failed", Unknown).vague(),
    says("errSSLClosedAbort", "tls-handshake-lost-connection", Unknown).likely().perhaps_passing(),
    says("errSSLClosedGraceful", "tls-handshake-lost-connection", Unknown).likely().vague(),
    says("errSSLWeakPeerEphemeralDHKey", "tls-dh-weak", Peer),
    says("errSSLPeerCertUnknown", "client-certificate-rejected", Unknown).likely(),
    says("errSSLPeerUnknownCA", "client-certificate-rejected", Unknown).likely(),
    says("(-9807)", "cert-untrusted", Unknown).likely().also(&["chain-incomplete"]),
    says("-9807", "cert-untrusted", Unknown).likely().also(&["chain-incomplete"]).general(),
    says("-9813", "chain-incomplete", Unknown).likely().general(),
    says("-9814", "cert-expired", Peer).likely().general(),
    says("-9843", "cert-name-mismatch", Unknown).likely().general(),
    says("-9824", "tls-cipher-mismatch", Unknown).likely().general(),
    says("-9836", "tls-version-mismatch", Unknown).likely().general(),
    says("-9806", "tls-handshake-lost-connection", Unknown).likely().general(),
    says("is not standards compliant", "cert-malformed", Peer).likely().general(),
    says("maximum temporal validity period", "cert-validity-too-long", Peer),
    says("leaf certificate * validity period", "cert-validity-too-long", Peer).likely(),
    says("TemporalValidity", "cert-expired", Unknown).likely(),
    says("SSLHostname", "cert-name-mismatch", Unknown).likely().general(),
    hints("NSURLErrorSecureConnectionFailed", "tls-handshake-failed", Unknown).vague(),
    hints("NSURLErrorServerCertificateUntrusted", "cert-untrusted", Unknown),
    hints("NSURLErrorServerCertificateHasBadDate", "cert-expired", Unknown),
];
