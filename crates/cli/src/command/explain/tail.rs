//! Reads what is added to a file, whatever becomes of the file.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use mailmedic::explain::log::{Lines, Log};

/// The most that is read at a time, in bytes: then somebody else has a turn.
const MOST: usize = 8 << 20;

/// A file that is followed by its name.
pub(super) struct Tail {
    path: PathBuf,
    open: Option<Open>,
    lines: Lines,
}

struct Open {
    file: File,
    /// How much of it was read.
    read: u64,
}

impl Tail {
    /// Starts at the end of the file, or with its first line if it is not there yet.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub(super) fn new(path: PathBuf) -> io::Result<Self> {
        let open = match File::open(&path) {
            Ok(mut file) => {
                if file.metadata()?.is_dir() {
                    return Err(ErrorKind::IsADirectory.into());
                }
                let read = file.seek(SeekFrom::End(0))?;
                Some(Open { file, read })
            }
            Err(why) if why.kind() == ErrorKind::NotFound => None,
            Err(why) => return Err(why),
        };
        Ok(Self { path, open, lines: Lines::default() })
    }

    /// Hands on what was added; returns whether that was anything. A file that was rotated is read to its end first.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn read(&mut self, log: &mut Log) -> io::Result<bool> {
        // Rotation may be between its two steps: then the new file is there next time.
        if self.open.is_none() {
            self.open = File::open(&self.path).ok().map(|file| Open { file, read: 0 });
        }
        let Some(open) = &mut self.open else { return Ok(false) };
        let mut total = 0;
        while total < MOST {
            match self.lines.read(&mut open.file.by_ref(), log)? {
                0 => break,
                count => total += count,
            }
        }
        open.read += total as u64;
        if total == 0 {
            let here = open.file.metadata()?;
            let is_other = fs::metadata(&self.path).is_ok_and(|there| !is_same(&here, &there));
            if is_other {
                self.lines.end(log);
                self.open = None;
                return Ok(true);
            }
            if here.len() < open.read {
                self.lines.end(log);
                open.file.seek(SeekFrom::Start(0))?;
                open.read = 0;
                return Ok(true);
            }
        }
        Ok(total > 0)
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};
    use std::io::Write as _;
    use std::path::Path;

    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use mailmedic::explain::log::{Clock, Log};

    use super::Tail;

    const FAULT: &str = "TLS error on connection from x.example.net [192.0.2.1] (SSL_accept): timed out\n";

    fn log() -> Log {
        Log::new(Clock { zone: TimeZone::UTC, latest: Timestamp::UNIX_EPOCH })
    }

    fn add(path: &Path, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Reads until nothing more comes.
    fn drain(tail: &mut Tail, log: &mut Log) {
        while tail.read(log).unwrap() {}
    }

    #[test]
    fn what_is_added_is_read_and_what_was_there_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        add(&path, FAULT);
        let (mut tail, mut log) = (Tail::new(path.clone()).unwrap(), log());
        drain(&mut tail, &mut log);
        add(&path, &FAULT[..20]);
        drain(&mut tail, &mut log);
        add(&path, &FAULT[20..]);
        drain(&mut tail, &mut log);
        let summary = log.finish();
        assert_eq!((summary.lines, summary.told), (1, 1));
    }

    #[test]
    fn rotation_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        let (mut tail, mut log) = (Tail::new(path.clone()).unwrap(), log());
        drain(&mut tail, &mut log);
        add(&path, FAULT);
        drain(&mut tail, &mut log);
        // More is written to the old file after it was renamed, and the new one is there at once.
        add(&path, FAULT);
        fs::rename(&path, folder.path().join("mail.log.1")).unwrap();
        add(&folder.path().join("mail.log.1"), FAULT);
        add(&path, FAULT);
        drain(&mut tail, &mut log);
        // Renamed, and nothing new yet.
        fs::rename(&path, folder.path().join("mail.log.1")).unwrap();
        drain(&mut tail, &mut log);
        add(&path, FAULT);
        drain(&mut tail, &mut log);
        let summary = log.finish();
        assert_eq!((summary.lines, summary.told), (5, 5));
    }

    #[test]
    fn a_file_that_is_cut_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        add(&path, &FAULT.repeat(3));
        let (mut tail, mut log) = (Tail::new(path.clone()).unwrap(), log());
        drain(&mut tail, &mut log);
        File::create(&path).unwrap();
        drain(&mut tail, &mut log);
        add(&path, FAULT);
        drain(&mut tail, &mut log);
        assert_eq!(log.finish().told, 1);
    }

    #[test]
    fn a_folder_is_refused() {
        assert!(Tail::new(tempfile::tempdir().unwrap().path().to_owned()).is_err());
    }
}
