//! Revocation lists and OCSP responses that are kept from one run to the next, each in a file of its own.
//!
//! Whatever goes wrong here is as if nothing had been kept: it costs a fetch and nothing else. What is kept is
//! checked again by whoever uses it, so that a file that somebody has changed tells nothing.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use mailmedic::bytes::Fingerprint;
use mailmedic::reach::Keeps;

/// A folder of kept documents.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    most_bytes: u64,
}

/// Returns the folder that the XDG Base Directory Specification gives; none where there is no home.
pub(crate) fn usual_folder() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    Some(of("XDG_CACHE_HOME").or_else(|| Some(of("HOME")?.join(".cache")))?.join("mailmedic"))
}

impl Cache {
    /// Uses a folder, which need not be there yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, most_bytes: MOST_BYTES }
    }

    fn place(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{}{ENDING}", Fingerprint::of(key.as_bytes())))
    }

    /// Writes beside the place and moves there, so that nobody ever reads a half.
    fn write(&self, place: &Path, kept: &Kept<'_>) -> std::io::Result<()> {
        create(&self.folder)?;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let beside = self.folder.join(format!("{}-{number}.new", std::process::id()));
        let written = File::create_new(&beside).and_then(|mut file| {
            file.write_all(kept.head().as_bytes())?;
            file.write_all(kept.document)
        });
        let moved = written.and_then(|()| fs::rename(&beside, place));
        if moved.is_err() {
            // It may never have come about.
            let _ = fs::remove_file(&beside);
        }
        moved
    }

    /// Removes what was kept longest until the rest and `more` bytes fit.
    fn make_room(&self, more: u64) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let about = entry.metadata()?;
            let name = entry.file_name();
            let is_ours = name.to_str().is_some_and(|name| name.ends_with(ENDING) || name.ends_with(".new"));
            if is_ours && about.is_file() {
                files.push((about.modified()?, about.len(), entry.path()));
            }
        }
        files.sort();
        let mut held: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if held + more <= self.most_bytes {
                break;
            }
            fs::remove_file(path)?;
            held -= length;
        }
        Ok(())
    }
}

impl Keeps for Cache {
    fn load(&self, key: &str, now: Timestamp) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.place(key)).ok()?.take(MOST_OF_FILE).read_to_end(&mut bytes).ok()?;
        let kept = Kept::read(&bytes)?;
        (kept.key == key && kept.until > now.as_second()).then(|| kept.document.to_vec())
    }

    fn keep(&self, key: &str, document: &[u8], until: Timestamp) {
        let kept = Kept { key, until: until.as_second(), document };
        let length = document.len() as u64 + kept.head().len() as u64;
        if length > self.most_bytes.min(MOST_OF_FILE) {
            return;
        }
        let room = if self.folder.exists() { self.make_room(length) } else { Ok(()) };
        if let Err(why) = room.and_then(|()| self.write(&self.place(key), &kept)) {
            tracing::debug!(folder = %self.folder.display(), %why, "a document is not kept");
        }
    }
}

/// What stands in a file: a line with the end of its time, the key in a line, and the document.
struct Kept<'a> {
    key: &'a str,
    /// Seconds since 1970.
    until: i64,
    document: &'a [u8],
}

impl<'a> Kept<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
        let mut line = || str::from_utf8(parts.next()?).ok();
        let until = line()?.strip_prefix(OPENING)?.parse().ok()?;
        let key = line()?;
        Some(Self { key, until, document: parts.next()? })
    }

    fn head(&self) -> String {
        format!("{OPENING}{}\n{}\n", self.until, self.key)
    }
}

/// Makes a folder that nobody else looks into: it tells which servers were examined.
fn create(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

const OPENING: &str = "mailmedic cache 1 until ";
const ENDING: &str = ".status";
/// All files together.
const MOST_BYTES: u64 = 128 * 1024 * 1024;
/// One file.
const MOST_OF_FILE: u64 = 17 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use jiff::Timestamp;
    use mailmedic::reach::Keeps as _;
    use tempfile::TempDir;

    use super::Cache;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn cache(most_bytes: u64) -> (TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { most_bytes, ..Cache::new(folder.path().join("below/here")) };
        (folder, cache)
    }

    fn files(cache: &Cache) -> usize {
        fs::read_dir(&cache.folder).map_or(0, Iterator::count)
    }

    fn only(folder: &Path) -> std::path::PathBuf {
        fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
    }

    #[test]
    fn documents_last_until_their_time_is_over() {
        let (_folder, cache) = cache(1000);
        assert_eq!(cache.load("crl http://a.example", at(0)), None);
        cache.keep("crl http://a.example", b"\n\nlist\n", at(100));
        assert_eq!(cache.load("crl http://a.example", at(99)).unwrap(), b"\n\nlist\n");
        assert_eq!(cache.load("crl http://a.example", at(100)), None);
        assert_eq!(cache.load("crl http://b.example", at(99)), None);
        cache.keep("crl http://a.example", b"newer", at(200));
        assert_eq!(cache.load("crl http://a.example", at(150)).unwrap(), b"newer");
        assert_eq!(files(&cache), 1);
    }

    #[test]
    fn damaged_files_are_as_if_they_were_not_there() {
        let (_folder, cache) = cache(1000);
        cache.keep("key", b"document", at(100));
        let file = only(&cache.folder);
        let whole = fs::read(&file).unwrap();
        let head = whole.len() - b"document".len();
        for end in 0..head {
            fs::write(&file, &whole[..end]).unwrap();
            assert_eq!(cache.load("key", at(0)), None, "{end}");
        }
        for bad in
            [&b"mailmedic cache 1 until 1e9\nkey\nx"[..], b"mailmedic cache 1 until 100\nother\nx", b"\xFF"]
        {
            fs::write(&file, bad).unwrap();
            assert_eq!(cache.load("key", at(0)), None);
        }
        cache.keep("key", b"document", at(100));
        assert_eq!(cache.load("key", at(0)).unwrap(), b"document");
    }

    #[test]
    fn all_files_together_are_bounded() {
        let (_folder, cache) = cache(1000);
        for number in 0..20 {
            cache.keep(&format!("key {number}"), &[b'x'; 200], at(100));
            let held: u64 = fs::read_dir(&cache.folder)
                .unwrap()
                .map(|file| file.unwrap().metadata().unwrap().len())
                .sum();
            assert!(held <= 1000, "{held}");
            assert!(cache.load(&format!("key {number}"), at(0)).is_some());
        }
        let before = files(&cache);
        cache.keep("too long", &[b'x'; 2000], at(100));
        assert_eq!((cache.load("too long", at(0)), files(&cache)), (None, before));
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let (_folder, cache) = cache(300);
        fs::create_dir_all(&cache.folder).unwrap();
        fs::write(cache.folder.join("mine.txt"), [0; 900]).unwrap();
        cache.keep("one", &[b'x'; 200], at(100));
        cache.keep("two", &[b'x'; 200], at(100));
        assert!(cache.folder.join("mine.txt").exists());
        assert_eq!((cache.load("one", at(0)), files(&cache)), (None, 2));
    }

    #[test]
    fn a_folder_that_cannot_be_used_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let cache = Cache::new(file.join("below"));
        cache.keep("key", b"document", at(100));
        assert_eq!(cache.load("key", at(0)), None);
    }
}
