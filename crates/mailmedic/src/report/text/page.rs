//! Text on its way to the reader: wrapped, indented, coloured.

use anstyle::{AnsiColor, Style as Paint};
use unicode_width::UnicodeWidthStr;

use super::{Style, safe};
use crate::finding::Severity;

/// Text on its way to the reader.
pub(in crate::report) struct Page<'a> {
    text: String,
    pub(super) style: &'a Style,
}

impl<'a> Page<'a> {
    /// Starts with nothing.
    pub(in crate::report) fn new(style: &'a Style) -> Self {
        Self { text: String::new(), style }
    }

    /// Returns all that was written.
    pub(in crate::report) fn into_text(self) -> String {
        self.text
    }

    /// Writes a line as it is.
    pub(in crate::report) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Leaves a line free, unless one is or the page begins.
    pub(in crate::report) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Writes a paragraph; its further lines are indented as far as `first` is wide. Returns
    /// where it starts.
    pub(in crate::report) fn wrapped(&mut self, first: &str, paragraph: &str) -> usize {
        let indent = " ".repeat(first.width());
        self.hanging(first, &indent, paragraph)
    }

    /// Writes a paragraph whose first line and whose further lines start so. Returns where it starts.
    pub(in crate::report) fn hanging(&mut self, first: &str, rest: &str, paragraph: &str) -> usize {
        let start = self.text.len();
        if paragraph.trim().is_empty() {
            // Wrapping nothing would drop what it is to stand beside.
            self.line(first);
            return start;
        }
        let options = textwrap::Options::new(self.style.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(paragraph, options) {
            self.line(&line);
        }
        start
    }

    /// Writes a command or a line of a file so that it can be pasted: never wrapped. One of several lines stands
    /// at the left edge, since a here-document must not be indented.
    pub(in crate::report) fn verbatim(&mut self, indent: &str, text: &str) {
        let indent = if text.trim_end().contains('\n') { "" } else { indent };
        for line in text.lines() {
            self.line(&format!("{indent}{}", safe(line)));
        }
    }

    /// Colours a word by severity, if there are to be colours.
    pub(in crate::report) fn paint(&self, text: &str, severity: Severity) -> String {
        if !self.style.colour {
            return text.to_owned();
        }
        let colour = match severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Note => AnsiColor::Cyan,
        };
        let paint = Paint::new().bold().fg_color(Some(colour.into()));
        format!("{paint}{text}{paint:#}")
    }

    /// Puts another text in the place of one that was written: of so many bytes, from `at`.
    pub(in crate::report) fn replace(&mut self, at: usize, bytes: usize, text: &str) {
        self.text.replace_range(at..at + bytes, text);
    }
}

#[cfg(test)]
mod tests {
    use super::Page;
    use crate::report::text::Style;

    #[test]
    fn a_heading_stays_where_nothing_stands_beside_it() {
        let style = Style::default();
        let mut page = Page::new(&style);
        let start = page.hanging("ERROR  mx-missing  ", "  ", "");
        page.replace(start, 5, "error");
        assert_eq!(page.into_text(), "error  mx-missing\n");
    }
}
