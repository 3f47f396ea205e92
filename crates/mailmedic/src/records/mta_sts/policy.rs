//! The policy document (RFC 8461 §3.2).

use crate::name::Name;
use crate::observation::MtaStsMode;
use crate::words;

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether senders must obey it.
    pub mode: MtaStsMode,
    /// How long senders may keep it, in seconds.
    pub max_age: u64,
    /// The patterns for the names of mail exchangers, in lower case without a final dot.
    pub mx: Vec<String>,
    /// What is wrong with it and keeps senders from nothing.
    pub oddities: Vec<Oddity>,
}

/// Why senders do not take a document for a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// Bytes that are no text.
    #[error("it is no UTF-8 text")]
    NoText,
    /// HTML: the web server answers so to every path.
    #[error("it is a web page, not a policy: the web server shows it for any path")]
    WebPage,
    /// A byte order mark stands before the first key.
    #[error("it begins with a byte order mark, so that its first key cannot be read")]
    ByteOrderMark,
    /// There is no version.
    #[error("it has no line \"version: STSv1\"")]
    NoVersion,
    /// Another version.
    #[error("its version is \"{0}\", and must be STSv1")]
    Version(String),
    /// There is no mode.
    #[error("it has no mode")]
    NoMode,
    /// A mode that is not defined.
    #[error("its mode \"{0}\" is none of enforce, testing and none")]
    Mode(String),
    /// There is no time to live.
    #[error("it has no max_age")]
    NoMaxAge,
    /// The time to live is no number.
    #[error("its max_age \"{0}\" is no number of seconds")]
    MaxAge(String),
    /// No exchanger is listed.
    #[error("it lists no mx")]
    NoMx,
    /// What is listed means no host.
    #[error("\"mx: {0}\" is neither a host name nor *. before one, and it lists no other mx")]
    Mx(String),
}

/// What is wrong with a policy and keeps senders from nothing, or from little.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Oddity {
    /// A line without a colon.
    #[error("the line \"{0}\" has no colon")]
    Line(String),
    /// A pattern that can mean no host.
    #[error("\"mx: {0}\" is neither a host name nor *. before one, and means no host")]
    Pattern(String),
    /// A time to live over a year.
    #[error("max_age is {0} seconds, and may be 31557600 at the most")]
    MaxAge(u64),
    /// More patterns than are read.
    #[error("it lists more than {MOST_PATTERNS} mx")]
    Patterns,
}

/// Reads a policy. Unknown keys are skipped, and of a key other than `mx` that stands twice the first counts.
///
/// # Errors
/// Says why senders do not take it for one.
pub fn read_policy(body: &[u8]) -> Result<Policy, PolicyFault> {
    let text = str::from_utf8(body).map_err(|_| PolicyFault::NoText)?;
    if text.trim().is_empty() {
        return Err(PolicyFault::Empty);
    }
    if text.starts_with('\u{FEFF}') {
        return Err(PolicyFault::ByteOrderMark);
    }
    if text.trim_start().starts_with('<') {
        return Err(PolicyFault::WebPage);
    }
    let mut oddities = Vec::new();
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    // The end of a line may be a line feed alone, or with a carriage return before it.
    for line in text.split('\n').map(|line| line.trim_matches([' ', '\t', '\r'])) {
        match line.split_once(':') {
            Some((key, value)) => pairs.push((key.trim(), value.trim())),
            None if line.is_empty() || oddities.len() >= MOST_ODDITIES => {}
            None => oddities.push(Oddity::Line(shown(line))),
        }
    }
    let value = |wanted: &str| pairs.iter().find(|pair| pair.0 == wanted).map(|pair| pair.1);
    match value("version") {
        Some("STSv1") => {}
        Some(other) => return Err(PolicyFault::Version(shown(other))),
        None => return Err(PolicyFault::NoVersion),
    }
    let mode = match value("mode") {
        Some("enforce") => MtaStsMode::Enforce,
        Some("testing") => MtaStsMode::Testing,
        Some("none") => MtaStsMode::None,
        Some(other) => return Err(PolicyFault::Mode(shown(other))),
        None => return Err(PolicyFault::NoMode),
    };
    let max_age = value("max_age").ok_or(PolicyFault::NoMaxAge)?;
    let is_number = (1..=10).contains(&max_age.len()) && max_age.bytes().all(|byte| byte.is_ascii_digit());
    let max_age: u64 =
        max_age.parse().ok().filter(|_| is_number).ok_or_else(|| PolicyFault::MaxAge(shown(max_age)))?;
    if max_age > LONGEST {
        oddities.push(Oddity::MaxAge(max_age));
    }
    let mut mx: Vec<String> = Vec::new();
    for (_, pattern) in pairs.iter().filter(|pair| pair.0 == "mx") {
        if mx.len() >= MOST_PATTERNS {
            oddities.push(Oddity::Patterns);
            break;
        }
        match read_pattern(pattern) {
            Some(pattern) if !mx.contains(&pattern) => mx.push(pattern),
            Some(_) => {}
            None if oddities.len() >= MOST_ODDITIES => {}
            None => oddities.push(Oddity::Pattern(shown(pattern))),
        }
    }
    if mx.is_empty() && mode != MtaStsMode::None {
        return Err(value("mx").map_or(PolicyFault::NoMx, |pattern| PolicyFault::Mx(shown(pattern))));
    }
    Ok(Policy { mode, max_age, mx, oddities })
}

/// Writes seconds as people say it: `7 days`, `1 hour`, `90 seconds`.
pub fn lasting(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units.iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    match whole {
        Some((length, unit)) => words::count(seconds / length, unit),
        None if seconds >= 172_800 => format!("about {}", words::count(seconds / 86_400, "day")),
        None => words::count(seconds, "second"),
    }
}

/// Reads a pattern: a host name, or `*.` before one (§4.1).
fn read_pattern(text: &str) -> Option<String> {
    let (start, host) = match text.strip_prefix("*.") {
        Some(host) => ("*.", host),
        None => ("", text),
    };
    let name = Name::new(host).ok().filter(|name| !name.as_ascii().contains('*'))?;
    Some(format!("{start}{name}"))
}

fn shown(text: &str) -> String {
    words::escape(text, MOST_CHARACTERS)
}

/// The longest time to live in seconds: a year (§3.2).
pub const LONGEST: u64 = 31_557_600;

/// Weeks are advised (§10.2); below one, senders forget the policy of a domain to which they write seldom.
pub const LEAST_ADVISED: u64 = 604_800;

/// Patterns that are read.
const MOST_PATTERNS: usize = 200;

/// Oddities that are told.
const MOST_ODDITIES: usize = 8;

/// The most of a line that is shown.
const MOST_CHARACTERS: usize = 80;

#[cfg(test)]
mod tests {
    use super::{LONGEST, Oddity, Policy, PolicyFault, lasting, read_policy};
    use crate::observation::MtaStsMode;

    fn policy(text: &str) -> Policy {
        read_policy(text.as_bytes()).unwrap()
    }

    #[test]
    fn policies_are_read_with_either_end_of_line() {
        for end in ["\n", "\r\n"] {
            let lines = [
                "version: STSv1",
                "mode: enforce",
                "mx: MX1.example.org",
                "mx:*.example.net.",
                "max_age: 604800",
                "",
            ];
            let read = policy(&lines.join(end));
            assert_eq!((read.mode, read.max_age), (MtaStsMode::Enforce, 604_800));
            assert_eq!(read.mx, ["mx1.example.org", "*.example.net"]);
            assert_eq!(read.oddities, []);
            assert_eq!(read_policy(read.lines().join("\n").as_bytes()), Ok(read));
        }
        assert_eq!(policy("version: STSv1\nmode: none\nmax_age: 1").mode, MtaStsMode::None);
    }

    #[test]
    fn unknown_keys_are_skipped_and_the_first_of_two_counts() {
        let read = policy(
            "version: STSv1\nfuture: x\nmode: testing\nmode: enforce\nmx: a.example\nmax_age: 1\nmax_age: 2",
        );
        assert_eq!((read.mode, read.max_age), (MtaStsMode::Testing, 1));
    }

    #[test]
    fn what_keeps_senders_from_nothing_is_told_apart() {
        let read = policy(&format!(
            "version: STSv1\nmode: enforce\nhello\n\nmx: a.example\nmx: a.example, b.example\nmx: .example\nmx: m*.example\nmax_age: {}",
            LONGEST + 1
        ));
        assert_eq!(read.mx, ["a.example"]);
        assert_eq!(read.oddities[0], Oddity::Line("hello".into()));
        assert_eq!(read.oddities[1], Oddity::MaxAge(LONGEST + 1));
        assert_eq!(read.oddities.len(), 5, "{:?}", read.oddities);
        let many = (0..300).map(|number| format!("mx: mx{number}.example\n")).collect::<String>();
        let read = policy(&format!("version: STSv1\nmode: enforce\nmax_age: 1\n{many}"));
        assert_eq!((read.mx.len(), read.oddities.as_slice()), (200, &[Oddity::Patterns][..]));
    }

    #[test]
    fn faults_are_told_apart() {
        let good = ["version: STSv1", "mode: enforce", "mx: a.example", "max_age: 86400"];
        let without = |line: usize| -> PolicyFault {
            let left: Vec<&str> =
                good.iter().enumerate().filter(|(index, _)| *index != line).map(|row| *row.1).collect();
            read_policy(left.join("\n").as_bytes()).unwrap_err()
        };
        assert_eq!(without(0), PolicyFault::NoVersion);
        assert_eq!(without(1), PolicyFault::NoMode);
        assert_eq!(without(2), PolicyFault::NoMx);
        assert_eq!(without(3), PolicyFault::NoMaxAge);
        let with = |line: usize, text: &str| {
            let mut lines = good;
            lines[line] = text;
            read_policy(lines.join("\n").as_bytes()).unwrap_err()
        };
        assert_eq!(with(0, "version: STSv2"), PolicyFault::Version("STSv2".into()));
        assert_eq!(with(2, "mx: a.example, b.example"), PolicyFault::Mx("a.example, b.example".into()));
        assert_eq!(with(1, "mode: Enforce"), PolicyFault::Mode("Enforce".into()));
        for age in ["a week", "-1", "", "12345678901"] {
            assert_eq!(with(3, &format!("max_age: {age}")), PolicyFault::MaxAge(age.into()));
        }
        assert_eq!(read_policy(b" \r\n"), Err(PolicyFault::Empty));
        assert_eq!(read_policy(&[0xFF]), Err(PolicyFault::NoText));
        assert_eq!(read_policy(b"\n<!doctype html>"), Err(PolicyFault::WebPage));
        assert_eq!(read_policy(b"\xEF\xBB\xBFversion: STSv1"), Err(PolicyFault::ByteOrderMark));
    }

    #[test]
    fn times_are_told_in_words() {
        assert_eq!(lasting(604_800), "7 days");
        assert_eq!(lasting(86_400), "1 day");
        assert_eq!(lasting(5_400), "90 minutes");
        assert_eq!(lasting(3_600), "1 hour");
        assert_eq!(lasting(90), "90 seconds");
        assert_eq!(lasting(10_000_001), "about 115 days");
        assert_eq!(lasting(0), "0 seconds");
    }
}
