//! Lists to judge by: logs of certificates, and known keys.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailmedic::certificate::logs::LogList;
use mailmedic::certificate::weak::WeakKeys;
use mailmedic::known::Lists;

use crate::exit::Failure;

/// Reads the lists that are named.
pub(crate) fn read(logs: Option<&Path>, weak_keys: &[PathBuf]) -> Result<Lists, Failure> {
    let mut lists = Lists::default();
    if let Some(file) = logs {
        let list = LogList::read(&text(file)?).map_err(|why| Failure::file(file, why))?;
        lists.logs = Some(Arc::new(list));
    }
    let mut all: Option<WeakKeys> = None;
    for file in weak_keys {
        let list = WeakKeys::read(&text(file)?).map_err(|why| Failure::file(file, why))?;
        match &mut all {
            Some(all) => all.join(list),
            None => all = Some(list),
        }
    }
    lists.weak_keys = all.map(Arc::new);
    Ok(lists)
}

fn text(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let opened = fs::File::open(file).map_err(|why| Failure::file(file, why))?;
    opened.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|why| Failure::file(file, why))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Failure::file(file, format!("it is longer than {} MiB", MOST_BYTES >> 20)));
    }
    Ok(text)
}

/// All lists of openssl-blacklist together have less than half of this.
const MOST_BYTES: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn files_are_named_in_complaints_and_lists_are_joined() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let keys = [file("one", "00005890bc78bcbee3ca\n"), file("two", "# a\n00005c9c49fd31e889a3\n")];
        let lists = read(None, &keys).unwrap();
        assert!(lists.weak_keys.is_some() && lists.logs.is_none());
        let (odd, none) = (file("odd", "{}"), folder.path().join("none"));
        let complaint = |logs: Option<&std::path::PathBuf>, keys: &[std::path::PathBuf]| {
            read(logs.map(std::path::PathBuf::as_path), keys).unwrap_err().0
        };
        assert!(complaint(Some(&odd), &[]).contains("odd: it is no list of logs"));
        assert!(complaint(None, std::slice::from_ref(&odd)).contains("odd: line 1"));
        assert!(complaint(None, std::slice::from_ref(&none)).contains("none: "));
    }
}
