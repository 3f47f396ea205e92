//! What lines have in common that belong to one connection or message.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What a line says of where it belongs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Thread<'l> {
    /// What all lines share that may belong together: a process, or a message or session where one process serves many.
    pub(super) key: &'l [u8],
    /// The message or session beside a process: lines with another one do not belong there.
    pub(super) id: Option<&'l [u8]>,
}

/// How far into a line its process and ids stand, in bytes.
const MOST_HEAD: usize = 240;

/// What stands before an id of software that serves many connections in one process, and what ends it.
const SESSIONS: [(&[u8], &[u8]); 7] = [
    // Stalwart.
    (b"queueId = ", b",} "),
    (b"queue_id=", b",} "),
    (b"delivery{id=", b",} "),
    (b"sessionId = ", b",} "),
    (b"session_id=", b",} "),
    (b"spanId = ", b",} "),
    // OpenSMTPD before 5.9.
    (b"on session ", b":. "),
];

/// Dovecot names the session at the end; its login process serves many.
const DOVECOT: &[u8] = b"session=<";

static SESSION_OF_DOVECOT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(DOVECOT));
static OTHER_SESSIONS: LazyLock<[Finder<'static>; 7]> =
    LazyLock::new(|| SESSIONS.map(|(mark, _)| Finder::new(mark)));
static STACKED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"SSL: Stacked error"));

impl<'l> Thread<'l> {
    /// Reads a line.
    pub(super) fn of(line: &'l [u8]) -> Self {
        let head = &line[..line.len().min(MOST_HEAD)];
        let mut key: &[u8] = b"";
        let mut words = Words { head, at: 0 };
        for word in words.by_ref() {
            let bare = word.strip_suffix(b":").unwrap_or(word);
            if is_exim_id(bare) {
                return Self { key: bare, id: None };
            }
            if let Some(id) = haraka_id(word) {
                return Self { key: id, id: None };
            }
            if is_process(bare) || bare == b"dovecot" {
                key = bare;
                break;
            }
        }
        // One process has one connection at a time.
        if [&b"postfix"[..], b"sm-mta", b"sendmail"].iter().any(|name| key.starts_with(name)) {
            let id = words.next().and_then(|next| next.strip_suffix(b":")).filter(|id| is_queue_id(id));
            return Self { key, id };
        }
        if let Some(at) = SESSION_OF_DOVECOT.find(line) {
            let id = until(&line[at + DOVECOT.len()..], b">");
            // Which of its programs it is stands behind the process that writes the log.
            return Self {
                key: words.next().filter(|_| key.starts_with(b"dovecot")).unwrap_or(key),
                id: Some(id),
            };
        }
        for ((mark, ends), finder) in SESSIONS.into_iter().zip(&*OTHER_SESSIONS) {
            if let Some(at) = finder.find(line) {
                let id = until(&line[at + mark.len()..], ends);
                if !id.is_empty() {
                    return Self { key: id, id: None };
                }
            }
        }
        let Some(next) = words.next().filter(|_| !key.is_empty()) else { return Self { key, id: None } };
        if key.starts_with(b"dovecot") {
            // Of lines without a session only this one belongs to the next.
            let goes_on = STACKED.find(line).is_some();
            return Self { key: if goes_on { next } else { b"" }, id: None };
        }
        match next.strip_suffix(b":") {
            Some(id) if is_queue_id(id) => Self { key, id: Some(id) },
            Some(_) => Self { key, id: None },
            None if next.len() == 16 && next.iter().all(u8::is_ascii_hexdigit) => {
                Self { key: next, id: None }
            }
            // Exim through syslog.
            None => words
                .find(|word| is_exim_id(word))
                .map_or(Self { key, id: None }, |id| Self { key: id, id: None }),
        }
    }
}

/// The words of a head, at single blanks.
struct Words<'l> {
    head: &'l [u8],
    at: usize,
}

impl<'l> Iterator for Words<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        let rest = self.head.get(self.at..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        self.at += end + 1;
        Some(&rest[..end])
    }
}

/// `postfix/smtpd[123]`, `sm-mta[123]`.
fn is_process(word: &[u8]) -> bool {
    let Some(inside) = word.strip_suffix(b"]") else { return false };
    let Some(at) = memchr::memrchr(b'[', inside) else { return false };
    let (name, pid) = (&inside[..at], &inside[at + 1..]);
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && !pid.is_empty()
        && pid.iter().all(u8::is_ascii_digit)
        && !memchr::memchr2(b'=', b'@', name).is_some_and(|_| true)
}

/// `1rAbCd-000abc-Xy`, in new versions `1rAbCd-00000000abc-Xyz0`.
fn is_exim_id(word: &[u8]) -> bool {
    matches!(word.len(), 16 | 23)
        && word[6] == b'-'
        && word.iter().rev().position(|byte| *byte == b'-') == Some(if word.len() == 16 { 2 } else { 4 })
        && word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// `[0A1B2C3D-…-….1.2]`: the connection of Haraka; transactions and deliveries have further numbers.
fn haraka_id(word: &[u8]) -> Option<&[u8]> {
    let id = word.strip_prefix(b"[")?.get(..36)?;
    let fits = id.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    fits.then_some(id)
}

/// The ids of Postfix and Sendmail: letters and digits, and some of each unless all letters are large.
fn is_queue_id(word: &[u8]) -> bool {
    let has_digit = word.iter().any(u8::is_ascii_digit);
    (6..=20).contains(&word.len())
        && word.iter().all(u8::is_ascii_alphanumeric)
        && (has_digit || word.iter().all(u8::is_ascii_uppercase))
        && word != b"NOQUEUE"
}

fn until<'l>(text: &'l [u8], ends: &[u8]) -> &'l [u8] {
    let end = text.iter().take(64).position(|byte| ends.contains(byte));
    &text[..end.unwrap_or(text.len().min(64))]
}

#[cfg(test)]
mod tests {
    use super::Thread;

    fn of(line: &str) -> (String, Option<String>) {
        let thread = Thread::of(line.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(thread.key), thread.id.map(text))
    }

    #[test]
    fn lines_are_known_by_process_message_or_session() {
        for (line, key, id) in [
            (
                "Mar  3 10:00:01 mx postfix/smtpd[71]: SSL_accept error from x[192.0.2.1]: -1",
                "postfix/smtpd[71]",
                None,
            ),
            (
                "Mar  3 10:00:01 mx postfix/smtp[71]: 4Q1x2y3z4A: to=<a@b>",
                "postfix/smtp[71]",
                Some("4Q1x2y3z4A"),
            ),
            (
                "mail | 2026-03-03T10:00:01Z INFO postfix/smtp[7]: BADCAFE: to=<a@b>",
                "postfix/smtp[7]",
                Some("BADCAFE"),
            ),
            ("Mar  3 10:00:01 mx postfix/smtpd[71]: NOQUEUE: reject: x", "postfix/smtpd[71]", None),
            ("Mar  3 10:00:01 mx postfix/smtp[71]: warning: TLS library", "postfix/smtp[71]", None),
            ("Mar  3 10:00:01 mx sm-mta[9]: 623A01xy012345: to=<a@b>", "sm-mta[9]", Some("623A01xy012345")),
            ("2026-03-03 10:00:01 1rAbCd-000001-Ef == a@b R=r T=t defer (-37)", "1rAbCd-000001-Ef", None),
            ("2026-03-03 10:00:01 1rAbCd-00000000001-Ef01 ** a@b", "1rAbCd-00000000001-Ef01", None),
            (
                "Mar  3 10:00:01 mx exim[9]: 2026-03-03 10:00:01 1rAbCd-000001-Ef == a",
                "1rAbCd-000001-Ef",
                None,
            ),
            ("2026-03-03 10:00:01 TLS error on connection from x [192.0.2.1] (SSL_accept): y", "", None),
            (
                "Mar  3 10:00:01 mx dovecot: imap-login: Disconnected: user=<>, session=<abc+/1>",
                "imap-login:",
                Some("abc+/1"),
            ),
            ("Mar  3 10:00:01 mx dovecot[9]: imap-login: x, session=<abc>", "imap-login:", Some("abc")),
            ("Mar  3 10:00:01 mx dovecot[9]: imap-login: Error: SSL: Stacked error", "imap-login:", None),
            ("Mar  3 10:00:01 mx dovecot: imap-login: Fatal: Couldn't parse private ssl_key", "", None),
            ("Mar  3 10:00:01 mx smtpd[9]: 8d0c0948745ecee3 mta error reason=x", "8d0c0948745ecee3", None),
            ("Mar  3 10:00:01 mx smtpd[9]: smtp-out: Error on session 8d0c0948745e: x", "8d0c0948745e", None),
            (
                "2026-03-03T10:00:01Z [INFO] [0A1B2C3D-0000-1111-2222-333344445555.1] [tls] x",
                "0A1B2C3D-0000-1111-2222-333344445555",
                None,
            ),
            ("2026-03-03T10:00:01Z WARN x (queue.y) queueId = 2165, queueName = \"a\"", "2165", None),
            ("INFO delivery{id=26527 return_path=\"x\"}: z", "26527", None),
            ("", "", None),
            ("[", "", None),
        ] {
            assert_eq!(of(line), (key.to_owned(), id.map(str::to_owned)), "{line}");
        }
    }
}
