//! A server's first flight, read from any chunks of bytes up to the last one that tells something.

use crate::alert::Alert;
use crate::hello::{
    self, CertificateList, CertificateRequest, CertificateStatus, MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES,
    ServerHello, ServerKeyExchange,
};
use crate::names::{ContentType, ExtensionType, HandshakeType, NamedGroup, ProtocolVersion};
use crate::reader::{Malformed, Reader};
use crate::record::{self, MAX_RECORD, Record};
use crate::ssl2;

/// What a server answered to a ClientHello.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flight {
    /// The version really chosen, of SSL 2 too.
    pub version: Option<ProtocolVersion>,
    /// The ServerHello, or the HelloRetryRequest.
    pub server_hello: Option<ServerHello>,
    /// Whether `server_hello` is a HelloRetryRequest.
    pub hello_retry: bool,
    /// The certificates in the server's order; never seen in the clear in TLS 1.3.
    pub certificates: Option<Vec<Vec<u8>>>,
    /// The stapled OCSP response as DER.
    pub certificate_status: Option<Vec<u8>>,
    /// The parameters of the key exchange.
    pub key_exchange: Option<ServerKeyExchange>,
    /// Whether the server asks for a client certificate.
    pub certificate_requested: bool,
    /// What it asks for.
    pub certificate_request: Option<CertificateRequest>,
    /// Whether ServerHelloDone came.
    pub done: bool,
    /// The alert that ended the flight.
    pub alert: Option<Alert>,
    /// Warnings after which the flight went on, such as `unrecognized_name`; the first 16.
    pub warnings: Vec<Alert>,
    /// The answer of a server that does not speak TLS: its first line, at most 256 bytes.
    pub not_tls: Option<Vec<u8>>,
    /// The first thing that was wrong with the bytes.
    pub malformed: Option<Malformed>,
    /// How the connection ended, when it did before the flight was complete.
    pub end: Option<End>,
    /// An answer in SSL 2.
    pub ssl2: Option<ssl2::ServerHello>,
    /// A refusal in SSL 2.
    pub ssl2_error: Option<ssl2::Ssl2Error>,
    /// Bytes that were read for all this.
    pub received: usize,
}

impl Flight {
    /// Tells whether the connection ended before a single byte came.
    pub fn is_silent(&self) -> bool {
        self.end.is_some() && self.received == 0
    }

    /// Returns the group of the key exchange: of the key share, or named in ServerKeyExchange.
    pub fn group(&self) -> Option<NamedGroup> {
        let shared = self.server_hello.as_ref().and_then(ServerHello::group);
        shared.or_else(|| self.key_exchange.as_ref()?.group())
    }
}

/// How a connection ended under a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The server closed it.
    Eof,
    /// It was reset.
    Reset,
    /// Nothing came in time.
    TimedOut,
}

/// The last message a caller wants to see, in the order they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopAt {
    /// The version and the suite.
    ServerHello,
    /// The certificates.
    Certificate,
    /// The stapled OCSP response; the certificates when the server announces none.
    CertificateStatus,
    /// The parameters of the key exchange.
    ServerKeyExchange,
    /// Everything.
    Done,
}

/// Whether a reader wants more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Feed more, or say how the connection ended.
    NeedMore,
    /// The flight is as complete as it will be; more bytes are ignored.
    Complete,
}

/// Reads a flight; any two ways to cut the same bytes give the same flight.
#[derive(Clone, Debug)]
pub struct FlightReader {
    /// Bytes not yet used up: less than a record.
    buffer: Vec<u8>,
    /// Handshake bytes not yet used up: less than a message.
    handshake: Vec<u8>,
    flight: Flight,
    stop: StopAt,
    complete: bool,
}

impl Default for FlightReader {
    fn default() -> Self {
        Self::new()
    }
}

impl FlightReader {
    /// Begins a flight that is read to its end.
    pub fn new() -> Self {
        Self {
            buffer: Vec::new(),
            handshake: Vec::new(),
            flight: Flight::default(),
            stop: StopAt::Done,
            complete: false,
        }
    }

    /// Makes the flight complete as soon as this message, or a later one in its stead, was seen.
    #[must_use]
    pub fn stop_after(mut self, stop: StopAt) -> Self {
        self.stop = stop;
        self
    }

    /// Takes the next bytes of the connection.
    pub fn feed(&mut self, bytes: &[u8]) -> Progress {
        for chunk in bytes.chunks(MAX_RECORD) {
            if self.complete {
                break;
            }
            self.buffer.extend_from_slice(chunk);
            while !self.complete && self.step() {}
        }
        self.progress()
    }

    /// Tells whether more bytes are wanted.
    pub fn progress(&self) -> Progress {
        if self.complete { Progress::Complete } else { Progress::NeedMore }
    }

    /// Takes note that the connection ended; without effect on a complete flight.
    pub fn finish(&mut self, end: End) {
        if self.complete {
            return;
        }
        self.flight.end = Some(end);
        let plain = self.flight.received == 0 && !record::looks_like_header(&self.buffer);
        if plain && ssl2::Answer::begins(&self.buffer) != Some(true) {
            self.flight.not_tls = Some(self.buffer.clone());
        }
        self.flight.received += self.buffer.len();
        self.complete = true;
    }

    /// Returns what was seen so far.
    pub fn flight(&self) -> &Flight {
        &self.flight
    }

    /// Returns what was seen.
    pub fn into_flight(self) -> Flight {
        self.flight
    }

    /// Uses up one record, or tells that it is not whole yet.
    fn step(&mut self) -> bool {
        let first = self.flight.received == 0;
        if first && !record::looks_like_header(&self.buffer) {
            return self.step_without_records();
        }
        let (content, fragment, length) = match Record::read(&self.buffer) {
            Ok(Some((record, length))) => (record.content, record.fragment.to_vec(), length),
            Ok(None) => return false,
            Err(malformed) => {
                self.stop_with(malformed);
                return true;
            }
        };
        self.use_up(length);
        self.take_record(content, &fragment);
        if !self.complete && self.flight.received > MAX_FLIGHT {
            self.stop_with(Malformed::FlightTooLong);
        }
        true
    }

    /// Reads an answer that is not in records: SSL 2, or a line of some other protocol.
    fn step_without_records(&mut self) -> bool {
        match ssl2::Answer::begins(&self.buffer) {
            None => return false,
            Some(true) => return self.step_ssl2(),
            Some(false) => {}
        }
        let seen = self.buffer.get(..MAX_NOT_TLS).unwrap_or(&self.buffer);
        let length = match seen.iter().position(|byte| *byte == b'\n') {
            Some(newline) => newline + 1,
            None if seen.len() == MAX_NOT_TLS => MAX_NOT_TLS,
            None => return false,
        };
        self.flight.not_tls = Some(seen[..length].to_vec());
        self.use_up(length);
        self.complete = true;
        true
    }

    fn step_ssl2(&mut self) -> bool {
        match ssl2::Answer::read(&self.buffer) {
            Ok(None) => return false,
            Ok(Some(ssl2::Answer::ServerHello(hello))) => {
                self.flight.version = Some(hello.version);
                self.flight.ssl2 = Some(hello);
                self.flight.done = true;
            }
            Ok(Some(ssl2::Answer::Error(error))) => self.flight.ssl2_error = Some(error),
            Err(malformed) => self.note(malformed),
        }
        let length = ssl2::Answer::record_length(&self.buffer).unwrap_or(self.buffer.len());
        self.use_up(length);
        self.complete = true;
        true
    }

    fn take_record(&mut self, content: ContentType, fragment: &[u8]) {
        match content {
            ContentType::HANDSHAKE => {
                self.handshake.extend_from_slice(fragment);
                while !self.complete && self.step_message() {}
            }
            ContentType::ALERT => match Alert::read(fragment) {
                Ok(alert) if alert.lets_go_on() => {
                    if self.flight.warnings.len() < MAX_WARNINGS {
                        self.flight.warnings.push(alert);
                    }
                }
                Ok(alert) => {
                    self.flight.alert = Some(alert);
                    self.complete = true;
                }
                Err(malformed) => self.stop_with(malformed),
            },
            // A session that is resumed: all that follows is encrypted.
            ContentType::CHANGE_CIPHER_SPEC if self.flight.server_hello.is_some() => self.complete = true,
            other => self.stop_with(Malformed::UnexpectedRecord(other)),
        }
    }

    /// Uses up one handshake message, or tells that it is not whole yet.
    fn step_message(&mut self) -> bool {
        let mut reader = Reader::new("handshake", &self.handshake);
        let (Ok(kind), Ok(length)) = (reader.u8().map(HandshakeType), reader.u24()) else { return false };
        if let Some(unexpected) = self.unexpected(kind) {
            self.stop_with(unexpected);
            return true;
        }
        let too_long = Malformed::MessageTooLong(kind, length);
        let certificate = kind == HandshakeType::CERTIFICATE;
        let greatest = if certificate { MAX_CERTIFICATE_MESSAGE } else { MAX_MESSAGE };
        let length = length as usize;
        if length > greatest && !certificate {
            self.stop_with(too_long);
            return true;
        }
        let Ok(body) = reader.take(length.min(greatest)).map(<[u8]>::to_vec) else { return false };
        self.handshake.drain(..hello::HEADER + body.len());
        self.take_message(kind, &body);
        if length > greatest {
            self.stop_with(too_long);
        }
        true
    }

    /// Tells what is wrong when a message of this type comes now.
    fn unexpected(&self, kind: HandshakeType) -> Option<Malformed> {
        let flight = &self.flight;
        let again = match kind {
            HandshakeType::HELLO_REQUEST => false,
            HandshakeType::SERVER_HELLO => flight.server_hello.is_some(),
            HandshakeType::CERTIFICATE => flight.certificates.is_some(),
            HandshakeType::CERTIFICATE_STATUS => flight.certificate_status.is_some(),
            HandshakeType::SERVER_KEY_EXCHANGE => flight.key_exchange.is_some(),
            HandshakeType::CERTIFICATE_REQUEST => flight.certificate_requested,
            _ => false,
        };
        let before_hello = flight.server_hello.is_none()
            && !matches!(kind, HandshakeType::SERVER_HELLO | HandshakeType::HELLO_REQUEST);
        (again || before_hello).then_some(Malformed::UnexpectedMessage(kind))
    }

    fn take_message(&mut self, kind: HandshakeType, body: &[u8]) {
        let version = self.flight.version.unwrap_or(ProtocolVersion::SSLv3);
        let reached = match kind {
            HandshakeType::SERVER_HELLO => {
                match ServerHello::read(body) {
                    Ok(hello) => self.take_server_hello(hello),
                    Err(malformed) => self.stop_with(malformed),
                }
                StopAt::ServerHello
            }
            HandshakeType::CERTIFICATE => {
                let list = CertificateList::read(body);
                self.flight.certificates = Some(list.certificates);
                list.malformed.into_iter().for_each(|malformed| self.note(malformed));
                if self.announces_status() { StopAt::Certificate } else { StopAt::CertificateStatus }
            }
            HandshakeType::CERTIFICATE_STATUS => {
                match CertificateStatus::read(body) {
                    Ok(status) => self.flight.certificate_status = Some(status.ocsp_response),
                    Err(malformed) => self.note(malformed),
                }
                StopAt::CertificateStatus
            }
            HandshakeType::SERVER_KEY_EXCHANGE => {
                let suite = self.flight.server_hello.as_ref().map(|hello| hello.cipher_suite);
                match suite.map(|suite| ServerKeyExchange::read(body, suite, version)) {
                    Some(Ok(exchange)) => self.flight.key_exchange = Some(exchange),
                    Some(Err(malformed)) => self.note(malformed),
                    None => {}
                }
                StopAt::ServerKeyExchange
            }
            HandshakeType::CERTIFICATE_REQUEST => {
                self.flight.certificate_requested = true;
                match CertificateRequest::read(body, version) {
                    Ok(request) => self.flight.certificate_request = Some(request),
                    Err(malformed) => self.note(malformed),
                }
                StopAt::ServerKeyExchange
            }
            HandshakeType::SERVER_HELLO_DONE => {
                if !body.is_empty() {
                    self.note(Malformed::Trailing("server_hello_done"));
                }
                self.flight.done = true;
                StopAt::Done
            }
            _ => return,
        };
        self.complete |= reached >= self.stop;
    }

    fn take_server_hello(&mut self, hello: ServerHello) {
        let version = hello.version();
        self.flight.version = Some(version);
        self.flight.hello_retry = hello.is_retry();
        // TLS 1.3 encrypts all that follows.
        self.complete |= hello.is_retry() || version >= ProtocolVersion::TLSv1_3;
        self.flight.server_hello = Some(hello);
    }

    fn announces_status(&self) -> bool {
        let hello = self.flight.server_hello.as_ref();
        hello.is_some_and(|hello| {
            hello.has(ExtensionType::STATUS_REQUEST) || hello.has(ExtensionType::STATUS_REQUEST_V2)
        })
    }

    fn use_up(&mut self, length: usize) {
        self.buffer.drain(..length);
        self.flight.received += length;
    }

    /// Keeps the first thing that is wrong.
    fn note(&mut self, malformed: Malformed) {
        self.flight.malformed.get_or_insert(malformed);
    }

    fn stop_with(&mut self, malformed: Malformed) {
        self.note(malformed);
        self.complete = true;
    }
}

/// Bytes kept of an answer that is not TLS.
const MAX_NOT_TLS: usize = 256;
/// Warnings kept.
const MAX_WARNINGS: usize = 16;
/// Bytes of a flight that are followed.
const MAX_FLIGHT: usize = 768 * 1024;
/// Bytes of a message other than Certificate.
const MAX_MESSAGE: usize = 192 * 1024;
/// Bytes of a Certificate message: all that is kept, and the lengths between.
const MAX_CERTIFICATE_MESSAGE: usize = MAX_CERTIFICATE_BYTES + 3 * (MAX_CERTIFICATES + 1);

#[cfg(test)]
mod tests;
