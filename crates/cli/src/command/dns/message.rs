//! Who signed the messages that the user gives.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mailmedic::observation::Signer;
use mailmedic::records::dkim;
use mailmedic::target::Target;
use mailmedic::words;

use crate::exit::Failure;

/// Reads who signed the messages in these files, each signer once.
pub(super) fn signers(files: &[PathBuf]) -> Result<Vec<Signer>, Failure> {
    let mut signers: Vec<Signer> = Vec::new();
    for file in files {
        let found = dkim::signers(&read(file).map_err(|why| Failure::file(file, why))?);
        if found.is_empty() {
            return Err(Failure::file(
                file,
                "it has no DKIM-Signature; give a message with its whole header",
            ));
        }
        for signer in found {
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
    }
    Ok(signers)
}

/// Complains where no signer has to do with any of the domains.
pub(super) fn check(signers: &[Signer], targets: &[(String, Target)]) -> Result<(), Failure> {
    let domains = || {
        targets.iter().filter_map(|(_, target)| match target {
            Target::Domain(domain) => Some(domain),
            _ => None,
        })
    };
    if signers.iter().any(|signer| domains().any(|domain| dkim::is_related(&signer.domain, domain))) {
        return Ok(());
    }
    let mut names: Vec<String> = signers.iter().map(|signer| signer.domain.to_unicode()).collect();
    names.dedup();
    let wanted: Vec<String> = domains().map(|domain| domain.to_unicode()).collect();
    Err(Failure(format!(
        "the message is signed by {} and not by {}, nor by a name above or below it",
        words::list(&names),
        words::list(&wanted)
    )))
}

/// Reads as much of a file as its header may take.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(dkim::MOST_HEADER).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use mailmedic::target::Target;

    use super::{check, signers};

    #[test]
    fn signers_of_several_messages_are_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, bare] = ["one", "two", "bare"].map(|name| folder.path().join(name));
        fs::write(&one, "DKIM-Signature: d=example.org; s=a\nDKIM-Signature: d=example.net; s=b\n\nx")
            .unwrap();
        fs::write(&two, "DKIM-Signature: d=example.org;\n s=a\n").unwrap();
        fs::write(&bare, "From: a@example.org\n\nDKIM-Signature: d=example.org; s=a\n").unwrap();
        let found = signers(&[one.clone(), two]).unwrap();
        let found: Vec<String> = found.iter().map(|row| format!("{} {}", row.selector, row.domain)).collect();
        assert_eq!(found, ["a example.org", "b example.net"]);
        assert!(signers(&[bare]).unwrap_err().0.contains("no DKIM-Signature"));
        assert!(signers(&[folder.path().join("none")]).is_err());
        assert_eq!(signers(&[]), Ok(Vec::new()));
        let target = |text: &str| (text.to_owned(), Target::parse(text, false, None).unwrap());
        let signers = signers(&[one]).unwrap();
        assert_eq!(check(&signers, &[target("mail.example.org")]), Ok(()));
        let why = check(&signers, &[target("example.com")]).unwrap_err().0;
        assert!(why.contains("example.org and example.net"), "{why}");
    }
}
