//! What a server does after its first flight; and the part of it that needs no keys.

use std::io::{self, Write};
use std::net::TcpStream;

use mailmedic_wire::alert::Alert;
use mailmedic_wire::names::{AlertDescription, AlertLevel, ContentType, ProtocolVersion};
use mailmedic_wire::record;

use crate::personality::Refusal;
use crate::records;

/// How a server behaves after its first flight. The default is sane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// Heartbeats (RFC 6520), which vulnerable servers answered before a handshake was complete too.
    pub heartbeat: Heartbeat,
    /// A ChangeCipherSpec before the keys are agreed (CVE-2014-0224).
    pub early_ccs: EarlyCcs,
    /// A premaster secret with wrong padding.
    pub oracle: Oracle,
    /// How it breaks off where the secret is encrypted to its RSA key, though it chose such a suite, if it does.
    pub no_rsa_key: Option<Refusal>,
    /// Records of CBC suites with wrong padding or MAC.
    pub cbc: Cbc,
    /// Handshakes that the client begins inside TLS.
    pub renegotiation: Renegotiation,
    /// Session tickets, where the personality announces them.
    pub tickets: Tickets,
}

/// What a premaster secret with wrong PKCS #1 padding leads to (ROBOT, RFC 5246 section 7.4.7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Oracle {
    /// To what a wrong Finished leads to: `bad_record_mac` after it.
    #[default]
    None,
    /// To this, at once.
    AtOnce(Refusal),
    /// To this, but only after the client's Finished.
    AfterFinished(Refusal),
}

/// How wrong records of CBC suites are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cbc {
    /// All with `bad_record_mac`.
    #[default]
    Sane,
    /// Wrong padding with `decryption_failed`, a wrong MAC with `bad_record_mac` (Vaudenay's oracle).
    TellsPadding,
    /// The bytes of the padding are not looked at (POODLE on TLS).
    IgnoresPadding,
    /// The MAC is not looked at.
    IgnoresMac,
}

/// Whether a client may begin another handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Renegotiation {
    /// How many times it may.
    pub accepts: usize,
    /// What follows when it tries once more.
    pub then: Unwilling,
}

/// How a handshake that is not wanted is turned down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unwilling {
    /// With a warning, `no_renegotiation`; the connection goes on.
    #[default]
    Warns,
    /// By the end of the connection.
    Ends(Refusal),
    /// With nothing; the connection goes on.
    Ignores,
}

/// How session tickets are made and taken (RFC 5077).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tickets {
    /// The lifetime that is announced, in seconds; 0 says nothing about it.
    pub lifetime: u32,
    /// Whether a ticket is taken under another server name too.
    pub any_name: bool,
    /// Whether the session id comes back at full length, filled up with memory (Ticketbleed, CVE-2016-9244).
    pub bleeds: bool,
}

/// How heartbeats are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Heartbeat {
    /// The server does not know them: `unexpected_message`.
    #[default]
    Unknown,
    /// Honest ones are answered, those that claim more than they bring are dropped.
    Careful,
    /// All are answered, with as many bytes as they claim (CVE-2014-0160).
    Bleeds,
    /// Nothing is answered and nothing breaks.
    Deaf,
}

/// How an early ChangeCipherSpec is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EarlyCcs {
    /// With `unexpected_message`.
    #[default]
    Refused,
    /// The server closes without a word.
    Closes,
    /// It goes on, and then cannot decrypt what comes: `bad_record_mac`.
    Accepted,
}

/// Takes what a client sends until it goes, or sends what only a server with keys can read.
pub(crate) fn follow(habits: &Habits, stream: &mut TcpStream, version: ProtocolVersion) -> io::Result<()> {
    let version = version.min(ProtocolVersion::TLSv1_2);
    let mut accepted = false;
    loop {
        let (content, fragment) = records::next(stream)?;
        let refusal = match content {
            ContentType::ALERT => return Ok(()),
            _ if accepted => AlertDescription::BAD_RECORD_MAC,
            ContentType::HEARTBEAT => match heartbeat(habits.heartbeat, &fragment) {
                Ok(reply) => {
                    if let Some(reply) = reply {
                        stream.write_all(&record::write(ContentType::HEARTBEAT, version, &reply))?;
                    }
                    continue;
                }
                Err(refusal) => refusal,
            },
            ContentType::CHANGE_CIPHER_SPEC => match habits.early_ccs {
                EarlyCcs::Refused => AlertDescription::UNEXPECTED_MESSAGE,
                EarlyCcs::Closes => return Ok(()),
                EarlyCcs::Accepted => {
                    accepted = true;
                    continue;
                }
            },
            // A key exchange with a key that nobody knows.
            ContentType::HANDSHAKE => AlertDescription::DECRYPT_ERROR,
            _ => AlertDescription::UNEXPECTED_MESSAGE,
        };
        let alert = Alert { level: AlertLevel::FATAL, description: refusal };
        return stream.write_all(&alert.encode_record(version));
    }
}

/// Returns the answer to a heartbeat, if it gets one.
pub(crate) fn heartbeat(habit: Heartbeat, request: &[u8]) -> Result<Option<Vec<u8>>, AlertDescription> {
    if habit == Heartbeat::Unknown {
        return Err(AlertDescription::UNEXPECTED_MESSAGE);
    }
    let Some((&[kind, high, low], payload)) = request.split_first_chunk() else { return Ok(None) };
    let claimed = usize::from(u16::from_be_bytes([high, low]));
    let honest = claimed + PADDING <= payload.len();
    let answers = match habit {
        Heartbeat::Bleeds => true,
        Heartbeat::Careful => honest,
        Heartbeat::Unknown | Heartbeat::Deaf => false,
    };
    if kind != REQUEST || !answers {
        return Ok(None);
    }
    let mut reply = vec![RESPONSE, high, low];
    // What lay behind the request in memory.
    let memory = payload.iter().copied().chain(b"Cookie: secret; ".iter().copied().cycle());
    reply.extend(memory.take(claimed));
    reply.extend([0; PADDING]);
    Ok(Some(reply))
}

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
/// The least padding of a heartbeat (RFC 6520 section 4).
const PADDING: usize = 16;
