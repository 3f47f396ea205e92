//! TLS to web servers: whom they must prove to be, and what they showed to prove it.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::{CertificateDer, Der, ServerName, TrustAnchor, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;

use super::FetcherOptions;
use crate::bytes::Bytes;
use crate::certificate::der;
use crate::trust::{self, Anchor, Store};

/// The roots that count, ready for connections.
#[derive(Clone)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    /// None where no root counts at all.
    verifier: Option<Arc<WebPkiServerVerifier>>,
}

impl Tls {
    /// Reads the roots.
    pub(super) fn new(options: &FetcherOptions) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        if options.public_roots {
            let mozilla = trust::anchors().iter().filter(|root| root.holds.has(Store::Mozilla));
            roots.extend(mozilla.filter_map(anchor));
        }
        roots.add_parsable_certificates(options.roots.iter().map(|der| CertificateDer::from(der.as_slice())));
        let roots = Arc::new(roots);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider)).build();
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), verifier: verifier.ok() })
    }

    /// Returns what connects, and where the certificates come to lie if they are to be kept.
    pub(super) fn connector(&self, keeps_chain: bool) -> (TlsConnector, Option<Arc<Shown>>) {
        let Some(verifier) = self.verifier.as_ref().filter(|_| keeps_chain) else {
            return (TlsConnector::from(Arc::clone(&self.config)), None);
        };
        let shown = Arc::new(Shown { verifier: Arc::clone(verifier), certificates: Mutex::default() });
        let mut config = ClientConfig::clone(&self.config);
        // It verifies as before, and looks on.
        config.dangerous().set_certificate_verifier(Arc::clone(&shown) as Arc<dyn ServerCertVerifier>);
        // Where a session goes on, no certificate is shown.
        config.resumption = Resumption::disabled();
        (TlsConnector::from(Arc::new(config)), Some(shown))
    }
}

/// Keeps the certificates of one handshake, good or not, and leaves the verdict to rustls.
#[derive(Debug)]
pub(super) struct Shown {
    verifier: Arc<WebPkiServerVerifier>,
    certificates: Mutex<Vec<Bytes>>,
}

impl Shown {
    /// Returns the certificates, leaf first.
    pub(super) fn take(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.certificates.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut left = MOST_BYTES;
        let kept =
            std::iter::once(end_entity).chain(intermediates).take(MOST_CERTIFICATES).take_while(|der| {
                let fits = der.len() <= left;
                left = left.saturating_sub(der.len());
                fits
            });
        let kept = kept.map(|der| Bytes(der.to_vec())).collect();
        *self.certificates.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Writes a root as rustls takes it: the contents of its parts, without their tags.
pub(super) fn anchor(root: &'static Anchor) -> Option<TrustAnchor<'static>> {
    let content =
        |element: &'static [u8]| der::first(element).map(|(element, _)| Der::from_slice(element.content));
    Some(TrustAnchor {
        subject: content(root.subject_der)?,
        subject_public_key_info: content(root.spki_der)?,
        name_constraints: root.name_constraints_der().and_then(content),
    })
}

/// Certificates of one handshake that are kept, and their bytes together.
const MOST_CERTIFICATES: usize = 10;
const MOST_BYTES: usize = 128 * 1024;
