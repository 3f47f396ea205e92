//! One connection of TLS 1.2: its handshakes, and the data inside.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use mailmedic_wire::extension::{ClientExtension, ServerExtension};
use mailmedic_wire::hello::{ClientHello, HEADER, ServerHello, write_message};
use mailmedic_wire::names::cipher_suite::KeyExchange;
use mailmedic_wire::names::{AlertDescription, AlertLevel, ContentType, ExtensionType, HandshakeType};
use mailmedic_wire::reader::Reader;

use super::End;
use super::channel::{Channel, Event, Stop};
use super::keys::{Real, random};
use super::schedule::{directions, finished, master};
use super::ticket::Ticket;
use crate::choose::{Choice, choose};
use crate::flight::{messages, server_hello};
use crate::habits::{EarlyCcs, Oracle, Unwilling};
use crate::identity::Identity;
use crate::keys::Shapes;
use crate::personality::{Personality, Refusal};
use crate::server::Server;

/// One connection.
pub(super) struct Session<'a> {
    server: &'a Server,
    personality: Personality,
    identity: &'a Identity,
    channel: Channel<'a>,
    number: u64,
    /// Data that nobody has read yet.
    data: Vec<u8>,
    /// What both Finished messages of the last handshake said, the client's first.
    verified: Option<[Vec<u8>; 2]>,
    renegotiated: usize,
    stop: Option<Stop>,
}

/// What a handshake has agreed before the Finished messages.
struct Agreed {
    choice: Choice,
    master: Vec<u8>,
    randoms: [[u8; 32]; 2],
    transcript: Vec<u8>,
    /// What a premaster secret with wrong padding leads to once the client has finished.
    trap: Option<Refusal>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        server: &'a Server,
        identity: &'a Identity,
        stream: &'a mut TcpStream,
        number: u64,
    ) -> Self {
        let mut personality = server.personality.clone();
        // These would change what is exchanged in ways that are not done here.
        personality.extensions.remove(&ExtensionType::ENCRYPT_THEN_MAC);
        personality.asks_certificate = false;
        Self {
            server,
            personality,
            identity,
            channel: Channel::new(&server.habits, stream),
            number,
            data: Vec::new(),
            verified: None,
            renegotiated: 0,
            stop: None,
        }
    }

    /// Answers a hello and completes the handshake.
    pub(super) fn shake(&mut self, hello: &ClientHello) -> Result<(), Stop> {
        let choice = choose(&self.personality, hello).map_err(Stop::Refuse)?;
        self.check_renegotiation(hello)?;
        let shapes = Shapes::new(&self.personality, self.number);
        let mut keys = Real::new(self.identity, shapes);
        let mut said = server_hello(&self.personality, hello, &choice, &mut keys);
        for extension in said.extensions.iter_mut().flatten() {
            if let ServerExtension::RenegotiationInfo(data) = extension {
                *data = self.verified.iter().flatten().flatten().copied().collect();
            }
        }
        let transcript = write_message(HandshakeType::CLIENT_HELLO, &hello.encode());
        if let Some(ticket) = Ticket::of(hello, self.server.habits.tickets) {
            return self.resume(hello, said, choice, ticket, transcript);
        }
        let flight = messages(&self.personality, hello, &said, &choice, &mut keys);
        self.channel.send(ContentType::HANDSHAKE, &flight)?;
        let agreed = self.agree(hello, &said, choice, &mut keys, [transcript, flight].concat())?;
        let ticket = said
            .has(ExtensionType::SESSION_TICKET)
            .then(|| Ticket::new(hello, &agreed.choice, &agreed.master));
        self.finish_after_client(agreed, ticket)
    }

    /// Compares what the hello says about the handshake before with what was said there (RFC 5746 sections 3.6 and 3.7).
    fn check_renegotiation(&self, hello: &ClientHello) -> Result<(), Stop> {
        if !self.personality.extensions.contains(&ExtensionType::RENEGOTIATION_INFO) {
            return Ok(());
        }
        let client = self.verified.as_ref().map(|[client, _]| client.as_slice());
        match (hello.extension(ExtensionType::RENEGOTIATION_INFO), client) {
            (None, None) => Ok(()),
            (Some(ClientExtension::RenegotiationInfo(data)), client)
                if data == client.unwrap_or_default() =>
            {
                Ok(())
            }
            _ => Err(AlertDescription::HANDSHAKE_FAILURE.into()),
        }
    }

    /// Reads the client's key exchange and derives the secrets.
    fn agree(
        &mut self,
        hello: &ClientHello,
        said: &ServerHello,
        choice: Choice,
        keys: &mut Real<'_>,
        mut transcript: Vec<u8>,
    ) -> Result<Agreed, Stop> {
        let body = loop {
            match self.channel.event()? {
                Event::Message(kind, message) => {
                    transcript.extend(&message);
                    if kind == HandshakeType::CLIENT_KEY_EXCHANGE {
                        break message.get(HEADER..).unwrap_or_default().to_vec();
                    }
                    if kind != HandshakeType::CERTIFICATE {
                        return Err(AlertDescription::UNEXPECTED_MESSAGE.into());
                    }
                }
                Event::ChangeCipherSpec => match self.server.habits.early_ccs {
                    EarlyCcs::Refused => return Err(AlertDescription::UNEXPECTED_MESSAGE.into()),
                    EarlyCcs::Closes => return Err(Stop::Refuse(Refusal::Fin)),
                    EarlyCcs::Accepted => {
                        // Keys of nothing protect what follows, and it was not protected with them.
                        self.channel.event()?;
                        return Err(AlertDescription::BAD_RECORD_MAC.into());
                    }
                },
                Event::Data(_) => return Err(AlertDescription::UNEXPECTED_MESSAGE.into()),
            }
        };
        let mut trap = None;
        let premaster = if choice.suite.key_exchange() == Some(KeyExchange::Rsa) {
            if let Some(refusal) = self.server.habits.no_rsa_key {
                return Err(Stop::Refuse(refusal));
            }
            match self.premaster(hello, &body) {
                Some(premaster) => premaster,
                None => {
                    match self.server.habits.oracle {
                        Oracle::None => {}
                        Oracle::AtOnce(refusal) => return Err(Stop::Refuse(refusal)),
                        Oracle::AfterFinished(refusal) => trap = Some(refusal),
                    }
                    random(48)
                }
            }
        } else {
            let public = Reader::new("client_key_exchange", &body).vec8().ok().map(<[u8]>::to_vec);
            let secret = public.and_then(|public| keys.agree(&public));
            secret.ok_or(AlertDescription::ILLEGAL_PARAMETER)?
        };
        let bound = said.has(ExtensionType::EXTENDED_MASTER_SECRET).then_some(transcript.as_slice());
        let master = master(&premaster, [&hello.random, &said.random], bound)?;
        Ok(Agreed { choice, master, randoms: [hello.random, said.random], transcript, trap })
    }

    /// Decrypts the premaster secret, or tells nothing when its padding or its version is wrong.
    fn premaster(&self, hello: &ClientHello, body: &[u8]) -> Option<Vec<u8>> {
        let encrypted = Reader::new("client_key_exchange", body).vec16().ok()?;
        let plain = self.identity.apply_private(encrypted);
        let (start, rest) = plain.split_first_chunk::<2>()?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        let secret = rest.get(end + 1..)?;
        let version = hello.legacy_version.0.to_be_bytes();
        let good =
            *start == [0, 2] && end >= LEAST_PADDING && secret.len() == 48 && secret.starts_with(&version);
        good.then(|| secret.to_vec())
    }

    /// Finishes a whole handshake: the client first.
    fn finish_after_client(&mut self, agreed: Agreed, ticket: Option<Ticket>) -> Result<(), Stop> {
        let Agreed { choice, master, randoms, mut transcript, trap } = agreed;
        let [client_random, server_random] = &randoms;
        let keys = directions(choice.suite, &master, [client_random, server_random])?;
        self.take_change()?;
        self.channel.read = Some(keys.client);
        let read = self.take_finished();
        if let Some(refusal) = trap {
            return Err(Stop::Refuse(refusal));
        }
        let message = read?;
        let client = finished(&master, b"client finished", &transcript)?;
        if message.get(HEADER..) != Some(&client) {
            return Err(AlertDescription::DECRYPT_ERROR.into());
        }
        transcript.extend(message);
        if let Some(ticket) = ticket {
            let message = ticket.message(self.server.habits.tickets.lifetime);
            self.channel.send(ContentType::HANDSHAKE, &message)?;
            transcript.extend(message);
        }
        let server = finished(&master, b"server finished", &transcript)?;
        self.channel.send(ContentType::CHANGE_CIPHER_SPEC, &[1])?;
        self.channel.write = Some(keys.server);
        self.channel.send(ContentType::HANDSHAKE, &write_message(HandshakeType::FINISHED, &server))?;
        self.verified = Some([client, server]);
        Ok(())
    }

    /// Goes on with a session of an earlier connection: the server finishes first (RFC 5077 section 3.1).
    fn resume(
        &mut self,
        hello: &ClientHello,
        mut said: ServerHello,
        mut choice: Choice,
        ticket: Ticket,
        mut transcript: Vec<u8>,
    ) -> Result<(), Stop> {
        choice.suite = ticket.suite;
        said.cipher_suite = ticket.suite;
        said.session_id = hello.session_id.clone();
        if self.server.habits.tickets.bleeds && !said.session_id.is_empty() {
            // What lay behind the shorter one in memory.
            said.session_id.extend(b"0123456789 memory of the server ");
            said.session_id.truncate(32);
        }
        if let Some(extensions) = &mut said.extensions {
            extensions.retain(|extension| extension.kind() != ExtensionType::SESSION_TICKET);
        }
        let message = write_message(HandshakeType::SERVER_HELLO, &said.encode());
        transcript.extend(&message);
        self.channel.send(ContentType::HANDSHAKE, &message)?;
        let keys = directions(choice.suite, &ticket.master, [&hello.random, &said.random])?;
        let server = finished(&ticket.master, b"server finished", &transcript)?;
        self.channel.send(ContentType::CHANGE_CIPHER_SPEC, &[1])?;
        self.channel.write = Some(keys.server);
        let message = write_message(HandshakeType::FINISHED, &server);
        self.channel.send(ContentType::HANDSHAKE, &message)?;
        transcript.extend(message);
        self.take_change()?;
        self.channel.read = Some(keys.client);
        let client = finished(&ticket.master, b"client finished", &transcript)?;
        if self.take_finished()?.get(HEADER..) != Some(&client) {
            return Err(AlertDescription::DECRYPT_ERROR.into());
        }
        self.verified = Some([client, server]);
        Ok(())
    }

    fn take_change(&mut self) -> Result<(), Stop> {
        match self.channel.event()? {
            Event::ChangeCipherSpec => Ok(()),
            _ => Err(AlertDescription::UNEXPECTED_MESSAGE.into()),
        }
    }

    fn take_finished(&mut self) -> Result<Vec<u8>, Stop> {
        match self.channel.event()? {
            Event::Message(HandshakeType::FINISHED, message) => Ok(message),
            _ => Err(AlertDescription::UNEXPECTED_MESSAGE.into()),
        }
    }

    /// Takes a hello inside TLS as the server's habits say.
    fn renegotiate(&mut self, message: &[u8]) -> Result<(), Stop> {
        let habit = self.server.habits.renegotiation;
        if self.renegotiated >= habit.accepts {
            return match habit.then {
                Unwilling::Warns => {
                    let warning = [AlertLevel::WARNING.0, AlertDescription::NO_RENEGOTIATION.0];
                    Ok(self.channel.send(ContentType::ALERT, &warning)?)
                }
                Unwilling::Ends(refusal) => Err(Stop::Refuse(refusal)),
                Unwilling::Ignores => Ok(()),
            };
        }
        self.renegotiated += 1;
        let hello = ClientHello::read(message.get(HEADER..).unwrap_or_default());
        let hello = hello.map_err(|_| AlertDescription::DECODE_ERROR)?;
        self.shake(&hello)
    }

    /// Ends the connection as it must end, and tells what is left to do.
    pub(super) fn stop(&mut self, stop: Stop) -> io::Result<End> {
        match stop {
            Stop::Io(error) => Err(error),
            Stop::Gone | Stop::Refuse(Refusal::Fin) => Ok(End::Leave),
            Stop::Refuse(Refusal::Rst) => Ok(End::Reset),
            Stop::Refuse(Refusal::Silence) => Ok(End::Hold),
            Stop::Refuse(Refusal::Alert(description)) => {
                self.channel.send(ContentType::ALERT, &[AlertLevel::FATAL.0, description.0])?;
                Ok(End::Leave)
            }
        }
    }

    /// Says goodbye.
    pub(super) fn close(&mut self) -> io::Result<End> {
        self.channel.send(ContentType::ALERT, &[AlertLevel::WARNING.0, AlertDescription::CLOSE_NOTIFY.0])?;
        Ok(End::Leave)
    }

    /// Returns why reading ended, if it was for more than an error of the socket.
    pub(super) fn take_stop(&mut self) -> Option<Stop> {
        self.stop.take()
    }
}

impl Read for Session<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.data.is_empty() {
            let taken = match self.channel.event() {
                Ok(Event::Data(data)) => {
                    self.data = data;
                    Ok(())
                }
                Ok(Event::Message(HandshakeType::CLIENT_HELLO, message)) => self.renegotiate(&message),
                Ok(_) => Err(AlertDescription::UNEXPECTED_MESSAGE.into()),
                Err(stop) => Err(stop),
            };
            match taken {
                Ok(()) => {}
                Err(Stop::Gone) => return Ok(0),
                Err(stop) => {
                    self.stop = Some(stop);
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
        }
        let count = buffer.len().min(self.data.len());
        for (to, from) in buffer.iter_mut().zip(self.data.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

impl Write for Session<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.channel.send(ContentType::APPLICATION_DATA, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.channel.flush()
    }
}

/// The least bytes of padding in a premaster secret's block (RFC 8017 section 7.2.1).
const LEAST_PADDING: usize = 8;
