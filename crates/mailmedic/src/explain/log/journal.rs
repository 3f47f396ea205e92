//! Reads what `journalctl -o export` writes (systemd.io/JOURNAL_EXPORT_FORMATS).

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::{Log, MOST_LINE, WORDS};

/// How an export begins.
const BEGINS: [&[u8]; 2] = [b"__CURSOR=", b"__REALTIME_TIMESTAMP="];

/// What counts of an entry.
#[derive(Default)]
struct Entry {
    message: Vec<u8>,
    program: Vec<u8>,
    pid: Vec<u8>,
    /// Microseconds since 1970.
    time: Option<i64>,
}

impl Log {
    /// Reads lines or the entries of an exported journal to the end, whichever it is.
    ///
    /// # Errors
    /// What reading fails with; what comes before it is taken.
    pub fn read_any(&mut self, from: &mut impl BufRead) -> io::Result<()> {
        // Of a pipe less may have come than the whole word.
        let begin = from.fill_buf()?;
        let is_export =
            |word: &&[u8]| !begin.is_empty() && word.iter().zip(begin).all(|(one, other)| one == other);
        if BEGINS.iter().any(is_export) { self.export(from) } else { self.read(from) }
    }

    fn export(&mut self, from: &mut impl BufRead) -> io::Result<()> {
        let (mut entry, mut field) = (Entry::default(), Vec::new());
        while read_line(from, &mut field)? {
            if field.is_empty() {
                self.entry(&std::mem::take(&mut entry));
            } else if let Some(at) = memchr::memchr(b'=', &field) {
                entry.set(&field[..at], &field[at + 1..]);
            } else {
                let value = read_binary(from)?;
                entry.set(&field, &value);
            }
        }
        self.entry(&entry);
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) {
        if entry.message.is_empty() {
            return;
        }
        self.lines += 1;
        if WORDS.sieve.each(&entry.message, 0, |_, _| ControlFlow::Break(())).is_none() {
            return;
        }
        let mut line = entry.program.clone();
        if !entry.pid.is_empty() {
            line.extend([&b"["[..], &entry.pid, b"]"].concat());
        }
        if !line.is_empty() {
            line.extend(b": ");
        }
        line.extend(&entry.message);
        line.truncate(MOST_LINE);
        let time = entry.time.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        self.bare(&line, time);
    }
}

impl Entry {
    fn set(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"MESSAGE" => self.message = value.to_vec(),
            b"SYSLOG_IDENTIFIER" => self.program = value.to_vec(),
            b"_PID" => self.pid = value.to_vec(),
            b"SYSLOG_PID" if self.pid.is_empty() => self.pid = value.to_vec(),
            b"__REALTIME_TIMESTAMP" => {
                self.time = str::from_utf8(value).ok().and_then(|text| text.parse().ok())
            }
            _ => {}
        }
    }
}

/// Reads a line without its end; of one that is too long only the start. False at the end.
fn read_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut is_any = false;
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok(is_any);
        }
        is_any = true;
        let end = memchr::memchr(b'\n', buffer);
        let part = &buffer[..end.unwrap_or(buffer.len())];
        line.extend_from_slice(&part[..part.len().min(MOST_LINE - line.len())]);
        let used = part.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// Reads a value with its length before it and a line feed behind; of one that is too long only the start.
fn read_binary(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut value = Vec::new();
    let kept = length.min(MOST_LINE as u64);
    from.take(kept).read_to_end(&mut value)?;
    io::copy(&mut from.take((length - kept).saturating_add(1)), &mut io::sink())?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::{Clock, Log, MOST_LINE, Summary};

    fn read(text: &[u8]) -> Summary {
        let mut log =
            Log::new(Clock { zone: TimeZone::UTC, latest: "2026-03-05T00:00:00Z".parse().unwrap() });
        log.read_any(&mut &*text).unwrap();
        log.finish()
    }

    const HEAD: &str =
        "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1772532002123456\n_PID=7\nSYSLOG_IDENTIFIER=postfix/smtpd\n";

    #[test]
    fn an_exported_journal_is_read() {
        let error = format!("{HEAD}MESSAGE=SSL_accept error from mx.example.net[192.0.2.1]: -1\n\n");
        let library =
            b"warning: TLS library problem: error:0A000418:SSL routines::tlsv1 alert unknown ca:\xff";
        let mut text = error.into_bytes();
        text.extend(HEAD.as_bytes());
        text.extend(b"MESSAGE\n");
        text.extend((library.len() as u64).to_le_bytes());
        text.extend(library);
        text.extend(b"\n\n");
        text.extend(HEAD.replace("=7", "=8").as_bytes());
        text.extend(b"MESSAGE=connect from x\n");
        let summary = read(&text);
        assert_eq!((summary.lines, summary.told, summary.groups.len()), (3, 2, 1));
        let group = &summary.groups[0];
        assert_eq!((group.causes[0].rule, group.software), ("cert-rejected-by-peer", Some("postfix")));
        assert_eq!(group.first.unwrap().to_string(), "2026-03-03T10:00:02Z");
    }

    #[test]
    fn lines_of_json_are_read() {
        let line = r#"{"MESSAGE":"certificate verification failed for mx.example.net[192.0.2.1]:25: certificate has expired","SYSLOG_IDENTIFIER":"postfix/smtp","_PID":"7","__REALTIME_TIMESTAMP":"1772532002123456"}"#;
        let message = "TLS error on connection from x.example.net [192.0.2.1] (SSL_accept): timed out";
        let bytes: Vec<String> = message.bytes().map(|byte| byte.to_string()).collect();
        let summary = read(format!("{line}\n{{\"MESSAGE\":[{}]}}\n", bytes.join(",")).as_bytes());
        let rules: Vec<&str> = summary.groups.iter().map(|group| group.causes[0].rule).collect();
        assert_eq!(rules, ["cert-expired", "tls-handshake-timeout"]);
        assert_eq!(summary.groups[0].first.unwrap().to_string(), "2026-03-03T10:00:02Z");
    }

    #[test]
    fn lengths_that_lie_are_survived() {
        let mut text = format!("{HEAD}MESSAGE\n").into_bytes();
        text.extend(u64::MAX.to_le_bytes());
        text.extend(vec![b'x'; 3 * MOST_LINE]);
        assert_eq!(read(&text).lines, 1);
        let mut log = Log::new(Clock { zone: TimeZone::UTC, latest: jiff::Timestamp::UNIX_EPOCH });
        assert!(log.read_any(&mut &format!("{HEAD}MESSAGE\nabc").as_bytes()[..]).is_err());
    }
}
