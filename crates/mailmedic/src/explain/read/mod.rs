//! Takes a message out of what it is wrapped in.

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

impl Text {
    /// Reads a message; bytes that are no text become replacement characters.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(MOST)];
        let text = wrap::unwrap(&String::from_utf8_lossy(bytes));
        let mut clean = String::with_capacity(text.len());
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if !words.is_empty() {
                if !clean.is_empty() {
                    clean.push('\n');
                }
                clean.push_str(&words.join(" "));
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
