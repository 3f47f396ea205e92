//! How times, spans, lists and foreign text are written for people.

use jiff::Timestamp;

/// Writes a time: `2026-11-18 12:00 UTC`.
pub fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Writes a date: `2026-11-18`.
pub fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// Writes the span between two times in its largest fitting unit: `3 days`, `5 hours`, `1 minute`.
pub fn span(one: Timestamp, other: Timestamp) -> String {
    let seconds = one.duration_since(other).as_secs().unsigned_abs();
    match seconds {
        172_800.. => count(seconds / 86_400, "day"),
        7_200.. => count(seconds / 3_600, "hour"),
        _ => count(seconds / 60, "minute"),
    }
}

/// Returns the whole days from one time to a later one; negative if it is earlier.
pub fn days_until(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().div_euclid(86_400)
}

/// Writes a number with its noun: `1 day`, `2 days`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Joins words: `a`, `a and b`, `a, b and c`; more than eight are cut to `…, g, h and 4 more`.
pub fn list<T: AsRef<str>>(words: &[T]) -> String {
    const MOST: usize = 8;
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] if words.len() <= MOST => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} more", words[..MOST].join(", "), words.len() - MOST),
    }
}

/// Makes foreign text safe for a terminal and bounded: control and other unprintable characters, and
/// characters that change the direction of text, become `\xNN` or `\u{…}`; what would be shown beyond
/// `most` characters is cut.
pub fn escape(text: &str, most: usize) -> String {
    if text.len() <= most && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut safe = Bounded::new(text.len(), most);
    for c in text.chars() {
        let has_room = match c {
            ' '..='~' => safe.push(c),
            _ if (c as u32) < 0x80 => safe.push_code(&format!("\\x{:02x}", c as u32)),
            // Lines of our own trees are drawn with these, and they do nothing to a terminal.
            '\u{2500}'..='\u{257f}' => safe.push(c),
            _ if c.is_alphanumeric() => safe.push(c),
            _ => safe.push_code(&format!("\\u{{{:x}}}", c as u32)),
        };
        if !has_room {
            break;
        }
    }
    safe.text
}

/// The same for bytes: what is no printable ASCII becomes `\xNN`.
pub fn escape_bytes(bytes: &[u8], most: usize) -> String {
    let mut safe = Bounded::new(bytes.len(), most);
    for byte in bytes {
        let has_room = match byte {
            b' '..=b'~' => safe.push(char::from(*byte)),
            _ => safe.push_code(&format!("\\x{byte:02x}")),
        };
        if !has_room {
            break;
        }
    }
    safe.text
}

/// A text that ends in `…` where more than its room was to be shown. A code is never cut in two.
struct Bounded {
    text: String,
    room: usize,
}

impl Bounded {
    fn new(length: usize, most: usize) -> Self {
        Self { text: String::with_capacity(length.min(most)), room: most }
    }

    fn push(&mut self, c: char) -> bool {
        let has_room = self.take(1);
        self.text.push(if has_room { c } else { '…' });
        has_room
    }

    /// Adds a code of ASCII.
    fn push_code(&mut self, code: &str) -> bool {
        let has_room = self.take(code.len());
        self.text.push_str(if has_room { code } else { "…" });
        has_room
    }

    fn take(&mut self, characters: usize) -> bool {
        self.room.checked_sub(characters).map(|room| self.room = room).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{count, days_until, escape, escape_bytes, list, span};

    fn at(text: &str) -> jiff::Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn spans_take_their_largest_fitting_unit() {
        let noon = at("2026-11-21T12:00:00Z");
        assert_eq!(span(noon, at("2026-11-18T12:00:00Z")), "3 days");
        assert_eq!(span(noon, at("2026-11-20T00:00:00Z")), "36 hours");
        assert_eq!(span(at("2026-11-21T12:01:59Z"), noon), "1 minute");
        assert_eq!(days_until(noon, at("2026-11-21T11:59:00Z")), -1);
        assert_eq!(count(0, "day"), "0 days");
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["x"; 10][..]), "x, x, x, x, x, x, x, x and 2 more");
    }

    #[test]
    fn foreign_text_cannot_drive_a_terminal() {
        assert_eq!(escape("\u{1b}[2Jü\u{202e}x\n", 80), "\\x1b[2Jü\\u{202e}x\\x0a");
        assert_eq!(escape("├─ x", 80), "├─ x");
        assert_eq!(escape("aaaa", 2), "aa…");
        assert_eq!(escape_bytes(b"220 \x00\xff", 80), "220 \\x00\\xff");
    }

    #[test]
    fn what_is_shown_is_bounded_however_long_its_codes_are() {
        assert_eq!(escape("a\x07b", 5), "a\\x07…");
        assert_eq!(escape("a\x07b", 4), "a…");
        assert_eq!(escape(&"\u{fffd}".repeat(300), 300).chars().count(), 297);
        assert_eq!(escape_bytes(&[0; 30], 10), "\\x00\\x00…");
        assert_eq!(escape("aa", 2), "aa");
    }
}
