//! What the ward's servers say, as tables: Postfix and Dovecot in their own words, up to the login.

use std::io;

use Phase::{Plain, Secret};
use Then::{Close, Listen, Upgrade};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// A server's side of a protocol.
#[derive(Debug)]
pub(super) struct Dialogue {
    /// Whether each command bears a tag before its word.
    tagged: bool,
    rows: &'static [Row],
    otherwise: &'static str,
}

/// An answer. In it, `{host}` is the server's name, `{tag}` the command's tag, and lines end in `\n`.
#[derive(Debug)]
struct Row {
    phase: Phase,
    /// The command's word; empty for the greeting.
    hears: &'static str,
    says: &'static str,
    then: Then,
}

/// Whether TLS protects the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not yet.
    Plain,
    /// It does.
    Secret,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Listen,
    Upgrade,
    Close,
}

/// How a dialogue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// The client asked for TLS and has the go-ahead.
    Upgrade,
    /// Nothing is left to say.
    Close,
}

impl Dialogue {
    /// Returns what is said when a client connects.
    pub(super) fn greeting(&self, phase: Phase, host: &str) -> String {
        self.row(phase, "").map_or_else(String::new, |row| fill(row.says, host, ""))
    }

    /// Answers a client's commands until one ends the phase.
    pub(super) async fn hold<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        phase: Phase,
        host: &str,
    ) -> io::Result<Parting> {
        for _ in 0..MOST_COMMANDS {
            let mut line = Vec::new();
            (&mut *stream).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
            if line.last() != Some(&b'\n') {
                return Ok(Parting::Close);
            }
            let line = String::from_utf8_lossy(&line);
            let mut words = line.split_whitespace();
            let tag = if self.tagged { words.next().unwrap_or_default() } else { "" };
            let word = words.next().unwrap_or_default();
            let row = self.row(phase, word).filter(|_| !word.is_empty());
            let says = row.map_or(self.otherwise, |row| row.says);
            stream.write_all(fill(says, host, tag).as_bytes()).await?;
            stream.flush().await?;
            match row.map_or(Then::Listen, |row| row.then) {
                Then::Listen => {}
                Then::Upgrade => return Ok(Parting::Upgrade),
                Then::Close => return Ok(Parting::Close),
            }
        }
        Ok(Parting::Close)
    }

    fn row(&self, phase: Phase, word: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.phase == phase && row.hears.eq_ignore_ascii_case(word))
    }
}

fn fill(says: &str, host: &str, tag: &str) -> String {
    let text = says.replace("{host}", host).replace('\n', "\r\n").replace("{tag}", tag);
    text + "\r\n"
}

const fn row(phase: Phase, hears: &'static str, says: &'static str, then: Then) -> Row {
    Row { phase, hears, says, then }
}

/// Postfix on port 25.
pub(super) static SMTP: Dialogue = Dialogue {
    tagged: false,
    rows: &[
        row(Plain, "", POSTFIX, Listen),
        row(
            Plain,
            "EHLO",
            "250-{host}\n250-PIPELINING\n250-SIZE 52428800\n250-STARTTLS\n250-ENHANCEDSTATUSCODES\n\
             250-8BITMIME\n250-DSN\n250 CHUNKING",
            Listen,
        ),
        row(Plain, "HELO", "250 {host}", Listen),
        row(Plain, "STARTTLS", "220 2.0.0 Ready to start TLS", Upgrade),
        row(Plain, "QUIT", BYE, Close),
        row(
            Secret,
            "EHLO",
            "250-{host}\n250-PIPELINING\n250-SIZE 52428800\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n\
             250 CHUNKING",
            Listen,
        ),
        row(Secret, "HELO", "250 {host}", Listen),
        row(Secret, "QUIT", BYE, Close),
    ],
    otherwise: UNKNOWN,
};

/// Postfix on the ports of submission: a login is announced inside TLS.
pub(super) static SUBMISSION: Dialogue = Dialogue {
    tagged: false,
    rows: &[
        row(Plain, "", POSTFIX, Listen),
        row(
            Plain,
            "EHLO",
            "250-{host}\n250-PIPELINING\n250-SIZE 52428800\n250-STARTTLS\n250-ENHANCEDSTATUSCODES\n\
             250-8BITMIME\n250-DSN\n250 CHUNKING",
            Listen,
        ),
        row(Plain, "STARTTLS", "220 2.0.0 Ready to start TLS", Upgrade),
        row(Plain, "QUIT", BYE, Close),
        row(Secret, "", POSTFIX, Listen),
        row(
            Secret,
            "EHLO",
            "250-{host}\n250-PIPELINING\n250-SIZE 52428800\n250-AUTH PLAIN LOGIN\n250-ENHANCEDSTATUSCODES\n\
             250-8BITMIME\n250-DSN\n250 CHUNKING",
            Listen,
        ),
        row(Secret, "QUIT", BYE, Close),
    ],
    otherwise: UNKNOWN,
};

/// Postfix behind a firewall that "inspects" SMTP, as Cisco's do: STARTTLS is overwritten both ways.
pub(super) static INSPECTED_SMTP: Dialogue = Dialogue {
    tagged: false,
    rows: &[
        row(Plain, "", POSTFIX, Listen),
        row(
            Plain,
            "EHLO",
            "250-{host}\n250-PIPELINING\n250-SIZE 52428800\n250-XXXXXXXA\n250-ENHANCEDSTATUSCODES\n\
             250 8BITMIME",
            Listen,
        ),
        row(Plain, "HELO", "250 {host}", Listen),
        row(Plain, "QUIT", BYE, Close),
    ],
    otherwise: UNKNOWN,
};

/// Dovecot's IMAP.
pub(super) static IMAP: Dialogue = Dialogue {
    tagged: true,
    rows: &[
        row(
            Plain,
            "",
            "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS \
             LOGINDISABLED] Dovecot ready.",
            Listen,
        ),
        row(
            Plain,
            "CAPABILITY",
            "* CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED\n\
             {tag} OK Pre-login capabilities listed, post-login capabilities have more.",
            Listen,
        ),
        row(Plain, "STARTTLS", "{tag} OK Begin TLS negotiation now.", Upgrade),
        row(Plain, "LOGOUT", LOGOUT, Close),
        row(
            Secret,
            "",
            "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN \
             AUTH=LOGIN] Dovecot ready.",
            Listen,
        ),
        row(
            Secret,
            "CAPABILITY",
            "* CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN\n\
             {tag} OK Pre-login capabilities listed, post-login capabilities have more.",
            Listen,
        ),
        row(Secret, "LOGOUT", LOGOUT, Close),
    ],
    otherwise: "{tag} BAD Error in IMAP command received by server.",
};

/// Dovecot's POP3.
pub(super) static POP3: Dialogue = Dialogue {
    tagged: false,
    rows: &[
        row(Plain, "", "+OK Dovecot ready.", Listen),
        row(
            Plain,
            "CAPA",
            "+OK\nCAPA\nTOP\nUIDL\nRESP-CODES\nPIPELINING\nAUTH-RESP-CODE\nSTLS\nSASL\n.",
            Listen,
        ),
        row(Plain, "STLS", "+OK Begin TLS negotiation now.", Upgrade),
        row(Plain, "QUIT", "+OK Logging out", Close),
        row(Secret, "", "+OK Dovecot ready.", Listen),
        row(
            Secret,
            "CAPA",
            "+OK\nCAPA\nTOP\nUIDL\nRESP-CODES\nPIPELINING\nAUTH-RESP-CODE\nUSER\nSASL PLAIN LOGIN\n.",
            Listen,
        ),
        row(Secret, "QUIT", "+OK Logging out", Close),
    ],
    otherwise: "-ERR Unknown command.",
};

const POSTFIX: &str = "220 {host} ESMTP Postfix";
const BYE: &str = "221 2.0.0 Bye";
const UNKNOWN: &str = "502 5.5.2 Error: command not recognized";
const LOGOUT: &str = "* BYE Logging out\n{tag} OK Logout completed.";

/// Far more than an examination needs.
const MOST_COMMANDS: usize = 64;

/// RFC 5321 §4.5.3.1.4 allows 512 bytes; IMAP's commands before a login are short as well.
const LONGEST_LINE: u64 = 1_024;
