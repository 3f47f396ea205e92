//! What one connection is to do; made by the planner, done by the prober.

use mailmedic_wire::names::cipher_suite::{Cipher, KeyExchange, Mac, Mode};
use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use crate::bytes::Bytes;
use crate::endpoint::Security;
use crate::observation::{Ask, Trick};

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What it is to find out.
    pub ask: Ask,
    /// The mode to speak.
    pub security: Security,
    /// The handshake.
    pub hello: Hello,
}

impl Job {
    /// Returns whether the question is put before TLS already, so that it needs a connection of its own from the
    /// first word on.
    pub fn begins_before_tls(&self) -> bool {
        self.ask == Ask::Try(Trick::Injection)
    }

    /// Returns whether it is a trick that rides on a question of the listing.
    pub fn rides(&self) -> bool {
        self.riders_offer().is_some()
    }

    /// Returns what a trick that rides on a question of the listing offers; none for other jobs.
    pub fn riders_offer(&self) -> Option<&Offer> {
        match &self.hello {
            Hello::Try(attempt) if attempt.rides => Some(&attempt.offer),
            _ => None,
        }
    }

    /// Returns whether the hello is the whole question, so that our side can end with it.
    pub fn ends_with_hello(&self) -> bool {
        match &self.hello {
            Hello::Flight(offer) => offer.stop != Stop::Finished && matches!(self.ask, Ask::List(_)),
            Hello::Try(attempt) => matches!(
                attempt.trick,
                Trick::FallbackScsv | Trick::Grease | Trick::Odd(_) | Trick::Ticketbleed
            ),
            Hello::Complete { .. } | Hello::Ssl2 => false,
        }
    }

    /// Returns whether the question ends with a move that a sound server answers, so that our side can end with it; and if so, whether it
    /// is made once a handshake stands, or is its end.
    pub fn ends_with_move(&self) -> Option<bool> {
        match &self.hello {
            Hello::Flight(offer) => (offer.stop == Stop::Finished).then_some(true),
            Hello::Ssl2 => Some(false),
            Hello::Complete { .. } => None,
            Hello::Try(attempt) => match attempt.trick {
                Trick::Renegotiation | Trick::Padding(_) => Some(true),
                Trick::Heartbleed | Trick::EarlyChangeCipherSpec | Trick::Robot(..) => Some(false),
                _ => None,
            },
        }
    }
}

/// The kind of handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hello {
    /// A handshake of TLS 1.2 or 1.3 that is completed; then the capabilities are asked again and the
    /// dialogue is ended politely.
    Complete {
        /// The server name to send.
        server_name: Option<String>,
        /// Signature schemes to offer; empty offers all, also weak ones.
        signature_schemes: Vec<SignatureScheme>,
        /// Which of the library's suites and groups to offer, where it is a hello of the listing of TLS 1.3; all of both otherwise.
        only: Option<Narrowed>,
    },
    /// Our own hello; the answer is read up to `stop`, then the connection is left.
    Flight(Offer),
    /// An SSL 2 CLIENT-HELLO with every cipher kind.
    Ssl2,
    /// Something that no honest client does.
    Try(Attempt),
}

/// What a complete handshake of TLS 1.3 offers where it must not offer all: some of [`LIBRARY_SUITES`] and [`LIBRARY_GROUPS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    /// Cipher suites.
    pub suites: Vec<CipherSuite>,
    /// Groups.
    pub groups: Vec<NamedGroup>,
}

/// The suites of TLS 1.3 with which the library can complete a handshake.
pub const LIBRARY_SUITES: [CipherSuite; 3] = [CipherSuite(0x1302), CipherSuite(0x1301), CipherSuite(0x1303)];

/// The groups with which the library can complete a handshake.
pub const LIBRARY_GROUPS: [NamedGroup; 4] =
    [NamedGroup::X25519MLKEM768, NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1];

/// A trick, and the hello that it begins with: what the server is known to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The trick.
    pub trick: Trick,
    /// The hello.
    pub offer: Offer,
    /// The session ticket to show, where the trick needs one.
    pub ticket: Option<Bytes>,
    /// Whether it rides on a question of the listing: suites of which it is not known yet whether they are taken stand before those
    /// that are known to be, and the server's choice counts.
    pub rides: bool,
}

impl Attempt {
    /// Makes a trick that needs nothing beside its hello.
    pub fn new(trick: Trick, offer: Offer) -> Self {
        Self { trick, offer, ticket: None, rides: false }
    }
}

/// Tells whether a handshake of TLS 1.2 with this suite can be completed by our own client: with fresh elliptic curves or
/// RSA, and AES or ChaCha20.
pub fn is_completable(suite: CipherSuite) -> bool {
    let exchange = matches!(suite.key_exchange(), Some(KeyExchange::Ecdhe | KeyExchange::Rsa));
    let protected = match (suite.encryption(), suite.mac()) {
        (Some(encryption), Some(mac)) => match (encryption.cipher, encryption.mode) {
            (Cipher::Aes, Mode::Cbc) => matches!(mac, Mac::Sha1 | Mac::Sha256 | Mac::Sha384),
            (Cipher::Aes, Mode::Gcm) | (Cipher::ChaCha20, Mode::Poly1305) => true,
            _ => false,
        },
        _ => false,
    };
    exchange && protected
}

/// The groups with which such a handshake can be completed.
pub const COMPLETABLE_GROUPS: [NamedGroup; 4] =
    [NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1, NamedGroup::SECP521R1];

/// What our own hello offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The newest version.
    pub version: ProtocolVersion,
    /// Cipher suites in order of preference.
    pub suites: Vec<CipherSuite>,
    /// Groups in order of preference; TLS 1.3 key shares are left empty so that the server names its choice.
    pub groups: Vec<NamedGroup>,
    /// Signature schemes (TLS 1.2 and later).
    pub signature_schemes: Vec<SignatureScheme>,
    /// The server name to send.
    pub server_name: Option<String>,
    /// Where the answer has told enough.
    pub stop: Stop,
    /// Whether to offer, before TLS 1.3, what is of no use here but for its answer: heartbeats, session tickets.
    pub curious: bool,
}

/// Where a server's first flight has told enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// After the ServerHello.
    ServerHello,
    /// After the key exchange, or the end of the flight if there is none.
    KeyExchange,
    /// After the server's Finished message: a handshake of TLS 1.2 is completed, see [`is_completable`].
    Finished,
}
