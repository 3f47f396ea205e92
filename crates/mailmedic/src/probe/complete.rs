//! Completes a handshake of TLS 1.2 or 1.3, whatever the certificate, and holds the dialogue inside.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailmedic_wire::dialogue::{Step, Talk as Dialogue};
use mailmedic_wire::flight::{End, Flight, FlightReader};
use mailmedic_wire::names::{self, ProtocolVersion};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue, Tls12Resumption,
    Tls13ClientSessionValue,
};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, NamedGroup, SignatureScheme,
};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::converse;
use super::tap::Tap;
use crate::bytes::Bytes;
use crate::certificate::{Certificate, PublicKey};
use crate::job::Narrowed;
use crate::observation::{Offered, SeenAlert, SeenTicket, Talk, Tls, TlsEnd};

/// What to offer.
pub(super) struct Offer<'a> {
    /// The server name to send.
    pub(super) server_name: Option<&'a str>,
    /// Signature schemes; empty offers all, also weak ones.
    pub(super) schemes: &'a [names::SignatureScheme],
    /// The suites and groups to offer where that is not all.
    pub(super) only: Option<&'a Narrowed>,
    /// The limit of the handshake, and of each reply after it.
    pub(super) limit: Duration,
}

/// What came of it.
pub(super) struct Done {
    pub(super) tls: Tls,
    pub(super) inside: Option<Talk>,
    pub(super) certificates: Vec<Vec<u8>>,
}

/// Shakes hands, and tells what came of it if they were shaken; then holds the dialogue, if there is one, and leaves.
pub(super) async fn complete(
    stream: Tap,
    offer: &Offer<'_>,
    talk: Option<Dialogue>,
    tell: impl FnOnce(&Tls, &[Vec<u8>]),
) -> Done {
    let witness = Arc::new(Witness {
        schemes: schemes(offer.schemes),
        algorithms: rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms,
        seen: Mutex::default(),
    });
    let name = offer.server_name.and_then(|name| ServerName::try_from(name.to_owned()).ok());
    let config = match config(&witness, provider(offer.only), name.is_some()) {
        Ok(config) => config,
        Err(error) => return failed(TlsEnd::Malformed(error.to_string()), Vec::new(), &witness),
    };
    // rustls wants a name in any case; an address is never sent.
    let sent = name.as_ref().and(offer.server_name).map(str::to_owned);
    let name = name.unwrap_or_else(|| ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let mut handshake = TlsConnector::from(Arc::new(config)).connect(name, stream).into_fallible();
    let mut done = match timeout(offer.limit, &mut handshake).await {
        Ok(Ok(mut stream)) => {
            let (tls, certificates) = completed(stream.get_ref().1, &witness);
            let mut done = Done { tls, inside: None, certificates };
            done.tls.server_name.clone_from(&sent);
            tell(&done.tls, &done.certificates);
            finish(&mut stream, talk, offer.limit, &mut done).await;
            // They come after the handshake, with the first data.
            done.tls.tickets = witness.seen().tickets;
            stream.into_inner().0.let_go().await;
            done
        }
        Ok(Err((error, mut stream))) => {
            if let TlsEnd::Reset = end_of(&error) {
                stream.hear_out().await;
            }
            let mut done = failed(end_of(&error), stream.heard().to_vec(), &witness);
            // One that came after the server's first flight, or was encrypted, is not read again.
            let alert = alert_of(&error).filter(|alert| !done.tls.alerts.contains(alert));
            done.tls.alerts.extend(alert);
            stream.let_go().await;
            done
        }
        Err(_) => failed(TlsEnd::TimedOut, Vec::new(), &witness),
    };
    done.tls.server_name = sent;
    done
}

/// Holds the dialogue inside TLS, and notes an alert that only comes once the server has read our part.
async fn finish(stream: &mut TlsStream<Tap>, talk: Option<Dialogue>, limit: Duration, done: &mut Done) {
    match talk {
        Some(mut talk) => {
            let spoken = converse::converse(stream, &mut talk, limit).await;
            if let Some(alert) = spoken.error.as_ref().and_then(alert_of) {
                done.tls.end = TlsEnd::Alert;
                done.tls.alerts.push(alert);
            }
            if matches!(spoken.step, Step::Ready | Step::Done) {
                converse::leave(stream, &mut talk).await;
            }
            done.inside = Some(converse::record(talk, &spoken));
        }
        None => {
            let _ = timeout(GOODBYE, tokio::io::AsyncWriteExt::shutdown(stream)).await;
        }
    }
}

const GOODBYE: Duration = Duration::from_secs(1);

fn completed(connection: &ClientConnection, witness: &Witness) -> (Tls, Vec<Vec<u8>>) {
    let seen = witness.seen();
    let version = connection.protocol_version().map(u16::from);
    let mut tls = Tls {
        end: TlsEnd::Completed,
        version,
        suite: connection.negotiated_cipher_suite().map(|suite| u16::from(suite.suite())),
        group: connection.negotiated_key_exchange_group().map(|group| u16::from(group.name())),
        signature_scheme: seen.scheme,
        signature_fits: seen.fits,
        staple: seen.staple.map(Bytes),
        client_certificate_requested: seen.certificate_requested,
        ..Tls::default()
    };
    let certificates: Vec<Vec<u8>> =
        connection.peer_certificates().unwrap_or_default().iter().map(|der| der.to_vec()).collect();
    super::fingerprint(&mut tls, &certificates);
    (tls, certificates)
}

/// Reads again what the server sent before the handshake failed: a peer too old for rustls still says which
/// version it chose, and in TLS 1.2 its certificates are in clear.
fn failed(end: TlsEnd, heard: Vec<u8>, witness: &Witness) -> Done {
    let mut reader = FlightReader::new();
    reader.feed(&heard);
    reader.finish(End::Eof);
    let flight: Flight = reader.into_flight();
    let is_plain = flight.not_tls.is_some();
    // What was chosen is no version that was offered: other hellos have to tell more of it.
    let chose_older =
        flight.version.is_some_and(|version| version < ProtocolVersion::TLSv1_2) && flight.alert.is_none();
    let (mut tls, mut certificates) = super::flight::record(flight, None);
    let seen = witness.seen();
    if certificates.is_empty() {
        certificates = seen.certificates;
        super::fingerprint(&mut tls, &certificates);
    }
    tls.client_certificate_requested |= seen.certificate_requested;
    tls.end = match end {
        _ if is_plain => TlsEnd::NotTls,
        TlsEnd::Malformed(_) if chose_older => TlsEnd::Answered,
        TlsEnd::Malformed(_) | TlsEnd::Reset if tls.end == TlsEnd::Alert => TlsEnd::Alert,
        other => other,
    };
    Done { tls, inside: None, certificates }
}

fn end_of(error: &io::Error) -> TlsEnd {
    if alert_of(error).is_some() {
        return TlsEnd::Alert;
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => TlsEnd::Closed,
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => TlsEnd::Reset,
        _ => TlsEnd::Malformed(error.to_string()),
    }
}

fn alert_of(error: &io::Error) -> Option<SeenAlert> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) => {
            Some(SeenAlert { level: FATAL, description: u8::from(*alert) })
        }
        _ => None,
    }
}

const FATAL: u8 = 2;

/// Returns the library's suites and groups, or those of them that are wanted.
fn provider(only: Option<&Narrowed>) -> CryptoProvider {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    if let Some(only) = only {
        let suites = &mut provider.cipher_suites;
        suites.retain(|suite| only.suites.contains(&names::CipherSuite(u16::from(suite.suite()))));
        let groups = &mut provider.kx_groups;
        groups.retain(|group| only.groups.contains(&names::NamedGroup(u16::from(group.name()))));
    }
    provider
}

fn config(
    witness: &Arc<Witness>,
    provider: CryptoProvider,
    send_name: bool,
) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(witness) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(Arc::clone(witness) as Arc<dyn ResolvesClientCert>);
    config.enable_sni = send_name;
    // Nothing is resumed; but what a server offers for it is seen.
    config.resumption = Resumption::store(Arc::clone(witness) as Arc<dyn ClientSessionStore>)
        .tls12_resumption(Tls12Resumption::Disabled);
    Ok(config)
}

/// Returns what a hello of rustls offers.
pub(super) fn offered(offer: &Offer<'_>) -> Offered {
    let provider = provider(offer.only);
    Offered {
        suites: provider.cipher_suites.iter().map(|suite| u16::from(suite.suite())).collect(),
        groups: provider.kx_groups.iter().map(|group| u16::from(group.name())).collect(),
        schemes: schemes(offer.schemes).into_iter().map(u16::from).collect(),
    }
}

fn schemes(wanted: &[names::SignatureScheme]) -> Vec<SignatureScheme> {
    let all = [
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::ECDSA_NISTP384_SHA384,
        SignatureScheme::ECDSA_NISTP521_SHA512,
        SignatureScheme::ED25519,
        SignatureScheme::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_SHA384,
        SignatureScheme::RSA_PSS_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512,
        SignatureScheme::ECDSA_SHA1_Legacy,
        SignatureScheme::RSA_PKCS1_SHA1,
    ];
    match wanted {
        [] => all.to_vec(),
        wanted => wanted.iter().map(|scheme| SignatureScheme::from(scheme.0)).collect(),
    }
}

/// Accepts any certificate and remembers what it saw: to judge is the task of the rules.
#[derive(Debug)]
struct Witness {
    schemes: Vec<SignatureScheme>,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Witnessed>,
}

#[derive(Clone, Debug, Default)]
struct Witnessed {
    certificates: Vec<Vec<u8>>,
    staple: Option<Vec<u8>>,
    scheme: Option<u16>,
    fits: Option<bool>,
    certificate_requested: bool,
    tickets: Vec<SeenTicket>,
}

impl Witness {
    fn seen(&self) -> Witnessed {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes the signature of a handshake and whether it fits.
    fn signed(
        &self,
        signed: &DigitallySignedStruct,
        certificate: &CertificateDer<'_>,
        checked: Result<HandshakeSignatureValid, rustls::Error>,
    ) {
        self.note(|seen| {
            seen.scheme = Some(u16::from(signed.scheme));
            seen.fits = match checked {
                Ok(_) => Some(true),
                Err(rustls::Error::InvalidCertificate(CertificateError::BadSignature)) => {
                    is_checkable(certificate).then_some(false)
                }
                Err(_) => None,
            };
        });
    }

    fn note(&self, what: impl FnOnce(&mut Witnessed)) {
        what(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Tells whether a signature by the key of this certificate can be checked at all: what a short or an odd key
/// signs is refused like a wrong signature.
fn is_checkable(certificate: &CertificateDer<'_>) -> bool {
    match Certificate::read(certificate).key {
        PublicKey::Rsa { bits } => (2048..=8192).contains(&bits),
        PublicKey::Ec { curve, .. } => matches!(curve.as_str(), "secp256r1" | "secp384r1" | "secp521r1"),
        PublicKey::Other(_) | PublicKey::Unreadable => false,
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        staple: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.note(|seen| {
            seen.certificates = std::iter::once(leaf).chain(others).map(|der| der.to_vec()).collect();
            seen.staple = (!staple.is_empty()).then(|| staple.to_vec());
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed(
            signed,
            certificate,
            verify_tls12_signature(message, certificate, signed, &self.algorithms),
        );
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed(
            signed,
            certificate,
            verify_tls13_signature(message, certificate, signed, &self.algorithms),
        );
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// The most tickets kept; servers send one or two.
const MOST_TICKETS: usize = 8;

/// Keeps no session and no hint; notes the tickets of TLS 1.3.
impl ClientSessionStore for Witness {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.note(|seen| {
            if seen.tickets.len() < MOST_TICKETS {
                let early = ticket.max_early_data_size();
                let max_early_data = (early > 0).then_some(early);
                seen.tickets.push(SeenTicket { lifetime_s: None, max_early_data, bytes: None });
            }
        });
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.note(|seen| seen.certificate_requested = true);
        None
    }

    /// Says yes, though there are none: only then is the request for one told.
    fn has_certs(&self) -> bool {
        true
    }
}
