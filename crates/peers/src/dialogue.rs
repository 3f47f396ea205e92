//! The mail protocols from the server's side, as far as an examination goes: capabilities, the upgrade to TLS, goodbye.

use std::io::{self, Read, Write};

/// A mail protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialogue {
    /// SMTP between servers.
    Smtp,
    /// SMTP for users, who may log in inside TLS.
    Submission,
    /// LMTP.
    Lmtp,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// ManageSieve.
    Sieve,
}

/// How a dialogue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    /// The client asked for TLS and has the go-ahead.
    Upgrade,
    /// The client said goodbye or went.
    Close,
}

impl Dialogue {
    /// Returns what is said to a client that connects.
    pub(crate) fn greeting(self, secret: bool) -> String {
        match self {
            Self::Smtp | Self::Submission => format!("220 {HOST} ESMTP\r\n"),
            Self::Lmtp => format!("220 {HOST} LMTP\r\n"),
            Self::Imap => format!("* OK [CAPABILITY {}] ready\r\n", imap(secret)),
            Self::Pop3 => "+OK ready\r\n".to_owned(),
            Self::Sieve => sieve(secret),
        }
    }

    /// Returns what a server says that serves no more, in greeting's stead.
    pub(crate) fn rejection(self) -> &'static str {
        match self {
            Self::Smtp | Self::Submission | Self::Lmtp => "421 4.7.0 mail.example Too many connections\r\n",
            Self::Imap => "* BYE Too many connections\r\n",
            Self::Pop3 => "-ERR Too many connections\r\n",
            Self::Sieve => "BYE \"Too many connections\"\r\n",
        }
    }

    /// Answers commands until the client asks for TLS or goes.
    pub(crate) fn hold(self, stream: &mut (impl Read + Write), secret: bool) -> io::Result<Parting> {
        for _ in 0..MOST_COMMANDS {
            let Some(line) = read_line(stream)? else { return Ok(Parting::Close) };
            let mut words = line.split_ascii_whitespace();
            let tag = if self == Self::Imap { words.next().unwrap_or_default() } else { "" };
            let word = words.next().unwrap_or_default().to_ascii_uppercase();
            let (reply, parting) = self.reply(&word, tag, secret);
            stream.write_all(reply.as_bytes())?;
            stream.flush()?;
            if let Some(parting) = parting {
                return Ok(parting);
            }
        }
        Ok(Parting::Close)
    }

    fn reply(self, word: &str, tag: &str, secret: bool) -> (String, Option<Parting>) {
        let smtp = matches!(self, Self::Smtp | Self::Submission | Self::Lmtp);
        match word {
            "EHLO" | "LHLO" if smtp => (self.ehlo(secret), None),
            "STARTTLS" if smtp && !secret => ("220 2.0.0 Go ahead\r\n".to_owned(), Some(Parting::Upgrade)),
            "QUIT" if smtp => ("221 2.0.0 Bye\r\n".to_owned(), Some(Parting::Close)),
            _ if smtp => ("502 5.5.2 Unknown command\r\n".to_owned(), None),
            "CAPABILITY" if self == Self::Imap => {
                (format!("* CAPABILITY {}\r\n{tag} OK done\r\n", imap(secret)), None)
            }
            "STARTTLS" if self == Self::Imap && !secret => {
                (format!("{tag} OK go ahead\r\n"), Some(Parting::Upgrade))
            }
            "LOGOUT" if self == Self::Imap => {
                (format!("* BYE bye\r\n{tag} OK done\r\n"), Some(Parting::Close))
            }
            _ if self == Self::Imap => (format!("{tag} BAD unknown command\r\n"), None),
            "CAPA" if self == Self::Pop3 => {
                let more = if secret { "SASL PLAIN\r\n" } else { "STLS\r\n" };
                (format!("+OK\r\nUIDL\r\n{more}.\r\n"), None)
            }
            "STLS" if self == Self::Pop3 && !secret => {
                ("+OK go ahead\r\n".to_owned(), Some(Parting::Upgrade))
            }
            "QUIT" if self == Self::Pop3 => ("+OK bye\r\n".to_owned(), Some(Parting::Close)),
            _ if self == Self::Pop3 => ("-ERR unknown command\r\n".to_owned(), None),
            "CAPABILITY" => (sieve(secret), None),
            "STARTTLS" if !secret => ("OK \"Go ahead\"\r\n".to_owned(), Some(Parting::Upgrade)),
            "LOGOUT" => ("OK \"Bye\"\r\n".to_owned(), Some(Parting::Close)),
            _ => ("NO \"Unknown command\"\r\n".to_owned(), None),
        }
    }

    fn ehlo(self, secret: bool) -> String {
        let more = match (secret, self) {
            (false, _) => "250-STARTTLS\r\n",
            (true, Self::Submission) => "250-AUTH PLAIN\r\n",
            (true, _) => "",
        };
        format!("250-{HOST}\r\n250-PIPELINING\r\n{more}250 8BITMIME\r\n")
    }

    /// Tells whether the server speaks first after an upgrade too (RFC 5804 section 2.2).
    pub(crate) fn greets_after_upgrade(self) -> bool {
        self == Self::Sieve
    }
}

fn imap(secret: bool) -> &'static str {
    if secret { "IMAP4rev1 AUTH=PLAIN" } else { "IMAP4rev1 STARTTLS LOGINDISABLED" }
}

fn sieve(secret: bool) -> String {
    let more = if secret { "\"SASL\" \"PLAIN\"\r\n" } else { "\"SASL\" \"\"\r\n\"STARTTLS\"\r\n" };
    format!(
        "\"IMPLEMENTATION\" \"peer\"\r\n\"SIEVE\" \"fileinto\"\r\n{more}\"VERSION\" \"1.0\"\r\nOK \"ready\"\r\n"
    )
}

/// Reads a line, byte by byte so that what follows an upgrade stays in the socket; `None` at the end.
fn read_line(stream: &mut impl Read) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LONGEST_LINE {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        if byte == *b"\n" {
            return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
        }
        line.extend(byte);
    }
    Err(io::ErrorKind::InvalidData.into())
}

const HOST: &str = "mail.example";
const MOST_COMMANDS: usize = 64;
const LONGEST_LINE: usize = 1_024;
