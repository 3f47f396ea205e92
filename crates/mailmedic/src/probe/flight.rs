//! Sends a hello of our own and reads the server's first flight as far as it tells something.

use std::io;
use std::time::Duration;

use mailmedic_wire::alert::Alert;
use mailmedic_wire::extension::{ClientExtension, ServerExtension};
use mailmedic_wire::flight::{End, Flight, FlightReader, Progress, StopAt};
use mailmedic_wire::hello::{ClientHello, ServerHello, ServerKeyExchange};
use mailmedic_wire::names::{
    AlertDescription, AlertLevel, CipherKind, CompressionMethod, ExtensionType, HeartbeatMode,
    ProtocolVersion, SignatureScheme,
};
use mailmedic_wire::ssl2;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::tap::Tap;
use crate::bytes::{Bytes, Fingerprint};
use crate::job::{Offer, Stop};
use crate::observation::{DhGroup, SeenAlert, Tls, TlsEnd};

/// Sends the hello of an offer, as the last word where `parts`; returns what came and the certificates.
pub(super) async fn flight(stream: Tap, offer: &Offer, parts: bool, limit: Duration) -> (Tls, Vec<Vec<u8>>) {
    let record_version = offer.version.min(ProtocolVersion::TLSv1_0);
    let stop = match offer.stop {
        Stop::ServerHello => StopAt::ServerHello,
        Stop::KeyExchange | Stop::Finished => StopAt::ServerKeyExchange,
    };
    let hello = hello(offer).encode_records(record_version);
    let flight = exchange(stream, &hello, stop, parts, limit).await;
    let timestamps = timestamps(&flight);
    let (mut tls, certificates) = record(flight, offer.server_name.clone());
    tls.timestamps = timestamps;
    (tls, certificates)
}

/// Sends an SSL 2 CLIENT-HELLO with every cipher kind, as the last word where `parts`.
pub(super) async fn ssl2(stream: Tap, parts: bool, limit: Duration) -> (Tls, Vec<Vec<u8>>) {
    let hello = ssl2::ClientHello::new(random(), CipherKind::all());
    let flight = exchange(stream, &hello.encode_record(), StopAt::ServerHello, parts, limit).await;
    record(flight, None)
}

/// Makes the hello of an offer.
pub(super) fn hello(offer: &Offer) -> ClientHello {
    let mut hello = ClientHello::new(offer.version, random(), &offer.suites);
    let tls13 = offer.version >= ProtocolVersion::TLSv1_3;
    if !tls13 {
        // A server that compresses shows it only to who offers to (RFC 3749).
        hello.compression_methods = vec![CompressionMethod::DEFLATE, CompressionMethod::NULL];
    }
    if offer.version <= ProtocolVersion::SSLv3 {
        return hello;
    }
    if hello.extension(ExtensionType::SUPPORTED_GROUPS).is_some() {
        hello = hello.with(ClientExtension::SupportedGroups(offer.groups.clone()));
    }
    if offer.version >= ProtocolVersion::TLSv1_2 {
        hello = hello.with(ClientExtension::SignatureAlgorithms(offer.signature_schemes.clone()));
        if offer.curious {
            // Else OpenSSL shows no certificate whose own signature is not among the schemes of the handshake.
            let all = SignatureScheme::all().to_vec();
            hello = hello.with(ClientExtension::SignatureAlgorithmsCert(all));
        }
    }
    if !tls13 {
        // Only an offer shows whether CBC comes with the MAC outside (RFC 7366), and timestamps of logs (RFC 6962 §3.3.1).
        hello = hello.with(ClientExtension::EncryptThenMac).with(ClientExtension::SignedCertificateTimestamp);
    }
    if offer.curious && !tls13 {
        hello = hello
            .with(ClientExtension::Heartbeat(HeartbeatMode::PEER_ALLOWED_TO_SEND))
            .with(ClientExtension::SessionTicket(Vec::new()));
    }
    match &offer.server_name {
        Some(name) => hello.with_server_name(name),
        None => hello,
    }
}

/// Returns the length of a hello with its header, which is that of its record.
pub(super) fn length(hello: &ClientHello) -> usize {
    hello.encode().len() + HANDSHAKE_HEADER
}

/// The type and the length of a message (RFC 5246 §7.4).
const HANDSHAKE_HEADER: usize = 4;

async fn exchange(mut stream: Tap, hello: &[u8], stop: StopAt, parts: bool, limit: Duration) -> Flight {
    let flight = read(&mut stream, hello, stop, parts, limit).await;
    leave(stream, &flight).await;
    flight
}

/// Sends a hello in its records and reads the answer up to `stop`; the connection stays open, unless it `parts` from the server
/// with these words.
pub(super) async fn read(
    stream: &mut Tap,
    hello: &[u8],
    stop: StopAt,
    parts: bool,
    limit: Duration,
) -> Flight {
    let deadline = Instant::now() + limit;
    let mut reader = FlightReader::new().stop_after(stop);
    let sending = async {
        stream.write_all(hello).await?;
        stream.flush().await
    };
    if !matches!(timeout_at(deadline, sending).await, Ok(Ok(()))) {
        // The peer may have answered before it closed: read what is there.
        tracing::debug!("the hello could not be written whole");
    }
    if parts {
        stream.part().await;
    }
    let mut buffer = [0; 4_096];
    while reader.progress() == Progress::NeedMore {
        match timeout_at(deadline, stream.read(&mut buffer)).await {
            Ok(Ok(0)) => reader.finish(End::Eof),
            Ok(Ok(count)) => {
                reader.feed(&buffer[..count]);
            }
            Ok(Err(error)) => reader.finish(end_of(&error)),
            Err(_) => reader.finish(End::TimedOut),
        }
    }
    reader.into_flight()
}

/// Says goodbye with an alert, which reads kinder in the server's log than a broken connection.
pub(super) async fn leave(mut stream: Tap, flight: &Flight) {
    if let (Some(version), None, false) = (flight.version, flight.alert, stream.has_parted()) {
        let alert = Alert { level: AlertLevel::FATAL, description: AlertDescription::USER_CANCELED };
        let goodbye = alert.encode_record(version.min(ProtocolVersion::TLSv1_2));
        let _ = timeout(Duration::from_millis(500), stream.write_all(&goodbye)).await;
    }
    stream.let_go().await;
}

fn end_of(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => End::Eof,
        _ => End::Reset,
    }
}

/// Turns a flight into what is kept.
pub(super) fn record(flight: Flight, server_name: Option<String>) -> (Tls, Vec<Vec<u8>>) {
    let hello = flight.server_hello.as_ref();
    let exchange = flight.key_exchange.as_ref();
    let before_tls13 = flight.version.is_some_and(|version| version < ProtocolVersion::TLSv1_3);
    let mut tls = Tls {
        server_name,
        end: end(&flight),
        version: flight.version.map(|version| version.0),
        suite: hello.map(|hello| hello.cipher_suite.0),
        group: flight.group().map(|group| group.0),
        resumed: None,
        dh_bits: exchange.and_then(|exchange| u16::try_from(exchange.dh()?.bits()).ok()),
        dh: exchange
            .and_then(ServerKeyExchange::dh)
            .map(|dh| DhGroup { prime: Bytes(dh.prime.clone()), generator: Bytes(dh.generator.clone()) }),
        exchange_key: exchange.and_then(ServerKeyExchange::public).map(Fingerprint::of),
        extensions: hello.map(extensions).unwrap_or_default(),
        tickets: Vec::new(),
        signature_scheme: exchange.and_then(|exchange| Some(exchange.scheme()?.0)),
        // Checked only where the handshake is completed.
        signature_fits: None,
        compression: hello.map(|hello| hello.compression_method.0),
        secure_renegotiation: hello
            .filter(|_| before_tls13)
            .map(|hello| hello.has(ExtensionType::RENEGOTIATION_INFO)),
        certificates: Vec::new(),
        staple: flight.certificate_status.map(Bytes),
        // Only who asked can tell that there are none.
        timestamps: None,
        client_certificate_requested: flight.certificate_requested,
        alerts: flight.warnings.iter().chain(&flight.alert).map(|alert| seen(*alert)).collect(),
        not_tls: flight.not_tls.map(Bytes),
    };
    let mut certificates = flight.certificates.unwrap_or_default();
    if let Some(ssl2) = flight.ssl2 {
        certificates.push(ssl2.certificate);
    }
    certificates.retain(|der| !der.is_empty());
    super::fingerprint(&mut tls, &certificates);
    (tls, certificates)
}

/// The most timestamps kept; clients ask for three.
const MOST_TIMESTAMPS: usize = 16;

/// The most extensions kept; an honest server answers with a handful.
const MOST_EXTENSIONS: usize = 32;

fn extensions(hello: &ServerHello) -> Vec<u16> {
    let all = hello.extensions.iter().flatten();
    all.take(MOST_EXTENSIONS).map(|extension| extension.kind().0).collect()
}

/// Returns the timestamps of logs in the answer to a hello that asked for them; TLS 1.3 sends them encrypted.
fn timestamps(flight: &Flight) -> Option<Vec<Bytes>> {
    let told = ProtocolVersion::TLSv1_0..ProtocolVersion::TLSv1_3;
    let hello = flight
        .server_hello
        .as_ref()
        .filter(|_| flight.version.is_some_and(|version| told.contains(&version)))?;
    let all = hello.extensions.iter().flatten().filter_map(|extension| match extension {
        ServerExtension::SignedCertificateTimestamp(timestamps) => Some(timestamps),
        _ => None,
    });
    Some(all.flatten().take(MOST_TIMESTAMPS).cloned().map(Bytes).collect())
}

fn seen(alert: Alert) -> SeenAlert {
    SeenAlert { level: alert.level.0, description: alert.description.0 }
}

fn end(flight: &Flight) -> TlsEnd {
    if flight.version.is_some() && flight.alert.is_none() {
        return TlsEnd::Answered;
    }
    if flight.alert.is_some() || flight.ssl2_error.is_some() {
        return TlsEnd::Alert;
    }
    if flight.not_tls.is_some() {
        return TlsEnd::NotTls;
    }
    if let Some(malformed) = &flight.malformed {
        return TlsEnd::Malformed(malformed.to_string());
    }
    match flight.end {
        Some(End::Eof) => TlsEnd::Closed,
        Some(End::Reset) => TlsEnd::Reset,
        Some(End::TimedOut) | None => TlsEnd::TimedOut,
    }
}

/// Returns fresh random bytes; zeros, which work as well here, if the system has none.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        tracing::warn!("the system gives no random bytes");
    }
    bytes
}
