//! Takes a message out of what it is wrapped in.

mod foreign;
pub(super) mod json;
mod wrap;

/// The most of one message that is read, in bytes; what a person pastes is far below.
const MOST: usize = 1 << 20;

/// A message, unwrapped.
pub(super) struct Text {
    /// The lines, with single spaces.
    text: String,
    /// The same in lower case: offsets are the same.
    pub(super) lower: Vec<u8>,
}

/// Tells whether less than a quarter of a line are bytes that no text has.
fn is_text(line: &str) -> bool {
    if line.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        return true;
    }
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
        let text = foreign::translate(wrap::unwrap(String::from_utf8_lossy(bytes)));
        let mut clean = String::with_capacity(text.len());
        for line in text.lines().filter(|line| is_text(line)) {
            let mut end = if clean.is_empty() { "" } else { "\n" };
            for word in line.split_whitespace() {
                clean.push_str(end);
                clean.push_str(word);
                end = " ";
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
