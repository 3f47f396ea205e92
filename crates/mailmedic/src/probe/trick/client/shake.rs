//! The handshake of TLS 1.2, first or again (RFC 5246 §7.3).

use std::time::Duration;

use aws_lc_rs::error::Unspecified;
use mailmedic_wire::alert::Alert;
use mailmedic_wire::flight::{End, Flight, FlightReader, Progress, StopAt};
use mailmedic_wire::hello::{ClientHello, ServerHello, write_message};
use mailmedic_wire::names::{
    AlertDescription, CompressionMethod, ContentType, ExtensionType, HandshakeType, ProtocolVersion,
};
use mailmedic_wire::reader::Reader;
use mailmedic_wire::record;

use super::cipher::{Opener, Sealer};
use super::exchange::{self, Exchange};
use super::keys::{Master, Randoms, Side};
use super::link::Link;
use super::suite::Suite;
use crate::observation::{ReactionEnd, SeenRecord};
use crate::probe::tap::Tap;

/// The most records of a flight that are kept.
const MOST_RECORDS: usize = 16;
/// The most bytes of a session ticket: its length field has 16 bits.
const MOST_TICKET: usize = 65_535;
/// The most bytes of handshake messages after ServerHelloDone: a ticket and a Finished message.
const MOST_AFTER: usize = MOST_TICKET + 256;

/// What a handshake brought.
pub(in super::super) struct Shaken {
    /// The server's first flight, as far as it was read.
    pub(in super::super) flight: Flight,
    /// The records of that flight, decrypted.
    pub(in super::super) records: Vec<SeenRecord>,
    /// What was agreed on, or how it ended before.
    pub(in super::super) agreed: Result<Agreed, Failure>,
}

/// What both sides know at the end of a handshake.
pub(in super::super) struct Agreed {
    /// The data of our Finished message, to begin again in the secure way (RFC 5746 §3.5); none where the server does
    /// not know that way.
    pub(in super::super) verify_data: Option<Vec<u8>>,
    /// The session ticket that came.
    pub(in super::super) ticket: Option<Ticket>,
}

/// A session ticket of TLS 1.2 (RFC 5077 §3.3).
pub(in super::super) struct Ticket {
    /// How long the server promises to take it, in seconds; 0 says nothing.
    pub(in super::super) lifetime_s: u32,
    /// The ticket.
    pub(in super::super) bytes: Vec<u8>,
}

/// How a handshake ended before its end.
#[derive(Debug)]
pub(in super::super) enum Failure {
    /// With the first flight, which tells how.
    Flight,
    /// With an alert after it.
    Alert(Alert),
    /// The connection ended.
    Ended(ReactionEnd),
    /// The client cannot do what the server chose, or was told nonsense.
    Unable(&'static str),
}

impl From<Unspecified> for Failure {
    fn from(_: Unspecified) -> Self {
        Self::Unable("the mathematics failed")
    }
}

/// What is our last word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Last {
    /// The hello.
    Hello,
    /// The Finished message.
    Finished,
    /// More follows.
    Nothing,
}

/// Shakes hands over a fresh stream.
pub(in super::super) async fn shake(
    stream: Tap,
    hello: ClientHello,
    last: Last,
    limit: Duration,
) -> (Link, Shaken) {
    let mut link = Link::new(stream, limit);
    let shaken = link.shake(hello, last).await;
    (link, shaken)
}

impl Link {
    /// Shakes hands, under the keys of the handshake before if there was one; our side ends with the `last` word.
    pub(in super::super) async fn shake(&mut self, mut hello: ClientHello, last: Last) -> Shaken {
        hello.compression_methods = vec![CompressionMethod::NULL];
        let message = write_message(HandshakeType::CLIENT_HELLO, &hello.encode());
        self.send(ContentType::HANDSHAKE, &message).await;
        if last == Last::Hello {
            self.part().await;
        }
        let mut first = First { messages: message, records: Vec::new() };
        let flight = self.flight(&mut first).await;
        let agreed = match (&flight.server_hello, flight.done) {
            (Some(server), true) if last != Last::Hello => {
                self.finish(&hello, server, &flight, first.messages, last).await
            }
            _ => Err(Failure::Flight),
        };
        Shaken { flight, records: first.records, agreed }
    }

    /// Reads the server's first flight. Data of the application may come in between when it is not the first handshake.
    async fn flight(&mut self, first: &mut First) -> Flight {
        let deadline = self.deadline();
        let mut reader = FlightReader::new().stop_after(StopAt::Done);
        while reader.progress() == Progress::NeedMore {
            let heard = match self.next(deadline).await {
                Ok(heard) => heard,
                Err(end) => {
                    reader.finish(match end {
                        ReactionEnd::Reset => End::Reset,
                        ReactionEnd::TimedOut => End::TimedOut,
                        _ => End::Eof,
                    });
                    break;
                }
            };
            if heard.content == ContentType::APPLICATION_DATA {
                continue;
            }
            reader.feed(&record::write(heard.content, ProtocolVersion::TLSv1_2, &heard.fragment));
            if heard.content == ContentType::HANDSHAKE {
                first.messages.extend_from_slice(&heard.fragment);
            }
            let refuses = is_refusal(&heard.fragment) && heard.content == ContentType::ALERT;
            if first.records.len() < MOST_RECORDS {
                first.records.push(heard.seen);
            }
            if refuses {
                break;
            }
        }
        reader.into_flight()
    }

    /// Does the client's part, and reads the server's end of the handshake.
    async fn finish(
        &mut self,
        hello: &ClientHello,
        server: &ServerHello,
        flight: &Flight,
        mut messages: Vec<u8>,
        last: Last,
    ) -> Result<Agreed, Failure> {
        if server.version() != ProtocolVersion::TLSv1_2 {
            return Err(Failure::Unable("the server chose another version"));
        }
        let suite = Suite::of(server.cipher_suite)
            .ok_or(Failure::Unable("the server chose a suite that was not offered"))?;
        let Exchange { message, premaster } = match &flight.key_exchange {
            Some(server) if suite.ecdhe => exchange::ecdhe(server)?,
            _ if suite.ecdhe => return Err(Failure::Unable("the server sent no key")),
            _ => exchange::rsa(leaf(flight).ok_or(Failure::Unable("the server sent no certificate"))?)?,
        };
        let mut own = Vec::new();
        if flight.certificate_requested {
            own.extend(write_message(HandshakeType::CERTIFICATE, &NO_CERTIFICATES));
        }
        own.extend(write_message(HandshakeType::CLIENT_KEY_EXCHANGE, &message));
        messages.extend_from_slice(&own);
        let randoms = Randoms { client: hello.random, server: server.random };
        let master = if server.has(ExtensionType::EXTENDED_MASTER_SECRET) {
            Master::extended(suite, &premaster, &messages)?
        } else {
            Master::plain(suite, &premaster, &randoms)?
        };
        let (client, server_keys) = master.keys(&randoms)?;
        let sealer = Sealer::new(suite.protection, &client)?;
        let opener = Opener::new(suite.protection, &server_keys)?;
        let client_data = master.verify_data(Side::Client, &messages)?;
        let finished = write_message(HandshakeType::FINISHED, &client_data);
        messages.extend_from_slice(&finished);
        self.send(ContentType::HANDSHAKE, &own).await;
        self.send(ContentType::CHANGE_CIPHER_SPEC, &[1]).await;
        self.seal_with(sealer);
        self.send(ContentType::HANDSHAKE, &finished).await;
        if last == Last::Finished {
            self.part().await;
        }
        let ticket = self.end(&master, opener, messages).await?;
        let knows_secure = server.has(ExtensionType::RENEGOTIATION_INFO);
        Ok(Agreed { verify_data: knows_secure.then_some(client_data), ticket })
    }

    /// Reads up to the server's Finished message; returns the ticket, if one came.
    async fn end(
        &mut self,
        master: &Master,
        opener: Opener,
        mut messages: Vec<u8>,
    ) -> Result<Option<Ticket>, Failure> {
        let deadline = self.deadline();
        let mut opener = Some(opener);
        let mut pending = Vec::new();
        let mut ticket = None;
        loop {
            let heard = self.next(deadline).await.map_err(Failure::Ended)?;
            match heard.content {
                ContentType::HANDSHAKE => pending.extend_from_slice(&heard.fragment),
                ContentType::CHANGE_CIPHER_SPEC => {
                    opener.take().into_iter().for_each(|keys| self.open_with(keys))
                }
                ContentType::ALERT => match Alert::read(&heard.fragment) {
                    Ok(alert) if alert.lets_go_on() => {}
                    Ok(alert) => return Err(Failure::Alert(alert)),
                    Err(_) => return Err(Failure::Unable("an alert cannot be read")),
                },
                _ => {}
            }
            while let Some((kind, body, whole)) = message(&pending) {
                match kind {
                    HandshakeType::NEW_SESSION_TICKET => ticket = read_ticket(&body),
                    HandshakeType::FINISHED => {
                        let due = master.verify_data(Side::Server, &messages)?;
                        if opener.is_some() || body != due {
                            return Err(Failure::Unable("the server's Finished message is wrong"));
                        }
                        return Ok(ticket);
                    }
                    _ => {}
                }
                messages.extend(pending.drain(..whole));
            }
            if pending.len() > MOST_AFTER {
                return Err(Failure::Unable("a message is too long"));
            }
        }
    }
}

/// What is collected of the server's first flight.
struct First {
    /// All handshake messages so far, the client's too.
    messages: Vec<u8>,
    records: Vec<SeenRecord>,
}

/// An empty list of certificates.
const NO_CERTIFICATES: [u8; 3] = [0; 3];

fn leaf(flight: &Flight) -> Option<&[u8]> {
    flight.certificates.as_ref()?.first().map(Vec::as_slice)
}

/// Tells whether an alert says that there will be no second handshake (RFC 5246 §7.2.2).
fn is_refusal(alert: &[u8]) -> bool {
    Alert::read(alert).is_ok_and(|alert| alert.description == AlertDescription::NO_RENEGOTIATION)
}

/// Returns the type and the body of the first message, and its length with the header; none while it is not whole.
fn message(bytes: &[u8]) -> Option<(HandshakeType, Vec<u8>, usize)> {
    let mut reader = Reader::new("handshake", bytes);
    let kind = HandshakeType(reader.u8().ok()?);
    let body = reader.vec24().ok()?.to_vec();
    Some((kind, body, bytes.len() - reader.len()))
}

fn read_ticket(body: &[u8]) -> Option<Ticket> {
    let mut reader = Reader::new("new_session_ticket", body);
    let (high, low) = (reader.u16().ok()?, reader.u16().ok()?);
    let lifetime_s = u32::from(high) << 16 | u32::from(low);
    let bytes = reader.vec16().ok()?.to_vec();
    Some(Ticket { lifetime_s, bytes }).filter(|ticket| !ticket.bytes.is_empty())
}
