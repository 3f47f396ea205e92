//! One connection of TLS 1.2 as records: what comes is opened and put together, what goes is protected.

use std::io::{self, Write};
use std::net::TcpStream;

use aws_lc_rs::error::Unspecified;
use mailmedic_wire::alert::Alert;
use mailmedic_wire::hello::HEADER;
use mailmedic_wire::names::{AlertDescription, ContentType, HandshakeType};
use mailmedic_wire::record;

use super::keys::random;
use super::protect::Protector;
use crate::habits::{self, Habits};
use crate::personality::Refusal;
use crate::records;

/// A connection and how its records are protected.
pub(super) struct Channel<'a> {
    habits: &'a Habits,
    stream: &'a mut TcpStream,
    pub(super) read: Option<Protector>,
    pub(super) write: Option<Protector>,
    /// Handshake bytes that are no whole message yet.
    handshake: Vec<u8>,
}

/// Why a connection does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    Io(io::Error),
    /// The client is turned away.
    Refuse(Refusal),
    /// The client has gone.
    Gone,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<AlertDescription> for Stop {
    fn from(description: AlertDescription) -> Self {
        Self::Refuse(Refusal::Alert(description))
    }
}

impl From<Unspecified> for Stop {
    fn from(_: Unspecified) -> Self {
        AlertDescription::INTERNAL_ERROR.into()
    }
}

/// What a client sent.
pub(super) enum Event {
    /// A handshake message, whole.
    Message(HandshakeType, Vec<u8>),
    ChangeCipherSpec,
    Data(Vec<u8>),
}

impl<'a> Channel<'a> {
    pub(super) fn new(habits: &'a Habits, stream: &'a mut TcpStream) -> Self {
        Self { habits, stream, read: None, write: None, handshake: Vec::new() }
    }

    /// Reads up to the next thing that counts.
    pub(super) fn event(&mut self) -> Result<Event, Stop> {
        loop {
            if let Some(message) = self.whole_message() {
                return Ok(Event::Message(HandshakeType(message[0]), message));
            }
            let (content, mut fragment) = match records::next(self.stream) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(Stop::Gone),
                read => read?,
            };
            if let Some(protector) = &mut self.read {
                fragment = protector.open(content, &fragment, self.habits.cbc)?;
            }
            match content {
                ContentType::HANDSHAKE => self.handshake.extend(fragment),
                ContentType::CHANGE_CIPHER_SPEC => return Ok(Event::ChangeCipherSpec),
                ContentType::APPLICATION_DATA => return Ok(Event::Data(fragment)),
                ContentType::ALERT => match Alert::read(&fragment) {
                    Ok(alert) if alert.lets_go_on() => {}
                    _ => return Err(Stop::Gone),
                },
                ContentType::HEARTBEAT => {
                    let reply = habits::heartbeat(self.habits.heartbeat, &fragment)?;
                    if let Some(reply) = reply {
                        self.send(ContentType::HEARTBEAT, &reply)?;
                    }
                }
                _ => return Err(AlertDescription::UNEXPECTED_MESSAGE.into()),
            }
        }
    }

    fn whole_message(&mut self) -> Option<Vec<u8>> {
        let [_, high, middle, low] = *self.handshake.first_chunk()?;
        let length = HEADER + u32::from_be_bytes([0, high, middle, low]) as usize;
        (self.handshake.len() >= length).then(|| self.handshake.drain(..length).collect())
    }

    /// Sends bytes in records, protected if they must be.
    pub(super) fn send(&mut self, content: ContentType, bytes: &[u8]) -> io::Result<()> {
        let mut out = Vec::new();
        for chunk in bytes.chunks(record::MAX_FRAGMENT) {
            let fragment = match &mut self.write {
                Some(protector) => {
                    let mut iv = [0; 16];
                    iv.copy_from_slice(&random(16));
                    protector.seal(content, chunk, iv).map_err(io::Error::other)?
                }
                None => chunk.to_vec(),
            };
            // A protected fragment may be longer than what a plain one holds.
            out.extend([content.0, 3, 3]);
            out.extend((fragment.len() as u16).to_be_bytes());
            out.extend(fragment);
        }
        self.stream.write_all(&out)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
