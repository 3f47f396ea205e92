//! The mail dialogues up to the TLS upgrade and after it, as tables over one driver, [`Talk`].
//!
//! No sockets: [`Talk::step`] says what to do, [`Talk::feed`] takes whatever came, in any chunking.
//! Nothing is pipelined, nothing is said before the greeting, and each command waits for its reply.

mod imap;
mod lines;
mod lmtp;
mod pop3;
mod replay;
mod sieve;
mod smtp;
mod sniff;
mod talk;
mod transcript;

#[cfg(test)]
mod tests;

use std::fmt;

pub use replay::replay;
pub use sniff::{Spoken, sniff};
pub use talk::{MAX_FED, MAX_REPLY, Step, Talk};
pub use transcript::{Exchange, Outcome, Record, Reply};

/// A mail protocol that can begin in clear text and be upgraded to TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// Mail transfer, RFC 5321 and RFC 3207.
    Smtp,
    /// Message submission, RFC 6409: SMTP's words on another port.
    Submission,
    /// Local delivery, RFC 2033.
    Lmtp,
    /// Mail access, RFC 9051 and RFC 3501.
    Imap,
    /// Mail access, RFC 1939 and RFC 2595.
    Pop3,
    /// Management of Sieve scripts, RFC 5804.
    Sieve,
}

impl Protocol {
    /// Every protocol, in the order of the type.
    pub const ALL: [Protocol; 6] = [
        Protocol::Smtp,
        Protocol::Submission,
        Protocol::Lmtp,
        Protocol::Imap,
        Protocol::Pop3,
        Protocol::Sieve,
    ];

    /// The protocol's lower-case name, as in a target's URL.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Smtp => "smtp",
            Protocol::Submission => "submission",
            Protocol::Lmtp => "lmtp",
            Protocol::Imap => "imap",
            Protocol::Pop3 => "pop3",
            Protocol::Sieve => "sieve",
        }
    }

    /// The protocol of this lower-case name.
    pub fn from_name(name: &str) -> Option<Protocol> {
        Protocol::ALL.into_iter().find(|protocol| protocol.name() == name)
    }

    /// The word that announces the upgrade among the server's capabilities.
    pub fn upgrade_keyword(self) -> &'static str {
        self.dialogue().keyword()
    }

    fn dialogue(self) -> &'static dyn Dialogue {
        match self {
            Protocol::Smtp | Protocol::Submission => &smtp::Smtp,
            Protocol::Lmtp => &lmtp::Lmtp,
            Protocol::Imap => &imap::Imap,
            Protocol::Pop3 => &pop3::Pop3,
            Protocol::Sieve => &sieve::Sieve,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a dialogue is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// Up to the server's go-ahead for TLS.
    StartTls,
    /// The same on a server that is known to announce the upgrade: it is asked for right after the greeting, which
    /// saves a round trip. Where that is refused, the dialogue goes on as if nothing had been asked.
    AtOnce,
    /// Greeting and capabilities only: inside TLS from the start, or a look at the plain service.
    Greet,
    /// Up to the go-ahead, with one more, harmless command in the same breath as the request for TLS; then,
    /// inside TLS, a farewell, and whatever comes until the server leaves: an answer to that command shows
    /// that a server carries out inside TLS what came in clear text (CVE-2011-0411).
    Inject,
}

/// The place in a dialogue that a command or a reply belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// The server's first words.
    Greeting,
    /// EHLO or LHLO.
    Hello,
    /// HELO, after EHLO was refused (RFC 5321 §4.1.4).
    HelloOld,
    /// The question for capabilities where it is a command of its own.
    Capabilities,
    /// The command that asks for TLS.
    StartTls,
    /// The capabilities again, inside TLS after the upgrade.
    AfterTls,
    /// QUIT or LOGOUT.
    Quit,
    /// QUIT or LOGOUT as the first word inside TLS, after a command was sent in clear text
    /// ([`Goal::Inject`]): the reply is everything that came.
    AfterInjection,
}

impl Stage {
    /// The stage in kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Greeting => "greeting",
            Stage::Hello => "hello",
            Stage::HelloOld => "hello-old",
            Stage::Capabilities => "capabilities",
            Stage::StartTls => "starttls",
            Stage::AfterTls => "after-tls",
            Stage::Quit => "quit",
            Stage::AfterInjection => "after-injection",
        }
    }

    fn lists(self) -> bool {
        matches!(self, Stage::Greeting | Stage::Hello | Stage::Capabilities | Stage::AfterTls)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a reply means, one class for each status that somebody may ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 2xx, OK or +OK.
    Ok,
    /// IMAP's PREAUTH greeting: logged in already, so STARTTLS is impossible (RFC 9051 §7.1.4).
    PreAuth,
    /// SMTP's 4xx, with its code.
    Temporary(u16),
    /// SMTP's 5xx, with its code.
    Permanent(u16),
    /// IMAP's and ManageSieve's NO, POP3's -ERR.
    Negative,
    /// IMAP's BAD.
    Bad,
    /// IMAP's and ManageSieve's BYE: the server closes the connection.
    Bye,
    /// No reply of this protocol.
    Garbage(Flaw),
    /// TLS records, not text.
    Tls,
    /// The beginning of a reply whose rest never came.
    Incomplete,
}

impl Class {
    /// Whether the connection is of no more use for commands.
    pub fn closes(self) -> bool {
        matches!(
            self,
            Class::Temporary(421) | Class::Bye | Class::Garbage(_) | Class::Tls | Class::Incomplete
        )
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Class::Ok => f.write_str("ok"),
            Class::PreAuth => f.write_str("PREAUTH"),
            Class::Temporary(code) | Class::Permanent(code) => write!(f, "{code}"),
            Class::Negative => f.write_str("refusal"),
            Class::Bad => f.write_str("BAD"),
            Class::Bye => f.write_str("BYE"),
            Class::Garbage(flaw) => write!(f, "{flaw}"),
            Class::Tls => f.write_str("TLS records"),
            Class::Incomplete => f.write_str("incomplete reply"),
        }
    }
}

/// Why bytes are no valid reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// A line without a status of this protocol.
    NoStatus,
    /// A status that has no meaning at this place, such as 1xx and 3xx.
    UnexpectedStatus,
    /// A NUL byte in the greeting.
    Nul,
    /// A reply longer than [`MAX_REPLY`] bytes.
    TooLong,
    /// A literal that is too long, or too many of them in one line.
    Literal,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flaw::NoStatus => "line without a status",
            Flaw::UnexpectedStatus => "status that means nothing here",
            Flaw::Nul => "NUL byte",
            Flaw::TooLong => "reply longer than 64 KiB",
            Flaw::Literal => "literal too long, or too many literals",
        })
    }
}

/// How a connection ended, as told by whoever holds the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The peer closed in order.
    Eof,
    /// The peer or something between reset the connection.
    Reset,
    /// Nothing more came in time.
    TimedOut,
}

/// One step of a dialogue: a reply of this kind at this stage leads there.
///
/// The first row that fits counts. A reply that no row expects ends the dialogue.
struct Row {
    at: Stage,
    on: On,
    then: Then,
}

/// What a row waits for.
#[derive(Clone, Copy)]
enum On {
    /// A positive reply.
    Ok,
    /// A positive reply, and capabilities are known by now.
    Listed,
    /// A positive reply, and the upgrade is announced by now.
    Offers,
    /// A positive reply, and the upgrade is to be asked for at once ([`Goal::AtOnce`]).
    Known,
    /// A refusal of what was asked for at once.
    TooEarly,
    /// [`Class::PreAuth`].
    PreAuth,
    /// A negative reply that leaves the connection open and will not change by waiting.
    Refused,
    /// No reply: TLS is up.
    Upgraded,
    /// No reply: TLS is up, and a command was sent in clear text behind the request for it.
    Injected,
    /// No reply: the caller wants to leave.
    Leaving,
}

/// What a row leads to. In lines to send, `{name}` is the client's name and `{tag}` a fresh tag.
#[derive(Clone, Copy)]
enum Then {
    /// Send the line and await its reply at the stage.
    Send(&'static str, Stage),
    /// Send nothing and await what the server says by itself.
    Hear(Stage),
    /// Everything that the server announces is known: ask for TLS with the line, if TLS is the goal.
    Upgrade(&'static str),
    /// TLS may begin.
    GoAhead,
    /// Nothing is left but to leave.
    Ready,
}

/// What one protocol knows: how its replies are framed, and its table.
trait Dialogue: Sync {
    /// The capability that announces the upgrade.
    fn keyword(&self) -> &'static str;

    /// The rows, fallbacks included.
    fn table(&self) -> &'static [Row];

    /// Judges the first logical line of `buf`, literals included.
    fn line(&self, place: &Place<'_>, buf: &[u8]) -> Line;

    /// The capabilities in a whole positive reply; `None` if it lists none.
    fn capabilities(&self, at: Stage, reply: &[u8]) -> Option<Vec<String>>;

    /// What [`sniff`] calls this protocol.
    fn spoken(&self) -> Spoken;

    /// The command for [`Goal::Inject`]: it changes nothing, and its positive answer can be no other's.
    fn injection(&self) -> &'static str;

    /// Looks for that answer in what came inside TLS, where nothing but a farewell was said.
    fn fate(&self, heard: &Heard<'_>) -> Option<Told>;
}

/// What came inside TLS after [`Goal::Inject`].
struct Heard<'a> {
    bytes: &'a [u8],
    /// Nothing will follow.
    ended: bool,
    /// The tag of the command that was sent in clear text.
    injected: &'a str,
    /// The tag of the farewell.
    own: &'a str,
}

/// What became of the injected command, and how many bytes told it.
struct Told {
    len: usize,
    fate: Fate,
}

/// What became of a command that was sent in clear text behind the request for TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// It was carried out inside TLS: its answer.
    CarriedOut(String),
    /// The farewell was answered, and nothing else was.
    Dropped,
    /// Something was refused that nobody had asked for inside TLS.
    Refused(Class),
    /// A positive reply came that may be the answer to either.
    Unclear,
    /// What came is no reply.
    Garbage(Flaw),
}

impl Heard<'_> {
    /// The whole lines without their ends, each with the bytes up to its end.
    fn lines(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (line, len) = lines::split_line(self.bytes.get(at..)?)?;
            at += len;
            Some((line, at))
        })
    }

    /// A fate that everything together tells, once nothing will follow.
    fn at_end(&self, fate: Fate) -> Option<Told> {
        self.ended.then_some(Told { len: self.bytes.len(), fate })
    }
}

/// Where in the dialogue a line stands.
struct Place<'a> {
    at: Stage,
    /// The line is its reply's first.
    first: bool,
    /// The tag of the command that awaits its reply.
    tag: &'a str,
}

/// The verdict on a line and its length with the line end.
enum Line {
    /// Not whole yet.
    More,
    /// The reply goes on after it.
    Inner(usize),
    /// The reply's last.
    Last(usize, Class),
}
