//! Blocks of PEM, whatever stands between them (RFC 7468, RFC 1421 §4.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::frame::{self, Kind};
use super::{Contents, FileError, Form, LockedKind, MOST_ITEMS};
use crate::certificate::der::{self, Element};
use crate::words;

/// A block between its two lines.
pub(super) struct Block {
    label: String,
    /// Whether a line says that the content is encrypted in the old way of OpenSSL (RFC 1421 §4.6.1.1).
    encrypted: bool,
    /// The base64 without line ends.
    text: Zeroizing<String>,
    ended: bool,
}

/// Finds the blocks; none in a file of DER.
pub(super) fn blocks(bytes: &[u8]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let line = line.trim_ascii();
        if let Some(label) = label(line, b"-----BEGIN ") {
            blocks.extend(open.take());
            open = Some(Block { label, encrypted: false, text: Zeroizing::new(String::new()), ended: false });
        } else if label(line, b"-----END ").is_some() {
            blocks.extend(open.take().map(|block| Block { ended: true, ..block }));
        } else if let Some(block) = &mut open {
            block.line(line);
        }
        if blocks.len() >= MOST_ITEMS {
            return blocks;
        }
    }
    blocks.extend(open);
    blocks
}

fn label(line: &[u8], start: &[u8]) -> Option<String> {
    let label = line.strip_prefix(start)?.strip_suffix(b"-----")?;
    Some(String::from_utf8_lossy(label).into_owned())
}

impl Block {
    fn line(&mut self, line: &[u8]) {
        if line.contains(&b':') {
            self.encrypted |= line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED");
            return;
        }
        // Foreign bytes become a character that base64 does not have, so that the block is told to be damaged.
        self.text.extend(line.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }));
    }

    /// Adds what the block holds.
    pub(super) fn read(&self, number: usize, contents: &mut Contents) -> Result<(), FileError> {
        let kinds = match self.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => &[Kind::Certificate][..],
            "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => &[Kind::SignedData],
            "PRIVATE KEY" | "ANY PRIVATE KEY" => &[Kind::Key(Form::Pkcs8)],
            "ENCRYPTED PRIVATE KEY" => &[Kind::Locked(LockedKind::Key)],
            "RSA PRIVATE KEY" => &[Kind::Key(Form::Pkcs1)],
            "EC PRIVATE KEY" => &[Kind::Key(Form::Sec1)],
            "PKCS12" => &[Kind::Locked(LockedKind::Container)],
            // A key may come with these; they say nothing that the key does not say.
            "EC PARAMETERS" | "DH PARAMETERS" => return Ok(()),
            _ => &[],
        };
        if self.encrypted {
            contents.left_out.push(OLD_ENCRYPTION.to_owned());
            return Ok(());
        }
        let Some(wanted) = kinds.first() else {
            contents.left_out.push(format!("a block {}", words::escape(&self.label, MOST_LABEL)));
            return Ok(());
        };
        let damaged = |why: &str| FileError::Block {
            number,
            label: words::escape(&self.label, MOST_LABEL),
            why: why.to_owned(),
        };
        if !self.ended {
            return Err(damaged("its last line is missing"));
        }
        let der = STANDARD.decode(self.text.as_bytes()).map(Zeroizing::new);
        let der = der.map_err(|_| damaged("it is no base64"))?;
        let whole = whole(&der, self.label == "TRUSTED CERTIFICATE")
            .ok_or_else(|| damaged("what it encodes is cut short or has bytes behind it"))?;
        let found = frame::kind(&whole);
        if found == Some(*wanted) {
            return frame::add(*wanted, &whole, contents);
        }
        match (wanted, found) {
            // Some programs write a label of their liking.
            (Kind::Key(_) | Kind::Locked(_), Some(kind @ (Kind::Key(_) | Kind::Locked(_)))) => {
                frame::add(kind, &whole, contents)
            }
            (Kind::Certificate, Some(kind @ Kind::SignedData)) => frame::add(kind, &whole, contents),
            _ => Err(damaged("what it encodes is something else")),
        }
    }
}

/// Returns the structure that a block encodes; OpenSSL's trusted certificates have notes of its own behind it.
fn whole(der: &[u8], with_notes: bool) -> Option<Element<'_>> {
    let (whole, rest) = der::first(der)?;
    (rest.is_empty() || with_notes).then_some(whole)
}

const OLD_ENCRYPTION: &str = "a private key that is encrypted in OpenSSL's old way (DEK-Info); \
                              `openssl pkey -in FILE -aes256 -out NEW` writes it in the new way, which is read";
const MOST_LABEL: usize = 40;
