//! The wrappings: journal JSON, escapes of JSON, HTML, quoted-printable, folded headers.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::json;

/// Takes everything off; what is not wrapped stays where it is.
pub(super) fn unwrap(mut text: Cow<'_, str>) -> Cow<'_, str> {
    if has(&text, b'\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n").into();
    }
    while has(&text, b'>') && text.lines().all(|line| line.is_empty() || line.starts_with('>')) {
        text = text.lines().map(unquoted).collect::<Vec<_>>().join("\n").into();
    }
    if has(&text, b'{') && text.lines().any(|line| line.trim_start().starts_with('{')) {
        text = text.lines().map(journal).collect::<Vec<_>>().join("\n").into();
    }
    let is_cut = |line: &str| line.ends_with('=') && line.len() > 20;
    if text.contains("=\n") && text.trim_end().contains("=\n") && text.lines().any(is_cut) {
        text = quoted_printable(&text).into();
    }
    if has(&text, b'\\') && (text.contains("\\n") || text.contains("\\\"")) {
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\\"", "\"").into();
    }
    if has(&text, b'&') || has_tags(&text) {
        text = html(&text).into();
    }
    if BY_MAILKIT.find(text.as_bytes()).is_some() {
        text = GUESSES.iter().fold(text.into_owned(), |text, guess| text.replace(guess, "")).into();
    }
    if BY_QMAIL.iter().any(|mark| mark.find(text.as_bytes()).is_some()) {
        text = text.lines().map(spaced).collect::<Vec<_>>().join("\n").into();
    }
    if IN_BOUNCES.find(text.as_bytes()).is_some() {
        text = unfold(&text).into();
    }
    text
}

/// Tells whether a text holds a byte of ASCII.
fn has(text: &str, byte: u8) -> bool {
    memchr::memchr(byte, text.as_bytes()).is_some()
}

// To make one takes longer than to look through a short text.
static BY_MAILKIT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MAILKIT));
static BY_QMAIL: LazyLock<[Finder<'static>; 3]> = LazyLock::new(|| QMAIL.map(Finder::new));
static IN_BOUNCES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Diagnostic-Code:"));

/// `MailKit` prints the same guesses with each fault; this stands in all its versions.
const MAILKIT: &str = "presented by the server is not trusted by the system";

const GUESSES: &[&str] = &[
    "This usually means that the SSL certificate presented by the server is not trusted by the system for one or more of",
    "The other possibility is that the SSL certificate presented by the server is not trusted by the system for one or more of",
    "the following reasons:",
    "One possibility is that you are trying to connect to a port which does not support SSL/TLS.",
    "The server is using a self-signed certificate which cannot be verified.",
    "The local system is missing a Root or Intermediate certificate needed to verify the server's certificate.",
    "A Certificate Authority CRL server for one or more of the certificates in the chain is temporarily unavailable.",
    "The certificate presented by the server is expired or invalid.",
    "The set of SSL/TLS protocols supported by the client and server do not match.",
    "You are trying to connect to a port which does not support SSL/TLS.",
    "It is also possible that the set of SSL/TLS protocols supported by the client and server do not match.",
];

/// What stands before the words of a server in the log of qmail, which writes `_` for each blank.
const QMAIL: [&str; 3] = [": deferral: ", ": failure: ", ": success: "];

/// Writes blanks again.
fn spaced(line: &str) -> Cow<'_, str> {
    let behind = QMAIL.iter().find_map(|mark| Some(line.find(mark)? + mark.len()));
    match behind.map(|behind| line.split_at(behind)) {
        Some((head, words)) if !words.contains(' ') => format!("{head}{}", words.replace('_', " ")).into(),
        _ => line.into(),
    }
}

/// Drops one mark of a quotation, as in answers by mail and in Markdown.
fn unquoted(line: &str) -> &str {
    let bare = line.strip_prefix('>').unwrap_or(line);
    bare.strip_prefix(' ').unwrap_or(bare)
}

/// Tells whether there are tags that [`html`] drops; addresses stand in angle brackets, too.
fn has_tags(text: &str) -> bool {
    let tags = || BREAKS.iter().chain(MARKUP);
    memchr::memchr_iter(b'<', text.as_bytes()).any(|at| {
        matches!(text.as_bytes().get(at + 1), Some(b'/' | b'b' | b'B' | b'p' | b's' | b'c' | b'i'))
            && tags().any(|tag| text[at..].starts_with(tag))
    })
}

/// Takes the message out of a line of JSON, with the program that journald names beside it.
fn journal(line: &str) -> String {
    json::entry(line).map_or_else(|| line.to_owned(), |entry| entry.text)
}

/// RFC 2045 §6.7, as far as ASCII goes.
fn quoted_printable(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut plain = String::with_capacity(joined.len());
    let mut rest = joined.as_str();
    while let Some(at) = rest.find('=') {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code.filter(|byte| (b' '..=b'~').contains(byte)) {
            Some(byte) => {
                plain.push(char::from(byte));
                rest = &rest[at + 3..];
            }
            None => {
                plain.push('=');
                rest = &rest[at + 1..];
            }
        }
    }
    plain + rest
}

/// Tags that end a line.
const BREAKS: &[&str] = &["<br />", "<br/>", "<br>", "<BR>", "<p>", "</p>"];

/// Tags around words.
const MARKUP: &[&str] =
    &["<b>", "</b>", "<pre>", "</pre>", "<strong>", "</strong>", "<code>", "</code>", "<i>", "</i>"];

/// Drops the tags that wrap text on pages, and resolves the five entities that mail software writes.
fn html(text: &str) -> String {
    let mut plain = text.to_owned();
    for tag in BREAKS {
        plain = plain.replace(tag, "\n");
    }
    for tag in MARKUP {
        plain = plain.replace(tag, "");
    }
    let entities =
        [("&quot;", "\""), ("&#39;", "'"), ("&#039;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.iter().fold(plain, |plain, (entity, is)| plain.replace(entity, is))
}

/// Joins lines that go on a header (RFC 5322 §2.2.3).
fn unfold(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        if !whole.is_empty() && !line.starts_with([' ', '\t']) {
            whole.push('\n');
        }
        whole.push_str(line);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::{BREAKS, MARKUP, has_tags, unwrap};

    #[test]
    fn each_tag_is_seen_and_an_address_is_none() {
        for tag in BREAKS.iter().chain(MARKUP) {
            assert!(has_tags(&format!("a <b@example.org> {tag}")), "{tag}");
        }
        assert!(!has_tags("a <b@example.org> <cc@example.org> <"));
    }

    #[test]
    fn wrappings_come_off() {
        let journal = r#"{"MESSAGE":"SSL_accept error","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"7"}"#;
        let unwrap = |text: &str| unwrap(text.into()).into_owned();
        assert_eq!(unwrap(journal), "postfix/smtpd[7]: SSL_accept error");
        assert_eq!(unwrap("a said:\\n\\\"no\\\""), "a said:\n\"no\"");
        assert_eq!(unwrap("<b>Warning</b>: CN=&quot;x&quot;<br />"), "Warning: CN=\"x\"\n");
        assert_eq!(
            unwrap("the remote server said =3D refused (Socket =\nerror)"),
            "the remote server said = refused (Socket error)"
        );
        assert_eq!(unwrap("Diagnostic-Code: smtp; 554\n 5.7.1 no"), "Diagnostic-Code: smtp; 554 5.7.1 no");
        assert_eq!(
            unwrap("> > Diagnostic-Code: smtp; 554\n> >  5.7.1 no"),
            "Diagnostic-Code: smtp; 554 5.7.1 no"
        );
        assert_eq!(unwrap("> EHLO x\n< 250 y"), "> EHLO x\n< 250 y");
        assert_eq!(unwrap("1 < 2 = 3"), "1 < 2 = 3");
        assert_eq!(
            unwrap("delivery 1: deferral: TLS_not_up:_a_b/"),
            "delivery 1: deferral: TLS not up: a b/"
        );
        assert_eq!(unwrap("x: deferral: a_b c"), "x: deferral: a_b c");
    }
}
