//! Reads large blocks and hands on whole lines.

use std::io::{self, Read};

use super::{Log, MOST_LINE};

/// How much is read at a time, in bytes.
const BLOCK: usize = 256 << 10;

impl Log {
    /// Reads lines to the end.
    ///
    /// # Errors
    /// What reading fails with; the lines before it are taken.
    pub fn read(&mut self, from: &mut impl Read) -> io::Result<()> {
        let mut lines = Lines::default();
        while lines.read(from, self)? > 0 {}
        lines.end(self);
        Ok(())
    }
}

/// What is left of a block: the beginning of a line whose end is still to come.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: Vec<u8>,
    filled: usize,
    /// Whether the rest of a line that was too long is passed over.
    is_skipping: bool,
}

impl Lines {
    /// Reads once and hands on the lines that are whole; returns how many bytes were read, 0 at the end.
    ///
    /// # Errors
    /// What reading fails with.
    pub fn read(&mut self, from: &mut impl Read, log: &mut Log) -> io::Result<usize> {
        self.buffer.resize(BLOCK, 0);
        let read = loop {
            match from.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?.min(BLOCK - self.filled),
            }
        };
        let begin = self.filled;
        self.filled += read;
        let mut from = 0;
        if self.is_skipping {
            let end = memchr::memchr(b'\n', &self.buffer[..self.filled]);
            self.is_skipping = end.is_none();
            from = end.map_or(self.filled, |end| end + 1);
        }
        if let Some(end) = memchr::memrchr(b'\n', &self.buffer[begin.max(from)..self.filled]) {
            let end = begin.max(from) + end + 1;
            log.block(&self.buffer[from..end]);
            from = end;
        }
        self.buffer.copy_within(from..self.filled, 0);
        self.filled -= from;
        // Of a line that is too long the start is enough.
        if self.filled > BLOCK - MOST_LINE {
            log.block(&self.buffer[..MOST_LINE]);
            self.filled = 0;
            self.is_skipping = true;
        }
        Ok(read)
    }

    /// Hands on what is left: a last line without an end.
    pub fn end(&mut self, log: &mut Log) {
        if self.filled > 0 {
            log.block(&self.buffer[..self.filled]);
        }
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::super::{Clock, Log, MOST_LINE};
    use super::BLOCK;

    /// Gives a few bytes at a time.
    struct Drops<'t>(&'t [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    const FAULT: &str = "TLS error on connection from x.example.net [192.0.2.1] (SSL_accept): timed out";

    fn told(text: &[u8], drop: usize) -> (u64, u64) {
        let mut log = Log::new(Clock { zone: TimeZone::UTC, latest: Timestamp::UNIX_EPOCH });
        log.read(&mut Drops(text, drop)).unwrap();
        let summary = log.finish();
        (summary.lines, summary.told)
    }

    #[test]
    fn lines_are_whole_however_they_come() {
        let text = format!("{FAULT}\nx\n\n{FAULT}");
        for drop in [1, 7, 80, 1000] {
            assert_eq!(told(text.as_bytes(), drop), (4, 2), "{drop}");
        }
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let long = [FAULT.as_bytes(), &vec![b' '; 3 * BLOCK], FAULT.as_bytes()].concat();
        let text = [&long[..], b"\nx\n", &long[..], b"\n", FAULT.as_bytes()].concat();
        for drop in [MOST_LINE, BLOCK, 10_000_000] {
            assert_eq!(told(&text, drop), (4, 3), "{drop}");
        }
    }
}
