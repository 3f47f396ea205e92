//! Finds mail that went out in clear to a server that took TLS before: nobody else says so in a log.
//!
//! Postfix and Sendmail log a connection with TLS before the deliveries over it, by the same process; Exim names TLS in the line
//! of the delivery. A server that was never seen with TLS proves nothing: perhaps the log does not tell of TLS at all.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::hashed::Hashed;
use super::threads::Thread;

/// The fixed words of the lines that count here, with what they tell.
pub(super) const WORDS: [(&[u8], Tells); 6] = [
    (b"TLS connection established to ", Tells::Tls),
    (b"TLS connection reused to ", Tells::Tls),
    (b"STARTTLS=client, relay=", Tells::Tls),
    (b"status=sent (", Tells::Sent),
    (b", stat=Sent", Tells::Sent),
    (b" => ", Tells::SentByExim),
];

// To make one takes longer than to look through a line.
static BY_SENDMAIL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"mailer=esmtp"));
static NO_TLS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"verify=SOFTWARE"));
static RELAY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"relay="));
static REUSED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"conn_use="));
static EXIM_HOST: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b" H="));
static EXIM_TLS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b" X="));

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// A process has a connection with TLS.
    Tls,
    /// A process has delivered a message.
    Sent,
    /// Exim has delivered a message.
    SentByExim,
}

/// Who has delivered in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InClear<'l> {
    /// Its word in `fixes[].for`.
    pub(super) software: &'static str,
    /// The server that took the message.
    pub(super) host: &'l [u8],
    /// Its port; none where the line does not tell.
    pub(super) port: Option<u16>,
}

/// The most servers, and the most processes, that are remembered before the older half of them is forgotten.
const MOST: usize = 8192;

/// What was seen of servers and processes; names are kept as hashes.
#[derive(Default)]
pub(super) struct Tracker {
    random: RandomState,
    /// Servers that took TLS.
    took_tls: Recent<()>,
    /// The server that a process has TLS with, and the message that was delivered over it.
    connections: Recent<(u64, Option<u64>)>,
}

impl Tracker {
    /// Takes a line that holds one of [`WORDS`], which ends at `behind`; returns a delivery in clear to a server that took
    /// TLS before.
    pub(super) fn line<'l>(&mut self, line: &'l [u8], tells: Tells, behind: usize) -> Option<InClear<'l>> {
        match tells {
            Tells::Tls => {
                self.tls(line, line.get(behind..)?);
                None
            }
            Tells::Sent => self.sent(line),
            Tells::SentByExim => self.sent_by_exim(line),
        }
    }

    fn tls(&mut self, line: &[u8], after: &[u8]) {
        let Some((host, _)) = host(after) else { return };
        // Sendmail says the same of a handshake that failed.
        if NO_TLS.find(after).is_some() {
            return;
        }
        let thread = Thread::of(line);
        let (host, process) = (self.hash(host), self.hash(thread.key));
        self.took_tls.put(host, ());
        self.connections.put(process, (host, None));
    }

    fn sent<'l>(&mut self, line: &'l [u8]) -> Option<InClear<'l>> {
        let thread = Thread::of(line);
        let program = thread.key.split(|byte| *byte == b'[').next()?;
        let software = if program.ends_with(b"/smtp") {
            "postfix"
        } else if BY_SENDMAIL.find(line).is_some() {
            "sendmail"
        } else {
            return None;
        };
        let at = RELAY.find(line)?;
        let (host, port) = self::host(line.get(at + 6..)?)?;
        let (hashed, process) = (self.hash(host), self.hash(thread.key));
        let message = thread.id.map(|id| self.hash(id));
        if let Some((with, of)) = self.connections.get(process)
            && with == hashed
            && of.is_none_or(|of| Some(of) == message)
        {
            self.connections.put(process, (with, message));
            return None;
        }
        self.took_tls.get(hashed)?;
        // Over a connection that another process has opened.
        let is_reused = REUSED.find(line).is_some();
        (!is_reused).then_some(InClear { software, host, port })
    }

    fn sent_by_exim<'l>(&mut self, line: &'l [u8]) -> Option<InClear<'l>> {
        let at = EXIM_HOST.find(line)?;
        let rest = line.get(at + 3..)?;
        let (host, _) = host(rest)?;
        let hashed = self.hash(host);
        if EXIM_TLS.find(rest).is_some() {
            self.took_tls.put(hashed, ());
            return None;
        }
        self.took_tls.get(hashed).map(|()| InClear { software: "exim", host, port: None })
    }

    fn hash(&self, bytes: &[u8]) -> u64 {
        self.random.hash_one(bytes)
    }
}

/// Reads `mx.example.net[192.0.2.1]:25`, `mx.example.net. [192.0.2.1]`: the name, or the address where there is none.
fn host(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    let text = text.strip_prefix(b"[").unwrap_or(text);
    let end = text.iter().position(|byte| !belongs(byte)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let port =
        memchr::memchr(b']', rest).and_then(|at| rest.get(at + 1..)?.strip_prefix(b":")).and_then(|digits| {
            let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
            str::from_utf8(&digits[..end]).ok()?.parse().ok()
        });
    let name = name.strip_suffix(b".").unwrap_or(name);
    let is_host = name.len() <= 253 && (memchr::memchr2(b'.', b':', name).is_some());
    is_host.then_some((name, port))
}

/// A table that forgets what was not used for long. Its keys are hashes that nobody outside can choose.
struct Recent<V> {
    young: Hashed<V>,
    old: Hashed<V>,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self { young: Hashed::default(), old: Hashed::default() }
    }
}

impl<V: Copy> Recent<V> {
    fn put(&mut self, key: u64, value: V) {
        if let Some(known) = self.young.get_mut(&key) {
            *known = value;
            return;
        }
        if self.young.len() >= MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    fn get(&self, key: u64) -> Option<V> {
        self.young.get(&key).or_else(|| self.old.get(&key)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{InClear, MOST, Tells, Tracker, WORDS};

    fn hosts(lines: &[&str]) -> Vec<String> {
        let mut tracker = Tracker::default();
        let mut seen = Vec::new();
        for line in lines {
            let line = line.as_bytes();
            let (behind, tells) = WORDS
                .iter()
                .find_map(|(words, tells)| Some((memchr::memmem::find(line, words)? + words.len(), *tells)))
                .unwrap();
            if let Some(InClear { software, host, port }) = tracker.line(line, tells, behind) {
                seen.push(format!("{software} {} {port:?}", String::from_utf8_lossy(host)));
            }
        }
        seen
    }

    const TLS: &str =
        "mx postfix/smtp[7]: Trusted TLS connection established to mx.example.net[192.0.2.1]:25: TLSv1.3";
    const SENT: &str = "mx postfix/smtp[7]: 4Q1ABCDE: to=<a@b>, relay=mx.example.net[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)";

    #[test]
    fn mail_in_clear_to_who_took_tls_is_seen() {
        assert_eq!(hosts(&[SENT]), [""; 0], "nothing is known of the server");
        assert_eq!(hosts(&[TLS, SENT, SENT]), [""; 0], "two recipients over one connection");
        let next = SENT.replace("4Q1ABCDE", "4Q2ABCDE");
        assert_eq!(hosts(&[TLS, SENT, &next]), ["postfix mx.example.net Some(25)"]);
        assert_eq!(hosts(&[TLS, SENT, TLS, &next]), [""; 0]);
        assert_eq!(
            hosts(&[TLS, SENT, &next.replace("smtp[7]", "smtp[8]")]),
            ["postfix mx.example.net Some(25)"]
        );
        assert_eq!(hosts(&[TLS, SENT, &next.replace(", dsn", ", conn_use=2, dsn")]), [""; 0]);
        assert_eq!(hosts(&[TLS, SENT, &next.replace("mx.example", "other.example")]), [""; 0]);
        assert_eq!(hosts(&[TLS, &next.replace("postfix/smtp", "postfix/lmtp")]), [""; 0]);
    }

    #[test]
    fn exim_and_sendmail_are_read_too() {
        let exim = |tls: &str| {
            format!(
                "1rAbCd-000001-Ef => a@b R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.1]{tls} C=\"250 OK\""
            )
        };
        let with = exim(" X=TLS1.3:ECDHE:256 CV=yes");
        assert_eq!(hosts(&[&exim(""), &with, &with, &exim("")]), ["exim mx.example.net None"]);
        assert_eq!(hosts(&["1rAbCd-000001-Ef => a <a@b> R=local T=maildir"]), [""; 0]);
        let tls = "mx sm-mta[9]: STARTTLS=client, relay=mx.example.net., version=TLSv1.3, verify=OK";
        let sent = "mx sm-mta[9]: 623A01xy012345: to=<a@b>, mailer=esmtp, relay=mx.example.net. [192.0.2.1], stat=Sent (ok)";
        let other = "mx sm-mta[8]: 623A01xy012346: to=<a@b>, mailer=esmtp, relay=mx.example.net. [192.0.2.1], stat=Sent (ok)";
        assert_eq!(hosts(&[tls, sent, other]), ["sendmail mx.example.net None"]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut tracker = Tracker::default();
        for number in 0..3 * MOST {
            let line = TLS
                .replace("mx.example", &format!("mx{number}.example"))
                .replace("[7]", &format!("[{number}]"));
            tracker.line(line.as_bytes(), Tells::Tls, line.find(" to ").unwrap() + 4);
        }
        assert!(tracker.took_tls.young.len() + tracker.took_tls.old.len() <= 2 * MOST);
        assert!(tracker.connections.young.len() + tracker.connections.old.len() <= 2 * MOST);
    }
}
