//! Takes a message out of what it is wrapped in.

mod foreign;
pub(super) mod json;
mod wrap;

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// The most of one message that is read, in bytes; what a person pastes is far below.
const MOST: usize = 1 << 20;

// To make one takes longer than to look through a line.
static TWO_BLANKS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("  "));

/// A message, unwrapped.
pub(super) struct Text {
    /// The lines, with single spaces.
    text: String,
    /// The same in lower case: offsets are the same.
    pub(super) lower: Vec<u8>,
}

/// Reads bytes as text; such as are none become replacement characters.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly all are text, which is much sooner seen than mended.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::from)
}

/// Tells whether a line holds nothing but blanks and ASCII that is printed.
fn is_plain(line: &str) -> bool {
    // Without an end at the first that is not, the compiler makes one step of many.
    line.bytes().fold(true, |is_plain, byte| is_plain & matches!(byte, b' '..=b'~'))
}

/// Tells whether less than a quarter of a line are bytes that no text has.
fn is_text(line: &str) -> bool {
    let is_junk = |symbol: &char| {
        *symbol == char::REPLACEMENT_CHARACTER || (symbol.is_control() && !symbol.is_whitespace())
    };
    line.chars().filter(is_junk).count() * 4 <= line.chars().count()
}

impl Text {
    /// Reads a message; bytes that are no text become replacement characters, and lines of mostly such are left out:
    /// whatever words stand in them stand there by chance.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(MOST)];
        let text = foreign::translate(wrap::unwrap(lossy(bytes)));
        let mut clean = String::with_capacity(text.len());
        for line in text.lines() {
            let mut end = if clean.is_empty() { "" } else { "\n" };
            if is_plain(line) {
                let mut rest = line.trim_matches(' ');
                clean.push_str(if rest.is_empty() { "" } else { end });
                while let Some(at) = TWO_BLANKS.find(rest.as_bytes()) {
                    let (one, more) = rest.split_at(at + 1);
                    clean.push_str(one);
                    rest = more.trim_start_matches(' ');
                }
                clean.push_str(rest);
            } else if is_text(line) {
                for word in line.split_whitespace() {
                    clean.push_str(end);
                    clean.push_str(word);
                    end = " ";
                }
            }
        }
        let lower = clean.to_ascii_lowercase().into_bytes();
        Self { text: clean, lower }
    }

    /// Returns the text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the line that holds an offset.
    pub(super) fn line(&self, at: usize) -> &str {
        let start = memchr::memrchr(b'\n', &self.lower[..at]).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', &self.lower[at..]).map_or(self.text.len(), |end| at + end);
        self.text.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn blanks_are_single_and_junk_is_left_out() {
        let read = |text: &[u8]| Text::read(text).as_str().to_owned();
        assert_eq!(read(b"  Mar  3 10:00:00    x  \n\n   \nmx  y"), "Mar 3 10:00:00 x\nmx y");
        assert_eq!(read(b"   \nx"), "x");
        assert_eq!(read("\ta\t\tb\n \u{e4}\u{a0} \u{f6} ".as_bytes()), "a b\n\u{e4} \u{f6}");
        assert_eq!(read(b"a\n\x01\x02\x03no\nbcd \xff"), "a\nbcd \u{fffd}");
    }
}
