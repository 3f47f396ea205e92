//! Which protocol the first bytes of a server belong to.

use std::fmt;

use super::lines::starts_with_word;

/// A protocol as recognised from a server's first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spoken {
    /// TLS or SSL records.
    Tls,
    /// SMTP, submission or LMTP (or FTP, which greets alike).
    Smtp,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// ManageSieve.
    Sieve,
    /// HTTP.
    Http,
    /// SSH.
    Ssh,
}

impl Spoken {
    /// The protocol's name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Spoken::Tls => "TLS",
            Spoken::Smtp => "SMTP",
            Spoken::Imap => "IMAP",
            Spoken::Pop3 => "POP3",
            Spoken::Sieve => "ManageSieve",
            Spoken::Http => "HTTP",
            Spoken::Ssh => "SSH",
        }
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Recognises a protocol by the first bytes that a server sent; `None` if they say too little.
pub fn sniff(bytes: &[u8]) -> Option<Spoken> {
    if matches!(tls(bytes), Look::Yes(_)) {
        return Some(Spoken::Tls);
    }
    let begins =
        |prefix: &[u8]| bytes.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    if begins(b"SSH-") {
        Some(Spoken::Ssh)
    } else if begins(b"HTTP/") || begins(b"<html") || begins(b"<!DOCTYPE") {
        Some(Spoken::Http)
    } else if begins(b"+OK") || begins(b"-ERR") {
        Some(Spoken::Pop3)
    } else if let Some(rest) = bytes.strip_prefix(b"* ") {
        let greets = ["OK", "PREAUTH", "BYE"].iter().any(|word| starts_with_word(rest, word));
        greets.then_some(Spoken::Imap)
    } else if let Some(rest) = bytes.strip_prefix(b"\"") {
        let lists = SIEVE_WORDS.iter().any(|word| starts_with_word(rest, word));
        lists.then_some(Spoken::Sieve)
    } else {
        match bytes {
            [b'2'..=b'5', b'0'..=b'5', b'0'..=b'9', b' ' | b'-', ..] => Some(Spoken::Smtp),
            _ => None,
        }
    }
}

/// Whether bytes are a TLS record or an SSL 2 message.
pub(super) enum Look {
    /// They are; so many bytes decided it.
    Yes(usize),
    /// They are not.
    No,
    /// More bytes are needed.
    Unsure,
}

/// Looks for a record of SSL 3 to TLS 1.3 (RFC 8446 §5.1), or for SSL 2's hello or error of a server.
///
/// No reply in text begins with such a byte, so no text waits for a decision.
pub(super) fn tls(bytes: &[u8]) -> Look {
    match bytes {
        [0x14..=0x18, 0x03, ..] => Look::Yes(2),
        [0x14..=0x18] => Look::Unsure,
        // Two bytes of length, then SERVER-HELLO (4) with its session flag, or ERROR (0) and its code.
        [0x80..=0xff, _, 0x04, 0 | 1, _, ..] | [0x80, 0x03, 0x00, 0x00, _, ..] => Look::Yes(5),
        [0x80..=0xff, rest @ ..] if rest.len() < 4 => Look::Unsure,
        _ => Look::No,
    }
}

const SIEVE_WORDS: [&str; 6] = ["IMPLEMENTATION", "SIEVE", "SASL", "STARTTLS", "VERSION", "NOTIFY"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_first_bytes() {
        let table: &[(&[u8], Option<Spoken>)] = &[
            (b"\x16\x03\x03\x00\x7a", Some(Spoken::Tls)),
            (b"\x15\x03\x01\x00\x02\x02\x28", Some(Spoken::Tls)),
            (b"\x80\x2b\x04\x00\x01\x00\x02", Some(Spoken::Tls)),
            (b"\x80\x03\x00\x00\x01", Some(Spoken::Tls)),
            (b"\x16", None),
            (b"\x16\x04", None),
            (b"220 mx.example.org ESMTP\r\n", Some(Spoken::Smtp)),
            (b"220-mx.example.org\r\n", Some(Spoken::Smtp)),
            (b"554 no", Some(Spoken::Smtp)),
            (b"999 no", None),
            (b"* OK [CAPABILITY IMAP4rev1] ready", Some(Spoken::Imap)),
            (b"* BYE", Some(Spoken::Imap)),
            (b"* bullet point", None),
            (b"+OK POP3", Some(Spoken::Pop3)),
            (b"-ERR no", Some(Spoken::Pop3)),
            (b"\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"", Some(Spoken::Sieve)),
            (b"\"quoted\"", None),
            (b"HTTP/1.1 400 Bad Request\r\n", Some(Spoken::Http)),
            (b"<!doctype html>", Some(Spoken::Http)),
            (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", Some(Spoken::Ssh)),
            (b"login: ", None),
            (b"", None),
        ];
        for (bytes, expected) in table {
            assert_eq!(sniff(bytes), *expected, "{}", bytes.escape_ascii());
        }
    }
}
