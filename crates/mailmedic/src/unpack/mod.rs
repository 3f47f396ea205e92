//! Unpacks on the way: gzip (RFC 1952) and zstd (RFC 8878), several behind one another too.

mod gzip;
mod zstd;

use std::io::{self, BufRead, BufReader, Cursor, Read};

/// What is read at a time from a packed file, in bytes.
const BLOCK: usize = 64 << 10;

/// How files begin that are packed in another way, and what unpacks them.
const OTHERS: [(&[u8], &str); 4] =
    [(b"\xfd7zXZ", "xzcat"), (b"BZh", "bzcat"), (b"\x04\x22\x4d\x18", "lz4cat"), (b"PK\x03\x04", "unzip -p")];

/// Tells whether gzip packed a document.
pub fn is_gzip(document: &[u8]) -> bool {
    document.starts_with(gzip::MAGIC)
}

/// Returns what gzip packed in a document.
///
/// # Errors
/// `InvalidData` and `UnexpectedEof` if it is spoilt, `FileTooLarge` if it holds more than `most` bytes.
pub fn gunzip(document: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    gzip::Gzip::new(document).take(limit.saturating_add(1)).read_to_end(&mut unpacked)?;
    if unpacked.len() > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it holds more than {most} bytes")));
    }
    Ok(unpacked)
}

/// Returns what was packed in a log; what is not packed is handed on as it is.
///
/// # Errors
/// What reading fails with; `Unsupported` if it is packed in a way that is not read here.
pub fn unpack<'r>(mut from: impl Read + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let mut begin = Vec::new();
    from.by_ref().take(6).read_to_end(&mut begin)?;
    if let Some((_, tool)) = OTHERS.iter().find(|(magic, _)| begin.starts_with(magic)) {
        let why = format!(
            "it is packed in a way that is not read here; unpack it on the way: {tool} FILE | … --log -"
        );
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    let is_gzip = is_gzip(&begin);
    let is_zstd = zstd::begins(&begin);
    let whole = Cursor::new(begin).chain(from);
    Ok(if is_gzip {
        Box::new(BufReader::with_capacity(BLOCK, gzip::Gzip::new(BufReader::with_capacity(BLOCK, whole))))
    } else if is_zstd {
        Box::new(BufReader::with_capacity(BLOCK, zstd::Zstd::new(BufReader::with_capacity(BLOCK, whole))))
    } else {
        Box::new(BufReader::with_capacity(BLOCK, whole))
    })
}

/// Says of what is cut off that it is.
fn early(why: io::Error, by: &str) -> io::Error {
    match why.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(why.kind(), format!("what {by} packed ends early")),
        _ => why,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::{ErrorKind, Read as _};

    use super::{gunzip, is_gzip, unpack};

    /// Packs bytes as gzip does.
    pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
        packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
        packed.extend(super::gzip::crc32(0, bytes).to_le_bytes());
        packed.extend((bytes.len() as u32).to_le_bytes());
        packed
    }

    #[test]
    fn what_gzip_packed_comes_back_unless_it_is_too_much() {
        let text = b"hello, hello, hello";
        let packed = gzipped(text);
        assert!(is_gzip(&packed) && !is_gzip(text));
        assert_eq!(gunzip(&packed, text.len()).unwrap(), text);
        assert_eq!(gunzip(&packed, text.len() - 1).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(gunzip(&packed[..packed.len() - 9], 100).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        let mut spoilt = packed.clone();
        *spoilt.last_mut().unwrap() ^= 1;
        assert_eq!(gunzip(&spoilt, 100).unwrap_err().kind(), ErrorKind::InvalidData);
        for log in [&packed[..], text] {
            let mut unpacked = Vec::new();
            unpack(log).unwrap().read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, text);
        }
    }
}
