//! The other side, as a message names it.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use super::know::Sieve;

/// A host and a port out of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Peer {
    /// The name, or the address where there is none.
    pub(super) host: String,
    /// The port, where it is told.
    pub(super) port: Option<u16>,
}

/// What stands before a host; the most telling first.
const MARKS: &[&str] = &[
    "expected cn=",
    "not valid for '",
    "error from ",
    "error to ",
    "failed for ",
    "established to ",
    "offered by host ",
    "offered by ",
    "ssl://",
    "tls://",
    "smtps://",
    "imaps://",
    "smtp://",
    "smtp+tls://",
    SHORT_MARK,
    "relay=",
    "peeraddr=",
    "-connect ",
    "connecting to host '",
    "connecting to ",
    "connect to ",
    "connection from ",
    "starttls from ",
    "lastattemptedservername=",
    "hostname \"",
    "hostname '",
    "mx=\"",
    "altnames: host: ",
    "certificate for ",
    "dns name: \"",
    "dns name matching ",
    "no name matching ",
    "host for ",
    "resolving host ",
    "to host \"",
    "to host ",
    "connected to ",
    "with host ",
    "smtp host: ",
    "imap at ",
    "outgoing server (smtp) ",
    "tls error from '",
    "rip=",
];

static MARKED: LazyLock<Sieve> = LazyLock::new(|| Sieve::new(MARKS.iter().map(|mark| mark.as_bytes())));

/// Exim's mark of a host.
const SHORT_MARK: &str = "h=";

/// Providers whose servers are sound, so that a fault seen with them is somewhere else.
const SOUND: &[&str] = &[
    "google.com",
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "office365.com",
    "hotmail.com",
    "yahoo.com",
    "yahoodns.net",
    "icloud.com",
    "me.com",
];

impl Peer {
    /// Finds the other side in a text; `lower` is the same in lower case.
    pub(super) fn find(text: &str, lower: &[u8]) -> Option<Self> {
        let mut all: Vec<(usize, Self)> = Vec::new();
        let mut read = |mark: usize, behind: usize| {
            if all.iter().all(|(known, _)| *known != mark) {
                all.extend(text.get(behind..).and_then(Self::read).map(|peer| (mark, peer)));
            }
        };
        MARKED.each(lower, 0, |mark, at| {
            read(mark, at + MARKS[mark].len());
            ControlFlow::<()>::Continue(())
        });
        // It is a word of its own, and too short for a sieve.
        let short = MARKS.iter().position(|mark| *mark == SHORT_MARK).unwrap_or_default();
        for at in memchr::memmem::find_iter(lower, SHORT_MARK.as_bytes()) {
            if at == 0 || !lower[at - 1].is_ascii_alphanumeric() {
                read(short, at + SHORT_MARK.len());
            }
        }
        all.sort_by_key(|(mark, _)| *mark);
        // A name says more than an address.
        let best = all.iter().position(|(_, peer)| !peer.is_address()).unwrap_or_default();
        all.into_iter().nth(best).map(|(_, peer)| peer)
    }

    /// Reads `mx.example.net[192.0.2.1]:25`, `mx.example.net:25`, `192.0.2.1`.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(['`', '\'', '"', '\\', '(']);
        let word: &str = text.split(|c: char| !(c.is_ascii_alphanumeric() || "._-:[]".contains(c))).next()?;
        let (name, rest) = match word.find(['[', ':']) {
            Some(0) => ("", word),
            Some(at) if word[at..].starts_with('[') => (&word[..at], &word[at..]),
            Some(at) => (&word[..at], &word[at..]),
            None => (word, ""),
        };
        let (address, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, rest)) => (address, rest),
            None => ("", rest),
        };
        let port = rest
            .strip_prefix(':')
            .and_then(|port| port.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        let name = name.trim_end_matches(['.', '-', ']']);
        let named = name.len() <= 253
            && (name == "localhost" || name.contains('.'))
            && name.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
            && name != "unknown";
        let host = if named {
            name.to_owned()
        } else {
            address.parse::<IpAddr>().ok().map(|address| address.to_string())?
        };
        Some(Self { host: host.to_ascii_lowercase(), port })
    }

    /// Tells whether it is an address.
    pub(super) fn is_address(&self) -> bool {
        self.host.parse::<IpAddr>().is_ok()
    }

    /// Tells whether it is this machine.
    pub(super) fn is_local(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Tells whether its servers are known to be sound.
    pub(super) fn is_sound(&self) -> bool {
        SOUND.iter().any(|name| {
            self.host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Writes it with its port.
    pub(super) fn text(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        self.port.map_or(host.clone(), |port| format!("{host}:{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Peer;

    fn find(text: &str) -> Option<String> {
        Peer::find(text, text.to_ascii_lowercase().as_bytes()).map(|peer| peer.text())
    }

    #[test]
    fn hosts_are_found_with_their_ports() {
        assert_eq!(
            find("SSL_connect error to mx.example.net[192.0.2.1]:25: -1").as_deref(),
            Some("mx.example.net:25")
        );
        assert_eq!(find("SSL_accept error from unknown[192.0.2.1]: -1").as_deref(), Some("192.0.2.1"));
        assert_eq!(
            find("opening to ssl://smtp.example.org:465, timeout").as_deref(),
            Some("smtp.example.org:465")
        );
        assert_eq!(find("did not match expected CN=`smtp.example.org'").as_deref(), Some("smtp.example.org"));
        assert_eq!(find("[LastAttemptedServerName=mx.example.net] [x]").as_deref(), Some("mx.example.net"));
        assert_eq!(
            find("established with host smtp.example.org:465: no").as_deref(),
            Some("smtp.example.org:465")
        );
        assert_eq!(find("error from -1"), None);
        assert_eq!(find("connect to mx[2001:db8::1]:25: no").as_deref(), Some("[2001:db8::1]:25"));
    }
}
