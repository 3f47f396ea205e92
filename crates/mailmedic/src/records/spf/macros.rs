//! Macros: texts that hang on the client and the sender (RFC 7208 §7).

use std::fmt::Write as _;
use std::net::IpAddr;

use super::record::Reason;
use crate::words;

/// A text with macros, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroString {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// `%%`, `%_`, `%-`
    Escape(&'static str),
    Macro(Macro),
}

/// `%{l2r-}`
#[derive(Clone, Debug, PartialEq, Eq)]
struct Macro {
    letter: Letter,
    /// An upper-case letter: the value is escaped as in a URL.
    escaped: bool,
    /// How many parts are kept, from the right.
    keep: Option<usize>,
    reversed: bool,
    delimiters: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letter {
    Sender,
    Local,
    SenderDomain,
    Domain,
    Ip,
    Validated,
    Version,
    Helo,
    Client,
    Receiver,
    Time,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Domain,
    Explanation,
    Value,
}

/// What macros stand for.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The client.
    pub ip: IpAddr,
    /// The part of the sender's address before the last `@`.
    pub local: &'a str,
    /// The part behind it.
    pub sender_domain: &'a str,
    /// The domain whose record is evaluated.
    pub domain: &'a str,
    /// What the client says after HELO or EHLO.
    pub helo: &'a str,
    /// The name of the host that evaluates.
    pub receiver: &'a str,
    /// The time of the evaluation in seconds since 1970.
    pub seconds: i64,
    /// The client's name by its PTR record, confirmed; `unknown` if there is none (§7.3).
    pub validated: &'a str,
}

impl MacroString {
    /// Reads a domain (§7.1, `domain-spec`).
    ///
    /// # Errors
    /// Says what breaks the grammar.
    pub fn domain(text: &str) -> Result<Self, Reason> {
        if text.is_empty() {
            return Err(Reason::DomainEmpty);
        }
        if text.parse::<IpAddr>().is_ok() {
            return Err(Reason::AddressAsDomain);
        }
        let read = Self::read(text, Place::Domain)?;
        match read.parts.last() {
            Some(Part::Literal(end)) if !ends_in_top_label(end) => Err(Reason::TopLabel),
            _ => Ok(read),
        }
    }

    /// Reads the text for refused senders (§6.2, `explain-string`).
    ///
    /// # Errors
    /// Says what breaks the grammar.
    pub fn explanation(text: &str) -> Result<Self, Reason> {
        Self::read(text, Place::Explanation)
    }

    /// Reads the value of an unknown modifier (§7.1, `macro-string`).
    ///
    /// # Errors
    /// Says what breaks the grammar.
    pub fn value(text: &str) -> Result<Self, Reason> {
        Self::read(text, Place::Value)
    }

    fn read(text: &str, place: Place) -> Result<Self, Reason> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (literal, macros) = rest.split_at(rest.find('%').unwrap_or(rest.len()));
            if !literal.is_empty() {
                check_literal(literal, place)?;
                parts.push(Part::Literal(literal.to_owned()));
            }
            if macros.is_empty() {
                break;
            }
            let (part, behind) = part(macros, place)?;
            parts.push(part);
            rest = behind;
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// Returns the text as published.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether the client's confirmed name is needed.
    pub fn needs_validated(&self) -> bool {
        self.letters().any(|letter| letter == Letter::Validated)
    }

    /// Returns whether the text hangs on the client or the sender's local part: for all others it is the same.
    pub fn varies(&self) -> bool {
        self.letters().any(|letter| !matches!(letter, Letter::Domain | Letter::SenderDomain))
    }

    fn letters(&self) -> impl Iterator<Item = Letter> {
        self.parts.iter().filter_map(|part| match part {
            Part::Macro(found) => Some(found.letter),
            Part::Literal(_) | Part::Escape(_) => None,
        })
    }

    /// Puts values in place of the macros.
    pub fn expand(&self, values: &Values<'_>) -> String {
        let mut expanded = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => expanded.push_str(text),
                Part::Escape(text) => expanded.push_str(text),
                Part::Macro(found) => expanded.push_str(&found.expand(values)),
            }
        }
        expanded
    }

    /// Does the same for a name to ask for: without a final dot, and without the labels on the left by which it is longer
    /// than names may be (§7.3).
    pub fn expand_domain(&self, values: &Values<'_>) -> String {
        let expanded = self.expand(values);
        let mut name = expanded.strip_suffix('.').unwrap_or(&expanded);
        while name.len() > LONGEST_NAME
            && let Some((_, shorter)) = name.split_once('.')
        {
            name = shorter;
        }
        name.to_owned()
    }
}

fn check_literal(text: &str, place: Place) -> Result<(), Reason> {
    let fits = |c: char| c.is_ascii_graphic() || (c == ' ' && place == Place::Explanation);
    match text.chars().find(|c| !fits(*c)) {
        None => Ok(()),
        Some(odd) if odd.is_ascii() => Err(Reason::ControlCharacter),
        Some(_) => Err(Reason::NotAscii),
    }
}

/// Reads what begins with `%`, and returns what is behind it.
fn part(text: &str, place: Place) -> Result<(Part, &str), Reason> {
    let no_macro = || Reason::Macro(words::escape(text.get(..8).unwrap_or(text), 8));
    for (written, meant) in [("%%", "%"), ("%_", " "), ("%-", "%20")] {
        if let Some(behind) = text.strip_prefix(written) {
            return Ok((Part::Escape(meant), behind));
        }
    }
    let (inside, behind) =
        text.strip_prefix("%{").and_then(|text| text.split_once('}')).ok_or_else(no_macro)?;
    let mut chars = inside.chars();
    let written = chars.next().ok_or_else(no_macro)?;
    let letter = Letter::of(written).ok_or_else(no_macro)?;
    if place == Place::Domain && matches!(letter, Letter::Client | Letter::Receiver | Letter::Time) {
        return Err(Reason::MacroOnlyExplains(written));
    }
    let transformers = chars.as_str();
    let digits = transformers.len() - transformers.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (digits, rest) = transformers.split_at(digits);
    let (reversed, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if !delimiters.chars().all(|c| DELIMITERS.contains(c)) {
        return Err(no_macro());
    }
    let keep = match digits {
        "" => None,
        // More than any text has parts.
        digits => Some(digits.parse().unwrap_or(usize::MAX)),
    };
    if keep == Some(0) {
        return Err(no_macro());
    }
    let escaped = written.is_ascii_uppercase();
    let found = Macro { letter, escaped, keep, reversed, delimiters: delimiters.to_owned() };
    Ok((Part::Macro(found), behind))
}

fn ends_in_top_label(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let Some((_, label)) = text.rsplit_once('.') else { return false };
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !label.is_empty()
        && label.chars().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.chars().all(|c| c.is_ascii_digit())
}

impl Letter {
    fn of(written: char) -> Option<Self> {
        Some(match written.to_ascii_lowercase() {
            's' => Self::Sender,
            'l' => Self::Local,
            'o' => Self::SenderDomain,
            'd' => Self::Domain,
            'i' => Self::Ip,
            'p' => Self::Validated,
            'v' => Self::Version,
            'h' => Self::Helo,
            'c' => Self::Client,
            'r' => Self::Receiver,
            't' => Self::Time,
            _ => return None,
        })
    }
}

impl Macro {
    fn expand(&self, values: &Values<'_>) -> String {
        let value = match self.letter {
            Letter::Sender => format!("{}@{}", values.local, values.sender_domain),
            Letter::Local => values.local.to_owned(),
            Letter::SenderDomain => values.sender_domain.to_owned(),
            Letter::Domain => values.domain.to_owned(),
            Letter::Ip => dotted(values.ip),
            Letter::Validated => values.validated.to_owned(),
            Letter::Version => version(values.ip).to_owned(),
            Letter::Helo => values.helo.to_owned(),
            Letter::Client => values.ip.to_string(),
            Letter::Receiver => values.receiver.to_owned(),
            Letter::Time => values.seconds.to_string(),
        };
        let delimiters = if self.delimiters.is_empty() { "." } else { &self.delimiters };
        let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
        if self.reversed {
            parts.reverse();
        }
        let from = parts.len().saturating_sub(self.keep.unwrap_or(usize::MAX));
        let value = parts.get(from..).unwrap_or_default().join(".");
        if self.escaped { url_escaped(&value) } else { value }
    }
}

/// Writes an address as labels: `192.0.2.1`, or one label a hexadecimal digit.
pub(super) fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let digits = format!("{:032X}", u128::from(ip));
            digits.chars().map(String::from).collect::<Vec<_>>().join(".")
        }
    }
}

/// Returns the label of the reverse tree: `in-addr` or `ip6`.
pub(super) fn version(ip: IpAddr) -> &'static str {
    if ip.is_ipv4() { "in-addr" } else { "ip6" }
}

/// Escapes all but the unreserved characters of a URI (RFC 3986 §2.3).
fn url_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte))
            }
            // Writing to a string cannot fail.
            _ => drop(write!(escaped, "%{byte:02X}")),
        }
    }
    escaped
}

const DELIMITERS: &str = ".-+,/_=";

/// In characters, without the final dot (RFC 7208 §7.3).
const LONGEST_NAME: usize = 253;

#[cfg(test)]
mod tests {
    use super::{MacroString, Values};
    use crate::records::spf::record::Reason;

    fn values(ip: &str) -> Values<'_> {
        Values {
            ip: ip.parse().unwrap(),
            local: "strong-bad",
            sender_domain: "email.example.org",
            domain: "email.example.org",
            helo: "mx.example.net",
            receiver: "receiver.example",
            seconds: 1_795_262_400,
            validated: "unknown",
        }
    }

    fn expanded(text: &str, ip: &str) -> String {
        MacroString::explanation(text).unwrap().expand(&values(ip))
    }

    #[test]
    fn letters_and_transformers_of_an_ipv4_client() {
        let cases = [
            ("%{s}", "strong-bad@email.example.org"),
            ("%{o}", "email.example.org"),
            ("%{d}", "email.example.org"),
            ("%{d4}", "email.example.org"),
            ("%{d3}", "email.example.org"),
            ("%{d2}", "example.org"),
            ("%{d1}", "org"),
            ("%{d99999999999999999999999}", "email.example.org"),
            ("%{dr}", "org.example.email"),
            ("%{d2R}", "example.email"),
            ("%{l}", "strong-bad"),
            ("%{l-}", "strong.bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.org"),
            ("%{h}", "mx.example.net"),
            ("%{c} at %{t} to %{r}", "192.0.2.3 at 1795262400 to receiver.example"),
            ("%{p}", "unknown"),
            ("100%% a%_b%-c", "100% a b%20c"),
            ("%{S}", "strong-bad%40email.example.org"),
            ("", ""),
        ];
        for (text, meant) in cases {
            assert_eq!(expanded(text, "192.0.2.3"), meant, "{text}");
        }
    }

    #[test]
    fn an_ipv6_client_is_written_digit_by_digit() {
        let nibbles = "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2";
        assert_eq!(expanded("%{ir}.%{v}", "2001:db8::cb01"), format!("{nibbles}.ip6"));
        assert_eq!(expanded("%{c}", "2001:db8::cb01"), "2001:db8::cb01");
    }

    #[test]
    fn names_lose_their_final_dot_and_the_labels_that_are_too_much() {
        let read = MacroString::domain("%{d}.x.example.").unwrap();
        assert_eq!(read.expand_domain(&values("192.0.2.3")), "email.example.org.x.example");
        let long =
            MacroString::domain(&format!("{}.%{{d}}", ["a".repeat(60).as_str(); 4].join("."))).unwrap();
        let name = long.expand_domain(&values("192.0.2.3"));
        assert_eq!(name, format!("{}.email.example.org", ["a".repeat(60).as_str(); 3].join(".")));
    }

    #[test]
    fn domains_end_in_a_top_label_or_a_macro() {
        let good = [
            "example.org",
            "example.org.",
            "%{d}",
            "a%{d}",
            "%{d}.org",
            "a.xn--zckzah",
            "a.1-2",
            "a.o1",
            "foo:bar/baz.example.org",
            "_spf.%{d2}",
            "x.%%",
            ".org",
            "a..b.org",
        ];
        for text in good {
            assert!(MacroString::domain(text).is_ok(), "{text}");
        }
        let cases = [
            ("", Reason::DomainEmpty),
            ("museum", Reason::TopLabel),
            ("museum.", Reason::TopLabel),
            ("example.-com", Reason::TopLabel),
            ("example.com-", Reason::TopLabel),
            ("abc.123", Reason::TopLabel),
            ("example.org:8080", Reason::TopLabel),
            ("example.org..", Reason::TopLabel),
            ("%{d}org", Reason::TopLabel),
            ("%{d}.", Reason::TopLabel),
            ("192.0.2.1", Reason::AddressAsDomain),
            ("2001:db8::1", Reason::AddressAsDomain),
            ("a\u{7}.org", Reason::ControlCharacter),
            ("b\u{fc}cher.example", Reason::NotAscii),
            ("%{c}", Reason::MacroOnlyExplains('c')),
            ("%{R}", Reason::MacroOnlyExplains('R')),
        ];
        for (text, why) in cases {
            assert_eq!(MacroString::domain(text), Err(why), "{text}");
        }
    }

    #[test]
    fn what_is_no_macro_is_refused() {
        for text in [
            "%(ir).x.org",
            "%",
            "x%",
            "%.org",
            "%{",
            "%{}",
            "%{d",
            "%{a}",
            "%{d0}",
            "%{d00}",
            "%{dx}",
            "%{d2r*}",
            "%{d-r}",
            "%{dr2}",
            "%{\u{fc}}",
        ] {
            assert!(matches!(MacroString::value(text), Err(Reason::Macro(_))), "{text}");
        }
        assert!(MacroString::value("any/visible:text=%{c}").is_ok());
        assert!(MacroString::value("a b").is_err());
        assert!(MacroString::explanation("a b").is_ok());
    }

    #[test]
    fn what_hangs_on_the_client_is_known() {
        for (text, varies) in [
            ("_spf.example.org", false),
            ("%{d}.x.org", false),
            ("%{o}", false),
            ("%{i}.x.org", true),
            ("%{v}.x.org", true),
        ] {
            assert_eq!(MacroString::domain(text).unwrap().varies(), varies, "{text}");
        }
        assert!(MacroString::domain("%{p}.x.org").unwrap().needs_validated());
    }
}
